// prune.test.mjs: what prune takes, and that neither publishers, nor a kill, nor a full disk mind.
//
// - Which rows go is tests/unit/test_prune.c's.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, done, environment, fails, scratch, sql, until } from './lib.mjs';

const LINES = 60_000;

/** Adds `count` lines of 100 bytes, all in one commit. */
function addLines(place, count) {
  sql(place, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count})
    INSERT INTO log (message) SELECT printf('%0100d', n) FROM c`);
}

const count = (place) => Number(sql(place, 'SELECT count(*) FROM log'));

test('usage', (t) => {
  const place = scratch(t);
  for (const [args, words] of [
    [[], /prune takes --days N or --rows N/],
    [['--days', '1', '--rows', '1'], /prune takes --days N or --rows N/],
    [['--rows', '1', 'x'], /prune takes/],
    [['--rows', '-1'], /--rows takes a number, not '-1'/],
    [['--rows', '99999999999999999999'], /--rows takes a number/],
    [['--days', '1.5'], /--days takes a number from 0 to 1000000, not '1.5'/],
    [['--days'], /requires an argument/],
  ]) fails(place, ['prune', ...args], 2, words);
  assert.equal(done(place, ['prune', '--days', '1000000']), 'jobs 0, rows 0, 0 bytes\n');
});

test('what went, and the file is smaller', (t) => {
  const place = scratch(t);
  done(place, ['start', 'a']);
  done(place, ['finish', '1']);
  addLines(place, LINES);
  const before = statSync(place.db).size;
  assert.match(done(place, ['prune', '--rows', '100']), /^jobs 1, rows 59902, \d+(\.\d)? MB\n$/);
  assert.ok(statSync(place.db).size < before / 20);
  assert.equal(sql(place, 'SELECT count(*), min(id), max(id) FROM log'), `101|${LINES - 97}|${LINES + 3}`);
  assert.equal(sql(place, 'PRAGMA integrity_check'), 'ok');
});

for (const signal of ['SIGKILL', 'SIGINT']) {
  test(`${signal} in the middle leaves a consistent file, and another run goes on`, async (t) => {
    const place = scratch(t);
    addLines(place, LINES);
    const child = spawn(binary, ['prune', '--rows', '10'], { env: environment(place), stdio: 'inherit' });
    const ended = once(child, 'exit');
    await until(() => count(place) < LINES, 'the first rows go');
    child.kill(signal);
    assert.deepEqual(await ended, [null, signal]);
    const [left, lowest, prunedTo] = sql(place, `SELECT count(*), min(id), (SELECT value FROM meta
      WHERE key = 'pruned_to') FROM log`).split('|').map(Number);
    assert.ok(left > 10 && left < LINES);
    assert.deepEqual([lowest, prunedTo], [LINES - left + 1, LINES - left]);
    assert.equal(sql(place, 'PRAGMA integrity_check'), 'ok');
    done(place, ['prune', '--rows', '10']);
    assert.equal(count(place), 10);
  });
}

test('a publisher is not held up for 50 ms', async (t) => {
  const place = scratch(t);
  addLines(place, LINES);
  const writer = spawn('python3', [fileURLToPath(new URL('waits.py', import.meta.url)), place.db],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(writer, 'close');
  let output = '';
  writer.stdout.on('data', (text) => { output += text; });
  await until(() => output.startsWith('begun\n'), 'the publisher');
  const pruned = spawn(binary, ['prune', '--rows', '10'], { env: environment(place), stdio: ['ignore', 'ignore', 'inherit'] });
  assert.deepEqual(await once(pruned, 'exit'), [0, null]);
  writer.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  const waits = output.trim().split('\n').slice(1).map(Number).sort((a, b) => a - b);
  assert.ok(waits.length > 100, `${waits.length} commits`);
  // The longest alone would tell of the machine as well: another program had the processor.
  const p99 = waits[Math.floor(waits.length * 0.99)];
  assert.ok(p99 < 50, `p99 ${p99} ms of ${waits.length}, longest ${waits.at(-1)} ms`);
});

test('a full disk is one sentence, and nothing is lost', { skip: !canMount() }, (t) => {
  const place = scratch(t);
  addLines(place, 2000);
  // The file fills its file system to the last page, so that the -wal finds no room.
  const script = `mkdir "$1" && mount -t tmpfs -o size=4m none "$1" && cp "$2" "$1/x.db" &&
    { cat /dev/zero >"$1/filler" 2>/dev/null; "$3" --db "$1/x.db" prune --rows 10; echo $?; rm "$1/filler";
      sqlite3 "$1/x.db" 'SELECT count(*) FROM log; PRAGMA integrity_check'; "$3" --db "$1/x.db" prune --rows 10; }`;
  const { stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', join(place.dir, 'small'), place.db, binary],
    { env: environment(place), encoding: 'utf8' });
  assert.match(stderr, /^tailrow: the disk of \S+x\.db is full: make room\n$/);
  assert.match(stdout, /^1\n2000\nok\njobs 0, rows 1990, [\d.]+ KB\n$/);
});

/** Whether a file system of our own can be mounted here, in a namespace of its own. */
function canMount() {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}
