/* clock.js: <tailrow-clock>, the server's time each second, and whether the line to it is there.
 *
 * - Parts to style: time, state. data-state is the connection's.
 *
 * SPDX-License-Identifier: MIT
 */
import { ask, clock, css, element, setClock, setText, TailrowElement } from './element.js';

const styles = css`
:host { display: inline-block; font-variant-numeric: tabular-nums; }
span { margin-left: .6em; color: var(--amber); }
`;

export class TailrowClock extends TailrowElement {
  static styles = [styles];
  #time = element('time', { part: 'time' });
  #state = element('span', { part: 'state' });
  #timer = 0;

  constructor() {
    super();
    this.root.append(this.#time, this.#state);
  }

  connectedCallback() {
    this.listen({ event: ['completion'] }, ({ event, data }) => event === 'ping' && setClock(data.time)); // pings come to all
    ask(this.api, 'health').catch(() => {}); // its date is a first guess
    const tick = () => {
      const name = this.events?.state.name ?? 'connecting';
      this.dataset.state = name;
      setText(this.#time, new Date(clock.now()).toTimeString().slice(0, 8));
      setText(this.#state, ['live', 'polling', 'connecting'].includes(name) ? '' : 'connection lost');
    };
    tick();
    this.#timer = setInterval(tick, 1000);
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }
}

customElements.define('tailrow-clock', TailrowClock);
