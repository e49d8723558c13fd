/* job.js: <tailrow-job job="42">, one job: state, name, progress, step, error, times, result.
 *
 * - With a `job` attribute it reads and follows its job by itself; without one it shows what it
 *   is given. `compact`: two lines of a list.
 * - Parts to style: name, step, error, progress.
 * - How long is left: by progress the more the further it is, else by earlier runs of that name.
 *
 * SPDX-License-Identifier: MIT
 */
import { plain } from './ansi.js';
import { ANEW, ask, clock, css, element, PAGE, setText, TailrowElement } from './element.js';

/** @typedef {import('./element.js').Job} Job */

/** A job that beats does so each 10 s; so long without one, and nobody runs it any more. */
export const STALLED_MS = 35000;
export const CHANGES = ['status-update', 'completion', 'removed'];
const RUNS = 5;

const styles = css`
.job {
  display: grid;
  grid-template-columns: auto minmax(0, auto) auto auto 1fr auto;
  align-items: baseline;
  gap: .1rem .6rem;
}
.icon {
  align-self: center;
  display: grid;
  place-items: center;
  width: 1.2rem;
  height: 1.2rem;
  border-radius: 50%;
  background: color-mix(in srgb, var(--tone) 15%, transparent);
  color: var(--tone);
  font: 700 .7rem/1 system-ui, sans-serif;
}
.icon::before { content: '·'; }
[data-state=succeeded] .icon::before { content: '✓'; }
[data-state=failed] .icon::before { content: '✕'; }
[data-state=canceled] .icon::before { content: '–'; }
[data-state=stalled] .icon::before { content: '!'; }
[data-state=running] .icon::before {
  content: '';
  width: .5rem;
  height: .5rem;
  border-radius: 50%;
  background: currentColor;
}
.name {
  overflow: hidden;
  color: inherit;
  font-weight: 600;
  text-align: left;
  text-decoration: none;
  text-overflow: ellipsis;
  unicode-bidi: plaintext;
  white-space: nowrap;
}
.state { color: var(--tone); font-weight: 600; }
.facts, .span, .left, .step { color: var(--muted); font-size: .87rem; }
.span, .left, .facts { font-variant-numeric: tabular-nums; white-space: nowrap; }
.result { justify-self: start; font-size: .9rem; }
.span { grid-column: 6; justify-self: end; }
.step { grid-column: 2 / 6; overflow-wrap: anywhere; text-align: left; unicode-bidi: plaintext; }
.error { color: var(--red); }
.left { grid-column: 6; justify-self: end; }
progress {
  grid-column: 1 / -1;
  width: 100%;
  height: .3rem;
  margin-top: .35rem;
  appearance: none;
  overflow: hidden;
  border: 0;
  border-radius: 1rem;
  background: var(--tint);
}
progress::-webkit-progress-bar { background: none; }
progress::-webkit-progress-value { border-radius: 1rem; background: var(--tone); }
progress::-moz-progress-bar { background: var(--tone); }
progress:indeterminate { background: linear-gradient(90deg, transparent, var(--tone), transparent) 0 / 40% no-repeat var(--tint); }
progress:indeterminate::-moz-progress-bar { background: none; }
:host([compact]) {
  .job { grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 .6rem; }
  .state, .facts, .result { display: none; }
  .span, .left { grid-column: 3; }
  .step { grid-column: 2; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
}
@keyframes sweep { to { background-position: 100%; } }
@media (prefers-reduced-motion: no-preference) {
  progress:indeterminate { animation: sweep 1.6s ease-in-out infinite alternate; }
  ::-webkit-progress-value { transition: width .4s; }
}
@media (width < 40rem) {
  :host(:not([compact])) :is(.facts, .state) { display: none; }
}
`;

/** @param {string} at when a job began: the time, with the date where it was not today */
export function moment(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], {
    ...(!today && { day: 'numeric', month: 'short' }),
    hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  });
}

/** @param {number} span_ms as 42s, 12m 3s, 1h 2m, 3d 4h */
export function duration(span_ms) {
  const s = Math.max(0, Math.floor(span_ms / 1000));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${Math.floor(s / 60) % 60}m`;
  return `${Math.floor(s / 86400)}d ${Math.floor(s / 3600) % 24}h`;
}

/** @param {string | null} [url] @returns {string | null} null: not one for http or https */
function safeUrl(url) {
  try {
    const { protocol, href } = new URL(url ?? '', document.baseURI);
    return url && /^https?:$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}

/** @param {Job} job */
export const nameOf = (job) => plain(job.name) || `Job ${job.jobId}`;

/** @param {Job} job @returns {number} how long it ran, or runs; NaN: it did not */
export const spanOf = ({ state, startedAt, finishedAt }) =>
  (state === 'running' ? clock.now() : Date.parse(finishedAt ?? '')) - Date.parse(startedAt ?? '');

/** @param {Job} job */
export const isStalled = ({ state, beatAt }) =>
  state === 'running' && clock.now() - Date.parse(beatAt ?? '') > STALLED_MS;

/** @param {Iterable<Job>} jobs @param {Job} like @returns {number} the median of its last good runs */
export function usualSpan(jobs, like) {
  const spans = [...jobs].filter(({ name, state }) => name === like.name && state === 'succeeded')
    .sort((a, b) => b.jobId - a.jobId).slice(0, RUNS).map(spanOf).sort((a, b) => a - b);
  return spans[spans.length >> 1] ?? NaN;
}

/** @param {Job} job @param {number} usual_ms NaN: not known @returns {string} may be empty */
export function leftText(job, usual_ms) {
  const span_ms = spanOf(job), done = (job.progress ?? 0) / 100;
  if (job.state !== 'running' || !(span_ms > 2000)) return '';
  const by_progress_ms = done > 0.01 ? span_ms * (1 - done) / done : NaN;
  const by_runs_ms = usual_ms - span_ms;
  if (Number.isNaN(by_progress_ms) && by_runs_ms < 0) return `usually ${duration(usual_ms)}`;
  const left_ms = Number.isNaN(by_progress_ms) ? by_runs_ms : Number.isNaN(by_runs_ms)
    ? by_progress_ms : done * by_progress_ms + (1 - done) * Math.max(by_runs_ms, 0);
  return Number.isNaN(left_ms) ? '' : `${duration(left_ms)} left`;
}

export class TailrowJob extends TailrowElement {
  static styles = [styles];
  static observedAttributes = ['job'];
  link = element('a', { className: 'name', part: 'name' });
  #icon = element('span', { className: 'icon', role: 'img', hidden: true }); // until it has a name
  #state = element('span', 'state');
  #span = element('span', 'span');
  #step = element('span', 'step');
  #left = element('span', 'left');
  #bar = element('progress', { max: 100, part: 'progress', ariaLabel: 'Progress' });
  #facts = element('span', 'facts');
  #result = element('a', { className: 'result', target: '_blank', rel: 'noopener noreferrer' }, 'Result ↗');
  #parts = [this.#icon, this.link, this.#state, this.#facts, this.#result, this.#span, this.#step, this.#left, this.#bar];
  /** @type {Job | undefined} */
  #job;
  #usual_ms = NaN;
  /** What the stream told since the job was last asked for. */
  #told = {};
  #timer = 0;

  constructor() {
    super();
    this.root.append(element('div', 'job', ...this.#parts));
  }

  connectedCallback() {
    this.#open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  /** @param {string} _name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(_name, old, value) {
    if (old !== value) this.#open();
  }

  #open() {
    this.disconnectedCallback();
    this.#told = {};
    const id = Number(this.getAttribute('job'));
    if (!id || !this.isConnected) return;
    this.#timer = setInterval(() => this.tick(), 1000);
    this.#read(id);
    this.listen({ job: [id], event: CHANGES }, (frame) => this.#take(id, frame));
  }

  /** @param {number} id @param {import('./filter.js').Frame} frame */
  #take(id, { event, data }) {
    if (ANEW.includes(event)) this.#read(id);
    else if (event === 'removed') this.#fail(id, 'This job was deleted.');
    else if (event === 'ping' && this.#job) this.show({ ...this.#job, beatAt: data.beats[id] ?? this.#job.beatAt });
    else if (CHANGES.includes(event)) this.show({ ...this.#job, ...Object.assign(this.#told, data) });
  }

  /** @param {number} id */
  async #read(id) {
    const told = this.#told = {};
    try {
      const job = await ask(this.api, `jobs/${id}`);
      const { jobs } = await ask(this.api, 'jobs', { name: job.name, state: 'succeeded', limit: RUNS * 2 });
      if (told !== this.#told) return;
      this.tell();
      this.show({ ...job, ...told }, usualSpan(jobs, job));
    } catch (error) {
      const { message, status } = /** @type {import('./element.js').Refusal} */ (error);
      if (told === this.#told && (this.#job?.jobId !== id || status === 404)) this.#fail(id, message); // else what it shows stays
    }
  }

  /** There is nothing to show of it. @param {number} id @param {string} why */
  #fail(id, why) {
    this.#told = {}; // no answer that is on its way
    this.#job = undefined;
    for (const part of this.#parts) part.hidden = true;
    setText(this.link, `Job ${id}`);
    this.tell(why);
  }

  /** @param {Job} job @param {number} [usual_ms] */
  show(job, usual_ms = this.#usual_ms) {
    this.#job = job;
    this.#usual_ms = usual_ms;
    const href = safeUrl(job.url);
    this.dataset.jobId = String(job.jobId);
    setText(this.link, nameOf(job));
    this.link.href = `${PAGE}#job=${job.jobId}`;
    this.link.title = nameOf(job);
    this.#icon.hidden = false;
    this.#result.hidden = !href;
    this.#result.href = href ?? '';
    this.#result.ariaLabel = `Result of ${nameOf(job)}`;
    this.#step.className = job.error ? 'step error' : 'step';
    this.#step.setAttribute('part', job.error ? 'error' : 'step');
    this.#showProgress(job);
    this.tick();
  }

  /** @param {Job} job */
  #showProgress({ state, progress, error }) {
    const stopped = (state === 'failed' || state === 'canceled') && progress !== null;
    this.#bar.hidden = !(state === 'running' || (stopped && !error));
    if (progress === null) this.#bar.removeAttribute('value');
    else this.#bar.value = progress;
  }

  /** What changes as time goes by. */
  tick() {
    const job = this.#job;
    if (!job) return;
    const stalled = isStalled(job), state = stalled ? 'stalled' : job.state, span_ms = spanOf(job);
    const silent = stalled && `no sign of life for ${duration(clock.now() - Date.parse(job.beatAt ?? ''))}`;
    const compact = this.hasAttribute('compact'), running = job.state === 'running';
    const said = silent || job.error || job.step || (compact ? job.state : '');
    const span = Number.isNaN(span_ms) ? '' : duration(span_ms), at = job.finishedAt ?? job.startedAt ?? job.createdAt;
    this.dataset.state = state;
    this.root.firstElementChild?.setAttribute('data-state', state);
    this.#icon.ariaLabel = state;
    setText(this.#state, state);
    setText(this.#span, compact && !running ? at && moment(at) : span);
    setText(this.#step, said && plain(said));
    setText(this.#left, !running ? (compact ? span : '')
      : [job.progress !== null && `${Math.floor(job.progress)}%`, !stalled && leftText(job, this.#usual_ms)].filter(Boolean).join(' · '));
    setText(this.#facts, [`#${job.jobId}`, job.startedAt && moment(job.startedAt),
      job.exitCode && `exit ${job.exitCode}`].filter(Boolean).join(' · '));
  }
}

customElements.define('tailrow-job', TailrowJob);
