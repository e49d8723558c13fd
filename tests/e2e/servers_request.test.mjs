// servers_request.test.mjs: what each web server hands on of a request, and what it refuses.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { closing } from './lib/daemon.mjs';
import { Findings } from './lib/findings.mjs';
import { SERVERS, standIns, start } from './lib/servers.mjs';
import { ask, handedOver } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const findings = new Findings('servers_request');

function login(each) {
  let bin, server;
  before(async () => {
    bin = standIns();
    server = await start(each, { bin });
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
    findings.add(each.name, 'login', each.login ?? 'yes');
  });

  closing(() => server);
}

const PATH = '/tailrow/api/events';
const BODY_MAX_BYTES = 64 << 20;

/** The status that a server answers to these bytes on a connection of their own, and to so many
 * more, sent until it answers. */
async function statusOf(server, bytes, moreBytes = 0) {
  const connection = connect(server.port, '127.0.0.1').setEncoding('latin1');
  const piece = Buffer.alloc(1 << 16);
  let got = '';
  const sendMore = () => {
    while (moreBytes > 0 && !got && connection.write(piece.subarray(0, moreBytes))) moreBytes -= piece.length;
    moreBytes -= piece.length; // the one that has to wait
  };
  connection.on('data', (text) => { got += text; });
  connection.on('error', () => {}); // it closes while we still send
  connection.on('drain', sendMore);
  connection.write(bytes);
  sendMore();
  await within(`an answer to ${bytes.slice(0, 60)}`, new Promise((done) => {
    connection.on('close', done);
  }), 20_000);
  return Number(got.match(/^HTTP\/1\.[01] (\d{3}) /)?.[1]);
}

const request = (line, headers = 'Host: x\r\n', body = '') =>
  `${line} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n${body}`;

const TOO_LARGE = request(`POST ${PATH}`, `Host: x\r\nContent-Length: ${BODY_MAX_BYTES + 1}\r\n`);
const TOO_LONG = request(`GET ${PATH}?x=${'y'.repeat(16_000)}`);
const NO_REQUESTS = [
  '\x16\x03\x01\x02\0\x01\0\r\n\r\n',
  request(`GET ${PATH}?hold=0`, ''), // no Host
  request(`GET ${PATH}\0?hold=0`),
  request(`POST ${PATH}`, 'Host: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n', 'xx'),
  request(`POST ${PATH}`, 'Host: x\r\nContent-Length: -1\r\n', 'x'),
  request(`GET ${PATH}?job=%00`),
  request(`GET ${PATH}?job=1&level=%ff`),
];
const NOT_HERE = [
  `GET ${PATH}%00x?hold=0`, `GET ${PATH}%zz?hold=0`, 'GET /tailrow/api/../../etc/passwd',
  'GET /tailrow/api/%2e%2e/%2e%2e/etc/passwd', 'GET /tailrow/api/..%2f..%2f..%2fetc/passwd',
];

function hostile(each) {
  let server;
  before(async () => { server = await start(each); });

  it('refuses what is too large, too long, or no request', async () => {
    server.expectLog(/too (large|long)|oversized request|exceeds MaxRequestLen|request entity|invalid URI|No such file/);
    const tooLarge = await statusOf(server, TOO_LARGE, BODY_MAX_BYTES + 1);
    const tooLong = await statusOf(server, TOO_LONG);
    assert.equal(tooLarge, 413);
    assert.ok([414, 431].includes(tooLong), `${tooLong}`);
    for (const bytes of NO_REQUESTS) assert.equal(await statusOf(server, bytes), 400, JSON.stringify(bytes));
    for (const line of NOT_HERE) {
      const status = await statusOf(server, request(line));
      assert.ok([400, 403, 404].includes(status), `${line}: ${status}`);
    }
    assert.equal((await handedOver(`${server.api}/events?hold=0`)).status, 200);
    await until('each process has ended', () => each.serving(server) === 0);
    findings.add(each.name, 'hostile', `${tooLarge}, ${tooLong}, 400`);
  });

  closing(() => server);
}

describe('with a login, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => login(server));
});

describe('hostile requests, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => hostile(server));
});

findings.check();
