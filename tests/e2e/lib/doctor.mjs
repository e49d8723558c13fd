// doctor.mjs: runs `tailrow doctor` and reads what it found.
//
// - curl takes no proxy from the environment of the tests.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tailrow } from './paths.mjs';
import { within } from './wait.mjs';

const LIMIT_MS = 60_000;

/** Runs the doctor to its end, as another user where one is given. */
export async function run(args, env = {}, uid = undefined) {
  const child = spawn(tailrow, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    uid,
    gid: uid,
    env: { PATH: process.env.PATH, TAILROW_CONFIG: '/dev/null', ...env },
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('latin1').on('data', (text) => { said.out += text; });
  child.stderr.setEncoding('latin1').on('data', (text) => { said.err += text; });
  const [status] = await within('the doctor ends', once(child, 'close'), LIMIT_MS);
  return { status, ...said };
}

/** What it found, as --json has it, after a look at what must hold of it whatever it is. */
export async function examine(args, env, uid) {
  const { status, out, err } = await run([...args, '--json'], env, uid);
  assert.equal(err, '');
  assert.match(out, /^[^\x00-\x1f\x7f]+\n$/, 'one line, and nothing that a terminal obeys');
  const { ok, findings } = JSON.parse(Buffer.from(out, 'latin1').toString());
  assert.equal(status, ok ? 0 : 1);
  assert.equal(ok, findings.every((f) => f.level !== 'problem'));
  const levels = ['problem', 'note', 'fine'];
  const ranks = findings.map((f) => levels.indexOf(f.level));
  assert.deepEqual(ranks, [...ranks].sort(), 'the worst first');
  const named = (level) => findings.filter((f) => f.level === level).map((f) => f.name);
  return { findings, problems: named('problem'), notes: named('note'), fine: named('fine') };
}
