// chaos.mjs: streams that come back by their cursor while everything around them is killed.
//
// usage: node chaos.mjs [SECONDS [SEED]]
// - 200 viewers read every row of a writer that commits at random gaps, and reconnect with
//   Last-Event-ID whenever their stream ends.
// - Meanwhile one of guardian, supervisor, watcher, a worker, lighttpd and the writer is
//   killed -9 every 1 to 3 s, and the database is checkpointed and vacuumed.
// - At the end every viewer has every row once and in order, and no process is left.
// - The schedule follows from SEED, which is printed.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochOf, newestOf, sql } from '../e2e/lib/database.mjs';
import { responders } from '../e2e/lib/processes.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { Stream } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';

const seconds = Number(process.argv[2] ?? 600);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const VIEWERS = 200;

/** mulberry32: a small generator with a seed. */
let state = seed >>> 0;
function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}
const pick = (list) => list[Math.floor(random() * list.length)];

let over = false;

/** One viewer: all rows it got, by id, in order, across its connections. */
class Viewer {
  ids = [];
  connections = 0;
  lastEventId;

  constructor(server, epoch) {
    this.lastEventId = `${epoch}-0`;
    this.done = this.#follow(server);
  }

  async #follow(server) {
    while (!over) {
      const stream = await Stream.open(`${server.api}/events`, {
        lastEventId: this.lastEventId,
        onFrame: (frame) => this.#take(frame),
      }).catch(() => undefined); // no server at this moment
      this.connections++;
      if (stream?.status === 200) {
        this.leave = () => stream.leave();
        await stream.end(2 ** 31 - 1).catch(() => {}); // cut off
      }
      if (!over) await sleep(20 + Math.random() * 200);
    }
  }

  #take({ event, id }) {
    if (event === 'reset' || event === 'gap') this.broken ??= event;
    if (event === 'log') this.ids.push(Number(id.split('-')[1]));
    if (id) this.lastEventId = id;
  }

  get newest() {
    return this.ids.at(-1) ?? 0;
  }
}

const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\t(\d+)$/m)[1]);
const holds = (pid, what) => readdirSync(`/proc/${pid}/fd`)
  .some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === what);

/** The pids that play this part now. */
function playing(server, part) {
  try {
    const pids = server.responders();
    const children = (pid) => pids.filter((p) => parentOf(p) === pid);
    const supervisor = pids.find((pid) => children(pid).length > 3);
    if (part === 'supervisor') return [supervisor];
    if (part === 'watcher') return pids.filter((pid) => holds(pid, 'anon_inode:inotify'));
    if (part === 'guardian') return pids.filter((pid) => pid !== supervisor && holds(pid, 'anon_inode:[signalfd]'));
    return children(supervisor);
  } catch {
    return []; // one of them has just gone
  }
}

function startWriter(db) {
  const script = new URL('../e2e/lib/writer.py', import.meta.url).pathname;
  const child = spawn('python3', [script, db, '0', '20'], { stdio: ['pipe', 'ignore', 'ignore'] });
  return child;
}

console.log(`chaos for ${seconds} s, seed ${seed}`);
const server = await Server.start({ settings: 'max_streams = 1000\nmax_streams_per_client = 1000\n' });
const epoch = epochOf(server.db);
const viewers = Array.from({ length: VIEWERS }, () => new Viewer(server, epoch));
let writer = startWriter(server.db);
const kills = {};
const end = Date.now() + seconds * 1000;
while (Date.now() < end) {
  await sleep(1000 + random() * 2000);
  const part = pick(['guardian', 'supervisor', 'watcher', 'worker', 'worker', 'lighttpd', 'writer', 'database']);
  kills[part] = (kills[part] ?? 0) + 1;
  if (part === 'database') {
    sql(server.db, pick(['VACUUM;', 'PRAGMA wal_checkpoint(TRUNCATE);', 'PRAGMA wal_checkpoint(RESTART);',
      'PRAGMA wal_checkpoint(FULL);', 'PRAGMA wal_checkpoint(PASSIVE);']));
  } else if (part === 'writer') {
    writer.kill('SIGKILL');
    writer = startWriter(server.db);
  } else if (part === 'lighttpd') {
    await server.restart();
  } else {
    for (const pid of playing(server, part).slice(0, 1)) process.kill(pid, 'SIGKILL');
  }
}
writer.kill('SIGKILL');
await sleep(500);
const newest = newestOf(server.db);
await until('every viewer has the newest row', () => viewers.every((v) => v.newest >= newest), 60_000);
over = true;
for (const viewer of viewers) viewer.leave?.();
await Promise.all(viewers.map((v) => v.done));
const all = sql(server.db, 'SELECT id FROM log ORDER BY id;').split('\n').map(Number);
for (const viewer of viewers) {
  assert.equal(viewer.broken, undefined);
  assert.deepEqual(viewer.ids, all);
}
server.signal('SIGTERM');
await until('no process is left', () => responders(server.db).length === 0);
console.log(`${VIEWERS} viewers had each of ${all.length} rows once and in order over ` +
  `${viewers.reduce((n, v) => n + v.connections, 0)} connections; ${JSON.stringify(kills)}`);
process.exit(0);
