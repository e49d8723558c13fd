// delivery.test.mjs: every row once and in order, at many streams and across reconnects.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { init, newestOf, sql, writeRows } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { handedOver, openMany, Stream } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const idOf = (frame) => Number(frame.id.split('-')[1]);

/** Fails unless `ids` is first, first + 1, … last: nothing missed, doubled or out of order. */
function assertEachOnce(ids, first, last) {
  const wrong = ids.findIndex((id, i) => id !== first + i);
  assert.equal(wrong, -1, `after ${ids[wrong - 1]} came ${ids[wrong]}`);
  assert.equal(ids.at(-1), last);
}

/** Commits `rows` rows while `count` streams are open; each must have each row once. */
async function deliver(server, { rows, count, meanwhile }) {
  const streams = await openMany(count, `${server.api}/events?since=now`);
  const first = newestOf(server.db) + 1;
  const writer = writeRows(server.db, { rows });
  await meanwhile?.(writer);
  await within('the writer ends', writer.done, 60_000);
  const have = (stream) => stream.named('log').length;
  await until('every row', () => streams.every((s) => have(s) >= rows), 10_000);
  for (const stream of streams) {
    assertEachOnce(stream.named('log').map(idOf), first, first + rows - 1);
    stream.leave();
  }
}

describe('delivery', () => {
  let server, events;
  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
  });

  it('20 streams have each of 2,000 rows once, in order', () =>
    deliver(server, { rows: 2000, count: 20 }));

  it('checkpoints and VACUUM take nothing from it', () =>
    deliver(server, {
      rows: 500,
      count: 3,
      meanwhile: async (writer) => {
        for (let done = 50; done < 500; done += 50) {
          await until('some rows', () => writer.committed.size >= done);
          sql(server.db, done % 100 ? 'PRAGMA wal_checkpoint(TRUNCATE);' : 'VACUUM;');
        }
      },
    }));

  it('a client that stops reading for a while has every row afterwards', async () => {
    const ROWS = 4000; // of 5 KB: more than all the buffers on the way hold
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    stream.pause();
    const first = newestOf(server.db) + 1;
    const insert = `INSERT INTO log(message) VALUES('${'x'.repeat(5000)}');`;
    for (let i = 0; i < ROWS; i += 100) sql(server.db, `BEGIN; ${insert.repeat(100)} COMMIT;`);
    const other = await Stream.open(`${events}?since=now`);
    await other.event('hello');
    sql(server.db, "INSERT INTO log(message) VALUES('for the other');");
    await other.frame('its row', (f) => f.event === 'log', 1000);
    assert.ok(stream.named('log').length < ROWS, 'it does wait');
    stream.resume();
    await until('every row', () => stream.named('log').length > ROWS, 10_000);
    assertEachOnce(stream.named('log').map(idOf), first, first + ROWS);
    stream.leave();
    other.leave();
  });

  it('1,000 reconnects while rows are written miss none and repeat none', async () => {
    const RECONNECTS = 1000, CLIENTS = 4;
    const start = (await handedOver(`${events}?since=now&hold=0`)).lastEventId;
    const first = newestOf(server.db) + 1;
    const writer = writeRows(server.db, { maxGapMs: 4 });

    /** Opens a stream after `cursor` and collects its rows' ids in `seen`. */
    const open = (cursor, seen, query = '') => Stream.open(events + query, {
      lastEventId: cursor,
      onFrame: (frame) => frame.event === 'log' && seen.push(idOf(frame)),
    });

    /** Leaves after up to three rows, wherever the next frame may be; returns the cursor. */
    async function visit(cursor, seen) {
      const enough = seen.length + Math.floor(Math.random() * 4);
      const stream = await open(cursor, seen);
      await until('a few frames', () => stream.frames.length && seen.length >= enough);
      stream.leave();
      assert.equal(stream.frames[0].json.resumed, true);
      assert.deepEqual([...stream.named('gap'), ...stream.named('reset')], []);
      return stream.lastEventId;
    }

    const clients = await Promise.all(Array.from({ length: CLIENTS }, async () => {
      const seen = [];
      let cursor = start;
      for (let i = 0; i < RECONNECTS / CLIENTS; i++) cursor = await visit(cursor, seen);
      return { seen, cursor };
    }));
    await writer.stop();
    for (const { seen, cursor } of clients) {
      await (await open(cursor, seen, '?hold=0')).end();
      assertEachOnce(seen, first, newestOf(server.db));
    }
  });

  closing(() => server);
});

describe('delivery from a database with a rollback journal', () => {
  let server;
  before(async () => {
    const make = (path) => {
      init(path);
      assert.equal(sql(path, 'PRAGMA journal_mode=DELETE;'), 'delete');
    };
    server = await Server.start({ make });
  });

  it('5 streams have each of 300 rows once, in order', () =>
    deliver(server, { rows: 300, count: 5 }));

  closing(() => server);
});
