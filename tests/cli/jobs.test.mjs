// jobs.test.mjs: the arguments, the settings, a job's life, and what can be wrong.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary, done, environment, fails, run, scratch, shell, sql } from './lib.mjs';

test('help, version and usage', (t) => {
  const place = scratch(t, { init: false });
  const help = done(place, ['help']);
  assert.equal(done(place, ['--help']), help);
  for (const name of ['init', 'run', 'replay', 'start', 'progress', 'log', 'finish', 'list', 'show', 'tail', 'prune', 'help']) {
    assert.match(help, new RegExp(`^  ${name} `, 'm'));
    assert.match(done(place, ['help', name]), new RegExp(`^usage: tailrow \\[--db FILE\\] ${name} `));
    assert.equal(done(place, [name, '--help']), done(place, ['help', name]));
  }
  assert.match(done(place, ['--version']), /^tailrow \d+\.\d+\.\d+ \(SQLite 3\.\d+\.\d+\)\n$/);
  const bare = run(place, []);
  assert.deepEqual(bare, { status: 2, stdout: '', stderr: help });
});

test('wrong usage is one sentence and status 2', (t) => {
  const place = scratch(t);
  done(place, ['start', 'job 1']);
  for (const [args, words] of [
    [['nope'], /no command is called 'nope'/],
    [['help', 'nope'], /no command is called 'nope'/],
    [['--nope', 'list'], /unrecognized option '--nope'/],
    [['--db'], /requires an argument/],
    [['--db', '', 'list'], /db is empty/],
    [['init', 'a', 'b'], /init takes one FILE/],
    [['init', '--renewed'], /unrecognized/],
    [['start'], /start takes one NAME/],
    [['start', 'a', 'b'], /start takes one NAME/],
    [['start', '-x'], /invalid option -- 'x'/],
    [['progress'], /progress takes/],
    [['progress', '1'], /no job is named: give its ID, or set TAILROW_JOB/],
    [['progress', '1', '2', '3', '4'], /progress takes/],
    [['progress', 'one', '2'], /a job's id is a number, not 'one'/],
    [['progress', '1x', '2'], /a job's id is a number/],
    [['progress', '1', '101'], /PERCENT is a number from 0 to 100, not '101'/],
    [['progress', '1', '--', '-1'], /PERCENT is a number/],
    [['progress', '1', 'nan'], /PERCENT is a number/],
    [['progress', '1', '5x'], /PERCENT is a number/],
    [['progress', '1', ''], /PERCENT is a number/],
    [['log', 'two', 'words'], /log takes one MESSAGE/],
    [['log', '--job', 'x', 'm'], /a job's id is a number/],
    [['log', '--level', 'loud', 'm'], /'loud' is no level: use debug, info, warn or error/],
    [['log', '--level', 'loud'], /'loud' is no level/], // from an empty standard input too
    [['log', '--event', 'open', 'm'], /'open' cannot be an event's name/],
    [['log', '--event', 'a b', 'm'], /'a b' cannot be an event's name: use 1 to 64 of/],
    [['log', 'm', '--what'], /unrecognized option '--what'/],
    [['finish'], /no job is named: give its ID, or set TAILROW_JOB/],
    [['start', '--owner'], /requires an argument/],
    [['finish', '1', '2'], /finish takes one ID/],
    [['finish', '1', '--error', 'x'], /--error goes with --failed/],
    [['list', 'x'], /list takes no arguments/],
    [['show'], /no job is named/],
    [['show', '1', '2'], /show takes one ID/],
    [['show', '1', '-n', '1001'], /-n takes a number from 0 to 1000/],
    [['tail', 'x'], /tail takes no arguments/],
    [['tail', '-n', '-1'], /-n takes a number from 0 to 1000000/],
    [['tail', '--job', 'x'], /a job's id is a number/],
    [['list', '--json=1'], /doesn't allow an argument/],
  ]) fails(place, args, 2, words);
  assert.equal(sql(place, 'SELECT count(*) FROM log'), '1');
});

test('the database: flag over environment over file, and none', (t) => {
  const place = scratch(t, { init: false });
  const named = (name) => join(place.dir, name);
  writeFileSync(named('conf'), `# comment\ndb = ${named('file.db')}\n`);
  const env = { TAILROW_CONFIG: named('conf'), TAILROW_DB: '' };
  done(place, ['init'], { env });
  assert.ok(existsSync(named('file.db')));
  done(place, ['init'], { env: { ...env, TAILROW_DB: named('env.db') } });
  assert.ok(existsSync(named('env.db')));
  done(place, ['--db', named('flag.db'), 'init'], { env: { ...env, TAILROW_DB: named('env2.db') } });
  assert.ok(existsSync(named('flag.db')));
  done(place, ['--db', named('flag2.db'), 'init', 'argument.db'], { env });
  assert.ok(existsSync(named('argument.db')));
  assert.ok(!existsSync(named('env2.db')) && !existsSync(named('flag2.db')));

  fails(place, ['list'], 2, /no database is named: use --db FILE, or set TAILROW_DB/, { env: { TAILROW_DB: '' } });
  fails(place, ['list'], 1, /none.conf, which TAILROW_CONFIG names/, { env: { TAILROW_CONFIG: 'none.conf' } });
  writeFileSync(named('bad.conf'), 'db\n');
  fails(place, ['--db', 'x.db', 'list'], 1, /bad.conf line 1: expected key = value/, { env: { TAILROW_CONFIG: 'bad.conf' } });
  done(place, ['help'], { env: { TAILROW_CONFIG: 'none.conf' } });
});

test('init makes the database once, and renews its epoch', (t) => {
  const place = scratch(t);
  const epoch = () => sql(place, "SELECT value FROM meta WHERE key = 'epoch'");
  const first = epoch();
  assert.match(first, /^[0-9a-f]{16}$/);
  assert.equal(sql(place, 'PRAGMA journal_mode'), 'wal');
  assert.equal(done(place, ['init']), '');
  assert.equal(epoch(), first);
  assert.equal(done(place, ['init', '--renew-epoch']), '');
  assert.match(epoch(), /^[0-9a-f]{16}$/);
  assert.notEqual(epoch(), first);
  const second = epoch();
  done(place, ['init', '--renew-epoch', place.db], { env: { TAILROW_DB: 'another.db' } });
  assert.notEqual(epoch(), second);
});

test('a job from start to end', (t) => {
  const place = scratch(t);
  assert.equal(done(place, ['start', "it's; DROP TABLE job; --"]), '1\n');
  assert.equal(done(place, ['start', '--', '-dash']), '2\n');
  done(place, ['progress', '1', '45.5', 'Syncing']);
  done(place, ['progress', '1', '50']);
  assert.equal(sql(place, 'SELECT name, state, progress, step, started_at IS NULL, finished_at IS NULL FROM job'),
    "it's; DROP TABLE job; --|running|50|Syncing|0|1\n-dash|running|||0|1");
  done(place, ['finish', '1', '--url', 'http://x/']);
  done(place, ['finish', '--failed', '--error', 'no route', '2']);
  assert.equal(sql(place, 'SELECT state, url, error, finished_at IS NULL FROM job'),
    'succeeded|http://x/||0\nfailed||no route|0');
  assert.equal(sql(place, 'SELECT group_concat(event) FROM log WHERE job_id = 1'),
    'status-update,status-update,status-update,completion');
});

test('a job tells who began it, and where', (t) => {
  const place = scratch(t);
  done(place, ['start', 'a']);
  done(place, ['start', '--owner', 'ann', 'b']);
  const user = userInfo().username;
  assert.equal(sql(place, 'SELECT owner, host, cwd FROM job'), `${user}|${hostname()}|${place.dir}\nann|${hostname()}|${place.dir}`);
  done(place, ['start', 'c'], { cwd: '/' });
  assert.equal(sql(place, 'SELECT cwd FROM job WHERE id = 3'), '/');
});

test('the job in TAILROW_JOB', (t) => {
  const place = scratch(t);
  for (const name of ['a', 'b', 'c']) done(place, ['start', name]);
  const env = { TAILROW_JOB: '2' };
  done(place, ['progress', '45'], { env });
  done(place, ['progress', '46', 'Syncing'], { env });
  assert.equal(sql(place, 'SELECT id, progress, step FROM job WHERE progress'), '2|46|Syncing');
  done(place, ['progress', '1', '50'], { env });
  done(place, ['progress', '1', '51', '52'], { env });
  assert.equal(sql(place, 'SELECT id, progress, step FROM job WHERE progress'), '1|51|52\n2|46|Syncing');
  done(place, ['log', 'of two'], { env });
  done(place, ['log', '--job', '3', 'of three'], { env });
  done(place, ['log', 'of none'], { env: { TAILROW_JOB: '' } });
  assert.equal(sql(place, "SELECT job_id, message FROM log WHERE event = 'log'"), '2|of two\n3|of three\n|of none');
  done(place, ['finish', '--failed', '--error', 'no'], { env });
  done(place, ['finish', '3'], { env });
  assert.equal(sql(place, 'SELECT id, state FROM job ORDER BY id'), '1|running\n2|failed\n3|succeeded');
  for (const args of [['progress', '5'], ['progress', '5', 'x'], ['log', 'x'], ['finish']]) {
    fails(place, args, 2, /TAILROW_JOB is no job's id: '2x'/, { env: { TAILROW_JOB: '2x' } });
    fails(place, args, 1, /no job 9 in /, { env: { TAILROW_JOB: '9' } });
  }
});

test('an unknown job is a failure that names it and the file', (t) => {
  const place = scratch(t);
  const words = new RegExp(`no job 42 in ${place.db}\n$`);
  fails(place, ['progress', '42', '5'], 1, words);
  fails(place, ['finish', '42'], 1, words);
  fails(place, ['show', '42'], 1, words);
  fails(place, ['tail', '--job', '42'], 1, words);
  fails(place, ['log', '--job', '42', 'm'], 1, words);
  fails(place, ['log', '--job', '42'], 1, words, { input: 'line\n' });
  fails(place, ['log', '--job', '42'], 1, words); // nothing on standard input
  assert.equal(sql(place, 'SELECT count(*) FROM log'), '0');
});

test('a file that is no database of ours', (t) => {
  const place = scratch(t, { init: false });
  const all = [['start', 'x'], ['progress', '1', '5'], ['log', 'm'], ['finish', '1'], ['list'], ['show', '1'],
    ['tail'], ['prune', '--days', '1'], ['init', '--renew-epoch']];
  const each = (words) => { for (const args of all) fails(place, args, 1, words); };
  each(/x\.db does not exist: make it with: tailrow --db \S+ init/);
  assert.ok(!existsSync(place.db));
  mkdirSync(place.db);
  each(/x\.db is a directory/);
  fails(place, ['init'], 1, /is a directory/);
  place.db = join(place.dir, 'y.db');
  writeFileSync(place.db, '');
  each(/y\.db is empty: make its tables with: tailrow --db \S+ init/);
  writeFileSync(place.db, Buffer.alloc(5000, 'noise \x01'));
  each(/y\.db is not an SQLite database/);
  fails(place, ['init'], 1, /is not an SQLite database/);
  place.db = join(place.dir, 'z.db');
  sql(place, 'CREATE TABLE t (x)');
  each(/z\.db is another program's database/);
  fails(place, ['init'], 1, /another program's database/);
  place.db = join(place.dir, 'new.db');
  done(place, ['init']);
  sql(place, "UPDATE meta SET value = '2' WHERE key = 'schema_version'");
  each(/has schema version 2 and this tailrow knows version 1/);
  fails(place, ['init', join(place.dir, 'no', 'x.db')], 1, /directory does not exist/);
});

/** As run(), by a user who owns nothing here. */
function runAsNobody(place, args) {
  const drop = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : ['env'];
  const result = spawnSync(drop[0], [...drop.slice(1), binary, ...args],
    { cwd: place.dir, env: environment(place), encoding: 'utf8', timeout: 20000 });
  return { status: result.status, stdout: result.stdout, stderr: result.stderr };
}

test('a user without permission', async (t) => {
  const place = scratch(t);
  chmodSync(place.dir, 0o555);
  chmodSync(place.db, 0o444);
  const refused = (args, words) => {
    const { status, stderr } = runAsNobody(place, args);
    assert.equal(status, 1, stderr);
    assert.match(stderr, /^tailrow: [^\n]+\n$/);
    assert.match(stderr, words);
  };
  refused(['log', 'm'], /this user may not write \S+x\.db: give its group write permission/);
  refused(['list'], /cannot write in the directory of \S+x\.db/);
  chmodSync(place.db, 0o000);
  refused(['list'], /this user may not open \S+x\.db/);
  chmodSync(place.dir, 0o755);
  chmodSync(place.db, 0o644);
  const keeper = shell(t, place); // with -wal and -shm there, reading needs no more
  await keeper.run('PRAGMA journal_mode; SELECT * FROM meta;');
  assert.equal(runAsNobody(place, ['list']).status, 0);
});

test('a locked database is waited for', async (t) => {
  const place = scratch(t);
  const other = shell(t, place);
  await other.run("BEGIN IMMEDIATE; INSERT INTO log (message) VALUES ('first');");
  const child = spawn(binary, ['log', 'second'], { env: environment(place), stdio: 'inherit' });
  const ended = once(child, 'exit');
  await sleep(300); // long enough to fail, if it did not wait
  assert.equal(child.exitCode, null);
  await other.run('COMMIT;');
  assert.deepEqual(await ended, [0, null]);
  assert.equal(sql(place, 'SELECT group_concat(message) FROM log'), 'first,second');
});

test('the output cannot be written', (t) => {
  const place = scratch(t);
  const sh = (script) => spawnSync('sh', ['-c', script, binary], { env: environment(place), encoding: 'utf8' });
  for (const command of ['start x', 'list', 'list --json', 'help', '--version']) {
    const { status, stderr } = sh(`"$0" ${command} > /dev/full`);
    assert.deepEqual([status, stderr], [1, 'tailrow: the output could not be written: No space left on device\n']);
  }
  // A reader that has seen enough is no failure, whatever SIGPIPE does.
  for (const trap of ['', "trap '' PIPE;"]) {
    const { stderr } = sh(`${trap} { sleep 0.05; "$0" list; } | true`);
    assert.equal(stderr, '');
  }
  const ignored = sh(`trap '' PIPE; { sleep 0.05; "$0" list; echo "status $?" >&2; } | true`);
  assert.equal(ignored.stderr, 'status 0\n');
});

test('an ESC in a file name does not reach the terminal', (t) => {
  const place = scratch(t);
  fails(place, ['--db', 'a\x1b[31m.db', 'list'], 1, /^tailrow: a\?\[31m\.db does not exist/);
});
