/* log-copy.js: lines of a log to the clipboard.
 *
 * - On plain HTTP there is no navigator.clipboard; the old command works there.
 * - Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */

/** @param {string} text to be called in a click or a key press @returns {Promise<boolean>} done */
export async function copyText(text) {
  if (navigator.clipboard)
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  const take = (/** @type {ClipboardEvent} */ event) => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener('copy', take, true);
  const done = document.execCommand('copy');
  removeEventListener('copy', take, true);
  return done;
}

/** @param {ShadowRoot} root @returns {Element[]} the lines that are selected in it */
export function selectedLines(root) {
  const selection = /** @type {any} */ (root).getSelection?.() ?? document.getSelection();
  if (!selection?.rangeCount || selection.isCollapsed) return [];
  const range = selection.getRangeAt(0);
  const [first, last] = [range.startContainer, range.endContainer].map((node) =>
    (node instanceof Element ? node : node.parentElement)?.closest('.l'));
  if (!first || !last || first.getRootNode() !== root) return [];
  const lines = [...root.querySelectorAll('.l')];
  const end = range.endOffset || first === last ? 1 : 0; // a whole line ends where the next begins
  return lines.slice(lines.indexOf(first), lines.indexOf(last) + end);
}
