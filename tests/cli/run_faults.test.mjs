// run_faults.test.mjs: a database that is locked, missing, read-only, deleted, or on a full disk
// is never in the command's way, and what was printed is in it afterwards or in a spool.
//
// - Real time, because the runner's patience is: each test waits for one ten seconds of it. All
//   of them run at once.
//
// SPDX-License-Identifier: MIT
import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { binary, done, run, scratch, shell, sql } from './lib.mjs';
import { job, lines, ownState, runShell, spoolDir, spools, startShell, until } from './runner.mjs';

const PATIENCE_MS = 10_000;

/** The one spool of a place, by its path. */
function theSpool(place) {
  const names = spools(place);
  assert.equal(names.length, 1, `one spool: ${names}`);
  return join(spoolDir(place), names[0]);
}

/** The sentence with which a runner leaves its spool. */
function assertLeft(place, stderr, reason) {
  const path = theSpool(place);
  assert.match(stderr, reason);
  assert.ok(stderr.endsWith(`the end of the log of sh is kept in ${path}: the next tailrow run plays it, or: tailrow replay ${path}\n`), stderr);
  assert.equal(statSync(path).mode & 0o7777, 0o600);
}

const replay = (place, args = []) => done(place, ['replay', ...args], { env: ownState(place) });

describe('faults', { concurrency: true }, () => {
  it('locked for 30 s: everything is there afterwards, in order, with its own times', async (t) => {
    const place = scratch(t);
    const other = shell(t, place);
    await other.run('BEGIN IMMEDIATE;');
    const locked = Date.now();
    const script = 'for i in $(seq 1 100); do echo $i; sleep 0.32; done; exit 4';
    const it = startShell(t, place, script, [], { limitMs: 120_000 });
    const begun = Date.now();
    await until('30 s', () => Date.now() - locked > 30_000, 60_000);
    assert.ok(it.out().split('\n').length > 80, 'the command was not held up');
    await other.run('COMMIT;');
    const { status, stdout, stderr } = await it.ended;
    assert.equal(status, 4);
    assert.ok(Date.now() - begun < 60_000);
    assert.match(stderr, /^tailrow: \S+x\.db is locked by another program: try again; until then, what the job prints is kept in \S+\.spool\n$/);
    assert.equal(stdout, `${Array.from({ length: 100 }, (_, i) => i + 1).join('\n')}\n`);
    assert.deepEqual(lines(place), stdout.trimEnd().split('\n'));
    assert.equal(job(place, 'state, exit_code'), 'failed|4');
    const [late] = sql(place, "SELECT count(*) FROM log WHERE event = 'log' AND created_at < " +
      "(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '+20 seconds') FROM job)").split('\n');
    assert.ok(Number(late) > 40, `${late} lines have the time at which they were printed`);
    assert.deepEqual(spools(place), []);
  });

  it('a lock of a moment is not worth a word', async (t) => {
    const place = scratch(t);
    const other = shell(t, place);
    await other.run('BEGIN IMMEDIATE;');
    const it = startShell(t, place, 'echo one; sleep 1; echo two');
    await until('it runs', () => it.out().includes('one'));
    await other.run('COMMIT;');
    const { status, stderr } = await it.ended;
    assert.deepEqual([status, stderr], [0, '']);
    assert.deepEqual(lines(place), ['one', 'two']);
  });

  it('locked till after the end: a spool, and the next run plays it first', async (t) => {
    const place = scratch(t);
    const other = shell(t, place);
    await other.run('BEGIN IMMEDIATE;');
    const begun = Date.now();
    const { status, stderr } = await runShell(t, place, 'echo one; echo two >&2; exit 5');
    assert.equal(status, 5);
    assert.ok(Date.now() - begun < 2 * PATIENCE_MS);
    assertLeft(place, stderr, /is locked by another program/);
    await other.run('COMMIT;');
    assert.equal(sql(place, 'SELECT count(*) FROM job'), '0');
    assert.equal((await runShell(t, place, 'true')).status, 0);
    assert.equal(job(place, 'state, exit_code, error', 2), 'failed|5|exit status 5');
    assert.deepEqual(lines(place, 2).sort(), ['one', 'two']);
    assert.deepEqual(spools(place), []);
  });

  it('told to stop while it waits for the database: it leaves at once', async (t) => {
    const place = scratch(t);
    const other = shell(t, place);
    await other.run('BEGIN IMMEDIATE;');
    const it = startShell(t, place, 'echo one');
    await until('the command has ended', () => it.out().includes('one'));
    const begun = Date.now();
    await until('it waits', () => existsSync(spoolDir(place)));
    const asks = setInterval(() => it.child.kill('SIGTERM'), 500); // the first may come too early
    const { status, stderr } = await it.ended;
    clearInterval(asks);
    assert.equal(status, 0);
    assert.ok(Date.now() - begun < PATIENCE_MS);
    theSpool(place);
    assert.match(stderr, /is kept in \S+\.spool/);
  });

  it('missing, and made later', async (t) => {
    const place = scratch(t, { init: false });
    const { status, stderr } = await runShell(t, place, 'echo one; exit 3');
    assert.equal(status, 3);
    assertLeft(place, stderr, /x\.db does not exist: make it with: tailrow --db \S+ init/);
    const file = theSpool(place);
    const refused = run(place, ['replay'], { env: ownState(place) });
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /does not exist/);
    done(place, ['init']);
    done(place, ['--db', 'other.db', 'replay'], { env: ownState(place) }); // has none
    assert.equal(theSpool(place), file);
    done(place, ['--db', 'x.db', 'replay'], { env: ownState(place) });
    assert.equal(job(place, 'state, exit_code'), 'failed|3');
    assert.deepEqual(lines(place), ['one']);
    assert.deepEqual(spools(place), []);
    const again = run(place, ['replay', file], { env: ownState(place) });
    assert.equal(again.status, 1);
    assert.match(again.stderr, /^tailrow: \S+\.spool: No such file or directory\n$/);
  });

  it('made later, by an owner who does not take every line', async (t) => {
    const place = scratch(t, { init: false });
    await runShell(t, place, 'echo good; echo bad; echo bad');
    done(place, ['init']);
    sql(place, "CREATE TRIGGER t BEFORE INSERT ON log WHEN NEW.message = 'bad' BEGIN SELECT RAISE(ABORT, 'that is bad'); END");
    const { status, stderr } = run(place, ['replay'], { env: ownState(place) });
    assert.deepEqual([status, stderr], [0, 'tailrow: 2 lines were refused by the database: that is bad\n']);
    assert.deepEqual(lines(place), ['good']);
    assert.deepEqual(spools(place), []);
  });

  it('missing, and made while the command runs', async (t) => {
    const place = scratch(t, { init: false });
    const it = startShell(t, place, 'echo one; read go; echo "two $TAILROW_JOB"', [], { stdio: ['pipe', 'pipe', 'pipe'] });
    await until('it runs', () => it.out().includes('one'));
    done(place, ['init']);
    it.child.stdin.end('go\n');
    assert.equal((await it.ended).status, 0);
    assert.deepEqual(lines(place), ['one', 'two ']);
  });

  it('deleted while the command runs, and never made again', async (t) => {
    const place = scratch(t);
    const it = startShell(t, place, 'echo one; read go; echo two; echo three; exit 6', [], { stdio: ['pipe', 'pipe', 'pipe'] });
    await until('the first line', () => lines(place)[0] === 'one');
    for (const suffix of ['', '-wal', '-shm']) rmSync(place.db + suffix, { force: true });
    it.child.stdin.end('go\n');
    const { status, stderr } = await it.ended;
    assert.equal(status, 6);
    assertLeft(place, stderr, /x\.db does not exist/);
    assert.ok(!existsSync(place.db));
    done(place, ['init']);
    replay(place);
    assert.deepEqual(lines(place).slice(1), ['two', 'three']);
    assert.match(lines(place)[0], /the lines before this one are not in this database/);
    assert.equal(job(place, 'state, exit_code'), 'failed|6');
  });

  it('replaced while the command runs: the job goes on in the new one', async (t) => {
    const place = scratch(t);
    const it = startShell(t, place, 'echo one; read go; echo two', [], { stdio: ['pipe', 'pipe', 'pipe'] });
    await until('the first line', () => lines(place)[0] === 'one');
    const fresh = { ...place, db: join(place.dir, 'fresh.db') };
    done(fresh, ['init']);
    for (let n = 0; n < 5; n++) done(fresh, ['start', 'another']);
    for (const suffix of ['-wal', '-shm']) rmSync(place.db + suffix, { force: true });
    renameSync(fresh.db, place.db);
    it.child.stdin.end('go\n');
    assert.equal((await it.ended).status, 0);
    assert.equal(job(place, 'name, state', 6), 'sh|succeeded');
    assert.equal(lines(place, 6).at(-1), 'two');
    assert.equal(sql(place, "SELECT count(*) FROM job WHERE state = 'running'"), '5');
    assert.equal(sql(place, 'PRAGMA integrity_check'), 'ok');
  });

  it('another program’s database', async (t) => {
    const place = scratch(t, { init: false });
    sql(place, 'CREATE TABLE t (x)');
    const { status, stderr } = await runShell(t, place, 'echo one; exit 3');
    assert.equal(status, 3);
    assertLeft(place, stderr, /is another program's database/);
    assert.equal(sql(place, 'SELECT count(*) FROM sqlite_master'), '1');
    const good = { ...place, db: join(place.dir, 'good.db') };
    done(good, ['init']);
    done(place, ['--db', 'good.db', 'replay', theSpool(place)], { env: ownState(place) });
    assert.deepEqual(lines(good), ['one']);
  });

  it('read-only', async (t) => {
    const place = scratch(t);
    chmodSync(place.dir, 0o555);
    chmodSync(place.db, 0o444);
    const state = scratch(t, { init: false }); // which the user may write
    if (process.getuid() === 0) chownSync(state.dir, 65534, 65534);
    const env = { ...ownState(place), HOME: state.dir, XDG_STATE_HOME: join(state.dir, 'state') };
    const drop = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
    const { stdout: output } = await promisify(execFile)('sh', ['-c',
      `${drop.join(' ')} "$0" run -- sh -c 'echo one; exit 3' 2>&1; echo "status $?"`, binary], { env, cwd: '/' });
    assert.match(output, /^one\n(?:.*\n)*tailrow: this user may not write \S+x\.db: give its group write permission[^\n]*is kept in (\S+\.spool): [^\n]*\nstatus 3\n$/);
    const [, file] = output.match(/is kept in (\S+\.spool): the next/);
    assert.ok(file.startsWith(state.dir), file);
    chmodSync(place.db, 0o644);
    chmodSync(place.dir, 0o755);
    if (process.getuid() === 0) { // root plays nobody's spool only as nobody
      const refused = run(place, ['replay', file]);
      assert.match(refused.stderr, /is no spool of this user/);
      chownSync(place.dir, 65534, 65534);
      chownSync(place.db, 65534, 65534);
    }
    execFileSync(drop[0], [...drop.slice(1), binary, 'replay'], { env, cwd: '/' });
    assert.deepEqual(lines(place), ['one']);
    assert.equal(job(place, 'state, exit_code'), 'failed|3');
  });

  it('a full disk', { skip: process.getuid() !== 0 && 'needs root, to mount a small tmpfs' }, async (t) => {
    const place = scratch(t, { init: false });
    const disk = join(place.dir, 'disk');
    execFileSync('sh', ['-c', 'mkdir "$0" && mount -t tmpfs -o size=1m tailrow-test "$0"', disk]);
    try {
      place.db = join(disk, 'x.db');
      done(place, ['init']);
      const it = startShell(t, place, 'seq 1 30000; read go; echo last; exit 3', [], { stdio: ['pipe', 'pipe', 'pipe'] });
      await until('the sentence', () => it.err().includes('\n'));
      assert.match(it.err(), /^tailrow: the disk of \S+x\.db is full: make room; until then, what the job prints is kept in \S+\.spool\n$/);
      it.child.stdin.end('go\n');
      const { status, stderr } = await it.ended;
      assert.equal(status, 3);
      assertLeft(place, stderr, /is full: make room/);
      const before = lines(place).length;
      assert.ok(before < 30000);
      execFileSync('mount', ['-o', 'remount,size=64m', disk]);
      replay(place);
      assert.deepEqual(lines(place), [...Array.from({ length: 30000 }, (_, i) => String(i + 1)), 'last']);
      assert.equal(job(place, 'state, exit_code'), 'failed|3');
    } finally {
      execFileSync('umount', ['-l', disk]);
    }
  });
});
