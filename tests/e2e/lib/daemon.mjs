// daemon.mjs: a web server with a tailrow database, in a directory of its own.
//
// - stop() checks what must hold after any test: the server lives, its log says nothing
//   unexpected, and no process is left. A test file ends with closing().
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, closeSync, existsSync, fchownSync, mkdirSync, mkdtempSync, openSync,
  readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { init } from './database.mjs';
import { readers, responders } from './processes.mjs';
import { until } from './wait.mjs';

/** Where the tests run as root the server is nobody: one that may write everything hides
 * missing permissions, and Apache and nginx would change their user by themselves. */
export const nobody = process.getuid() === 0 ? 65534 : undefined;

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

const hasEnded = (child) => (child.exitCode ?? child.signalCode) !== null;

export class Daemon {
  #how;
  #server;
  #responder;
  #expected;
  #uid;

  /**
   * @param {RegExp[]} expected lines that the server always logs
   * @param {number} [uid] the user and group that it runs as; none: as the tests do
   */
  constructor(expected, uid) {
    this.#expected = [...expected];
    this.#uid = uid;
  }

  /**
   * Chooses directory and port, and makes the database.
   * @param {(path: string) => void} [make] makes it, in whatever state; none: as it should be
   */
  async prepare(make) {
    this.dir = freshDirectory();
    this.port = await freePort();
    this.page = `http://127.0.0.1:${this.port}/tailrow/`;
    this.api = `${this.page}api`;
    this.db = join(this.dir, 'jobs.db');
    this.socket = join(this.dir, 'sock');
    (make ?? init)(this.db);
    this.#giveAway(this.dir);
    if (!make) this.#giveAway(this.db);
    chmodSync(this.dir, 0o755);
  }

  /** Gives a file to the server's user. */
  #giveAway(path) {
    if (this.#uid !== undefined) chownSync(path, this.#uid, this.#uid);
  }

  /** Makes a directory that the server may write. */
  makeDirectory(name) {
    const path = join(this.dir, name);
    mkdirSync(path);
    this.#giveAway(path);
    return path;
  }

  #spawn(command, args, env) {
    const log = openSync(join(this.dir, 'error.log'), 'a');
    if (this.#uid !== undefined) fchownSync(log, this.#uid, this.#uid); // Apache opens it itself
    const child = spawn(command, args, {
      cwd: this.dir,
      stdio: ['ignore', log, log],
      uid: this.#uid,
      gid: this.#uid,
      env: { PATH: `${process.env.PATH}:/usr/sbin`, ...env },
    });
    closeSync(log);
    return child;
  }

  /** Starts the responder as a FastCGI server, as the configurations say in their heads, with
   * what `settings` adds to its environment. */
  async startResponder(bin, maxStreams, settings) {
    this.#responder = this.#spawn(join(bin, 'tailrow.fcgi'),
      ['--listen', `unix:${this.socket}`, '--max-streams', String(maxStreams), '--max-stream-seconds', '600'],
      { TAILROW_DB: this.db, ...settings });
    await until('the responder listens', () => existsSync(this.socket));
  }

  async endResponder() {
    this.#responder.kill('SIGTERM');
    await until('the responder ends', () => hasEnded(this.#responder));
  }

  /** Starts the web server and waits until it answers. */
  async startServer(...how) {
    this.#how = how;
    this.#server = this.#spawn(...how);
    try {
      await until('the server answers', () => {
        this.#assertAlive();
        return fetch(this.page).catch(() => undefined);
      });
    } catch (error) {
      this.#kill();
      throw error;
    }
  }

  /** kill -9 of the web server, and another one at once. */
  async restart() {
    const exited = once(this.#server, 'exit');
    this.signal('SIGKILL');
    await exited;
    await this.startServer(...this.#how);
  }

  /** Everything logged so far. */
  log() {
    return readFileSync(join(this.dir, 'error.log'), 'utf8');
  }

  /** Tells stop() that lines like this one belong to the test. */
  expectLog(pattern) {
    this.#expected.push(pattern);
  }

  /** The web server's pid. */
  get pid() {
    return this.#server.pid;
  }

  /** Signals the web server. */
  signal(name) {
    this.#server.kill(name);
  }

  /** The pids of the responder's processes. */
  responders() {
    return responders(this.db);
  }

  /** Those of them that have the database open. */
  readers() {
    return readers(this.db);
  }

  /** Ends all, and checks what the head of this file says. */
  async stop() {
    try {
      this.#assertAlive();
      for (const child of this.#children) child.kill('SIGTERM');
      await until('the server ends', () => this.#children.every(hasEnded));
      await until('every tailrow process is gone', () => this.responders().length === 0, 3000);
      const odd = this.log().split('\n').filter((l) => l && !this.#expected.some((e) => e.test(l)));
      assert.deepEqual(odd, [], 'unexpected lines in the error log');
      rmSync(this.dir, { recursive: true });
    } finally {
      this.#kill();
    }
  }

  /** Ends a server that cannot end in order any more; it must be alive. */
  discard() {
    try {
      this.#assertAlive();
    } finally {
      this.#kill();
    }
    rmSync(this.dir, { recursive: true, maxRetries: 10 });
  }

  get #children() {
    return [this.#server, this.#responder].filter(Boolean);
  }

  #assertAlive() {
    for (const child of this.#children)
      assert.ok(!hasEnded(child), `${child.spawnfile} ended:\n${this.log()}`);
  }

  #kill() {
    for (const child of this.#children) child.kill('SIGKILL');
  }
}

/** The last test of a file: see Daemon.stop(). `get` gives the server once it runs. */
export function closing(get) {
  it('leaves the server alive, its log clean and no process behind', () => get().stop());
}
