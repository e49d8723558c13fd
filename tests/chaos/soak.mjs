// soak.mjs: 200 streams and 20 publishers behind lighttpd for half an hour, amid kill -9 and prune:
// nothing lost or doubled, and memory, descriptors and the WAL flat.
//
// usage: node soak.mjs [SECONDS [SEED]]
// - Who is killed and when follows from SEED, which is printed.
// - In the first third everything of the pool is killed, again and again. Then those that live long
//   (guardian, supervisor, watcher) are left alone, because a kill would hide what they lose; workers,
//   readers, publishers and clients die to the end. What is flat is judged by the second half, when
//   caches that were new are full: of less than five minutes it says little.
// - Publishers: four of writer.py, and four each in PHP, Perl, sh with sqlite3, sh with tailrow.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tailrow } from '../e2e/lib/paths.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { generator, pick } from './chance.mjs';
import { Gauge } from './gauge.mjs';
import { aside, killPart, Kills, PARTS, untilServed } from './kill.mjs';
import { Publisher, Writer } from './publishers.mjs';
import { Scene } from './scene.mjs';
import { parts } from './tree.mjs';

const seconds = Number(process.argv[2] ?? 1800);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const WRITERS = 4, OTHERS = 16;
const LIVES_S = [20, 120]; // of a publisher that is not killed
const KILL_GAP_MS = 6000, CHECK_MS = 10_000, PRUNE_MS = 30_000;
const ROWS_KEPT = '10000'; // of more than a minute: no client is so far behind

const random = generator(seed);
const scene = await Scene.start(seed);
const { server, clients, ledger } = scene;
const begun = performance.now();
const age = () => (performance.now() - begun) / 1000;

const writers = Array.from({ length: WRITERS }, (_, i) => new Writer(server.db, seed + i * 100_000, 1500));
const publishers = []; // all there ever were
let over = false;

/** One place among the publishers: whoever has ended, another follows. */
class Place {
  start() {
    const life = LIVES_S[0] + Math.floor(random() * (LIVES_S[1] - LIVES_S[0]));
    this.publisher = new Publisher(server.db, publishers.length, life);
    publishers.push(this.publisher);
    this.ended = this.publisher.ended.then(() => (over ? undefined : this.start()));
    return this.ended;
  }
}
const places = Array.from({ length: OTHERS }, () => new Place());
const published = Promise.all(places.map((place) => place.start()));
process.on('exit', () => [...writers, ...places.map((p) => p.publisher)].forEach(({ child }) => child.kill('SIGKILL')));

/** Each kills one; false: there was none. */
const VICTIMS = {
  ...Object.fromEntries(PARTS.map((part) => [part, async () => {
    for (let i = 0; part === 'visitor' && i < 20; i++) pick(random, clients).cut(); // who comes back is read for
    return killPart(part, await parts(server), random);
  }])),
  async publisher() {
    if (random() < 0.8) return pick(random, places).publisher.kill((statement) => aside(server.db, statement));
    const writer = pick(random, writers);
    await writer.inside();
    return writer.kill().then(() => writer.start());
  },
  async client() {
    pick(random, clients).cut();
  },
};
const LONG_LIVED = ['guardian', 'supervisor', 'watcher'];
const NOW_AND_THEN = Object.keys(VICTIMS).filter((victim) => !LONG_LIVED.includes(victim));

const kills = new Kills();
async function killing() {
  while (age() < seconds) {
    const victim = pick(random, age() < seconds / 3 ? Object.keys(VICTIMS) : NOW_AND_THEN);
    if (await VICTIMS[victim]() !== false) kills.add(victim, await untilServed(server), `after ${age().toFixed(0)} s`);
    await sleep(random() * KILL_GAP_MS);
  }
}

const gauge = new Gauge();
async function watching() {
  await until('every client has had a row', () => clients.every((c) => c.last), 60_000);
  while (age() < seconds) {
    gauge.read({ ...await parts(server), lighttpd: server.pid, db: server.db });
    ledger.check(clients);
    await sleep(CHECK_MS);
  }
}

async function pruning() {
  while (age() + PRUNE_MS / 1000 < seconds) {
    await sleep(PRUNE_MS);
    ledger.collect();
    await promisify(execFile)(tailrow, ['--db', server.db, 'prune', '--rows', ROWS_KEPT]);
  }
}

console.log(`soak for ${seconds} s, seed ${seed}`);
await Promise.all([killing(), watching(), pruning()]);
over = true;
places.forEach(({ publisher }) => publisher.child.kill('SIGKILL'));
await published;
await Promise.all(writers.map((writer) => writer.kill()));
kills.print();
const risen = gauge.judge();
await scene.finish([...writers, ...publishers]);
assert.deepEqual(risen, [], 'not flat');
console.log(`${publishers.length + WRITERS} publishers wrote; memory, descriptors and the WAL are flat: good`);
