// servers_cable.test.mjs: clients whose cable is pulled: nobody tells the server that they left.
//
// - While rows come, the buffers on the way fill, and a write waits for write_timeout_seconds.
//   Where the server took a little of what had filled its socket, too little for Linux to wake
//   the writer, a second wait follows the first.
// - In all quiet nothing tells: a heartbeat fits into the buffers. So the stream ends where it
//   would have ended anyway, without a client to see it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { enterOwnNetwork, pullCable } from './lib/cable.mjs';
import { sql } from './lib/database.mjs';
import { Findings } from './lib/findings.mjs';
import { SERVERS, start } from './lib/servers.mjs';
import { Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const WRITE_TIMEOUT_S = 30;
const HOLD_S = 20;
const MARGIN_S = 5;

const whyNot = enterOwnNetwork();
const findings = new Findings('servers_cable');

async function open(url, query) {
  const stream = await Stream.open(`${url}/events?since=now${query}`);
  await stream.event('hello');
  return stream;
}

describe('a client whose cable was pulled is let go by', {
  skip: whyNot && `not run: a network of one's own takes root and CAP_NET_ADMIN (${whyNot})`,
  concurrency: SERVERS.length,
}, () => {
  const servers = SERVERS.map((how) => ({ ...how }));
  let pulledMs;
  const sinceS = () => (performance.now() - pulledMs) / 1000;

  before(async () => {
    for (const each of servers) {
      each.server = await start(each);
      each.clients = [await open(each.server.api, `&event=nothing&hold=${HOLD_S}`), await open(each.server.api, '')];
    }
    for (const each of servers) assert.equal(each.serving(each.server), 2);
    pulledMs = performance.now();
    pullCable();
    for (const { server } of servers) // more than all buffers hold
      sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<400)
        INSERT INTO log(message) SELECT hex(zeroblob(12500)) FROM n;`);
  });

  after(() => {
    for (const { server, clients } of servers) {
      clients.forEach((client) => client.leave());
      server.discard();
    }
  });

  for (const each of servers) describe(each.name, { concurrency: 1 }, () => {
    it('at the end of a quiet stream', async () => {
      await until('it is free', () => each.serving(each.server) === 1, (HOLD_S + MARGIN_S) * 1000);
      findings.add(each.name, 'quiet', String(each.seconds));
    });

    it('and while rows come when its time is over', async () => {
      const limitS = 2 * WRITE_TIMEOUT_S + 2 * MARGIN_S - sinceS();
      await until('it is free', () => each.serving(each.server) === 0, limitS * 1000);
      assert.ok(sinceS() >= WRITE_TIMEOUT_S - 1);
      findings.add(each.name, 'cable', `${Math.round(sinceS())} s`);
    });
  });
});

findings.check();
