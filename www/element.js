/* element.js: what our elements have in common: how they are made, how they look, whom they ask.
 *
 * - A string becomes text, never markup.
 * - Every colour is a property that the embedding page may set: --tailrow-ground, -panel, -edge,
 *   -text, -muted, -blue, -green, -red, -amber, and --tailrow-font, --tailrow-mono; each element
 *   names its parts for ::part. Colour repeats what the text says.
 * - Day or night is the page's color-scheme. Text stands out by 4.5:1 or more in both.
 *
 * SPDX-License-Identifier: MIT
 */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {...(Node | string)} children
 */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} label @param {() => void} act @param {string} [className] */
export function button(label, act, className = '') {
  const made = element('button', className, label);
  made.type = 'button';
  made.addEventListener('click', act);
  return made;
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

/** Where the responder is, with a slash: beside the scripts, or where the page's meta element
 * tailrow-api says; such a page's own address may have a ticket. @type {string} */
export const API = (() => {
  /** @type {HTMLMetaElement | null} */
  const meta = document.querySelector('meta[name=tailrow-api]');
  const ticket = meta && new URLSearchParams(location.search).get('ticket');
  return withTicket(meta ? new URL(`${meta.content}/`, document.baseURI) : new URL('api/', import.meta.url), ticket);
})();

/** @param {string | URL} api @param {string | null} ticket */
function withTicket(api, ticket) {
  const url = new URL(api);
  if (ticket) url.searchParams.set('ticket', ticket);
  return url.href;
}

/** The dashboard: a widget's links lead there. */
export const PAGE = new URL('.', import.meta.url).href;

export class TailrowElement extends HTMLElement {
  /** @type {CSSStyleSheet[]} */
  static styles = [];
  root = this.attachShadow({ mode: 'open' });

  constructor() {
    super();
    const { styles } = /** @type {typeof TailrowElement} */ (this.constructor);
    this.root.adoptedStyleSheets = [base, ...styles];
  }

  /** The responder, as this element may ask it. */
  get api() {
    return withTicket(API, this.getAttribute('ticket'));
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

/** A refusal, with a sentence for people. */
export class Refusal extends Error {
  /** @param {string} message @param {number} status 0: no answer */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/** @param {string} api perhaps with a ticket @param {string} path */
export function address(api, path) {
  const url = new URL(path, api);
  url.search = new URL(api).search;
  return url;
}

/**
 * @param {string} api @param {string} path
 * @param {Record<string, string | number | undefined>} [parameters]
 * @returns {Promise<any>} rejected with a Refusal
 */
export async function ask(api, path, parameters = {}) {
  const url = address(api, path);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw new Refusal('The server cannot be reached.', 0);
  setClock(answer.headers.get('Date'), 1000);
  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body)
    throw new Refusal(body?.detail ?? `The server answers ${answer.status}.`, answer.status);
  return body;
}
