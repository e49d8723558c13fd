// attacks-owner.test.mjs: visible = owner: what is another's cannot be found out either, not by
// places, counts, gaps, cursors, or by being quick.
//
// - What is another's has SECRET in it. access.test.mjs has what is shown and what is not.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { as, withLogin, writeUsers } from './lib/login.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';

/** Each of the ways to ask for a page of lines or jobs, and what a stream begins with. */
const WAYS = ['/log', '/log?after=0', '/log?after=2', '/log?before=9', '/log?around=4', '/log?rank=1', '/log?rank=0&limit=1', '/log?limit=1',
  '/log?q=SECRET', '/log?q=line', '/log?level=error', '/log?job=none', '/jobs', '/jobs?q=SECRET', '/jobs?name=SECRET', '/jobs?state=running',
  '/jobs?before=3', '/jobs?limit=1', '/jobs.txt', '/jobs/1', '/jobs/1/log?after=0', '/jobs/1/log?q=SECRET', '/jobs/1/log.txt?time=1',
  '/events?hold=0', '/events?hold=0&since=all', '/events?hold=0&tail=1', '/events?hold=0&event=order', '/events?hold=0&level=error&since=all'];

/** Without what is everybody's: how far the log is, and what is random. */
const withoutPositions = (text) => text
  .replace(/("cursor":|id: |"epoch":)"?[\da-f]+-?\d*"?/g, '$1').replace(/"(newest|time)":("[^"]*"|\d+)/g, '').replace(/retry: \d+/g, '');

describe('with visible = owner,', () => {
  let server, ann;
  const dir = freshDirectory();
  after(() => rmSync(dir, { recursive: true }));
  before(async () => {
    writeUsers(dir, ['ann', 'ben']);
    server = await Server.start({ settings: 'visible = owner\n', edit: withLogin(dir) });
    ann = as('ann', server.api);
    sql(server.db, `INSERT INTO job(name, state, owner) VALUES('hers', 'running', 'ann');
      INSERT INTO log(job_id, message) VALUES(1, 'a line'), (1, 'another');`);
  });

  it('nothing that another does changes what one sees', async () => {
    const see = () => Promise.all(WAYS.map(async (way) => withoutPositions((await ask(ann + way)).text)));
    const before = await see();
    sql(server.db, `INSERT INTO job(name, state, owner) VALUES('SECRET', 'running', 'ben'), ('SECRET', 'failed', 'ben'), ('SECRET', 'running', NULL);
      INSERT INTO log(job_id, level, message) VALUES(2, 'error', 'SECRET line'), (3, 'error', 'SECRET'), (4, 'error', 'SECRET'), (NULL, 'error', 'SECRET');
      INSERT INTO log(job_id, event, message) VALUES(2, 'order', 'SECRET'), (NULL, 'order', 'SECRET');
      UPDATE job SET progress = 50 WHERE id IN (2, 4); DELETE FROM job WHERE id = 3;`);
    for (const [i, now] of (await see()).entries()) assert.equal(now, before[i], WAYS[i]);
  });

  it('another’s job is in no way different from one that there is not', async () => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT'])
      for (const way of ['', '/log', '/log.txt', '/log?q=SECRET', '/log?around=7']) {
        const [theirs, none] = await Promise.all([2, 4711].map((id) => ask(`${ann}/jobs/${id}${way}`, { method })));
        assert.equal(theirs.status, none.status, `${method} ${way}`);
        assert.equal(theirs.text.replaceAll(/\b2\b/g, ''), none.text.replaceAll('4711', ''));
      }
  });

  it('every cursor begins where it says, and passes over what is another’s', async () => {
    const epoch = epochOf(server.db);
    for (let n = 0; n <= newestOf(server.db) + 1; n++)
      for (const [query, lastEventId] of [[`since=${epoch}-${n}`], ['', `${epoch}-${n}`], ['', `jobs:${epoch}-${n}`], ['stream=jobs', `jobs:${epoch}-${n}`]]) {
        const { raw } = await handedOver(`${ann}/events?hold=0&${query}`, { lastEventId });
        assert.doesNotMatch(raw, /SECRET|"jobId":[^1]/, `${query} ${lastEventId}`);
      }
  });

  it('a gap has two numbers, whoever’s the rows were', async () => {
    const epoch = epochOf(server.db);
    sql(server.db, 'DELETE FROM log WHERE job_id = 2;');
    const got = await handedOver(`${ann}/events?hold=0`, { lastEventId: `${epoch}-1` });
    assert.deepEqual(Object.keys(got.named('gap')[0].json), ['after', 'next']);
    assert.doesNotMatch(got.raw, /SECRET/);
    const named = await ask(`${ann}/events?hold=0&job=2`, { lastEventId: `${epoch}-1` });
    assert.equal(named.status, 404);
  });

  it('a download ends where the job becomes another’s', async () => {
    const megabyte = 'x'.repeat(1 << 20);
    sql(server.db, `BEGIN; ${`INSERT INTO log(job_id, message) VALUES(1, '${megabyte}');`.repeat(40)} INSERT INTO log(job_id, message) VALUES(1, 'SECRET now'); COMMIT;`);
    const download = await Stream.open(`${ann}/jobs/1/log.txt`);
    download.pause();
    let end = '', length = 0;
    download.response.on('data', (text) => {
      end = text.slice(-100);
      length += text.length;
    });
    download.pause(); // a listener makes it flow
    sql(server.db, "UPDATE job SET owner = 'ben' WHERE id = 1;");
    download.resume();
    await download.end(30_000);
    assert.doesNotMatch(end, /SECRET/);
    assert.ok(length < 40 << 20, `${length}`);
    assert.equal((await ask(`${ann}/jobs/1/log.txt`)).status, 404);
  });

  it('neither a probe nor a number tells more', async () => {
    const probe = await ask(`${ann}/events?probe=1`);
    assert.doesNotMatch(probe.text, /SECRET|"beats":\{"/);
    for (const path of ['/health', '/metrics', '/events?job=2&probe=1']) assert.doesNotMatch((await ask(ann + path)).text, /SECRET|ben/);
  });

  closing(() => server);
});
