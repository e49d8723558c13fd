// owner.test.mjs: whose the files are: what another user, root among them, leaves behind.
//
// - As root, chown and setpriv tell whether the database's owner can go on; otherwise there is
//   only one user, and what is left is that no file stays behind.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { binary, done, environment, scratch, sql, until } from './lib.mjs';

const root = process.getuid() === 0;
const NOBODY = 65534;

/** A directory as an administrator makes it for a group, nobody's where we are root. */
function sharedDirectory(place) {
  chmodSync(place.dir, 0o755);
  place.dir = join(place.dir, 'shared');
  mkdirSync(place.dir);
  if (root) chownSync(place.dir, NOBODY, NOBODY);
  chmodSync(place.dir, 0o2770);
  place.db = join(place.dir, 'x.db');
}

test('init makes a file for those whom the directory is for', (t) => {
  const place = scratch(t, { init: false });
  sharedDirectory(place);
  done(place, ['init']);
  const { uid, gid, mode } = statSync(place.db);
  assert.equal(mode & 0o777, 0o664);
  assert.deepEqual([uid, gid], root ? [NOBODY, NOBODY] : [process.getuid(), statSync(place.dir).gid]);
  chmodSync(place.dir, 0o755);
  done(place, ['init', join(place.dir, 'own.db')]);
  assert.equal(statSync(join(place.dir, 'own.db')).mode & 0o777, 0o644);
});

test('every command takes the -wal and -shm away', (t) => {
  const place = scratch(t, { init: false });
  sharedDirectory(place);
  for (const args of [['init'], ['start', 'a'], ['progress', '1', '5'], ['log', 'x'], ['list'], ['tail'],
    ['finish', '1']]) {
    done(place, args);
    assert.deepEqual(readdirSync(place.dir), ['x.db'], args[0]);
  }
});

test('while root follows, the owner can write', { skip: !root }, async (t) => {
  const place = scratch(t, { init: false });
  sharedDirectory(place);
  done(place, ['init']);
  const child = spawn(binary, ['tail', '-f'], { env: environment(place), stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  let output = '';
  child.stdout.on('data', (text) => { output += text; });
  await until(() => existsSync(`${place.db}-wal`) && existsSync(`${place.db}-shm`), 'the files of the follower');
  for (const suffix of ['-wal', '-shm']) {
    const { uid, gid, mode } = statSync(place.db + suffix);
    assert.deepEqual([uid, gid, mode & 0o777], [NOBODY, NOBODY, 0o664], suffix);
  }
  const nobody = spawn('setpriv', [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', 'sqlite3', place.db,
    "INSERT INTO log(message) VALUES('from nobody')"], { stdio: 'inherit' });
  assert.deepEqual(await once(nobody, 'exit'), [0, null]);
  await until(() => output.includes('from nobody'), 'the line of the owner');
  assert.equal(sql(place, 'SELECT count(*) FROM log'), '1');
});
