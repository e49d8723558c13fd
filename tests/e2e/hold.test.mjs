// hold.test.mjs: TAILROW_HOLD, the most that a host lets a stream hold.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { EventSource } from 'undici';
import { Apache } from './lib/apache.mjs';
import { runCgi } from './lib/cgi.mjs';
import { newestOf, sql, writeRows } from './lib/database.mjs';
import { Nginx } from './lib/nginx.mjs';
import { closing, Server } from './lib/server.mjs';
import { handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const POLLS = 3;

/** What an ordinary client makes of a server that only hands over: every row, once, in order. */
async function followsByPolling(t, server) {
  const source = new EventSource(`${server.api}/events?since=now`);
  t.after(() => source.close());
  const messages = [];
  let hellos = 0, closed = false;
  source.addEventListener('hello', () => { hellos++; });
  source.addEventListener('log', (e) => messages.push(JSON.parse(e.data).message));
  source.addEventListener('error', () => { closed ||= source.readyState === EventSource.CLOSED; });
  await until('it has asked once', () => hellos);
  const writer = writeRows(server.db, { maxGapMs: 40 });
  t.after(() => writer.stop());
  await until('it has asked again', () => hellos > POLLS, 20_000);
  await writer.stop();
  await until('every row', () => messages.length >= writer.committed.size, 10_000);
  assert.deepEqual(messages, Array.from(writer.committed, (_, i) => `row ${i + 1}`));
  assert.equal(closed, false);
}

/** Fails where a stream's first frame comes: then the host does not buffer, and the test is void. */
async function holdsBack(url) {
  const signal = AbortSignal.timeout(1000);
  const got = fetch(url, { signal }).then((response) => response.body.getReader().read());
  await assert.rejects(got, { name: 'TimeoutError' });
}

describe('TAILROW_HOLD', () => {
  let server;
  before(async () => { server = await Server.start({ settings: 'hold = 1\n' }); });

  it('is the most that a stream holds, whatever its client asks', async () => {
    for (const query of ['since=now', 'since=now&hold=60']) {
      const begunMs = performance.now();
      const { names } = await handedOver(`${server.api}/events?${query}`);
      assert.deepEqual(names, ['hello', 'ping']);
      assert.ok(performance.now() - begunMs >= 900, query);
    }
  });

  it('lets a client ask for less', async () => {
    const begunMs = performance.now();
    await handedOver(`${server.api}/events?since=now&hold=0`);
    assert.ok(performance.now() - begunMs < 900);
  });

  it('is 0 for a CGI whose environment says so', async () => {
    const { names, retries } = await runCgi({ TAILROW_DB: server.db, TAILROW_HOLD: '0', QUERY_STRING: 'hold=60' });
    assert.deepEqual(names, ['hello', 'snapshot', 'ping']);
    assert.ok(retries[0] >= 1000);
  });

  closing(() => server);
});

describe('a request’s own settings, in the pool', () => {
  let server;
  before(async () => {
    server = await Apache.start({
      include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 10,
      more: `
        <Location "/tailrow/api">
          SetEnv TAILROW_HOLD 0
          SetEnv TAILROW_DB /nonexistent/jobs.db
        </Location>`,
    });
  });

  it('hold for its stream, but never name the database', async () => {
    sql(server.db, "INSERT INTO log(message) VALUES('here');");
    const { names, lastEventId } = await handedOver(`${server.api}/events?since=all`);
    assert.deepEqual(names, ['hello', 'log', 'ping']);
    assert.equal(lastEventId.split('-')[1], `${newestOf(server.db)}`);
  });

  closing(() => server);
});

describe('behind a server that buffers by force', { concurrency: 2 }, () => {
  const buffers = {
    'nginx, told to buffer whatever the responder says': (hold) => Nginx.start({
      maxStreams: 10, more: 'fastcgi_ignore_headers X-Accel-Buffering;',
      settings: hold && { TAILROW_HOLD: '0' },
    }),
    'Apache, which compresses whatever .htaccess says': (hold) => Apache.start({
      modules: ['cgid', 'rewrite'],
      edit: (text) => text.replace(/SetEnv no-.*/g, '')
        .replace('#SetEnv TAILROW_HOLD 0', hold ? 'SetEnv TAILROW_HOLD 0' : '$&'),
    }),
  };
  for (const [name, start] of Object.entries(buffers)) describe(name, { concurrency: 1 }, () => {
    describe('an ordinary stream', () => {
      let server;
      before(async () => { server = await start(false); });
      it('comes to nothing', () => holdsBack(`${server.api}/events?hold=2`));
      closing(() => server);
    });

    describe('with TAILROW_HOLD=0 the same client', () => {
      let server;
      before(async () => { server = await start(true); });
      it('gets every row, once and in order, by asking again', (t) => followsByPolling(t, server));
      closing(() => server);
    });
  });
});
