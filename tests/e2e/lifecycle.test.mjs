// lifecycle.test.mjs: how streams come and go: a client that leaves, signals, a lost worker.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { openRequests, servingNow } from './lib/processes.mjs';
import { closing, Server } from './lib/server.mjs';
import { handedOver, openMany, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

describe('a stream’s life', () => {
  let server, events;
  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
  });

  const open = (count) => openMany(count, `${events}?since=now`);
  const workers = () => servingNow(server.responders(), server.socket);

  it('has of lighttpd’s environment no more than the configuration names', () => {
    for (const pid of server.responders()) {
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      const names = environment.map((variable) => variable.split('=')[0]);
      const own = 'PHP_FCGI_CHILDREN'; // lighttpd sets it for whatever it starts
      assert.deepEqual(names.filter((n) => n && n !== own).sort(), ['PATH', 'TAILROW_DB']);
    }
  });

  it('never waits behind another stream', async () => {
    const streams = await open(20);
    assert.equal(openRequests(server.socket), 20);
    assert.equal(workers().length, 20);
    const begun = performance.now();
    await handedOver(`${events}?hold=0`);
    assert.ok(performance.now() - begun < 1000);
    for (const stream of streams) stream.leave();
    await until('all workers are free', () => openRequests(server.socket) === 0, 1000);
  });

  it('frees the worker within a second of the client’s leaving, in all quiet', async () => {
    const [stream] = await open(1);
    assert.equal(openRequests(server.socket), 1);
    stream.leave();
    await until('the worker is free', () => openRequests(server.socket) === 0, 1000);
  });

  it('ends cleanly, with its position, when the worker is told to end', async () => {
    const [stream] = await open(1);
    sql(server.db, "INSERT INTO log(message) VALUES('last');");
    await stream.frame('last', (f) => f.json.message === 'last');
    for (const pid of workers()) process.kill(pid, 'SIGTERM');
    await stream.end(2000);
    assert.equal(stream.names.at(-1), 'ping');
    assert.equal(stream.frames.at(-1).id, stream.named('log')[0].id);
    assert.equal((await handedOver(`${events}?hold=0`)).status, 200);
  });

  it('loses no other stream when a worker is killed', async () => {
    const [first] = await open(1);
    const [killed] = workers();
    const [second] = await open(1);
    process.kill(killed, 'SIGKILL');
    await until('its client knows', () => first.ended, 1000);
    const [third] = await open(1);
    sql(server.db, "INSERT INTO log(message) VALUES('still here');");
    for (const stream of [second, third])
      await stream.frame('still here', (f) => f.json.message === 'still here');
    for (const stream of [second, third]) stream.leave();
    server.expectLog(/^tailrow: worker \d+ died of signal 9$/);
    server.expectLog(/unexpected end-of-file|response already sent out/);
  });

  it('ends every open stream with lighttpd', async () => {
    const streams = await open(3);
    await server.stop();
    await until('the clients know', () => streams.every((s) => s.ended), 1000);
  });
});

describe('a settings file', () => {
  let server;
  before(async () => {
    server = await Server.start({ settings: 'max_stream_seconds = 2\n' });
  });

  it('that bounds a stream’s length ends it cleanly, with its position', async () => {
    const begun = performance.now();
    const stream = await (await Stream.open(`${server.api}/events`)).end(4000);
    assert.ok(performance.now() - begun > 1500);
    assert.equal(stream.names.at(-1), 'ping');
  });

  closing(() => server);
});
