// health.test.mjs: /health, /metrics, the limits, and new settings on SIGHUP.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { responder } from './lib/paths.mjs';
import { sandbox } from './lib/sandbox.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

/** The value of a metric. */
const metric = (text, name) => Number(text.match(new RegExp(`^tailrow_${name} ([0-9.e+-]+)$`, 'm'))?.[1]);

describe('health and metrics', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('says how the service is', async () => {
    sql(server.db, "INSERT INTO log(message) VALUES('one');");
    const health = await until('the watcher has seen the row', async () => {
      const answer = await ask(`${server.api}/health`);
      return answer.json?.cursor === `${epochOf(server.db)}-${newestOf(server.db)}` && answer;
    });
    assert.equal(health.status, 200);
    assert.equal(health.headers['content-type'], 'application/json');
    assert.deepEqual({ ...health.json, cursor: undefined, watch: undefined },
      { status: 'ok', streams: 0, maxStreams: 256, journalMode: 'wal', sandbox,
        cursor: undefined, watch: undefined });
    assert.match(health.json.watch, /inotify.*wal-index/);
  });

  it('counts what streams do', async () => {
    const before = (await ask(`${server.api}/metrics`)).text;
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.frame('hello', (f) => f.event === 'hello');
    sql(server.db, "INSERT INTO log(message) VALUES('counted');");
    await stream.frame('counted', (f) => f.json.message === 'counted');
    const answer = await ask(`${server.api}/metrics`);
    assert.match(answer.headers['content-type'], /^application\/openmetrics-text; version=1\.0\.0/);
    const after = answer.text;
    assert.ok(after.endsWith('# EOF\n'));
    assert.equal(metric(after, 'streams_open'), 1);
    for (const [name, by] of [['streams_total', 1], ['frames_total', 1], ['wakes_total', 1],
      ['commit_to_wake_seconds_count', 1]]) {
      assert.ok(metric(after, name) - metric(before, name) >= by, name);
    }
    assert.ok(metric(after, 'stream_bytes_total') > metric(before, 'stream_bytes_total'));
    stream.leave();
  });

  it('says why it is not well, without the directories', async () => {
    server.expectLog(/tailrow/);
    renameSync(server.db, `${server.db}.away`);
    const answer = await until('it notices', async () => {
      const health = await ask(`${server.api}/health`);
      return health.status === 503 && health;
    });
    assert.match(answer.json.detail, /jobs\.db does not exist/);
    assert.ok(!answer.text.includes(server.dir), 'the directory is nobody’s business');
    renameSync(`${server.db}.away`, server.db);
    await until('it is well again', async () => (await ask(`${server.api}/health`)).status === 200);
  });

  it('answers as plain CGI too', () => {
    const text = execFileSync(responder, {
      encoding: 'utf8',
      env: { TAILROW_DB: server.db, REQUEST_METHOD: 'GET', PATH_INFO: '/health', GATEWAY_INTERFACE: 'CGI/1.1' },
    });
    assert.match(text, /^Status: 200 OK\r\n/);
    assert.match(text, /"watch":"each stream for itself"/);
  });

  closing(() => server);
});

describe('the limits', () => {
  let server, settings;
  const guardian = () => server.responders().find((pid) =>
    readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nPPid:\t${server.pid}\n`));
  before(async () => {
    server = await Server.start({ settings: 'max_streams = 4\nmax_streams_per_client = 3\n' });
    settings = join(server.dir, 'tailrow.conf');
  });

  it('refuse one client’s fourth stream with 200 and `busy`, and give the place back', async () => {
    const streams = [];
    for (let i = 0; i < 3; i++) {
      streams.push(await Stream.open(`${server.api}/events?since=now`));
      await streams[i].frame('hello', (f) => f.event === 'hello');
    }
    const refused = await Stream.open(`${server.api}/events`);
    await refused.end();
    assert.equal(refused.status, 200);
    assert.deepEqual(refused.names, ['busy']);
    assert.ok(refused.frames[0].json.retry >= 5000 && refused.frames[0].json.retry <= 10_000);
    assert.deepEqual(refused.retries, [refused.frames[0].json.retry]);
    assert.ok(metric((await ask(`${server.api}/metrics`)).text, 'refusals_total') >= 1);
    streams.pop().leave();
    const admitted = await until('a place is free', async () => {
      const stream = await Stream.open(`${server.api}/events?since=now&hold=0`);
      await stream.end();
      return stream.names.includes('hello');
    });
    assert.ok(admitted);
    for (const stream of streams) stream.leave();
  });

  it('are read again on SIGHUP; streams end in order and a bad file changes nothing', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.frame('hello', (f) => f.event === 'hello');
    writeFileSync(settings, 'max_streams = 9\n');
    process.kill(guardian(), 'SIGHUP');
    await stream.end(3000);
    assert.ok(stream.endedCleanly);
    assert.equal(stream.names.at(-1), 'ping');
    await until('the new settings hold', async () => (await ask(`${server.api}/health`)).json?.maxStreams === 9);

    server.expectLog(/max_streams must be a number/);
    writeFileSync(settings, 'max_streams = many\n');
    process.kill(guardian(), 'SIGHUP');
    await until('the mistake is in the log', () => /max_streams must be a number/.test(server.log()));
    assert.equal((await ask(`${server.api}/health`)).json.maxStreams, 9);
  });

  it('rotate a stream before its time is over, in order', async () => {
    writeFileSync(settings, 'max_stream_seconds = 2\n');
    process.kill(guardian(), 'SIGHUP');
    await until('the new settings hold', async () => (await ask(`${server.api}/health`)).json?.maxStreams === 256);
    const begun = performance.now();
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.end(4000);
    const lasted_ms = performance.now() - begun;
    assert.ok(lasted_ms > 1500 && lasted_ms < 2300, `${lasted_ms} ms`);
    assert.ok(stream.endedCleanly);
    assert.equal(stream.names.at(-1), 'ping');
    assert.equal(metric((await ask(`${server.api}/metrics`)).text, 'rotations_total'), 1);
  });

  it('let a client go that takes nothing', async () => {
    writeFileSync(settings, 'write_timeout_seconds = 1\nmax_streams = 5\n');
    process.kill(guardian(), 'SIGHUP');
    await until('the new settings hold', async () => (await ask(`${server.api}/health`)).json?.maxStreams === 5);
    server.expectLog(/unexpected end-of-file|backend returned error/); // what lighttpd makes of a stream cut in the middle
    const stalled = connect(server.port, '127.0.0.1');
    stalled.pause();
    stalled.write('GET /tailrow/api/events?since=now HTTP/1.1\r\nHost: test\r\n\r\n');
    const open = async () => (await ask(`${server.api}/health`)).json.streams;
    await until('its stream is open', async () => await open() === 1);
    // more than the sockets on the way hold
    sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<40)
      INSERT INTO log(message) SELECT hex(zeroblob(500000)) FROM n;`);
    await until('its place is free', async () => await open() === 0, 10_000);
    stalled.destroy();
  });

  closing(() => server);
});
