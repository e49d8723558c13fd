/* stream.js: the event stream as frames, and a connection that comes back.
 *
 * - Touches no DOM, so that it can run in a worker.
 * - Asks for the event names it knows only. EventSource hides all others, but the server
 *   counts them as signs of life: a dead line would look like a quiet one.
 *
 * SPDX-License-Identifier: MIT
 */

/** So long may a line be away before we say so. A rotation comes back sooner. */
const LOST_MS = 3000;
const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 30000;

const ROWS = ['status-update', 'completion', 'removed', 'log', 'group'];
const NAMES = ['hello', 'snapshot', 'gap', 'reset', 'ping', 'busy', ...ROWS];

/**
 * cursor: EPOCH-N, of this frame or the last that had one; may be empty. n is its number.
 * @typedef {{ event: string, cursor: string, n: number, data: any }} Frame
 *
 * @typedef {Record<string, string | number>} Parameters
 */

/** @param {MessageEvent} message @returns {Frame} */
function frameOf({ type, lastEventId, data }) {
  const n = Number(lastEventId.slice(lastEventId.lastIndexOf('-') + 1));
  return { event: type, cursor: lastEventId, n, data: JSON.parse(data) };
}

/**
 * @param {string} api address of the responder, with a slash at the end
 * @param {Parameters} parameters
 * @param {(frame: Frame) => void} take
 * @param {(closed: boolean) => void} ended closed: the browser does not come back by itself
 */
function open(api, parameters, take, ended) {
  const url = new URL('events', api);
  for (const [name, value] of Object.entries({ event: ROWS.join(), ...parameters }))
    url.searchParams.set(name, String(value));
  const source = new EventSource(url);
  for (const name of NAMES) source.addEventListener(name, (message) => take(frameOf(message)));
  source.onerror = () => ended(source.readyState === EventSource.CLOSED);
  return source;
}

/**
 * What the server has now and no more: a short stream, closed by us at its last frame.
 *
 * @param {string} api @param {Parameters} parameters
 * @returns {Promise<Frame[]>} rejected where the server refuses
 */
export function readOnce(api, parameters) {
  return new Promise((resolve, reject) => {
    /** @type {Frame[]} */
    const frames = [];
    /** @param {Frame} frame */
    const take = (frame) => {
      frames.push(frame);
      if (frame.event !== 'ping') return;
      source.close();
      resolve(frames);
    };
    const source = open(api, { ...parameters, hold: 0 }, take, (closed) => closed && reject());
  });
}

/**
 * The long-lived stream. Fires `frame` (detail: a Frame), and `state` when that changed:
 * connecting, live, busy (no free slot; the server said when to come again), reconnecting.
 */
export class Stream extends EventTarget {
  state = 'connecting';
  #api;
  #parameters;
  #heartbeat_ms = 15000;
  #patience_ms = LOST_MS;
  #failures = 0;
  #reopen = 0;
  #lost = 0;
  /** @type {EventSource | undefined} */
  #source;

  /** @param {string} api @param {Parameters} parameters */
  constructor(api, parameters) {
    super();
    this.#api = api;
    this.#parameters = parameters;
    addEventListener('online', () => this.state === 'reconnecting' && this.open());
  }

  /** Connects; where there is a connection, drops it and goes on where it was. */
  open() {
    clearTimeout(this.#reopen);
    this.#source?.close();
    this.#source = open(this.#api, this.#parameters,
      (frame) => this.#take(frame), (closed) => this.#ended(closed));
  }

  /** @param {Frame} frame */
  #take(frame) {
    const busy = frame.event === 'busy';
    if (frame.event === 'hello') {
      this.#heartbeat_ms = frame.data.heartbeat * 1000;
      this.#failures = 0;
    }
    if (frame.cursor) this.#parameters = { ...this.#parameters, since: frame.cursor };
    this.#patience_ms = LOST_MS + (busy ? frame.data.retry : 0);
    clearTimeout(this.#lost);
    this.#lost = 0;
    clearTimeout(this.#reopen);
    this.#reopen = setTimeout(() => {
      this.#become('reconnecting'); // not even a ping came: the line is dead
      this.open();
    }, this.#heartbeat_ms + LOST_MS);
    this.#become(busy ? 'busy' : 'live');
    this.dispatchEvent(new CustomEvent('frame', { detail: frame }));
  }

  /** @param {boolean} closed */
  #ended(closed) {
    clearTimeout(this.#reopen);
    this.#lost ||= setTimeout(() => this.#become('reconnecting'), this.#patience_ms);
    if (!closed) return;
    const most = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** ++this.#failures);
    const wait = BACKOFF_MIN_MS + Math.random() * (most - BACKOFF_MIN_MS);
    this.#reopen = setTimeout(() => this.open(), wait);
  }

  /** @param {string} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event('state'));
  }
}
