/* connection.js: <tailrow-connection>, a pill that says whether what we see is live, and, when it
 * is pressed, why not and what cures it.
 *
 * SPDX-License-Identifier: MIT
 */
import { button, css, element, setText, TailrowElement } from './element.js';

/** What makes a server send each frame at once, by its Server header. */
const CURES = /** @type {const} */ ([
  [/lighttpd/i, ['server.stream-response-body = 2']],
  [/apache/i, ['FcgidOutputBufferSize 0 (mod_fcgid)', 'flushpackets=on (mod_proxy_fcgi)', 'SetEnv no-gzip 1 (CGI with mod_deflate)']],
  [/nginx/i, ['fastcgi_buffering off;', 'proxy_buffering off; (a proxy in front)']],
]);
const SHARING = { shared: 'All tabs share one connection.', led: 'All tabs share one connection, which one of them holds.',
  own: 'This tab has a connection of its own, dropped while it is hidden.' };

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
  width: 22rem;
  max-width: 90vw;
  padding: .8rem 1rem;
  border: 1px solid var(--edge);
  border-radius: .6rem;
  background: var(--panel);
  box-shadow: 0 .4rem 2rem rgb(0 0 0 / .2);
  font-size: .9rem;
}
.more > * { margin: 0 0 .5rem; }
code { display: block; font: .85rem var(--tailrow-mono, ui-monospace, monospace); overflow-wrap: anywhere; }
`;

/** @param {number} ms */
const span = (ms) => ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;

export class TailrowConnection extends TailrowElement {
  static styles = [styles];
  #why = element('p', '');
  #cure = element('div', '');
  #sharing = element('p', 'note');
  #retry = button('Try now', () => this.#events?.retry());
  #more = element('div', 'more', this.#why, this.#cure, this.#sharing, this.#retry);
  #pill = button('', () => this.#open(this.#more.hidden), 'pill');
  /** @type {import('./tailrow.js').Tailrow | undefined} */
  #events;

  constructor() {
    super();
    this.#pill.ariaExpanded = 'false';
    this.#more.hidden = true;
    this.root.append(this.#pill, this.#more);
    this.addEventListener('keydown', ({ key }) => key === 'Escape' && this.#open(false));
    document.addEventListener('click', (event) => event.composedPath().includes(this) || this.#open(false));
  }

  /** @param {import('./tailrow.js').Tailrow} events */
  follow(events) {
    this.#events = events;
    events.addEventListener('state', () => this.#draw());
    setInterval(() => this.#draw(), 1000);
    this.#draw();
  }

  /** @param {boolean} open */
  #open(open) {
    this.#more.hidden = !open;
    this.#pill.ariaExpanded = String(open);
  }

  #draw() {
    const { state, kind } = /** @type {import('./tailrow.js').Tailrow} */ (this.#events);
    const { name, reason, late_ms, server } = state;
    this.dataset.state = this.#pill.dataset.state = name;
    setText(this.#pill, this.#text());
    const whys = { live: `Each row comes as it is committed${late_ms === null ? '' : `, ${span(late_ms)} later`}.`,
      polling: `Rows come each 2 seconds, because ${reason}.`, stopped: `Stopped: ${reason}.` };
    setText(this.#why, whys[/** @type {keyof whys} */ (name)] ?? (reason ? `Not connected: ${reason}.` : 'Connecting.'));
    this.#drawCure(name === 'polling' && server !== '' ? server : null);
    setText(this.#sharing, SHARING[/** @type {keyof SHARING} */ (kind)]);
    this.#retry.hidden = ['live', 'connecting', 'polling'].includes(name);
  }

  #text() {
    const { name, until_ms, late_ms } = /** @type {import('./tailrow.js').Tailrow} */ (this.#events).state;
    const left_s = Math.ceil((until_ms - Date.now()) / 1000);
    const soon = left_s > 0 ? ` in ${left_s} s` : '…';
    if (name === 'live') return late_ms === null ? 'Live' : `Live · ${span(late_ms)}`;
    if (name === 'busy') return `Server full, again${soon}`;
    if (name === 'reconnecting') return `Reconnecting${soon}`;
    return { connecting: 'Connecting…', polling: 'Polling', stopped: 'Stopped' }[name] ?? name;
  }

  /** @param {string | null} server */
  #drawCure(server) {
    if (this.#cure.dataset.server === String(server)) return;
    this.#cure.dataset.server = String(server);
    this.#cure.replaceChildren();
    if (server === null) return;
    const known = CURES.filter(([sign]) => sign.test(server));
    this.#cure.append(element('p', '', `What cures it${known.length ? '' : ', by server'}:`),
      ...(known.length ? known : CURES).flatMap(([, lines]) => lines.map((line) => element('code', '', line))));
  }
}

customElements.define('tailrow-connection', TailrowConnection);
