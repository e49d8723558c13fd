// run_kills.test.mjs: kill -9 of the runner, of its writer, of both, and of the command.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { binary, done, scratch, shell, sql } from './lib.mjs';
import { job, lines, ownState, runShell, spools, startShell, until, withVariable, writerOf } from './runner.mjs';

const upTo = (count) => Array.from({ length: count }, (_, i) => String(i + 1));

/** What came out so far, whole lines only. */
const printed = (it) => it.out().split('\n').slice(0, -1);

/** Prints 1, 2, 3, … about every 5 ms. */
const COUNT = 'n=0; while :; do n=$((n + 1)); echo $n; sleep 0.005; done';

test('the command: its job fails with the signal', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, `echo $$; ${COUNT}`);
  await until('it prints', () => printed(it).length > 20);
  process.kill(Number(printed(it)[0]), 'SIGKILL');
  const { status } = await it.ended;
  assert.equal(status, 137);
  assert.equal(job(place, 'state, exit_code, signal, error'), 'failed|137|9|ended by signal 9 (Killed)');
  assert.deepEqual(lines(place), printed(it));
});

test('the runner: what was printed is in the log, the job failed, the command ended', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, COUNT, ['--key', 'k'], { env: { MARK: place.dir } });
  await until('it prints', () => printed(it).length > 50);
  it.child.kill('SIGKILL');
  const { signal, stderr } = await it.ended;
  assert.equal(signal, 'SIGKILL');
  await until('the job ends', () => job(place, 'state') === 'failed');
  assert.equal(job(place, 'error, exit_code IS NULL'), 'its runner was killed|1');
  assert.match(stderr, /^tailrow: the runner of sh was killed, so its job failed\n$/);
  const log = lines(place);
  assert.deepEqual(log, upTo(log.length));
  assert.ok(log.length >= printed(it).length, 'all that was seen');
  await until('nobody is left', () => withVariable(`MARK=${place.dir}`).length === 0);
  assert.deepEqual(spools(place), []);
  assert.equal((await runShell(t, place, 'true', ['--key', 'k'])).status, 0);
});

test('the runner, while the database is locked', async (t) => {
  const place = scratch(t);
  const other = shell(t, place);
  const it = startShell(t, place, COUNT);
  await until('it prints', () => printed(it).length > 20);
  await other.run('BEGIN IMMEDIATE;');
  const before = printed(it).length;
  await until('it prints on', () => printed(it).length > before + 50);
  it.child.kill('SIGKILL');
  await until('that is noticed', () => it.err().includes('was killed'));
  await other.run('COMMIT;');
  await it.ended;
  await until('the job ends', () => job(place, 'state') === 'failed');
  const log = lines(place);
  assert.deepEqual(log, upTo(log.length));
  assert.ok(log.length >= printed(it).length);
});

test('the runner, in a system without /proc', { skip: process.getuid() !== 0 && 'needs root, to hide it' }, async (t) => {
  const place = scratch(t);
  const script = 'mount --make-rprivate / && umount -l /proc && exec "$0" run sh -c "echo one; exec sleep 60"';
  const child = spawn('unshare', ['-m', 'sh', '-c', script, binary], { env: ownState(place, { MARK: place.dir }), stdio: 'ignore' });
  t.after(() => withVariable(`MARK=${place.dir}`).forEach((pid) => process.kill(pid, 'SIGKILL')));
  await until('it prints', () => lines(place)[0] === 'one');
  child.kill('SIGKILL');
  await until('the job ends', () => job(place, 'state, error') === 'failed|its runner was killed');
  await until('nobody is left', () => withVariable(`MARK=${place.dir}`).length === 0);
});

test('the writer, again and again: none lost, none twice', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'n=0; while [ $n -lt 600 ]; do n=$((n + 1)); echo $n; sleep 0.005; done');
  let kills = 0;
  while (it.child.exitCode === null && printed(it).length < 550) {
    const writer = writerOf(it.child);
    const before = printed(it).length;
    if (writer && before > 0) {
      process.kill(writer, 'SIGKILL');
      kills++;
    }
    await until('it goes on', () => printed(it).length > before + 37 || it.child.exitCode !== null);
  }
  const { status, stderr } = await it.ended;
  assert.deepEqual([status, stderr], [0, '']);
  assert.ok(kills > 3, `${kills} kills`);
  assert.deepEqual(lines(place), upTo(600));
  assert.equal(job(place, 'state'), 'succeeded');
  assert.equal(sql(place, 'SELECT count(*) FROM job'), '1');
});

test('runner and writer at once: the spool has what the database has not', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, COUNT, ['--key', 'k'], { env: { MARK: place.dir } });
  await until('it prints', () => printed(it).length > 50);
  const writer = writerOf(it.child);
  it.child.kill('SIGSTOP'); // so that it cannot start another writer between the two
  process.kill(writer, 'SIGKILL');
  it.child.kill('SIGKILL');
  await it.ended;
  assert.equal(job(place, 'state'), 'running');
  assert.equal(spools(place).length, 1);
  await until('nobody is left', () => withVariable(`MARK=${place.dir}`).length === 0);
  assert.equal((await runShell(t, place, 'true', ['--key', 'k'])).status, 0);
  assert.equal(job(place, 'state, error'), 'failed|its runner was killed');
  const log = lines(place);
  assert.deepEqual(log, upTo(log.length));
  assert.ok(log.length >= printed(it).length, `${log.length} of ${printed(it).length}`);
  assert.deepEqual(spools(place), []);
});

test('a job that ended before its spool was removed stays as it is', async (t) => {
  const place = scratch(t);
  const other = shell(t, place);
  await other.run('BEGIN IMMEDIATE;');
  const it = startShell(t, place, 'echo one; exit 3');
  const writer = await until('the writer', () => writerOf(it.child));
  await until('it prints', () => printed(it).length === 1);
  process.kill(it.child.pid, 'SIGTERM');
  assert.equal((await it.ended).status, 3);
  await until('the writer is gone', () => !withVariable(`XDG_STATE_HOME=${place.dir}/state`).includes(writer));
  await other.run('COMMIT;');
  for (let n = 0; n < 2; n++) done(place, ['replay'], { env: ownState(place) });
  assert.equal(job(place, 'state, exit_code'), 'failed|3');
  assert.deepEqual(lines(place), ['one']);
});
