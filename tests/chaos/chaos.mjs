// chaos.mjs: 200 streams that come back by their cursor while everything around them is killed
// and the database is checkpointed and vacuumed.
//
// usage: node chaos.mjs [SECONDS [SEED]]
// - Who is killed -9, when and in the middle of what follows from SEED, which is printed; what
//   a process had come to by then does not.
// - At the end every client has every row that concerns it once and in order, no row is lost
//   that a publisher was told is committed, and no process and no descriptor is left over.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { epochOf, newestOf, sql } from '../e2e/lib/database.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { ask } from '../e2e/lib/sse.mjs';
import { until, within } from '../e2e/lib/wait.mjs';
import { Client } from './client.mjs';
import { descriptors, parts, visitorOf } from './tree.mjs';

const seconds = Number(process.argv[2] ?? 600);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const CLIENTS = 200;
const JOBS = 10; // as in writer.py
const SPARE_DESCRIPTORS = 2; // a pidfd more: the one who was started anew watches another

/** A generator of numbers from 0 to 1 (mulberry32). */
function generator(from) {
  let state = from >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
const random = generator(seed);
const pick = (list) => list[Math.floor(random() * list.length)];

/** What clients ask for, and which rows that is. */
const VIEWS = [
  ['', ''],
  ['?job=3,7', 'AND job_id IN (3, 7)'],
  ['?level=warn', "AND level IN ('warn', 'error')"],
  ['?event=log&job=5', 'AND job_id = 5'],
];

/** The publisher, and what it was told is committed. */
class Writer {
  committed = [];
  #no = 0;

  constructor(db) {
    this.db = db;
    this.start();
  }

  #spawn(maxGapMs, ...count) {
    const script = fileURLToPath(new URL('writer.py', import.meta.url));
    const child = spawn('python3', [script, this.db, String(seed + this.#no++), String(maxGapMs), ...count],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [what, id] = line.split(' ');
      if (what === 'in') child.emit('in');
      else if (Number(id)) this.committed.push(Number(id));
    });
    return child;
  }

  start() {
    this.child = this.#spawn(80);
  }

  /** Waits until a transaction is open. */
  inside() {
    return within('a transaction', once(this.child, 'in'), 30_000);
  }

  /** Another publisher, with nothing between its transactions. */
  async burst() {
    const child = this.#spawn(0, '100');
    await within('its first transaction', once(child, 'in'), 30_000);
    return once(child, 'close');
  }

  async kill() {
    const closed = once(this.child, 'close');
    this.child.kill('SIGKILL');
    await closed;
  }
}

const server = await Server.start({ settings: 'max_streams = 400\nmax_streams_per_client = 400\n' });
sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${JOBS})
  INSERT INTO job(name, state) SELECT 'job ' || i, 'running' FROM n;`);
const cursor = `${epochOf(server.db)}-0`;
await ask(`${server.api}/health`);
const before = await parts(server);
const held = Object.fromEntries(['guardian', 'supervisor', 'watcher'].map((part) => [part, descriptors(before[part]).length]));
held.lighttpd = descriptors(server.pid).length;

const writer = new Writer(server.db);
process.on('exit', () => { // whatever failed: nothing goes on without us
  writer.child.kill('SIGKILL');
  server.signal('SIGKILL');
});
const clients = Array.from({ length: CLIENTS }, (_, i) =>
  new Client(`${server.api}/events${VIEWS[i % VIEWS.length][0]}`, cursor, generator(seed + i)));

/** What goes on at the moment of the kill; each returns once that moment has come. */
const POINTS = {
  async quiet() {
    writer.child.kill('SIGSTOP');
    await sleep(200);
    setTimeout(() => writer.child.kill('SIGCONT'), 300);
  },
  any: () => sleep(random() * 50),
  transaction: () => writer.inside(),
  async burst() {
    writer.burst();
    await sleep(random() * 50);
  },
  async checkpoint() {
    aside('PRAGMA wal_checkpoint(TRUNCATE);');
    await sleep(random() * 10);
  },
  async vacuum() {
    aside('VACUUM;');
    await sleep(random() * 20);
  },
  async reconnect() {
    for (let i = 0; i < 50; i++) pick(clients).cut();
    await sleep(20 + random() * 150);
  },
  async reload() {
    process.kill((await parts(server)).guardian, 'SIGHUP');
    await sleep(random() * 300);
  },
};

/** Runs statements in a process of their own, and does not wait. */
function aside(statements) {
  const child = spawn('sqlite3', ['-cmd', '.timeout 10000', server.db], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(statements);
}

/** visitor: a child that reads the database for a worker. */
const VICTIMS = ['guardian', 'supervisor', 'watcher', 'worker', 'visitor', 'lighttpd', 'writer'];

/** kill -9; returns whether there was one to kill. */
async function kill(victim, found) {
  if (victim === 'lighttpd') return server.restart();
  if (victim === 'writer') return writer.kill().then(() => writer.start());
  let pid = victim === 'worker' ? pick(found.workers) : found[victim];
  for (let i = 0; i < 50 && victim === 'visitor' && !pid; i++) { // it is there for milliseconds
    await sleep(2);
    pid = visitorOf(found.workers);
  }
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    return false; // there is none, or it has just gone
  }
  return true;
}

/** How long until a request is answered again. */
async function untilServed() {
  const begun = performance.now();
  await until('a request is served', () => ask(`${server.api}/events?since=now&hold=0`)
    .then(({ status, text }) => status === 200 && text.includes('event: ping'), () => false), 20_000);
  return performance.now() - begun;
}

const kills = {};
console.log(`chaos for ${seconds} s, seed ${seed}`);
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  const victim = pick(VICTIMS);
  const point = victim === 'visitor' ? 'reconnect' : pick(Object.keys(POINTS));
  const found = await parts(server);
  await POINTS[point]();
  if (await kill(victim, found) === false) continue;
  (kills[victim] ??= []).push([await untilServed(), point]);
  await sleep(random() * 1000);
}

await writer.inside();
await writer.kill();
// one last row that concerns everybody: no stream may be asleep
sql(server.db, [5, 3].map((job) => `INSERT INTO log(job_id, level, message) VALUES(${job}, 'error', 'last');`).join(''));
const newest = newestOf(server.db);
await until('every open stream has the last row', () => clients.every((c) => c.rows.at(-1) >= newest - 1), 20_000);
await Promise.all(clients.map((c) => c.stop()));
await Promise.all(clients.map((c) => c.finish()));

const wanted = VIEWS.map(([, where]) =>
  sql(server.db, `SELECT id FROM log WHERE event = 'log' ${where} ORDER BY id;`).split('\n').map(Number));
clients.forEach(({ rows, wrong }, i) => {
  const want = wanted[i % VIEWS.length];
  const at = rows.findIndex((id, n) => id !== want[n]);
  assert.equal(at, -1, `client ${i}: after ${rows[at - 1]} came ${rows[at]}, not ${want[at]}`);
  assert.equal(rows.length, want.length, `client ${i}: nothing came after ${rows.at(-1)}`);
  assert.deepEqual(wrong, []);
});
const all = new Set(wanted[0]);
assert.deepEqual(writer.committed.filter((id) => !all.has(id)), [], 'rows that were committed are not there');

const ms = (list, share) => list.sort((a, b) => a - b)[Math.floor((list.length - 1) * share)].toFixed(0);
for (const [victim, list] of Object.entries(kills)) {
  const slowest = list.reduce((a, b) => (b[0] > a[0] ? b : a));
  console.log(`${victim.padEnd(10)} killed ${String(list.length).padStart(3)} times, the next request served after ` +
    `p50 ${ms(list.map(([t]) => t), 0.5)} ms, max ${slowest[0].toFixed(0)} ms (${slowest[1]})`);
}
const sum = (what) => clients.reduce((n, c) => n + c[what], 0);
console.log(`${CLIENTS} clients had each of ${all.size} rows that concerned them once and in order, ` +
  `over ${sum('connects')} connections, of which ${sum('failures')} gave nothing`);

const after = { ...await parts(server), lighttpd: server.pid };
await until('no process holds more descriptors than at the beginning', () =>
  Object.keys(held).every((part) => descriptors(after[part]).length <= held[part] + SPARE_DESCRIPTORS),
10_000).catch((error) => {
  for (const part of Object.keys(held))
    console.log(`${part}: ${descriptors(after[part]).length} descriptors, ${held[part]} at the beginning`);
  throw error;
});
assert.doesNotMatch(server.log(), /Sanitizer|runtime error/);
server.expectLog(/./); // kills of all kinds
await server.stop();
