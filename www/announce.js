/* announce.js: tells screen readers what changed, seldom enough to be bearable.
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
    waiting.push(sentence);
    if (waiting.length > 1) return;
    setTimeout(() => {
      region.textContent =
        waiting.length > MOST ? `${waiting.length} changes.` : waiting.join(' ');
      waiting = [];
    }, PAUSE_MS);
  };
}
