// idle.test.mjs: what happens while nothing happens: no read of the database, a ping, an end.
//
// - 15 s, 10 s and 10 s of waiting are what is tested here; no other file waits so.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { trace } from './lib/trace.mjs';
import { until } from './lib/wait.mjs';

/** System calls that could read the database or ask for a lock; stat() is none of them. */
const READS = /^\d+\s+(read|pread64|readv|preadv2?|fcntl|lseek|mmap|open|openat)\(/;

describe('while nothing is committed', () => {
  let server;
  before(async () => { server = await Server.start(); });

  /** The pool's watcher: the one process with an inotify descriptor. */
  const watcher = () => server.responders().find((pid) => readdirSync(`/proc/${pid}/fd`)
    .some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === 'anon_inode:inotify'));

  it('no stream’s process touches the database in 10 s, and the watcher once a second', async () => {
    const stream = await Stream.open(`${server.api}/events`);
    await stream.event('snapshot');
    const { lines, stop } = await trace(server.responders(), `${server.dir}/trace`);
    try {
      const touches = () => lines().filter((l) => READS.test(l) && l.includes(server.db));
      const earlier = touches().length;
      await sleep(10_000);
      const isWatcher = (line) => line.startsWith(`${watcher()} `);
      const idle = touches().slice(earlier);
      assert.deepEqual(idle.filter((line) => !isWatcher(line)), []);
      // the sweep: the file's header, through SQLite's own handle, without a lock
      const sweeps = idle.filter(isWatcher);
      assert.ok(sweeps.length <= 12, `${sweeps.length} in 10 s`);
      assert.deepEqual(sweeps.filter((line) => !/ pread64\(.*, 100, 0\) += 100$/.test(line)), []);
      sql(server.db, "INSERT INTO log(message) VALUES('seen');");
      await stream.frame('seen', (f) => f.json?.message === 'seen');
      await until('the trace shows the reading of that row', () => touches().length > earlier);
    } finally {
      await stop();
    }
    stream.leave();
  });

  closing(() => server);
});

describe('a stream without rows for it', () => {
  let server, epoch;
  const events = () => `${server.api}/events`;
  before(async () => {
    server = await Server.start();
    epoch = epochOf(server.db);
    sql(server.db, `
      INSERT INTO job(name, state, beat_at) VALUES('beats', 'running', '2026-01-02T03:04:05.678Z');
      INSERT INTO job(name, state) VALUES('silent', 'running');`);
  });

  describe('waits, and', { concurrency: true }, () => {
    it('has a ping after 15 s, with the position and the beats', async () => {
      const stream = await Stream.open(`${events()}?since=now&event=none`);
      await stream.event('hello');
      const begun = performance.now();
      const ping = await stream.event('ping', 17_000);
      const waited_ms = performance.now() - begun;
      assert.ok(waited_ms > 14_000, `${waited_ms} ms`);
      assert.equal(ping.id, `${epoch}-${newestOf(server.db)}`);
      assert.deepEqual(ping.json.beats, { 1: '2026-01-02T03:04:05.678Z' });
      assert.match(ping.json.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      stream.leave();
    });

    it('ends 10 s after its job is final; then a cursor past it gets 204', async () => {
      const job = Number(sql(server.db,
        "INSERT INTO job(name, state) VALUES('short', 'running'); SELECT last_insert_rowid();"));
      const stream = await Stream.open(`${events()}?job=${job}`);
      await stream.event('snapshot');
      sql(server.db, `UPDATE job SET state='succeeded' WHERE id=${job};`);
      const begun = performance.now();
      await stream.event('completion');
      await stream.end(12_000);
      const took_ms = performance.now() - begun;
      assert.ok(took_ms > 9000, `${took_ms} ms`);
      assert.equal(stream.names.at(-1), 'ping');
      const again = await ask(`${events()}?job=${job}`, { lastEventId: stream.lastEventId });
      assert.equal(again.status, 204);
    });
  });

  closing(() => server);
});
