// lib.mjs: runs the real tailrow on a database of its own.
//
// - TAILROW names the binary; `make test-cli` sets it. The environment is otherwise empty of
//   settings, and /etc/tailrow.conf is kept out by a configuration file that says nothing.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const binary = resolve(process.env.TAILROW ?? 'build/tailrow');

/** A directory that is removed after the test, with a database x.db unless told otherwise. */
export function scratch(t, { init = true } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'tailrow-cli-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const place = { dir, db: join(dir, 'x.db'), conf: join(dir, 'empty.conf') };
  writeFileSync(place.conf, '');
  if (init) done(place, ['init']);
  return place;
}

export function environment(place, extra = {}) {
  return { PATH: process.env.PATH, TAILROW_CONFIG: place.conf, TAILROW_DB: place.db, ...extra };
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Runs tailrow with args. Returns { status, stdout, stderr }; standard input is `input`, or
 * the file of that name. What it prints must be valid UTF-8. */
export function run(place, args, { input = '', env, file, cwd = place.dir } = {}) {
  const stdin = file ? openSync(file) : 'pipe';
  const result = spawnSync(binary, args, {
    cwd, env: environment(place, env), timeout: 20000, maxBuffer: 1 << 26,
    ...(file ? { stdio: [stdin, 'pipe', 'pipe'] } : { input }),
  });
  if (file) closeSync(stdin);
  return { status: result.status, stdout: utf8.decode(result.stdout), stderr: String(result.stderr) };
}

/** The same where it must succeed and say nothing on standard error; returns its output. */
export function done(place, args, options) {
  const { status, stdout, stderr } = run(place, args, options);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, args.join(' '));
  return stdout;
}

/** The same where it must fail with this status and one sentence that matches. */
export function fails(place, args, expected, words, options) {
  const { status, stdout, stderr } = run(place, args, options);
  assert.deepEqual({ status, stdout }, { status: expected, stdout: '' }, `${args}: ${stderr}`);
  assert.match(stderr, /^tailrow: [^\n]+\n$/);
  assert.match(stderr, words);
}

/** What the sqlite3 shell answers, a string without the last newline. */
export function sql(place, query) {
  const result = spawnSync('sqlite3', ['-cmd', '.timeout 10000', place.db, query], { encoding: 'utf8' });
  assert.equal(result.stderr, '');
  return result.stdout.replace(/\n$/, '');
}

/** A sqlite3 shell that stays, and so keeps the -wal; run() waits for the answer. */
export function shell(t, place) {
  const child = spawn('sqlite3', [place.db], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  t.after(() => child.kill());
  return {
    async run(statements) {
      output = '';
      child.stdin.write(`${statements}\nSELECT 'answered';\n`);
      await until(() => output.includes('answered\n'), statements);
      return output.replace(/answered\n$/, '');
    },
  };
}

/** How many commits the -wal holds: frames that carry the size of the database. */
export function commits(place) {
  const wal = readFileSync(`${place.db}-wal`);
  const frame = wal.length < 32 ? 1 : 24 + wal.readUInt32BE(8); // an empty -wal has no header
  let count = 0;
  for (let at = 32; at + frame <= wal.length; at += frame)
    if (wal.readUInt32BE(at + 4) !== 0 && wal.compare(wal, 16, 24, at + 8, at + 16) === 0) count++;
  return count;
}

/** Waits until the condition holds, ten seconds at most. */
export async function until(condition, what) {
  for (const end = Date.now() + 10000; Date.now() < end; await sleep(5))
    if (condition()) return;
  assert.fail(`not in time: ${what}`);
}
