/* job-styles.js: a job, as two lines of a list (compact) or at the head of its log.
 *
 * SPDX-License-Identifier: MIT
 */
import { css } from './styles.js';

export const jobStyles = css`
.job {
  display: grid;
  grid-template-columns: auto minmax(0, auto) auto auto 1fr auto;
  align-items: baseline;
  gap: .1rem .6rem;
}
.icon {
  align-self: center;
  display: grid;
  place-items: center;
  width: 1.2rem;
  height: 1.2rem;
  border-radius: 50%;
  background: color-mix(in srgb, var(--tone) 15%, transparent);
  color: var(--tone);
  font: 700 .7rem/1 system-ui, sans-serif;
}
.icon::before { content: '·'; }
[data-state=succeeded] .icon::before { content: '✓'; }
[data-state=failed] .icon::before { content: '✕'; }
[data-state=canceled] .icon::before { content: '–'; }
[data-state=stalled] .icon::before { content: '!'; }
[data-state=running] .icon::before {
  content: '';
  width: .5rem;
  height: .5rem;
  border-radius: 50%;
  background: currentColor;
}
.name {
  overflow: hidden;
  color: inherit;
  font-weight: 600;
  text-decoration: none;
  text-overflow: ellipsis;
  unicode-bidi: plaintext;
  white-space: nowrap;
}
.state { color: var(--tone); font-weight: 600; }
.facts, .span, .left, .step { color: var(--muted); font-size: .87rem; }
.span, .left, .facts { font-variant-numeric: tabular-nums; white-space: nowrap; }
.result { justify-self: start; font-size: .9rem; }
.span { grid-column: 6; justify-self: end; }
.step { grid-column: 2 / 6; overflow-wrap: anywhere; unicode-bidi: plaintext; }
.error { color: var(--red); }
.left { grid-column: 6; justify-self: end; }
progress {
  grid-column: 1 / -1;
  width: 100%;
  height: .3rem;
  margin-top: .35rem;
  appearance: none;
  overflow: hidden;
  border: 0;
  border-radius: 1rem;
  background: var(--tint);
}
progress::-webkit-progress-bar { background: none; }
progress::-webkit-progress-value { border-radius: 1rem; background: var(--tone); }
progress::-moz-progress-bar { background: var(--tone); }
progress:indeterminate { background: linear-gradient(90deg, transparent, var(--tone), transparent) 0 / 40% no-repeat var(--tint); }
progress:indeterminate::-moz-progress-bar { background: none; }
:host([compact]) {
  .job { grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 .6rem; }
  .state, .facts, .result { display: none; }
  .span, .left { grid-column: 3; }
  .step { grid-column: 2; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
}
@keyframes sweep { to { background-position: 100%; } }
@media (prefers-reduced-motion: no-preference) {
  progress:indeterminate { animation: sweep 1.6s ease-in-out infinite alternate; }
  ::-webkit-progress-value { transition: width .4s; }
}
@media (width < 40rem) {
  :host(:not([compact])) .facts { display: none; }
}
`;
