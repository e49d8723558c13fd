/* tailrow.js: the client: a page's view of the event stream. Usable without our page:
 *
 *   import { Tailrow } from '/tailrow/tailrow.js';
 *   const events = new Tailrow('/tailrow/api/', { want: [{ job: [42] }], tail: 100 });
 *   events.onFrame(({ event, data }) => console.log(event, data));
 *   events.addEventListener('state', () => console.log(events.state.name));
 *
 * - Each row that is wanted comes once, in order, over whatever happens to the connection (as a
 *   `frame` event, too): {event, id, n, data}, as the stream's documentation has them, data parsed (a
 *   publisher's own event: its text; name it in want's `event`). Where rows cannot come there is
 *   `gap` (deleted), `reset` (another database: forget everything) or `skip` (too many were
 *   missed: data.after and data.next; read what you need anew).
 * - want is a list of terms, {job, event, level} each, joined with "or": the changes of all jobs
 *   and the lines of one are [{event: ['status-update', 'completion', 'removed']}, {job: [42]}].
 * - All Tailrow objects of all tabs share one connection, which lives in a SharedWorker
 *   (worker.js), on plain HTTP too, whichever tab closes; where there is none, in a tab (lead.js).
 *   hub.js shares it, source.js keeps it, filter.js says who wants what.
 * - A publisher's own event does not name its job: it may come although another job is wanted.
 * - Ends with close(), or with its page; a page that is restored goes on where it was.
 *
 * SPDX-License-Identifier: MIT
 */
import { epochOf, eventsUrl, frameOf, matches, names, numberOf, skipped, union } from './filter.js';

/**
 * @typedef {import('./filter.js').Frame} Frame
 * @typedef {import('./filter.js').Term} Term
 * @typedef {import('./source.js').State} State
 */

const AGAIN_MS = 2000;
/** A change of the messages between tab and hub needs another name: tabs may be of two versions. */
const NAME = 'tailrow 1';

export class Tailrow extends EventTarget {
  /** @type {State} */
  state = { name: 'connecting', reason: '', until_ms: 0, late_ms: null, server: '' };
  /** EPOCH-N: everything up to N was dispatched. */
  cursor;
  #api;
  #want;
  #tail;
  /** @type {import('./hub.js').Port | null} */
  #port = null;
  /** Frames that wait until the past has come; null: none has to. @type {Frame[] | null} */
  #waiting = null;
  /** @type {EventSource | null} */
  #past = null;
  #ended = new AbortController();

  /**
   * @param {string | URL} api where the responder is, with a slash at its end, and perhaps ?ticket=
   * @param {{ want?: Term[], since?: string, tail?: number }} [options] since: behind this
   *   cursor; else begin with the last `tail` rows (none)
   */
  constructor(api, { want = [{}], since = '', tail = 0 } = {}) {
    super();
    this.#api = new URL(api, document.baseURI).href;
    this.#want = want;
    this.#tail = tail;
    this.cursor = since;
    this.#openWorker();
    this.#watchPage();
  }

  /** @param {(frame: Frame) => void} take called with each */
  onFrame(take) {
    this.addEventListener('frame', (event) => take(/** @type {CustomEvent} */ (event).detail));
  }

  /** Wants something else from here on. @param {Term[]} want */
  want(want) {
    this.#want = want;
    this.#ask();
  }

  close() {
    this.#ended.abort();
    this.#leave();
  }

  /** Tries now, where an attempt is due later. */
  retry() {
    this.#port?.postMessage(this.state.name === 'stopped'
      ? { want: this.#want, since: this.cursor } : { wake: true });
  }

  #openWorker() {
    try {
      const worker = new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module', name: NAME });
      worker.onerror = () => this.#openTab();
      worker.port.postMessage({ api: this.#api });
      this.#connect(worker.port);
    } catch {
      this.#openTab(); // there is no worker, or not from this origin
    }
  }

  async #openTab() {
    const { openPort } = await import('./lead.js');
    if (!this.#ended.signal.aborted) this.#connect(openPort(this.#api, `${NAME} ${this.#api}`));
  }

  #leave() {
    this.#leavePast();
    this.#port?.postMessage({ bye: true });
  }

  #leavePast() {
    this.#past?.close();
    this.#past = null;
  }

  #watchPage() {
    const { signal } = this.#ended;
    const visible = () => document.visibilityState === 'visible';
    addEventListener('pagehide', () => this.#leave(), { signal });
    addEventListener('pageshow', ({ persisted }) => persisted && this.#ask(), { signal });
    addEventListener('online', () => this.#port?.postMessage({ wake: true }), { signal });
    document.addEventListener('visibilitychange', () =>
      this.#port?.postMessage({ visible: visible(), wake: visible() }), { signal });
  }

  /** @param {import('./hub.js').Port} port */
  #connect(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#hear(data);
    this.#ask();
  }

  #ask() {
    this.#leavePast();
    this.#waiting = [];
    this.#port?.postMessage({ want: this.#want, since: this.cursor,
      visible: document.visibilityState === 'visible' });
  }

  /** @param {any} message from the hub */
  #hear({ at, frames, state, late_ms, behind }) {
    if (this.#ended.signal.aborted) return;
    if (state) this.#become(state);
    if (late_ms !== undefined) this.state.late_ms = late_ms;
    if (behind) this.#ask();
    if (at) this.#begin(at);
    if (!frames) return;
    this.#port?.postMessage({ took: frames.length });
    if (this.#waiting) this.#waiting.push(...frames);
    else for (const frame of frames) this.#give(frame);
  }

  /** @param {State} state */
  #become(state) {
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }

  /** @param {string} at from here on the hub tells all: what is missing before it? */
  #begin(at) {
    const other = this.cursor && epochOf(this.cursor) !== epochOf(at);
    if (other) this.#give({ event: 'reset', id: at, n: -1, data: { reason: 'another database' } });
    if (this.cursor ? numberOf(this.cursor) < numberOf(at) : this.#tail) return this.#fetchPast(at);
    this.cursor ||= at;
    this.#goOn();
  }

  #goOn() {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const frame of waiting) this.#give(frame);
  }

  /** Takes what the server has by now, in a short answer that it ends with a ping. */
  #fetchPast(/** @type {string} */ at) {
    const filter = union(this.#want);
    const source = new EventSource(eventsUrl(this.#api, filter, { hold: 0,
      ...(this.cursor ? { since: this.cursor, tail: 0 } : { tail: this.#tail }) }));
    const end = () => {
      source.close();
      this.cursor ||= at;
      this.#goOn();
    };
    const take = (/** @type {Frame} */ frame) => {
      const skip = frame.event === 'hello' ? skipped(this.cursor, frame.data) : null;
      this.#give(skip ?? frame);
      if (skip || frame.event === 'ping') end();
    };
    for (const name of names(filter)) source.addEventListener(name, (message) => take(frameOf(message)));
    source.onerror = async () => {
      const refused = source.readyState > 1; // closed for ever, and it does not say why
      source.close();
      const answer = refused ? await fetch(source.url).catch(() => null) : null;
      await answer?.body?.cancel().catch(() => {});
      if (this.#past !== source) return;
      if (answer?.status === 204) end(); // all is final, and nothing is missing
      else setTimeout(() => this.#past === source && this.#fetchPast(at), AGAIN_MS);
    };
    this.#past = source;
  }

  /** @param {Frame} frame */
  #give(frame) {
    if (this.#ended.signal.aborted) return; // perhaps by whoever took the one before
    const { event, id, n } = frame;
    const control = ['hello', 'busy', 'reset'].includes(event);
    if (event === 'reset') this.cursor = '';
    const had = !control && epochOf(id) === epochOf(this.cursor) && n <= numberOf(this.cursor);
    if (had && !['ping', 'snapshot'].includes(event)) return;
    if (!control && id && !had) this.cursor = id;
    if (matches(this.#want, frame))
      this.dispatchEvent(new CustomEvent('frame', { detail: frame }));
  }
}
