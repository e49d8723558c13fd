/* ansi.js: what a terminal would show of a text, as runs of one style each.
 *
 * - Colours (16, 256, 24 bits), bold, dim, italic, underline, strike, inverse, hidden. A carriage
 *   return, a backspace and the sequences that move within a line or erase it rewrite the line,
 *   as progress bars do; every other sequence, OSC 8 links too, leaves its text and nothing else.
 * - A character is a code point: one that is two columns wide is rewritten as one.
 * - Other control characters are written ^X. Linear in the length, whatever is in it.
 * - Touches no DOM.
 *
 * SPDX-License-Identifier: MIT
 */

/**
 * A colour is one of the 16 by number, or the text "r, g, b".
 * @typedef {{ fg?: number | string, bg?: number | string, bold?: true, dim?: true, italic?: true,
 *   underline?: true, strike?: true, inverse?: true, hidden?: true }} Style
 * @typedef {{ text: string, style: Style }} Run
 */

const ESC = '\\x1b';
const TOKEN = new RegExp([
  `${ESC}\\[([<-?]*)([\\d;:]*)[ -/]*([@-~])`, // CSI: its prefix, its numbers, what it does
  `${ESC}\\][^\\x07\\x1b]*(?:\\x07|${ESC}\\\\)?`, // OSC: titles, links, progress
  `${ESC}[PX^_][^\\x1b]*(?:${ESC}\\\\)?`, // DCS, SOS, PM, APC
  `${ESC}[ -/]*[0-~]?`, // any other
  '[^\\x00-\\x08\\x0a-\\x1f\\x7f]+', // text
  '[\\s\\S]',
].join('|'), 'g');
const SPECIAL = /[\x00-\x08\x0b-\x1f\x7f]/;
/** What a line is rewritten up to: a far cursor makes no megabyte of spaces. */
const MOST_COLUMNS = 1000;

const PLAIN = Object.freeze(/** @type {Style} */ ({}));
/** @type {Record<number, keyof Style>} */
const ON = { 1: 'bold', 2: 'dim', 3: 'italic', 4: 'underline', 7: 'inverse', 8: 'hidden', 9: 'strike' };
/** @type {Record<number, (keyof Style)[]>} */
const OFF = { 21: ['bold'], 22: ['bold', 'dim'], 23: ['italic'], 24: ['underline'], 27: ['inverse'],
  28: ['hidden'], 29: ['strike'], 39: ['fg'], 49: ['bg'] };
const CUBE = [0, 95, 135, 175, 215, 255];

/** @param {number} n of the 256 */
function palette(n) {
  if (n < 16) return n;
  if (n > 231) return Array(3).fill(8 + (n - 232) * 10).join(', ');
  return [n - 16, (n - 16) / 6, (n - 16) / 36].map((of) => CUBE[Math.floor(of) % 6]).reverse().join(', ');
}

/** @param {number[]} rest what follows 38 or 48; taken from it @returns {number | string | undefined} */
function extended(rest) {
  const mode = rest.shift();
  const numbers = rest.splice(0, mode === 5 ? 1 : mode === 2 ? 3 : 0);
  const good = numbers.length && numbers.every((n) => n >= 0 && n <= 255);
  if (good && mode === 5) return palette(numbers[0]);
  if (good && numbers.length === 3) return numbers.join(', ');
}

/** @param {Style} style @param {string} numbers of an SGR sequence @returns {Style} */
function restyled(style, numbers) {
  const made = { ...style };
  // 38:2::r:g:b and 38:5:n are 38;2;r;g;b and 38;5;n; 4:3 is a kind of underline
  const flat = numbers.replace(/([34]8):2:\d*:(\d+:\d+:\d+)/g, '$1:2:$2').replace(/\b4:(\d)/g, (_, kind) => kind === '0' ? '24' : '4');
  const rest = flat.split(/[;:]/).map(Number);
  while (rest.length) {
    const n = /** @type {number} */ (rest.shift());
    if (n === 0) for (const key of Object.keys(made)) delete made[/** @type {keyof Style} */ (key)];
    else if (ON[n]) Object.assign(made, { [ON[n]]: true });
    else if (OFF[n]) for (const key of OFF[n]) delete made[key];
    else if (n === 38 || n === 48) {
      const colour = extended(rest);
      if (colour !== undefined) made[n === 38 ? 'fg' : 'bg'] = colour;
    } else if ((n >= 30 && n < 38) || (n >= 90 && n < 98)) made.fg = n % 10 + (n > 89 ? 8 : 0);
    else if ((n >= 40 && n < 48) || (n >= 100 && n < 108)) made.bg = n % 10 + (n > 99 ? 8 : 0);
  }
  return Object.keys(made).length ? made : PLAIN;
}

/** A line that may be rewritten. Erasures are noted and done at its end: it stays linear. */
class Screen {
  /** @type {string[]} */ #chars = []; // holes are blanks
  /** @type {Style[]} */ #styles = [];
  /** @type {number[]} */ #written = []; // after how many erasures
  /** @type {Map<number, number>} */ #erased = new Map(); // to the left of which column, the how manieth
  #erasures = 0;
  /** @type {Run[]} */ runs = [];
  #at = 0;
  #width = 0;
  style = PLAIN;

  /** @param {string} text */
  write(text) {
    for (const char of text) {
      this.#chars[this.#at] = char;
      this.#written[this.#at] = this.#erasures;
      this.#styles[this.#at++] = this.style;
    }
    this.#width = Math.max(this.#width, this.#at);
  }

  /** @param {number} column */
  go(column) {
    this.#at = Math.max(0, Math.min(column, Math.max(MOST_COLUMNS, this.#width)));
  }

  /** @param {string} does @param {number} [n] */
  control(does, n = 0) {
    if (does === 'K' && n === 0) this.#chars.length = Math.min(this.#chars.length, this.#at);
    if (does === 'K' && n === 1) this.#erased.set(Math.min(this.#at, this.#width), ++this.#erasures);
    if (does === 'K' && n > 1) this.#clear();
    if (does === 'G') this.go(Math.max(n, 1) - 1);
    if (does === 'C') this.go(this.#at + Math.max(n, 1));
    if (does === 'D') this.go(this.#at - Math.max(n, 1));
  }

  /** @param {string} end what follows the line */
  flush(end) {
    let last = 0;
    for (let i = this.#erased.size && this.#width; i >= 0; i--) {
      last = Math.max(last, this.#erased.get(i) ?? 0);
      if (this.#written[i] < last) delete this.#chars[i];
    }
    for (let i = 0; i < this.#chars.length; i++)
      this.#run(this.#chars[i] ?? ' ', this.#chars[i] ? this.#styles[i] : PLAIN);
    if (end) this.#run(end, PLAIN);
    this.#clear();
    this.#at = this.#width = 0;
  }

  #clear() {
    this.#chars = [];
    this.#erased.clear();
  }

  /** @param {string} text @param {Style} style */
  #run(text, style) {
    const last = this.runs.at(-1);
    if (last && last.style === style) last.text += text;
    else this.runs.push({ text, style });
  }
}

/** @param {Screen} screen @param {RegExpMatchArray} token */
function take(screen, [text, prefix, numbers, does]) {
  if (does === 'm' && !prefix) screen.style = restyled(screen.style, numbers);
  else if (does) screen.control(does, parseInt(numbers, 10) || 0);
  else if (text === '\r') screen.go(0);
  else if (text === '\b') screen.control('D');
  else if (text === '\n') screen.flush('\n');
  else if (text < ' ' && text[0] !== '\x1b' && text[0] !== '\t') screen.write(`^${caret(text)}`);
  else if (text === '\x7f') screen.write('^?');
  else if (text[0] !== '\x1b') screen.write(text);
}

/** @param {string} control */
const caret = (control) => String.fromCharCode(control.charCodeAt(0) ^ 64);

/** @param {string} text @returns {Run[]} */
export function parse(text) {
  if (!SPECIAL.test(text)) return text ? [{ text, style: PLAIN }] : [];
  const screen = new Screen();
  for (const token of text.matchAll(TOKEN)) take(screen, token);
  screen.flush('');
  return screen.runs;
}

/** @param {string} text without colours, as a person would read it */
export const plain = (text) => parse(text).map((run) => run.text).join('');
