/* jobs.js: <tailrow-jobs>, the list: what runs first, then the newest, and older ones on demand.
 *
 * - `selected`: the job that is looked at. Links lead to #job=ID, for the page to follow.
 *
 * SPDX-License-Identifier: MIT
 */
import { button, element, oncePerFrame, setText } from './dom.js';
import { API, css, TailrowElement } from './element.js';
import { TailrowJob, usualSpan } from './job.js';
import { JobList } from './job-list.js';

const STATES = ['', 'running', 'failed', 'succeeded', 'queued', 'canceled'];
const TYPED_MS = 250;

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

export class TailrowJobs extends TailrowElement {
  static styles = [styles];
  static observedAttributes = ['selected'];
  list = new JobList(API);
  #state = element('select', '', ...STATES.map((state) => new Option(state || 'All states', state)));
  #text = element('input', '');
  #system = element('a', 'system', 'System log');
  #items = element('ul', '', element('li', '', this.#system));
  #note = element('p', 'note');
  #more = button('Older jobs', () => this.list.older(), 'more');
  /** @type {Map<number, TailrowJob>} */
  #rows = new Map();

  constructor() {
    super();
    Object.assign(this.#text, { type: 'search', placeholder: 'Filter by name', ariaLabel: 'Filter by name' });
    this.#state.ariaLabel = 'Filter by state';
    this.#system.href = '#system';
    this.root.append(element('div', 'filter', this.#text, this.#state), this.#items, this.#note, this.#more);
    this.#more.hidden = true;
    let typed = 0;
    this.#text.addEventListener('input', () => {
      clearTimeout(typed);
      typed = setTimeout(() => this.list.show({ text: this.#text.value.trim() }), TYPED_MS);
    });
    this.#state.addEventListener('change', () => this.list.show({ state: this.#state.value }));
    const draw = this.#draw = oncePerFrame(() => this.#drawAll());
    this.list.addEventListener('change', draw);
    new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && this.list.older())
      .observe(this.#more);
    setInterval(() => this.#tick(), 1000);
  }

  #draw = () => {};

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
    setText(this.#note, this.list.trouble || (jobs.length || !this.#filtered ? null : 'No job matches.'));
    this.#more.hidden = this.list.next === null;
    if (outer !== this.root.activeElement) focused?.focus({ preventScroll: true }); // its row moved
  }

  get #filtered() {
    return Boolean(this.list.filter.state || this.list.filter.text);
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
