/* feed.js: <tailrow-feed event="order" tail="10">, the last rows of a publisher's own event.
 *
 * - Shows their text, the newest first. Each row is fired too, as `row` (detail: the frame), for a
 *   page that makes something else of it. Parts to style: list, row.
 *
 * SPDX-License-Identifier: MIT
 */
import { css, element, TailrowElement } from './element.js';

const TAIL = 10;

const styles = css`
ol { padding: 0; list-style: none; }
li { padding: .3rem .2rem; border-bottom: 1px solid var(--edge); overflow-wrap: anywhere; unicode-bidi: plaintext; }
`;

export class TailrowFeed extends TailrowElement {
  static styles = [styles];
  #list = element('ol', { part: 'list' });

  constructor() {
    super();
    this.root.append(this.#list);
  }

  connectedCallback() {
    const event = (this.getAttribute('event') ?? 'log').split(',');
    const tail = Number(this.getAttribute('tail') ?? TAIL);
    this.#list.replaceChildren();
    this.listen({ event }, (frame) => {
      if (frame.event === 'reset') this.#list.replaceChildren();
      if (event.includes(frame.event)) this.#add(frame, tail);
    }, { tail });
  }

  /** @param {import('./filter.js').Frame} frame @param {number} most */
  #add(frame, most) {
    const { data } = frame;
    this.#list.prepend(element('li', { part: 'row' }, typeof data === 'string' ? data : data.message ?? data.name ?? ''));
    while (this.#list.children.length > most) this.#list.lastChild?.remove();
    this.dispatchEvent(new CustomEvent('row', { detail: frame }));
  }
}

customElements.define('tailrow-feed', TailrowFeed);
