// joblog.test.mjs: GET /jobs/ID/log, /log and /jobs/ID/log.txt, as a page asks for them.
//
// - What a test measures is in its diagnostics.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { before, describe, it } from 'node:test';
import { epochOf, newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const LINES = 100_000;

describe('the log of a job', () => {
  let server, log, firstId;
  before(async () => {
    server = await Server.start();
    log = `${server.api}/jobs/1/log`;
    sql(server.db, `BEGIN; INSERT INTO job(name, state) VALUES('long', 'running'), ('other', 'running');
      WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${LINES})
        INSERT INTO log(job_id, level, message) SELECT 1 + (i % 5 = 0), CASE WHEN i % 100 = 1 THEN 'error' ELSE 'info' END,
          'line ' || i || CASE WHEN i % 1000 = 1 THEN ' Needle' ELSE '' END FROM n;
      UPDATE job SET progress = 50 WHERE id = 1; COMMIT;`);
    firstId = Number(sql(server.db, "SELECT min(id) FROM log WHERE event='log';"));
  });

  const get = async (query) => {
    const response = await fetch(`${log}?${query}`);
    assert.equal(response.status, 200);
    return response.json();
  };
  /** The number in a line's message. */
  const numbers = (page) => page.lines.map((line) => Number(/\d+/.exec(line.message)[0]));
  /** How many lines of job 1 come before line i. */
  const rankOf = (i) => i - 1 - Math.floor((i - 1) / 5);
  const idOf = (i) => firstId + i - 1;

  it('begins at its end, with the exact total and the rank of the first row', async (t) => {
    const begun = performance.now();
    const page = await get('');
    t.diagnostic(`the last 200 of ${LINES} lines: ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(page.total, LINES * 0.8);
    assert.equal(page.rank, LINES * 0.8 - 200);
    assert.equal(page.lines.length, 200);
    assert.equal(page.complete, true);
    assert.equal(page.next, page.lines[0].id);
    assert.equal(page.cursor, `${epochOf(server.db)}-${newestOf(server.db)}`);
    assert.deepEqual(Object.keys(page.lines[0]), ['id', 'jobId', 'event', 'level', 'message', 'at']);
  });

  it('is all there forwards and backwards, each line once', async () => {
    const all = Array.from({ length: LINES }, (_, i) => i + 1).filter((i) => i % 5 !== 0);
    for (const [first, on] of [['after=0', 'after'], ['', 'before']]) {
      const seen = [];
      for (let query = `limit=1000&${first}`; query;) {
        const page = await get(query);
        if (on === 'after') seen.push(...numbers(page));
        else seen.unshift(...numbers(page));
        query = page.next === null ? '' : `limit=1000&${on}=${page.next}`;
      }
      assert.deepEqual(seen, all, on);
    }
  });

  it('opens at a line, at a rank, and beyond either end', async () => {
    const around = await get(`around=${idOf(50_001)}&limit=5`);
    assert.deepEqual(numbers(around), [49_998, 49_999, 50_001, 50_002, 50_003]);
    assert.equal(around.rank, rankOf(49_998));
    const rank = await get(`rank=${rankOf(70_001)}&limit=3`);
    assert.deepEqual(numbers(rank), [70_001, 70_002, 70_003]);
    assert.equal(rank.rank, rankOf(70_001));
    const beyond = await get('rank=1000000&limit=3');
    assert.deepEqual([beyond.lines.length, beyond.rank, beyond.next], [0, LINES * 0.8, null]);
    const past = await get(`after=${idOf(LINES)}`);
    assert.deepEqual([past.lines.length, past.rank, past.next], [0, LINES * 0.8, null]);
    assert.deepEqual(numbers(await get(`before=${idOf(2)}`)), [1]);
  });

  it('is searched whole: exact count, next and previous, in either case', async (t) => {
    const begun = performance.now();
    const first = await get('q=NEEDLE&after=0&limit=1');
    t.diagnostic(`a search of ${LINES} lines: ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(first.total, 100);
    assert.equal(first.complete, true);
    assert.deepEqual(numbers(first), [1]);
    const next = await get(`q=needle&after=${first.next}&limit=1`);
    assert.deepEqual([numbers(next), next.rank], [[1001], 1]);
    const previous = await get(`q=needle&before=${idOf(90_001)}&limit=1`);
    assert.deepEqual([numbers(previous), previous.rank], [[89_001], 89]);
    assert.equal((await get('q=needle&limit=1000')).lines.length, 100);
    assert.deepEqual((await get('q=nowhere')).lines, []);
    assert.equal((await get('q=%25')).total, 0, 'no pattern');
  });

  it('is filtered by level, and goes to the next error', async () => {
    const errors = await get(`level=error&after=${idOf(101)}&limit=2`);
    assert.deepEqual(numbers(errors), [201, 301]);
    assert.equal(errors.total, 1000);
    assert.equal(errors.rank, 2);
  });

  it('has groups and own events in it, and no markers', async () => {
    sql(server.db, `INSERT INTO job(name) VALUES('small');
      INSERT INTO log(job_id, event, level, message) VALUES(3, 'group', 'info', 'Build'), (3, 'log', 'warn', 'w'),
        (3, 'group-end', 'info', ''), (3, 'order', 'info', '{}'); UPDATE job SET state='failed' WHERE id=3;`);
    const { json } = await ask(`${server.api}/jobs/3/log`);
    assert.deepEqual(json.lines.map(({ event, level, message }) => [event, level, message]),
      [['group', 'info', 'Build'], ['log', 'warn', 'w'], ['group-end', 'info', ''], ['order', 'info', '{}']]);
    assert.equal(json.total, 4);
  });

  it('outlives its job', async () => {
    sql(server.db, "INSERT INTO job(id, name) VALUES(50, 'x'); INSERT INTO log(job_id, message) VALUES(50, 'kept'); DELETE FROM job WHERE id=50;");
    assert.equal((await ask(`${server.api}/jobs/50/log`)).json.lines[0].message, 'kept');
    assert.equal((await ask(`${server.api}/jobs/50/log.txt`)).text, 'kept\n');
    assert.equal((await ask(`${server.api}/jobs/50`)).status, 404);
    assert.equal((await ask(`${server.api}/jobs/4711/log`)).status, 404);
    assert.equal((await ask(`${server.api}/jobs/4711/log.txt`)).status, 404);
  });

  it('of no job, of one, and of all is at /log', async () => {
    sql(server.db, "INSERT INTO log(message) VALUES('of none'), ('of none too');");
    const none = (await ask(`${server.api}/log?job=none`)).json;
    assert.deepEqual(none.lines.map(({ jobId, message }) => [jobId, message]), [[null, 'of none'], [null, 'of none too']]);
    assert.equal((await ask(`${server.api}/log?job=3`)).json.total, 4);
    const all = (await ask(`${server.api}/log?limit=1`)).json;
    assert.equal(all.total, LINES + 7);
    assert.equal((await ask(`${server.api}/log?q=of+none`)).json.total, 2);
    const stream = await Stream.open(`${server.api}/events?job=none&since=${all.cursor}`);
    await stream.event('hello');
    sql(server.db, "INSERT INTO log(message) VALUES('new');");
    assert.equal((await stream.event('log')).json.message, 'new', 'a stream goes on where a page ended');
    stream.leave();
  });

  it('cuts a long message in a page, never in the file', async () => {
    sql(server.db, `INSERT INTO job(id, name) VALUES(60, 'huge');
      INSERT INTO log(job_id, message) VALUES(60, replace(hex(zeroblob(1000000)), '0', 'ä')), (60, 'after it');`);
    const page = await fetch(`${server.api}/jobs/60/log`).then((r) => r.json());
    assert.equal(page.lines[0].truncated, true);
    assert.equal(page.lines[0].message.length, 131_072);
    assert.match(page.lines[0].message, /^ä+$/);
    assert.equal(page.lines[1].truncated, undefined);
    assert.equal(page.lines[1].message, 'after it');
    const text = await fetch(`${server.api}/jobs/60/log.txt`).then((r) => r.text());
    assert.ok(text === `${'ä'.repeat(2_000_000)}\nafter it\n`, 'the file has it all');
  });

  it('is valid JSON whatever its bytes, and a file of just those', async () => {
    sql(server.db, `INSERT INTO job(id, name) VALUES(61, 'bytes');
      INSERT INTO log(job_id, message) VALUES(61, CAST(x'1B5B316D000D0AC3FF3C2F7363726970743E' AS TEXT));`);
    const page = (await ask(`${server.api}/jobs/61/log`)).json;
    assert.equal(page.lines[0].message, '\x1b[1m\0\r\n\ufffd\ufffd</script>');
    const bytes = Buffer.from(await fetch(`${server.api}/jobs/61/log.txt`).then((r) => r.arrayBuffer()));
    assert.equal(bytes.toString('hex'), '1b5b316d000d0ac3ff3c2f7363726970743e0a');
  });

  it('is refused by a sentence that names the parameter', async () => {
    for (const query of ['limit=1001', 'after=x', 'rank=-1', 'around=', 'level=loud', 'after=1&before=2',
      `q=${'x'.repeat(201)}`]) {
      const answer = await ask(`${log}?${query}`);
      assert.equal(answer.status, 400, query);
      assert.match(answer.json.detail, new RegExp(`\\b${query.split('=')[0]}\\b|before`));
    }
  });

  it('is downloaded whole, with times where asked', async (t) => {
    const begun = performance.now();
    const response = await fetch(`${log}.txt`);
    const text = await response.text();
    t.diagnostic(`${text.length} bytes in ${(performance.now() - begun).toFixed(0)} ms`);
    assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
    assert.equal(response.headers.get('content-disposition'), 'attachment; filename="job-1.txt"');
    const hash = (value) => createHash('sha256').update(value).digest('hex');
    const wanted = sql(server.db, "SELECT message FROM log WHERE job_id=1 AND event='log' ORDER BY id;");
    assert.equal(hash(text), hash(`${wanted}\n`));
    const timed = await fetch(`${server.api}/jobs/3/log.txt?time=1`).then((r) => r.text());
    assert.match(timed, /^\d{4}-\d\d-\d\dT[\d:.]{12}Z Build\n\S+Z w\n\S+Z \n\S+Z \{\}\n$/);
  });

  it('holds up no checkpoint while a slow client takes it, and notices that it left', async () => {
    sql(server.db, `INSERT INTO job(id, name) VALUES(62, 'big');
      WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<40)
        INSERT INTO log(job_id, message) SELECT 62, hex(zeroblob(500000)) FROM n;`);
    const slow = request(`${server.api}/jobs/62/log.txt`, { agent: false }).end();
    const [response] = await once(slow, 'response');
    response.pause();
    const streams = async () => (await ask(`${server.api}/health`)).json.streams;
    assert.equal(await streams(), 1, 'it counts as a stream');
    await until('a checkpoint gets through', () =>
      sql(server.db, 'PRAGMA wal_checkpoint(TRUNCATE);').split('\n').at(-1) === '0|0|0', 10_000);
    slow.destroy();
    await until('its place is free', async () => await streams() === 0, 10_000);
    server.expectLog(/unexpected end-of-file|backend returned error/);
  });

  closing(() => server);
});

describe('the places for downloads', () => {
  let server;
  before(async () => { server = await Server.start({ settings: 'max_streams = 1\nmax_streams_per_client = 1\n' }); });

  it('are those of streams; a page needs none', async () => {
    sql(server.db, "INSERT INTO job(name) VALUES('a'); INSERT INTO log(job_id, message) VALUES(1, 'x');");
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    const refused = await ask(`${server.api}/jobs/1/log.txt`);
    assert.equal(refused.status, 503);
    assert.equal(refused.headers['retry-after'], '5');
    assert.equal(refused.json.status, 503);
    assert.equal((await ask(`${server.api}/jobs/1/log`)).status, 200);
    stream.leave();
    await until('the place is free', async () => (await ask(`${server.api}/jobs/1/log.txt`)).text === 'x\n');
  });

  closing(() => server);
});
