// faults.mjs: what an environment does to the responder: limits, mounts, a clock; and what the
// command line says of it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, tailrow } from './paths.mjs';
import { ask } from './sse.mjs';

/** Why nothing can be mounted here; false: it can. */
export const cannotMount = spawnSync('unshare', ['-m', 'true']).status !== 0 && 'not run: needs root, to mount';

/** The options of Server.start() by which the responder is started from a script: `sh` runs
 * in its place and ends in `exec "$@"`. */
export function startedBy(dir, sh) {
  const script = join(dir, 'start');
  writeFileSync(script, `#!/bin/sh\nset -- ${build}/tailrow.fcgi\n${sh}\n`, { mode: 0o755 });
  return { edit: (text) => text.replace(/"bin-path" => .*/, `"bin-path" => "${script}",`) };
}

/** Sets a limit, by prlimit's name, of every process of the responder; of each by its pid where
 * `value` is a function. */
export function limit(server, what, value) {
  for (const pid of server.responders())
    execFileSync('prlimit', [`--pid=${pid}`, `--${what}=${typeof value === 'function' ? value(pid) : value}:`]);
}

/** Lifts it again, as far as each may go by itself. */
export function lift(server, what) {
  limit(server, what, (pid) =>
    execFileSync('prlimit', [`--pid=${pid}`, `--${what}`, '--output=HARD', '--noheadings'], { encoding: 'utf8' }).trim());
}

/** Runs the command line on the server's database. */
export function command(server, ...args) {
  const state = join(server.dir, 'state');
  const { status, stdout, stderr } = spawnSync(tailrow, ['--db', server.db, ...args], {
    encoding: 'utf8', timeout: 60_000,
    env: { PATH: process.env.PATH, TAILROW_CONFIG: '/dev/null', HOME: server.dir, XDG_STATE_HOME: state },
  });
  return { status, stdout, stderr };
}

/** The same where it must succeed; returns its output. */
export function succeeds(server, ...args) {
  const { status, stdout, stderr } = command(server, ...args);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, args.join(' '));
  return stdout;
}

/** The same where it must fail with one sentence. */
export function fails(server, says, ...args) {
  const { status, stdout, stderr } = command(server, ...args);
  assert.deepEqual({ status, stdout }, { status: 1, stdout: '' }, `${args.join(' ')}: ${stderr}`);
  assert.match(stderr, /^tailrow: [^\n]+\n$/);
  assert.match(stderr, says);
}

/** `tailrow run`, whose command is not held up: what it printed is kept, and why is said. */
export function runKeeps(server, says, text) {
  const { status, stdout, stderr } = command(server, 'run', '--', 'sh', '-c', `echo ${text}; exit 3`);
  assert.deepEqual({ status, stdout }, { status: 3, stdout: `${text}\n` });
  assert.match(stderr, says);
  assert.match(stderr, /is kept in \S+\.spool/);
}

/** A short request is refused, and says why. */
export async function refuses(server, says, path = '/jobs') {
  const { status, json } = await ask(server.api + path);
  assert.equal(status, 503, path);
  assert.match(json.detail, says);
  assert.ok(!json.detail.includes(server.dir), 'a client need not know the directory');
}

/** The doctor finds a problem; returns its words, on one line. */
export function problem(server) {
  const { status, stdout } = command(server, 'doctor');
  assert.equal(status, 1);
  return /^problem +((?:.+\n)(?: +.+\n)*)/m.exec(stdout)[1].replace(/\s+/g, ' ');
}
