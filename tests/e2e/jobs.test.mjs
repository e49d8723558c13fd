// jobs.test.mjs: GET /jobs and /jobs/ID, as a page asks for them.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { readers } from './lib/processes.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';

describe('the jobs', () => {
  let server, jobs;
  before(async () => {
    server = await Server.start();
    jobs = `${server.api}/jobs`;
    sql(server.db, `
      WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<450)
        INSERT INTO job(name, state) SELECT CASE i % 3 WHEN 0 THEN 'deploy' WHEN 1 THEN 'Backup db' ELSE 'x' END,
          CASE WHEN i > 440 THEN 'running' WHEN i % 10 = 0 THEN 'failed' ELSE 'succeeded' END FROM n;
      UPDATE job SET beat_at='2026-01-01T00:00:00.000Z', host='web1', cwd='/srv', key='k', signal=15 WHERE id=7;
      INSERT INTO log(job_id, message) VALUES(7, 'one'), (7, 'two'), (8, 'other');`);
  });

  const ids = (answer) => answer.json.jobs.map((job) => job.jobId);

  /** Every page of a query, newest first, until the answer says that there is nothing more. */
  async function pages(query) {
    const all = [];
    let next = '';
    for (;;) {
      const answer = await ask(`${jobs}?${query}${next}`);
      assert.equal(answer.status, 200, answer.text);
      all.push(answer);
      if (answer.json.next === null) return all;
      next = `&before=${answer.json.next}`;
      assert.ok(all.length < 100, 'it ends');
    }
  }

  it('come newest first, in pages without hole or overlap, with the exact total', async () => {
    const all = await pages('limit=100');
    assert.deepEqual(all.map((page) => page.json.jobs.length), [100, 100, 100, 100, 50]);
    assert.deepEqual(all.flatMap(ids), Array.from({ length: 450 }, (_, i) => 450 - i));
    for (const { json } of all) {
      assert.equal(json.total, 450);
      assert.equal(json.complete, true);
      assert.equal(json.cursor, `${epochOf(server.db)}-${newestOf(server.db)}`);
    }
    assert.equal((await ask(jobs)).json.jobs.length, 200);
  });

  it('are chosen by state, by name, and by a part of the name in either case', async () => {
    assert.deepEqual(ids(await ask(`${jobs}?state=running`)), [450, 449, 448, 447, 446, 445, 444, 443, 442, 441]);
    assert.equal((await ask(`${jobs}?state=failed,running&limit=1`)).json.total, 54);
    assert.equal((await ask(`${jobs}?name=deploy&limit=1`)).json.total, 150);
    assert.equal((await ask(`${jobs}?name=Deploy`)).json.total, 0);
    assert.equal((await ask(`${jobs}?q=BACK&limit=1`)).json.total, 150);
    const runs = await ask(`${jobs}?name=deploy&state=succeeded&before=450&limit=5`);
    assert.deepEqual(ids(runs), [438, 435, 432, 429, 426], 'the earlier runs of one that runs');
  });

  it('are found by what is a pattern elsewhere', async () => {
    sql(server.db, `INSERT INTO job(name) VALUES('100%'), ('a_b'), ('c\\d'), ('it''s "x"');`);
    for (const [part, name] of [['0%', '100%'], ['_', 'a_b'], ['\\', 'c\\d'], ["'", 'it\'s "x"'], ['"', 'it\'s "x"']]) {
      const { json } = await ask(`${jobs}?q=${encodeURIComponent(part)}`);
      assert.deepEqual(json.jobs.map((job) => job.name), [name], part);
    }
    sql(server.db, 'DELETE FROM job WHERE id > 450;');
  });

  it('are told with all their columns, and with how many lines they have', async () => {
    const { json } = await ask(`${jobs}/7`);
    const { createdAt, startedAt, finishedAt, ...rest } = json;
    for (const at of [createdAt, finishedAt]) assert.match(at, /^\d{4}-.*Z$/);
    assert.equal(startedAt, null);
    assert.deepEqual(rest, {
      jobId: 7, name: 'Backup db', state: 'succeeded', progress: null, step: null, url: null, error: null,
      exitCode: null, signal: 15, beatAt: '2026-01-01T00:00:00.000Z', host: 'web1', cwd: '/srv', key: 'k',
      owner: null, lines: 2,
    });
    const listed = (await ask(`${jobs}?before=8&limit=1`)).json.jobs[0];
    assert.deepEqual({ ...listed, lines: 2 }, json);
  });

  it('are valid JSON whatever bytes a publisher wrote', async () => {
    sql(server.db, `INSERT INTO job(name) VALUES(CAST(x'61FF00220A' AS TEXT));`);
    const { json } = await ask(`${jobs}?limit=1`);
    assert.equal(json.jobs[0].name, 'a\ufffd\0"\n');
  });

  it('are refused by a sentence', async () => {
    for (const [path, status, says] of [['/4711', 404, /no job 4711/], ['/x', 404, /Nothing is here/],
      ['?limit=0', 400, /^limit: /], ['?state=done', 400, /^state: /]]) {
      const answer = await ask(jobs + path);
      assert.equal(answer.status, status, path);
      assert.match(answer.headers['content-type'], /^application\/problem\+json/);
      assert.match(answer.json.detail, says);
    }
    const answer = await ask(jobs, { method: 'DELETE' });
    assert.equal(answer.status, 405);
    assert.match(answer.headers.allow, /^GET, HEAD/);
  });

  it('are no cache’s business, and HEAD has no body', async () => {
    for (const path of ['', '/7', '/7/log', '/7/log.txt']) {
      const get = await ask(jobs + path), head = await ask(jobs + path, { method: 'HEAD' });
      assert.equal(head.status, 200);
      assert.equal(head.text, '');
      assert.ok(get.text);
      for (const name of ['content-type', 'cache-control', 'x-content-type-options'])
        assert.equal(head.headers[name], get.headers[name]);
      assert.equal(get.headers['cache-control'], 'no-store');
    }
  });

  it('are read by processes that pass: only the watcher keeps the database open', async () => {
    await Promise.all(Array.from({ length: 30 }, () => ask(`${jobs}?limit=1`)));
    assert.equal(readers(server.db).length, 1);
  });

  closing(() => server);
});
