// limits.test.mjs: the limits that SECURITY.md names, of what a request may ask: the last value
// that is taken, the first that is not, and what is said of it.
//
// - Those of memory are attacks-bombs.test.mjs's, those of publishing post.test.mjs's, those of places
//   and time attacks-flood.test.mjs's.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCgi } from './lib/cgi.mjs';
import { init, sql } from './lib/database.mjs';
import { root } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver } from './lib/sse.mjs';
import { within } from './lib/wait.mjs';

const KEY = 'a-secret-of-the-page-and-of-tailrow-alone';
const SECTIONS = Array.from({ length: 8 }, (_, i) => `s${i}`);

const list = (count, of = (i) => i + 1) => Array.from({ length: count }, (_, i) => of(i)).join();
const text = (bytes) => 'x'.repeat(bytes);

/** So many parameters that the sections allow, five of each. */
const values = (count) => Array.from({ length: count }, (_, i) => `s${Math.floor(i / 5)}p${i % 5}=x`).join('&');

/** A ticket of so many characters. */
function ticket(characters) {
  const head = `until=${Math.floor(Date.now() / 1000) + 3600}&job=1&ticket_x=`;
  const bytes = Math.floor((characters - 44) * 3 / 4) - head.length;
  const body = Buffer.from(head + text(bytes)).toString('base64url');
  return `${body}.${createHmac('sha256', KEY).update(body).digest('base64url')}`;
}

/** What is limited: the last that is taken, the first that is not, and its status; where it is asked. */
const LIMITS = [
  ['a query string of 32 KB', `x=${text(32_766)}`, `x=${text(32_767)}`, 414],
  ['100 jobs', `job=${list(100)}`, `job=${list(101)}`, 400],
  ['32 event names', `event=${list(32, (i) => `e${i}`)}`, `event=${list(33, (i) => `e${i}`)}`, 400],
  ['an event name of 64 bytes', `event=${text(64)}`, `event=${text(65)}`, 400],
  ['tail=10000', 'tail=10000', 'tail=10001', 400],
  ['a day', 'since=now&hold=0', 'since=now&hold=86401', 400],
  ['a probe of 30 s', 'probe=0', 'probe=31', 400],
  ['8 streams', `stream=jobs,${SECTIONS.slice(1)}`, `stream=jobs,${SECTIONS}`, 400],
  ['32 values for sections', `stream=${SECTIONS}&${values(32)}`, `stream=${SECTIONS}&${values(33)}`, 400],
  ['a ticket of 2 KB', `ticket=${ticket(2044)}`, `ticket=${ticket(2052)}`, 403],
  ['a page of 1000', 'limit=1000', 'limit=1001', 400, '/log'],
  ['a search for 200 bytes', `q=${text(200)}`, `q=${text(201)}`, 400, '/log'],
  ['a name of 1000 bytes', `name=${text(1000)}`, `name=${text(1001)}`, 400, '/jobs'],
];

describe('a request may ask for', () => {
  let dir, env;
  before(() => {
    dir = freshDirectory();
    env = { TAILROW_DB: join(dir, 'jobs.db'), TAILROW_HOLD: '0', TAILROW_CONFIG: join(dir, 'config'), TAILROW_TICKET_KEY_FILE: join(dir, 'keys') };
    init(env.TAILROW_DB);
    sql(env.TAILROW_DB, "INSERT INTO job(name) VALUES('a'); INSERT INTO log(job_id, message) VALUES(1, 'x'); CREATE TABLE t(n INTEGER PRIMARY KEY, x);");
    writeFileSync(env.TAILROW_TICKET_KEY_FILE, `${KEY}\n`, { mode: 0o600 });
    writeFileSync(env.TAILROW_CONFIG, SECTIONS.map((name) => `[stream ${name}]\ndatabase = ${env.TAILROW_DB}\nallow = ${list(5, (i) => `${name}p${i}`)}\n` +
      'sql = SELECT n AS id, x AS data FROM t WHERE n > :after ORDER BY n LIMIT :limit\n').join(''));
  });
  after(() => rmSync(dir, { recursive: true }));

  for (const [what, last, first, status, PATH_INFO = '/events'] of LIMITS) {
    it(`${what}, and not more: ${status}`, async () => {
      const taken = await runCgi({ ...env, PATH_INFO, QUERY_STRING: last });
      assert.equal(taken.status, 200, taken.body);
      const refused = await runCgi({ ...env, PATH_INFO, QUERY_STRING: first });
      assert.equal(refused.status, status, refused.body.slice(0, 500));
      assert.match(JSON.parse(refused.body).detail, /\w.*\.?/);
    });
  }

  it('as many parameters as there is room for, in a time that does not grow with their square', async () => {
    const begun = performance.now();
    const got = await runCgi({ ...env, QUERY_STRING: 'a&'.repeat(16_000) + 'job=1&'.repeat(100) });
    assert.equal(got.status, 200);
    assert.ok(performance.now() - begun < 5000);
  });

  it('a cursor of any length: one that is too long is none', async () => {
    const got = await runCgi({ ...env, HTTP_LAST_EVENT_ID: `jobs:${text(100_000)}-1` });
    assert.equal(got.status, 200);
    assert.deepEqual(got.names.slice(0, 3), ['hello', 'reset', 'snapshot']);
  });

  it('what SECURITY.md says', () => {
    const said = readFileSync(join(root, 'SECURITY.md'), 'utf8').match(/## Limits\n[^]*?\n## /)[0];
    for (const figure of ['32 KB', '100; 32', '10,000; 1,000 rows; 200 bytes; 1,000 bytes', '| 8; 32 |', '2 KB; 100; 16', '30 s', '160 MB']) assert.ok(said.includes(figure), figure);
  });
});

describe('a header that is too long, or one of too many,', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('is refused by the web server, and does not reach the responder', async () => {
    server.expectLog(/oversized request-header|exceeds/);
    for (const headers of [`X-Long: ${text(10_000)}\r\n`, `Last-Event-ID: ${text(10_000)}\r\n`, 'X-Many: 1\r\n'.repeat(1000)]) {
      const socket = connect(server.port, '127.0.0.1').setEncoding('latin1');
      let got = '';
      socket.on('data', (piece) => { got += piece; });
      socket.on('error', () => {});
      socket.write(`GET /tailrow/api/jobs HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`);
      await within('an answer', new Promise((done) => { socket.on('close', done); }));
      assert.match(got.slice(0, 20), /^HTTP\/1\.[01] (400|431) /, headers.slice(0, 20));
    }
    assert.equal((await ask(`${server.api}/jobs`)).status, 200);
    assert.equal((await handedOver(`${server.api}/events?hold=0`, { lastEventId: text(4000) })).names[1], 'reset');
  });

  closing(() => server);
});
