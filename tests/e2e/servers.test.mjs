// servers.test.mjs: the same promises behind each web server, set up as the shipped files say.
//
// - The servers run at the same time: most of it is waiting for heartbeats.
// - What a test measures is in its diagnostics.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventSource } from 'undici';
import { Apache } from './lib/apache.mjs';
import { epochOf, newestOf, sql, writeRows } from './lib/database.mjs';
import { Nginx } from './lib/nginx.mjs';
import { build, root } from './lib/paths.mjs';
import { openRequests } from './lib/processes.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const FRAME_LIMIT_MS = 1000;
const HEARTBEAT_MS = 15_000;
const HEARTBEAT_LIMIT_MS = HEARTBEAT_MS + 2000;

/** What the servers log when they are ready, at first and after a reload. */
const STARTED = / server started |resuming normal operations|start worker process \d/g;

const SHA = createHash('sha1').update('secret').digest('base64');

/** Programs, called as ours, that answer with what the server told them, and its users. */
function standIns() {
  const bin = freshDirectory();
  chmodSync(bin, 0o755);
  for (const name of ['tailrow.fcgi', 'tailrow.cgi'])
    symlinkSync(fileURLToPath(new URL('lib/echo.py', import.meta.url)), join(bin, name));
  writeFileSync(join(bin, 'users'), `ada:{SHA}${SHA}\n`);
  writeFileSync(join(bin, 'plain-users'), 'ada:secret\n');
  return bin;
}

/** How each server is started; with `bin`: with the stand-ins there, behind a login. */
const lighttpd = (include) => (bin) => {
  if (!bin) return Server.start({ include });
  const wrapped = join(bin, include);
  writeFileSync(wrapped, `
    var.tailrow_bin := "${bin}"
    server.modules += ( "mod_auth", "mod_authn_file" )
    auth.backend = "plain"
    auth.backend.plain.userfile = "${bin}/plain-users"
    auth.require = ( "" => ( "method" => "basic", "realm" => "test", "require" => "valid-user" ) )
    include "${root}lighttpd-conf/${include}"`);
  return Server.start({ include: wrapped });
};

const apache = (options) => (bin) => Apache.start({
  ...options,
  ...(bin && { bin, more: `
    <Location "/">
      AuthType Basic
      AuthName test
      AuthUserFile ${bin}/users
      Require valid-user
    </Location>` }),
});

const nginx = (options) => (bin) => Nginx.start({
  ...options,
  ...(bin && { bin, more: `auth_basic test; auth_basic_user_file ${bin}/users;` }),
});

const onSocket = (server) => openRequests(server.socket);
const asProcesses = (server) => server.responders().length;

const LIGHTTPD_LOGS = [/oversized request-header/, /graceful shutdown started/];

/** serving: how many requests are being answered. logs: lines that belong to the tests.
 * startsNone: the responder is started beside the server. seconds: a stream's, as set there. */
const SERVERS = [
  {
    name: 'lighttpd, FastCGI', serving: onSocket,
    start: lighttpd('tailrow.conf'), logs: LIGHTTPD_LOGS,
  },
  {
    name: 'lighttpd, CGI', serving: asProcesses,
    start: lighttpd('tailrow-cgi.conf'), logs: LIGHTTPD_LOGS,
  },
  {
    name: 'Apache, mod_proxy_fcgi', serving: onSocket, startsNone: true,
    start: apache({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 100 }),
  },
  {
    name: 'Apache, mod_fcgid', serving: (server) => server.readers().length,
    start: apache({ include: 'tailrow-fcgid.conf', modules: ['fcgid'] }), seconds: 240,
    logs: [/mod_fcgid: ap_pass_brigade failed/],
  },
  {
    name: 'Apache, CGI', serving: asProcesses,
    start: apache({ include: 'tailrow-cgi.conf', modules: ['cgid'] }), seconds: 600,
  },
  {
    name: 'Apache, .htaccess', serving: asProcesses,
    start: apache({ modules: ['cgid', 'rewrite'] }), seconds: 240,
  },
  {
    name: 'nginx', serving: onSocket, startsNone: true,
    start: nginx({ maxStreams: 256 }), logs: [/"GET \/tailrow\/apis /,
      /open socket #\d+ left|\[alert\].*: aborting$/], // ended just after a reload
  },
];

/** A stream that no row is for; it ends by itself after a heartbeat. */
async function openQuiet(url) {
  const stream = await Stream.open(`${url}?since=now&event=nothing&hold=${HEARTBEAT_MS / 1000 + 1}`);
  await stream.event('hello');
  return stream;
}

function matrix({ start, serving, logs = [], seconds }) {
  let server, events, epoch;
  before(async () => {
    server = await start();
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

    it('frees the process of a client that left, at once or within one heartbeat', async (t) => {
      const limitMs = server instanceof Apache ? HEARTBEAT_LIMIT_MS : 1000;
      await until('it is free', () => serving(server) === 1, limitMs);
      t.diagnostic(`after ${Math.round(performance.now() - leftMs)} ms`);
    });

    it('moves the cursor of a filtered stream', async () => {
      await quiet.end(leftMs + HEARTBEAT_LIMIT_MS - performance.now());
      assert.deepEqual(quiet.names, ['hello', 'ping', 'ping'], 'a heartbeat, and the end');
      assert.equal(quiet.frames[1].id, `${epoch}-${newestOf(server.db)}`);
    });
  });

  it('sends each row as soon as it is committed', async (t) => {
    const cameNs = [];
    const onFrame = (f) => f.event === 'log' && cameNs.push(process.hrtime.bigint());
    const stream = await Stream.open(`${events}?since=now`, { onFrame });
    await stream.event('hello');
    assert.equal(stream.headers['content-encoding'], undefined);
    const writer = writeRows(server.db, { rows: 40, maxGapMs: 40 });
    await writer.done;
    await until('every row', () => cameNs.length >= 40, FRAME_LIMIT_MS);
    const lateMs = [...writer.committed.values()].map((ns, i) => Number(cameNs[i] - ns) / 1e6).sort((a, b) => a - b);
    t.diagnostic(`from commit to client: half within ${lateMs[20].toFixed(1)} ms, all within ${lateMs[39].toFixed(1)} ms`);
    assert.ok(lateMs[39] < FRAME_LIMIT_MS);
    stream.leave();
  });

  if (seconds) it('tells the responder how long a stream may last', async () => {
    const stream = await Stream.open(`${events}?since=now`);
    for (const pid of server.responders())
      assert.ok(readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`\0TAILROW_MAX_STREAM_SECONDS=${seconds}\0`));
    stream.leave();
  });

  it('hands over what there is, after Last-Event-ID, and closes', async () => {
    const at = newestOf(server.db);
    sql(server.db, "INSERT INTO log(message) VALUES('one'), ('two');");
    const got = await handedOver(`${events}?hold=0`, { lastEventId: `${epoch}-${at}` });
    assert.deepEqual(got.names, ['hello', 'log', 'log', 'ping']);
    assert.equal(got.frames[0].json.resumed, true);
    assert.deepEqual(got.frames.slice(1, 3).map((f) => f.json.message), ['one', 'two']);
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

  it('refuses an address that is too long', async () => {
    const { status } = await ask(`${events}?x=${'y'.repeat(16_000)}`);
    assert.equal(status, server instanceof Server ? 431 : 414);
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
    t.diagnostic(`connected ${hellos} times`);
    source.close();
    await until('its process is free', () => {
      sql(server.db, "INSERT INTO log(message) VALUES('to notice it by');");
      return serving(server) === 0;
    });
  });

  closing(() => server);
}

function variables({ start }) {
  let bin, server;
  before(async () => {
    bin = standIns();
    server = await start(bin);
  });
  after(() => rmSync(bin, { recursive: true }));

  it('tells the responder who asks for what', async () => {
    const url = server.api.replace('//', '//ada:secret@');
    const { json } = await ask(`${url}/events?a=1&b`, { lastEventId: 'x-1' });
    assert.equal(json.REMOTE_USER, 'ada');
    assert.equal(json.REQUEST_METHOD, 'GET');
    assert.equal(json.SCRIPT_NAME.replace('/tailrow.cgi', '/api'), '/tailrow/api');
    assert.equal(json.PATH_INFO, '/events');
    assert.equal(json.QUERY_STRING, 'a=1&b');
    assert.equal(json.HTTP_LAST_EVENT_ID, 'x-1');
  });

  closing(() => server);
}

function responderBeside({ start }) {
  let server;
  before(async () => {
    server = await start();
    server.expectLog(/proxy(_fcgi)?:error|connect\(\) to unix:|temporary file/);
  });

  it('is not held up by clients that send slowly', async (t) => {
    const clients = Array.from({ length: 20 }, () => connect(server.port, '127.0.0.1'));
    t.after(() => clients.forEach((client) => client.destroy()));
    for (const client of clients)
      client.write(`POST /tailrow/api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n${'x'.repeat(20_000)}`);
    if (server instanceof Apache) // nginx hands over a whole body or none
      await until('they are handed over', () => openRequests(server.socket) >= 10);
    const other = await within('another is answered', ask(`${server.api}/events?hold=0`), 1000);
    assert.equal(other.status, 200);
  });

  it('waits for the end of a request that a busy server sends late', async (t) => {
    const record = (type, text) => Buffer.concat([
      Buffer.from([1, type, 0, 1, text.length >> 8, text.length & 255, 0, 0]), Buffer.from(text)]);
    const variables = { REQUEST_METHOD: 'GET', PATH_INFO: '/events', QUERY_STRING: 'since=now' };
    const pairs = Object.entries(variables).map(([name, value]) =>
      String.fromCharCode(name.length, value.length) + name + value);
    const connection = connect(server.socket).setEncoding('utf8');
    t.after(() => connection.destroy());
    let got = '';
    connection.on('data', (text) => { got += text; });
    connection.write(Buffer.concat([record(1, '\0\x01\0\0\0\0\0\0'), record(4, pairs.join('')), record(4, '')]));
    await sleep(300);
    connection.write(record(5, ''));
    await until('hello', () => got.includes('event: hello'));
    sql(server.db, "INSERT INTO log(message) VALUES('still here');");
    await until('a row', () => got.includes('still here'));
  });

  it('that was ended is asked again as soon as it listens', async () => {
    const status = async () => (await ask(`${server.api}/events?hold=0`)).status;
    await server.endResponder();
    assert.ok([502, 503].includes(await status()));
    await server.startResponder(build, 10);
    await until('an answer', async () => await status() === 200, 3000);
  });

  closing(() => server);
}

describe('behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => matrix(server));
});

describe('with a login, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => variables(server));
});

describe('a responder of its own, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS.filter((s) => s.startsNone))
    describe(server.name, { concurrency: 1 }, () => responderBeside(server));
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
