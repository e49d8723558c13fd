/* log-line.js: one line of a log as an element.
 *
 * - Time and level are generated content: they are seen and read out, and are in nobody's
 *   selection, copy or find. A plain line is one element and one text.
 * - Colours by class, or, those beyond the 16, by a property: a strict policy lets both pass.
 * - Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */
import { parse, plain } from './ansi.js';
import { button, element } from './element.js';

/** Of a longer line, so much is shown at first. */
const LONG_CHARS = 4000;

/** @param {string} at when a line was written: 14:03:59, in the reader's time zone */
const clockTime = (at) => new Date(at).toTimeString().slice(0, 8);

/** @param {number} n */
export const grouped = (n) => n.toLocaleString('en-GB');

/** @param {import('./ansi.js').Run} run @returns {Node} */
function runNode({ text, style }) {
  const { fg, bg, inverse, ...flags } = style;
  const classes = Object.keys(flags);
  const [front, back] = inverse ? [bg, fg ?? 'text'] : [fg, bg]; // a ground is but a tint
  if (front === undefined && back === undefined && !classes.length) return document.createTextNode(text);
  const made = element('span', '', text);
  for (const [name, colour] of /** @type {const} */ ([['fg', front], ['bg', back]])) {
    if (colour === undefined) continue;
    classes.push(name);
    const value = typeof colour === 'number' ? `var(--ansi${colour})`
      : /\d/.test(colour) ? `rgb(${colour})` : `var(--${colour})`;
    made.style.setProperty(`--${name}`, value);
  }
  made.className = classes.join(' ');
  return made;
}

/** @param {string} text @param {(Node | string)[]} [rest] what follows it @returns {(Node | string)[]} */
function content(text, rest = []) {
  if (text.length <= LONG_CHARS) return [...parse(text).map(runNode), ...rest];
  const more = button(`${grouped(text.length - LONG_CHARS)} more characters`, () =>
    more.parentElement?.replaceChildren(...parse(text).map(runNode), ...rest), { className: 'cut' });
  return [...parse(text.slice(0, LONG_CHARS)).map(runNode), more];
}

/** @param {number} span_ms as +1:02:03.4, without the hours where there are none */
function offset(span_ms) {
  const s = Math.max(0, span_ms) / 1000;
  const minutes = `${Math.floor(s / 60) % 60}`, seconds = (s % 60).toFixed(1).padStart(4, '0');
  return s < 3600 ? `+${minutes}:${seconds}` : `+${Math.floor(s / 3600)}:${minutes.padStart(2, '0')}:${seconds.slice(0, 2)}`;
}

/** @param {import('./log-lines.js').Line} line @param {number} [since_ms] from here on, not by the clock */
export const timeText = ({ at }, since_ms) =>
  !at ? '' : since_ms === undefined ? clockTime(at) : offset(Date.parse(at) - since_ms);

/** @param {import('./log-lines.js').Line} line */
export const lineText = ({ message }) => plain(message);

/** @param {import('./log-lines.js').Line} line @param {number} [since_ms] */
export function lineElement(line, since_ms) {
  const { id, event, level, message, truncated } = line;
  const made = element('div', level === 'info' ? 'l' : `l ${level}`);
  made.dataset.n = String(id);
  made.dataset.t = timeText(line, since_ms);
  if (event === 'group') {
    made.classList.add('group');
    made.append(element('button', 'fold', plain(message)));
  } else if (event === 'group-end') {
    made.classList.add('end');
  } else {
    if (event !== 'log') made.append(element('span', 'event', event));
    made.append(...content(message, truncated ? [element('span', 'event', 'cut here: download the log for all of it')] : []));
  }
  return made;
}
