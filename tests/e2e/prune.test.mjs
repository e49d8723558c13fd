// prune.test.mjs: tailrow prune under open streams: who is behind is told, who is not misses
// nothing.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { tailrow } from './lib/paths.mjs';
import { closing, Server } from './lib/server.mjs';
import { handedOver, Stream } from './lib/sse.mjs';

const run = promisify(execFile);
const idOf = (frame) => Number(frame.id.split('-')[1]);

describe('prune', () => {
  let server, events, epoch;
  const prune = (...args) => run(tailrow, ['--db', server.db, 'prune', ...args]);

  /** Adds `count` lines of `bytes` bytes in one commit. */
  const addLines = (count, bytes) => sql(server.db, `
    WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count})
    INSERT INTO log(message) SELECT printf('%0${bytes}d', n) FROM c;`);

  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
    epoch = epochOf(server.db);
  });

  it('tells a client that comes back from before it, and gives it what is left', async () => {
    sql(server.db, "INSERT INTO job(name, state) VALUES('old', 'succeeded');"); // row 1
    addLines(500, 10);
    await prune('--rows', '20');
    const stream = await handedOver(`${events}?since=${epoch}-7&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'gap', ...Array(20).fill('log'), 'removed', 'ping']);
    assert.deepEqual(stream.frames[1].json, { after: 7, next: 482 });
    assert.deepEqual(stream.frames.slice(2, -1).map(idOf), Array.from({ length: 21 }, (_, i) => 482 + i));
    assert.deepEqual(stream.named('removed')[0].json, { jobId: 1 });
  });

  it('tells nothing to one that is at the end, which misses nothing', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    sql(server.db, "INSERT INTO job(name, state) VALUES('short', 'failed');");
    addLines(1, 10);
    await stream.event('log');
    await prune('--days', '0');
    await stream.event('removed');
    addLines(1, 11);
    await stream.frame('the line after it', (f) => f.json.message?.length === 11);
    assert.deepEqual(stream.names, ['hello', 'completion', 'log', 'removed', 'log']);
    stream.leave();
  });

  it('tells one that is open and behind, of each row that it misses', async () => {
    const ROWS = 4000; // of 5 KB: more than all the buffers on the way hold
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    stream.pause();
    const first = newestOf(server.db) + 1;
    addLines(ROWS, 5000);
    await prune('--rows', '10');
    stream.resume();
    await stream.frame('the last row', (f) => f.event === 'log' && idOf(f) === first + ROWS - 1, 20_000);
    let next = first;
    for (const frame of stream.frames.slice(1)) {
      if (frame.event === 'gap') {
        assert.equal(frame.json.after, next - 1);
        next = frame.json.next;
      } else {
        assert.equal(idOf(frame), next++);
      }
    }
    assert.ok(stream.named('gap').length > 0, 'there was no gap: the client was not behind');
    assert.ok(stream.named('log').length < ROWS);
    stream.leave();
  });

  closing(() => server);
});
