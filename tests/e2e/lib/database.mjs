// database.mjs: publishers for the tests: programs that know SQLite and nothing of tailrow.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { tailrow } from './paths.mjs';

/** Makes a database at `path`, as an administrator does. */
export function init(path) {
  execFileSync(tailrow, ['--db', path, 'init']);
}

/**
 * Runs `statements` in Debian's sqlite3 shell, a process of its own.
 * @returns {string} what it printed, without the last newline
 */
export function sql(path, statements) {
  return execFileSync('sqlite3', ['-batch', '-bail', '-cmd', '.timeout 10000', path], {
    input: statements, encoding: 'utf8', maxBuffer: 64 << 20,
  }).trimEnd();
}

/** The epoch of the database at `path`. */
export const epochOf = (path) => sql(path, "SELECT value FROM meta WHERE key='epoch';");

/** The highest log.id that the database at `path` ever gave out. */
export const newestOf = (path) =>
  Number(sql(path, "SELECT coalesce(max(seq),0) FROM sqlite_sequence WHERE name='log';"));

/**
 * Starts a Python process that commits log rows one by one, at random gaps of 0 to
 * `maxGapMs`; `rows` 0: until stop().
 * @returns {{committed: Map<number, bigint>, done: Promise<void>, stop: () => Promise<void>}}
 *   `committed` has, by id, the monotonic nanosecond at which the commit returned
 */
export function writeRows(path, { rows = 0, maxGapMs = 4 }) {
  const script = fileURLToPath(new URL('writer.py', import.meta.url));
  const child = spawn('python3', [script, path, String(rows), String(maxGapMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const committed = new Map();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [id, ns] = line.split(' ');
    committed.set(Number(id), BigInt(ns));
  });
  const done = once(child, 'close').then(([code]) => assert.equal(code, 0, 'the writer failed'));
  const stop = () => {
    child.stdin.end();
    return done;
  };
  return { committed, done, stop };
}
