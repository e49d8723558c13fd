/* log-lines.js: the lines of one log by their rank, of which only some are here.
 *
 * - Lines lie in chunks of 200. A page of the server's fills some; the stream appends at the end;
 *   beyond 100,000 lines the chunks farthest from where the reader is leave, and are read again.
 * - The server counts for a second at most. Where that does not do, for millions of lines, we have
 *   the end of the log and what comes.
 * - Where the ranks cannot be kept (rows were deleted, or came that the stream did not tell) it
 *   says so by `lost`, and its owner opens it again.
 * - Touches no DOM. Part of the log view (log.js).
 *
 * SPDX-License-Identifier: MIT
 */

export const CHUNK = 200;
export const PAGE = 1000;
/** So many chunks are kept. */
export const KEEP = 500;
const LEVELS = ['debug', 'info', 'warn', 'error'];
const AGAIN_MS = 3000;
const TRIES = 3;

/**
 * @typedef {{ id: number, event: string, level: string, message: string, at?: string,
 *   truncated?: boolean }} Line
 *
 * rank: how many lines come before the first; null: not known.
 * @typedef {{ lines: Line[], total: number, rank: number | null, complete: boolean,
 *   next: number | null, cursor: string }} Page
 *
 * @typedef {(parameters: Record<string, string | number | undefined>) => Promise<Page>} AskPage
 */

export class Lines {
  /** How many there are, here or not. */
  total = 0;
  /** Whether these are the log's last lines only: nobody could count those before. */
  lastOnly = false;
  /** The chunk where the reader is. */
  centre = 0;
  /** Numbers of chunks that changed since somebody looked. @type {Set<number>} */
  changed = new Set();
  /** @type {Map<number, (Line | undefined)[]>} */
  #chunks = new Map();
  /** @type {Map<number, Promise<void>>} */
  #asked = new Map();
  #newest = 0;
  /** The server had more lines than we when it was at n. @type {{ n: number, total: number } | null} */
  #doubt = null;
  #ask;
  #level;
  #lost;

  /**
   * @param {AskPage} ask
   * @param {() => void} lost
   * @param {string} [level] lines of at least this
   */
  constructor(ask, lost, level = '') {
    this.#ask = (/** @type {Record<string, string | number | undefined>} */ parameters) =>
      ask({ level: level || undefined, ...parameters });
    this.#level = level;
    this.#lost = lost;
  }

  get chunks() {
    return Math.ceil(this.total / CHUNK);
  }

  /** How many chunks are here. */
  get here() {
    return this.#chunks.size;
  }

  /** Reads the end, and what is around a line. @param {number | null} line its id
   * @returns {Promise<{ cursor: string, rank: number | null }>} where the stream goes on, and the
   *   rank of that line, or of the next one */
  async open(line) {
    const around = line ? this.#ask({ around: line, limit: PAGE }) : null;
    let end = await this.#ask({ limit: PAGE });
    for (let i = 1; i < TRIES && !end.complete; i++) end = await this.#ask({ limit: PAGE });
    const { lines, cursor, rank } = end;
    const first = rank ?? 0;
    this.lastOnly = rank === null && lines.length > 0;
    this.total = first + lines.length;
    this.#newest = lines.at(-1)?.id ?? 0;
    this.#put(first, lines);
    const page = await around;
    if (!page || page.rank === null || this.lastOnly) return { cursor, rank: null };
    this.#put(page.rank, page.lines.slice(0, this.total - page.rank));
    const place = page.lines.findIndex(({ id }) => id >= Number(line));
    return { cursor, rank: page.rank + (place < 0 ? page.lines.length : place) };
  }

  /** A line that the stream brought. @param {Line} line */
  append(line) {
    if (line.id <= this.#newest || LEVELS.indexOf(line.level) < LEVELS.indexOf(this.#level || 'debug'))
      return;
    this.#newest = line.id;
    this.#put(this.total++, [line]);
  }

  /** The stream has told all up to there. @param {number} n */
  heard(n) {
    if (!this.#doubt || n < this.#doubt.n) return;
    if (this.total < this.#doubt.total) this.#lost();
    this.#doubt = null;
  }

  /** @param {number} id @returns {Promise<number | null>} its rank, or of the next one */
  async rankOf(id) {
    if (this.lastOnly) return this.#rankHere(id);
    const { rank, lines } = await this.#ask({ around: id, limit: 1 });
    return lines.length ? rank : null;
  }

  /** @param {number} rank @returns {Line | undefined} */
  at(rank) {
    return this.#chunks.get(Math.floor(rank / CHUNK))?.[rank % CHUNK];
  }

  /** @returns {Line[]} what is here, in order */
  all() {
    return [...this.#chunks].sort(([a], [b]) => a - b).flatMap(([, lines]) => lines.filter((line) => line !== undefined));
  }

  /** @param {number} number @returns {Line[] | null} null: not all of it is here */
  chunk(number) {
    const lines = this.#chunks.get(number);
    const size = Math.min(CHUNK, this.total - number * CHUNK);
    return lines?.length === size && !lines.includes(undefined) ? /** @type {Line[]} */ (lines) : null;
  }

  /** Reads a chunk, and its neighbours with it. @param {number} number */
  load(number) {
    if (this.chunk(number) || number < 0 || number >= this.chunks) return Promise.resolve();
    const first = Math.max(0, number - (this.chunk(number + 1) ? PAGE / CHUNK - 1 : 1));
    const asked = this.#asked.get(first) ?? this.#read(first * CHUNK);
    if (!this.#asked.has(first)) {
      const forget = () => this.#asked.delete(first);
      asked.then(forget, () => setTimeout(forget, AGAIN_MS)); // not at once, where it failed
    }
    this.#asked.set(first, asked);
    return asked;
  }

  /** The missing chunk nearest to the reader, upwards first. @returns {number | null} */
  missing() {
    if (this.#chunks.size >= KEEP) return null;
    for (let i = Math.min(this.centre, this.chunks - 1); i >= 0; i--) if (!this.chunk(i)) return i;
    for (let i = this.centre; i < this.chunks; i++) if (!this.chunk(i)) return i;
    return null;
  }

  /** @param {number} rank */
  async #read(rank) {
    const { total } = this;
    const page = await this.#ask({ rank, limit: PAGE });
    if (page.complete && page.total < total) return this.#lost(); // rows were deleted
    if (page.rank !== rank) throw new Error('The server did not get so far.');
    if (!this.#fits(rank, page.lines)) return this.#lost();
    this.#put(rank, page.lines.slice(0, this.total - rank));
    if (page.total > this.total)
      this.#doubt = { n: Number(page.cursor.split('-').at(-1)), total: page.total };
  }

  /** @param {number} id */
  #rankHere(id) {
    const rank = this.all().findIndex((line) => line.id >= id);
    return rank < 0 ? null : rank;
  }

  /** Whether ids rise across the page's edges. @param {number} rank @param {Line[]} lines */
  #fits(rank, lines) {
    const before = this.at(rank - 1), after = this.at(rank + lines.length);
    return !lines.length || ((!before || before.id < lines[0].id) &&
      (!after || after.id > /** @type {Line} */ (lines.at(-1)).id));
  }

  /** @param {number} rank @param {Line[]} lines */
  #put(rank, lines) {
    lines.forEach((line, i) => {
      const number = Math.floor((rank + i) / CHUNK);
      const chunk = this.#chunks.get(number) ?? [];
      chunk[(rank + i) % CHUNK] = line;
      this.#chunks.set(number, chunk);
      this.changed.add(number);
    });
    while (this.#chunks.size > KEEP) this.#evict();
  }

  #evict() {
    let farthest = -1, most = -1;
    for (const number of this.#chunks.keys()) {
      const distance = Math.abs(number - this.centre);
      if (distance > most) [farthest, most] = [number, distance];
    }
    this.#chunks.delete(farthest);
    this.changed.add(farthest);
  }
}
