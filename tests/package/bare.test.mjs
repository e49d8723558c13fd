// bare.test.mjs: the Debian package on a bare Debian: installed as the README says, with one
// command to enable it, upgraded, removed and purged.
//
// - Needs root and the network: `make proof-install`.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from '../e2e/lib/paths.mjs';
import { ask, Stream } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { run } from './lib.mjs';
import { BootedRoot, Root } from './root.mjs';

const DB = '/var/lib/tailrow/jobs.db';
const WAIT_MS = 20_000;

const built = join(build, 'deb');
const deb = join(built, readdirSync(built).find((name) => /^tailrow_.*\.deb$/.test(name)));

/** The same package with a later version. */
function upgrade(dir) {
  const tree = join(dir, 'tree');
  run('dpkg-deb', ['-R', deb, tree]);
  const control = readFileSync(join(tree, 'DEBIAN/control'), 'utf8');
  writeFileSync(join(tree, 'DEBIAN/control'), control.replace(/^Version: .*$/m, '$&+later'));
  run('dpkg-deb', ['-b', tree, join(dir, 'tailrow_later.deb')]);
  return join(dir, 'tailrow_later.deb');
}

/** The page answers, and the service finds its database. */
async function isLive(root) {
  const page = await until('the page answers', () => ask(root.page).catch(() => undefined), WAIT_MS);
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /<title>[^<]*tailrow/i);
  const health = await ask(`${root.api}/health`);
  assert.equal(health.status, 200, health.text);
  assert.equal(health.json.status, 'ok');
}

/** A row that a publisher inserts comes on a stream that is open. */
async function delivers(root, stream, name) {
  root.sh(`sqlite3 ${DB} "INSERT INTO job(name, state) VALUES('${name}', 'running')"`, 'deploy');
  await stream.frame(name, (f) => f.event === 'status-update' && f.json.name === name, WAIT_MS);
}

for (const [server, enable] of [['apache2', 'a2enconf tailrow'], ['lighttpd', 'lighty-enable-mod tailrow']])
  describe(`bare Debian with ${server}`, () => {
    const scratch = mkdtempSync(join(tmpdir(), 'tailrow-bare-'));
    let root, files, accounts, stream;

    before(async () => {
      root = new Root(server, 'sqlite3');
      await root.begin();
      await root.setPort(server);
      root.sh('useradd deploy; useradd stranger');
      files = root.files();
      accounts = root.accounts();
    });
    after(async () => {
      stream?.leave();
      root.try(`service ${server} stop`);
      await root.end();
      rmSync(scratch, { recursive: true });
    });

    it('apt install and one command: the page is live', async () => {
      root.install(deb);
      root.sh(enable);
      root.sh(`service ${server} start`);
      await isLive(root);
    });

    it("a publisher's row arrives on a held stream", async () => {
      root.sh('adduser --quiet deploy tailrow');
      stream = await Stream.open(`${root.api}/events`);
      await stream.event('snapshot');
      await delivers(root, stream, 'plain SQL');
      assert.equal(root.sh('tailrow start --owner ada by-command', 'deploy'), '2\n');
      await stream.frame('of the command', (f) => f.json?.name === 'by-command', WAIT_MS);
    });

    it('who is not in the group is told so', () => {
      const { status, stderr } = root.try('tailrow start x', 'stranger');
      assert.equal(status, 1);
      assert.match(stderr, /^tailrow: this user may not open \S+jobs\.db: [^\n]*group[^\n]*\n$/);
    });

    it('an upgrade leaves database, settings and streams alone', async () => {
      appendFileSync(join(root.dir, 'etc/tailrow.conf'), '# mine\n');
      const was = root.sh(`stat -c '%i %a %U %G' ${DB} /var/lib/tailrow`);
      root.install(upgrade(scratch));
      assert.match(root.sh('dpkg-query -W tailrow'), /\+later$/m);
      assert.equal(root.sh(`stat -c '%i %a %U %G' ${DB} /var/lib/tailrow`), was);
      assert.match(root.read('etc/tailrow.conf'), /^# mine$/m);
      await delivers(root, stream, 'after the upgrade');
      assert.ok(!stream.ended);
    });

    it('removed: the server goes on without the page', async () => {
      root.sh('apt-get -qq -y remove tailrow 2>&1');
      root.sh(`service ${server} restart`);
      const page = await until('the server answers', () => ask(root.page).catch(() => undefined), WAIT_MS);
      assert.equal(page.status, 404);
    });

    it('installed again and enabled: the rows are still there', async () => {
      root.install(deb);
      root.sh(enable);
      root.sh(`service ${server} restart`);
      await isLive(root);
      assert.match(root.sh('tailrow list', 'deploy'), /after the upgrade/);
    });

    it('purged: nothing is left but the database and those whom it belongs to', async () => {
      root.sh(`service ${server} stop`);
      root.sh('apt-get -qq -y purge --autoremove tailrow 2>&1');
      const now = root.files();
      const left = now.filter((line) => !files.includes(line))
        .filter((line) => !/^\/var\/lib\/apache2\/conf\/\w+ d/.test(line)); // where a2enconf keeps book
      assert.deepEqual(left.map((line) => line.replace(/ \d+$/, '')), [
        '/var/lib/tailrow d2770 tailrow:tailrow',
        `${DB} f664 tailrow:tailrow`,
      ]);
      assert.deepEqual(files.filter((line) => !now.includes(line)), []);
      assert.deepEqual(root.accounts().filter((line) => !accounts.includes(line)).map((line) => line.replace(/\d+/g, 'N')), [
        'tailrow:x:N:N::/var/lib/tailrow:/usr/sbin/nologin',
        'tailrow:x:N:www-data,deploy',
      ]);
    });
  });
