// progress.test.mjs: what a stream shows of a command's progress is what a person would read.
//
// - Replays what real tools printed (tests/progress/fixtures) under `tailrow run`, each piece when
//   the stream has shown what the one before told, since at most two updates a second come.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { root, tailrow } from './lib/paths.mjs';
import { closing, Server } from './lib/server.mjs';
import { Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const fixtures = join(root, 'tests/progress/fixtures');

const percentFile = (name) => join(fixtures, name.replace(/\.\w+$/, '.percent'));

/** Where a piece of a fixture tells its percentage, if not as `NN%`; null: in its own way. */
const marks = {
  'curl.err': /^\s*(\d+) +\d/,
  'apt-status.out': /status:[^:]*:([\d.]+):/,
  'restic.out': null,
  'ffmpeg.out': null,
};

/** Whether a piece may tell this percentage. */
function tells(name, piece, percent) {
  const mark = name in marks ? marks[name] : /([\d.]+)%/;
  if (!mark) return /"percent_done"|^progress=/.test(piece);
  return Number(piece.match(mark)?.[1]) === percent;
}

/** What CRs and LFs end, and what is drawn with the cursor saved (ESC 7 to ESC 8). */
const piecesOf = (text) => text.match(/[^]*?(?:[\r\n]+|\x1b8)|[^]+/g);

/** The percentages of the frames of a job, each but once in a row. */
function shown(stream, name) {
  const all = stream.frames
    .filter((f) => f.json?.name === name && typeof f.json.progress === 'number')
    .map((f) => Number(f.json.progress.toPrecision(7)));
  return all.filter((percent, i) => percent !== all[i - 1]);
}

/** Replays a fixture as the job `name` and returns what the stream showed of it. */
async function replay(t, server, stream, name) {
  const want = readFileSync(percentFile(name), 'utf8')
    .split('\n').slice(0, -1).map(Number);
  const home = server.dir;
  const runner = spawn(tailrow, ['--db', server.db, 'run', '--name', name, '--',
    'sh', '-c', name.endsWith('.err') ? 'cat >&2' : 'cat'],
  { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, HOME: home, XDG_STATE_HOME: home } });
  const ended = once(runner, 'close');
  t.after(() => runner.kill('SIGKILL'));
  const text = readFileSync(join(fixtures, name), 'latin1');
  let next = 0, written = 0, end = 0;
  for (const piece of piecesOf(text)) {
    end += piece.length;
    // One byte more, since that tells what a CR was.
    runner.stdin.write(text.slice(written, end + 1), 'latin1');
    written = end + 1;
    if (next === want.length || !tells(name, piece, want[next])) continue;
    next++;
    await until(`${name} shows ${want.slice(0, next)}`,
      () => shown(stream, name).length >= next, 20_000);
  }
  runner.stdin.end();
  await ended;
  await stream.frame(`${name} completes`, (f) => f.event === 'completion' && f.json.name === name, 20_000);
  assert.deepEqual(shown(stream, name), want, name);
}

describe('progress', () => {
  let server, stream;
  before(async () => {
    server = await Server.start();
    stream = await Stream.open(`${server.api}/events?event=status-update,completion`);
  });

  it('of each captured tool is shown as it stood on the screen', async (t) => {
    const names = readdirSync(fixtures).filter((f) => /\.(out|err)$/.test(f) &&
      existsSync(percentFile(f)));
    assert.ok(names.length > 10);
    await Promise.all(names.map((name) => replay(t, server, stream, name)));
  });

  closing(() => server);
});
