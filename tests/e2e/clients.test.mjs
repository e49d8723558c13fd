// clients.test.mjs: clients that others wrote, across streams that the server ends.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { before, describe, it } from 'node:test';
import { EventSource as OtherEventSource } from 'eventsource';
import { EventSource as UndiciEventSource } from 'undici';
import { sql, writeRows } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { Frames } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

/** Follows `log` with an EventSource class, and counts how often it connected. */
function follow(EventSourceClass, url) {
  const source = new EventSourceClass(url);
  const got = { messages: [], hellos: [], closed: false, close: () => source.close() };
  source.addEventListener('hello', (e) => got.hellos.push(JSON.parse(e.data)));
  source.addEventListener('log', (e) => got.messages.push(JSON.parse(e.data).message));
  source.addEventListener('error', () => { got.closed ||= source.readyState === 2; });
  return got;
}

describe('a client of another make', () => {
  let server, events;
  before(async () => {
    server = await Server.start({ settings: 'max_stream_seconds = 1\n' });
    events = `${server.api}/events`;
  });

  it('undici’s and eventsource’s EventSource reconnect and miss nothing', async () => {
    const clients = [UndiciEventSource, OtherEventSource].map((c) => follow(c, `${events}?tail=0`));
    await until('both are connected', () => clients.every((c) => c.hellos.length));
    const writer = writeRows(server.db, { maxGapMs: 40 });
    const thrice = () => clients.every((c) => c.hellos.length >= 3);
    await until('each has connected three times', thrice, 30_000);
    await writer.stop();
    const expected = [...writer.committed.keys()].map((_, i) => `row ${i + 1}`);
    for (const client of clients) {
      await until('every row', () => client.messages.length >= expected.length, 15_000);
      assert.deepEqual(client.messages, expected);
      assert.equal(client.closed, false);
      assert.ok(client.hellos.slice(1).every((h) => h.resumed));
      client.close();
    }
  });

  it('an EventSource stops for good at 204', async () => {
    const job = sql(server.db, `
      INSERT INTO job(name, state, finished_at) VALUES('old', 'failed', '2026-01-01T00:00:00.000Z');
      SELECT last_insert_rowid();`);
    const client = follow(UndiciEventSource, `${events}?job=${job}`);
    await until('it is closed', () => client.closed, 15_000);
    assert.equal(client.hellos.length, 1, 'one stream, then the 204');
  });

  it('curl -N shows a frame as soon as it is committed', async () => {
    const curl = spawn('curl', ['-sNi', `${events}?since=now&hold=1`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const frames = new Frames();
    let head = '', body = false;
    curl.stdout.setEncoding('utf8').on('data', (text) => {
      if (body) return frames.feed(text);
      head += text;
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      body = true;
      return frames.feed(head.slice(end + 4));
    });
    await frames.event('hello');
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/);
    sql(server.db, "INSERT INTO log(event, message) VALUES('order', 'for curl');");
    const order = await frames.event('order', 900);
    assert.equal(order.data, 'for curl');
    await until('curl’s end', () => curl.exitCode !== null);
    assert.equal(curl.exitCode, 0);
  });

  closing(() => server);
});
