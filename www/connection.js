/* connection.js: <tailrow-connection>, a pill that says whether what we see is live, and, when it
 * is pressed, why not and what cures it.
 *
 * SPDX-License-Identifier: MIT
 */
import { button, css, element, setText, TailrowElement } from './element.js';

/** What makes a server send each frame at once. */
const CURES = {
  lighttpd: 'server.stream-response-body = 2',
  Apache: 'FcgidOutputBufferSize 0 (mod_fcgid)\nflushpackets=on (mod_proxy_fcgi)\nSetEnv no-gzip 1 (CGI with mod_deflate)',
  nginx: 'fastcgi_buffering off;\nproxy_buffering off; (a proxy in front)',
};

/** @param {string} server its Server header @returns {string} empty: the answers end at once, and nobody holds them */
function cureOf(server) {
  if (!server) return '';
  const known = Object.entries(CURES).filter(([name]) => server.toLowerCase().includes(name.toLowerCase()));
  return ['What cures it:', ...(known.length ? known : Object.entries(CURES)).map(([name, lines]) => `${name}:\n${lines}`)].join('\n');
}

const styles = css`
:host { position: relative; }
.pill {
  height: auto;
  padding: .1em .75em;
  border: 0;
  border-radius: 2em;
  background: color-mix(in srgb, var(--tone) 12%, var(--panel));
  color: var(--tone);
  font-size: .82rem;
  font-weight: 600;
  font-variant-numeric: tabular-nums;
  white-space: nowrap;
}
.pill::before {
  content: '';
  display: inline-block;
  width: .5em;
  height: .5em;
  margin-right: .45em;
  border-radius: 50%;
  background: currentColor;
  vertical-align: .1em;
}
.more {
  position: absolute;
  inset: calc(100% + .5rem) 0 auto auto;
  z-index: 9;
  display: grid;
  gap: .6rem;
  justify-items: start;
  width: 22rem;
  max-width: 90vw;
  padding: .8rem 1rem;
  border: 1px solid var(--edge);
  border-radius: .6rem;
  background: var(--panel);
  box-shadow: 0 .4rem 2rem rgb(0 0 0 / .2);
  font-size: .9rem;
}
.cure { font: .85rem var(--tailrow-mono, ui-monospace, monospace); overflow-wrap: anywhere; white-space: pre-line; }
`;

/** @param {number} ms */
const span = (ms) => ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export class TailrowConnection extends TailrowElement {
  static styles = [styles];
  #why = element('p');
  #cure = element('p', 'cure');
  #retry = button('Try now', () => this.#events?.retry());
  #more = element('div', { className: 'more', hidden: true }, this.#why, this.#cure, this.#retry);
  #pill = button('', () => this.#open(this.#more.hidden), { className: 'pill', ariaExpanded: 'false' });
  /** @type {import('./tailrow.js').Tailrow | undefined} */
  #events;

  constructor() {
    super();
    this.root.append(this.#pill, this.#more);
    this.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#open(false));
    document.addEventListener('click', (event) => event.composedPath().includes(this) || this.#open(false));
  }

  /** @param {import('./tailrow.js').Tailrow} events */
  follow(events) {
    const draw = () => this.#draw(events.state);
    this.#events = events;
    events.addEventListener('state', draw);
    setInterval(draw, 1000);
    draw();
  }

  /** @param {boolean} open */
  #open(open) {
    this.#more.hidden = !open;
    this.#pill.ariaExpanded = String(open);
  }

  /** @param {import('./source.js').State} state */
  #draw({ name, reason, until_ms, late_ms, server }) {
    const left_s = Math.ceil((until_ms - Date.now()) / 1000);
    const soon = left_s > 0 ? ` in ${left_s} s` : '…';
    const late = late_ms === null ? '' : span(late_ms);
    const [text, why] = {
      live: [late ? `Live · ${late}` : 'Live', `Each row comes as it is committed${late && `, ${late} later`}.`],
      polling: ['Polling', `Rows come each 2 seconds, because ${reason}.`],
      busy: [`Server full, again${soon}`, `Not connected: ${reason}.`],
      reconnecting: [`Reconnecting${soon}`, `Not connected: ${reason || 'no line comes'}.`],
      stopped: ['Stopped', `Stopped: ${reason}.`],
    }[name] ?? ['Connecting…', 'Connecting.'];
    this.dataset.state = this.#pill.dataset.state = name;
    setText(this.#pill, text);
    setText(this.#why, why);
    setText(this.#cure, name === 'polling' ? cureOf(server) : '');
    this.#retry.hidden = ['live', 'connecting', 'polling'].includes(name);
  }
}

customElements.define('tailrow-connection', TailrowConnection);
