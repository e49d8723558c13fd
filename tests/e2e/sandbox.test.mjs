// sandbox.test.mjs: every process of the responder has given up what it does not need, and all
// that it is for works all the same.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Apache } from './lib/apache.mjs';
import { nobody } from './lib/daemon.mjs';
import { init, sql } from './lib/database.mjs';
import { Nginx } from './lib/nginx.mjs';
import { responders } from './lib/processes.mjs';
import { sandbox } from './lib/sandbox.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const TOKEN = 'sandbox-0123456789-token';
const FILTER = 2; // SECCOMP_MODE_FILTER

/** Gives files to the server's user. */
const give = (path) => nobody && execFileSync('chown', ['-R', `${nobody}:${nobody}`, path]);

const dir = freshDirectory();
const token = join(dir, 'token');
const shop = join(dir, 'shop.db');
before(() => {
  writeFileSync(token, `${TOKEN}\n`, { mode: 0o600 });
  sql(shop, 'PRAGMA journal_mode = wal; CREATE TABLE item(id INTEGER PRIMARY KEY, at TEXT);');
  give(dir);
});
after(() => rmSync(dir, { recursive: true }));

/** What /proc says of a process's confinement. */
function confinement(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (name) => Number(status.match(new RegExp(`^${name}:\\t(\\d+)$`, 'm'))[1]);
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  const limit = (name) => limits.match(new RegExp(`^${name} +\\S+ +(\\S+)`, 'm'))[1];
  return {
    noNewPrivileges: number('NoNewPrivs'), seccomp: number('Seccomp'),
    files: limit('Max open files'), core: limit('Max core file size'),
  };
}

const CONFINED = { noNewPrivileges: 1, seccomp: FILTER, files: '512', core: '0' };

/** Asserts it of all processes of `db`, once there are at least so many. */
async function assertConfined(db, least) {
  const found = await until(`${least} processes`, () => {
    const all = responders(db).flatMap((pid) => {
      try {
        return [confinement(pid)];
      } catch {
        return []; // it has gone
      }
    });
    return all.length >= least && all;
  }, 10_000);
  for (const one of found) assert.deepEqual(one, CONFINED);
}

/** Reads, follows, searches and publishes; returns a stream that is open. Apache would notice
 * only later that a client has left, so that such a stream ends by itself. */
async function works(server, state) {
  const stream = await Stream.open(`${server.api}/events?since=now&hold=5`);
  await stream.event('hello');
  const job = sql(server.db, "INSERT INTO job(name, state) VALUES('sandboxed', 'running'); SELECT max(id) FROM job;");
  const posted = await fetch(`${server.api}/jobs/${job}/log`, {
    method: 'POST', body: 'over HTTP', headers: { 'Content-Type': 'text/plain', Authorization: `Bearer ${TOKEN}` },
  });
  assert.equal(posted.status, 200, await posted.text());
  await stream.frame('the line', (f) => f.json.message === 'over HTTP');
  assert.equal((await ask(`${server.api}/jobs/${job}/log?q=HTTP`)).json.total, 1);
  assert.equal((await ask(`${server.api}/jobs/${job}`)).json.name, 'sandboxed');
  assert.match((await ask(`${server.api}/jobs/${job}/log.txt`)).text, /over HTTP/);
  assert.equal((await ask(`${server.api}/health`)).json.sandbox, state);
  return stream;
}

/** Has the settings read again. */
function reload(db) {
  const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\t(\d+)$/m)[1]);
  const pids = responders(db);
  process.kill(pids.find((pid) => !pids.includes(parentOf(pid))), 'SIGHUP');
}

describe('the pool, behind lighttpd', () => {
  let server;
  before(async () => {
    server = await Server.start({
      uid: nobody,
      settings: `publish_token_file = ${token}
[stream items]
database = ${shop}
sql = SELECT id, datetime(at, 'localtime') AS data FROM item WHERE id > :after ORDER BY id LIMIT :limit
`,
    });
  });

  it('works, each of its processes confined', async () => {
    const stream = await works(server, sandbox);
    await assertConfined(server.db, 8); // guardian, supervisor, two watchers, four workers
    stream.leave();
  });

  it('reads another program’s table, and the local time', async () => {
    const local = execFileSync('date', ['-d', '2026-01-02 03:04:05Z', '+%F %T'], { encoding: 'utf8' }).trim();
    const stream = await Stream.open(`${server.api}/events/items`);
    await stream.event('hello');
    sql(shop, "INSERT INTO item(at) VALUES('2026-01-02 03:04:05');");
    assert.equal((await stream.event('message')).data, local);
    stream.leave();
  });

  it('reloads, and its streams resume', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    reload(server.db);
    await stream.end(5000);
    assert.ok(stream.endedCleanly);
    sql(server.db, "INSERT INTO log(message) VALUES('meanwhile');");
    const resumed = await handedOver(`${server.api}/events?hold=0`, { lastEventId: stream.lastEventId });
    assert.deepEqual(resumed.named('log').map((f) => f.json.message), ['meanwhile']);
    await assertConfined(server.db, 8);
  });

  it('goes over to a database that replaces the first', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    const other = join(server.dir, 'other.db');
    init(other);
    give(other);
    for (const side of ['-wal', '-shm']) rmSync(server.db + side);
    renameSync(other, server.db);
    await stream.event('reset');
    sql(server.db, "INSERT INTO log(message) VALUES('another');");
    await stream.frame('its line', (f) => f.json.message === 'another');
    stream.leave();
  });

  closing(() => server);
});

/** A fence stands around a directory that is there; another one in its place is outside. */
describe('the pool, where the directory comes later and is replaced', () => {
  const later = join(dir, 'later'), db = join(later, 'jobs.db');
  let server;
  before(async () => {
    server = await Nginx.start({ maxStreams: 10, settings: { TAILROW_DB: db } });
    server.expectLog(/tailrow: .*jobs\.db/);
  });

  /** Makes it, with one line; a client that comes back until it is served gets that. */
  async function serves(message) {
    mkdirSync(later);
    init(db);
    sql(db, `INSERT INTO log(message) VALUES('${message}');`);
    give(later);
    await until(`${message} is served`, async () => {
      const stream = await Stream.open(`${server.api}/events?since=all&hold=0`);
      await stream.end();
      return stream.named('log').some((f) => f.json.message === message);
    }, 10_000);
  }

  it('serves what is made after its start', () => serves('first'));

  it('serves what takes its place', async () => {
    const before = responders(db);
    renameSync(later, join(dir, 'away'));
    await serves('second');
    await until('the workers are new ones', () =>
      responders(db).filter((pid) => before.includes(pid)).length === 2, 10_000); // guardian, supervisor
    await assertConfined(db, 7);
  });

  closing(() => server);
});

/** Apache, which sends the name of a token file with each request. */
const sendsToken = (options) => Apache.start({
  ...options, more: `<Location "/tailrow">\nSetEnv TAILROW_PUBLISH_TOKEN_FILE ${token}\n</Location>`,
});

describe('the pool, to which the web server names a file with each request', () => {
  let server;
  before(async () => {
    server = await sendsToken({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 10 });
  });

  it('goes by those of its start: nobody publishes', async () => {
    const answer = await fetch(`${server.api}/jobs`, {
      method: 'POST', body: '{"name":"x"}',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    });
    assert.equal(answer.status, 405);
  });

  closing(() => server);
});

/** By module: its configuration, and what a process of it, whose files may come with each
 * request, can be confined by. */
const LONE = {
  cgid: ['tailrow-cgi.conf', sandbox],
  fcgid: ['tailrow-fcgid.conf', 'seccomp'],
};

for (const [module, [include, by]] of Object.entries(LONE)) describe(`the lone process of mod_${module}`, () => {
  let server;
  before(async () => { server = await sendsToken({ include, modules: [module] }); });

  it(`works, confined by ${by}`, async () => {
    const stream = await works(server, by);
    await assertConfined(server.db, 1);
    await stream.end(10_000);
  });

  closing(() => server);
});
