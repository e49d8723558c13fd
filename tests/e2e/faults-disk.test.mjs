// faults-disk.test.mjs: the disk under a running service is full, or read-only.
//
// - Needs root, to mount a small file system.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { cannotMount, fails, problem, runKeeps, succeeds } from './lib/faults.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const idOf = (frame) => Number(frame.id.split('-')[1]);
const insert = (bytes) => `INSERT INTO log(message) VALUES(hex(randomblob(${bytes / 2})));`;

/** Starts a server in a directory on a file system of its own. */
async function onDisk(size) {
  const disk = mkdtempSync(join(tmpdir(), 'tailrow-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tailrow-test', disk]);
  chmodSync(disk, 0o755);
  const before = process.env.TMPDIR;
  process.env.TMPDIR = disk; // where a Server makes its directory
  try {
    return { disk, server: await Server.start() };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

function unmount(disk) {
  execFileSync('umount', ['-l', disk]);
  rmdirSync(disk);
}

/** Fails unless the stream has every row from the first to the newest once and in order. */
async function assertComplete(stream, db) {
  const rows = () => stream.named('log').map(idOf);
  const newest = Number(sql(db, "SELECT max(id) FROM log WHERE event = 'log';"));
  await until('the newest row', () => rows().at(-1) === newest, 10_000);
  const want = sql(db, `SELECT id FROM log WHERE event = 'log' AND id >= ${rows()[0]} ORDER BY id;`);
  assert.deepEqual(rows(), want.split('\n').map(Number));
}

describe('a full disk', { skip: cannotMount }, () => {
  let disk, server, stream;
  before(async () => { ({ disk, server } = await onDisk('8m')); });

  it('refuses publishers, says so, and what was committed before is read', async () => {
    stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    sql(server.db, insert(3000).repeat(50));
    sql(server.db, 'PRAGMA wal_checkpoint(TRUNCATE);');
    spawnSync('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4k'], { stdio: 'ignore' });
    let committed = 0, said = '';
    while (!said) {
      const { status, stderr } = spawnSync('sqlite3', ['-bail', server.db, insert(6000)], { encoding: 'utf8' });
      if (status) said = stderr;
      else committed++;
    }
    assert.match(said, /full/);
    assert.equal(Number(sql(server.db, 'SELECT count(*) FROM log;')), 50 + committed);
    await assertComplete(stream, server.db);
    assert.equal((await ask(`${server.api}/jobs`)).status, 200);
    const says = /the disk of \S+jobs\.db is full: make room/;
    for (const args of [['log', 'x'.repeat(100_000)], ['prune', '--rows', '1']]) fails(server, says, ...args);
    runKeeps(server, says, 'kept');
    assert.match(problem(server), /0 MB are free on its disk/);
  });

  it('goes on where there is room again', async () => {
    rmSync(`${disk}/filler`);
    succeeds(server, 'log', 'x'.repeat(100_000));
    succeeds(server, 'run', '--', 'true');
    await stream.frame('what was kept', (f) => f.json?.message === 'kept', 10_000);
    await assertComplete(stream, server.db);
    stream.leave();
  });

  closing(() => server);
  after(() => disk && unmount(disk));
});

describe('a file system remounted read-only', { skip: cannotMount }, () => {
  const says = /the file system of \S*jobs\.db is mounted read-only: see why \(dmesg\), and remount it read-write/;
  let disk, server, stream;
  before(async () => { ({ disk, server } = await onDisk('16m')); });

  // A mount of its own: a file system with files open for writing cannot be remounted.
  const remount = (mode) => execFileSync('mount', ['-o', `remount,bind,${mode}`, server.dir]);

  it('refuses publishers, says so, and is read from', async () => {
    stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    sql(server.db, insert(100).repeat(10));
    await assertComplete(stream, server.db);
    execFileSync('mount', ['--bind', server.dir, server.dir]);
    remount('ro');
    assert.equal((await ask(`${server.api}/jobs`)).status, 200);
    succeeds(server, 'list');
    for (const args of [['log', 'x'], ['prune', '--rows', '1'], ['start', 'x']]) fails(server, says, ...args);
    runKeeps(server, says, 'kept');
    assert.match(problem(server), /is mounted read-only: nobody can publish/);
  });

  it('a watcher that has to start anew reads on', async () => {
    server.expectLog(/^tailrow: (worker|watcher) \d+ died of signal 9$/);
    const old = server.readers();
    for (const pid of old) process.kill(pid, 'SIGKILL');
    await until('another one', () => server.readers().some((pid) => !old.includes(pid)));
    assert.equal((await ask(`${server.api}/events?since=now&hold=0`)).status, 200);
  });

  it('goes on where it is read-write again', async () => {
    remount('rw');
    succeeds(server, 'run', '--', 'true');
    await stream.frame('what was kept', (f) => f.json?.message === 'kept', 10_000);
    await assertComplete(stream, server.db);
    stream.leave();
    execFileSync('umount', ['-l', server.dir]);
  });

  closing(() => server);
  after(() => disk && unmount(disk));
});
