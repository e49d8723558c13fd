// ledger.mjs: what was committed, as the database has it, and whether every client has had it.
//
// - Rows are taken over before they can be pruned: ask in time.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { sql } from '../e2e/lib/database.mjs';

/** What clients ask for, by turns, and which rows that is. */
export const VIEWS = [
  ['', () => true],
  ['?job=3,7', ({ job }) => job === '3' || job === '7'],
  ['?level=warn', ({ level }) => level === 'warn' || level === 'error'],
  ['?event=log&job=5', ({ job }) => job === '5'],
];

/** The view of the client of that number. */
const viewOf = (client) => client % VIEWS.length;

export const queryOf = (client) => VIEWS[viewOf(client)][0];

export class Ledger {
  #wanted = VIEWS.map(() => []); // by view, every id that concerns it
  #ids = new Set();
  #had = []; // by client, how many of them it has had
  #counted = new Map(); // by name, the highest number of a publisher's lines

  constructor(db) {
    this.db = db;
  }

  /** How many rows there were. */
  get size() {
    return this.#wanted[0].length;
  }

  /** How many numbered lines of the publisher there are. */
  linesOf(name) {
    return this.#counted.get(name) ?? 0;
  }

  /** Whether the row with that id was there. */
  has(id) {
    return this.#ids.has(id);
  }

  /** Takes over the rows that are new. */
  collect() {
    const after = this.#wanted[0].at(-1) ?? 0;
    const rows = sql(this.db, `SELECT id, job_id, level, substr(message, 1, 40) FROM log
      WHERE event = 'log' AND id > ${after} ORDER BY id;`);
    for (const line of rows.split('\n').filter(Boolean)) {
      const [id, job, level, message] = line.split('|');
      VIEWS.forEach(([, concerns], view) => concerns({ job, level }) && this.#wanted[view].push(Number(id)));
      this.#ids.add(Number(id));
      this.#count(message);
    }
  }

  /** Fails where a publisher's line is missing before this one, or is there twice. */
  #count(message) {
    const [, name, number] = /^(p\d+) (\d+)$/.exec(message) ?? [];
    if (!name) return;
    assert.equal(Number(number), this.linesOf(name) + 1, `a line of ${name}`);
    this.#counted.set(name, Number(number));
  }

  /** Fails unless every client has had, of what concerns it, the first so many, once and in
   * order; what it has had it need not keep. */
  check(clients) {
    this.collect();
    clients.forEach(({ rows, wrong }, i) => {
      const want = this.#wanted[viewOf(i)], had = this.#had[i] ?? 0;
      const at = rows.findIndex((id, n) => id !== want[had + n]);
      assert.equal(at, -1, `client ${i}: after ${want[had + at - 1]} came ${rows[at]}, not ${want[had + at]}`);
      assert.deepEqual(wrong, []);
      this.#had[i] = had + rows.splice(0).length;
    });
  }

  /** Fails unless every client has had all. */
  complete(clients) {
    this.check(clients);
    clients.forEach((_, i) => assert.equal(this.#had[i], this.#wanted[viewOf(i)].length, `client ${i} misses the last rows`));
  }
}
