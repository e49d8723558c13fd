// viewers.test.mjs: 200 viewers of a log that gets 100 lines a second for 10 s.
//
// - How long a line takes is no part of it: make bench measures that.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { Viewer } from './lib/viewer.mjs';
import { until, within } from './lib/wait.mjs';

const VIEWERS = 200, LINES = 1000, GAP_MS = 10;

describe(`${VIEWERS} viewers`, () => {
  let server;
  const viewers = [];
  before(async () => {
    server = await Server.start({ settings: 'max_streams_per_client = 250\n' });
  });

  it('are all admitted at once, and short requests beside them', async () => {
    for (let i = 0; i < VIEWERS; i++) viewers.push(new Viewer(server));
    await until('every stream has begun', () => viewers.every((v) => v.begun), 10_000);
    const { json } = await ask(`${server.api}/health`);
    assert.equal(json.streams, VIEWERS);
  });

  it('have each line once and in order', async () => {
    const first = newestOf(server.db) + 1;
    const writer = spawn('python3', [fileURLToPath(new URL('lib/writer.py', import.meta.url)), server.db,
      String(LINES), String(2 * GAP_MS)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await within('the writer ends', once(writer, 'close'), 60_000);
    assert.equal(code, 0);
    await until('every line has come', () => viewers.every((v) => v.ids.length >= LINES), 10_000);
    const want = Array.from({ length: LINES }, (_, i) => first + i);
    for (const { ids } of viewers) assert.deepEqual(ids, want);
  });

  it('are woken by a row each, however many rows went before', async () => {
    sql(server.db, "INSERT INTO log(message) VALUES('last');");
    await until('it has come', () => viewers.every((v) => v.ids.length === LINES + 1));
    for (const { socket } of viewers) socket.destroy();
    await until('every place is free', async () => (await ask(`${server.api}/health`)).json.streams === 0);
  });

  closing(() => server);
});
