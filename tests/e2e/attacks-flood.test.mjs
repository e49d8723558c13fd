// attacks-flood.test.mjs: many connections, slow ones, and ones that stop in the middle: the
// others are served meanwhile, and nothing of them stays.
//
// - Not with sanitizers: it is the numbers that count here.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, chownSync, readFileSync, readdirSync, writeFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nobody } from './lib/daemon.mjs';
import { sql } from './lib/database.mjs';
import { FastCgi, opening, record } from './lib/fastcgi.mjs';
import { openRequests } from './lib/processes.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const TOKEN = 'open-sesame-0123456789';
const CONNECTS = 10_000, WAVE = 200;
/** Connections held at once: as many as lighttpd takes in the tests, and as this process may have. */
const HELD = Math.min(1500, Number(readFileSync('/proc/self/limits', 'utf8').match(/open files +(\d+)/)[1]) - 300);

const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

describe('a flood', () => {
  let server;
  const dir = freshDirectory();
  before(async () => {
    const tokens = join(dir, 'tokens');
    chmodSync(dir, 0o755);
    writeFileSync(tokens, `${TOKEN}\n`);
    chmodSync(tokens, 0o600);
    if (nobody !== undefined) chownSync(tokens, nobody, nobody);
    server = await Server.start({ settings: `publish_token_file = ${tokens}\n`, uid: nobody });
    sql(server.db, "INSERT INTO job(name, state) VALUES('ours', 'running'); INSERT INTO log(job_id, message) VALUES(1, 'line');");
  });
  after(() => rmSync(dir, { recursive: true }));

  /** Everything that others want, while the attack lasts. */
  async function othersAreServed() {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'meanwhile');");
    await stream.event('log');
    stream.leave();
    for (const path of ['/jobs', '/jobs/1/log', '/jobs/1/log.txt', '/health']) assert.equal((await ask(server.api + path)).status, 200, path);
    const made = new FastCgi(server.socket, { REQUEST_METHOD: 'POST', PATH_INFO: '/jobs', CONTENT_TYPE: 'application/json',
      HTTP_AUTHORIZATION: `Bearer ${TOKEN}`, CONTENT_LENGTH: 12 });
    made.send('{"name":"x"}');
    made.send();
    assert.equal((await made.end()).status, 201, made.text);
  }

  /** A POST whose body does not come, by the socket of the responder. */
  const slow = (PATH_INFO, CONTENT_TYPE, token = TOKEN) => new FastCgi(server.socket, { REQUEST_METHOD: 'POST', PATH_INFO, CONTENT_TYPE,
    CONTENT_LENGTH: 1 << 20, HTTP_AUTHORIZATION: `Bearer ${token}` });

  it('of bodies that come byte by byte is cut after 30 s, and others are served meanwhile', async () => {
    const begun = performance.now();
    const requests = [...Array(10).fill(['/jobs', 'application/json']), ...Array(10).fill(['/jobs/1/log', 'application/json']),
      ...Array(20).fill(['/jobs/1/log', 'text/plain']), ...Array(5).fill(['/log', 'text/plain'])].map((how) => slow(...how));
    const noToken = Array.from({ length: 20 }, () => slow('/jobs/1/log', 'text/plain', 'none-that-anybody-has'));
    const drip = setInterval(() => { for (const request of requests) request.send('['); }, 500);
    try {
      await Promise.all(noToken.map((request) => request.end(10_000)));
      assert.deepEqual([...new Set(noToken.map((request) => request.status))], [401]);
      assert.ok(performance.now() - begun < 20_000, 'who may not publish is not waited for');
      await othersAreServed();
      await Promise.all(requests.map((request) => request.end(60_000)));
    } finally {
      clearInterval(drip);
    }
    const took_s = (performance.now() - begun) / 1000;
    assert.ok(took_s > 29 && took_s < 50, `${took_s} s`);
    assert.deepEqual([...new Set(requests.map((request) => request.status))], [408], requests.find((r) => r.status !== 408)?.text);
    assert.equal((await ask(`${server.api}/health`)).json.streams, 0);
    assert.equal(sql(server.db, "SELECT count(*) FROM log WHERE message LIKE '[%';"), '0');
  });

  it('of slow bodies stays with lighttpd: no worker waits', async () => {
    const clients = Array.from({ length: 100 }, () => connect(server.port, '127.0.0.1'));
    for (const client of clients) {
      client.on('error', () => {});
      client.write(`POST /tailrow/api/jobs/1/log HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 1000\r\n\r\n[`);
    }
    await othersAreServed();
    assert.equal(openRequests(server.socket), 0);
    for (const client of clients) client.destroy();
  });

  it('of 10,000 connections leaves no process and no descriptor behind', async () => {
    const STARTS = ['', 'GET /tailrow/api/ev', 'GET /tailrow/api/events?since=now HTTP/1.1\r\nHost: x\r\n',
      'GET /tailrow/api/events?since=now HTTP/1.1\r\nHost: x\r\n\r\n', '\x16\x03\x01'];
    server.expectLog(/unexpected TLS ClientHello/);
    await handedOver(`${server.api}/events?hold=0`);
    const count = () => ({ processes: server.responders().length, of_lighttpd: descriptors(server.pid), of_one: Math.max(...server.responders().map(descriptors)) });
    const before = count();
    for (let done = 0; done < CONNECTS; done += WAVE) {
      const wave = Array.from({ length: WAVE }, () => connect(server.port, '127.0.0.1'));
      await within('a wave of connections', Promise.all(wave.map((socket) => once(socket, 'connect'))), 30_000);
      for (const [i, socket] of wave.entries()) {
        socket.on('error', () => {});
        socket.end(STARTS[i % 50 < 5 ? i % 5 : 0]); // one in fifty asks for a stream
        socket.destroySoon();
      }
    }
    await othersAreServed();
    let now;
    await until('what there was before', () => {
      now = count();
      return openRequests(server.socket) === 0 && now.processes <= before.processes + 4 && now.of_lighttpd <= before.of_lighttpd && now.of_one <= before.of_one;
    }, 30_000).catch((error) => assert.fail(`${error.message}: ${JSON.stringify({ before, now })}`));
  });

  it('of connections that are held and say nothing keeps nobody out', async () => {
    const held = Array.from({ length: HELD }, () => connect(server.port, '127.0.0.1'));
    for (const socket of held) socket.on('error', () => {});
    await within('all of them', Promise.all(held.map((socket) => once(socket, 'connect'))), 30_000);
    await othersAreServed();
    for (const socket of held) socket.destroy();
  });

  it('of streams from one address gets half of the places, the others are told to come again', async () => {
    const streams = await Promise.all(Array.from({ length: 200 }, () => Stream.open(`${server.api}/events?since=now`)));
    await until('all are answered', () => streams.every((stream) => stream.names.some((name) => ['hello', 'busy'].includes(name))), 20_000);
    const told = streams.filter((stream) => stream.names.includes('busy'));
    assert.equal(told.length, 200 - 128);
    assert.ok(told.every((stream) => stream.status === 200 && stream.retries.at(-1) >= 5000));
    const other = new FastCgi(server.socket, { REMOTE_ADDR: '192.0.2.1', QUERY_STRING: 'hold=0' });
    other.send();
    assert.match((await other.end()).text, /event: hello/);
    for (const stream of streams) stream.leave();
  });

  it('of broken records, straight to its socket, does not end the responder', async () => {
    const whole = opening({ QUERY_STRING: 'hold=0' });
    const broken = [Buffer.alloc(0), whole.subarray(0, 5), whole.subarray(0, 30), whole.subarray(0, whole.length - 8), Buffer.alloc(64, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'), record(1, Buffer.from([0, 9, 0, 0, 0, 0, 0, 0])), record(9, Buffer.alloc(8)),
      Buffer.concat([record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(4, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])), record(4, Buffer.alloc(0))])];
    for (let i = 0; i < 300; i++) {
      const socket = connect(server.socket);
      socket.on('error', () => {});
      socket.end(broken[i % broken.length]);
      socket.resume();
      await within('its end', once(socket, 'close'), 20_000);
    }
    await othersAreServed();
  });

  closing(() => server);
});
