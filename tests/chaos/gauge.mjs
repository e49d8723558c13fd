// gauge.mjs: memory, descriptors and the WAL's size over time, and whether they are flat.
//
// - Flat: the straight line fitted to what was read in the second half of the time rises by no more
//   than GROWTH of its mean, or than its grain where that is more: what it moves by chance, as some
//   of 400 connections, or a few pages. A process's descriptors do not move by chance: half of one.
//   What is lost with one stream in a hundred, or once a minute, is more after a quarter of an hour.
// - The WAL is a high-water mark: SQLite writes it from its start again once a checkpoint has got
//   through, and does not make it shorter. So it has a bound: where checkpoints did not get
//   through it would pass WAL_MOST_MB within minutes.
//
// SPDX-License-Identifier: MIT
import { readFileSync, statSync } from 'node:fs';
import { descriptors } from './tree.mjs';

const GROWTH = 0.05;
const WAL_MOST_MB = 32; // eight times what makes SQLite checkpoint

const sum = (list) => list.reduce((a, b) => a + b, 0);

/** 0: the process has just gone. */
function ifThere(read) {
  try {
    return read();
  } catch {
    return 0;
  }
}

/** The memory that is its share, in KB. */
const memoryOf = (pid) =>
  ifThere(() => Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]));

const filesOf = (pid) => ifThere(() => descriptors(pid).length);

const ALONE = ['lighttpd', 'guardian', 'supervisor', 'watcher'];

/** What is read: its name, how, its grain; 'exact': GROWTH counts for nothing. */
const READINGS = [
  ['memory (PSS) of all, KB', ({ all }) => sum(all.map(memoryOf)), 500],
  ...ALONE.map((part) => [`  ${part}`, (at) => memoryOf(at[part]), part === 'lighttpd' ? 500 : 50]),
  ['  a worker, mean', ({ workers }) => sum(workers.map(memoryOf)) / workers.length, 4],
  ['descriptors of all', ({ all }) => sum(all.map(filesOf)), 20],
  ...ALONE.map((part) => [`  ${part}`, (at) => filesOf(at[part]), ...(part === 'lighttpd' ? [10] : [0.5, 'exact'])]),
  ['  the worker with most', ({ workers }) => Math.max(...workers.map(filesOf)), 0.5, 'exact'],
  ['database, KB', ({ db }) => statSync(db).size / 1024, 1024],
];

/** How far the line fitted to the values rises from the first to the last. */
function rise(values) {
  const n = values.length, middle = (n - 1) / 2, mean = sum(values) / n;
  const slope = sum(values.map((v, i) => (i - middle) * (v - mean))) / sum(values.map((_, i) => (i - middle) ** 2));
  return slope * (n - 1);
}

export class Gauge {
  #rows = READINGS.map(() => []);
  #wal = [];

  /** Reads all. `at`: the parts, as tree.mjs gives them, lighttpd and the database. */
  read(at) {
    at.all = [...ALONE.map((part) => at[part]), ...at.workers];
    READINGS.forEach(([, how], i) => this.#rows[i].push(how(at)));
    this.#wal.push(statSync(`${at.db}-wal`).size / 1024);
  }

  /** Prints the table. Returns what was not flat. */
  judge() {
    const half = this.#wal.length >> 1;
    const line = (...cells) => console.log(cells.map((c, i) => (i ? c.padStart(10) : c.padEnd(26))).join(''));
    line('', 'begin', 'half', 'end', 'rise', 'at most');
    const bad = READINGS.filter(([name, , grain, exact], i) => {
      const all = this.#rows[i], second = all.slice(half);
      const risen = rise(second), most = exact ? grain : Math.max(grain, GROWTH * sum(second) / second.length);
      line(name, ...[all[0], all[half], all.at(-1), risen, most].map((v) => v.toFixed(Math.abs(v) < 10 ? 1 : 0)));
      return !(risen <= most);
    }).map(([name]) => name.trim());
    const highest = Math.max(...this.#wal);
    line('WAL, KB; at its highest', ...[this.#wal[0], this.#wal[half], this.#wal.at(-1), highest, WAL_MOST_MB * 1024].map((v) => v.toFixed(0)));
    return highest <= WAL_MOST_MB * 1024 ? bad : [...bad, 'WAL'];
  }
}
