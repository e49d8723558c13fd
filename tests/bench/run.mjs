// run.mjs: what tailrow run costs the command that it runs, and how soon the database is
// complete: each beside its floor, by turns, in one run.
//
// - The command's own wall time, from its first to its last line: under `tailrow run`, and
//   piped into `cat > file`. At a steady rate, and as fast as the lines are taken.
// - From the start to the end of `tailrow run`, when all is in the database, beside one
//   transaction of one prepared INSERT of the same rows.
// - Each is measured ROUNDS times; the medians are compared, the extremes printed beside.
//
// usage: run.mjs BUILD
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROUNDS = 5, PACED_LINES = 150_000, PER_SECOND = 50_000, FLOOD_LINES = 1_000_000;

const build = resolve(process.argv[2]);
const tailrow = join(build, 'tailrow');
const dir = mkdtempSync(join(tmpdir(), 'tailrow-bench-'));
const file = (name) => join(dir, name);
const env = { ...process.env, XDG_STATE_HOME: dir, TAILROW_DB: file('run.db'), TAILROW_CONFIG: '/dev/null' };

const sh = (script) => execFileSync('sh', ['-c', script], { env, cwd: dir, encoding: 'utf8' });

const seconds = (name) => Number(readFileSync(file(name), 'utf8'));

function freshDatabase(name) {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file(name + suffix), { force: true });
  execFileSync(tailrow, ['--db', file(name), 'init'], { env });
}

/** The seconds that the command took, and those until tailrow ended. */
function underTailrow(count, perSecond) {
  freshDatabase('run.db');
  const begun = process.hrtime.bigint();
  sh(`${tailrow} run -- ${build}/tests/bench/lines ${count} ${perSecond} own > out`);
  return { own: seconds('own'), all: Number(process.hrtime.bigint() - begun) / 1e9 };
}

function underCat(count, perSecond) {
  sh(`${build}/tests/bench/lines ${count} ${perSecond} own | cat > out`);
  return seconds('own');
}

/** One transaction of the rows that the last run has left. */
function bareInsert() {
  freshDatabase('bare.db');
  return Number(execFileSync(join(build, 'tests/bench/insert'), [file('run.db'), file('bare.db')]));
}

/** Every line is there once, and in order. */
function check(count) {
  const answer = execFileSync('sqlite3', [file('run.db'), `SELECT count(*), sum(n <> id) FROM
    (SELECT CAST(message AS INTEGER) AS n, row_number() OVER (ORDER BY id) AS id FROM log WHERE event = 'log')`]);
  assert.equal(String(answer), `${count}|0\n`, 'lost, doubled or out of order');
}

const median = (list) => list.slice().sort((a, b) => a - b)[list.length >> 1];

function report(what, ours, floors) {
  const range = (list) => `${median(list).toFixed(2)} s (${Math.min(...list).toFixed(2)} to ${Math.max(...list).toFixed(2)})`;
  console.log(`  ${what}: ${range(ours)}, floor ${range(floors)}: ratio ${(median(ours) / median(floors)).toFixed(2)}`);
}

const paced = { ours: [], floor: [] }, flood = { ours: [], floor: [] }, complete = { ours: [], floor: [] };
for (let round = 0; round < ROUNDS; round++) {
  paced.floor.push(underCat(PACED_LINES, PER_SECOND));
  paced.ours.push(underTailrow(PACED_LINES, PER_SECOND).own);
  check(PACED_LINES);
  flood.floor.push(underCat(FLOOD_LINES, 0));
  const { own, all } = underTailrow(FLOOD_LINES, 0);
  flood.ours.push(own);
  complete.ours.push(all);
  check(FLOOD_LINES);
  complete.floor.push(bareInsert());
}
rmSync(dir, { recursive: true });
console.log(`tailrow run, ${ROUNDS} rounds: every line in the database once and in order`);
report(`a command that prints ${PER_SECOND} lines a second, floor \`| cat > file\``, paced.ours, paced.floor);
report(`${FLOOD_LINES} lines as fast as they are taken, the same`, flood.ours, flood.floor);
report('until they are in the database, floor one prepared INSERT in one transaction', complete.ours, complete.floor);
