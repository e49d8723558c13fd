/* log.js: <tailrow-log>, the selected job above its lines, which it follows.
 *
 * - Lines lie in chunks, which the browser skips while they are out of sight; its own find,
 *   selection and copy reach all of them.
 * - Scrolling up holds the log still: lines go on coming below, and none leaves above before
 *   KEEP.paused.
 *
 * SPDX-License-Identifier: MIT
 */

import { element, oncePerFrame, setText } from './dom.js';
import { clockTime, plain } from './format.js';
import { TailrowJob } from './job.js';
import { KEEP, Lines } from './lines.js';

/** @typedef {import('./store.js').Store} Store */

const CHUNK_LINES = 200;
/** From this many characters on, a line gets a box of its own to scroll in. */
const LONG_CHARS = 4000;
/** So near to the end counts as at the end. */
const END_PX = 24;

export class TailrowLog extends HTMLElement {
  #job = new TailrowJob();
  #title = element('p', 'title');
  #note = element('p', 'note');
  #content = element('div', 'content');
  #view = element('div', 'view', this.#note, this.#content);
  #resume = element('button', 'resume');
  #draw = () => {};
  #lines = new Lines();
  /** @type {Map<number, HTMLElement>} */
  #chunks = new Map();
  #generation = -1;
  /** The index after the last line drawn, and the end of the log when it was paused. */
  #drawn = 0;
  #paused_at = 0;
  #following = true;
  #top_px = 0;

  /** @param {Store} store */
  follow(store) {
    Object.assign(this.#view, { tabIndex: 0, role: 'log', ariaLive: 'off', ariaLabel: 'Log' });
    this.append(element('header', '', this.#job, this.#title), this.#view, this.#resume);
    this.#draw = oncePerFrame(() => this.#drawAll(store));
    this.#view.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    this.#resume.addEventListener('click', () => {
      this.#setFollowing(true);
      this.#view.focus({ preventScroll: true });
    });
    const resized = new ResizeObserver(() => this.#toEnd());
    resized.observe(this.#content);
    resized.observe(this.#view);
    store.addEventListener('jobs', this.#draw);
    store.addEventListener('lines', this.#draw);
    store.addEventListener('selected', () => this.#show(store.log(store.selected ?? null)));
  }

  /** @param {Lines} lines */
  #show(lines) {
    if (lines === this.#lines) return;
    this.#lines.keep = KEEP.other;
    this.#lines = lines;
    this.#generation = -1;
    this.#setFollowing(true);
  }

  /** @param {boolean} following */
  #setFollowing(following) {
    this.#following = following;
    this.#lines.keep = following ? KEEP.shown : KEEP.paused;
    this.#lines.trim();
    this.#paused_at = this.#lines.end;
    this.#toEnd();
    this.#draw();
  }

  #toEnd() {
    if (!this.#following) return;
    this.#view.scrollTop = this.#view.scrollHeight;
    this.#top_px = this.#view.scrollTop;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#view;
    const at_end = scrollHeight - scrollTop - clientHeight < END_PX;
    const upwards = scrollTop < this.#top_px;
    this.#top_px = scrollTop;
    if (this.#following ? upwards && !at_end : at_end) this.#setFollowing(!this.#following);
  }

  /** @param {Store} store */
  #drawAll(store) {
    if (this.#lines.generation !== this.#generation) this.#restart();
    this.#drawNew();
    this.#dropOld();
    this.#drawRest(store);
  }

  #restart() {
    this.#generation = this.#lines.generation;
    this.#drawn = 0;
    this.#paused_at = this.#lines.end;
    this.#chunks.clear();
    this.#content.replaceChildren();
  }

  #drawNew() {
    let index = Math.max(this.#drawn, this.#lines.first);
    for (const line of this.#lines.from(index)) this.#chunk(index++).append(lineElement(line));
    this.#drawn = index;
  }

  /** @param {number} index */
  #chunk(index) {
    const number = Math.floor(index / CHUNK_LINES);
    const chunk = this.#chunks.get(number) ?? element('div', '');
    if (!chunk.parentElement) this.#content.append(chunk);
    this.#chunks.set(number, chunk);
    return chunk;
  }

  #dropOld() {
    for (const [number, chunk] of this.#chunks) {
      if ((number + 1) * CHUNK_LINES > this.#lines.first) return;
      this.#chunks.delete(number);
      chunk.remove();
    }
  }

  /** @param {Store} store */
  #drawRest({ jobs, selected, skew_ms }) {
    const job = jobs.get(selected ?? 0);
    const n = this.#lines.end - this.#paused_at;
    this.#job.hidden = !job;
    if (job) this.#job.show(job, Date.now() + skew_ms);
    setText(this.#title, job ? null : selected ? `Job ${selected}` : 'System log');
    setText(this.#note, this.#noteText());
    setText(this.#resume, n > 0 ? `Paused · ${n.toLocaleString()} new` : 'Paused');
    this.#resume.hidden = this.#following;
  }

  #noteText() {
    const { past, cut, first, end } = this.#lines;
    if (past === 'reading') return 'Reading earlier lines…';
    if (past === 'refused') return 'Earlier lines could not be read.';
    if (cut) return `Showing the last ${(end - first).toLocaleString()} lines.`;
    return first === end ? 'No lines.' : null;
  }
}

/** @param {import('./lines.js').Line} line */
function lineElement({ n, kind, text, level, at }) {
  const message = element('span', text.length < LONG_CHARS ? 'message' : 'long message', plain(text));
  const line = element('div', `line ${kind}`, message);
  line.dataset.n = String(n);
  if (!level || !at) return line;
  line.dataset.level = level;
  const time = element('time', '', clockTime(at));
  time.dateTime = at;
  line.prepend(time, element('span', 'level', level));
  return line;
}

customElements.define('tailrow-log', TailrowLog);
