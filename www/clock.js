/* clock.js: <tailrow-clock>, the server's time each second, and whether the line to it is there.
 *
 * - Parts to style: time, state. data-state is the connection's.
 *
 * SPDX-License-Identifier: MIT
 */
import { ask, clock, css, element, setClock, setText, TailrowElement } from './element.js';
import { Tailrow } from './tailrow.js';

const styles = css`
:host { display: inline-block; font-variant-numeric: tabular-nums; }
span { margin-left: .6em; color: var(--amber); }
`;

export class TailrowClock extends TailrowElement {
  static styles = [styles];
  #time = element('time', '');
  #state = element('span', '');
  /** @type {Tailrow | undefined} */
  #events;
  #timer = 0;

  constructor() {
    super();
    this.#time.setAttribute('part', 'time');
    this.#state.setAttribute('part', 'state');
    this.root.append(this.#time, this.#state);
  }

  connectedCallback() {
    const events = this.#events = new Tailrow(this.api, { want: [{ event: ['completion'] }] }); // and pings
    events.onFrame(({ event, data }) => event === 'ping' && setClock(data.time));
    ask(this.api, 'health').catch(() => {}); // its date is a first guess
    const tick = () => {
      const { name } = events.state;
      this.dataset.state = name;
      setText(this.#time, new Date(clock.now()).toTimeString().slice(0, 8));
      setText(this.#state, ['live', 'polling', 'connecting'].includes(name) ? '' : 'connection lost');
    };
    tick();
    this.#timer = setInterval(tick, 1000);
  }

  disconnectedCallback() {
    this.#events?.close();
    clearInterval(this.#timer);
  }
}

customElements.define('tailrow-clock', TailrowClock);
