// faults-system.test.mjs: what the system refuses the responder (inotify, descriptors, memory), or
// tells it wrongly (the time): it serves what it can, says what it lacks, and serves all again.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newestOf, sql, writeRows } from './lib/database.mjs';
import { lift, limit, refuses, startedBy, succeeds } from './lib/faults.mjs';
import { build, tailrow } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const sanitized = /asan/.test(build);
const idOf = (frame) => Number(frame.id.split('-')[1]);

/** Writes some rows, and fails unless the stream has each once and in order. */
async function follows(server, stream) {
  const first = newestOf(server.db) + 1, ROWS = 50;
  await writeRows(server.db, { rows: ROWS }).done;
  const rows = () => stream.named('log').map(idOf).filter((id) => id >= first);
  await until('every row', () => rows().length >= ROWS, 10_000);
  assert.deepEqual(rows(), Array.from({ length: ROWS }, (_, i) => first + i));
}

const following = async (server, query = '') => {
  const stream = await Stream.open(`${server.api}/events?since=now${query}`);
  await stream.event('hello');
  return stream;
};

const cannotUnshare = spawnSync('unshare', ['-Ur', 'test', '-w', '/proc/sys/user/max_inotify_instances']).status !== 0 &&
  'not run: this kernel gives no user namespace';

/** libfaketime, as Debian has it. */
const faketime = readdirSync('/usr/lib').map((dir) => `/usr/lib/${dir}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path));

const cannotFake = sanitized ? 'the sanitizer must be the first library' : !faketime && 'not run: there is no libfaketime';

describe('the system', { concurrency: 3 }, () => {
  for (const [what, says] of [['instances', /inotify: too many instances; checking/], ['watches', /inotify: too many watches; checking/]]) {
    describe(`inotify ${what} at 0`, { skip: cannotUnshare, concurrency: 1 }, () => {
      let server, dir;
      before(async () => {
        dir = freshDirectory();
        server = await Server.start(startedBy(dir,
          `exec unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_inotify_${what}; exec "$0"' "$@"`));
        server.expectLog(says);
      });
      after(() => rmSync(dir, { recursive: true }));

      it('it looks by the clock, says so once, and misses nothing', async () => {
        const stream = await following(server);
        await follows(server, stream);
        assert.match((await ask(`${server.api}/health`)).json.watch, says);
        assert.equal(server.log().split('\n').filter((line) => says.test(line)).length, 1);
        stream.leave();
      });

      closing(() => server);
    });
  }

  describe('the clock set back by an hour', { skip: cannotFake, concurrency: 1 }, () => {
    let server, dir, clock, keys;
    before(async () => {
      dir = freshDirectory();
      keys = join(dir, 'keys');
      writeFileSync(keys, `${'k'.repeat(32)}\n`, { mode: 0o600 });
      server = await Server.start(startedBy(dir, `
        export LD_PRELOAD=${faketime} FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME_NO_CACHE=1
        export FAKETIME_TIMESTAMP_FILE="\${TAILROW_DB%/*}/clock" TAILROW_TICKET_KEY_FILE=${keys}
        exec "$@"`));
      clock = join(server.dir, 'clock'); // where the responder may read
    });
    after(() => rmSync(dir, { recursive: true }));

    /** The clock of all who ask for it from now on. */
    function set(offset) {
      writeFileSync(`${clock}.new`, offset);
      renameSync(`${clock}.new`, clock);
    }

    it('stalls no stream, keeps the order; heartbeats and ends come as before', async () => {
      const stream = await following(server);
      await follows(server, stream);
      sql(server.db, "INSERT INTO job(name, state) VALUES('done', 'succeeded');");
      set('-1h'); // the job ends in an hour
      const done = await Stream.open(`${server.api}/events?job=1&since=all`);
      await follows(server, stream);
      const quiet = performance.now();
      const ping = await stream.event('ping', 20_000);
      assert.ok(performance.now() - quiet > 13_000);
      assert.ok(Date.now() - Date.parse(ping.json.time) > 3_500_000, 'the responder’s clock was not set back');
      await done.end();
      assert.equal(done.named('completion').length, 1);
      const again = await Stream.open(`${server.api}/events?job=1`, { lastEventId: done.lastEventId });
      assert.equal(again.status, 204, 'a browser would come back for an hour');
      stream.leave();
    });

    it('ends a ticket’s stream when it would have', async () => {
      set('+0');
      const ticket = execFileSync(tailrow, ['ticket', '--job', '1', '--ttl', '3s'],
        { encoding: 'utf8', env: { TAILROW_TICKET_KEY_FILE: keys } }).trim();
      const begun = performance.now();
      const stream = await following(server, `&ticket=${ticket}`);
      set('-1h');
      await stream.end(10_000);
      assert.ok(performance.now() - begun < 5000);
    });

    it('a job has no time less than none', () => {
      sql(server.db, "INSERT INTO job(name, state, started_at) VALUES('back', 'running', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '+1 hour'));");
      const id = sql(server.db, 'SELECT max(id) FROM job;');
      succeeds(server, 'finish', id);
      assert.doesNotMatch(succeeds(server, 'show', id), /took/);
    });

    closing(() => server);
  });

  describe('too few descriptors', { concurrency: 1 }, () => {
    const says = /this process may open no more files: raise its limit \(ulimit -n, in a unit LimitNOFILE=\)/;
    let server, stream, pids;
    before(async () => {
      server = await Server.start();
      stream = await following(server);
      pids = server.responders();
      server.expectLog(/^tailrow: .* this process may open no more files/);
    });

    it('streams go on, new requests are told, and nobody ends', async () => {
      limit(server, 'nofile', 10);
      await follows(server, stream);
      await refuses(server, says);
      const { text, status } = await ask(`${server.api}/events`);
      assert.equal(status, 200);
      assert.match(text, /^event: busy$/m, 'an EventSource would be closed for ever by an error');
      assert.match(server.log(), says);
    });

    it('all is served where there are more again', async () => {
      lift(server, 'nofile');
      await until('requests are served', async () => (await ask(`${server.api}/jobs`)).status === 200);
      assert.deepEqual((await handedOver(`${server.api}/events?since=now&hold=0`)).names, ['hello', 'ping']);
      await follows(server, stream);
      const [guardian, supervisor] = pids;
      assert.ok(server.responders().includes(guardian) && server.responders().includes(supervisor));
      stream.leave();
    });

    closing(() => server);
  });

  describe('too little memory', { skip: sanitized && 'the sanitizer needs all there is', concurrency: 1 }, () => {
    const BIG = 400_000;
    const says = /out of memory|Cannot allocate memory/;
    let server, stream;
    before(async () => {
      server = await Server.start();
      stream = await following(server);
      server.expectLog(new RegExp(`^tailrow: .*(${says.source})`));
    });

    const sizeOf = (pid) => Number(/^VmSize:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

    it('streams go on, what does not fit is told, and nobody ends', async () => {
      const pids = server.responders();
      limit(server, 'as', sizeOf);
      await follows(server, stream);
      await refuses(server, /the system has no process to spare: try again|out of memory/);
      assert.match((await ask(`${server.api}/events`)).text, /^event: busy$/m);
      sql(server.db, `INSERT INTO log(message) VALUES(hex(randomblob(${BIG / 2})));`);
      await until('it is told', () => says.test(server.log()));
      assert.deepEqual(server.responders().filter((pid) => pids.includes(pid)), pids);
    });

    it('all is served, the row that did not fit too, where there is more again', async () => {
      lift(server, 'as');
      await until('requests are served', async () => (await ask(`${server.api}/jobs`)).status === 200);
      await stream.frame('the row', (f) => f.json?.message?.length === BIG, 10_000);
      await follows(server, stream);
      stream.leave();
    });

    closing(() => server);
  });
});
