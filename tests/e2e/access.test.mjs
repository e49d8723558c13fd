// access.test.mjs: visible = owner: what is another's is nowhere to be seen.
//
// - Whatever is another's has SECRET in it, and no answer, whole, may have that.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CgiRun, runCgi } from './lib/cgi.mjs';
import { epochOf, init, newestOf, sql } from './lib/database.mjs';
import { as, withLogin, writeUsers } from './lib/login.mjs';
import { Nginx } from './lib/nginx.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const LONG = 'x'.repeat(256); // a name that is no owner's
const ANN = 1, BEN = 2, UNKNOWN = 4711; // jobs
const ROWS = `
  INSERT INTO job(name, state, owner, beat_at) VALUES('HERS', 'running', 'ann', '2026-01-01T00:00:00Z'),
    ('SECRET', 'running', 'ben', '2026-02-02T00:00:00Z'), ('SECRET', 'running', NULL, NULL),
    ('SECRET', 'running', 'annie', NULL), ('SECRET', 'running', 'ANN', NULL);
  INSERT INTO log(job_id, message) VALUES(1, 'HER line'), (2, 'SECRET'), (3, 'SECRET'), (NULL, 'SECRET');
  INSERT INTO log(job_id, event, message) VALUES(1, 'order', 'HERS too'), (2, 'order', 'SECRET');`;

/** What a user sees of all that shows jobs and lines. */
const SHOWS = ['/events?hold=0', '/events?since=all&hold=0', '/events?since=now&hold=0', '/jobs', '/jobs.txt',
  '/log', '/jobs?q=SECRET', '/log?q=SECRET', '/log?q=line', `/jobs/${ANN}`, `/jobs/${ANN}/log`, `/jobs/${ANN}/log.txt`];

/** The same of one job. */
const ofJob = (id) => [`/jobs/${id}`, `/jobs/${id}/log`, `/jobs/${id}/log?q=SECRET`, `/jobs/${id}/log?around=5`,
  `/jobs/${id}/log.txt`, `/log?job=${id}`, `/events?job=${id}`, `/events?job=${id}&since=all`,
  `/events?job=${id}&tail=5&hold=0`, `/events?stream=jobs&job=${id}`];

describe('visible = owner, in the pool', () => {
  let server;
  const dir = freshDirectory();
  after(() => rmSync(dir, { recursive: true }));
  before(async () => {
    const users = ['ann', 'ben', 'annie', 'nobody', LONG];
    writeUsers(dir, users);
    server = await Server.start({
      settings: 'visible = owner\n',
      edit: withLogin(dir),
    });
    sql(server.db, ROWS);
  });

  it('shows nothing to whom the web server has not signed in', async () => {
    for (const path of [...SHOWS, ...ofJob(BEN), '/events?stream=jobs']) {
      const { status, text, json } = await ask(`${server.api}${path}`);
      assert.equal(status, 403, path);
      assert.match(json.detail, /shown to their owners alone/);
      assert.doesNotMatch(text, /SECRET|HER/);
    }
    assert.equal((await ask(`${server.api}/events`, { method: 'HEAD' })).status, 403);
    assert.equal((await ask(`${as(LONG, server.api)}/jobs`)).status, 403);
  });

  it('does not take a header for a sign-in', async () => {
    for (const name of ['Remote-User', 'Remote_User', 'X-Remote-User', 'Tailrow-Visible', 'X-Tailrow-Visible']) {
      const response = await fetch(`${server.api}/jobs`, { headers: { [name]: name.includes('Visible') ? 'all' : 'ann' } });
      assert.equal(response.status, 403, name);
    }
  });

  it('shows each their own', async () => {
    for (const path of SHOWS) {
      const { status, text } = await ask(as('ann', `${server.api}${path}`));
      assert.equal(status, 200, path);
      assert.doesNotMatch(text, /SECRET|2026-02-02/, path);
    }
    const { frames } = await handedOver(as('ann', `${server.api}/events?hold=0`));
    const snapshot = frames.find((f) => f.event === 'snapshot').json;
    assert.deepEqual(snapshot.jobs.map((job) => job.name ?? job.jobId), ['HERS']);
    assert.equal(snapshot.total, 1);
    assert.deepEqual(frames.filter((f) => f.event === 'log').map((f) => f.json.message), ['HER line']);
    const jobs = (await ask(as('ann', `${server.api}/jobs`))).json;
    assert.deepEqual([jobs.total, jobs.jobs.length], [1, 1]);
    assert.equal((await ask(as('ann', `${server.api}/jobs?q=SECRET`))).json.total, 0);
    const log = (await ask(as('ann', `${server.api}/log`))).json;
    assert.deepEqual([log.total, log.lines.length, log.rank], [2, 2, 0]);
    assert.equal((await ask(as('ann', `${server.api}/log?q=SECRET`))).json.total, 0);
    assert.equal((await ask(as('nobody', `${server.api}/log`))).json.total, 0);
    assert.equal((await ask(as('ann', `${server.api}/log?job=none`))).json.total, 0);
  });

  it('tells of the beats of their own', async () => {
    const beats = async (user) => // the watcher reads them once a second
      (await handedOver(as(user, `${server.api}/events?hold=0&since=now`))).named('ping')[0].json.beats;
    await until('there are beats', async () => Object.keys(await beats('ann')).length);
    assert.deepEqual(await beats('ann'), { [ANN]: '2026-01-01T00:00:00Z' });
    assert.deepEqual(await beats('ben'), { [BEN]: '2026-02-02T00:00:00Z' });
    assert.deepEqual((await beats('nobody')) ?? {}, {});
  });

  it("answers for another's job as for one that there is not", async () => {
    for (const [i, path] of ofJob(BEN).entries()) {
      const theirs = await ask(as('ann', `${server.api}${path}`));
      const unknown = await ask(as('ann', `${server.api}${ofJob(UNKNOWN)[i]}`));
      assert.equal(theirs.status, 404, path);
      assert.equal(theirs.text.replaceAll(`${BEN}`, ''), unknown.text.replaceAll(`${UNKNOWN}`, ''), path);
      for (const name of ['date', 'content-length', 'transfer-encoding']) { // lighttpd's own
        delete theirs.headers[name];
        delete unknown.headers[name];
      }
      assert.deepEqual(theirs.headers, unknown.headers, path);
    }
    assert.equal((await ask(as('ann', `${server.api}/events?job=none`))).status, 404);
  });

  it('lets no cursor lead to what is not theirs', async () => {
    const epoch = epochOf(server.db);
    for (const cursor of [`${epoch}-0`, `${epoch}-1`, 'what', 'other-1', `jobs:${epoch}-0`]) {
      const { raw, names } = await handedOver(as('ann', `${server.api}/events?hold=0`), { lastEventId: cursor });
      assert.doesNotMatch(raw, /SECRET/, cursor);
      assert.ok(names.includes('log'), cursor);
    }
  });

  it('has names neither in /health nor in /metrics', async () => {
    for (const path of ['/health', '/metrics']) {
      const { status, text } = await ask(`${server.api}${path}`);
      assert.equal(status, 200);
      assert.doesNotMatch(text, /SECRET|HER|annie/);
    }
  });

  it('sends each new row to its owner, from the ring', async () => {
    const ann = await Stream.open(as('ann', `${server.api}/events?since=now`));
    const ben = await Stream.open(as('ben', `${server.api}/events?since=now`));
    const hers = await Stream.open(as('ann', `${server.api}/events?since=now&job=${ANN},${BEN}`));
    for (const stream of [ann, ben, hers]) await stream.event('hello');
    await until('the workers have closed the database', () => server.readers().length === 1);
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(${BEN}, 'for ben'), (NULL, 'of none'), (3, 'of nobody'),
        (4, 'for annie'), (${ANN}, 'for ann');
      UPDATE job SET step = 'next' WHERE id IN (${ANN}, ${BEN});
      INSERT INTO log(job_id, message) VALUES(${BEN}, 'last'), (${ANN}, 'last');`);
    for (const stream of [ann, ben, hers]) await stream.frame('last', (f) => f.json?.message === 'last');
    const seen = (stream) => stream.frames.slice(1).map((f) => f.json.message ?? `${f.event} ${f.json.jobId}`);
    assert.deepEqual(seen(ann), ['for ann', `status-update ${ANN}`, 'last']);
    assert.deepEqual(seen(hers), seen(ann));
    assert.deepEqual(seen(ben), ['for ben', `status-update ${BEN}`, 'last']);
    for (const stream of [ann, ben, hers]) stream.leave();
  });

  it('goes by the owner that a job has when the row is read', async () => {
    const ann = await Stream.open(as('ann', `${server.api}/events?since=now`));
    const ben = await Stream.open(as('ben', `${server.api}/events?since=now`));
    for (const stream of [ann, ben]) await stream.event('hello');
    sql(server.db, `UPDATE job SET owner = 'ben' WHERE id = ${ANN}; INSERT INTO log(job_id, message) VALUES(${ANN}, 'his now');`);
    await ben.frame('his now', (f) => f.json?.message === 'his now');
    assert.equal((await ask(as('ann', `${server.api}/jobs/${ANN}`))).status, 404);
    assert.doesNotMatch((await handedOver(as('ann', `${server.api}/events?since=all&hold=0`))).raw, /HER/);
    sql(server.db, `UPDATE job SET owner = 'ann' WHERE id = ${ANN}; INSERT INTO log(job_id, message) VALUES(${ANN}, 'hers again');`);
    await ann.frame('hers again', (f) => f.json?.message === 'hers again');
    assert.deepEqual(ann.frames.slice(1).map((f) => f.json.message), ['hers again']);
    for (const stream of [ann, ben]) stream.leave();
  });

  it('tells nobody of a job that was deleted, and of its lines', async () => {
    const before = newestOf(server.db);
    const ann = await Stream.open(as('ann', `${server.api}/events?since=now`));
    const named = await Stream.open(as('ann', `${server.api}/events?since=now&job=${ANN}`));
    for (const stream of [ann, named]) await stream.event('hello');
    sql(server.db, `INSERT INTO job(name, owner) VALUES('later', 'ann'); DELETE FROM job WHERE id IN (${ANN}, ${BEN});`);
    await ann.frame('of the later job', (f) => f.json?.name === 'later');
    await named.end(20_000);
    assert.ok(newestOf(server.db) > before);
    assert.deepEqual([...ann.named('removed'), ...named.named('removed')], []);
    assert.equal((await ask(as('ann', `${server.api}/jobs/${ANN}/log`))).status, 404);
    assert.doesNotMatch((await handedOver(as('ann', `${server.api}/events?since=all&hold=0`))).raw, /HER line/);
    ann.leave();
  });

  closing(() => server);
});

describe('visible = owner, as CGI', () => {
  let dir, env;
  before(() => {
    dir = freshDirectory();
    env = { TAILROW_DB: join(dir, 'jobs.db'), TAILROW_VISIBLE: 'owner' };
    init(env.TAILROW_DB);
    sql(env.TAILROW_DB, ROWS);
  });
  after(() => rmSync(dir, { recursive: true }));

  it('shows each their own, and nothing to others', async () => {
    const hers = await runCgi({ ...env, REMOTE_USER: 'ann', QUERY_STRING: 'since=all&hold=0' });
    assert.deepEqual(hers.named('log').map((f) => f.json.message), ['HER line']);
    assert.doesNotMatch(hers.raw, /SECRET|2026-02-02/);
    for (const REMOTE_USER of ['', undefined])
      assert.equal((await runCgi({ ...env, ...(REMOTE_USER !== undefined && { REMOTE_USER }) })).status, 403);
    assert.equal((await runCgi({ ...env, HTTP_REMOTE_USER: 'ann', HTTP_TAILROW_VISIBLE: 'all' })).status, 403);
    const theirs = { ...env, REMOTE_USER: 'ann', PATH_INFO: `/jobs/${BEN}/log.txt` };
    assert.equal((await runCgi(theirs)).status, 404);
  });

  it('sends each new row to its owner', async () => {
    const ann = new CgiRun({ ...env, REMOTE_USER: 'ann', QUERY_STRING: 'since=now' });
    await ann.event('hello');
    sql(env.TAILROW_DB, "INSERT INTO log(job_id, message) VALUES(2, 'SECRET'), (NULL, 'SECRET'), (1, 'new');");
    await ann.frame('new', (f) => f.json?.message === 'new');
    assert.doesNotMatch(ann.raw, /SECRET/);
    ann.child.kill('SIGTERM');
    await ann.end();
  });

  it('refuses another word', async () => {
    const { exit, said } = await runCgi({ ...env, TAILROW_VISIBLE: 'owners', REMOTE_USER: 'ann' });
    assert.equal(exit, 1);
    assert.match(said, /visible is all or owner, not 'owners'/);
  });
});

describe('visible = owner, behind nginx', () => {
  const start = (edit) => Nginx.start({ maxStreams: 8, edit, settings: { TAILROW_VISIBLE: 'owner' } });

  it('does not take a name that nginx has not checked', async () => {
    const server = await start();
    sql(server.db, ROWS);
    assert.equal((await ask(as('ann', `${server.api}/jobs`))).status, 403);
    await server.stop();
  });

  it('takes one that it has', async () => {
    const server = await start((text) => text
      .replace('fastcgi_param REMOTE_USER "";', 'fastcgi_param REMOTE_USER $remote_user;')
      .replace(/fastcgi_pass .*\n/, '$&auth_basic jobs; auth_basic_user_file users;\n'));
    writeFileSync(join(server.dir, 'users'), 'ann:{PLAIN}pw\n');
    sql(server.db, ROWS);
    assert.equal((await ask(as('ann', `${server.api}/jobs`))).json.total, 1);
    assert.equal((await ask(as('ben', `${server.api}/jobs`))).status, 401);
    server.expectLog(/user "ben" was not found/);
    await server.stop();
  });
});
