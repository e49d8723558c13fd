// log.test.mjs: lines, from the argument and from standard input, byte for byte.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, commits, done, environment, scratch, shell, sql, until } from './lib.mjs';

/** The messages, as hexadecimal. */
const hex = (place) => sql(place, 'SELECT hex(message) FROM log ORDER BY id').split('\n');
const bytes = (text) => Buffer.from(text, 'latin1').toString('hex').toUpperCase();

test('a message', (t) => {
  const place = scratch(t);
  done(place, ['start', 'a']);
  done(place, ['log', 'plain']);
  done(place, ['log', '--job', '1', '--level', 'warn', '--event', 'order', "it's {\"x\":1}"]);
  done(place, ['log', '--', '--dash']);
  done(place, ['log', 'two\nlines']);
  done(place, ['log', '']);
  assert.equal(sql(place, 'SELECT job_id, event, level, message FROM log WHERE id > 1'), [
    '|log|info|plain', '1|order|warn|it\'s {"x":1}', '|log|info|--dash', '|log|info|two\nlines', '|log|info|',
  ].join('\n'));
});

test('standard input: each line, byte for byte', (t) => {
  for (const [input, lines] of [
    ['one\ntwo\n', ['one', 'two']],
    ['one\ntwo', ['one', 'two']],
    ['\n\nx\n\n', ['', '', 'x', '']],
    ['\n', ['']],
    ['', []],
    ['a\0b\nc\r\n\xff\xfe\n\xc3', ['a\0b', 'c\r', '\xff\xfe', '\xc3']],
    [' \ttab and spaces \n', [' \ttab and spaces ']],
  ]) {
    const place = scratch(t);
    done(place, ['log'], { input: Buffer.from(input, 'latin1') });
    assert.deepEqual(hex(place), lines.length ? lines.map(bytes) : [''], JSON.stringify(input));
    assert.equal(sql(place, 'SELECT count(*) FROM log'), String(lines.length));
  }
});

test('standard input: long lines', (t) => {
  const place = scratch(t);
  const half = 'x'.repeat(500_000);
  const euros = '€'.repeat(1_000_000); // three bytes each, so that no power of two ends one
  const file = join(place.dir, 'input');
  writeFileSync(file, `short\n${half}\n${euros}\nlast`);
  done(place, ['log'], { file });
  const lengths = sql(place, 'SELECT length(CAST(message AS BLOB)) FROM log ORDER BY id').split('\n').map(Number);
  assert.deepEqual(lengths.slice(0, 2), [5, 500_000]);
  assert.equal(lengths.at(-1), 4);
  assert.equal(lengths.slice(2, -1).reduce((sum, n) => sum + n), 3_000_000);
  for (const n of lengths.slice(2, -1)) assert.ok(n % 3 === 0 && n <= 1.1 * 1024 * 1024, `${n}`);
  assert.ok(lengths.length < 8);
});

test('standard input: what is there at once is one transaction', async (t) => {
  const place = scratch(t);
  await shell(t, place).run('SELECT count(*) FROM log;');
  const file = join(place.dir, 'input');
  const before = commits(place);
  writeFileSync(file, Array.from({ length: 2000 }, (_, i) => `line ${i}\n`).join(''));
  done(place, ['log'], { file });
  assert.equal(sql(place, 'SELECT count(*) FROM log'), '2000');
  assert.equal(commits(place) - before, 1);
  done(place, ['log', 'x']);
  assert.equal(commits(place) - before, 2);
});

test('standard input: lines are committed as they come', async (t) => {
  const place = scratch(t);
  const child = spawn(binary, ['log'], { env: environment(place), stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = once(child, 'exit');
  const messages = () => sql(place, 'SELECT group_concat(message) FROM log');
  child.stdin.write('one\n');
  await until(() => messages() === 'one', 'the first line, while the writer goes on');
  child.stdin.write('two\nthr');
  await until(() => messages() === 'one,two', 'the complete line');
  child.stdin.write('ee\n');
  await until(() => messages() === 'one,two,three', 'the line in two pieces');
  child.stdin.write('four');
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  assert.equal(messages(), 'one,two,three,four');
});

test('many writers at once lose nothing', async (t) => {
  const place = scratch(t);
  const writers = Array.from({ length: 6 }, async (_, writer) => {
    const child = spawn(binary, ['log'], { env: environment(place), stdio: ['pipe', 'inherit', 'inherit'] });
    const ended = once(child, 'exit');
    for (let i = 0; i < 100; i++) {
      child.stdin.write(`${writer} ${i}\n`);
      if (i % 10 === 0) await new Promise(setImmediate);
    }
    child.stdin.end();
    assert.deepEqual(await ended, [0, null]);
  });
  await Promise.all(writers);
  assert.equal(sql(place, 'SELECT count(DISTINCT message), count(*) FROM log'), '600|600');
  for (let writer = 0; writer < 6; writer++)
    assert.equal(sql(place, `SELECT group_concat(message) FROM (SELECT message FROM log
      WHERE message LIKE '${writer} %' ORDER BY id)`), Array.from({ length: 100 }, (_, i) => `${writer} ${i}`).join(','));
});

test('the job goes while lines come', async (t) => {
  const place = scratch(t);
  done(place, ['start', 'a']);
  const child = spawn(binary, ['log', '--job', '1'], { env: environment(place), stdio: ['pipe', 'inherit', 'pipe'] });
  const ended = once(child, 'exit');
  let stderr = '';
  child.stderr.on('data', (chunk) => { stderr += chunk; });
  child.stdin.write('one\n');
  await until(() => sql(place, "SELECT count(*) FROM log WHERE message = 'one'") === '1', 'the first line');
  sql(place, 'DELETE FROM job');
  child.stdin.write('two\n');
  assert.deepEqual(await ended, [1, null]);
  assert.match(stderr, /^tailrow: no job 1 in \S+x\.db\n$/);
});
