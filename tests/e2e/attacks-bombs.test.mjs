// attacks-bombs.test.mjs: rows that are too large, too many, or grow when they are written as
// JSON: everything is answered, and no process takes more memory than MOST_MB for it.
//
// - Not with sanitizers, which reserve terabytes of addresses.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { init, sql } from './lib/database.mjs';
import { responderAsCgi } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';

/** The limit that SECURITY.md names. */
const MOST_MB = 160;

/** SQL: so many megabytes of a control character, which JSON writes with six bytes. */
const escapes = (megabytes) => `replace(hex(zeroblob(${megabytes} * 524288)), '0', char(1))`;

const many = (count) => `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${count})`;

/** Job 1 has three texts of 12 MB, and there are a thousand running ones with texts of 12 KB; a message has
 * 40 MB, 255 have 4 KB, which makes a batch of a megabyte, and then 10 have one each. */
const BOMBS = `PRAGMA synchronous = OFF; BEGIN;
  INSERT INTO job(name, state, step, error) SELECT t, 'running', t, t FROM (SELECT ${escapes(12)} AS t);
  INSERT INTO log(job_id, message) VALUES(1, 'first'), (1, ${escapes(40)}), (1, 'second');
  ${many(255)} INSERT INTO log(job_id, message) SELECT 1, substr(t, 1, 4100) FROM c, (SELECT ${escapes(1)} AS t);
  ${many(10)} INSERT INTO log(job_id, message) SELECT 1, t FROM c, (SELECT ${escapes(1)} AS t);
  ${many(1000)} INSERT INTO job(name, state, step, error) SELECT t, 'running', t, t FROM c, (SELECT substr(${escapes(1)}, 1, 12000) AS t);
  INSERT INTO log(job_id, message) VALUES(1, 'last'); COMMIT;`;
const LINES = 269;

describe('rows that are bombs,', () => {
  let dir, TAILROW_DB;
  before(() => {
    dir = freshDirectory();
    TAILROW_DB = join(dir, 'jobs.db');
    init(TAILROW_DB);
    sql(TAILROW_DB, BOMBS);
  });
  after(() => rmSync(dir, { recursive: true }));

  /** What the program answers where it may have so much memory. */
  function answer(PATH_INFO, QUERY_STRING) {
    const out = join(dir, 'answer');
    const { status, stderr } = spawnSync('/bin/sh', ['-c', `ulimit -v ${MOST_MB * 1024} && exec ${responderAsCgi} >${out}`], {
      env: { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET', SCRIPT_NAME: '/x', PATH_INFO, QUERY_STRING, TAILROW_DB }, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, ''], `${PATH_INFO}?${QUERY_STRING}`);
    const text = readFileSync(out, 'latin1');
    assert.match(text.slice(0, 100), /^Status: 200/);
    return text.slice(text.indexOf('\r\n\r\n') + 4);
  }

  for (const [path, query, ends] of [
    ['/events', 'hold=0&since=all&event=status-update', /event: ping/],
    ['/events', 'hold=0&since=now', /event: ping/],
    ['/jobs', 'limit=1000', /"total":1001/],
    ['/jobs', 'q=x&limit=1000', /"total":0/],
    ['/jobs.txt', 'limit=1000', / running /],
    ['/log', 'limit=1000', new RegExp(`"total":${LINES}`)],
    ['/log', 'q=last', /"total":1,/],
    ['/jobs/1/log', 'around=3', new RegExp(`"total":${LINES}`)],
  ]) {
    it(`${path}?${query}`, () => assert.match(answer(path, query).slice(-1000), ends));
  }

  it('a stream has each row, cut where it is too long, and a snapshot that a page can take', () => {
    const frames = answer('/events', 'hold=0&tail=400').split('\n\n');
    const lines = frames.filter((frame) => frame.startsWith('event: log\n'));
    assert.equal(lines.length, LINES);
    assert.match(lines[0], /"message":"first"/);
    assert.ok(lines[1].length > 24 << 20 && lines[1].length < 25 << 20, `${lines[1].length}`);
    assert.match(lines[1].slice(-100), /\[tailrow: cut after 4 MB\]"/);
    assert.match(lines[2], /"message":"second"/);
    assert.match(lines.at(-1), /"message":"last"/);
    const snapshot = frames.find((frame) => frame.startsWith('event: snapshot\n'));
    assert.equal(snapshot.match(/"jobId":/g).length, 1000);
    assert.ok(snapshot.length < 40 << 20, `${snapshot.length}`);
  });

  it('a job has as much of its texts as is good for it', () => {
    const { error, name, lines } = JSON.parse(Buffer.from(answer('/jobs/1', ''), 'latin1'));
    for (const text of [error, name]) assert.match(text, /^\u0001{65536} … \[tailrow: cut\]$/);
    assert.equal(lines, LINES);
  });
});

describe('rows that are bombs, in the pool,', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('take no more of any process, and what comes after them arrives', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now&event=order`);
    await stream.event('hello');
    sql(server.db, `${BOMBS} INSERT INTO log(event, message) VALUES('order', 'after it all');`);
    await stream.frame('what came after', (f) => f.data === 'after it all', 60_000);
    assert.deepEqual(stream.names, ['hello', 'order']);
    stream.leave();
    sql(server.db, 'PRAGMA wal_checkpoint(TRUNCATE);'); // or the watcher does it, when it ends
    assert.equal((await ask(`${server.api}/jobs/1`)).status, 200);
    for (const pid of server.responders()) {
      const most_kB = Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]);
      assert.ok(most_kB < MOST_MB * 1024, `${pid}: ${most_kB} kB`);
    }
  });

  closing(() => server);
});
