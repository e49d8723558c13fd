// bare.test.mjs: the Debian package on a bare Debian: installed as the README says, with one
// command to enable it, upgraded, removed and purged.
//
// - Needs root and the network: `make proof-install`.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
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
  await until('the service is well', async () => (await ask(`${root.api}/health`)).json?.status === 'ok', WAIT_MS);
}

/** A stream that has said what there is. */
async function openStream(root) {
  const stream = await Stream.open(`${root.api}/events`);
  await stream.event('snapshot', WAIT_MS);
  return stream;
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
      stream = await openStream(root);
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
      root.sh("echo '# mine' >> /etc/tailrow.conf");
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

describe('Debian with systemd', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'tailrow-bare-'));
  let root, stream;

  const property = (unit, name) => root.sh(`systemctl show --value -p ${name} ${unit}`).trim();

  before(async () => {
    root = new BootedRoot('systemd-sysv', 'apache2', 'lighttpd', 'sqlite3');
    await root.setPort('apache2');
    await root.begin();
    root.sh('systemctl stop lighttpd; useradd deploy');
  });
  after(async () => {
    stream?.leave();
    await root.end();
    rmSync(scratch, { recursive: true });
  });

  it('Apache asks the responder that systemd starts', async () => {
    root.install(deb);
    root.sh('a2enconf tailrow && systemctl reload apache2; adduser --quiet deploy tailrow');
    assert.deepEqual(['tailrow.socket', 'tailrow.service'].map((unit) => property(unit, 'ActiveState')), ['active', 'inactive']);
    await isLive(root);
    assert.equal(property('tailrow.service', 'ActiveState'), 'active');
    assert.equal(root.sh(`ps -o user= -p ${property('tailrow.service', 'MainPID')}`).trim(), 'tailrow');
    stream = await openStream(root);
    await delivers(root, stream, 'through the socket');
  });

  it('the web server needs no right on the database', async () => {
    root.sh('deluser --quiet www-data tailrow; systemctl restart apache2');
    assert.notEqual(root.try(`cat ${DB}`, 'www-data').status, 0);
    stream = await openStream(root);
    await delivers(root, stream, 'for one without rights');
  });

  it('an upgrade starts the responder again; the stream ends in order and another one goes on', async () => {
    const pid = property('tailrow.service', 'MainPID');
    root.install(upgrade(scratch));
    await stream.end(WAIT_MS);
    await isLive(root);
    assert.notEqual(property('tailrow.service', 'MainPID'), pid);
    stream = await Stream.open(`${root.api}/events`, { lastEventId: stream.lastEventId });
    await delivers(root, stream, 'after the upgrade');
    assert.ok(stream.frames[0].json.resumed);
    assert.equal(root.try('id -nG www-data').stdout, 'www-data\n'); // as the administrator had it
  });

  it('systemctl reload reads the settings', async () => {
    root.sh('sed -i "s/^max_streams = .*/max_streams = 7/" /etc/tailrow.conf; systemctl reload tailrow');
    await until('the new limit', async () => (await ask(`${root.api}/health`)).json?.maxStreams === 7, WAIT_MS);
    assert.equal(root.sh('journalctl -o cat _COMM=tailrow.fcgi'), '');
  });

  it('lighttpd starts one of its own, as a member of the group', async () => {
    stream.leave();
    root.sh('systemctl stop apache2; adduser --quiet www-data tailrow');
    await root.setPort('lighttpd');
    root.sh('lighty-enable-mod tailrow && systemctl restart lighttpd');
    await isLive(root);
    stream = await openStream(root);
    await delivers(root, stream, 'through lighttpd');
  });

  it('purged: the units are gone, and the database is there', async () => {
    root.sh('apt-get -qq -y purge --autoremove tailrow 2>&1');
    await until('no process is left', () => root.try('pgrep -x tailrow.fcgi').status === 1, WAIT_MS);
    assert.equal(root.sh('systemctl list-units --all --plain --no-legend "tailrow*"; find /run /etc /usr /lib /var/lib/systemd -name "tailrow*"'), '');
    assert.match(root.sh(`sqlite3 ${DB} "SELECT count(*) FROM job"`), /^[1-9]/);
    const page = await until('lighttpd answers', () => ask(root.page).catch(() => undefined), WAIT_MS);
    assert.equal(page.status, 404);
  });
});
