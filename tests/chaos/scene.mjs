// scene.mjs: a lighttpd with 200 clients that come back by their cursor, and what must hold of it
// at the end, whatever was done to it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { epochOf, newestOf, sql } from '../e2e/lib/database.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { ask } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { generator } from './chance.mjs';
import { Client } from './client.mjs';
import { Ledger, queryOf } from './ledger.mjs';
import { descriptors, parts } from './tree.mjs';

const CLIENTS = 200;
const JOBS = 10; // as in writer.py
const SPARE_DESCRIPTORS = 2; // a pidfd more: the one who was started anew watches another
const WATCHED = ['guardian', 'supervisor', 'watcher', 'lighttpd'];

export class Scene {
  static async start(seed) {
    const scene = new Scene();
    const server = await Server.start({ settings: 'max_streams = 400\nmax_streams_per_client = 400\n' });
    process.on('exit', () => server.signal('SIGKILL')); // whatever failed: it does not go on without us
    sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${JOBS})
      INSERT INTO job(name, state) SELECT 'job ' || i, 'running' FROM n;`);
    await ask(`${server.api}/health`);
    scene.server = server;
    scene.held = await scene.#descriptors();
    scene.ledger = new Ledger(server.db);
    const cursor = `${epochOf(server.db)}-0`;
    scene.clients = Array.from({ length: CLIENTS }, (_, i) =>
      new Client(`${server.api}/events${queryOf(i)}`, cursor, generator(seed + i)));
    return scene;
  }

  async #descriptors() {
    const pids = { ...await parts(this.server), lighttpd: this.server.pid };
    return Object.fromEntries(WATCHED.map((part) => [part, descriptors(pids[part]).length]));
  }

  /** Ends all; `publishers` write no more. Fails unless each client has had each row that concerns
   * it once and in order, every committed row is there, and nothing is left over. */
  async finish(publishers) {
    const { server, clients, ledger } = this;
    // one last row that concerns everybody: no stream may be asleep
    sql(server.db, [5, 3].map((job) => `INSERT INTO log(job_id, level, message) VALUES(${job}, 'error', 'last');`).join(''));
    const newest = newestOf(server.db);
    await until('every open stream has the last row', () => clients.every((c) => c.last >= newest - 1), 20_000);
    await Promise.all(clients.map((c) => c.stop()));
    await Promise.all(clients.map((c) => c.finish()));
    ledger.complete(clients);
    for (const publisher of publishers) publisher.expectIn(ledger);
    const sum = (what) => clients.reduce((n, c) => n + c[what], 0);
    console.log(`${CLIENTS} clients had each of ${ledger.size} rows that concerned them once and in order, ` +
      `over ${sum('connects')} connections, of which ${sum('failures')} gave nothing`);
    await this.#expectNothingLeft();
    assert.doesNotMatch(server.log(), /Sanitizer|runtime error/);
    server.expectLog(/./); // kills of all kinds
    await server.stop();
  }

  async #expectNothingLeft() {
    let now;
    await until('no process holds more descriptors than at the beginning', async () => {
      now = await this.#descriptors();
      return WATCHED.every((part) => now[part] <= this.held[part] + SPARE_DESCRIPTORS);
    }, 10_000).catch((error) => {
      for (const part of WATCHED) console.log(`${part}: ${now[part]} descriptors, ${this.held[part]} at the beginning`);
      throw error;
    });
  }
}
