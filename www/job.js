/* job.js: <tailrow-job>, one job: name, state, progress, step, error, times and result.
 *
 * SPDX-License-Identifier: MIT
 */

import { element, setText } from './dom.js';
import { duration, moment, plain, safeUrl } from './format.js';

/** @typedef {import('./store.js').Job} Job */

/** @param {Job} job */
export function nameOf(job) {
  return plain(job.name) || `Job ${job.jobId}`;
}

export class TailrowJob extends HTMLElement {
  link = element('a', 'name');
  #state = element('span', 'state');
  #bar = element('progress', '');
  #percent = element('span', 'percent');
  #progress = element('div', 'progress', this.#bar, this.#percent);
  #step = element('p', 'step');
  #error = element('p', 'error');
  #id = element('span', '');
  #started = element('time', 'started');
  #duration = element('span', 'duration');
  #result = element('a', 'result', 'Result');
  /** @type {Job | undefined} */
  #job;

  connectedCallback() {
    if (this.firstChild) return;
    this.#bar.max = 100;
    this.#result.target = '_blank';
    this.#result.rel = 'noopener noreferrer';
    this.append(
      element('div', 'head', this.link, this.#state),
      this.#step,
      this.#error,
      this.#progress,
      element('p', 'facts', this.#id, this.#started, this.#duration, this.#result));
  }

  /** @param {Job} job @param {number} now_ms by the server's clock */
  show(job, now_ms) {
    if (job === this.#job) return;
    this.#job = job;
    this.dataset.jobId = String(job.jobId);
    this.dataset.state = job.state;
    setText(this.link, nameOf(job));
    this.link.href = `#job=${job.jobId}`;
    this.link.title = job.name;
    setText(this.#state, job.state);
    setText(this.#step, job.step && plain(job.step));
    setText(this.#error, job.error && plain(job.error));
    this.#showProgress(job);
    this.#showFacts(job);
    this.tick(now_ms);
  }

  /** @param {number} now_ms by the server's clock */
  tick(now_ms) {
    const { state, startedAt, finishedAt } = this.#job ?? {};
    const end_ms = state === 'running' ? now_ms : Date.parse(finishedAt ?? '');
    const span_ms = end_ms - Date.parse(startedAt ?? '');
    setText(this.#duration, Number.isNaN(span_ms) ? null : duration(span_ms));
  }

  /** @param {Job} job */
  #showProgress({ state, name, progress }) {
    const stopped = state === 'failed' || state === 'canceled';
    this.#progress.hidden = !(state === 'running' || (stopped && progress !== null));
    this.#bar.ariaLabel = `Progress of ${name}`;
    if (progress === null) this.#bar.removeAttribute('value');
    else this.#bar.value = progress;
    setText(this.#percent, progress === null ? null : `${Math.floor(progress)}%`);
  }

  /** @param {Job} job */
  #showFacts({ jobId, name, startedAt, url }) {
    setText(this.#id, `#${jobId}`);
    setText(this.#started, startedAt && moment(startedAt));
    this.#started.dateTime = startedAt ?? '';
    const href = safeUrl(url);
    if (href) this.#result.href = href;
    this.#result.hidden = !href;
    this.#result.ariaLabel = `Result of ${name}`;
  }
}

customElements.define('tailrow-job', TailrowJob);
