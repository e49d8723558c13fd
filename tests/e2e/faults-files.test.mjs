// faults-files.test.mjs: what somebody does to the database's files under running streams: the
// -wal deleted, the database cut off, overwritten with rubbish, and restored by a rename.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, copyFileSync, openSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { newestOf, sql } from './lib/database.mjs';
import { fails, problem, refuses, runKeeps, succeeds } from './lib/faults.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const ROWS = 300;
const messages = (stream) => stream.named('log').map((f) => f.json.message);
const write = (db, message) => sql(db, `INSERT INTO log(message) VALUES('${message}');`);
const counted = (db, message) => Number(sql(db, `SELECT count(*) FROM log WHERE message = '${message}';`));

/** A stream that is up to date, of a log with some rows in the -wal. */
async function following(server) {
  sql(server.db, `INSERT INTO job(name) VALUES('j');${"INSERT INTO log(job_id, message) VALUES(1, hex(randomblob(500)));".repeat(ROWS)}`);
  const stream = await Stream.open(`${server.api}/events?since=now`);
  await stream.event('hello');
  write(server.db, 'before');
  await stream.frame('before', (f) => f.json?.message === 'before');
  return stream;
}

const removeBeside = (db) => ['-wal', '-shm'].forEach((suffix) => rmSync(db + suffix));

describe('the -wal and the -shm are deleted', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('while only the watcher has them: nothing is lost, and the stream goes on', async () => {
    const stream = await following(server);
    const newest = newestOf(server.db);
    const opened = statSync(server.db).mtimeMs;
    removeBeside(server.db);
    await until('the watcher has written them into the database', () => statSync(server.db).mtimeMs !== opened);
    write(server.db, 'after');
    await stream.frame('after', (f) => f.json?.message === 'after');
    assert.deepEqual(stream.names, ['hello', 'log', 'log']);
    assert.equal(newestOf(server.db), newest + 1);
    assert.equal(counted(server.db, 'before'), 1);
    stream.leave();
  });

  it('and others made: what was committed since stays, and the stream is told', async () => {
    const stream = await following(server);
    const watchers = server.readers();
    for (const pid of watchers) process.kill(pid, 'SIGSTOP');
    removeBeside(server.db);
    write(server.db, 'acknowledged');
    for (const pid of watchers) process.kill(pid, 'SIGCONT');
    await stream.event('reset');
    await stream.frame('what is there now', (f) => f.json?.message === 'acknowledged');
    write(server.db, 'after');
    await stream.frame('after', (f) => f.json?.message === 'after');
    assert.equal(messages(stream).filter((m) => m === 'acknowledged').length, 1);
    assert.equal(counted(server.db, 'acknowledged'), 1);
    assert.equal(sql(server.db, 'PRAGMA integrity_check;'), 'ok');
    stream.leave();
  });

  closing(() => server);
});

function overwrite(db, fromPage) {
  const PAGE = 4096;
  const file = openSync(db, 'r+');
  for (let at = fromPage * PAGE; at < statSync(db).size; at += PAGE) writeSync(file, randomBytes(PAGE), 0, PAGE, at);
  closeSync(file);
}

const DAMAGES = [
  { what: 'cut off in the middle', damage: (db) => truncateSync(db, 8192), says: /jobs\.db is damaged: restore a backup/ },
  { what: 'cut off to nothing', damage: (db) => truncateSync(db, 0), says: /jobs\.db is empty: make its tables/ },
  { what: 'overwritten from its fourth page on', damage: (db) => overwrite(db, 3), says: /jobs\.db is damaged: restore a backup/ },
];

for (const { what, damage, says } of DAMAGES) {
  describe(`the database is ${what}`, () => {
    let server, stream;
    before(async () => {
      server = await Server.start();
      server.expectLog(/jobs\.db is (damaged|empty|not an SQLite database)/); // as its files change
      stream = await following(server);
      sql(server.db, 'PRAGMA wal_checkpoint(TRUNCATE);');
      copyFileSync(server.db, `${server.db}.backup`);
      damage(server.db);
    });

    it('everybody is told so in one sentence, and nothing crashes', async () => {
      const pids = server.responders();
      await refuses(server, says);
      await refuses(server, says, '/jobs/1/log');
      await refuses(server, says, '/events');
      const back = await ask(`${server.api}/events`, { lastEventId: stream.lastEventId });
      assert.match(back.text, /^event: busy$/m, 'an EventSource is never closed for ever');
      for (const args of [['list'], ['log', 'x'], ['prune', '--rows', '10'], ['start', 'x']]) fails(server, says, ...args);
      assert.match(problem(server), says);
      runKeeps(server, says, 'kept');
      const now = server.responders();
      assert.ok(pids.every((pid) => now.includes(pid)), `${pids} became ${now}`);
    });

    it('a backup is renamed over it: all is well, the stream is told, and what was kept is played', async () => {
      for (const suffix of ['-wal', '-shm']) rmSync(server.db + suffix, { force: true });
      renameSync(`${server.db}.backup`, server.db);
      await stream.event('reset');
      await until('requests are served', async () => (await ask(`${server.api}/jobs`)).status === 200);
      succeeds(server, 'run', '--', 'true');
      await stream.frame('what was kept', (f) => f.json?.message === 'kept');
      assert.equal(counted(server.db, 'before'), 1);
      stream.leave();
    });

    closing(() => server);
  });
}
