/* source.js: one EventSource that comes back, whatever ends it.
 *
 * - Reopens by itself, never by the browser, which closes for ever at any status but 200: with
 *   its own cursor, after a pause that doubles to 30 s, jittered so that a thousand pages do
 *   not come at once.
 * - A line on which not even the ping came is dead. Deadlines are compared with the clock once
 *   a second, so that a machine that slept notices when it wakes.
 * - No hello in time: is the answer held back on its way? Asked by measuring: the server's
 *   probe pings every 250 ms, and where all of them come at the end, somebody buffers. Then the
 *   same stream is read in pieces (hold=0), and a held stream is tried again some minutes later.
 *   A host whose streams end at once (TAILROW_HOLD=0) is read at the same pace.
 * - Who was away for too many rows is told so (`skip`), and goes on at the newest: a page reads
 *   what it shows by short requests, which is less than all that happened.
 * - Touches no DOM. Part of the client (tailrow.js).
 *
 * SPDX-License-Identifier: MIT
 */
import { CONTROL, eventsUrl, frameOf, names, numberOf, skipped } from './filter.js';

/** So long may a line be away before it is called lost. A rotation comes back sooner. */
const LOST_MS = 3000;
const HELLO_MS = 3000;
const PROBE_S = 2;
const POLL_MS = 2000, POLL_HIDDEN_MS = 30000, POLL_FOR_MS = 300000;
const BACKOFF_MS = 1000, BACKOFF_MOST_MS = 30000;

/**
 * name: connecting, live, polling, reconnecting, busy (no free slot), stopped.
 * until_ms: when the next attempt is due, by Date.now(). late_ms: how long rows took lately.
 * server: the Server header, where answers are held back.
 * @typedef {{ name: string, reason: string, until_ms: number, late_ms: number | null,
 *   server: string }} State
 */

export class Source {
  /** @type {State} */
  state = { name: 'connecting', reason: '', until_ms: 0, late_ms: null, server: '' };
  /** EPOCH-N: everything up to N was taken. Empty: wherever the stream is. */
  cursor = '';
  visible = true;
  /** @type {import('./filter.js').Term} */
  filter = {};
  #api;
  #take;
  #tell;
  /** @type {EventSource | null} */
  #source = null;
  #timer = 0;
  #greeted = false;
  #last = '';
  #heartbeat_ms = 15000;
  #opened_ms = 0;
  #heard_ms = 0;
  #lost_ms = 0;
  #due_ms = 0;
  #failures = 0;
  #shorts = 0;
  #probed = false;
  #poll_until_ms = 0;
  /** Why it polls, and whose server it is. */
  #held = ['', ''];
  /** The server's clock minus ours, from a ping; before one, from the fastest row. */
  #skew_ms = NaN;
  #least_ms = -Infinity;
  /** The newest row when we connected: what is older comes late by no fault of the line. */
  #newest = 0;

  /**
   * @param {string} api
   * @param {(frame: import('./filter.js').Frame) => void} take each row once, in order
   * @param {(state: State) => void} tell when the state changed
   */
  constructor(api, take, tell) {
    this.#api = api;
    this.#take = take;
    this.#tell = tell;
  }

  /** Connects anew, now; goes on behind the cursor. @param {import('./filter.js').Term} filter */
  open(filter = this.filter) {
    this.#source?.close();
    this.filter = filter;
    this.#greeted = this.#probed = false;
    this.#opened_ms = this.#heard_ms = Date.now();
    if (this.state.name === 'live') this.#lost_ms ||= this.#opened_ms;
    const since = this.cursor || 'now';
    const source = new EventSource(eventsUrl(this.#api, filter,
      { since, tail: 0, ...(this.#polls && { hold: 0 }) }));
    for (const name of names(filter))
      source.addEventListener(name, (message) => this.#hear(frameOf(message)));
    source.onerror = () => this.#ended(source.readyState === EventSource.CLOSED);
    this.#source = source;
    if (this.state.name === 'stopped') this.#become('connecting');
    this.#arm(1000);
  }

  close() {
    this.#source?.close();
    this.#source = null;
    this.#due_ms = Infinity;
    clearTimeout(this.#timer);
  }

  /** Something changed (online, a tab that shows again): no need to wait any longer. */
  wake() {
    const { name } = this.state;
    if (name === 'stopped') return;
    this.#failures = 0;
    if (!this.#source || (name !== 'live' && name !== 'polling') || this.#isDead()) this.open();
  }

  get #polls() {
    return Date.now() < this.#poll_until_ms;
  }

  #isDead() {
    return Date.now() - this.#heard_ms > this.#heartbeat_ms + LOST_MS;
  }

  /** @param {import('./filter.js').Frame} frame */
  #hear(frame) {
    const { event, id, n, data } = frame;
    this.#heard_ms = Date.now();
    this.#last = event;
    if (event === 'busy') return this.#busy(data.retry);
    if (event === 'hello' && !this.#greet(data)) return;
    if (event === 'reset') this.cursor = '';
    else if (!CONTROL.includes(event) && n <= numberOf(this.cursor)) return; // had it
    else if (id) this.cursor = id;
    if (event === 'ping') this.#skew_ms = Date.parse(data.time) - this.#heard_ms;
    if (event === 'log' && n > this.#newest) this.#clock(Date.parse(data.at));
    this.#take(frame);
    if (event === 'ping' && this.#polls) this.#ended(false);
  }

  /** @param {any} hello @returns {boolean} false: too far behind, and it went elsewhere */
  #greet(hello) {
    const skip = skipped(this.cursor, hello);
    this.#heartbeat_ms = hello.heartbeat * 1000;
    this.#newest = hello.newest;
    if (skip) {
      this.cursor = skip.id;
      this.#take(skip);
      this.open();
      return false;
    }
    this.#greeted = true;
    this.#failures = this.#lost_ms = 0;
    if (this.#polls) this.#become('polling', ...this.#held);
    else this.#become('live');
    return true;
  }

  /** How late a row comes; the figure shown is a sluggish mean. @param {number} at_ms */
  #clock(at_ms) {
    if (Number.isNaN(at_ms)) return;
    this.#least_ms = Math.max(this.#least_ms, at_ms - this.#heard_ms);
    const skew_ms = Number.isNaN(this.#skew_ms) ? this.#least_ms : this.#skew_ms;
    const late_ms = Math.max(0, this.#heard_ms + skew_ms - at_ms), old_ms = this.state.late_ms ?? late_ms;
    this.state.late_ms = old_ms + (late_ms - old_ms) / 8;
  }

  /** @param {number} retry_ms */
  #busy(retry_ms) {
    this.#wait(retry_ms * (1 + Math.random() / 4));
    this.#become('busy', 'every place for a stream is taken');
  }

  /** @param {boolean} closed for ever, by the browser: the server refused */
  #ended(closed) {
    const orderly = this.#greeted && this.#last === 'ping';
    const lived_ms = Date.now() - this.#opened_ms;
    this.#shorts = orderly && lived_ms < LOST_MS ? this.#shorts + 1 : 0;
    if (this.#shorts > 3 && !this.#polls) this.#poll('the server ends each answer at once');
    if (orderly && this.#polls)
      return this.#wait(this.visible ? POLL_MS : POLL_HIDDEN_MS);
    const most_ms = Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 2 ** ++this.#failures);
    this.#wait(orderly ? 1000 * Math.random() : most_ms / 2 + Math.random() * most_ms / 2);
    if (!orderly) this.state.reason = 'the server cannot be reached';
    if (closed) this.#ask();
  }

  /** @param {number} pause_ms */
  #wait(pause_ms) {
    this.#source?.close();
    this.#source = null;
    if (!this.#polls || !this.#greeted) this.#lost_ms ||= Date.now();
    this.#greeted = false;
    this.#due_ms = Date.now() + pause_ms;
    this.#admit();
    this.#arm(Math.min(pause_ms, 1000));
  }

  /** Why was the stream refused? An EventSource does not say. */
  async #ask() {
    const due_ms = this.#due_ms;
    const url = eventsUrl(this.#api, this.filter, { since: this.cursor || 'now', hold: 0 });
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000) }).catch(() => null);
    const type = answer?.headers.get('Content-Type') ?? '';
    const problem = type.startsWith('application/problem') ? await answer?.json() : null;
    await answer?.body?.cancel().catch(() => {});
    if (this.#source || this.#due_ms !== due_ms || !answer) return; // it has gone on meanwhile
    if (answer.status === 204) this.#stop('all is final');
    else if (problem && problem.status < 500) this.#stop(problem.detail.replace(/\.$/, ''));
    else if (!answer.ok) this.state.reason = `the server answers ${answer.status}`;
    else if (!type.startsWith('text/event-stream'))
      this.state.reason = `there is ${type || 'something'} where the stream should be`;
    this.#tell(this.state);
  }

  /** @param {string} reason */
  #stop(reason) {
    this.close();
    this.#become('stopped', reason);
  }

  #tick() {
    const now_ms = Date.now();
    if (!this.#source && now_ms >= this.#due_ms) return this.open();
    if (this.#source && this.#isDead()) {
      this.#last = '';
      this.#ended(false);
    }
    this.#admit();
    if (this.#source && !this.#greeted && !this.#probed && !this.#polls &&
        now_ms - this.#opened_ms >= HELLO_MS) this.#probe();
    this.#arm(this.#source ? 1000 : Math.min(1000, this.#due_ms - now_ms));
  }

  /** Says that the line is lost, once it is for long enough. */
  #admit() {
    if (this.#lost_ms && Date.now() - this.#lost_ms >= LOST_MS && this.state.name !== 'busy')
      this.#become('reconnecting', this.state.reason);
  }

  /** @param {number} pause_ms */
  #arm(pause_ms) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, pause_ms));
  }

  async #probe() {
    this.#probed = true;
    const source = this.#source;
    const server = await heldBack(eventsUrl(this.#api, {}, { probe: PROBE_S }));
    if (server === null || source !== this.#source || this.#greeted) return;
    this.#poll('the server holds its answers back', server);
    this.open();
  }

  /** @param {string} reason @param {string} [server] */
  #poll(reason, server = '') {
    this.#poll_until_ms = Date.now() + POLL_FOR_MS;
    this.#held = [reason, server];
  }

  /** @param {string} name @param {string} [reason] @param {string} [server] */
  #become(name, reason = '', server = '') {
    const until_ms = this.#source ? 0 : this.#due_ms;
    const { state } = this;
    if (state.name === name && state.reason === reason && state.until_ms === until_ms) return;
    this.state = { ...state, name, reason, server, until_ms };
    this.#tell(this.state);
  }
}

/**
 * Asks for pings and looks when they come.
 *
 * @param {URL} url @returns {Promise<string | null>} who holds them back; null: nobody does
 */
async function heldBack(url) {
  const begun_ms = Date.now();
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(PROBE_S * 5000) });
    const reader = answer.body?.getReader();
    await reader?.read();
    const first_ms = Date.now();
    while (!(await reader?.read())?.done);
    const end_ms = Date.now();
    const held = answer.ok && end_ms - begun_ms > PROBE_S * 750 && end_ms - first_ms < PROBE_S * 250;
    return held ? answer.headers.get('Server') ?? '' : null;
  } catch {
    return null; // no answer: that is another trouble
  }
}
