/* log-sections.js: which lines lie in which section of a log, and which sections are folded.
 *
 * - A section begins at a line `group` and ends at its `group-end`, or at the end of the log. It
 *   knows those that were ever here: a section whose end is not read yet reaches as far as that.
 * - Touches no DOM. Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */

export class Sections {
  /** By rank: 1 a beginning, -1 an end. @type {Map<number, number>} */
  #marks = new Map();
  /** Ranks of folded beginnings. @type {Set<number>} */
  #folded = new Set();
  /** What is hidden: from, to. @type {[number, number][] | null} */
  #hidden = null;

  /** @param {number} rank @param {string} event @returns {boolean} whether more may be hidden, or less */
  learn(rank, event) {
    const mark = event === 'group' ? 1 : -1;
    if ((event !== 'group' && event !== 'group-end') || this.#marks.get(rank) === mark) return false;
    this.#marks.set(rank, mark);
    this.#hidden = null;
    return this.#folded.size > 0;
  }

  /** @param {number} rank of a beginning */
  isFolded(rank) {
    return this.#folded.has(rank);
  }

  get any() {
    return this.#marks.size > 0;
  }

  /** @param {number} rank @param {boolean} folded */
  fold(rank, folded) {
    if (folded) this.#folded.add(rank);
    else this.#folded.delete(rank);
    this.#hidden = null;
  }

  /** @param {boolean} folded */
  foldAll(folded) {
    for (const [rank, mark] of this.#marks) if (mark === 1) this.fold(rank, folded);
  }

  /** Unfolds whatever hides that line. @param {number} rank */
  reveal(rank) {
    for (const [from, to] of this.spans()) if (from < rank && rank <= to) this.fold(from, false);
  }

  /** @param {number} rank @returns {boolean} */
  hides(rank) {
    this.#hidden ??= this.spans().filter(([from]) => this.#folded.has(from));
    return this.#hidden.some(([from, to]) => from < rank && rank <= to);
  }

  /** @returns {[number, number][]} each section: the rank of its first line and of its last */
  spans() {
    /** @type {[number, number][][]} */
    const [spans, open] = [[], []];
    for (const [rank, mark] of [...this.#marks].sort(([a], [b]) => a - b)) {
      if (mark === 1) open.push(spans[spans.push([rank, Infinity]) - 1]);
      else {
        const span = open.pop();
        if (span) span[1] = rank;
      }
    }
    return spans;
  }
}
