/* store.js: what the page knows: the jobs, their lines, and which one is looked at.
 *
 * - Fed with frames only, wherever they come from. Views read it and listen.
 * - Fires `jobs` when the list changed, `lines` when a log did, `selected`, and `ended`
 *   (detail: the job) when a job reached a final state.
 *
 * SPDX-License-Identifier: MIT
 */

import { Lines } from './lines.js';

/** Beyond this many, the oldest job that does not run leaves the page. */
const KEEP_JOBS = 300;
const GAP = 'Lines may be missing here: deleted while this page was away.';

/**
 * @typedef {import('./stream.js').Frame} Frame
 *
 * @typedef {number | null} JobId null: the log of the lines that belong to no job
 *
 * @typedef {{
 *   jobId: number, name: string, progress: number?, step: string?, url: string?,
 *   error: string?, startedAt: string?, finishedAt: string?,
 *   state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
 * }} Job
 */

/** @param {Frame} frame @returns {import('./lines.js').Line | undefined} */
function lineOf({ event, n, data }) {
  if (event === 'log')
    return { n, kind: 'log', text: data.message, level: data.level, at: data.at };
  if (event === 'group') return { n, kind: 'group', text: data.title };
}

export class Store extends EventTarget {
  /** @type {Map<number, Job>} */
  jobs = new Map();
  /** True where the server has jobs that are not listed here. */
  more = false;
  /** @type {JobId | undefined} undefined: nothing yet */
  selected;
  /** The server's clock minus ours. */
  skew_ms = 0;
  /** @type {Map<number, number>} the position at which a job was last heard of */
  #heard = new Map();
  /** @type {Map<JobId, Lines>} */
  #logs = new Map();

  /** Running first, then the newest. */
  sorted() {
    const running = (/** @type {Job} */ job) => Number(job.state === 'running');
    return [...this.jobs.values()].sort(
      (a, b) => running(b) - running(a) || b.jobId - a.jobId);
  }

  /** @param {Job['state']} state */
  count(state) {
    return [...this.jobs.values()].filter((job) => job.state === state).length;
  }

  /** @param {JobId} jobId */
  log(jobId) {
    const lines = this.#logs.get(jobId) ?? new Lines();
    this.#logs.set(jobId, lines);
    return lines;
  }

  /** @param {JobId} jobId */
  select(jobId) {
    this.selected = jobId;
    this.#tell('selected');
  }

  /** @param {Frame} frame */
  apply(frame) {
    const { event, data } = frame;
    if (event === 'snapshot') this.replaceJobs(frame);
    else if (event === 'status-update' || event === 'completion') this.#setJob(frame);
    else if (event === 'removed') this.#removeJob(frame);
    else if (event === 'gap') this.#markAll(data.after + 0.5, GAP);
    else if (event === 'reset') this.#startOver(data.reason);
    else if (event === 'ping') this.skew_ms = Date.parse(data.time) - Date.now();
    else this.#addLine(frame);
  }

  /** @param {Frame} snapshot what was heard after it was made stays as it is */
  replaceJobs({ n, data }) {
    const fresh = (/** @type {number} */ jobId) => (this.#heard.get(jobId) ?? 0) > n;
    const listed = new Set(data.jobs.map((/** @type {Job} */ job) => job.jobId));
    for (const jobId of this.jobs.keys())
      if (!listed.has(jobId) && !fresh(jobId) && jobId !== this.selected) this.#forget(jobId);
    for (const job of data.jobs) if (!fresh(job.jobId)) this.jobs.set(job.jobId, job);
    this.more = data.total > data.jobs.length;
    this.#tell('jobs');
  }

  /** @param {number} jobId @param {Frame[]} frames its lines, and itself if it is unknown */
  addPast(jobId, frames) {
    const job = frames.find(({ event }) => event === 'snapshot')?.data.jobs[0];
    if (job && !this.jobs.has(jobId)) this.jobs.set(jobId, job);
    this.log(jobId).merge(frames.flatMap((frame) => lineOf(frame) ?? []));
    this.#tell('jobs');
    this.#tell('lines');
  }

  /** @param {Frame} frame */
  #setJob({ event, n, data }) {
    this.jobs.set(data.jobId, data);
    this.#heard.set(data.jobId, n);
    if (this.jobs.size > KEEP_JOBS) this.#forgetOldest();
    this.#tell('jobs');
    if (event === 'completion') this.#tell('ended', data);
  }

  #forgetOldest() {
    const oldest = this.sorted().findLast(
      ({ state, jobId }) => state !== 'running' && jobId !== this.selected);
    if (oldest) this.#forget(oldest.jobId);
    this.more = true;
  }

  /** @param {Frame} frame */
  #removeJob({ n, data: { jobId } }) {
    this.#forget(jobId);
    if (jobId === this.selected) this.#mark(jobId, n, 'This job was deleted.');
    this.#tell('jobs');
  }

  /** @param {number} jobId its log stays while it is looked at */
  #forget(jobId) {
    this.jobs.delete(jobId);
    this.#heard.delete(jobId);
    if (jobId !== this.selected) this.#logs.delete(jobId);
  }

  /** @param {Frame} frame */
  #addLine(frame) {
    const line = lineOf(frame);
    if (!line) return;
    this.log(frame.data.jobId).append(line);
    this.#tell('lines');
  }

  /** @param {string} reason */
  #startOver(reason) {
    this.jobs.clear();
    this.#heard.clear();
    for (const lines of this.#logs.values()) lines.clear();
    this.#markAll(0, `The log starts over: ${reason}.`);
    this.#tell('jobs');
  }

  /** @param {number} n @param {string} text */
  #markAll(n, text) {
    for (const jobId of this.#logs.keys()) this.#mark(jobId, n, text);
  }

  /** @param {JobId} jobId @param {number} n @param {string} text */
  #mark(jobId, n, text) {
    this.log(jobId).append({ n, kind: 'marker', text });
    this.#tell('lines');
  }

  /** @param {string} type @param {any} [detail] */
  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
