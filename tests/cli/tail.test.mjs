// tail.test.mjs: show and tail: what a person reads, what a program reads, and following.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binary, done, environment, scratch, sql, until } from './lib.mjs';

const RED = '\x1b[31m', hostile = `${RED}red\x1b]0;title\x07\x9b2J\x1b[2J\x1b[1;1Hnext\ttab\x7f\u202e`;
const env = { TZ: 'Asia/Tokyo' }, TIME = '2026-11-21T05:38:12.345Z', LOCAL = '2026-11-21 14:38:12';

/** A job 1 with lines of every kind, and one of no job. */
function fill(place) {
  done(place, ['start', 'deploy']);
  const blob = (text) => `CAST(X'${Buffer.from(text).toString('hex')}' AS TEXT)`;
  sql(place, `INSERT INTO log (job_id, event, level, message) VALUES (1, 'log', 'info', 'cloned'),
    (1, 'group', 'info', 'Build'), (1, 'log', 'error', ${blob(hostile)}), (1, 'group-end', 'info', 'Build'),
    (NULL, 'order', 'debug', '{"x":1}'), (1, 'log', 'warn', ${blob('Stack:\n#0 a()\r\n#1 b()\r\n')});
    UPDATE log SET created_at = '${TIME}'`);
}

const lines = (text) => text.split('\n').slice(0, -1);

test('what tail prints', (t) => {
  const place = scratch(t);
  assert.equal(done(place, ['tail']), '');
  fill(place);
  const safe = 'red\\x1b]0;title\\x07\\xc2\\x9b2J\\x1b[2J\\x1b[1;1Hnext tab\\x7f\\xe2\\x80\\xae';
  assert.deepEqual(lines(done(place, ['tail'], { env })), [
    `${LOCAL}  deploy[1]  info   cloned`,
    `${LOCAL}  deploy[1]  info   > Build`,
    `${LOCAL}  deploy[1]  error  ${safe}`,
    `${LOCAL}  -          debug  order: {"x":1}`,
    `${LOCAL}  deploy[1]  warn   Stack:`,
    '        #0 a()',
    '        #1 b()',
  ]);
  assert.deepEqual(lines(done(place, ['tail', '--job', '1', '-n', '3'], { env })),
    [`${LOCAL}  error  ${safe}`, `${LOCAL}  warn   Stack:`, '        #0 a()', '        #1 b()']);
  assert.equal(done(place, ['tail', '-n', '0']), '');
});

test('a job’s name is looked up, cut, and made harmless; one that is gone has none', (t) => {
  const place = scratch(t);
  sql(place, `INSERT INTO job (name) VALUES ('${'n'.repeat(30)}'), ('a' || char(27) || '[2Jb'), ('gone');
    INSERT INTO log (job_id, message) VALUES (1, 'x'), (2, 'x'), (3, 'x'), (1, 'x');
    DELETE FROM job WHERE id = 3; UPDATE log SET created_at = ''`);
  assert.deepEqual(lines(done(place, ['tail'])), [
    `  ${'n'.repeat(20)}…[1]  info   x`,
    `  a\\x1b[2Jb[2]${' '.repeat(12)}  info   x`,
    `  [3]${' '.repeat(21)}  info   x`,
    `  ${'n'.repeat(20)}…[1]  info   x`]);
});

test('JSON, a line for each row', (t) => {
  const place = scratch(t);
  fill(place);
  const text = done(place, ['tail', '--json']);
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/);
  const rows = lines(text).map(JSON.parse);
  assert.deepEqual(rows.map((r) => [r.id, r.event]),
    [[2, 'log'], [3, 'group'], [4, 'log'], [5, 'group-end'], [6, 'order'], [7, 'log']]);
  assert.deepEqual(rows[2].data, { jobId: 1, level: 'error', message: hostile, at: TIME });
  assert.deepEqual(rows[4].data, { jobId: null, level: 'debug', message: '{"x":1}', at: TIME });
});

test('what show prints', (t) => {
  const place = scratch(t);
  fill(place);
  sql(place, `UPDATE job SET state = 'failed', exit_code = 3, progress = 45.9, step = 'Copying' || char(27), error = 'full',
    url = 'http://x/', started_at = '${TIME}', finished_at = '2026-11-21T06:39:13.345Z', beat_at = '${TIME}',
    owner = 'ann', host = 'box', cwd = '/srv', key = 'k'`);
  assert.equal(done(place, ['show', '1', '-n', '1'], { env }), `\
deploy (job 1)
state     failed, exit code 3
progress  45%
step      Copying\\x1b
error     full
url       http://x/
started   ${LOCAL}
finished  2026-11-21 15:39:13
took      1 h 1 min 1 s
beat      ${LOCAL}
from      ann@box:/srv
key       k

${LOCAL}  warn   Stack:
        #0 a()
        #1 b()
`);
  const text = done(place, ['show', '--json'], { env: { TAILROW_JOB: '1' } });
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]/);
  const { job, lines: rows } = JSON.parse(text);
  assert.deepEqual([job.jobId, job.owner, job.exitCode, job.step], [1, 'ann', 3, 'Copying\x1b']);
  assert.deepEqual(rows.map((r) => r.id), [2, 3, 4, 5, 7]);
  assert.equal(rows[2].message, hostile);
  sql(place, "INSERT INTO job (name, created_at) VALUES ('waits', 'then')");
  assert.equal(done(place, ['show', '2']), 'waits (job 2)\nstate     queued\ncreated   then\n');
});

test('colours on a terminal, and nothing else that moves it', (t) => {
  const place = scratch(t);
  fill(place);
  const onTerminal = (command, extra) => spawnSync('script', ['-qec', `"${binary}" ${command}`, '/dev/null'],
    { env: environment(place, extra), encoding: 'utf8', timeout: 20000 }).stdout;
  for (const command of ['tail', 'show 1']) {
    const output = onTerminal(command, {});
    assert.ok(output.includes(`${RED}error\x1b[m  ${RED}red\\x1b]0;title\\x07`), output);
    assert.ok(output.includes('\x1b[1m> Build\x1b[m'));
    assert.ok(output.includes('\\xe2\\x80\\xae\x1b[m\r\n'), 'the colour ends with the line');
    for (const [escape] of output.matchAll(/\x1b[^a-zA-Z]*./g)) assert.match(escape, /^\x1b\[[\d;]*m$/);
    assert.doesNotMatch(onTerminal(command, { NO_COLOR: '1' }), /\x1b/);
  }
});

/** tail -f with args; said() is what it printed so far. */
function follow(t, place, args) {
  const child = spawn(binary, ['tail', '-f', ...args], { env: environment(place), stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let output = '', stderr = '';
  child.stdout.on('data', (text) => { output += text; });
  child.stderr.on('data', (text) => { stderr += text; });
  t.after(() => child.kill('SIGKILL'));
  return { child, ended, said: () => output, complained: () => stderr,
    until: (words) => until(() => output.includes(words), words) };
}

test('follows what comes, states and names too', async (t) => {
  const place = scratch(t);
  done(place, ['start', 'deploy']);
  done(place, ['log', '--job', '1', 'before']);
  const tail = follow(t, place, []);
  await tail.until('before');
  done(place, ['log', '--job', '1', 'after']);
  await tail.until('deploy[1]  info   after\n');
  done(place, ['progress', '1', '45', 'Copying']);
  await tail.until('deploy[1]         running 45%, Copying\n');
  sql(place, "UPDATE job SET name = 'renamed'");
  done(place, ['log', '--job', '1', 'line']);
  await tail.until('renamed[1]  info   line\n');
  done(place, ['finish', '1', '--failed', '--error', 'disk full']);
  await tail.until('failed 45%, disk full\n');
  done(place, ['finish', '1', '--url', 'http://x/']);
  await tail.until('succeeded, http://x/\n');
  sql(place, 'DELETE FROM job');
  await tail.until('removed\n');
  tail.child.kill('SIGTERM');
  assert.deepEqual(await tail.ended, [143, null]);
  assert.equal(tail.complained(), '');
  assert.deepEqual(readdirSync(place.dir).sort(), ['empty.conf', 'x.db']);
});

test('stops when the job does, and with its status', async (t) => {
  const place = scratch(t);
  for (const [columns, status] of [
    ["state = 'succeeded', exit_code = 7", 0], ["state = 'failed'", 1], ["state = 'failed', exit_code = 7", 7],
    ["state = 'failed', exit_code = 0", 1], ["state = 'failed', exit_code = 256", 1],
    ["state = 'canceled', signal = 15", 143], ["state = 'canceled'", 1]]) {
    const id = done(place, ['start', 'a']).trim();
    const tail = follow(t, place, ['--job', id]);
    done(place, ['log', '--job', id, 'last words']);
    await tail.until('last words');
    sql(place, `UPDATE job SET ${columns} WHERE id = ${id}`);
    assert.deepEqual(await tail.ended, [status, null], columns);
    assert.match(tail.said(), /last words\n.* (succeeded|failed|canceled)\n$/);
    const again = follow(t, place, ['--job', id, '--json']);
    assert.deepEqual(await again.ended, [status, null]);
    assert.equal(JSON.parse(again.said()).data.message, 'last words');
  }
  const id = done(place, ['start', 'a']).trim();
  const tail = follow(t, place, ['--job', id]);
  done(place, ['log', '--job', id, 'x']);
  await tail.until('x\n');
  sql(place, 'DELETE FROM job');
  assert.deepEqual(await tail.ended, [1, null]);
});

test('a job that ends behind many lines: all of them come before the end', async (t) => {
  const place = scratch(t);
  done(place, ['start', 'a']);
  const tail = follow(t, place, ['--job', '1']);
  done(place, ['log', '--job', '1', 'x']);
  await tail.until('x\n');
  sql(place, `BEGIN; WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 5000)
    INSERT INTO log (job_id, message) SELECT 1, 'line ' || n FROM c; UPDATE job SET state = 'succeeded'; COMMIT`);
  assert.deepEqual(await tail.ended, [0, null]);
  assert.deepEqual(lines(tail.said()).filter((l) => l.includes('line ')).map((l) => Number(l.split('line ')[1])),
    Array.from({ length: 5000 }, (_, i) => i + 1));
});

test('runs no statement while nothing is committed', async (t) => {
  const place = scratch(t);
  const tail = follow(t, place, []);
  done(place, ['log', 'x']);
  await tail.until('x\n');
  const reads = () => Number(/rchar: (\d+)/.exec(readFileSync(`/proc/${tail.child.pid}/io`, 'utf8'))[1]);
  let before = reads();
  // after the first moments only the sweep's look at the file's header, once a second
  await until(() => { const was = before; before = reads(); return before === was; }, 'quiet');
  const begun = Date.now();
  await until(() => Date.now() - begun > 1500, 'a second and a half');
  assert.ok(reads() - before <= 2 * 100, `${reads() - before} bytes`);
});

test('ends when nobody reads any more', async (t) => {
  const place = scratch(t);
  const tail = follow(t, place, []);
  done(place, ['log', 'x']);
  await tail.until('x\n');
  tail.child.stdout.destroy();
  assert.deepEqual(await tail.ended, [0, null]);
  assert.equal(tail.complained(), '');
});

test('a file that is replaced: goes on at the end of the new one', async (t) => {
  const place = scratch(t);
  const tail = follow(t, place, []);
  done(place, ['log', 'of the old one']);
  await tail.until('old one\n');
  const other = { ...place, db: join(place.dir, 'other.db') };
  done(other, ['init']);
  done(other, ['log', 'past of the new one']);
  for (const suffix of ['-wal', '-shm']) rmSync(place.db + suffix);
  renameSync(other.db, place.db);
  await until(() => {
    done(place, ['log', 'of the new one']);
    return tail.said().includes('info   of the new one\n');
  }, 'the new file');
  assert.ok(!tail.said().includes('past'));
});
