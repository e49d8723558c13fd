/* announce.js: tells screen readers what changed, not too often.
 *
 * SPDX-License-Identifier: MIT
 */

const PAUSE_MS = 3000;
const MOST = 3;

/**
 * @param {HTMLElement} region a polite live region
 * @returns {(sentence: string) => void} what comes together is said together
 */
export function announcer(region) {
  /** @type {string[]} */
  let waiting = [];
  return (sentence) => {
    if (waiting.push(sentence) > 1) return;
    setTimeout(() => {
      region.textContent =
        waiting.length > MOST ? `${waiting.length} changes.` : waiting.join(' ');
      waiting = [];
    }, PAUSE_MS);
  };
}
