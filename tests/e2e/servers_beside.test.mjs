// servers_beside.test.mjs: servers that start no responder: it runs beside them.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Apache } from './lib/apache.mjs';
import { closing } from './lib/daemon.mjs';
import { sql } from './lib/database.mjs';
import { build } from './lib/paths.mjs';
import { openRequests } from './lib/processes.mjs';
import { SERVERS, start } from './lib/servers.mjs';
import { ask } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const record = (type, text) => Buffer.concat([
  Buffer.from([1, type, 0, 1, text.length >> 8, text.length & 255, 0, 0]), Buffer.from(text)]);

/** A FastCGI request for a stream, with these parameters too, but for its last record. */
function requestWithoutEnd(more) {
  const variables = { REQUEST_METHOD: 'GET', PATH_INFO: '/events', QUERY_STRING: 'since=now', ...more };
  const pairs = Object.entries(variables).map(([name, value]) =>
    String.fromCharCode(name.length, value.length) + name + value);
  return Buffer.concat([record(1, '\0\x01\0\0\0\0\0\0'), record(4, pairs.join('')), record(4, '')]);
}

const END_OF_REQUEST = record(5, '');

function responderBeside(each) {
  let server;
  before(async () => {
    server = await start(each);
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
    const connection = connect(server.socket).setEncoding('utf8');
    t.after(() => connection.destroy());
    let got = '';
    connection.on('data', (text) => { got += text; });
    connection.write(requestWithoutEnd({}));
    await sleep(300);
    connection.write(END_OF_REQUEST);
    await until('hello', () => got.includes('event: hello'));
    sql(server.db, "INSERT INTO log(message) VALUES('still here');");
    await until('a row', () => got.includes('still here'));
  });

  it('lets a server go that takes nothing for write_timeout_seconds, and no longer', async (t) => {
    const LIMIT_MS = 5000;
    sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<40)
      INSERT INTO log(message) SELECT hex(zeroblob(50000)) FROM n;`); // more than sockets hold
    const connection = connect(server.socket).pause();
    t.after(() => connection.destroy());
    const variables = { QUERY_STRING: 'since=all', TAILROW_WRITE_TIMEOUT_SECONDS: String(LIMIT_MS / 1000) };
    connection.write(requestWithoutEnd(variables));
    connection.write(END_OF_REQUEST);
    const streams = async () => (await ask(`${server.api}/health`)).json.streams;
    await until('it has a place', async () => await streams() === 1);
    const begunMs = performance.now();
    await until('its place is free', async () => await streams() === 0, 2 * LIMIT_MS - 500);
    assert.ok(performance.now() - begunMs >= LIMIT_MS - 500);
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

describe('a responder of its own, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS.filter((s) => s.startsNone))
    describe(server.name, { concurrency: 1 }, () => responderBeside(server));
});
