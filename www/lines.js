/* lines.js: the lines of one log, in order, each once, bounded.
 *
 * - A line keeps its index while the log grows and is trimmed, so that a view can ask for
 *   what is new. A merge or a clear starts another generation of indexes.
 *
 * SPDX-License-Identifier: MIT
 */

/** So many lines stay: of the log on show, of one held still, of any other. */
export const KEEP = { shown: 5000, paused: 50000, other: 1000 };
const KEEP_CHARS = 8e6;

/**
 * n: position in the stream; a gap's marker lies between two.
 * @typedef {{ n: number, kind: string, text: string, level?: string, at?: string }} Line
 */

export class Lines {
  generation = 0;
  keep = KEEP.other;
  /** @type {'unknown' | 'reading' | 'known' | 'refused'} what was before the stream began */
  past = 'unknown';
  /** True once the server may have older lines. */
  cut = false;
  first = 0;
  /** @type {Line[]} */
  #lines = [];
  #chars = 0;

  get end() {
    return this.first + this.#lines.length;
  }

  /** @param {number} index */
  from(index) {
    return this.#lines.slice(index - this.first);
  }

  /** @param {Line} line dropped where the log has come so far already */
  append(line) {
    const last = this.#lines.at(-1);
    if (last && line.n <= last.n) return;
    this.#lines.push(line);
    this.#chars += line.text.length;
    this.trim();
  }

  /** @param {Line[]} lines in order and without holes */
  merge(lines) {
    const all = new Map([...lines, ...this.#lines].map((line) => [line.n, line]));
    this.#restart([...all.values()].sort((a, b) => a.n - b.n));
    this.trim();
  }

  clear() {
    this.#restart([]);
    this.past = 'unknown';
    this.cut = false;
  }

  trim() {
    let drop = 0;
    while (this.#lines.length - drop > this.keep || this.#chars > KEEP_CHARS)
      this.#chars -= this.#lines[drop++].text.length;
    if (!drop) return;
    this.#lines.splice(0, drop);
    this.first += drop;
    this.cut = true;
  }

  /** @param {Line[]} lines */
  #restart(lines) {
    this.generation++;
    this.first = 0;
    this.#lines = lines;
    this.#chars = lines.reduce((sum, line) => sum + line.text.length, 0);
  }
}
