// errors.test.mjs: bad requests and bad databases: a clear answer, one line in the log, and
// the responder lives.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { nobody } from './lib/daemon.mjs';
import { init, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

function assertProblem(answer, status) {
  assert.equal(answer.status, status);
  assert.match(answer.headers['content-type'], /^application\/problem\+json/);
  assert.equal(answer.json.status, status);
  assert.ok(answer.json.title);
}

describe('bad requests', () => {
  let server, events, pids;
  before(async () => {
    server = await Server.start();
    events = `${server.api}/events`;
    pids = server.responders();
  });

  for (const path of ['', '/', '/nope', '/events/', '/eventsfoo', '/events/x', '/EVENTS', '/%2e']) {
    it(`says 404 to ${path || 'the bare address'}`, async () => {
      assert.equal((await ask(server.api + path)).status, 404);
    });
  }

  it('says so in problem+json, for its own addresses only', async () => {
    assertProblem(await ask(`${server.api}/nope`), 404);
    assert.equal((await ask(`${server.api}foo`)).headers['content-type'], 'text/html');
  });

  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    it(`says 405 to ${method} on /events`, async () => {
      const answer = await ask(events, { method });
      assertProblem(answer, 405);
      assert.match(answer.headers.allow, /\bGET\b.*\bHEAD\b/);
    });
  }

  it('reads a query string of nearly 8 KB, all the server lets through', async () => {
    const long = await handedOver(`${events}?hold=0&since=now&x=${'y'.repeat(7800)}`);
    assert.equal(long.status, 200);
    const jobs = await ask(`${events}?job=${Array.from({ length: 1500 }, (_, i) => i + 1).join()}`);
    assertProblem(jobs, 400);
    assert.match(jobs.json.detail, /\bjob\b/);
    const more = await ask(`${events}?x=${'y'.repeat(16000)}`);
    assert.equal(more.status, 431);
    server.expectLog(/oversized request-header/);
  });

  it('still serves, from the same processes', async () => {
    assert.equal((await handedOver(`${events}?hold=0`)).status, 200);
    const now = server.responders();
    assert.ok(pids.every((pid) => now.includes(pid)), `${pids} became ${now}`);
  });

  closing(() => server);
});

const isRoot = nobody !== undefined;

/** Each makes a file, or none, that is no tailrow database; `says`: what the answer names. */
const BAD_DATABASES = [
  { what: 'missing', make: () => {}, says: /init/ },
  { what: 'a directory', make: (path) => mkdirSync(path), says: /directory/ },
  { what: 'empty', make: (path) => writeFileSync(path, ''), says: /empty/ },
  { what: 'no database', make: (path) => writeFileSync(path, 'x'.repeat(8192)), says: /not a/ },
  {
    what: 'another program’s', says: /another program/,
    make: (path) => sql(path, 'CREATE TABLE t(x);'),
  },
  {
    what: 'of a later version', says: /version/,
    make: (path) => {
      init(path);
      sql(path, "UPDATE meta SET value='99' WHERE key='schema_version';");
      if (isRoot) chownSync(path, nobody, nobody);
    },
  },
  {
    what: 'not readable for the server', says: /permission|may not/,
    make: (path) => {
      init(path);
      if (isRoot) chownSync(path, 0, 0);
      chmodSync(path, isRoot ? 0o600 : 0);
    },
  },
];

describe('a database that is', () => {
  for (const { what, make, says } of BAD_DATABASES) {
    describe(what, () => {
      let server;
      before(async () => {
        server = await Server.start({ make, uid: nobody });
      });

      it('is told in the answer and, with its path, in the log', async () => {
        server.expectLog(/^tailrow: /);
        const pids = server.responders();
        const answer = await ask(`${server.api}/events`);
        assertProblem(answer, 503);
        assert.match(answer.json.detail, says);
        assert.ok(!answer.text.includes(server.dir), 'a client need not know the directory');
        const told = () => server.log().split('\n').filter((line) => says.test(line));
        await until('a line in the log', () => told().length);
        assert.ok(told()[0].includes(server.db), 'the log names the file');
        assert.equal(new Set(told()).size, 1, 'one sentence');
        assert.ok(told().length <= 2, 'once for the request and once for the watch at the start');
        assert.deepEqual(server.responders().filter((pid) => pids.includes(pid)), pids);
      });

      it('is served as soon as it is right', async () => {
        rmSync(server.db, { recursive: true, force: true });
        for (const suffix of ['-wal', '-shm']) rmSync(server.db + suffix, { force: true });
        init(server.db);
        if (isRoot) for (const suffix of ['', '-wal', '-shm']) {
          try {
            chownSync(server.db + suffix, nobody, nobody);
          } catch {
            // -wal and -shm go with the last connection
          }
        }
        const stream = await Stream.open(`${server.api}/events`);
        await stream.event('snapshot');
        stream.leave();
      });

      closing(() => server);
    });
  }
});
