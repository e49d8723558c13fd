/* hub.js: one stream for many listeners: tabs, and elements in them.
 *
 * - Lives in a SharedWorker, in the tab that leads, or in the one tab (lead.js). A listener is
 *   a port. It says what it `want`s (filter.js) and gets `at`, a cursor: from there on it is
 *   told all that it wants. What was before, it fetches itself (tailrow.js).
 * - The stream carries the union of all wants. A want that is covered costs no request; for a
 *   wider one the stream is opened again behind its cursor, so that nobody misses or repeats a
 *   row; a narrower union waits for the next time that it is opened.
 * - Who says `bye` may come back by the same port: a page that the browser kept for the way back.
 * - A listener acknowledges what it took. One that does not (a frozen or crashed tab) is sent
 *   no more, counts no more in the union, and asks again when it wakes.
 * - Touches no DOM. Part of the client (tailrow.js).
 *
 * SPDX-License-Identifier: MIT
 */
import { covers, CONTROL, epochOf, matches, union } from './filter.js';
import { Source } from './source.js';

/** So many frames may be on their way to a listener. */
const MOST_UNTAKEN = 5000;
/** From page to page there is a moment without a listener. */
const LINGER_MS = 2000;

/**
 * @typedef {{ postMessage: (message: any) => void,
 *   onmessage: ((event: any) => void) | null, gone?: () => void }} Port
 *
 * @typedef {{ port: Port, terms: import('./filter.js').Term[], since: string, waits: boolean,
 *   visible: boolean, behind: boolean, untaken: number,
 *   frames: import('./filter.js').Frame[] }} Listener
 */

export class Hub {
  /** @type {Set<Listener>} */
  #listeners = new Set();
  #source;
  #open = false;
  #lingers = 0;
  #flushes = false;
  #dropsHidden;

  /** @param {string} api @param {boolean} [dropsHidden] no stream while nobody looks */
  constructor(api, dropsHidden = false) {
    this.#dropsHidden = dropsHidden;
    this.#source = new Source(api, (frame) => this.#take(frame), (state) => this.#all({ state }));
  }

  /** @param {Port} port */
  connect(port) {
    /** @type {Listener} */
    const listener = { port, terms: [], since: '', waits: false, visible: true, behind: false,
      untaken: 0, frames: [] };
    port.onmessage = ({ data }) => this.#hear(listener, data);
  }

  /** @param {Listener} listener @param {any} message */
  #hear(listener, { want, since, took, visible, wake, bye }) {
    if (took) listener.untaken -= took;
    if (bye) this.#leave(listener);
    if (want) {
      Object.assign(listener, { terms: want, since, waits: true, behind: false, untaken: 0, frames: [] });
      this.#listeners.add(listener);
      listener.port.postMessage({ state: this.#source.state }); // it hears of every change from now on
    }
    if (visible !== undefined) listener.visible = visible;
    if (want || visible !== undefined) this.#settle();
    if (wake && this.#open) this.#source.wake();
  }

  /** @param {Listener} listener */
  #leave(listener) {
    this.#listeners.delete(listener);
    listener.port.gone?.();
    clearTimeout(this.#lingers);
    this.#lingers = setTimeout(() => this.#settle(), LINGER_MS);
  }

  /** Opens, widens or closes the stream as the listeners want it. */
  #settle() {
    const all = [...this.#listeners].filter(({ behind }) => !behind);
    const wanted = all.length > 0 && (!this.#dropsHidden || all.some(({ visible }) => visible));
    this.#source.visible = all.some(({ visible }) => visible);
    if (!wanted) {
      this.#source.close();
      if (!all.length) this.#source.cursor = '';
      this.#open = false;
      return;
    }
    const filter = union(all.flatMap(({ terms }) => terms));
    if (!this.#open && !this.#source.cursor) this.#source.cursor = all[0].since;
    if (this.#isLive() && covers(this.#source.filter, filter)) return this.#welcome();
    if (this.#open && covers(this.#source.filter, filter) && this.#source.state.name !== 'stopped')
      return; // it is on its way
    this.#open = true;
    this.#source.open(filter);
  }

  #isLive() {
    const { name } = this.#source.state;
    return this.#open && (name === 'live' || name === 'polling') && this.#source.cursor !== '';
  }

  /** Tells those who wait from where on they are told all. */
  #welcome() {
    for (const listener of this.#listeners) {
      if (!listener.waits) continue;
      listener.waits = false;
      listener.port.postMessage({ at: this.#source.cursor });
    }
  }

  /** @param {import('./filter.js').Frame} frame */
  #take(frame) {
    if (CONTROL.includes(frame.event) && epochOf(this.#source.cursor)) this.#welcome();
    for (const listener of this.#listeners) {
      if (!listener.behind && !listener.waits && matches(listener.terms, frame)) listener.frames.push(frame);
    }
    if (this.#flushes) return;
    this.#flushes = true;
    setTimeout(() => this.#flush());
  }

  #flush() {
    this.#flushes = false;
    for (const listener of this.#listeners) {
      if (!listener.frames.length) continue;
      listener.untaken += listener.frames.length;
      listener.behind = listener.untaken > MOST_UNTAKEN;
      listener.port.postMessage(listener.behind
        ? { behind: true }
        : { frames: listener.frames, late_ms: this.#source.state.late_ms });
      listener.frames = [];
    }
  }

  /** @param {any} message */
  #all(message) {
    for (const { port } of this.#listeners) port.postMessage(message);
  }
}
