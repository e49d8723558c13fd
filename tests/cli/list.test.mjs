// list.test.mjs: the table and the JSON, and that hostile bytes stay harmless in both.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { binary, done, environment, scratch, sql } from './lib.mjs';

const hostile = '\x1b[31mred\x1b]0;title\x07\x9b2J\r\nnext\ttab\x7f';

/** The table with its times made equal. */
const table = (place) => done(place, ['list']).replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TTTTTTTTTTTTTTTTTTT');

test('the table', (t) => {
  const place = scratch(t);
  assert.equal(table(place), 'ID  STATE      PROGRESS  STARTED              NAME  DETAIL\n');
  done(place, ['start', 'deploy']);
  done(place, ['progress', '1', '99.9', 'Syncing database']);
  done(place, ['start', 'café €']);
  done(place, ['finish', '2', '--failed', '--error', 'no route to host']);
  sql(place, "INSERT INTO job (name) VALUES ('waits')");
  sql(place, "INSERT INTO job (id, name, state, step) VALUES (1234, 'x', 'canceled', 'nearly there')");
  done(place, ['start', 'n'.repeat(33)]);
  sql(place, `UPDATE job SET step = '${'d'.repeat(80)}' WHERE id = 1235`);
  assert.equal(table(place), `\
ID    STATE      PROGRESS  STARTED              NAME                               DETAIL
1235  running              TTTTTTTTTTTTTTTTTTT  ${'n'.repeat(32)}…  ${'d'.repeat(72)}…
1234  canceled                                  x                                  nearly there
3     queued                                    waits
2     failed               TTTTTTTTTTTTTTTTTTT  café €                             no route to host
1     running    99%       TTTTTTTTTTTTTTTTTTT  deploy                             Syncing database
`);
});

test('more jobs than are listed', (t) => {
  const place = scratch(t);
  sql(place, `INSERT INTO job (name, state) VALUES ('old', 'running'); ${"INSERT INTO job (name) VALUES ('q'); ".repeat(130)}`);
  const lines = table(place).split('\n');
  assert.equal(lines.length, 1 + 100 + 1 + 1 + 1); // header, newest, the running one, the rest, the end
  assert.match(lines.at(-3), /^1 +running /);
  assert.equal(lines.at(-2), 'and 30 more');
  const json = JSON.parse(done(place, ['list', '--json']));
  assert.deepEqual([json.jobs.length, json.total], [101, 131]);
});

test('JSON', (t) => {
  const place = scratch(t);
  assert.equal(done(place, ['list', '--json']), '{"jobs":[],"total":0}\n');
  done(place, ['start', 'café']);
  done(place, ['progress', '1', '45.5', 'Syncing']);
  const { jobs: [job], total } = JSON.parse(done(place, ['list', '--json']));
  assert.match(job.startedAt, /^20\d\d-/);
  assert.deepEqual({ ...job, startedAt: '' }, {
    jobId: 1, name: 'café', state: 'running', progress: 45.5, step: 'Syncing', url: null, error: null,
    exitCode: null, startedAt: '', finishedAt: null,
  });
  assert.equal(total, 1);
});

/** Puts the bytes into every text of a job, as a program with its own SQLite could. */
function insertHostile(place) {
  const blob = `CAST(X'${Buffer.from(`${hostile}\xff`, 'latin1').toString('hex')}' AS TEXT)`;
  const c1 = "CAST(X'C29B324A' AS TEXT)";
  sql(place, `INSERT INTO job (name, state, step, started_at) VALUES (${c1} || ${blob}, 'running', ${blob}, ${blob})`);
}

test('hostile bytes', (t) => {
  const place = scratch(t);
  insertHostile(place);
  const text = done(place, ['list']);
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  assert.equal(text.split('\n').length, 3);
  assert.match(text, /  \\xc2\\x9b2J\\x1b\[31mred/);
  assert.match(text, /  \\x1b\[31mred\\x1b\]0;title\\x07\\x9b2J\\x0d\\x0anext tab\\x7f\\xff\n$/);

  const json = done(place, ['list', '--json']);
  assert.doesNotMatch(json, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  const [{ name, step }] = JSON.parse(json).jobs;
  assert.equal(step, hostile.replace('\x9b', '\ufffd') + '\ufffd');
  assert.equal(name, `\x9b2J${step}`);
});

test('colour only on a terminal, and not with NO_COLOR', (t) => {
  const place = scratch(t);
  insertHostile(place);
  const onTerminal = (env) => spawnSync('script', ['-qec', `"${binary}" list`, '/dev/null'],
    { env: environment(place, env), encoding: 'latin1', timeout: 20000 }).stdout;
  const escapes = (output) => output.match(/\x1b[^a-z]*[a-z]?/g) ?? [];
  assert.deepEqual(escapes(onTerminal({})), ['\x1b[36m', '\x1b[m']);
  assert.deepEqual(escapes(onTerminal({ NO_COLOR: '' })), ['\x1b[36m', '\x1b[m']);
  assert.deepEqual(escapes(onTerminal({ NO_COLOR: '1' })), []);
  assert.doesNotMatch(done(place, ['list']), /\x1b/);
});
