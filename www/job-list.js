/* job-list.js: the jobs that a page knows of: the newest, then as far back as it was asked.
 *
 * - Read by short requests, kept true by the stream from the cursor that came with the first
 *   page on. Where the stream cannot tell all, it is read again.
 * - Fires `change`, and `ended` (detail: the job) when a job reached its end while we listened.
 * - Touches no DOM.
 *
 * SPDX-License-Identifier: MIT
 */
import { ask, setClock } from './api.js';
import { CHANGES, isStalled } from './job.js';
import { Tailrow } from './tailrow.js';

/** @typedef {import('./api.js').Job} Job */

const PAGE_JOBS = 100;
const BEATS_MS = 20000;

export class JobList extends EventTarget {
  /** @type {Map<number, Job>} */
  jobs = new Map();
  /** @type {{ state: string, text: string }} */
  filter = { state: '', text: '' };
  /** Where older ones begin; null: there are none. @type {number | null} */
  next = null;
  /** Whether they were. */
  read = false;
  /** Why they cannot be read. */
  trouble = '';
  /** @type {Tailrow | undefined} */
  events;
  #api;
  #reading = 0;
  #beats_ms = 0;

  /** @param {string} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** Reads the first page; follows from there on. */
  async open() {
    const cursor = await this.#read();
    this.events = new Tailrow(this.#api, { want: [{ event: CHANGES }], since: cursor ?? '' });
    this.events.onFrame((frame) => this.#take(frame));
    if (!cursor) this.events.addEventListener('frame', () => this.#read(), { once: true });
    return this.events;
  }

  /** @param {Partial<JobList['filter']>} filter */
  show(filter) {
    this.filter = { ...this.filter, ...filter };
    return this.#read();
  }

  /** Reads the next older ones. */
  older() {
    return this.#reading || this.next === null ? null : this.#read(this.next);
  }

  /** Running first, then the newest. */
  sorted() {
    const running = (/** @type {Job} */ job) => Number(job.state === 'running');
    return [...this.jobs.values()].sort((a, b) => running(b) - running(a) || b.jobId - a.jobId);
  }

  /** @param {number} [before] @returns {Promise<string | null>} the cursor; null: nothing was read */
  async #read(before) {
    const turn = ++this.#reading;
    const { state, text } = this.filter;
    try {
      const page = await ask(this.#api, 'jobs', { state, q: text, before, limit: PAGE_JOBS });
      if (turn !== this.#reading) return null;
      if (before === undefined) this.jobs.clear();
      for (const job of page.jobs) this.jobs.set(job.jobId, job);
      this.next = page.next ?? null;
      this.trouble = '';
      this.read = true;
      this.#changed();
      return page.cursor ?? null;
    } catch (error) {
      if (turn !== this.#reading) return null;
      this.trouble = /** @type {Error} */ (error).message;
      this.#changed();
      return null;
    } finally {
      if (turn === this.#reading) this.#reading = 0;
    }
  }

  /** @param {import('./filter.js').Frame} frame */
  #take({ event, data }) {
    if (['snapshot', 'gap', 'skip'].includes(event)) this.#read();
    else if (event === 'reset') this.jobs.clear();
    else if (event === 'ping') this.#beat(data);
    else if (event === 'removed') this.jobs.delete(data.jobId);
    else if (CHANGES.includes(event)) this.#put(event, data);
    else return;
    this.#changed();
  }

  /** @param {string} event @param {Job} job */
  #put(event, job) {
    const old = this.jobs.get(job.jobId);
    const known = old || job.jobId > Math.min(...this.jobs.keys(), Infinity) || this.next === null;
    if (!this.#matches(job)) this.jobs.delete(job.jobId);
    else if (known) this.jobs.set(job.jobId, { ...old, ...job });
    if (event === 'completion') this.dispatchEvent(new CustomEvent('ended', { detail: job }));
  }

  /** @param {Job} job */
  #matches({ state, name }) {
    return (!this.filter.state || this.filter.state.split(',').includes(state)) &&
      name.toLowerCase().includes(this.filter.text.toLowerCase());
  }

  /** @param {any} ping */
  #beat({ time, beats }) {
    setClock(time);
    this.#beats_ms = Date.now();
    for (const [id, beatAt] of Object.entries(beats)) {
      const job = this.jobs.get(Number(id));
      if (job) this.jobs.set(job.jobId, { ...job, beatAt });
    }
  }

  /** A busy stream has no ping, and a ping has the beats: asks before it calls a job dead. */
  checkBeats() {
    if (Date.now() - this.#beats_ms < BEATS_MS || ![...this.jobs.values()].some(isStalled)) return;
    this.#beats_ms = Date.now();
    ask(this.#api, 'jobs', { state: 'running', limit: PAGE_JOBS }).then(({ jobs }) => {
      for (const job of jobs) if (this.jobs.has(job.jobId)) this.jobs.set(job.jobId, job);
      this.#changed();
    }, () => {}); // the pill says what is wrong
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}
