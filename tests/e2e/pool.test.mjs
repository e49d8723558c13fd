// pool.test.mjs: the processes of the pool: who wakes, who ends, who notices another file.
//
// - guard.test.mjs has what happens when one of them is killed.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { before, describe, it } from 'node:test';
import { epochOf, init, newestOf, sql } from './lib/database.mjs';
import { tailrow } from './lib/paths.mjs';
import { servingNow } from './lib/processes.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, openMany, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\t(\d+)$/m)[1]);

/** How often the process has gone to sleep of its own accord: once for each wake. */
const sleeps = (pid) =>
  Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^voluntary_ctxt_switches:\t(\d+)$/m)[1]);

/** The one process that holds the database open. */
const watcherOf = (server) => until('one watcher', () => server.responders().find((pid) =>
  readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(server.db))));

/** Opens a stream and finds the worker that carries it. */
async function openWithWorker(server, query) {
  const others = servingNow(server.responders(), server.socket);
  const stream = await Stream.open(`${server.api}/events?${query}`);
  await stream.event('hello');
  const worker = await until('its worker has settled', () => {
    const mine = servingNow(server.responders(), server.socket).filter((pid) => !others.includes(pid));
    return mine.length === 1 && mine[0];
  });
  return { stream, worker };
}

const messages = (stream) => stream.named('log').map((f) => f.json.message);

describe('a commit', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('wakes whom it concerns, and no viewer of another job', async () => {
    const ROWS = 50;
    sql(server.db, "INSERT INTO job(name, state) VALUES('one', 'running'), ('two', 'running');");
    const one = await openWithWorker(server, 'since=now&job=1');
    const two = await openWithWorker(server, 'since=now&job=2');
    const all = await openWithWorker(server, 'since=now');
    const before = [one, two, all].map(({ worker }) => sleeps(worker));
    for (let i = 1; i <= ROWS; i++) {
      sql(server.db, `INSERT INTO log(job_id, message) VALUES(2, 'row ${i}');`);
      await two.stream.frame('the row', (f) => f.json?.message === `row ${i}`);
    }
    await until('every row', () => all.stream.named('log').length === ROWS);
    const woken = [one, two, all].map(({ worker }, i) => sleeps(worker) - before[i]);
    assert.ok(woken[0] <= 2, `the other job's viewer woke ${woken[0]} times`);
    assert.ok(woken[1] >= ROWS && woken[2] >= ROWS, `${woken}`);
    for (const { stream } of [one, two, all]) stream.leave();
  });

  it('that is larger than the ring’s rows may be reaches whoever waits for it', async () => {
    const { stream } = await openWithWorker(server, 'since=now');
    sql(server.db, `INSERT INTO log(message) VALUES(hex(zeroblob(1500000)));
      INSERT INTO log(message) VALUES('after it');`);
    await stream.frame('the row after it', (f) => f.json?.message === 'after it');
    assert.deepEqual(messages(stream).map((m) => m.length), [3_000_000, 8]);
    stream.leave();
  });

  it('that the watcher has not seen yet is waited for asleep, with hold=0 too', async () => {
    const since = `${epochOf(server.db)}-${newestOf(server.db)}`;
    await until('the watcher is there', async () => (await ask(`${server.api}/health`)).json.cursor === since);
    const watcher = await watcherOf(server);
    process.kill(watcher, 'SIGSTOP');
    sql(server.db, "INSERT INTO log(message) VALUES('visible');");
    const { stream, worker } = await openWithWorker(server, `since=${since}&hold=0`);
    await until('it sleeps', () => /^State:\tS/m.test(readFileSync(`/proc/${worker}/status`, 'utf8')));
    process.kill(watcher, 'SIGCONT');
    await stream.end();
    assert.deepEqual(messages(stream), ['visible']);
  });

  it('of many rows, again and again, goes round the ring and loses none', async () => {
    const ROWS = 5000, COMMITS = 10; // some three times the ring
    const { stream } = await openWithWorker(server, 'since=now');
    const first = newestOf(server.db) + 1;
    for (let i = 1; i <= COMMITS; i++) {
      sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${ROWS})
        INSERT INTO log(message) SELECT hex(randomblob(abs(random() % 60))) FROM n;`);
      await until('they have come', () => stream.named('log').length === i * ROWS);
    }
    const ids = stream.named('log').map((f) => Number(f.id.split('-')[1]));
    assert.deepEqual(ids, ids.map((_, i) => first + i));
    stream.leave();
  });

  closing(() => server);
});

describe('rows that were deleted before the watcher came to them', () => {
  let server;
  const insert = (count, level) => sql(server.db, `
    WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${count})
    INSERT INTO log(level, message) SELECT '${level}', 'row' FROM n;`);
  before(async () => {
    server = await Server.start({ make: (path) => {
      init(path);
      sql(path, "INSERT INTO log(message) VALUES('in front of the ring');");
    } });
    await until('the pool serves', async () => (await ask(`${server.api}/health`)).status === 200);
  });

  it('are told of as a gap, also to a stream that was further than the watcher', async () => {
    const watcher = await watcherOf(server);
    process.kill(watcher, 'SIGSTOP');
    insert(999, 'info');
    insert(1, 'error');
    const stream = await Stream.open(`${server.api}/events?since=all&level=error`);
    await stream.event('log');
    insert(1000, 'info');
    insert(2, 'error');
    sql(server.db, 'DELETE FROM log WHERE id = 2002;');
    process.kill(watcher, 'SIGCONT');
    await stream.frame('the row that is left', (f) => f.id?.endsWith('-2003'));
    assert.deepEqual(stream.names, ['hello', 'log', 'gap', 'log']);
    stream.leave();
  });

  closing(() => server);
});

describe('another log in the place of the one that is followed', () => {
  let server, old;
  const insert = (message) => sql(server.db, `INSERT INTO log(message) VALUES('${message}');`);

  /** Waits for `stream` to begin afresh, and to go on from there. */
  async function assertGoesOn(stream, message) {
    const reset = await stream.event('reset');
    const snapshot = stream.frames[stream.frames.indexOf(reset) + 1];
    assert.equal(snapshot.event, 'snapshot');
    assert.ok(snapshot.id.startsWith(`${epochOf(server.db)}-`));
    insert(message);
    const row = await stream.frame('the next row', (f) => f.json?.message === message);
    assert.equal(row.id, `${epochOf(server.db)}-${newestOf(server.db)}`);
    stream.leave();
  }

  before(async () => {
    server = await Server.start();
    insert('first');
    ({ stream: old } = await openWithWorker(server, 'since=now'));
  });

  it('is noticed where only its epoch was renewed', async () => {
    execFileSync(tailrow, ['--db', server.db, 'init', '--renew-epoch']);
    const young = await Stream.open(`${server.api}/events?since=now`);
    await young.event('hello');
    await assertGoesOn(old, 'renewed');
    await young.frame('the next row', (f) => f.json?.message === 'renewed');
    young.leave();
  });

  it('is noticed where an older copy was restored into the file', async () => {
    sql(server.db, `.backup ${server.dir}/backup`);
    insert('lost by the restoring');
    const { stream } = await openWithWorker(server, 'since=now');
    sql(server.db, `.restore ${server.dir}/backup`);
    await assertGoesOn(stream, 'restored');
  });

  it('is noticed by the stream of a job that it does not have', async () => {
    const job = Number(sql(server.db, "INSERT INTO job(name, state) VALUES('gone with the file', 'running'); SELECT last_insert_rowid();"));
    const { stream } = await openWithWorker(server, `since=now&job=${job}`);
    const other = `${server.dir}/without.db`;
    init(other);
    for (const suffix of ['-wal', '-shm']) rmSync(server.db + suffix, { force: true });
    renameSync(other, server.db);
    const reset = await stream.event('reset');
    const snapshot = await stream.event('snapshot');
    assert.equal(stream.frames.indexOf(snapshot), stream.frames.indexOf(reset) + 1);
    assert.deepEqual(snapshot.json, { jobs: [], total: 0 });
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(${job}, 'of the new file');`);
    const row = await stream.frame('the new file’s row', (f) => f.json?.message === 'of the new file');
    assert.equal(row.id, `${epochOf(server.db)}-1`);
    stream.leave();
  });

  it('never goes out under the old one’s cursor, even while nobody watches', async () => {
    const { stream, worker } = await openWithWorker(server, 'since=now');
    const epoch = epochOf(server.db);
    const watcher = await watcherOf(server);
    const other = `${server.dir}/other.db`;
    init(other);
    sql(other, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<100)
      INSERT INTO log(message) SELECT 'of another file' FROM n;`);
    process.kill(worker, 'SIGSTOP');
    for (let i = 0; i < 6; i++) // more than the ring holds
      sql(server.db, 'INSERT INTO log(message) VALUES(hex(zeroblob(400000)));');
    const newest = newestOf(server.db);
    await until('the watcher has read it all', async () =>
      (await ask(`${server.api}/health`)).json.cursor === `${epoch}-${newest}`);
    process.kill(watcher, 'SIGSTOP');
    for (const suffix of ['-wal', '-shm']) rmSync(server.db + suffix);
    renameSync(other, server.db);
    process.kill(worker, 'SIGCONT');
    await until('it has looked into the other file, more than once', () => {
      const child = server.responders().find((pid) => parentOf(pid) === worker);
      return child && sleeps(child) > 3;
    });
    process.kill(watcher, 'SIGCONT');
    await stream.event('reset');
    assert.deepEqual(stream.frames.filter((f) => f.id?.startsWith(epoch) && f.json?.message === 'of another file'), []);
    stream.leave();
  });

  closing(() => server);
});

describe('a database that is replaced before the watcher has opened any', () => {
  let server;
  before(async () => { server = await Server.start({ make: () => {} }); });

  it('is noticed by the stream that was quicker', async () => {
    const pids = await until('the pool stands', () => {
      const all = server.responders();
      return all.length > 6 && all;
    });
    // the supervisor forks the watcher first, then workers
    const supervisor = pids.find((pid) => pids.filter((p) => parentOf(p) === pid).length > 3);
    const watcher = Math.min(...pids.filter((pid) => parentOf(pid) === supervisor));
    process.kill(watcher, 'SIGSTOP');
    init(server.db);
    const { stream } = await openWithWorker(server, 'since=now');
    const other = `${server.dir}/other.db`;
    init(other);
    renameSync(other, server.db);
    process.kill(watcher, 'SIGCONT');
    await stream.event('reset');
    sql(server.db, "INSERT INTO log(message) VALUES('of the other');");
    const row = await stream.frame('its row', (f) => f.json?.message === 'of the other');
    assert.equal(row.id, `${epochOf(server.db)}-1`);
    stream.leave();
  });

  closing(() => server);
});

describe('a pool that is told to end', () => {
  let server;
  before(async () => {
    server = await Server.start();
    server.expectLog(/unexpected end-of-file|response already sent out|backend returned error/); // the stalled one
    server.expectLog(/worker \d+ died of signal 9/); // it as well, after 2 s
    server.expectLog(/child exited: 0|Connection refused/); // lighttpd notices, and starts another
  });

  it('is gone within 2 s; streams end in order, to come back at different times', async () => {
    const guardian = await until('it serves', async () => (await ask(`${server.api}/health`)).status === 200 &&
      server.responders().find((pid) => parentOf(pid) === server.pid));
    const streams = await openMany(8, `${server.api}/events?since=now`);
    const stalled = connect(server.port, '127.0.0.1').pause();
    stalled.write('GET /tailrow/api/events?since=now HTTP/1.0\r\n\r\n');
    await until('its stream is open', async () => (await ask(`${server.api}/health`)).json.streams === 9);
    for (let i = 0; i < 3; i++) // more than the sockets on the way hold
      sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<10)
        INSERT INTO log(message) SELECT hex(zeroblob(250000)) FROM n;`);
    await until('the others have them', () => streams.every((s) => s.named('log').length === 30), 20_000);
    const before = server.responders();
    const begun = performance.now();
    process.kill(guardian, 'SIGTERM');
    await Promise.all(streams.map((s) => s.end()));
    await until('all are gone', () => !server.responders().some((pid) => before.includes(pid)));
    const tookMs = performance.now() - begun;
    assert.ok(tookMs < 4000, `${tookMs} ms`); // it allows 2 s, a busy machine more
    for (const stream of streams) {
      assert.equal(stream.names.at(-1), 'ping');
      assert.equal(stream.lastEventId, stream.named('log').at(-1).id);
    }
    const waits = new Set(streams.map((s) => s.retries.at(-1)));
    assert.ok(waits.size > 4, `${[...waits]}`);
    stalled.destroy();
    await until('lighttpd has started another', async () => (await ask(`${server.api}/health`)).status === 200);
  });

  closing(() => server);
});
