/* jobs.js: <tailrow-jobs>, the list: what runs first, then the newest, and older ones on demand.
 *
 * - JobList is what it knows: read by short requests, kept true by the stream from the cursor on
 *   that came with the first page; where the stream cannot tell all, read again.
 * - `selected`: the job that is looked at. Links lead to #job=ID, for the page to follow.
 *
 * SPDX-License-Identifier: MIT
 */
import { ANEW, API, ask, button, css, element, oncePerFrame, searchInput, setClock, setText, TailrowElement } from './element.js';
import { CHANGES, isStalled, TailrowJob, usualSpan } from './job.js';

/** @typedef {import('./element.js').Job} Job */

const PAGE_JOBS = 100;
const BEATS_MS = 20000;
const STATES = ['', 'running', 'failed', 'succeeded', 'queued', 'canceled'];

const styles = css`
.filter { position: sticky; top: 0; z-index: 1; display: flex; gap: .4rem; padding: .5rem .6rem; background: var(--ground); }
.filter input { flex: 1; min-width: 0; }
ul { padding: 0 .6rem .6rem; list-style: none; }
li > * {
  position: relative;
  padding: .45rem .6rem;
  border-radius: .5rem;
  content-visibility: auto;
  contain-intrinsic-height: auto 3.5rem;
}
li > :hover { background: var(--tint); }
li > .here { background: color-mix(in srgb, var(--blue) 10%, var(--panel)); }
.system { display: block; color: inherit; text-decoration: none; }
.note { padding: .5rem 1.2rem; }
.more { display: block; margin: 0 auto .6rem; }
`;

/** Fires `change`, and `ended` (detail: the job) when a job reached its end while we listened. */
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
  /** @type {import('./tailrow.js').Tailrow | undefined} */
  events;
  #api;
  #turns = 0;
  /** The turn that is on its way; 0: none. */
  #reading = 0;
  /** What the stream told since it left. @type {import('./filter.js').Frame[]} */
  #told = [];
  #beats_ms = 0;

  /** @param {string} api */
  constructor(api) {
    super();
    this.#api = api;
  }

  /** Reads the first page; follows from there on. */
  async open() {
    const cursor = await this.#read();
    const { Tailrow } = await import('./tailrow.js'); // the list is drawn meanwhile
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
    const turn = this.#reading = ++this.#turns;
    this.#told = [];
    const { state, text } = this.filter;
    try {
      const page = await ask(this.#api, 'jobs', { state, q: text, before, limit: PAGE_JOBS });
      if (turn !== this.#reading) return null;
      if (before === undefined) this.jobs.clear();
      for (const job of page.jobs) this.jobs.set(job.jobId, job);
      Object.assign(this, { next: page.next ?? null, trouble: '', read: true });
      for (const frame of this.#told) this.#put(frame);
      return page.cursor ?? null;
    } catch (error) {
      if (turn === this.#reading) this.trouble = /** @type {Error} */ (error).message;
      return null;
    } finally {
      if (turn === this.#reading) this.#reading = 0;
      this.#changed();
    }
  }

  /** @param {import('./filter.js').Frame} frame */
  #take(frame) {
    const { event, data } = frame;
    if (event === 'reset') this.jobs.clear();
    if (ANEW.includes(event) && (event !== 'hello' || this.trouble)) this.#read();
    else if (event === 'ping') this.#beat(data);
    else if (CHANGES.includes(event)) {
      if (this.#reading) this.#told.push(frame);
      this.#put(frame);
      if (event === 'completion') this.dispatchEvent(new CustomEvent('ended', { detail: data }));
    } else return;
    this.#changed();
  }

  /** @param {import('./filter.js').Frame} frame */
  #put({ event, data: job }) {
    const old = this.jobs.get(job.jobId);
    const known = old || job.jobId > Math.min(...this.jobs.keys(), Infinity) || this.next === null;
    if (event === 'removed' || !this.#matches(job)) this.jobs.delete(job.jobId);
    else if (known) this.jobs.set(job.jobId, { ...old, ...job });
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
      for (const { jobId, beatAt } of jobs) {
        const job = this.jobs.get(jobId); // its state may have changed meanwhile
        if (job) this.jobs.set(jobId, { ...job, beatAt });
      }
      this.#changed();
    }, () => {}); // the pill says what is wrong
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

export class TailrowJobs extends TailrowElement {
  static styles = [styles];
  static observedAttributes = ['selected'];
  list = new JobList(API);
  #state = element('select', { ariaLabel: 'Filter by state', onchange: () => this.list.show({ state: this.#state.value }) },
    ...STATES.map((state) => new Option(state || 'All states', state)));
  #text = searchInput('Filter by name', () => this.list.show({ text: this.#text.value.trim() }));
  #system = element('a', { className: 'system', href: '#system' }, 'System log');
  #items = element('ul', '', element('li', '', this.#system));
  #note = element('p', 'note');
  #more = button('Older jobs', () => this.list.older(), { className: 'more', hidden: true });
  /** @type {Map<number, TailrowJob>} */
  #rows = new Map();
  #draw = oncePerFrame(() => this.#drawAll());

  constructor() {
    super();
    this.root.append(element('div', 'filter', this.#text, this.#state), this.#items, this.#note, this.#more);
    this.list.addEventListener('change', this.#draw);
    new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.list.older())
      .observe(this.#more);
    setInterval(() => this.#tick(), 1000);
  }

  /** The stream, once the first page is read. @type {Promise<import('./tailrow.js').Tailrow> | undefined} */
  opened;

  connectedCallback() {
    this.opened ??= this.list.open();
  }

  attributeChangedCallback() {
    this.#draw();
  }

  /** The id of the job that many places further down the list, where there is one.
   * @param {number} step @returns {number | undefined} */
  beside(step) {
    const all = this.list.sorted().map(({ jobId }) => jobId);
    return all[all.indexOf(Number(this.getAttribute('selected'))) + step];
  }

  #tick() {
    this.list.checkBeats();
    for (const row of this.#rows.values())
      if (['running', 'stalled'].includes(row.dataset.state ?? '')) row.tick();
  }

  #drawAll() {
    const { activeElement: outer } = this.root;
    const focused = /** @type {HTMLElement | null} */ (outer?.shadowRoot?.activeElement ?? outer);
    const selected = this.getAttribute('selected');
    const jobs = this.list.sorted();
    let place = this.#items.firstElementChild;
    this.#drop();
    for (const job of jobs) {
      const row = this.#row(job.jobId);
      const item = row.parentElement;
      if (item && place?.nextElementSibling !== item) place?.after(item);
      place = item;
      row.show(job, job.state === 'running' ? usualSpan(jobs, job) : NaN);
      mark(row, row.link, selected === String(job.jobId));
    }
    mark(this.#system, this.#system, selected === 'system');
    const { trouble, filter: { state, text } } = this.list;
    setText(this.#note, trouble || (!jobs.length && (state || text) ? 'No job matches.' : ''));
    this.#more.hidden = this.list.next === null;
    if (outer !== this.root.activeElement) focused?.focus({ preventScroll: true }); // its row moved
  }

  #drop() {
    for (const [jobId, row] of this.#rows) {
      if (this.list.jobs.has(jobId)) continue;
      row.parentElement?.remove();
      this.#rows.delete(jobId);
    }
  }

  /** @param {number} jobId */
  #row(jobId) {
    const row = this.#rows.get(jobId) ?? new TailrowJob();
    row.toggleAttribute('compact', true);
    if (!row.parentElement) this.#items.append(element('li', '', row));
    this.#rows.set(jobId, row);
    return row;
  }
}

/** @param {HTMLElement} row @param {HTMLElement} link @param {boolean} here */
function mark(row, link, here) {
  if (link.ariaCurrent === String(here)) return;
  link.ariaCurrent = String(here);
  row.classList.toggle('here', here);
  if (here) row.scrollIntoView({ block: 'nearest' });
}

customElements.define('tailrow-jobs', TailrowJobs);
