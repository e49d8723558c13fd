/* log-styles.js: how a log looks.
 *
 * - Terminal colours are made to stand out from our ground by 4.5:1, by day and by night: the 16
 *   by choice, all others by their lightness. A coloured ground is a tint.
 * - Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */

import { css } from './element.js';

export const logStyles = css`
:host {
  --ansi0: light-dark(#1b2230, #98a3b2); --ansi8: light-dark(#596373, #98a3b2);
  --ansi1: light-dark(#b3261e, #ff8078); --ansi9: light-dark(#c2271f, #ff9d96);
  --ansi2: light-dark(#17693b, #62c98d); --ansi10: light-dark(#1b7a45, #7fe0a8);
  --ansi3: light-dark(#7d4e00, #e0ae52); --ansi11: light-dark(#8a5600, #f7cd7d);
  --ansi4: light-dark(#2355c3, #7babff); --ansi12: light-dark(#2b62dc, #a3c5ff);
  --ansi5: light-dark(#8a2aa5, #d798ec); --ansi13: light-dark(#9c34ba, #e8b6f8);
  --ansi6: light-dark(#0b6876, #5cc4d4); --ansi14: light-dark(#0d7484, #84dbe8);
  --ansi7: light-dark(#4a5361, #c5ccd6); --ansi15: light-dark(#1b2230, #f4f6f8);
  --line: 20px;
  --gutter: 9ch;
  position: relative;
  display: flex;
  flex-direction: column;
  height: 26rem;
  background: var(--panel);
}
.bar {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: .4rem;
  padding: .4rem .8rem;
  border-bottom: 1px solid var(--edge);
}
.bar form { display: flex; flex: 1 1 14rem; gap: .4rem; align-items: center; min-width: 0; }
.bar input { flex: 1; min-width: 5rem; max-width: 24rem; }
.bar select { flex: 0 1 auto; min-width: 0; }
.count { margin: 0 .3rem; color: var(--muted); font-size: .85rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pair { display: flex; }
.pair button { padding: 0 .5rem; }
.pair :first-child { border-radius: .45rem 0 0 .45rem; }
.pair :last-child { border-left: 0; border-radius: 0 .45rem .45rem 0; }
details { position: relative; }
summary {
  height: 2rem;
  padding: .25rem .6rem;
  border: 1px solid var(--edge);
  border-radius: .45rem;
  font-size: .9rem;
  list-style: none;
  cursor: pointer;
}
summary:hover { background: var(--tint); }
.menu {
  position: absolute;
  inset: calc(100% + .3rem) 0 auto auto;
  z-index: 5;
  display: grid;
  width: max-content;
  padding: .3rem;
  border: 1px solid var(--edge);
  border-radius: .6rem;
  background: var(--panel);
  box-shadow: 0 .4rem 2rem rgb(0 0 0 / .2);
}
.menu > * { display: block; height: auto; padding: .35rem .8rem; border: 0; color: inherit; font-size: .9rem; text-align: left; text-decoration: none; }
.menu > :hover { background: var(--tint); }
.menu [aria-pressed]::before { content: '☐ ' / ''; }
.menu [aria-pressed=true]::before { content: '☑ ' / ''; }
.lines {
  flex: 1;
  overflow: auto scroll;
  padding: .4rem 0;
  outline-offset: -2px;
  font: 13px/var(--line) var(--tailrow-mono, ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace);
  tab-size: 8;
}
.content { min-width: min-content; }
.chunk { content-visibility: auto; contain-intrinsic-block-size: auto calc(var(--n, 200) * var(--line)); }
.chunk:empty { height: calc(var(--n, 200) * var(--line) * var(--scale, 1)); }
.l {
  position: relative;
  min-height: var(--line);
  padding-left: calc(var(--gutter) + 6.5ch + 1rem);
  padding-right: 1rem;
  border-left: 3px solid transparent;
  text-align: left;
  unicode-bidi: plaintext;
  white-space: pre;
}
.wrap { .content { min-width: 0; } .l { white-space: pre-wrap; overflow-wrap: anywhere; } }
.l::before, .warn::after, .error::after, .debug::after {
  content: attr(data-t);
  position: absolute;
  left: .8rem;
  top: 0;
  color: var(--muted);
  font-weight: 400;
  cursor: pointer;
}
.l:hover { background: var(--tint); }
.l:hover::before { text-decoration: underline; }
.warn::after, .error::after, .debug::after { left: calc(var(--gutter) + .8rem); color: var(--tone); cursor: auto; }
.warn { --tone: var(--amber); border-color: var(--tone); background: rgb(255 184 0 / .11); }
.warn::after { content: 'warn'; }
.error { --tone: var(--red); border-color: var(--tone); background: rgb(255 60 40 / .09); }
.error::after { content: 'error'; }
.debug { color: var(--muted); }
.debug::after { content: 'debug'; }
.here { outline: 2px solid var(--blue); outline-offset: -2px; background: color-mix(in srgb, var(--blue) 12%, transparent); }
.end { min-height: 0; height: 5px; }
.end::before { content: none; }
.fold, .cut { height: auto; padding: 0; border: 0; background: none; font: inherit; font-weight: 700; unicode-bidi: plaintext; }
.fold::before { content: '▾ ' / ''; }
.fold[aria-expanded=false]::before { content: '▸ ' / ''; }
.cut { margin-left: 1ch; color: var(--blue); }
.event { margin-right: 1ch; padding: 0 .5ch; border-radius: .2rem; background: var(--tint); color: var(--muted); }
.fg { color: light-dark(oklch(from var(--fg) min(l, .5) c h), oklch(from var(--fg) max(l, .74) c h)); }
.bg { background: color-mix(in srgb, var(--bg) 28%, var(--panel)); }
.bold { font-weight: 700; }
.dim { color: var(--muted); }
.italic { font-style: italic; }
.underline { text-decoration: underline; }
.strike { text-decoration: line-through; }
.underline.strike { text-decoration: underline line-through; }
.hidden { visibility: hidden; }
::highlight(tailrow-found) { background: light-dark(#ffe08a, #6b5200); color: light-dark(#1b2230, #fff); }
.empty, .note { padding: .8rem 1rem; color: var(--muted); }
.follow {
  position: absolute;
  inset: auto 1.6rem 1rem auto;
  border-radius: 2rem;
  box-shadow: 0 .2rem .8rem rgb(0 0 0 / .18);
}
.follow::after { content: ' ↓' / ''; }
@media (width < 48rem) {
  :host { --gutter: 0ch; }
  .l { padding-left: .6rem; font-size: 12px; }
  .l::before, .l::after { display: none; }
  .bar { padding: .4rem; }
  .bar form { flex-basis: 100%; }
  .bar input { max-width: none; }
  .bar select { flex: 0 1 7rem; }
  details { margin-left: auto; }
}
`;
