// permissions.test.mjs: who may read and write the database, tried by real users; what
// docs/permissions.md says.
//
// - Needs root, to be other users.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { CgiRun } from './lib/cgi.mjs';
import { responder, tailrow } from './lib/paths.mjs';
import { freshDirectory } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const GROUP = 64100;
const owner = { uid: 64101, gid: GROUP };
const member = { uid: 64102, gid: GROUP };
const stranger = { uid: 64103, gid: 64103 };

describe('permissions', { skip: process.getuid() !== 0 && 'only root can be other users' }, () => {
  let top, dir, db, count = 0;
  const programs = {};

  /** Programs where everybody can reach them. */
  before(() => {
    top = freshDirectory();
    chmodSync(top, 0o755);
    for (const [name, from] of Object.entries({ tailrow, responder })) {
      programs[name] = join(top, name);
      copyFileSync(from, programs[name]);
    }
  });
  after(() => rmSync(top, { recursive: true }));

  /** A directory of the owner's and the group's for each test. */
  beforeEach(() => {
    dir = join(top, `place-${count++}`);
    db = join(dir, 'jobs.db');
    mkdirSync(dir);
    chownSync(dir, owner.uid, GROUP);
  });

  const command = (user, ...words) =>
    ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', ...words];
  const env = { PATH: process.env.PATH, TAILROW_CONFIG: '/dev/null', HOME: '/' };

  /** The command line, as that user. */
  function run(user, ...args) {
    const [program, ...words] = command(user, programs.tailrow, '--db', db, ...args);
    const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8', env, cwd: '/' });
    return { status, stdout, stderr };
  }
  function succeeds(user, ...args) {
    const { status, stderr } = run(user, ...args);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, args.join(' '));
  }
  function fails(user, args, words) {
    const { status, stderr } = run(user, ...args);
    assert.equal(status, 1, args.join(' '));
    assert.match(stderr, /^tailrow: [^\n]+\n$/);
    assert.match(stderr, words);
  }

  /** The responder as CGI, as that user. */
  const serve = (user, query) => new CgiRun({ ...env, TAILROW_DB: db, QUERY_STRING: query }, command(user, programs.responder));

  /** Makes the database, with those modes. */
  function make(dirMode, fileMode) {
    chmodSync(dir, dirMode);
    succeeds(owner, 'init');
    if (fileMode) chmodSync(db, fileMode);
  }

  /** A publisher that stays connected. */
  function connect(t, user) {
    const [program, ...words] = command(user, 'sqlite3', db);
    const shell = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], env, cwd: '/' });
    let said = '';
    shell.stdout.on('data', (text) => { said += text; });
    t.after(() => shell.kill());
    return async (statement) => {
      said = '';
      shell.stdin.write(`${statement};\nSELECT 'done';\n`);
      await until(statement, () => said.includes('done'));
    };
  }

  it('a directory of mode 2770: the group reads and writes, strangers do neither', async () => {
    make(0o2770);
    assert.equal(statSync(db).mode & 0o777, 0o664);
    const stream = serve(member, '');
    await stream.event('snapshot');
    succeeds(owner, 'start', 'of the owner');
    succeeds(member, 'start', 'of a member');
    await stream.frame('of a member', (f) => f.json?.name === 'of a member');
    stream.child.kill();
    await stream.end();
    succeeds(owner, 'finish', '2');
    assert.deepEqual(readdirSync(dir), ['jobs.db']);
    fails(stranger, ['list'], /this user may not open .*jobs\.db: give its group permission/);
    fails(stranger, ['init'], /this user may not open/);
  });

  it('2750 and 0640: a member reads while somebody who may write is connected', async (t) => {
    make(0o2750, 0o640);
    const cure = /cannot write in the directory of .*jobs\.db, .*chmod 2770\), or keep a program connected that may write$/m;
    fails(member, ['list'], cure);
    const refused = await serve(member, '').end();
    assert.equal(refused.status, 503);
    assert.match(JSON.parse(refused.body).detail, cure);

    const publish = connect(t, owner);
    await publish("INSERT INTO job(name) VALUES('kept')");
    succeeds(member, 'list');
    const stream = serve(member, '');
    await stream.event('snapshot');
    await publish("INSERT INTO log(message) VALUES('seen by a reader')");
    await stream.frame('seen by a reader', (f) => f.json?.message === 'seen by a reader');
    stream.child.kill();
    await stream.end();
    fails(member, ['start', 'x'], /this user may not write .*jobs\.db: give its group write permission/);
  });

  it('2750 and a rollback journal: a member reads at any time', async () => {
    make(0o2750, 0o640);
    const [program, ...words] = command(owner, 'sqlite3', db, 'PRAGMA journal_mode = DELETE');
    assert.equal(spawnSync(program, words, { encoding: 'utf8' }).stdout, 'delete\n');
    succeeds(member, 'list');
    assert.equal((await serve(member, 'hold=0').end()).status, 200);
  });

  it('a file that the group may write in a directory that it may not is of no use', () => {
    make(0o2750, 0o660);
    fails(member, ['start', 'x'], /cannot write in the directory of .*chmod 2770/);
  });

  it('a directory that a reader may write in: it makes nothing there that keeps publishers out', async (t) => {
    make(0o2770, 0o640);
    const refused = await serve(member, 'hold=0').end();
    assert.equal(refused.status, 503);
    assert.match(JSON.parse(refused.body).detail, /may write beside jobs\.db but not the file: .* \(chmod 660\)/);
    fails(member, ['list'], /may write beside \S+jobs\.db but not the file/);
    assert.deepEqual(readdirSync(dir), ['jobs.db']);
    succeeds(owner, 'start', 'x');

    const publish = connect(t, owner);
    await publish("INSERT INTO job(name) VALUES('kept')");
    assert.equal((await serve(member, 'hold=0').end()).status, 200);
  });

  it('what another program of such a reader leaves there is named', () => {
    make(0o2770, 0o640);
    const [program, ...words] = command(member, 'sqlite3', '-readonly', db, 'SELECT count(*) FROM log');
    assert.equal(spawnSync(program, words, { encoding: 'utf8' }).stdout, '0\n');
    assert.ok(readdirSync(dir).includes('jobs.db-wal'));
    fails(owner, ['start', 'x'], /may not write the -wal and -shm beside .*another user's .*chmod 660/);
    for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o660);
    succeeds(owner, 'start', 'x');
  });

  it('a directory where no file can be made', () => {
    chmodSync(dir, 0o755);
    fails(stranger, ['init'], /jobs\.db cannot be made: .*may not write there/);
  });
});
