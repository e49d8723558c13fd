/* keys.js: the keyboard of the dashboard, and the list of its keys.
 *
 * SPDX-License-Identifier: MIT
 */
import { button, element } from './element.js';

const KEYS = /** @type {const} */ ([['j', 'Next job'], ['k', 'Previous job'], ['/', 'Search the log'],
  ['n', 'Next match'], ['N', 'Previous match'], ['e', 'Next error'], ['E', 'Previous error'],
  ['f', 'Follow the end, or stand still'], ['g', 'First line'], ['G', 'Last line, and follow'],
  ['w', 'Wrap long lines'], ['?', 'This list']]);

function help() {
  const dialog = element('dialog', '', element('h2', '', 'Keys'), element('dl', '', ...KEYS.flatMap(([key, text]) =>
    [element('dt', '', element('kbd', '', key)), element('dd', '', text)])), button('Close', () => dialog.close()));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {KeyboardEvent} event whether it was typed into something */
const isTyped = (event) => event.composedPath().some((target) =>
  target instanceof HTMLElement && target.matches('input, select, textarea, dialog'));

/** @param {import('./jobs.js').TailrowJobs} jobs @param {import('./log.js').TailrowLog} log */
export function setUpKeys(jobs, log) {
  const beside = (/** @type {number} */ step) => {
    const job = jobs.beside(step);
    if (!job) return;
    location.hash = `#job=${job}`;
    jobs.setAttribute('selected', String(job)); // for the next press, which may come sooner
  };
  /** @type {Record<string, () => void>} */
  const acts = { j: () => beside(1), k: () => beside(-1), '/': () => log.search.focus(),
    n: () => log.search.step(1), N: () => log.search.step(-1), e: () => log.error(1), E: () => log.error(-1),
    f: () => log.follow(), g: () => log.go('top'), G: () => log.go('end'), w: () => log.wrap(), '?': help };
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyped(event) || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
