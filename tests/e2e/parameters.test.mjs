// parameters.test.mjs: what a client may ask of a stream: filters, tail, hold.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';

const messages = (stream) => stream.named('log').map((f) => f.json.message);

describe('the parameters of a stream', () => {
  let server, events;
  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
    sql(server.db, `
      INSERT INTO job(name, state) VALUES
        ('one', 'running'), ('two', 'running'), ('three', 'succeeded');
      INSERT INTO log(job_id, level, message) VALUES (1, 'debug', '1d'), (1, 'warn', '1w'),
        (2, 'info', '2i'), (2, 'error', '2e'), (NULL, 'warn', '0w');
      INSERT INTO log(job_id, event, message) VALUES(1, 'order', 'o1'), (2, 'order', 'o2');`);
  });

  it('job: only these jobs, in the snapshot too', async () => {
    const one = await handedOver(`${events}?job=1&hold=0`);
    assert.deepEqual(one.named('snapshot')[0].json.jobs.map((j) => j.name), ['one']);
    assert.equal(one.named('snapshot')[0].json.total, 1);
    assert.deepEqual(messages(one), ['1d', '1w']);
    assert.deepEqual(one.named('order').map((f) => f.data), ['o1']);
    const both = await handedOver(`${events}?job=2,1,1&hold=0&since=all`);
    assert.deepEqual(messages(both), ['1d', '1w', '2i', '2e']);
    assert.deepEqual(both.named('status-update').map((f) => f.json.jobId), [1, 2]);
  });

  it('job=none: only lines of no job, past and new', async () => {
    const past = await handedOver(`${events}?job=none&hold=0`);
    assert.deepEqual(past.named('snapshot')[0].json, { jobs: [], total: 0 });
    assert.deepEqual(messages(past), ['0w']);
    const both = await handedOver(`${events}?job=none,1&hold=0`);
    assert.deepEqual(messages(both), ['1d', '1w', '0w']);
  });

  it('event: only these names', async () => {
    const stream = await handedOver(`${events}?event=order,completion&since=all&hold=0`);
    assert.deepEqual(stream.names, ['hello', 'completion', 'order', 'order', 'ping']);
    assert.equal(stream.lastEventId, `${epochOf(server.db)}-${newestOf(server.db)}`);
  });

  it('level: at least this one', async () => {
    for (const [level, expected] of [
      ['debug', ['1d', '1w', '2i', '2e', '0w']], ['info', ['1w', '2i', '2e', '0w']],
      ['warn', ['1w', '2e', '0w']], ['error', ['2e']]]) {
      const stream = await handedOver(`${events}?level=${level}&since=all&hold=0`);
      assert.deepEqual(messages(stream), expected, level);
      assert.equal(stream.named('completion').length, 1, 'markers have no level');
    }
  });

  it('tail: so many past rows that are no markers', async () => {
    const epoch = epochOf(server.db);
    const two = await handedOver(`${events}?tail=2&event=log,status-update&hold=0`);
    assert.deepEqual(messages(two), ['2e', '0w']);
    const position = Number(two.named('snapshot')[0].id.replace(`${epoch}-`, ''));
    const first = Number(two.named('log')[0].id.replace(`${epoch}-`, ''));
    assert.equal(position, first - 1, 'the position before the first row of the tail');
    const none = await handedOver(`${events}?tail=0&hold=0`);
    assert.deepEqual(none.names, ['hello', 'snapshot', 'ping']);
    assert.equal(none.named('snapshot')[0].id, `${epoch}-${newestOf(server.db)}`);
    sql(server.db, `BEGIN;
      ${"INSERT INTO log(job_id, message) VALUES(2, 'fill');".repeat(700)}
      COMMIT;`);
    assert.equal(messages(await handedOver(`${events}?hold=0`)).length, 200);
    assert.equal(messages(await handedOver(`${events}?hold=0&tail=600`)).length, 600);
    assert.equal(messages(await handedOver(`${events}?hold=0&tail=10000`)).length, 705);
  });

  it('hold: 0 hands over and ends, 2 ends after two seconds', async () => {
    const now = await handedOver(`${events}?since=now&hold=0`);
    assert.deepEqual(now.names, ['hello', 'ping']);
    const begun = performance.now();
    const held = await Stream.open(`${events}?since=now&hold=2`);
    await held.event('hello');
    sql(server.db, "INSERT INTO log(message) VALUES('while held');");
    await held.end(4000);
    const took_ms = performance.now() - begun;
    assert.ok(took_ms > 1900 && took_ms < 3000, `${took_ms} ms`);
    assert.deepEqual(held.names, ['hello', 'log', 'ping']);
    assert.equal(held.lastEventId, `${epochOf(server.db)}-${newestOf(server.db)}`);
  });

  it('ignores what it does not know', async () => {
    const stream = await handedOver(`${events}?colour=blue&hold=0&since=now&&=&x`);
    assert.equal(stream.status, 200);
  });

  it('decodes what is percent-encoded', async () => {
    const stream = await handedOver(`${events}?job=%31%2C2&event=%6fr%64er&since=%61ll&hold=0`);
    assert.deepEqual(stream.named('order').map((f) => f.data), ['o1', 'o2']);
  });

  for (const [name, value] of [
    ['job', 'abc'], ['job', '0'], ['job', '-1'], ['job', '1,,2'], ['job', '99999999999999999999'],
    ['job', 'nobody'],
    ['event', 'bad name'], ['event', 'x'.repeat(65)], ['event', 'a,'],
    ['level', 'loud'], ['level', 'INFO'], ['tail', 'x'], ['tail', '-1'], ['tail', '10001'],
    ['hold', 'x'], ['hold', '-1'], ['hold', '1.5']]) {
    it(`refuses ${name}=${value.slice(0, 20)} and names it`, async () => {
      const answer = await ask(`${events}?${name}=${encodeURIComponent(value)}`);
      assert.equal(answer.status, 400);
      assert.match(answer.headers['content-type'], /^application\/problem\+json/);
      assert.equal(answer.json.status, 400);
      assert.ok(answer.json.title);
      assert.match(answer.json.detail, new RegExp(`\\b${name}\\b`));
    });
  }

  it('job=none wakes for a line of no job, and for no other that shares its bell', async () => {
    const live = await Stream.open(`${events}?job=none&since=now`);
    await live.event('hello');
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(256, 'x');
      INSERT INTO log(message) VALUES('y');`);
    await live.event('log');
    assert.deepEqual(messages(live), ['y']);
    live.leave();
  });

  it('says 404 where no named job is known, and serves where one is', async () => {
    const answer = await ask(`${events}?job=4711,4712`);
    assert.equal(answer.status, 404);
    assert.match(answer.headers['content-type'], /^application\/problem\+json/);
    const stream = await handedOver(`${events}?job=4711,1&hold=0`);
    assert.equal(stream.status, 200);
  });

  closing(() => server);
});
