/* badge.js: <tailrow-badge name="backup">, how the last job of that name is, in one line.
 *
 * - Part to style: badge. Its state is in data-state.
 *
 * SPDX-License-Identifier: MIT
 */
import { ANEW, ask, css, element, PAGE, TailrowElement } from './element.js';
import { CHANGES, moment } from './job.js';

const styles = css`
:host { display: inline-block; }
a {
  padding: .1em .7em;
  border-radius: 2em;
  background: color-mix(in srgb, var(--tone) 12%, var(--panel));
  color: var(--tone);
  font-size: .85em;
  font-weight: 600;
  text-decoration: none;
}
`;

export class TailrowBadge extends TailrowElement {
  static styles = [styles];
  #link = element('a', { part: 'badge' }, '…');
  #turn = 0;
  #jobId = 0;

  constructor() {
    super();
    this.root.append(this.#link);
  }

  connectedCallback() {
    const name = this.getAttribute('name') ?? '';
    this.listen({ event: CHANGES }, ({ event, data }) => {
      if (CHANGES.includes(event) ? data.name === name || data.jobId === this.#jobId : ANEW.includes(event)) this.#read(name);
    });
    this.#read(name);
  }

  /** @param {string} name */
  async #read(name) {
    const turn = ++this.#turn;
    const answer = await ask(this.api, 'jobs', { name, limit: 1 }).catch(({ message }) => this.tell(message));
    if (!answer || turn !== this.#turn) return;
    const [job] = answer.jobs;
    this.#jobId = job?.jobId;
    this.tell();
    const at = job?.finishedAt ?? job?.startedAt;
    this.dataset.state = this.#link.dataset.state = job?.state ?? 'none';
    this.#link.textContent = !job ? `${name}: never ran` : `${name}: ${job.state}${at ? ` · ${moment(at)}` : ''}`;
    this.#link.href = job ? `${PAGE}#job=${job.jobId}` : PAGE;
  }
}

customElements.define('tailrow-badge', TailrowBadge);
