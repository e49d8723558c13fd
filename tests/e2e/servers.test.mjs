// servers.test.mjs: the same promises behind each web server, set up as the shipped files say.
//
// - The servers run at the same time: most of it is waiting for heartbeats.
// - servers_….test.mjs have more of the same.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { EventSource } from 'undici';
import { Apache } from './lib/apache.mjs';
import { closing } from './lib/daemon.mjs';
import { epochOf, newestOf, sql, writeRows } from './lib/database.mjs';
import { Findings } from './lib/findings.mjs';
import { Nginx } from './lib/nginx.mjs';
import { environmentOf } from './lib/processes.mjs';
import { SERVERS, start } from './lib/servers.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const FRAME_LIMIT_MS = 1000;
const AT_ONCE_MS = 1000;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT_LIMIT_MS = HEARTBEAT_MS + 2000;

/** What the servers log when they are ready, at first and after a reload. */
const STARTED = / server started |resuming normal operations|start worker process \d/g;

const findings = new Findings('servers');

/** A stream that no row is for; it ends by itself after a heartbeat. */
async function openQuiet(url) {
  const stream = await Stream.open(`${url}?since=now&event=nothing&hold=${HEARTBEAT_MS / 1000 + 1}`);
  await stream.event('hello');
  return stream;
}

function matrix(each) {
  const { name, serving, logs = [], seconds } = each;
  let server, events, epoch;
  before(async () => {
    server = await start(each);
    for (const line of logs) server.expectLog(line);
    events = `${server.api}/events`;
    epoch = epochOf(server.db);
  });

  describe('when nothing happens', () => {
    let quiet, leftMs;
    before(async () => {
      const leaver = await openQuiet(events);
      quiet = await openQuiet(events);
      sql(server.db, "INSERT INTO log(message) VALUES('not for a filtered stream');");
      assert.equal(serving(server), 2);
      leaver.leave();
      leftMs = performance.now();
    });

    it('frees the process of a client that left, at once or within one heartbeat', async () => {
      const limitMs = server instanceof Apache ? HEARTBEAT_LIMIT_MS : AT_ONCE_MS;
      await until('it is free', () => serving(server) === 1, limitMs);
      const afterMs = performance.now() - leftMs;
      findings.add(name, 'left', afterMs < AT_ONCE_MS ? 'at once' : `${(afterMs / 1000).toFixed(1)} s`);
    });

    it('moves the cursor of a filtered stream', async () => {
      await quiet.end(leftMs + HEARTBEAT_LIMIT_MS - performance.now());
      assert.deepEqual(quiet.names, ['hello', 'ping', 'ping'], 'a heartbeat, and the end');
      assert.equal(quiet.frames[1].id, `${epoch}-${newestOf(server.db)}`);
      findings.add(name, 'cursor', 'yes');
    });
  });

  it('sends each row as soon as it is committed', async () => {
    const cameNs = [];
    const onFrame = (f) => f.event === 'log' && cameNs.push(process.hrtime.bigint());
    const stream = await Stream.open(`${events}?since=now`, { onFrame });
    await stream.event('hello');
    assert.equal(stream.headers['content-encoding'], undefined);
    const writer = writeRows(server.db, { rows: 40, maxGapMs: 40 });
    await writer.done;
    await until('every row', () => cameNs.length >= 40, FRAME_LIMIT_MS);
    const lateMs = [...writer.committed.values()].map((ns, i) => Number(cameNs[i] - ns) / 1e6).sort((a, b) => a - b);
    assert.ok(lateMs[39] < FRAME_LIMIT_MS, `${lateMs[39]} ms`);
    stream.leave();
    findings.add(name, 'frame', `${lateMs[20].toFixed(1)} ms; ${lateMs[39].toFixed(1)} ms`);
  });

  it('ends a stream in order after so many seconds', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    const environments = server.responders().map(environmentOf).filter(Boolean);
    assert.ok(environments.length);
    for (const environment of environments) {
      const set = environment.find((variable) => variable.startsWith('TAILROW_MAX_STREAM_SECONDS='));
      assert.equal(set?.split('=')[1] ?? '600', String(seconds)); // 600 is the default
    }
    stream.leave();
  });

  it('hands over what there is, after Last-Event-ID, and closes', async () => {
    const at = newestOf(server.db);
    sql(server.db, "INSERT INTO log(message) VALUES('one'), ('two');");
    const got = await handedOver(`${events}?hold=0`, { lastEventId: `${epoch}-${at}` });
    assert.deepEqual(got.names, ['hello', 'log', 'log', 'ping']);
    assert.equal(got.frames[0].json.resumed, true);
    assert.deepEqual(got.frames.slice(1, 3).map((f) => f.json.message), ['one', 'two']);
    findings.add(name, 'resumes', 'yes');
  });

  it('answers as the responder does', async () => {
    const head = await ask(events, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(head.headers['cache-control'], 'no-cache, no-transform');
    assert.equal(head.text, '');
    for (const [status, url, method] of [
      [404, server.api], [404, `${server.api}/nope`], [404, `${server.api}/events/x`],
      [405, events, 'POST'], [405, events, 'DELETE'], [400, `${events}?job=abc`]]) {
      const answer = await ask(url, { method });
      assert.equal(answer.status, status, `${method ?? 'GET'} ${url}`);
      assert.match(answer.headers['content-type'], /^application\/problem\+json/);
      assert.equal(answer.json.status, status);
    }
    const withBody = await fetch(events, { method: 'POST', body: 'x'.repeat(10_000) });
    assert.equal((await withBody.json()).status, 405, 'the body is read, and the answer whole');
    assert.equal((await ask(`${server.api}s`)).status, 404, 'no address of the responder’s');
  });

  it('serves the page', async () => {
    const bare = await ask(server.page.slice(0, -1));
    assert.equal(bare.status, 301);
    assert.match(bare.headers.location, /\/tailrow\/$/);
    const page = await fetch(server.page);
    assert.match(await page.text(), /<meta name="?tailrow-api/);
    assert.equal(page.headers.get('content-security-policy'),
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; object-src 'none'");
    assert.equal(page.headers.get('cache-control'), 'no-cache');
    const script = await fetch(`${server.page}main.js`);
    assert.match(script.headers.get('content-type'), /^(text|application)\/javascript/);
    // Where the host compresses, it is seen to.
    assert.equal(script.headers.get('content-encoding'), server instanceof Apache ? 'gzip' : null);
  });

  it('loses no row when the server is reloaded', async (t) => {
    const source = new EventSource(`${events}?since=now`);
    t.after(() => source.close());
    const messages = [];
    let hellos = 0, closed = false;
    source.addEventListener('hello', () => { hellos++; });
    source.addEventListener('log', (e) => messages.push(JSON.parse(e.data).message));
    source.addEventListener('error', () => { closed ||= source.readyState === EventSource.CLOSED; });
    await until('it is connected', () => hellos);
    const writer = writeRows(server.db, { maxGapMs: 40 });
    t.after(() => writer.stop());
    await until('a few rows', () => messages.length >= 10);
    server.signal(server instanceof Nginx ? 'SIGHUP' : 'SIGUSR1');
    // lighttpd takes 8 s, as long as a stream is open.
    await until('it has started again', () => server.log().match(STARTED).length === 2, 15_000);
    assert.equal((await handedOver(`${events}?hold=0`)).status, 200);
    await writer.stop();
    await until('every row', () => messages.length >= writer.committed.size, 10_000);
    assert.deepEqual(messages, Array.from(writer.committed, (_, i) => `row ${i + 1}`));
    assert.equal(closed, false);
    findings.add(name, 'reload', hellos === 1 ? 'goes on' : 'resumes');
    source.close();
    await until('its process is free', () => {
      sql(server.db, "INSERT INTO log(message) VALUES('to notice it by');");
      return serving(server) === 0;
    });
  });

  closing(() => server);
}

describe('behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => matrix(server));
});

describe('the .htaccess', () => {
  let server, directory;
  before(async () => {
    server = await Apache.start({ modules: ['cgid', 'rewrite'] });
    directory = join(server.dir, 'htdocs/some where/deep');
    cpSync(join(server.dir, 'htdocs/tailrow'), directory, { recursive: true });
  });

  it('works in any directory', async () => {
    const page = `http://127.0.0.1:${server.port}/some%20where/deep/`;
    assert.equal((await fetch(page)).status, 200);
    assert.equal((await handedOver(`${page}api/events?hold=0`)).names.at(-1), 'ping');
  });

  it('keeps a database beside the page to itself', async () => {
    for (const name of ['jobs.db', 'jobs.db-wal']) {
      writeFileSync(join(directory, name), '');
      assert.equal((await fetch(`http://127.0.0.1:${server.port}/some%20where/deep/${name}`)).status, 403);
    }
  });

  closing(() => server);
});

findings.check();
