// portable.test.mjs: the portable tarball on systems where nothing of ours is installed.
//
// - Needs root (chroot) and, the first time, the network.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CgiRun, runCgi } from '../e2e/lib/cgi.mjs';
import { freePort, freshDirectory } from '../e2e/lib/daemon.mjs';
import { sql } from '../e2e/lib/database.mjs';
import { root } from '../e2e/lib/paths.mjs';
import { handedOver, Stream } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';

const SITE = '/var/www/html/jobs';
const PRIVATE = '/home/user/tailrow';
const DB = `${PRIVATE}/jobs.db`;
const FRAME_LIMIT_MS = 1000;

/** The oldest C library that was found: of Ubuntu 14.04. */
const OLD_LIBC = 'http://archive.ubuntu.com/ubuntu/pool/main/e/eglibc/libc6_2.19-0ubuntu6_amd64.deb';
const OLD_LIBC_SHA256 = 'd82bcd1f16a43b1dc4fa35a738d87c5dd25d6a87f8e0a529b2c188e984866ded';

const run = (command, ...args) => execFileSync(command, args, { cwd: root, encoding: 'utf8' });

/** What to call to run a command with `system` as its root, and a /proc there. It ends with us. */
const inside = (system, ...command) => ['/usr/bin/unshare', '--mount', '--pid', '--fork', '--kill-child',
  `--root=${system}`, '--mount-proc', ...command];

/** The same, to its end. Gives what it printed. */
const runInside = (system, ...command) => run(...inside(system, ...command));

/** A Debian of that suite with those packages and no other. */
function debian(suite, ...packages) {
  const system = join(freshDirectory(), 'root');
  run('tests/package/root.sh', suite, system, ...packages);
  return system;
}

/** A system with a C library and nothing else at all. */
async function oldLibc() {
  const dir = freshDirectory();
  const deb = Buffer.from(await (await fetch(OLD_LIBC)).arrayBuffer());
  assert.equal(createHash('sha256').update(deb).digest('hex'), OLD_LIBC_SHA256);
  writeFileSync(join(dir, 'libc6.deb'), deb);
  run('dpkg-deb', '-x', join(dir, 'libc6.deb'), join(dir, 'root'));
  for (const name of ['proc', 'tmp']) mkdirSync(join(dir, 'root', name));
  return join(dir, 'root');
}

let packed; // what is in the tarball
before(() => {
  const said = run('make', '-s', 'portable');
  packed = freshDirectory();
  run('tar', '-C', packed, '--strip-components=1', '-xf', said.match(/^(\S+\.tar\.gz), for /m)[1]);
});
after(() => rmSync(packed, { recursive: true }));

it('the tarball asks for no newer C library than the documentation says', { skip: process.arch !== 'x64' }, () => {
  assert.match(readFileSync(join(packed, 'README.txt'), 'utf8'), /with glibc 2\.17 or later/);
});

/** Puts what is uploaded where README.txt says, and makes the database. */
function upload(system) {
  cpSync(join(packed, 'site'), join(system, SITE), { recursive: true });
  cpSync(join(packed, 'private'), join(system, PRIVATE), { recursive: true });
  const htaccess = join(system, SITE, '.htaccess');
  writeFileSync(htaccess, readFileSync(htaccess, 'utf8').replace('/home/USER/tailrow/jobs.db', DB));
  runInside(system, `${PRIVATE}/tailrow`, '--db', DB, 'init');
}

/** The tarball in a system that `make` gives; `more` tests it further. */
function runsOn(name, make, more) {
  describe(name, () => {
    let system;
    const publish = (...args) => runInside(system, `${PRIVATE}/tailrow`, '--db', DB, ...args);
    before(async () => {
      system = await make();
      upload(system);
    });
    after(() => rmSync(join(system, '..'), { recursive: true }));

    it('the command line publishes', () => {
      assert.equal(publish('start', 'hello'), '1\n');
      assert.match(publish('list'), /running .* hello/);
    });

    it('the CGI streams', async (t) => {
      const command = inside(system, `${SITE}/tailrow.cgi`);
      const { names } = await runCgi({ TAILROW_DB: DB, QUERY_STRING: 'hold=0' }, command);
      assert.deepEqual(names, ['hello', 'snapshot', 'ping']);
      const stream = new CgiRun({ TAILROW_DB: DB, QUERY_STRING: 'since=now' }, command);
      t.after(() => stream.child.kill('SIGKILL'));
      await stream.event('hello');
      publish('log', 'a line');
      await stream.frame('the line', (f) => f.json.message === 'a line', FRAME_LIMIT_MS);
    });

    more?.(() => system);
  });
}

/** The same as a user of a shared host has it: .htaccess, and the host's own Apache. */
function behindApache(getSystem) {
  describe('with Debian’s Apache, as shared hosts set it up', () => {
    let system, apache, page;
    before(async () => {
      system = getSystem();
      const port = await freePort();
      page = `http://127.0.0.1:${port}/jobs/`;
      writeFileSync(join(system, 'etc/apache2/ports.conf'), `Listen 127.0.0.1:${port}\n`);
      writeFileSync(join(system, 'etc/apache2/sites-enabled/000-default.conf'), `
        ServerName localhost
        DocumentRoot /var/www/html
        <Directory /var/www/html>
          AllowOverride FileInfo Options=ExecCGI
        </Directory>`);
      runInside(system, '/usr/sbin/a2enmod', '-q', 'cgid', 'rewrite', 'headers');
      runInside(system, '/bin/chown', '-R', 'www-data:www-data', PRIVATE);
      const [command, ...args] = inside(system, '/usr/sbin/apache2ctl', '-D', 'FOREGROUND');
      apache = spawn(command, args, { stdio: 'inherit' });
      await until('Apache answers', () => fetch(page).catch(() => undefined), 15_000);
    });
    after(() => apache.kill('SIGKILL'));

    it('has no library of ours from elsewhere', () => {
      const packages = runInside(system, '/usr/bin/dpkg-query', '-W', '-f', '${Package} ');
      assert.doesNotMatch(packages, /libcjson|libfcgi|tailrow/);
    });

    it('serves the page', async () => {
      assert.match(await (await fetch(page)).text(), /<meta name="?tailrow-api/);
    });

    it('streams frame by frame, and resumes', async () => {
      const stream = await Stream.open(`${page}api/events?since=now`);
      await stream.event('hello');
      sql(join(system, DB), "INSERT INTO log(message) VALUES('one');");
      await stream.frame('the row', (f) => f.json?.message === 'one', FRAME_LIMIT_MS);
      stream.leave();
      sql(join(system, DB), "INSERT INTO log(message) VALUES('two');");
      const rest = await handedOver(`${page}api/events?hold=0`, { lastEventId: stream.lastEventId });
      assert.deepEqual(rest.named('log').map((f) => f.json.message), ['two']);
    });
  });
}

runsOn('a bare Debian 12', () => debian('bookworm', 'apache2'), behindApache);
runsOn('a bare Debian 11', () => debian('bullseye'));
runsOn('glibc 2.19 and nothing else', oldLibc);
