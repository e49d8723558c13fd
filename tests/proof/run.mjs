// run.mjs: a million lines through tailrow run while its writer is killed again and again and
// other programs write: none lost, none twice, in order.
//
// usage: run.mjs BUILD [LINES]
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { writerOf } from '../cli/runner.mjs';

const PER_SECOND = 50_000, KILL_MS = [300, 1500];

const build = resolve(process.argv[2]), count = Number(process.argv[3] ?? 1_000_000);
const tailrow = join(build, 'tailrow');
const dir = mkdtempSync(join(tmpdir(), 'tailrow-proof-'));
const db = join(dir, 'x.db'), printed = join(dir, 'printed');
const env = { ...process.env, XDG_STATE_HOME: dir, TAILROW_DB: db, TAILROW_CONFIG: '/dev/null' };
const ask = (sql) => execFileSync('sqlite3', ['-cmd', '.timeout 10000', db, sql], { encoding: 'utf8' }).trim();

execFileSync(tailrow, ['init'], { env });
const output = openSync(printed, 'w');
const begun = Date.now();
const child = spawn(tailrow, ['run', '--', join(build, 'tests/bench/lines'), count, PER_SECOND, join(dir, 'seconds')],
  { env, stdio: ['ignore', output, 'inherit'] });
closeSync(output);
const ended = new Promise((resolveStatus) => { child.on('close', resolveStatus); });
let kills = 0, others = 0;
while (child.exitCode === null) {
  await sleep(KILL_MS[0] + Math.random() * (KILL_MS[1] - KILL_MS[0]));
  const writer = writerOf(child);
  if (writer && child.exitCode === null) {
    process.kill(writer, 'SIGKILL');
    kills++;
  }
  ask("INSERT INTO log (message) VALUES ('another program')");
  others++;
}
const status = await ended;
assert.equal(status, 0);
assert.equal(execFileSync('wc', ['-l', printed], { encoding: 'utf8' }).split(' ')[0], String(count));
assert.equal(ask(`SELECT count(*), sum(n <> place) FROM (SELECT CAST(message AS INTEGER) AS n,
  row_number() OVER (ORDER BY id) AS place FROM log WHERE event = 'log' AND job_id = 1)`), `${count}|0`);
assert.equal(ask('SELECT group_concat(state) FROM job'), 'succeeded');
assert.equal(ask('PRAGMA integrity_check'), 'ok');
rmSync(dir, { recursive: true });
console.log(`tailrow run: ${count} lines, the writer killed ${kills} times, ${others} rows of others between: ` +
  `none lost, none twice, in order; ${((Date.now() - begun) / 1000).toFixed(0)} s`);
