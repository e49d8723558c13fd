/* log-search.js: the search bar of a log: in all of it, by the server, with an exact count.
 *
 * - The server looks for so long and says where it stopped; we go on from there until all is
 *   counted, or another search begins.
 * - What is in sight is highlighted by the browser (CSS.highlights), where it can.
 * - Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */
import { element, searchInput, setText, stepper } from './element.js';
import { grouped } from './log-line.js';

export class Search {
  #input = searchInput('Search all lines', () => this.#search());
  #count = element('span', { className: 'count', hidden: true });
  #pair = stepper('match', (way) => this.step(way));
  form = element('form', '', this.#input, this.#count, this.#pair);
  #ask;
  #go;
  #say;
  #view;
  #total = 0;
  #turn = 0;

  /**
   * @param {import('./log-lines.js').AskPage} ask
   * @param {import('./log-view.js').View} view
   * @param {(id: number) => Promise<void>} go brings the line of that id into sight
   * @param {(sentence: string) => void} say
   */
  constructor(ask, view, go, say) {
    this.#ask = ask;
    this.#view = view;
    this.#go = go;
    this.#say = say;
    this.#pair.hidden = true;
    this.#input.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault(); // its words stay, for n and N
      this.#view.scroller.focus();
    });
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.step(1);
    });
    this.#view.addEventListener('drawn', () => this.#highlight());
  }

  /** What was found is another log's now; the words stay. */
  forget() {
    this.#turn++;
    this.#total = 0;
    setText(this.#count, '');
  }

  focus() {
    this.#input.select();
  }

  get #words() {
    return this.#input.value.trim();
  }

  /** Counts all, then goes to the first match from here on. */
  async #search() {
    const turn = ++this.#turn, q = this.#words;
    this.#total = 0;
    this.#pair.hidden = !q;
    setText(this.#count, q && 'Searching…');
    this.#highlight();
    if (!q) return;
    await this.#countAll(q, turn);
    if (turn === this.#turn && this.#total) await this.step(1, 0);
  }

  /** @param {string} q @param {number} turn */
  async #countAll(q, turn) {
    /** @type {number | null} */
    let after = 0;
    this.#total = 0;
    while (after !== null) {
      /** @type {import('./log-lines.js').Page | null} */
      const page = await this.#ask({ q, after, limit: 1000 }).catch(() => null);
      if (turn !== this.#turn) return;
      if (!page) return setText(this.#count, 'The search failed');
      this.#total = page.complete ? page.total : this.#total + page.lines.length;
      after = page.complete ? null : page.next;
      if (after !== null) setText(this.#count, `${grouped(this.#total)} so far…`);
    }
    setText(this.#count, matches(this.#total));
    this.#say(matches(this.#total));
  }

  /** To the next match, or the previous one; past the end, from the other one.
   * @param {1 | -1} way @param {number} [from] places from the line we are at */
  async step(way, from = way) {
    const q = this.#words, turn = this.#turn;
    if (!q) return;
    const here = this.#view.idAtHand ?? 0;
    const ask = (/** @type {Record<string, number>} */ where) => this.#ask({ q, ...where, limit: 1 });
    const page = way > 0 ? await ask({ after: here - (from ? 0 : 1) }) : await ask({ before: here });
    const found = page.lines.length ? page : await ask(way > 0 ? { after: 0 } : {});
    const [line] = found.lines;
    if (!line || turn !== this.#turn) return;
    if (found.rank !== null)
      setText(this.#count, `${grouped(found.rank + 1)} of ${grouped(Math.max(found.total, this.#total))}`);
    await this.#go(line.id);
  }

  #highlight() {
    if (!CSS.highlights) return;
    const words = this.#words.toLowerCase();
    CSS.highlights.delete('tailrow-found');
    if (words) CSS.highlights.set('tailrow-found', new Highlight(...this.#view.visible.flatMap((line) => ranges(line, words))));
  }
}

/** @param {number} n */
const matches = (n) => n === 1 ? '1 match' : `${grouped(n)} matches`;

/** @param {Element} line @param {string} words in lower case @returns {Range[]} */
function ranges(line, words) {
  const found = [], texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const node = /** @type {Text} */ (texts.currentNode), text = node.data.toLowerCase();
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      found.push(range);
    }
  }
  return found;
}
