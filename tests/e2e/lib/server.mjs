// server.mjs: a real lighttpd with the shipped configuration, in a directory of its own.
//
// - Every test file starts its own and ends with closing(), which checks what must hold
//   after any test: the server lives, its log says nothing unexpected, nothing is left.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync,
  writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { init } from './database.mjs';
import { build, root } from './paths.mjs';
import { responders } from './processes.mjs';
import { until } from './wait.mjs';

const ALWAYS_LOGGED = [/ server started /, / server stopped by /];

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** A fresh directory; the caller removes it. */
export const freshDirectory = () => mkdtempSync(join(tmpdir(), 'tailrow-test-'));

export class Server {
  #child;
  #how;
  #expected = [...ALWAYS_LOGGED];

  /**
   * @param {object} [options]
   * @param {string} [options.include] tailrow.conf or tailrow-cgi.conf
   * @param {(path: string) => void} [options.make] makes the database
   * @param {number} [options.uid] run as this user and group (the tests run as root then)
   * @param {string} [options.settings] the content of a settings file
   */
  static async start({ include = 'tailrow.conf', make = init, uid, settings } = {}) {
    const server = new Server();
    server.dir = freshDirectory();
    server.db = join(server.dir, 'jobs.db');
    server.port = await freePort();
    server.page = `http://127.0.0.1:${server.port}/tailrow/`;
    server.api = `${server.page}api`;
    server.socket = `${server.dir}/sock-0`; // lighttpd appends -0
    make(server.db);
    if (settings) writeFileSync(join(server.dir, 'tailrow.conf'), settings);
    if (uid !== undefined) {
      chownSync(server.dir, uid, uid);
      chmodSync(server.dir, 0o755);
    }
    server.#how = [include, uid, settings];
    server.#spawn(...server.#how);
    await server.#ready().catch((error) => {
      server.signal('SIGKILL');
      throw error;
    });
    return server;
  }

  #spawn(include, uid, settings) {
    const log = openSync(join(this.dir, 'error.log'), 'a');
    this.#child = spawn('lighttpd', ['-D', '-f', join(root, 'lighttpd-conf/server.conf')], {
      stdio: ['ignore', log, log],
      uid,
      gid: uid,
      env: {
        PATH: `${process.env.PATH}:/usr/sbin`,
        TAILROW_PORT: String(this.port),
        TAILROW_BUILD: build,
        TAILROW_WWW: join(root, 'www/'),
        TAILROW_DB: this.db,
        TAILROW_RUN: this.dir,
        TAILROW_INCLUDE: include,
        ...(settings && { TAILROW_CONFIG: join(this.dir, 'tailrow.conf') }),
      },
    });
    closeSync(log);
  }

  async #ready() {
    await until('lighttpd answers', async () => {
      assert.equal(this.#child.exitCode, null, `lighttpd did not start:\n${this.log()}`);
      const body = await fetch(this.page).then((r) => r.text()).catch(() => undefined);
      return body !== undefined;
    });
  }

  /** Everything logged so far. */
  log() {
    return readFileSync(join(this.dir, 'error.log'), 'utf8');
  }

  /** Tells closing() that lines like this one belong to the test. */
  expectLog(pattern) {
    this.#expected.push(pattern);
  }

  /** lighttpd's pid. */
  get pid() {
    return this.#child.pid;
  }

  /** The pids of this server's tailrow processes. */
  responders() {
    return responders(this.db);
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** kill -9 of lighttpd, and another one at once. */
  async restart() {
    const exited = once(this.#child, 'exit');
    this.signal('SIGKILL');
    await exited;
    this.#spawn(...this.#how);
    await this.#ready();
  }

  /** Ends the server and checks what closing() promises. */
  async stop() {
    const child = this.#child;
    try {
      assert.equal(child.exitCode ?? child.signalCode, null, `lighttpd died:\n${this.log()}`);
      this.signal('SIGTERM');
      await until('lighttpd ends', () => (child.exitCode ?? child.signalCode) !== null);
      await until('every tailrow process is gone', () => this.responders().length === 0, 3000);
      const odd = this.log().split('\n').filter((l) => l && !this.#expected.some((e) => e.test(l)));
      assert.deepEqual(odd, [], 'unexpected lines in the error log');
      rmSync(this.dir, { recursive: true });
    } finally {
      this.signal('SIGKILL');
    }
  }
}

/** The last test of a file: see Server.stop(). `get` gives the server once it runs. */
export function closing(get) {
  it('leaves the server alive, its log clean and no process behind', () => get().stop());
}
