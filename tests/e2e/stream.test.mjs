// stream.test.mjs: what an event stream says first, and every frame that follows.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { handedOver, Stream } from './lib/sse.mjs';

const JOB_KEYS = ['jobId', 'name', 'state', 'progress', 'step', 'url', 'error', 'exitCode',
  'startedAt', 'finishedAt'];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('the event stream', () => {
  let server, epoch;
  before(async () => {
    server = await Server.start();
    epoch = epochOf(server.db);
  });

  /** Runs the statements, then returns the frames that tell of them, without hello and ping. */
  async function framesOf(statements, query = '') {
    const at = newestOf(server.db);
    sql(server.db, statements);
    const all = await handedOver(`${server.api}/events?since=${epoch}-${at}&hold=0${query}`);
    assert.equal(all.names[0], 'hello');
    assert.equal(all.names.at(-1), 'ping');
    return all.frames.slice(1, -1);
  }

  it('begins with its headers, a long comment, retry and hello', async () => {
    const stream = await Stream.open(`${server.api}/events`);
    assert.equal(stream.status, 200);
    const { headers } = stream;
    assert.equal(headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-cache, no-transform');
    assert.equal(headers['x-accel-buffering'], 'no');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['content-length'], undefined);
    const hello = await stream.event('hello');
    assert.match(stream.raw, /^:[^\n]{79,}\n/);
    assert.equal(stream.frames[0], hello);
    assert.equal(hello.id, undefined, 'the snapshot carries the position');
    assert.deepEqual(Object.keys(hello.json),
      ['epoch', 'oldest', 'newest', 'heartbeat', 'resumed']);
    assert.equal(hello.json.epoch, epoch);
    assert.equal(hello.json.heartbeat, 15);
    assert.equal(hello.json.resumed, false);
    await stream.event('snapshot');
    assert.equal(stream.frames[1].event, 'snapshot');
    stream.leave();
  });

  it('asks for reconnects after 1 to 10 s, not all at the same time', async () => {
    const streams = [];
    for (let i = 0; i < 8; i++) streams.push(await handedOver(`${server.api}/events?hold=0`));
    const waits = streams.map((s) => s.retries[0]);
    assert.ok(waits.every((ms) => ms >= 1000 && ms <= 10000), waits.join());
    assert.ok(new Set(waits).size > 1, 'eight equal waits');
  });

  it('answers HEAD with the headers alone', async () => {
    const head = await Stream.open(`${server.api}/events`, { method: 'HEAD' });
    await head.end();
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(head.raw, '');
  });

  it('sends a row that another process commits while the stream is open', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    const hello = await stream.event('hello');
    assert.equal(hello.id, `${epoch}-${newestOf(server.db)}`);
    sql(server.db, "INSERT INTO log(message) VALUES('live');");
    const log = await stream.event('log');
    assert.equal(log.id, `${epoch}-${newestOf(server.db)}`);
    assert.deepEqual(Object.keys(log.json), ['jobId', 'level', 'message', 'at']);
    const { at, ...rest } = log.json;
    assert.match(at, TIME);
    assert.deepEqual(rest, { jobId: null, level: 'info', message: 'live' });
    stream.leave();
  });

  it('sends a new job, its change and its end as they become', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    const id = Number(sql(server.db,
      "INSERT INTO job(name) VALUES('deploy'); SELECT last_insert_rowid();"));
    const queued = await stream.frame('queued', (f) => f.json.state === 'queued');
    assert.equal(queued.event, 'status-update');
    assert.deepEqual(Object.keys(queued.json), JOB_KEYS);
    assert.deepEqual(queued.json, {
      jobId: id, name: 'deploy', state: 'queued', progress: null, step: null, url: null,
      error: null, exitCode: null, startedAt: null, finishedAt: null,
    });
    sql(server.db, `UPDATE job SET state='running', progress=45.5, step='Syncing' WHERE id=${id};`);
    const running = await stream.frame('running', (f) => f.json.state === 'running');
    assert.equal(running.event, 'status-update');
    assert.equal(running.json.progress, 45.5);
    assert.equal(running.json.step, 'Syncing');
    assert.match(running.json.startedAt, TIME);
    sql(server.db, `UPDATE job SET state='failed', error='disk full', exit_code=3 WHERE id=${id};`);
    const failed = await stream.frame('failed', (f) => f.json.state === 'failed');
    assert.equal(failed.event, 'completion');
    assert.equal(failed.json.error, 'disk full');
    assert.equal(failed.json.exitCode, 3);
    assert.match(failed.json.finishedAt, TIME);
    sql(server.db, `DELETE FROM job WHERE id=${id};`);
    const removed = await stream.event('removed');
    assert.deepEqual(removed.json, { jobId: id });
    stream.leave();
  });

  it('calls a completion so only while the state is final, for the filter too', async () => {
    const statements = `BEGIN;
      INSERT INTO job(name, state) VALUES('again', 'failed');
      UPDATE job SET state='running' WHERE name='again';
      COMMIT;`;
    const frames = await framesOf(statements);
    assert.deepEqual(new Set(frames.map((f) => f.event)), new Set(['status-update']));
    assert.ok(frames.every((f) => f.json.state === 'running'));
    assert.deepEqual(await framesOf('DELETE FROM job;', '&event=completion'), []);
    const completions = await framesOf(statements, '&event=completion');
    assert.deepEqual(completions, [], 'the filter looks at the name that goes out');
  });

  it('sends the last of several markers of a job, as the job is now', async () => {
    const frames = await framesOf(`
      BEGIN;
      INSERT INTO job(name, state) VALUES('many', 'running');
      UPDATE job SET progress=10 WHERE name='many';
      UPDATE job SET progress=20 WHERE name='many';
      UPDATE job SET progress=100, state='succeeded' WHERE name='many';
      COMMIT;`);
    const last = frames.at(-1);
    assert.equal(last.id, `${epoch}-${newestOf(server.db)}`);
    assert.equal(last.event, 'completion');
    assert.ok(frames.every((f) => f.json.progress === 100 && f.json.state === 'succeeded'));
  });

  it('says nothing where an UPDATE changed nothing visible', async () => {
    const frames = await framesOf(`
      UPDATE job SET name=name, state=state;
      UPDATE job SET beat_at='2026-01-01T00:00:00.000Z', owner='x';`);
    assert.deepEqual(frames, []);
  });

  it('folds with group and group-end', async () => {
    const frames = await framesOf(`
      INSERT INTO log(job_id, event, message) VALUES
        (7, 'group', 'Install'), (7, 'group-end', 'Install');`);
    assert.deepEqual(frames.map((f) => [f.event, f.json]), [
      ['group', { jobId: 7, title: 'Install' }], ['group-end', { jobId: 7, title: 'Install' }]]);
  });

  it('passes a publisher’s own event through, line by line', async () => {
    const frames = await framesOf(`
      INSERT INTO log(event, message) VALUES('order', '{"status":"out for delivery"}');
      INSERT INTO log(event, message)
        VALUES('x', ' two' || x'0d' || ' lead' || x'0d0a' || x'0a' || 'end' || x'0a');
      INSERT INTO log(event, message) VALUES('a.B_c:d-9', '');
      INSERT INTO log(event, message) VALUES('message', 'plain');`);
    assert.deepEqual(frames.map((f) => [f.event, f.data]), [
      ['order', '{"status":"out for delivery"}'],
      ['x', ' two\n lead\n\nend\n'],
      ['a.B_c:d-9', ''],
      ['message', 'plain'],
    ]);
  });

  it('carries every byte that the format can, and replaces the others visibly', async () => {
    const long = 'x'.repeat(1 << 20);
    const frames = await framesOf(`
      INSERT INTO log(event, message) VALUES('x', cast(x'61c32862' AS TEXT));
      INSERT INTO log(event, message) VALUES('x', cast(x'efbbbf' AS TEXT));
      INSERT INTO log(event, message) VALUES('x', cast(x'610062' AS TEXT));
      INSERT INTO log(event, message) VALUES('x', '${long}');
      INSERT INTO log(message) VALUES(cast(x'610062ff0a223c' AS TEXT));
      INSERT INTO log(message) VALUES('');
      INSERT INTO log(message) VALUES('${long}');`);
    assert.deepEqual(frames.slice(0, 4).map((f) => f.data), ['a\uFFFD(b', '\uFEFF', 'a\0b', long]);
    assert.deepEqual(frames.slice(4).map((f) => f.json.message), ['a\0b\uFFFD\n"<', '', long]);
  });

  it('gives each frame of a row its cursor, with data', async () => {
    const at = newestOf(server.db);
    const frames = await framesOf(`
      INSERT INTO log(message) VALUES('a'), ('b');
      INSERT INTO job(name) VALUES('c');
      INSERT INTO log(event, message) VALUES('d', 'd');`);
    assert.deepEqual(frames.map((f) => f.id), [1, 2, 3, 4].map((n) => `${epoch}-${at + n}`));
    const { raw } = await handedOver(`${server.api}/events?since=${epoch}-${at}&hold=0`);
    for (const frame of raw.split('\n\n'))
      if (/^id:/m.test(frame)) assert.match(frame, /^data:/m);
  });

  closing(() => server);
});
