// cursor.test.mjs: where a stream begins: since, Last-Event-ID, gap, reset, and its end.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { epochOf, init, newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';

const messages = (stream) => stream.named('log').map((f) => f.json.message);

describe('the cursor', () => {
  let server, events, epoch;
  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
    epoch = epochOf(server.db);
    sql(server.db, "INSERT INTO log(message) VALUES('1'), ('2'), ('3'), ('4');");
  });

  it('since=all begins at the first row, without a snapshot', async () => {
    const stream = await handedOver(`${events}?since=all&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'log', 'log', 'log', 'log', 'ping']);
    assert.equal(stream.frames[0].id, `${epoch}-0`);
    assert.deepEqual(messages(stream), ['1', '2', '3', '4']);
    assert.equal(stream.frames[0].json.oldest, 1);
    assert.equal(stream.frames[0].json.newest, 4);
  });

  it('since=now begins with the next row', async () => {
    const stream = await handedOver(`${events}?since=now&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'ping']);
    assert.equal(stream.frames[0].id, `${epoch}-4`);
  });

  it('since=CURSOR and Last-Event-ID go on after it; the header wins', async () => {
    const since = await handedOver(`${events}?since=${epoch}-2&hold=0`);
    assert.deepEqual(messages(since), ['3', '4']);
    assert.equal(since.frames[0].id, `${epoch}-2`);
    assert.equal(since.frames[0].json.resumed, true);
    const header = await handedOver(`${events}?since=all&hold=0`, { lastEventId: `${epoch}-3` });
    assert.deepEqual(messages(header), ['4']);
    assert.equal(header.frames[0].json.resumed, true);
  });

  it('ends with the position in a ping', async () => {
    const stream = await handedOver(`${events}?since=all&event=none&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'ping']);
    assert.equal(stream.frames[1].id, `${epoch}-4`);
    assert.deepEqual(Object.keys(stream.frames[1].json), ['time', 'beats']);
  });

  for (const [what, cursor] of [
    ['another epoch', '0123456789abcdef-2'], ['an unreadable cursor', 'what?'],
    ['a cursor without a number', 'abc-'], ['a negative number', 'abc--1'],
    ['a huge number', 'EPOCH-99999999999999999999'], ['a number beyond the newest', 'EPOCH-5'],
    ['8 KB', 'x'.repeat(7000)]]) {
    it(`answers ${what} with reset and a snapshot, never with an error`, async () => {
      const text = cursor.replace('EPOCH', epoch);
      for (const stream of [
        await handedOver(`${events}?hold=0&since=${encodeURIComponent(text)}`),
        await handedOver(`${events}?hold=0`, { lastEventId: text })]) {
        assert.equal(stream.status, 200);
        assert.deepEqual(stream.names,
          ['hello', 'reset', 'snapshot', 'log', 'log', 'log', 'log', 'ping']);
        const [hello, reset, snapshot] = stream.frames;
        assert.equal(hello.json.resumed, false);
        assert.equal(reset.id, undefined);
        assert.equal(typeof reset.json.reason, 'string');
        assert.ok(snapshot.id.startsWith(`${epoch}-`));
      }
    });
  }

  it('says gap where rows after the cursor were deleted', async () => {
    sql(server.db, 'DELETE FROM log WHERE id IN (2, 3);');
    const stream = await handedOver(`${events}?since=${epoch}-1&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'gap', 'log', 'ping']);
    assert.deepEqual(stream.frames[1].json, { after: 1, next: 4 });
    assert.equal(stream.frames[0].id, `${epoch}-1`, 'who is cut off before the gap is told again');
    assert.equal(stream.frames[1].id, `${epoch}-3`);
    assert.deepEqual(messages(stream), ['4']);
    const past = await handedOver(`${events}?since=${epoch}-3&hold=0`);
    assert.deepEqual(past.names, ['hello', 'log', 'ping']);
  });

  it('says gap where everything after the cursor was deleted', async () => {
    sql(server.db, 'DELETE FROM log;');
    const stream = await handedOver(`${events}?since=${epoch}-1&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'gap', 'ping']);
    assert.deepEqual(stream.frames[1].json, { after: 1, next: 5 });
    assert.equal(stream.frames[2].id, `${epoch}-4`);
  });

  it('resumes an open stream after rows were deleted under it', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    sql(server.db, "INSERT INTO log(message) VALUES('5');");
    await stream.frame('5', (f) => f.json.message === '5');
    sql(server.db, 'DELETE FROM log;');
    sql(server.db, "INSERT INTO log(message) VALUES('6');");
    await stream.frame('6', (f) => f.json.message === '6');
    assert.deepEqual(messages(stream), ['5', '6']);
    stream.leave();
  });

  it('says 204 to a cursor past the end of a job that is final for long', async () => {
    const [job, past] = sql(server.db, `
      INSERT INTO job(name, state, finished_at)
        VALUES('old', 'succeeded', '2026-01-01T00:00:00.000Z');
      SELECT last_insert_rowid();
      SELECT max(id) FROM log;`).split('\n').map(Number);
    const answer = await ask(`${events}?job=${job}`, { lastEventId: `${epoch}-${past}` });
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
    const stream = await handedOver(`${events}?job=${job}&since=${epoch}-${past - 1}`);
    assert.deepEqual(stream.names, ['hello', 'completion', 'ping']);
  });

  it('says reset when the file is replaced while streaming', async () => {
    const stream = await Stream.open(`${events}?event=log`);
    await stream.frame('the old file’s row', (f) => f.json.message === '6');
    const other = `${server.db}.new`;
    init(other);
    sql(other, "INSERT INTO log(message) VALUES('new file'); PRAGMA wal_checkpoint(TRUNCATE);");
    const replaced = epochOf(other);
    for (const suffix of ['-wal', '-shm']) {
      rmSync(other + suffix, { force: true });
      rmSync(server.db + suffix, { force: true });
    }
    renameSync(other, server.db);
    await stream.event('reset');
    const row = await stream.frame('the new file’s row', (f) => f.json.message === 'new file');
    assert.ok(row.id.startsWith(`${replaced}-`));
    assert.deepEqual(stream.names, ['hello', 'snapshot', 'log', 'reset', 'snapshot', 'log']);
    sql(server.db, "INSERT INTO log(message) VALUES('and live');");
    await stream.frame('live', (f) => f.json.message === 'and live');
    stream.leave();
    assert.equal(newestOf(server.db), 2);
  });

  closing(() => server);
});
