// publishers-placed.test.mjs: the examples that are put in some other program's place, each run as
// that program runs it.
//
// - Only the paths in them are others here.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { newPage, startChromium } from './lib/browser.mjs';
import { init, sql } from './lib/database.mjs';
import { build, root, tailrow } from './lib/paths.mjs';
import { closing, freePort, freshDirectory, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const examples = join(root, 'examples/publishers');

describe('in its place:', () => {
  let dir, db;
  const env = { PATH: `${build}:${process.env.PATH}`, LC_ALL: 'C' };
  const run = (program, args, options) => execFileSync(program, args, { encoding: 'utf8', env, ...options });

  /** The example's text, with our paths. */
  const text = (file) => readFileSync(join(examples, file), 'utf8')
    .replaceAll('/srv/jobs/jobs.db', db).replaceAll('/srv/www', join(dir, 'www'))
    .replaceAll('/usr/local/bin', join(dir, 'bin'));

  /** Writes it to `path` in our directory and returns where that is. */
  const place = (file, path) => write(path, text(file));

  /** Writes a file, executable, into our directory and returns where that is. */
  const write = (path, content) => {
    writeFileSync(join(dir, path), content, { mode: 0o755 });
    return join(dir, path);
  };

  const jobs = () => sql(db, "SELECT name, state, coalesce(error, '') FROM job ORDER BY id;");
  const lines = () => sql(db, "SELECT level, message FROM log WHERE event = 'log' ORDER BY id;");

  before(() => {
    dir = freshDirectory();
    db = join(dir, 'jobs.db');
    init(db);
    mkdirSync(join(dir, 'bin'));
    symlinkSync(tailrow, join(dir, 'bin/tailrow'));
  });
  after(() => rmSync(dir, { recursive: true }));

  it('the crontab', () => {
    write('bin/backup.sh', '#!/bin/sh\necho "copied in $PWD"\n');
    const lines = text('crontab').split('\n').filter((line) => line && !line.startsWith('#'));
    const settings = Object.fromEntries(lines.splice(0, 2).map((line) => line.split('=')));
    assert.equal(lines.length, 2);
    for (const line of lines) { // as cron does: five fields, and the rest is for the shell
      const [, command] = /^(?:[\d*/,-]+ +){5}(.*)$/.exec(line);
      assert.equal(run('/bin/sh', ['-c', command], { cwd: dir, env: settings }), /backup/.test(line) ? `copied in ${dir}\n` : '');
    }
    assert.equal(jobs(), 'backup.sh|succeeded|');
  });

  it('the git hook, with a real push', () => {
    sql(db, 'DELETE FROM job;');
    const git = (...args) => run('git', ['-C', join(dir, 'work'), '-c', 'user.name=Ann', '-c', 'user.email=ann@localhost', ...args],
      { stdio: 'pipe' });
    for (const path of ['www', 'work']) mkdirSync(join(dir, path));
    run('git', ['init', '-q', '--bare', join(dir, 'site.git')]);
    place('post-receive', 'site.git/hooks/post-receive');
    git('init', '-q', '-b', 'main');
    git('remote', 'add', 'server', join(dir, 'site.git'));
    const push = (script, message) => {
      write('work/build.sh', `#!/bin/sh\n${script}\n`);
      git('add', '.');
      git('commit', '-q', '-m', message);
      return spawnSync('git', ['-C', join(dir, 'work'), 'push', '-q', 'server', 'HEAD:main', 'HEAD:other'], { encoding: 'utf8', env });
    };
    const good = push('echo "built in $PWD"', "Ann's page");
    assert.equal(good.status, 0);
    assert.match(good.stderr, new RegExp(`^remote: built in ${dir}/www *$`, 'm'));
    const bad = push('echo "no compiler" >&2; exit 3', 'Break it');
    assert.match(bad.stderr, /^remote: no compiler *$/m);
    const commits = git('log', '--reverse', '--format=%h %s').trim().split('\n');
    assert.equal(sql(db, 'SELECT name, state, exit_code FROM job ORDER BY id;'),
      `deploy ${commits[0]}|succeeded|0\ndeploy ${commits[1]}|failed|3`);
    const said = lines();
    assert.ok(said.includes(`info|built in ${dir}/www`) && said.includes('no compiler'), said);
  });

  it('a systemd unit that tells of another one’s failure', () => {
    sql(db, 'DELETE FROM job; DELETE FROM log;');
    const path = place('tailrow-failed@.service', 'tailrow-failed@x.service');
    run('systemd-analyze', ['verify', '--man=no', path]);
    // As systemd does: joins the lines, puts in the instance, and makes $$ a dollar sign.
    const [, command] = /^ExecStart=([^]*?[^\\])\n/m.exec(text('tailrow-failed@.service'));
    const line = command.replace(/\\\n/g, ' ').replaceAll('%i', 'backup.service').replaceAll('$$', '$');
    // A journal is where systemd runs; here it says what it was asked for.
    write('bin/journalctl', '#!/bin/sh\necho "$@"\n');
    run('sh', ['-c', `exec ${line}`], { env: { PATH: `${dir}/bin:${env.PATH}`, TAILROW_DB: db,
      MONITOR_SERVICE_RESULT: 'exit-code', MONITOR_EXIT_STATUS: '3' } });
    assert.equal(jobs(), 'backup.service|failed|exit-code 3');
    assert.equal(lines(), 'info|--unit=backup.service --lines=50 --output=cat');
  });

  it('rsyslog’s warnings and errors', async () => {
    sql(db, 'DELETE FROM log;');
    const port = await freePort();
    writeFileSync(join(dir, 'rsyslogd.conf'), `global(workDirectory="${dir}")
      module(load="imtcp") input(type="imtcp" port="${port}" address="127.0.0.1")
      include(file="${place('rsyslog.conf', 'tailrow.conf')}")`);
    const rsyslogd = ['-n', '-f', join(dir, 'rsyslogd.conf'), '-i', join(dir, 'pid')];
    run('rsyslogd', [...rsyslogd.slice(1), '-N1'], { stdio: 'pipe' });
    const daemon = spawn('rsyslogd', rsyslogd, { stdio: 'inherit', env: { PATH: process.env.PATH } });
    const ended = once(daemon, 'exit');
    try {
      const log = (level, message) => run('logger', ['-T', '-n', '127.0.0.1', '-P', String(port), '-t', 'cron',
        '-p', `daemon.${level}`, message], { stdio: 'pipe' });
      await until('it listens', () => {
        try {
          log('debug', 'nobody wants this');
          return true;
        } catch {
          return false;
        }
      });
      log('notice', 'nor this');
      log('warning', 'the disk is slow');
      log('err', "it's gone");
      await until('both lines', () => lines().split('\n').length === 2);
      assert.deepEqual(lines().split('\n').sort(),
        [`error|${hostname()} cron: it's gone`, `warn|${hostname()} cron: the disk is slow`]);
    } finally {
      daemon.kill('SIGTERM');
      await ended;
    }
  });
});

describe('the widget of PHP', () => {
  let server, browser;
  before(async () => {
    server = await Server.start();
    browser = await startChromium();
  });
  after(() => browser?.close());

  it('shows the job in a page that exists already', async () => {
    sql(server.db, `INSERT INTO job(name, state) VALUES('other', 'queued'), ('import', 'running');
      INSERT INTO log(job_id, message) VALUES(2, 'row 1'), (1, 'not this one');`);
    const widget = execFileSync('php', ['-r', `require '${join(examples, 'widget.php')}'; echo tailrow_widget('2<b>');`],
      { encoding: 'utf8' });
    const page = await newPage(browser);
    await page.route('**/legacy.php', (route) => route.fulfill({ contentType: 'text/html',
      body: `<!DOCTYPE html><html><title>2012</title><body><table><tr><td>${widget}</table>` }));
    await page.goto(new URL('/legacy.php', server.page).href);
    await page.locator('tailrow-job .name', { hasText: 'import' }).waitFor();
    await page.locator('tailrow-log .l', { hasText: 'row 1' }).waitFor();
    sql(server.db, "UPDATE job SET state='failed', error='no price' WHERE id=2;");
    await page.locator('tailrow-job .error', { hasText: 'no price' }).waitFor();
    assert.equal(await page.locator('tailrow-log .l').count(), 1);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  closing(() => server);
});
