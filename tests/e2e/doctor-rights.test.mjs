// doctor-rights.test.mjs: `tailrow doctor` and users: whose rights it looks at, and that what it
// says of them is what happens.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { init } from './lib/database.mjs';
import { nobody } from './lib/daemon.mjs';
import { examine } from './lib/doctor.mjs';
import { tailrow } from './lib/paths.mjs';
import { closing, freshDirectory } from './lib/server.mjs';
import { setups } from './lib/setups.mjs';

const asRoot = { skip: nobody === undefined && 'only root is several users' };

describe('the doctor and the user who serves', () => {
  let server;
  before(async () => { server = await setups['lighttpd, FastCGI'](); });

  it('is the one of the responder that has the database open', asRoot, async () => {
    const { findings } = await examine(['--db', server.db, 'doctor', server.page]);
    assert.match(findings.find((f) => f.name === 'writes').what, /^nobody may/);
  });

  closing(() => server);
});

describe('the doctor and a user’s rights', asRoot, () => {
  const PUBLISHER = 5; // games
  let dir, db;
  beforeEach(() => {
    dir = freshDirectory();
    chmodSync(dir, 0o755);
    mkdirSync(join(dir, 'd'));
    db = join(dir, 'd/jobs.db');
    init(db);
    for (const path of [join(dir, 'd'), db]) chownSync(path, PUBLISHER, nobody);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const permit = (directory, file) => {
    chmodSync(join(dir, 'd'), directory);
    chmodSync(db, file);
  };
  const as = (uid, ...args) => spawnSync(tailrow, ['--db', db, ...args], { uid, gid: nobody, encoding: 'utf8' });
  /** What tailrow itself does not do there. */
  const readBySqlite = (uid) =>
    assert.equal(spawnSync('sqlite3', ['-readonly', db, 'SELECT count(*) FROM log'], { uid, gid: nobody }).status, 0);
  const judge = () => examine(['--db', db, 'doctor', '--web-user', 'nobody']);

  it('lets who may all read and publish', async () => {
    permit(0o2770, 0o660);
    assert.deepEqual((await judge()).problems, []);
    assert.equal(as(nobody, 'list').status, 0);
    assert.equal(as(PUBLISHER, 'start', 'x').status, 0);
  });

  it('says that who cannot write the directory cannot read', async () => {
    permit(0o2750, 0o640);
    assert.deepEqual((await judge()).problems, ['reads-only']);
    assert.equal(as(nobody, 'list').status, 1);
  });

  it('says that who makes a -shm of his own shuts the publishers out', async () => {
    permit(0o2770, 0o640);
    assert.deepEqual((await judge()).problems, ['shuts-out']);
    assert.equal(as(nobody, 'list').status, 1);
    readBySqlite(nobody);
    assert.equal(as(PUBLISHER, 'start', 'x').status, 1);
  });

  it('does not do so itself', async () => {
    permit(0o2770, 0o640);
    const { problems } = await examine(['--db', db, 'doctor', '--web-user', 'nobody'], {}, nobody);
    assert.deepEqual(problems, ['shuts-out']);
    assert.deepEqual(readdirSync(join(dir, 'd')), ['jobs.db']);
  });

  it('mends it by the lines that it prints', async () => {
    permit(0o2770, 0o640);
    readBySqlite(nobody);
    const { findings } = await examine(['--db', db, 'doctor', '--web-user', 'games']);
    assert.equal(findings[0].name, 'beside');
    assert.equal(spawnSync('sh', ['-ec', findings[0].lines.join('\n')]).status, 0);
    assert.equal(as(PUBLISHER, 'start', 'x').status, 0);
    for (const user of ['nobody', 'games']) {
      const { findings: [found] } = await examine(['--db', db, 'doctor', '--web-user', user]);
      if (found.level !== 'fine')
        assert.equal(spawnSync('sh', ['-ec', found.lines.join('\n')]).status, 0);
      assert.deepEqual((await examine(['--db', db, 'doctor', '--web-user', user])).problems, []);
    }
  });
});
