/* log-view.js: the lines on the screen, under a scrollbar that is true for all of them.
 *
 * - One element a chunk of 200 lines, which the browser skips while it is out of sight; its own
 *   find, selection and copy reach all that is here, up to 100,000 lines. A chunk that is not
 *   here is as high as its lines would be. What is in sight is drawn at once, the rest when there
 *   is time.
 * - Follows the end until the reader scrolls up; then nothing moves, and what comes is counted.
 * - A browser lays out some 17 million pixels (Firefox): where there are more lines than fit,
 *   chunks that are not here are drawn lower than they are.
 * - Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */
import { element, oncePerFrame } from './element.js';
import { CHUNK } from './log-lines.js';
import { lineElement } from './log-line.js';
import { Sections } from './log-sections.js';

/** So near to the end counts as at the end. */
const END_PX = 24;
const MOST_PX = 12e6;
/** So many chunks out of sight are drawn in one frame. */
const A_FRAME = 2;

/** @typedef {import('./log-lines.js').Lines} Lines */

export class View extends EventTarget {
  content = element('div', 'content');
  scroller = element('div', 'lines', this.content);
  sections = new Sections();
  following = true;
  /** Times count from here; undefined: they are the clock's. @type {number | undefined} */
  since_ms;
  /** The id of the line that stands out; 0: none. */
  marked = 0;
  /** @type {Lines | null} */
  #lines = null;
  /** @type {HTMLElement[]} */
  #chunks = [];
  /** Chunks to draw. @type {Set<number>} */
  #due = new Set();
  #refold = false;
  #top_px = 0;
  #paused_at = 0;
  draw = oncePerFrame(() => this.#draw());

  constructor() {
    super();
    Object.assign(this.scroller, { tabIndex: 0, role: 'log', ariaLive: 'off', ariaLabel: 'Log' });
    this.scroller.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.content.addEventListener('click', (event) => this.#clicked(event));
    const resized = new ResizeObserver(() => this.#toEnd());
    resized.observe(this.scroller);
    resized.observe(this.content);
  }

  /** Shows these. @param {Lines} lines */
  show(lines) {
    this.#lines = lines;
    this.#paused_at = lines.total;
    this.sections = new Sections();
    this.#chunks = [];
    this.#due.clear();
    this.content.replaceChildren();
    this.draw();
  }

  /** How many lines came since the view stands still. */
  get fresh() {
    return this.following ? 0 : (this.#lines?.total ?? 0) - this.#paused_at;
  }

  /** @param {boolean} following */
  follow(following) {
    if (this.following !== following) this.#paused_at = this.#lines?.total ?? 0;
    this.following = following;
    this.#toEnd();
    this.draw();
    this.dispatchEvent(new Event('follow'));
  }

  /** Draws every line again. */
  redraw() {
    for (const [number, chunk] of this.#chunks.entries()) {
      if (!chunk.firstChild) continue;
      delete chunk.dataset.drawn;
      this.#due.add(number);
    }
    this.draw();
  }

  /** Folds and unfolds as the sections say. */
  refold() {
    this.#refold = false;
    for (const [number, chunk] of this.#chunks.entries()) this.#fold(number, chunk);
    this.draw();
  }

  /** Brings a line into sight, and marks it. @param {number} rank */
  async goTo(rank) {
    const lines = /** @type {Lines} */ (this.#lines);
    const number = Math.floor(rank / CHUNK);
    this.follow(false);
    lines.centre = number;
    await lines.load(number);
    if (lines !== this.#lines) return;
    this.sections.reveal(rank);
    this.#take();
    for (const near of [number, number - 1, number + 1]) if (this.#chunks[near]) this.#render(near);
    this.refold();
    this.mark(lines.at(rank)?.id ?? 0);
    this.#element(rank)?.scrollIntoView({ block: 'center' });
  }

  /** @param {number} id of the line that stands out; 0: none */
  mark(id) {
    this.content.querySelector('.here')?.classList.remove('here');
    this.marked = id;
    this.content.querySelector(`[data-n="${id}"]`)?.classList.add('here');
  }

  /** The id of the marked line, else of the first one in sight. @returns {number | null} */
  get idAtHand() {
    const lines = this.#chunks[this.#chunkAt(0)]?.children ?? [];
    const first = lines[lastAbove(lines, this.scroller.getBoundingClientRect().top + 1)];
    const line = /** @type {HTMLElement | null} */ (this.content.querySelector('.here') ?? first);
    return Number(line?.dataset.n) || null;
  }

  /** @param {Element | null | undefined} line @returns {number | null} */
  rankOf(line) {
    const chunk = line?.parentElement;
    const number = this.#chunks.indexOf(/** @type {HTMLElement} */ (chunk));
    return number < 0 ? null : number * CHUNK + [...(chunk?.children ?? [])].indexOf(/** @type {Element} */ (line));
  }

  /** @param {Element} element */
  lineOf(element) {
    return this.#lines?.at(this.rankOf(element) ?? -1);
  }

  /** Elements of the lines in sight. */
  get visible() {
    const box = this.scroller.getBoundingClientRect();
    return [...this.#near()].flatMap((number) => [...this.#chunks[number]?.children ?? []]).filter((line) => {
      const { top, bottom } = line.getBoundingClientRect();
      return bottom > box.top && top < box.bottom;
    });
  }

  /** @param {number} rank */
  #element(rank) {
    return this.#chunks[Math.floor(rank / CHUNK)]?.children[rank % CHUNK];
  }

  /** @param {number} down_px from the upper edge @returns {number} the chunk there */
  #chunkAt(down_px) {
    return lastAbove(this.#chunks, this.scroller.getBoundingClientRect().top + down_px);
  }

  /** The numbers of the chunks in sight, and of one more on either side. */
  #near() {
    const first = this.#chunkAt(0) - 1, last = this.#chunkAt(this.scroller.clientHeight) + 1;
    return new Set(Array.from({ length: last - first + 1 }, (_, i) => first + i)
      .filter((number) => number >= 0 && number < this.#chunks.length));
  }

  #toEnd() {
    if (this.following) this.#scrolled(); // the reader may have moved since the last frame
    if (!this.following) return;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#top_px = this.scroller.scrollTop;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const at_end = scrollHeight - scrollTop - clientHeight < END_PX;
    const upwards = scrollTop < this.#top_px;
    this.#top_px = scrollTop;
    if (this.following ? upwards && !at_end : at_end && !upwards) this.follow(!this.following);
    else if (!this.following) this.draw();
  }

  /** @param {Event} event */
  #clicked({ target }) {
    const line = /** @type {Element} */ (target).closest('.l');
    const rank = this.rankOf(line);
    if (rank === null || !line) return;
    if (/** @type {Element} */ (target).matches('.fold')) {
      this.sections.fold(rank, !this.sections.isFolded(rank));
      this.refold();
    } else if (line === target && !this.#selects()) {
      this.follow(false);
      this.mark(Number(/** @type {HTMLElement} */ (line).dataset.n));
      this.dispatchEvent(new CustomEvent('line', { detail: this.marked }));
    }
  }

  /** Whether the click ended a selection. */
  #selects() {
    return document.getSelection()?.type === 'Range';
  }

  /** Learns what changed. */
  #take() {
    const lines = /** @type {Lines} */ (this.#lines);
    while (this.#chunks.length < lines.chunks) {
      const chunk = element('div', 'chunk');
      this.#chunks.push(chunk);
      this.content.append(chunk);
    }
    for (const number of lines.changed) {
      this.#due.add(number);
      this.#chunks[number]?.style.setProperty('--n', String(Math.min(CHUNK, lines.total - number * CHUNK)));
    }
    lines.changed.clear();
  }

  #draw() {
    const lines = this.#lines;
    if (!lines) return;
    this.#take();
    if (this.following) lines.centre = lines.chunks - 1;
    let idle = A_FRAME;
    const near = this.following ? new Set([lines.chunks - 1, lines.chunks - 2]) : this.#near();
    for (const number of near) {
      if (!lines.chunk(number)) lines.load(number).then(this.draw, () => {});
      if (this.#due.delete(number)) this.#render(number);
    }
    if (!this.following && near.size) lines.centre = [...near][near.size >> 1];
    for (const number of this.#due) {
      if (!idle--) break;
      this.#due.delete(number);
      this.#render(number);
    }
    if (this.#refold) this.refold();
    this.#scale();
    this.#toEnd();
    if (this.#due.size) this.draw();
    this.dispatchEvent(new Event('drawn'));
  }

  #scale() {
    const lines = /** @type {Lines} */ (this.#lines);
    const all_px = lines.total * 20;
    const scale = Math.min(1, MOST_PX / Math.max(1, all_px));
    this.content.style.setProperty('--scale', scale.toFixed(4));
  }

  /** @param {number} number */
  #render(number) {
    const chunk = this.#chunks[number];
    const lines = this.#lines?.chunk(number);
    if (!chunk) return;
    if (!lines) return void (delete chunk.dataset.drawn, chunk.replaceChildren());
    const drawn = Number(chunk.dataset.drawn ?? 0);
    if (!drawn) chunk.replaceChildren();
    chunk.append(...lines.slice(drawn).map((line, i) => {
      this.#refold = this.sections.learn(number * CHUNK + drawn + i, line.event) || this.#refold;
      const made = lineElement(line, this.since_ms);
      if (line.id === this.marked) made.classList.add('here');
      return made;
    }));
    chunk.dataset.drawn = String(lines.length);
    if (this.sections.any) this.#fold(number, chunk);
  }

  /** @param {number} number @param {HTMLElement} chunk */
  #fold(number, chunk) {
    [...chunk.children].forEach((line, i) => {
      const rank = number * CHUNK + i;
      /** @type {HTMLElement} */ (line).hidden = this.sections.hides(rank);
      const head = line.querySelector('.fold');
      if (head) head.ariaExpanded = String(!this.sections.isFolded(rank));
    });
  }
}

/** @param {ArrayLike<Element>} elements one below the other @param {number} y_px
 * @returns {number} the number of the last that begins above; 0 where none does */
function lastAbove(elements, y_px) {
  let [low, high] = [0, elements.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (elements[middle].getBoundingClientRect().top <= y_px) low = middle;
    else high = middle - 1;
  }
  return low;
}
