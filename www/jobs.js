/* jobs.js: <tailrow-jobs>, the list: the system log, then running jobs, then the newest.
 *
 * SPDX-License-Identifier: MIT
 */

import { element, oncePerFrame } from './dom.js';
import { TailrowJob } from './job.js';

/** @typedef {import('./store.js').Store} Store */

export class TailrowJobs extends HTMLElement {
  #system = element('a', 'system', 'System log');
  #list = element('ul', '', element('li', '', this.#system));
  #more = element('p', 'note', 'Older jobs are not listed.');
  /** @type {Map<number, TailrowJob>} */
  #rows = new Map();

  /** @param {Store} store */
  follow(store) {
    const draw = oncePerFrame(() => this.#draw(store));
    this.#system.href = '#system';
    this.append(this.#list, this.#more);
    store.addEventListener('jobs', draw);
    store.addEventListener('selected', draw);
  }

  /** @param {Store} store */
  #draw(store) {
    const focused = /** @type {HTMLElement | null} */ (this.querySelector(':focus'));
    let place = this.#list.firstElementChild;
    this.#drop(store);
    for (const job of store.sorted()) {
      const row = this.#row(job.jobId);
      const item = row.parentElement;
      if (item && place?.nextElementSibling !== item) place?.after(item);
      place = item;
      row.show(job, Date.now() + store.skew_ms);
      select(row.link, job.jobId === store.selected);
    }
    select(this.#system, store.selected === null);
    this.#more.hidden = !store.more;
    focused?.focus({ preventScroll: true }); // which a row loses when it moves
  }

  /** @param {Store} store */
  #drop(store) {
    for (const [jobId, row] of this.#rows) {
      if (store.jobs.has(jobId)) continue;
      row.parentElement?.remove();
      this.#rows.delete(jobId);
    }
  }

  /** @param {number} jobId */
  #row(jobId) {
    const row = this.#rows.get(jobId) ?? new TailrowJob();
    if (!row.parentElement) this.#list.append(element('li', '', row));
    this.#rows.set(jobId, row);
    return row;
  }
}

/** @param {HTMLElement} link @param {boolean} selected */
function select(link, selected) {
  if (link.ariaCurrent === String(selected)) return;
  link.ariaCurrent = String(selected);
  if (selected) link.closest('li')?.scrollIntoView({ block: 'nearest' });
}

customElements.define('tailrow-jobs', TailrowJobs);
