/* log.js: <tailrow-log job="42">, the log of a job: complete, live, searched, folded, linked to.
 *
 * - job="none": the lines of no job. line="1234": goes there, and does not follow. level="warn".
 * - Consists of log-lines.js (which lines are here), log-view.js (on the screen), log-line.js and
 *   ansi.js (one line), log-sections.js (folding), log-search.js, log-copy.js, log-styles.js; this
 *   file joins them with the stream and the bar.
 * - Fires `line` (detail: its id, or null) when the line that the address should name changed.
 * - Parts to style: bar, lines, follow.
 *
 * SPDX-License-Identifier: MIT
 */
import { address, announcer, ask, button, element, PAGE, setText, stepper, TailrowElement } from './element.js';
import { copyText, selectedLines } from './log-copy.js';
import { Lines } from './log-lines.js';
import { grouped, lineText, timeText } from './log-line.js';
import { Search } from './log-search.js';
import { logStyles } from './log-styles.js';
import { View } from './log-view.js';

const EVENTS = ['log', 'group', 'group-end'];
const LEVELS = [['', 'All levels'], ['info', 'info and above'], ['warn', 'warn and above'], ['error', 'errors']];
const SAY_MS = 5000;

export class TailrowLog extends TailrowElement {
  static styles = [logStyles];
  static observedAttributes = ['job', 'line', 'level'];
  #view = new View();
  #ask = (/** @type {any} */ parameters) => ask(this.api, this.#path, { ...this.#which, ...parameters });
  #status = element('p', { className: 'unseen', role: 'status' });
  #say = announcer(this.#status, SAY_MS);
  search = new Search(this.#ask, this.#view, (id) => this.goTo(id), this.#say);
  #level = element('select', { ariaLabel: 'Level', onchange: () => this.setAttribute('level', this.#level.value) },
    ...LEVELS.map(([level, text]) => new Option(text, level)));
  #count = element('span', 'count');
  #empty = element('p', 'empty');
  #follow = button('Following', () => this.follow(), { className: 'follow', part: 'follow' });
  #wrap = button('Wrap lines', () => this.wrap(), { ariaPressed: 'false' });
  #relative = button('Time since the start', () => this.#toggleTime(), { ariaPressed: 'false' });
  #fold = button('Fold all sections', () => this.#foldAll());
  #download = element('a', '', 'Download all');
  #menu = element('details', '', element('summary', { ariaLabel: 'More' }, '⋯'), element('div', 'menu', this.#wrap, this.#relative,
    this.#fold, button('Copy', () => this.#copy(false)), button('Copy with times', () => this.#copy(true)),
    button('Copy link', () => this.#copyLink()), this.#download));
  /** @type {Lines | undefined} */
  #lines;
  #opened = 0;
  #due = false;

  constructor() {
    super();
    this.#menu.addEventListener('mousedown', (event) => event.preventDefault()); // what is selected stays
    this.#menu.addEventListener('click', ({ target }) => target instanceof Element && target.closest('.menu') && (this.#menu.open = false));
    this.#view.scroller.prepend(this.#empty);
    this.root.append(element('div', { className: 'bar', part: 'bar' }, this.search.form, this.#count, element('span', 'count', 'Errors'),
      stepper('error', (way) => this.error(way)), this.#level, this.#menu), this.#view.scroller, this.#follow, this.#status);
    this.#view.addEventListener('drawn', () => this.#drawRest());
    this.#view.addEventListener('follow', () => this.#drawRest());
    this.#view.addEventListener('line', (event) => this.#tell(/** @type {CustomEvent} */ (event).detail));
  }

  get #job() {
    return this.getAttribute('job') ?? '';
  }

  get #path() {
    return this.#job === 'none' ? 'log' : `jobs/${this.#job}/log`;
  }

  get #which() {
    return { job: this.#job === 'none' ? 'none' : undefined, level: this.getAttribute('level') ?? '' };
  }

  connectedCallback() {
    this.#open();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.#opened++;
  }

  /** @param {string} name @param {string | null} old @param {string | null} value */
  attributeChangedCallback(name, old, value) {
    if (old === value || !this.isConnected) return;
    if (name === 'line') {
      if (!value) this.#view.mark(0);
      else if (Number(value) !== this.#view.marked) this.goTo(Number(value), false); // else we are there
      return;
    }
    this.search.forget();
    if (name === 'job') this.#start(undefined);
    this.#open();
  }

  /** Opens the log anew, once for all that changes now. */
  #open() {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      if (this.isConnected) this.#openNow(Number(this.getAttribute('line')) || null);
    });
  }

  /** @param {number | null} line */
  async #openNow(line) {
    this.disconnectedCallback();
    const opened = this.#opened;
    if (!this.#job) return;
    this.#level.value = this.getAttribute('level') ?? '';
    this.#download.hidden = this.#job === 'none';
    this.#download.href = address(this.api, `${this.#path}.txt`);
    const again = (at = this.#view.following ? null : this.#view.idAtHand) => opened === this.#opened && this.#openNow(at);
    const lines = new Lines(this.#ask, again, this.#level.value);
    try {
      const { cursor, rank } = await lines.open(line);
      if (opened !== this.#opened) return;
      this.tell();
      this.#lines = lines;
      this.#listen(cursor, again);
      this.#view.show(lines);
      if (rank === null) this.#view.follow(true);
      else await this.#view.goTo(Math.min(rank, lines.total - 1));
      this.#fill(lines);
    } catch (error) {
      if (opened !== this.#opened) return;
      const { message, status } = /** @type {import('./element.js').Refusal} */ (error);
      this.tell(message);
      this.#lines = lines; // none: another job's must not stay
      this.#view.show(lines);
      if (!status || status >= 500) setTimeout(again, SAY_MS, line);
    }
  }

  /** @param {string} since @param {() => void} again */
  #listen(since, again) {
    const job = this.#job === 'none' ? null : Number(this.#job);
    this.listen({ job: [job], event: EVENTS }, ({ event: name, n, data }) => {
      if (['reset', 'gap', 'skip'].includes(name)) again();
      if (EVENTS.includes(name)) this.#lines?.append({ id: n, event: name, level: data.level ?? 'info', message: data.message ?? data.title, at: data.at });
      this.#lines?.heard(n);
      this.#view.draw();
    }, { since });
  }

  /** Reads the rest, for the browser's find, when there is time. @param {Lines} lines */
  #fill(lines) {
    const later = window.requestIdleCallback ?? ((/** @type {() => void} */ act) => setTimeout(act, 200));
    const next = async () => {
      if (lines !== this.#lines || !this.isConnected) return;
      const number = document.visibilityState === 'visible' ? lines.missing() : null;
      const read = number !== null && await lines.load(number).then(() => true, () => false);
      this.#view.draw();
      if (read) later(next);
      else setTimeout(next, SAY_MS);
    };
    later(next);
  }

  #drawRest() {
    const { following, fresh } = this.#view, total = this.#lines?.total ?? 0;
    setText(this.#empty, total || !this.events ? '' : 'No lines.');
    setText(this.#count, `${this.#lines?.lastOnly ? 'the last ' : ''}${total === 1 ? '1 line' : `${grouped(total)} lines`}`);
    setText(this.#follow, following ? 'Following' : fresh ? `Paused · ${grouped(fresh)} new` : 'Paused');
    this.#press(this.#follow, following);
    this.#fold.hidden = !this.#view.sections.any;
    if (fresh) this.#say(`${grouped(fresh)} new lines.`);
  }

  /** @param {HTMLButtonElement} toggle @param {boolean} on */
  #press(toggle, on) {
    if (toggle.ariaPressed !== String(on)) toggle.ariaPressed = String(on);
  }

  /** Follows the end, or stands still. */
  follow(following = !this.#view.following) {
    this.#view.mark(0);
    this.#view.follow(following);
    this.#tell(null);
  }

  /** @param {'top' | 'end'} end */
  go(end) {
    if (end === 'end') return this.follow(true);
    this.#view.follow(false);
    this.#view.scroller.scrollTop = 0;
  }

  /** Brings a line into sight and marks it. @param {number} id @param {boolean} [tell] whoever asks */
  async goTo(id, tell = true) {
    const opened = this.#opened, rank = await this.#lines?.rankOf(id);
    if (rank == null || opened !== this.#opened) return; // another log is here, or comes
    await this.#view.goTo(rank);
    if (tell && opened === this.#opened) this.#tell(id);
  }

  /** To the next error, or the previous one. @param {1 | -1} way */
  async error(way) {
    const here = this.#view.idAtHand ?? 0, opened = this.#opened;
    const { lines: [line] } = await this.#ask({ level: 'error', limit: 1, ...(way > 0 ? { after: here } : { before: here }) });
    if (opened !== this.#opened) return;
    if (line) await this.goTo(line.id);
    else this.#say(way > 0 ? 'No error below.' : 'No error above.');
  }

  /** Wraps long lines, or lets them run on. */
  wrap() {
    const on = this.#view.scroller.classList.toggle('wrap');
    this.#press(this.#wrap, on);
  }

  async #toggleTime() {
    if (this.#view.since_ms !== undefined) return this.#start(undefined);
    const opened = this.#opened, { lines: [first] } = await this.#ask({ rank: 0, limit: 1 });
    if (first && opened === this.#opened) this.#start(Date.parse(first.at));
  }

  /** @param {number | undefined} since_ms where times count from */
  #start(since_ms) {
    this.#view.since_ms = since_ms;
    this.#press(this.#relative, since_ms !== undefined);
    this.#view.redraw();
  }

  #foldAll() {
    const fold = this.#fold.textContent === 'Fold all sections';
    this.#view.sections.foldAll(fold);
    setText(this.#fold, fold ? 'Unfold all sections' : 'Fold all sections');
    this.#view.refold();
  }

  /** Copies what is selected, else all that is here. @param {boolean} times */
  async #copy(times) {
    const chosen = selectedLines(this.root);
    const lines = chosen.length ? chosen.map((line) => this.#view.lineOf(line)) : this.#lines?.all() ?? [];
    const text = lines.filter((line) => line && line.event !== 'group-end').map((line) =>
      line && `${times ? `${timeText(line)}\t` : ''}${lineText(line)}\n`).join('');
    const done = await copyText(text);
    const all = chosen.length || lines.length === this.#lines?.total;
    this.#say(!done ? 'The browser did not let us copy.' : `${grouped(lines.length)} lines copied${all ? '' : ', of '
      + `${grouped(this.#lines?.total ?? 0)}: download has all`}.`);
  }

  #copyLink() {
    copyText(`${PAGE}#job=${this.#job}&line=${this.#view.idAtHand}`);
    this.#say('Link copied.');
  }

  /** @param {number | null} id */
  #tell(id) {
    this.dispatchEvent(new CustomEvent('line', { detail: id }));
  }
}

customElements.define('tailrow-log', TailrowLog);
