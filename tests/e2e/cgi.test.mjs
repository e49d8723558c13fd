// cgi.test.mjs: the same responder as plain CGI, run by hand and by lighttpd's mod_cgi.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CgiRun, runCgi } from './lib/cgi.mjs';
import { epochOf, init, newestOf, sql } from './lib/database.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

describe('the responder, run from its environment', () => {
  let dir, TAILROW_DB;
  before(() => {
    dir = freshDirectory();
    TAILROW_DB = join(dir, 'jobs.db');
    init(TAILROW_DB);
    sql(TAILROW_DB, "INSERT INTO log(message) VALUES('a'), ('b');");
  });
  after(() => rmSync(dir, { recursive: true }));

  it('hands over and ends', async () => {
    const got = await runCgi({ TAILROW_DB, QUERY_STRING: 'since=all&hold=0' });
    assert.equal(got.exit, 0);
    assert.equal(got.said, '');
    assert.equal(got.status, 200);
    assert.equal(got.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(got.headers['x-content-type-options'], 'nosniff');
    assert.match(got.body, /^:[^\n]{79,}\n/);
    assert.deepEqual(got.names, ['hello', 'log', 'log', 'ping']);
  });

  it('goes on after the cursor in the header', async () => {
    const got = await runCgi({
      TAILROW_DB, QUERY_STRING: 'hold=0', HTTP_LAST_EVENT_ID: `${epochOf(TAILROW_DB)}-1`,
    });
    assert.deepEqual(got.named('log').map((f) => f.json.message), ['b']);
  });

  it('follows, and on SIGTERM ends with its position', async () => {
    const run = new CgiRun({ TAILROW_DB, QUERY_STRING: 'since=now' });
    await run.event('hello');
    sql(TAILROW_DB, "INSERT INTO log(message) VALUES('live');");
    await run.frame('live', (f) => f.json.message === 'live');
    run.child.kill('SIGTERM');
    await run.end(2000);
    assert.equal(run.exit, 0);
    assert.equal(run.names.at(-1), 'ping');
    assert.equal(run.lastEventId, `${epochOf(TAILROW_DB)}-${newestOf(TAILROW_DB)}`);
  });

  it('ends when nobody reads any more', async () => {
    const run = new CgiRun({ TAILROW_DB });
    await run.event('snapshot');
    run.child.stdout.destroy();
    await run.end(1000);
    assert.equal(run.exit, 0);
  });

  it('answers HEAD with the headers alone', async () => {
    const got = await runCgi({ TAILROW_DB, REQUEST_METHOD: 'HEAD' });
    assert.equal(got.status, 200);
    assert.equal(got.body, '');
  });

  for (const [what, env, status] of [
    ['an unknown address', { PATH_INFO: '/nope' }, 404],
    ['no address', { PATH_INFO: '' }, 404],
    ['POST', { REQUEST_METHOD: 'POST', CONTENT_LENGTH: '0' }, 405],
    ['job=abc', { QUERY_STRING: 'job=abc' }, 400],
    ['a NUL in a number', { QUERY_STRING: 'job=1%00' }, 400],
    ['a line end in a name', { QUERY_STRING: 'event=log%0a' }, 400],
    ['an 8 KB number', { QUERY_STRING: `job=${'1'.repeat(8000)}` }, 400],
    ['a 64 KB query', { QUERY_STRING: `x=${'1'.repeat(65536)}` }, 414],
    ['no database named', { TAILROW_DB: '' }, 503],
    ['a missing database', { TAILROW_DB: '/nonexistent/jobs.db' }, 503]]) {
    it(`answers ${what} with ${status}`, async () => {
      const got = await runCgi({ TAILROW_DB, ...env });
      assert.equal(got.status, status);
      assert.match(got.headers['content-type'], /^application\/problem\+json/);
      const problem = JSON.parse(got.body);
      assert.equal(problem.status, status);
      assert.ok(problem.detail);
      assert.equal(got.said.split('\n').filter(Boolean).length, status === 503 ? 1 : 0, got.said);
    });
  }

  it('reads a query string of 8 KB', async () => {
    const query = '&since=now&hold=0';
    const long = 'x='.padEnd(8192 - query.length, '%41') + query;
    const got = await runCgi({ TAILROW_DB, QUERY_STRING: long });
    assert.deepEqual(got.names, ['hello', 'ping']);
  });

  it('takes its settings from a file, and the environment over it', async () => {
    const TAILROW_CONFIG = join(dir, 'settings');
    writeFileSync(TAILROW_CONFIG, `db = ${TAILROW_DB}\n`);
    const query = { TAILROW_CONFIG, QUERY_STRING: 'since=all&hold=0' };
    assert.equal((await runCgi(query)).named('log').length, newestOf(TAILROW_DB));
    assert.equal((await runCgi({ ...query, TAILROW_DB: '/nonexistent/jobs.db' })).status, 503);
  });
});

describe('behind lighttpd’s mod_cgi', () => {
  let server, events;
  before(async () => {
    server = await Server.start({ include: 'tailrow-cgi.conf' });
    events = `${server.api}/events`;
  });

  it('streams each row as it is committed', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    for (const message of ['one', 'two']) {
      sql(server.db, `INSERT INTO log(message) VALUES('${message}');`);
      await stream.frame(message, (f) => f.json.message === message, 1000);
    }
    stream.leave();
    await until('its process is gone', () => server.responders().length === 0, 1000);
  });

  it('goes on after Last-Event-ID', async () => {
    const stream = await handedOver(`${events}?hold=0`, { lastEventId: `${epochOf(server.db)}-1` });
    assert.deepEqual(stream.named('log').map((f) => f.json.message), ['two']);
  });

  it('answers what it cannot serve', async () => {
    assert.equal((await ask(`${events}?job=abc`)).status, 400);
    assert.equal((await ask(`${server.api}/nope`)).status, 404);
    assert.equal((await ask(server.api)).status, 404);
    assert.equal((await ask(events, { method: 'POST' })).status, 405);
    const head = await ask(events, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
  });

  it('serves the page beside it', async () => {
    const page = await ask(server.page);
    assert.equal(page.status, 200);
    assert.match(page.headers['content-security-policy'], /default-src 'self'/);
  });

  it('says reset where an older copy was restored into the file, and goes on there', async () => {
    sql(server.db, `.backup ${server.dir}/backup`);
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    sql(server.db, "INSERT INTO log(message) VALUES('lost by the restoring');");
    await stream.event('log');
    sql(server.db, `.restore ${server.dir}/backup`);
    const reset = await stream.event('reset');
    assert.equal(stream.frames[stream.frames.indexOf(reset) + 1].event, 'snapshot');
    sql(server.db, "INSERT INTO log(message) VALUES('restored');");
    await stream.frame('the next row', (f) => f.json?.message === 'restored');
    stream.leave();
  });

  it('ends every open stream with lighttpd', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    await stream.event('hello');
    await server.stop();
  });
});
