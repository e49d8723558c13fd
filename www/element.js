/* element.js: what our elements have in common: how they are made, how they look, whom they ask.
 *
 * - A string becomes text, never markup.
 * - Where something is wrong an element says so in its part `note`.
 * - Every colour is a property that the embedding page may set: --tailrow-ground, -panel, -edge,
 *   -text, -muted, -blue, -green, -red, -amber, and --tailrow-font, --tailrow-mono; each element
 *   names its parts for ::part. Colour repeats what the text says.
 * - Day or night is the page's color-scheme. Text stands out by 4.5:1 or more in both.
 *
 * SPDX-License-Identifier: MIT
 */

const TYPED_MS = 250;
const ALL_FINAL = 'all is final'; // as source.js says it

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string | Record<string, any>} [is] its class, or its properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, is = '', ...children) {
  const made = Object.assign(document.createElement(tag), typeof is === 'string' ? { className: is } : is);
  made.append(...children);
  return made;
}

/** @param {string} label @param {() => void} onclick @param {Record<string, any>} [is] its properties */
export const button = (label, onclick, is) => element('button', { type: 'button', onclick, ...is }, label);

/** ↑ and ↓. @param {string} what they step from one to another of @param {(way: 1 | -1) => void} step */
export const stepper = (what, step) => element('span', 'pair',
  button('↑', () => step(-1), { ariaLabel: `Previous ${what}` }), button('↓', () => step(1), { ariaLabel: `Next ${what}` }));

/** An input for words, which acts when the typist pauses. @param {string} label @param {() => void} act */
export function searchInput(label, act) {
  let typed = 0;
  return element('input', { type: 'search', placeholder: label, ariaLabel: label, oninput: () => {
    clearTimeout(typed);
    typed = setTimeout(act, TYPED_MS);
  } });
}

/** @param {HTMLElement} target hidden while there is no text @param {string | null} [text] */
export function setText(target, text) {
  if (target.textContent !== (text ?? '')) target.textContent = text ?? '';
  target.hidden = !text;
}

/** @param {() => void} draw @returns {() => void} asks for one call before the next frame */
export function oncePerFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      draw();
    });
  };
}

/** Tells screen readers, not too often. @param {HTMLElement} region polite @param {number} [pause_ms] */
export function announcer(region, pause_ms = 3000) {
  /** @type {string[]} */
  let waiting = [];
  return (/** @type {string} */ sentence) => {
    if (waiting.push(sentence) > 1) return;
    setTimeout(() => {
      region.textContent = waiting.length > 3 ? `${waiting.length} changes.` : waiting.join(' ');
      waiting = [];
    }, pause_ms);
  };
}

/** @param {TemplateStringsArray} text */
export function css({ raw: [text] }) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

const base = css`
:host {
  --ground: var(--tailrow-ground, light-dark(#f5f6f8, #0e1116));
  --panel: var(--tailrow-panel, light-dark(#fff, #151a21));
  --edge: var(--tailrow-edge, light-dark(#dee2e8, #2a313b));
  --text: var(--tailrow-text, light-dark(#1b2230, #e2e7ed));
  --muted: var(--tailrow-muted, light-dark(#596373, #98a3b2));
  --blue: var(--tailrow-blue, light-dark(#2355c3, #86b3ff));
  --green: var(--tailrow-green, light-dark(#17693b, #6fd39a));
  --red: var(--tailrow-red, light-dark(#b3261e, #ff9189));
  --amber: var(--tailrow-amber, light-dark(#7d4e00, #f0bd62));
  --tint: color-mix(in srgb, var(--text) 7%, transparent);
  --tone: var(--muted);
  display: block;
  color: var(--text);
  font: 14px/1.45 var(--tailrow-font, system-ui, sans-serif);
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
:focus-visible { outline: 2px solid var(--blue); outline-offset: 1px; }
a { color: var(--blue); }
[data-state=running] { --tone: var(--blue); }
[data-state=succeeded], [data-state=live] { --tone: var(--green); }
[data-state=failed] { --tone: var(--red); }
[data-state=stalled], [data-state=busy], [data-state=polling], [data-state=reconnecting] { --tone: var(--amber); }
button, input, select {
  height: 2rem;
  padding: 0 .6rem;
  border: 1px solid var(--edge);
  border-radius: .45rem;
  background: var(--panel);
  color: inherit;
  font: inherit;
  font-size: .9rem;
}
button { cursor: pointer; }
button:hover:enabled { background: color-mix(in srgb, var(--text) 7%, var(--panel)); }
button:disabled { color: var(--muted); cursor: default; }
[aria-pressed=true] { border-color: var(--blue); color: var(--blue); }
.note { color: var(--muted); font-size: .87rem; }
.unseen { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
`;

/** @param {string} api perhaps with a ticket @param {string} path
 * @param {Record<string, string | number | null | undefined>} [parameters] */
export function address(api, path, parameters = {}) {
  const url = new URL(path, api);
  url.search = new URL(api).search;
  for (const [name, value] of Object.entries(parameters)) if (value || value === 0) url.searchParams.set(name, String(value));
  return url.href;
}

/** @type {HTMLMetaElement | null} */
const meta = document.querySelector('meta[name=tailrow-api]');
/** Where the responder is, with a slash: beside the scripts, or where the page's meta element
 * tailrow-api says; such a page's own address may have a ticket. */
export const API = address(new URL(meta ? `${meta.content}/` : 'api/', meta ? document.baseURI : import.meta.url).href, '',
  { ticket: meta && new URLSearchParams(location.search).get('ticket') });

/** The dashboard, to which links lead. */
export const PAGE = meta ? location.href.split('#')[0] : new URL('.', import.meta.url).href;

export class TailrowElement extends HTMLElement {
  /** @type {CSSStyleSheet[]} */
  static styles = [];
  root = this.attachShadow({ mode: 'open' });
  /** @type {import('./tailrow.js').Tailrow | null} */
  events = null;
  #note = element('p', { className: 'note', part: 'note', hidden: true });
  #turn = 0;

  constructor() {
    super();
    const { styles } = /** @type {typeof TailrowElement} */ (this.constructor);
    this.root.adoptedStyleSheets = [base, ...styles];
  }

  /** The responder, as this element may ask it. */
  get api() {
    return address(API, '', { ticket: this.getAttribute('ticket') });
  }

  /** Says below what it shows what is wrong with that. @param {string} [why] */
  tell(why) {
    this.root.append(this.#note);
    setText(this.#note, why);
  }

  /** Follows the stream, in place of what it followed, until it leaves the page.
   * @param {import('./filter.js').Term} want @param {(frame: import('./filter.js').Frame) => void} take
   * @param {{ since?: string, tail?: number }} [from] */
  async listen(want, take, from) {
    const turn = this.#leave();
    const { Tailrow } = await import('./tailrow.js'); // the list is drawn without it
    if (turn !== this.#turn || !this.isConnected) return;
    this.events = new Tailrow(this.api, { want: [want], ...from });
    this.events.onFrame(take);
    let stopped = false;
    this.events.addEventListener('state', () => {
      const { name, reason } = /** @type {import('./tailrow.js').Tailrow} */ (this.events).state;
      if (stopped) this.tell();
      stopped = name === 'stopped' && reason !== ALL_FINAL;
      if (stopped) this.tell(`${reason}.`);
    });
  }

  disconnectedCallback() {
    this.#leave();
  }

  #leave() {
    this.events?.close();
    this.events = null;
    return ++this.#turn;
  }
}

/**
 * @typedef {{
 *   jobId: number, name: string, progress: number?, step: string?, url: string?,
 *   error: string?, exitCode: number?, startedAt: string?, finishedAt: string?,
 *   createdAt?: string, beatAt?: string | null,
 *   state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
 * }} Job
 *
 * What the page knows of the server's clock: its own plus this.
 */
export const clock = { skew_ms: 0, now: () => Date.now() + clock.skew_ms };

/** @param {string | null} time the server's, now @param {number} [unit_ms] what it is cut down to */
export function setClock(time, unit_ms = 1) {
  const skew_ms = Date.parse(time ?? '') + unit_ms / 2 - Date.now();
  if (Math.abs(skew_ms - clock.skew_ms) > unit_ms) clock.skew_ms = skew_ms;
}

/** After these frames what was read is to be read anew. */
export const ANEW = ['hello', 'snapshot', 'reset', 'gap', 'skip'];

/** A refusal, with a sentence for people. */
export class Refusal extends Error {
  /** @param {string} message @param {number} status 0: no answer */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** As address(). @param {Parameters<typeof address>} request @returns {Promise<any>} rejected with a Refusal */
export async function ask(...request) {
  const answer = await fetch(address(...request)).catch(() => null);
  if (!answer) throw new Refusal('The server cannot be reached.', 0);
  setClock(answer.headers.get('Date'), 1000);
  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body)
    throw new Refusal(body?.detail ?? `The server answers ${answer.status}.`, answer.status);
  return body;
}
