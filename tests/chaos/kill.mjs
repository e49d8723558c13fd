// kill.mjs: kill -9 of a part of the pool, and how soon somebody is served again.
//
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { pick } from './chance.mjs';
import { visitorOf } from './tree.mjs';

/** The parts; visitor: a child that reads the database for a worker. */
export const PARTS = ['guardian', 'supervisor', 'watcher', 'worker', 'visitor'];

/** kill -9 of a part; returns whether there was one to kill. */
export async function killPart(part, found, random) {
  let pid = part === 'worker' ? pick(random, found.workers) : found[part];
  for (let i = 0; i < 50 && part === 'visitor' && !pid; i++) { // it is there for milliseconds
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

/** How many milliseconds until a request is answered again. */
export async function untilServed(server) {
  const begun = performance.now();
  await until('a request is served', () => ask(`${server.api}/events?since=now&hold=0`)
    .then(({ status, text }) => status === 200 && text.includes('event: ping'), () => false), 20_000);
  return performance.now() - begun;
}

/** Runs statements in a process of their own, and does not wait. */
export function aside(db, statements) {
  const child = spawn('sqlite3', ['-cmd', '.timeout 30000', db], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.end(statements);
}

/** Who was killed how often, and how soon somebody was served again. */
export class Kills {
  #by = {};

  /** @param {string} during what went on */
  add(victim, servedAfterMs, during) {
    (this.#by[victim] ??= []).push({ servedAfterMs, during });
  }

  print() {
    for (const [victim, list] of Object.entries(this.#by)) {
      list.sort((a, b) => a.servedAfterMs - b.servedAfterMs);
      const half = list[(list.length - 1) >> 1], slowest = list.at(-1);
      console.log(`${victim.padEnd(10)} killed ${String(list.length).padStart(3)} times, the next request served after ` +
        `p50 ${half.servedAfterMs.toFixed(0)} ms, max ${slowest.servedAfterMs.toFixed(0)} ms (${slowest.during})`);
    }
  }
}
