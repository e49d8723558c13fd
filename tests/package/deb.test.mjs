// deb.test.mjs: the Debian package as `make deb` builds it: lintian, contents, units.
//
// - What it does when it is installed is shown by proof.test.mjs.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build, tailrow } from '../e2e/lib/paths.mjs';
import { attempt, run } from './lib.mjs';

const built = join(build, 'deb');
const find = (pattern) => join(built, readdirSync(built).find((name) => pattern.test(name)));

describe('the Debian package', () => {
  let deb, dir;

  before(() => {
    run('make', ['-s', 'deb'], { env: { ...process.env, DEB_BUILD_OPTIONS: 'nocheck' } });
    deb = find(/^tailrow_.*\.deb$/);
    dir = mkdtempSync(join(tmpdir(), 'tailrow-deb-'));
    run('dpkg-deb', ['-x', deb, dir]);
  });
  after(() => rmSync(dir, { recursive: true }));

  it('is fine by lintian, hints included', () => {
    const { stdout } = attempt('lintian', ['--allow-root', '--info', '--display-info', '--pedantic', find(/\.changes$/)]);
    assert.equal(stdout, '');
  });

  it('has the version that the program says', () => {
    assert.equal(run('dpkg-deb', ['-f', deb, 'Version']).trim(), /tailrow (\S+)/.exec(run(tailrow, ['--version']))[1]);
  });

  it('puts everything in its place', () => {
    const listed = run('dpkg-deb', ['-c', deb]).trim().split('\n').map((line) =>
      /^(\S+) (\S+) .* \.(\/\S*)(?: -> (\S+))?$/.exec(line).slice(1));
    const modes = new Map(listed.map(([mode, , path]) => [path, mode]));
    for (const [path, mode] of Object.entries({
      '/etc/tailrow.conf': '-rw-r--r--',
      '/etc/apache2/conf-available/tailrow.conf': '-rw-r--r--',
      '/etc/lighttpd/conf-available/50-tailrow.conf': '-rw-r--r--',
      '/lib/systemd/system/tailrow.service': '-rw-r--r--',
      '/lib/systemd/system/tailrow.socket': '-rw-r--r--',
      '/usr/bin/tailrow': '-rwxr-xr-x',
      '/usr/lib/cgi-bin/tailrow.cgi': 'lrwxrwxrwx',
      '/usr/lib/tailrow/tailrow.fcgi': '-rwxr-xr-x',
      '/usr/lib/tmpfiles.d/tailrow.conf': '-rw-r--r--',
      '/usr/share/bash-completion/completions/tailrow': '-rw-r--r--',
      '/usr/share/man/man1/tailrow.1.gz': '-rw-r--r--',
      '/usr/share/man/man5/tailrow.conf.5.gz': '-rw-r--r--',
      '/usr/share/man/man8/tailrow.fcgi.8.gz': '-rw-r--r--',
      '/usr/share/tailrow/www/index.html': '-rw-r--r--',
    })) assert.equal(modes.get(path), mode, path);
    assert.deepEqual(listed.filter(([, owner]) => owner !== 'root/root'), []);
    assert.deepEqual([...modes.keys()].filter((path) => /^\/(var|run|usr\/local)\b/.test(path)), []);
  });

  it('leaves its settings to the administrator', () => {
    assert.deepEqual(run('dpkg-deb', ['-I', deb, 'conffiles']).trim().split('\n').sort(), [
      '/etc/apache2/conf-available/tailrow.conf',
      '/etc/lighttpd/conf-available/50-tailrow.conf',
      '/etc/tailrow.conf',
    ]);
  });

  it('says of itself what systemd understands, and keeps the responder in a sandbox', () => {
    const units = join(dir, 'lib/systemd/system');
    const service = join(dir, 'tailrow.service'); // of the program where it is now
    copyFileSync(join(units, 'tailrow.socket'), join(dir, 'tailrow.socket'));
    writeFileSync(service, readFileSync(join(units, 'tailrow.service'), 'utf8').replace('=/usr/lib/', `=${dir}/usr/lib/`));
    const verified = attempt('systemd-analyze', ['verify', '--man=no', service, join(dir, 'tailrow.socket')]);
    assert.deepEqual(verified, { ...verified, status: 0, stdout: '', stderr: '' });
    // 100 is no sandbox at all, and up to 10 systemd calls it safe.
    run('systemd-analyze', ['security', '--offline=true', '--threshold=10', service]);
  });
});
