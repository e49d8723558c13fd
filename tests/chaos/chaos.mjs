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
import { setTimeout as sleep } from 'node:timers/promises';
import { generator, pick } from './chance.mjs';
import { aside, killPart, Kills, PARTS, untilServed } from './kill.mjs';
import { Writer } from './publishers.mjs';
import { Scene } from './scene.mjs';
import { parts } from './tree.mjs';

const seconds = Number(process.argv[2] ?? 600);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const VICTIMS = [...PARTS, 'lighttpd', 'writer'];

const random = generator(seed);
const scene = await Scene.start(seed);
const { server, clients } = scene;
const writer = new Writer(server.db, seed, 80);
process.on('exit', () => writer.child.kill('SIGKILL'));

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
    aside(server.db, 'PRAGMA wal_checkpoint(TRUNCATE);');
    await sleep(random() * 10);
  },
  async vacuum() {
    aside(server.db, 'VACUUM;');
    await sleep(random() * 20);
  },
  async reconnect() {
    for (let i = 0; i < 50; i++) pick(random, clients).cut();
    await sleep(20 + random() * 150);
  },
  async reload() {
    process.kill((await parts(server)).guardian, 'SIGHUP');
    await sleep(random() * 300);
  },
};

/** kill -9; returns whether there was one to kill. */
async function kill(victim, found) {
  if (victim === 'lighttpd') return server.restart();
  if (victim === 'writer') return writer.kill().then(() => writer.start());
  return killPart(victim, found, random);
}

const kills = new Kills();
console.log(`chaos for ${seconds} s, seed ${seed}`);
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  const victim = pick(random, VICTIMS);
  const point = victim === 'visitor' ? 'reconnect' : pick(random, Object.keys(POINTS));
  const found = await parts(server);
  await POINTS[point]();
  if (await kill(victim, found) === false) continue;
  kills.add(victim, await untilServed(server), point);
  await sleep(random() * 1000);
}

await writer.inside();
await writer.kill();
kills.print();
await scene.finish([writer]);
