// tickets.test.mjs: who holds a ticket sees what it names, until it expires, and nothing else.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCgi } from './lib/cgi.mjs';
import { nobody } from './lib/daemon.mjs';
import { init, sql } from './lib/database.mjs';
import { root, tailrow } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver, Stream } from './lib/sse.mjs';

const KEY = 'a-secret-of-the-page-and-of-tailrow-alone', OTHER_KEY = 'another-one-that-is-not-in-the-file-00';
const ROWS = `
  INSERT INTO job(name, state, owner) VALUES('mine', 'running', 'ann'), ('SECRET', 'running', 'ben');
  INSERT INTO log(job_id, message) VALUES(1, 'line of 1'), (2, 'SECRET'), (NULL, 'SECRET');`;

const dir = freshDirectory();
const keys = join(dir, 'keys');
const env = { TAILROW_VISIBLE: 'owner', TAILROW_TICKET_KEY_FILE: keys, TAILROW_DB: join(dir, 'jobs.db') };
before(() => {
  chmodSync(dir, 0o755);
  writeFileSync(keys, `${KEY}\n`);
  chmodSync(keys, 0o600);
  init(env.TAILROW_DB);
  sql(env.TAILROW_DB, ROWS);
});
after(() => rmSync(dir, { recursive: true }));

const b64 = (text) => Buffer.from(text).toString('base64url');
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** A ticket that says `text`, signed by hand. */
const ticketOf = (text, key = KEY, algorithm = 'sha256') =>
  `${b64(text)}.${createHmac(algorithm, key).update(b64(text)).digest('base64url')}`;

const ticketFor = (job, more = '') => ticketOf(`until=${inAnHour()}&job=${job}${more}`);

/** `tailrow ticket` with these arguments. */
const make = (args, settings = env) => {
  const { status, stdout, stderr } = spawnSync(tailrow, ['ticket', ...args], { encoding: 'utf8', env: settings });
  return { status, ticket: stdout.trim(), stderr };
};

/** What the responder answers to the query with that ticket. */
const asked = (ticket, more = '', settings = {}) =>
  runCgi({ ...env, ...settings, QUERY_STRING: `since=all&hold=0&ticket=${ticket}${more}` });

describe('tailrow ticket', () => {
  it('prints one that opens the job', async () => {
    const { status, ticket } = make(['--job', '1', '--ttl', '1h']);
    assert.equal(status, 0);
    const { raw, named } = await asked(ticket);
    assert.match(raw, /line of 1/);
    assert.doesNotMatch(raw, /SECRET/);
    assert.ok(named);
  });

  it('says what it lacks', () => {
    for (const [args, says] of [[[], /takes --ttl/], [['--ttl', '1h'], /--job or --claim/], [['--job', '1'], /takes --ttl/],
      [['--job', 'x', '--ttl', '1h'], /job/], [['--job', '1', '--ttl', '1'], /such as 90s/], [['--job', '1', '--ttl', '400d'], /366d/],
      [['--job', '1', '--ttl', 'h'], /such as/], [['--claim', 'x', '--ttl', '1h'], /NAME=VALUE/],
      [['--claim', 'a-b=1', '--ttl', '1h'], /letters, digits and _/], [['--job', '1', '--ttl', '1h', 'x'], /takes/]]) {
      const { status, stderr, ticket } = make(args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, says);
      assert.equal(ticket, '');
    }
    const { status, stderr } = make(['--job', '1', '--ttl', '1h'], {});
    assert.equal(status, 2);
    assert.match(stderr, /set ticket_key_file/);
  });

  it('is what five lines of Python, PHP and Perl make, too', async () => {
    for (const [command, name] of [['python3', 'ticket.py'], ['php', 'ticket.php'], ['perl', 'ticket.pl']]) {
      const ticket = execFileSync(command, [join(root, 'examples/tickets', name), keys, '1'], { encoding: 'utf8' }).trim();
      const { status, raw } = await asked(ticket);
      assert.equal(status, 200, name);
      assert.match(raw, /line of 1/);
      assert.equal((await asked(ticket, '&job=2')).status, 404, name);
    }
  });
});

describe('a ticket', () => {
  it('opens its jobs alone', async () => {
    const ticket = ticketFor('1');
    const get = (PATH_INFO, more = '') => runCgi({ ...env, PATH_INFO, QUERY_STRING: `ticket=${ticket}${more}` });
    for (const path of ['/jobs/1', '/jobs/1/log', '/jobs/1/log.txt', '/jobs', '/jobs.txt', '/log']) {
      const { status, body, headers } = await get(path);
      assert.equal(status, 200, path);
      assert.doesNotMatch(body, /SECRET/, path);
      assert.equal(headers['referrer-policy'], 'no-referrer');
    }
    for (const [path, more] of [['/jobs/2'], ['/jobs/2/log'], ['/jobs/2/log.txt'], ['/log', '&job=2'], ['/events', '&job=2'],
      ['/events', '&job=none']])
      assert.equal((await get(path, more)).status, 404, path + more);
    assert.equal(JSON.parse((await get('/jobs', '&q=SECRET')).body).total, 0);
    assert.equal(JSON.parse((await get('/log', '&job=none')).body).total, 0);
    const both = await asked(ticket, '&job=1,2');
    assert.deepEqual(both.named('log').map((f) => f.json.message), ['line of 1']);
  });

  it('counts for more than a sign-in, and narrows where all is visible', async () => {
    for (const settings of [{ REMOTE_USER: 'ben' }, { TAILROW_VISIBLE: 'all' }])
      assert.doesNotMatch((await asked(ticketFor('1'), '', settings)).raw, /SECRET/);
  });

  it('is refused where it was not signed by us, or says too little', async () => {
    const good = ticketFor('1'), [text, mac] = good.split('.');
    const header = b64('{"alg":"none"}');
    for (const bad of ['', 'x', text, `${text}.`, `.${mac}`, good.slice(0, -1), `${good}A`, `${b64(`until=${inAnHour()}&job=2`)}.${mac}`,
      ticketOf(`until=${inAnHour()}&job=1`, OTHER_KEY), ticketOf(`until=${inAnHour()}&job=1`, KEY, 'sha1'),
      ticketOf(`until=${inAnHour()}&job=1`, KEY, 'sha512'), ticketOf(`until=${inAnHour()}&job=1`, ''), `${header}.${good}`, `${header}.${text}.`,
      ticketOf('job=1'), ticketOf(`until=${inAnHour()}`), ticketOf(`until=${inAnHour()}&job=1&job=2`), ticketOf('until=1&job=1'),
      ticketOf(`until=${inAnHour()}&job=1&mode=less`), `${good}&ticket=${good}`, `${good}&ticket=${ticketFor('2')}`, `${good}%00`]) {
      const { status, body } = await asked(bad);
      assert.equal(status, 403, bad);
      assert.match(JSON.parse(body).detail, /ticket/i);
      assert.ok(!bad || !body.includes(bad));
    }
  });

  it('is refused where there are no keys, and an unusable file is said so', async () => {
    const none = await runCgi({ TAILROW_DB: env.TAILROW_DB, QUERY_STRING: `hold=0&ticket=${ticketFor('1')}` });
    assert.equal(none.status, 403);
    assert.match(none.body, /set ticket_key_file/);
    chmodSync(keys, 0o644);
    const open = await asked(ticketFor('1'));
    chmodSync(keys, 0o600);
    assert.equal(open.status, 503);
    assert.match(open.said, /ticket_key_file .* is open to everybody/);
    assert.doesNotMatch(open.body, new RegExp(`${KEY}|${dir}`));
  });

  it('of an old key holds until that is taken out of the file', async () => {
    const old = ticketFor('1');
    writeFileSync(keys, `# from today on\n${OTHER_KEY}\n\n${KEY}\n`);
    assert.equal((await asked(old)).status, 200);
    assert.equal((await asked(make(['--job', '1', '--ttl', '1h']).ticket)).status, 200);
    writeFileSync(keys, `${OTHER_KEY}\n`);
    assert.equal((await asked(old)).status, 403);
    writeFileSync(keys, `${KEY}\n`);
  });
});

describe('tickets in the pool', () => {
  let server;
  const shop = join(dir, 'shop.db');
  before(async () => {
    sql(shop, `PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT);
      INSERT INTO orders VALUES (17, 'hers'), (18, 'SECRET');`);
    chmodSync(dir, 0o777);
    if (nobody !== undefined) chownSync(shop, nobody, nobody);
    server = await Server.start({
      settings: `visible = owner\nticket_key_file = ${keys}\npublish_token_file = ${keys}\n
[stream append]
database = ${shop}
sql = SELECT id, status AS data FROM orders WHERE id > :after AND id = :ticket_order ORDER BY id LIMIT :limit
[stream table]
database = ${shop}
mode = table
sql = SELECT id, status, id AS topic FROM orders
topic = :ticket_order
`,
    });
    sql(server.db, ROWS);
  });

  it('end a running stream when they expire, in order', async () => {
    const until = Math.floor(Date.now() / 1000) + 3;
    const url = `${server.api}/events?since=now&ticket=${ticketOf(`until=${until}&job=1`)}`;
    const stream = await Stream.open(url);
    await stream.event('hello');
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(2, 'SECRET'), (1, 'live');");
    await stream.frame('live', (f) => f.json?.message === 'live');
    await stream.end(20_000);
    assert.ok(Date.now() / 1000 >= until - 1);
    assert.equal(stream.names.at(-1), 'ping');
    assert.doesNotMatch(stream.raw, /SECRET/);
    const again = await Stream.open(url, { lastEventId: stream.lastEventId });
    assert.equal(again.status, Date.now() / 1000 >= until ? 403 : 200);
    again.leave();
  });

  it('bind their claims in sections', async () => {
    const ticket = ticketOf(`until=${inAnHour()}&ticket_order=17`);
    for (const name of ['append', 'table']) {
      const url = `${server.api}/events/${name}?since=all&hold=0`;
      const { raw } = await handedOver(`${url}&ticket=${ticket}`);
      assert.match(raw, /hers/, name);
      assert.doesNotMatch(raw, /SECRET/, name);
      assert.equal((await ask(url)).status, 403);
      assert.equal((await ask(`${url}&ticket_order=18`)).status, 403);
      assert.equal((await ask(`${url}&ticket=${ticketFor('1')}`)).status, 403);
      assert.doesNotMatch((await handedOver(`${url}&ticket=${ticket}&ticket_order=18`)).raw, /SECRET/);
    }
    assert.equal((await ask(`${server.api}/jobs?ticket=${ticket}`)).status, 403);
  });

  it('reach neither the error log nor a referrer, and no other origin is let in', async () => {
    const { headers } = await handedOver(`${server.api}/events?hold=0&ticket=${ticketFor('1')}`);
    assert.equal(headers['referrer-policy'], 'no-referrer');
    for (const bad of ['leaky', `${ticketFor('1')}leaky`])
      assert.equal((await ask(`${server.api}/jobs?ticket=${bad}`)).status, 403);
    assert.doesNotMatch(server.log(), /leaky|dW50aWw/);
    for (const method of ['GET', 'OPTIONS']) {
      const response = await fetch(`${server.api}/jobs?ticket=${ticketFor('1')}`, { method, headers: { Origin: 'http://evil.example' } });
      assert.deepEqual([...response.headers.keys()].filter((name) => name.startsWith('access-control')), []);
      assert.equal(response.status, method === 'GET' ? 200 : 405);
    }
  });

  it('do not let another site publish: what needs no leave of ours has no token', async () => {
    const Origin = 'http://evil.example';
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const headers = { Origin, 'Content-Type': type, Cookie: `token=${KEY}` };
      const response = await fetch(`${server.api}/jobs/1/log?ticket=${ticketFor('1')}`, { method: 'POST', headers, body: 'forged' });
      assert.equal(response.status, 401, type);
    }
    const leave = await fetch(`${server.api}/jobs/1/log`, { method: 'OPTIONS',
      headers: { Origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'authorization' } });
    assert.equal(leave.status, 405);
    assert.equal(leave.headers.get('access-control-allow-origin'), null);
    assert.equal(sql(server.db, "SELECT count(*) FROM log WHERE message = 'forged';"), '0');
  });

  closing(() => server);
});
