// daemon.mjs: a web server with a tailrow database, in a directory of its own.
//
// - Where the tests run as root the server is nobody: a server that may write everything
//   hides missing permissions, and Apache and nginx would change their user by themselves.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, fchownSync, mkdirSync, openSync, readFileSync,
  readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { init } from './database.mjs';
import { freePort, freshDirectory } from './server.mjs';
import { until } from './wait.mjs';

const NOBODY = 65534;
const uid = process.getuid() === 0 ? NOBODY : undefined;

/** What `read` gives, or `other` where the process has gone meanwhile. */
function ifThere(read, other) {
  try {
    return read();
  } catch {
    return other;
  }
}

const hasEnded = (child) => (child.exitCode ?? child.signalCode) !== null;

/** Gives a file to the server. */
function giveAway(path) {
  if (uid !== undefined) chownSync(path, uid, uid);
}

export class Daemon {
  #server;
  #responder;
  #expected;

  /** @param {RegExp[]} expected lines that the server always logs */
  constructor(expected) {
    this.#expected = [...expected];
  }

  /** Chooses directory and port, and makes the database. */
  async prepare() {
    this.dir = freshDirectory();
    this.port = await freePort();
    this.page = `http://127.0.0.1:${this.port}/tailrow/`;
    this.api = `${this.page}api`;
    this.db = join(this.dir, 'jobs.db');
    this.socket = join(this.dir, 'sock');
    init(this.db);
    giveAway(this.dir);
    giveAway(this.db);
    chmodSync(this.dir, 0o755);
  }

  /** Makes a directory that the server may write. */
  makeDirectory(name) {
    const path = join(this.dir, name);
    mkdirSync(path);
    giveAway(path);
    return path;
  }

  #spawn(command, args, env) {
    const log = openSync(join(this.dir, 'error.log'), 'a');
    if (uid !== undefined) fchownSync(log, uid, uid); // Apache opens it itself
    const child = spawn(command, args, {
      cwd: this.dir,
      stdio: ['ignore', log, log],
      uid,
      gid: uid,
      env: { PATH: `${process.env.PATH}:/usr/sbin`, ...env },
    });
    closeSync(log);
    return child;
  }

  /** Starts the responder as a FastCGI server, as the configurations say in their heads. */
  async startResponder(bin, maxStreams) {
    this.#responder = this.#spawn(join(bin, 'tailrow.fcgi'), ['--listen', `unix:${this.socket}`,
      '--max-streams', String(maxStreams), '--max-stream-seconds', '600'], { TAILROW_DB: this.db });
    await until('the responder listens', () => existsSync(this.socket));
  }

  async endResponder() {
    this.#responder.kill('SIGTERM');
    await until('the responder ends', () => hasEnded(this.#responder));
  }

  /** Starts the web server and waits until it answers. */
  async startServer(command, args, env = {}) {
    this.#server = this.#spawn(command, args, env);
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

  /** Everything logged so far. */
  log() {
    return readFileSync(join(this.dir, 'error.log'), 'utf8');
  }

  /** Tells stop() that lines like this one belong to the test. */
  expectLog(pattern) {
    this.#expected.push(pattern);
  }

  /** Signals the web server. */
  signal(name) {
    this.#server.kill(name);
  }

  /** The pids of the responder's processes. */
  responders() {
    const variable = `TAILROW_DB=${this.db}`;
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) &&
      ifThere(() => readFileSync(`/proc/${pid}/environ`, 'utf8'), '').split('\0').includes(variable));
  }

  /** Those of them that have the database open. */
  readers() {
    return this.responders().filter((pid) => ifThere(() => readdirSync(`/proc/${pid}/fd`), [])
      .some((fd) => ifThere(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) === this.db));
  }

  /** Ends all; the server must be alive, have logged nothing odd, and leave no process. */
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
