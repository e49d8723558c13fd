// root.mjs: a bare Debian in a directory, with root's rights in it.
//
// - Runs in a PID and a mount namespace of its own (`make proof-install`), so that no process
//   and no mount outlives it.
// - The network is the machine's; the servers are told another port.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { freePort } from '../e2e/lib/server.mjs';
import { until } from '../e2e/lib/wait.mjs';
import { attempt, run } from './lib.mjs';

const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };

/** Where the ports are, and what they are in a server as Debian installs it. */
const PORTS = {
  apache2: [['etc/apache2/ports.conf', /^Listen 80$/m, 'Listen 127.0.0.1:'],
    ['etc/apache2/sites-available/000-default.conf', /\*:80/, '*:']],
  lighttpd: [['etc/lighttpd/lighttpd.conf', /^server\.port *= 80$/m, 'server.port = ']],
};

/** What changes by itself, or is compared by name. */
const NOT_COMPARED = ['/dev', '/proc', '/root', '/sys', '/tmp', '/run', '/var/cache', '/var/lib/apt',
  '/var/lib/dpkg', '/var/log', '/etc/passwd*', '/etc/group*', '/etc/shadow*', '/etc/gshadow*'];

export class Root {
  scratch = mkdtempSync(join(tmpdir(), 'tailrow-root-'));
  dir = join(this.scratch, 'root');

  /** @param {...string} packages what there is besides the bare system */
  constructor(...packages) {
    run('tests/package/root.sh', ['bookworm', this.dir, ...packages]);
    this.write('etc/resolv.conf', readFileSync('/etc/resolv.conf'));
  }

  /** To be called before anything is run inside. */
  async begin() {
    run('mount', ['-t', 'proc', 'proc', join(this.dir, 'proc')]);
    rmSync(join(this.dir, 'usr/sbin/policy-rc.d'));
  }

  async end() {
    run('umount', [join(this.dir, 'proc')]);
    rmSync(this.scratch, { recursive: true });
  }

  /** The command that runs another one inside. */
  get inside() {
    return ['chroot', this.dir];
  }

  /** Runs a shell script inside. Returns { status, stdout, stderr }. */
  try(script, user = 'root') {
    const [command, ...args] = [...this.inside, 'runuser', '-u', user, '--', 'sh', '-ec', script];
    return attempt(command, args, { cwd: '/', env: ENV });
  }

  /** The same where it must succeed; returns what it prints. */
  sh(script, user) {
    const { status, stdout, stderr } = this.try(script, user);
    assert.equal(status, 0, `${script}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Has the web server listen where this machine has room. */
  async setPort(server) {
    const port = await freePort();
    for (const [file, is, becomes] of PORTS[server]) {
      const text = this.read(file);
      assert.match(text, is);
      this.write(file, text.replace(is, becomes + port));
    }
    this.page = `http://127.0.0.1:${port}/tailrow/`;
    this.api = `${this.page}api`;
  }

  /** Installs a package from outside, as one that was downloaded. */
  install(deb) {
    copyFileSync(deb, join(this.dir, 'root', basename(deb)));
    return this.sh(`cd /root; apt-get -qq update; apt-get -qq -y install ./${basename(deb)} 2>&1`);
  }

  /** Every file, with what it is, whose, and how long. */
  files() {
    const skip = NOT_COMPARED.map((path) => `-path '${path}'`).join(' -o ');
    return this.sh(`find / -xdev \\( ${skip} \\) -prune -o -printf '%p %y%m %u:%g %s\\n'`).trim().split('\n')
      .map((line) => line.replace(/( d\d+ \S+) \d+$/, '$1')).sort();
  }

  /** The users and groups. */
  accounts() {
    return this.sh('cat /etc/passwd /etc/group').trim().split('\n');
  }

  /** Puts a new file in the place of what is there: a link might lead out of the root. */
  write(path, content) {
    rmSync(join(this.dir, path), { force: true });
    writeFileSync(join(this.dir, path), content, { flag: 'wx' });
  }

  read(path) {
    return readFileSync(join(this.dir, path), 'utf8');
  }
}

/** The same with systemd running in it. */
export class BootedRoot extends Root {
  #container;

  async begin() {
    rmSync(join(this.dir, 'usr/sbin/policy-rc.d'));
    this.#container = spawn('systemd-nspawn', ['--quiet', '--register=no', '--keep-unit', '--boot', `--directory=${this.dir}`],
      { stdio: ['ignore', 'ignore', 'inherit'] });
    await until('the container has a systemd', () => this.#leader, 20_000);
    await until('systemd is up', () => /running|degraded/.test(this.try('systemctl is-system-running').stdout), 60_000);
  }

  async end() {
    this.#container.kill('SIGTERM');
    await once(this.#container, 'exit');
    rmSync(this.scratch, { recursive: true });
  }

  /** The container's first process, once it is systemd. */
  get #leader() {
    return attempt('pgrep', ['-P', String(this.#container.pid), '-x', 'systemd']).stdout.trim();
  }

  get inside() {
    return ['nsenter', '--all', '--target', this.#leader, '--'];
  }
}
