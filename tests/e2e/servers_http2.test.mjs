// servers_http2.test.mjs: a stream over HTTP/2, and how many one connection carries.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import { before, describe, it } from 'node:test';
import { closing } from './lib/daemon.mjs';
import { sql } from './lib/database.mjs';
import { Findings } from './lib/findings.mjs';
import { SERVERS, startWithHttp2 } from './lib/servers.mjs';
import { Frames } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const FRAME_LIMIT_MS = 1000;
const OPEN_LIMIT_MS = 5000;
const ENOUGH = 10;

const findings = new Findings('servers_http2');

/** Opens a stream on the connection and waits for its first frame; undefined: in vain. */
async function open(session) {
  const frames = new Frames();
  const stream = session.request({ ':path': '/tailrow/api/events?since=now' });
  stream.setEncoding('utf8').on('data', (text) => frames.feed(text));
  stream.on('error', () => {}); // the connection is destroyed in the end
  try {
    await frames.event('hello', OPEN_LIMIT_MS);
    return frames;
  } catch {
    stream.close(http2.constants.NGHTTP2_CANCEL);
    return undefined;
  }
}

/** Opens streams until one has to wait, and enough at the most. */
async function openAll(session) {
  const streams = [];
  let stream;
  while (streams.length < ENOUGH && (stream = await open(session))) streams.push(stream);
  return streams;
}

function overHttp2(each) {
  let server, session;
  before(async () => {
    server = await startWithHttp2(each);
    session = http2.connect(`http://127.0.0.1:${server.http2Port}`);
    await once(session, 'connect');
  });

  it('comes frame by frame', async () => {
    const streams = await openAll(session);
    assert.ok(streams.length >= 6, `${streams.length} streams`);
    sql(server.db, "INSERT INTO log(message) VALUES('one');");
    for (const stream of streams)
      await stream.frame('the row', (f) => f.json?.message === 'one', FRAME_LIMIT_MS);
    session.destroy();
    await until('every process is free', () => {
      sql(server.db, "INSERT INTO log(message) VALUES('to notice it by');");
      return each.serving(server) === 0;
    });
    findings.add(each.name, 'http2', streams.length < ENOUGH ? `yes; ${streams.length}` : `yes; ${ENOUGH} and more`);
  });

  closing(() => server);
}

describe('over HTTP/2, behind', { concurrency: SERVERS.length }, () => {
  for (const server of SERVERS) describe(server.name, { concurrency: 1 }, () => overHttp2(server));
});

findings.check();
