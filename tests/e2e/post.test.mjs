// post.test.mjs: publishing over HTTP with curl, behind each web server as its shipped file says.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { Apache } from './lib/apache.mjs';
import { nobody } from './lib/daemon.mjs';
import { sql } from './lib/database.mjs';
import { Nginx } from './lib/nginx.mjs';
import { openRequests, readers } from './lib/processes.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const TOKEN = 'open-sesame-0123456789';
const OTHER = 'another-of-the-same-length';

const dir = freshDirectory();
const tokens = join(dir, 'tokens');
writeFileSync(tokens, `# two publishers\n${TOKEN}\n\n${OTHER}\n`);
chmodSync(dir, 0o755);
chmodSync(tokens, 0o600);
if (nobody !== undefined) chownSync(tokens, nobody, nobody);
after(() => rmSync(dir, { recursive: true }));

/** What curl is answered with: the status, the header fields by lower-case name, the body. */
async function curl(url, ...options) {
  const run = promisify(execFile)('curl', ['-sS', '-m', '60', '-i', ...options, url], { maxBuffer: 1 << 26 });
  if (options.input !== undefined) run.child.stdin.end(options.input);
  const { stdout } = await run;
  const [head, ...rest] = stdout.split('\r\n\r\n').filter((part) => !part.startsWith('HTTP/1.1 100'));
  const [statusLine, ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(fields.map((field) => {
    const colon = field.indexOf(':');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  }));
  const text = rest.join('\r\n\r\n');
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    // left undefined
  }
  return { status: Number(statusLine.split(' ')[1]), headers, text, json };
}

const auth = (token = TOKEN) => ['-H', `Authorization: Bearer ${token}`];
const JSON_TYPE = ['-H', 'Content-Type: application/json'];
const TEXT_TYPE = ['-H', 'Content-Type: text/plain'];
const json = (value) => [...auth(), ...JSON_TYPE, '-d', JSON.stringify(value)];

/** Whether the process is the one that a server has started, and that takes signals. */
const isTopmost = (pid, { pid: server }) =>
  readFileSync(`/proc/${pid}/status`, 'utf8').includes(`\nPPid:\t${server}\n`);

const messagesOf = (db, job) =>
  sql(db, `SELECT message FROM log WHERE job_id=${job} AND event='log' ORDER BY id;`).split('\n');

const settings = `publish_token_file = ${tokens}\n`;
const environment = { TAILROW_PUBLISH_TOKEN_FILE: tokens };
const inApache = `<Location "/tailrow">\nSetEnv TAILROW_PUBLISH_TOKEN_FILE ${tokens}\n</Location>`;

const SERVERS = [
  { name: 'lighttpd, FastCGI', start: () => Server.start({ settings, uid: nobody }) },
  { name: 'lighttpd, CGI', start: () => Server.start({ include: 'tailrow-cgi.conf', settings, uid: nobody }) },
  {
    name: 'Apache, mod_proxy_fcgi',
    start: () => Apache.start({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 100, settings: environment }),
  },
  {
    name: 'Apache, mod_fcgid',
    start: () => Apache.start({ include: 'tailrow-fcgid.conf', modules: ['fcgid'], more: inApache }),
  },
  {
    name: 'Apache, CGI',
    start: () => Apache.start({ include: 'tailrow-cgi.conf', modules: ['cgid'], more: inApache }),
  },
  { name: 'Apache, .htaccess', start: () => Apache.start({ modules: ['cgid', 'rewrite'], more: inApache }) },
  { name: 'nginx', start: () => Nginx.start({ maxStreams: 100, settings: environment }) },
];

function throughEach({ start }) {
  let server, jobs;
  before(async () => {
    server = await start();
    jobs = `${server.api}/jobs`;
  });

  it('a job is made, changed and ended', async () => {
    const made = await curl(jobs, ...json({ name: 'deploy', host: 'web1' }));
    assert.equal(made.status, 201, made.text);
    assert.equal(made.headers['cache-control'], 'no-store');
    assert.equal(made.json.state, 'running');
    assert.ok(made.json.startedAt);
    const id = made.json.jobId;
    const changed = await curl(`${jobs}/${id}`, ...json({ progress: 45.5, step: 'Syncing – ü', url: 'https://x/' }));
    assert.equal(changed.status, 200, changed.text);
    const ended = await curl(`${jobs}/${id}`, ...json({ state: 'failed', error: 'disk full', exitCode: 3, step: null }));
    const { startedAt, finishedAt, createdAt, ...rest } = (await curl(`${jobs}/${id}`)).json;
    assert.ok(startedAt && finishedAt && createdAt);
    assert.deepEqual(rest, { jobId: id, name: 'deploy', state: 'failed', progress: 45.5, step: null, url: 'https://x/',
      error: 'disk full', exitCode: 3, signal: null, beatAt: null, host: 'web1', cwd: null, key: null, owner: null, lines: 0 });
    assert.equal(ended.json.finishedAt, finishedAt);
    assert.equal(sql(server.db, `SELECT event FROM log WHERE job_id=${id};`), 'status-update\nstatus-update\ncompletion');
  });

  it('lines come as text, as JSON, and piped into curl -T', async () => {
    const id = (await curl(jobs, ...json({ name: 'lines' }))).json.jobId;
    const text = await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '--data-binary', 'one\ntwo\n\nfour');
    assert.deepEqual([text.status, text.json], [200, { lines: 4 }], text.text);
    const list = await curl(`${jobs}/${id}/log`, ...json([{ message: 'w', level: 'warn' }, { message: '{}', event: 'order' }]));
    assert.deepEqual([list.status, list.json], [200, { lines: 2 }], list.text);
    assert.deepEqual((await curl(`${jobs}/${id}/log?level=error`, ...json({ message: 'x' }))).json, { lines: 1 });
    const none = await curl(`${server.api}/log?level=error&event=order`, ...auth(), ...TEXT_TYPE, '-d', 'of none');
    assert.deepEqual(none.json, { lines: 1 }, none.text);
    const file = join(dir, `many-${server.port}`);
    const many = 30_000;
    writeFileSync(file, Array.from({ length: many }, (_, i) => `${String(i).padStart(99, 'x')}\n`).join(''));
    for (const how of [['-T', file], ['-X', 'POST', '-H', 'Transfer-Encoding: chunked', ...TEXT_TYPE, '--data-binary', `@${file}`]]) {
      const piped = await curl(`${jobs}/${id}/log`, ...auth(), ...how);
      assert.deepEqual([piped.status, piped.json], [200, { lines: many }], piped.text);
    }
    const messages = messagesOf(server.db, id);
    assert.deepEqual(messages.slice(0, 6), ['one', 'two', '', 'four', 'w', 'x']);
    assert.equal(messages.length, 6 + 2 * many);
    assert.deepEqual(messages.slice(6, 6 + many), messages.slice(6 + many));
    assert.equal(messages[7], '1'.padStart(99, 'x'));
    assert.equal(sql(server.db, "SELECT count(*) FROM log WHERE job_id IS NULL AND level='error' AND event='order' AND message='of none';"), '1');
  });

  it('who has no token gets 401 and the scheme', async () => {
    for (const [header, says] of [[[], /Send a token/], [auth('wrong-but-long-enough'), /no token/],
      [auth(`${TOKEN}x`), /no token/], [auth(TOKEN.slice(0, -1)), /no token/], [['-u', 'ada:secret'], /no token/]]) {
      const answer = await curl(jobs, ...header, ...JSON_TYPE, '-d', '{"name":"x"}');
      assert.equal(answer.status, 401, answer.text);
      assert.match(answer.headers['www-authenticate'], /^Bearer realm="tailrow"/);
      assert.match(answer.headers['content-type'], /^application\/problem\+json/);
      assert.match(answer.json.detail, says);
    }
    assert.equal((await curl(jobs, ...auth(OTHER), ...JSON_TYPE, '-d', '{"name":"second"}')).status, 201);
  });

  it('a body larger than the limit is refused with 413, whether its length is told or not', async () => {
    const file = join(dir, `large-${server.port}`);
    writeFileSync(file, `{"name":"${'x'.repeat(2 << 20)}"}`);
    for (const how of [[], ['-H', 'Transfer-Encoding: chunked']]) {
      const answer = await curl(jobs, ...auth(), ...JSON_TYPE, ...how, '--data-binary', `@${file}`);
      assert.deepEqual([answer.status, answer.json?.status], [413, 413], answer.text);
    }
    assert.equal((await curl(jobs, ...json({ name: 'still serves' }))).status, 201);
  });

  it('the same request again, with its key, is done once', async () => {
    const key = ['-H', 'Idempotency-Key: "8e03978e-40d5"'];
    const first = await curl(jobs, ...json({ name: 'once' }), ...key);
    const again = await curl(jobs, ...json({ name: 'once' }), ...key);
    assert.deepEqual([again.status, again.text], [201, first.text]);
    const other = await curl(jobs, ...json({ name: 'twice' }), ...key);
    assert.equal(other.status, 422);
    assert.match(other.json.detail, /Idempotency-Key/);
    assert.equal(sql(server.db, "SELECT count(*) FROM job WHERE name IN ('once', 'twice');"), '1');
  });

  it('three publish at once, and nothing is lost or doubled', async () => {
    const ids = await Promise.all(['a', 'b', 'c'].map(async (name) => {
      const id = (await curl(jobs, ...json({ name }))).json.jobId;
      for (let i = 0; i < 10; i++) {
        const answer = await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '-d', `${name}${i}`);
        assert.equal(answer.status, 200, answer.text);
      }
      return id;
    }));
    for (const [k, id] of ids.entries())
      assert.deepEqual(messagesOf(server.db, id), Array.from({ length: 10 }, (_, i) => 'abc'[k] + i));
  });

  it('logs nothing odd, and never the token', async () => {
    server.expectLog(/buffered to a temporary file/);
    assert.ok(!server.log().includes(TOKEN));
  });

  closing(() => server);
}

describe('publishing over HTTP', { concurrency: 2 }, () => {
  for (const how of SERVERS) describe(`behind ${how.name}`, { concurrency: 1 }, () => throughEach(how));
});

describe('publishing over HTTP,', () => {
  let server, jobs;
  before(async () => {
    server = await Server.start({ settings: `${settings}publish_max_mb = 1\n`, uid: nobody });
    jobs = `${server.api}/jobs`;
  });

  const make = async (name) => (await curl(jobs, ...json({ name }))).json.jobId;

  it('says what cannot be taken, and takes nothing of it', async () => {
    const id = await make('strict');
    const before = sql(server.db, 'SELECT count(*), max(id) FROM log;');
    const line = (text) => [...auth(), ...JSON_TYPE, '--data-binary', text];
    for (const [url, options, status, says] of [
      [jobs, json({}), 422, /has a name/],
      [jobs, json({ name: null }), 422, /name is a text\./],
      [jobs, json({ name: 'x', state: 'done' }), 422, /state is queued, running/],
      [jobs, json({ name: 'x', nmae: 1 }), 422, /'nmae'/],
      [jobs, json([]), 422, /Expected an object/],
      [jobs, line('{"name":"x"'), 422, /no JSON/],
      [jobs, line('{"name":"x"}}'), 422, /no JSON/],
      [jobs, line('{"name":"a\\u0000b"}'), 422, /NUL/],
      [`${jobs}/${id}`, json({}), 422, /Nothing is to be changed/],
      [`${jobs}/${id}`, json({ progress: 101 }), 422, /progress is 0 to 100/],
      [`${jobs}/${id}`, json({ exitCode: 1.5 }), 422, /exitCode is a whole number/],
      [`${jobs}/4711`, json({ progress: 1 }), 404, /no job 4711/],
      [`${jobs}/4711/log`, json([{ message: 'x' }]), 404, /no job 4711/],
      [`${jobs}/4711/log`, [...auth(), ...TEXT_TYPE, '-d', 'x'], 404, /no job 4711/],
      [`${jobs}/${id}/log`, json([{ message: 'good' }, { message: 1 }]), 422, /Line 2: message is a text/],
      [`${jobs}/${id}/log`, json([{ message: 'good' }, { message: 'x', level: 'loud' }]), 422, /level is debug/],
      [`${jobs}/${id}/log`, json([{ message: 'good' }, { message: 'x', event: 'hello' }]), 422, /event is 1 to 64/],
      [`${jobs}/${id}/log?level=loud`, [...auth(), ...TEXT_TYPE, '-d', 'x'], 400, /^level: /],
      [`${jobs}/${id}/log?event=hello`, [...auth(), ...TEXT_TYPE, '-d', 'x'], 400, /^event: /],
      [`${jobs}/${id}/log`, [...auth(), '-d', 'x'], 415, /text\/plain/],
      [jobs, [...auth(), ...TEXT_TYPE, '-d', '{"name":"x"}'], 415, /application\/json/],
      [jobs, [...json({ name: 'x' }), '-H', 'Content-Encoding: gzip'], 415, /without Content-Encoding/],
      [`${jobs}/${id}/log`, [...auth(), ...TEXT_TYPE, '-H', 'Content-Encoding: br', '-d', 'x'], 415, /without Content-Encoding/],
      [jobs, [...json({ name: 'x' }), '-H', 'Sec-Fetch-Site: cross-site'], 403, /another site/],
      [jobs, [...json({ name: 'x' }), '-H', `Idempotency-Key: ${'k'.repeat(201)}`], 400, /Idempotency-Key/],
    ]) {
      const answer = await curl(url, ...options);
      assert.equal(answer.status, status, `${options.join(' ')}: ${answer.text}`);
      assert.match(answer.headers['content-type'], /^application\/problem\+json/);
      assert.match(answer.json.detail, says);
    }
    assert.equal(sql(server.db, 'SELECT count(*), max(id) FROM log;'), before);
  });

  it('refuses JSON that is not UTF-8, and takes any bytes as text', async () => {
    const id = await make('bytes');
    const torn = join(dir, 'torn');
    writeFileSync(torn, Buffer.from('{"message":"a\xc3"}', 'latin1'));
    const refused = await curl(`${jobs}/${id}/log`, ...auth(), ...JSON_TYPE, '--data-binary', `@${torn}`);
    assert.equal(refused.status, 422);
    assert.match(refused.json.detail, /not UTF-8 from byte 13/);
    writeFileSync(torn, Buffer.from('a\xc3\nb\0c\r\n', 'latin1'));
    const taken = await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '--data-binary', `@${torn}`);
    assert.deepEqual(taken.json, { lines: 2 });
    assert.equal(sql(server.db, `SELECT hex(message) FROM log WHERE job_id=${id} AND event='log';`), '61C3\n6200630D');
  });

  it('takes as much as it says, and not more', async () => {
    const id = await make('large');
    const file = join(dir, 'limit');
    writeFileSync(file, `${'x'.repeat(1023)}\n`.repeat(1024));
    assert.deepEqual((await curl(`${jobs}/${id}/log`, ...auth(), '-T', file)).json, { lines: 1024 });
    writeFileSync(file, `${'x'.repeat(1023)}\n`.repeat(1025));
    const answer = await curl(`${jobs}/${id}/log`, ...auth(), '-T', file);
    assert.equal(answer.status, 413);
    assert.match(answer.json.detail, /publish_max_mb/);
  });

  it('shows at once to who watches, and writes in passing processes', async () => {
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    const id = await make('watched');
    await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '-d', 'seen');
    assert.equal((await stream.event('log')).json.message, 'seen');
    stream.leave();
    assert.equal(readers(server.db).length, 1, 'the watcher alone keeps it open');
  });

  it('is no business of a browser on another site', async () => {
    const preflight = await curl(jobs, '-X', 'OPTIONS', '-H', 'Origin: https://evil.example',
      '-H', 'Access-Control-Request-Method: POST', '-H', 'Access-Control-Request-Headers: authorization');
    assert.equal(preflight.status, 405);
    assert.equal(preflight.headers.allow, 'GET, HEAD, POST');
    const answers = [preflight, await curl(jobs, ...json({ name: 'x' }), '-H', 'Origin: https://evil.example')];
    for (const { headers } of answers) assert.ok(!Object.keys(headers).some((name) => name.startsWith('access-control')));
  });

  it('of text takes the place of a stream while it comes, JSON none', async () => {
    const id = await make('places');
    writeFileSync(join(server.dir, 'tailrow.conf'), `${settings}max_streams = 1\n`);
    process.kill(server.responders().find((pid) => isTopmost(pid, server)), 'SIGHUP');
    const health = async () => (await ask(`${server.api}/health`)).json;
    await until('the new settings hold', async () => (await health())?.maxStreams === 1);
    const stream = await Stream.open(`${server.api}/events?since=now`);
    await stream.event('hello');
    const refused = await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '-d', 'x');
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '5'], refused.text);
    assert.equal((await curl(`${jobs}/${id}/log`, ...json({ message: 'x' }))).status, 200);
    stream.leave();
    await until('the place is free', async () =>
      (await curl(`${jobs}/${id}/log`, ...auth(), ...TEXT_TYPE, '-d', 'x')).status === 200);
  });

  it('waits for a lock that another program holds', async () => {
    const holder = promisify(execFile)('sqlite3', [server.db, 'BEGIN IMMEDIATE;', '.shell sleep 1', 'COMMIT;']);
    await until('it is locked', () => {
      try {
        sql(server.db, 'PRAGMA busy_timeout=0; BEGIN IMMEDIATE; ROLLBACK;');
        return false;
      } catch {
        return true;
      }
    });
    assert.equal((await curl(jobs, ...json({ name: 'patient' }))).status, 201);
    await holder;
  });

  closing(() => server);
});

describe('publishing over HTTP is off', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('unless it is set: 405, with a token too', async () => {
    sql(server.db, "INSERT INTO job(name) VALUES('a');");
    for (const path of ['/jobs', '/jobs/1', '/jobs/1/log', '/log']) {
      for (const header of [[], auth()]) {
        const answer = await curl(server.api + path, ...header, ...JSON_TYPE, '-d', '{"name":"x","message":"x"}');
        assert.equal(answer.status, 405);
        assert.equal(answer.headers.allow, 'GET, HEAD');
      }
    }
    assert.equal(sql(server.db, 'SELECT count(*) FROM job;'), '1');
  });

  closing(() => server);
});

describe('the tokens', () => {
  let server;
  const file = join(dir, 'others');
  const write = (text, mode = 0o600) => {
    writeFileSync(file, text);
    chmodSync(file, mode);
    if (nobody !== undefined) chownSync(file, nobody, nobody);
  };
  const post = async (token) => (await curl(`${server.api}/jobs`, ...auth(token), ...JSON_TYPE, '-d', '{"name":"x"}'));
  before(async () => {
    write(`${TOKEN}\n`);
    server = await Server.start({ settings: `publish_token_file = ${file}\n`, uid: nobody });
  });

  it('are changed without a restart, the old one beside the new one first', async () => {
    assert.equal((await post(TOKEN)).status, 201);
    write(`${OTHER}\n${TOKEN}\n`);
    assert.deepEqual([(await post(TOKEN)).status, (await post(OTHER)).status], [201, 201]);
    write(OTHER);
    assert.deepEqual([(await post(TOKEN)).status, (await post(OTHER)).status], [401, 201]);
    write('');
    assert.equal((await post(OTHER)).status, 401);
  });

  it('are refused where others could read them, or they are none; the log says why', async () => {
    for (const [text, mode, says] of [[TOKEN, 0o644, /open to everybody: chmod 640/], ['short\n', 0o600, /line 1: a line has 16 to 255/],
      [`${TOKEN}\nwith a space in the middle\n`, 0o600, /line 2: a line/]]) {
      write(text, mode);
      server.expectLog(says);
      const answer = await post(TOKEN);
      assert.equal(answer.status, 503);
      assert.match(answer.json.detail, /error log says why/);
      await until('a line in the log', () => says.test(server.log()));
    }
    rmSync(file);
    server.expectLog(/cannot be read: No such file/);
    assert.equal((await post(TOKEN)).status, 503);
    assert.ok(!server.log().includes(TOKEN) && !server.log().includes('with a space'));
  });

  closing(() => server);
});

describe('the number of requests in a minute', () => {
  let server;
  before(async () => { server = await Server.start({ settings: `${settings}publish_per_minute = 5\n`, uid: nobody }); });

  it('is limited, and the answer says when to come again', async () => {
    const post = () => curl(`${server.api}/jobs`, ...json({ name: 'x' }));
    const statuses = [];
    let last;
    for (let i = 0; i < 12; i++) statuses.push((last = await post()).status);
    const refused = statuses.filter((status) => status === 429).length;
    assert.ok(refused >= 2, 'even if a minute began meanwhile');
    assert.equal(Number(sql(server.db, 'SELECT count(*) FROM job;')), 12 - refused);
    if (last.status === 429) {
      const seconds = Number(last.headers['retry-after']);
      assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
    }
    assert.equal((await ask(`${server.api}/jobs`)).status, 200, 'reading is another thing');
  });

  closing(() => server);
});

/** What a CGI reads ends in the same way, whole or not. */
describe('a body in chunks that breaks off before a CGI', () => {
  let server;
  before(async () => {
    server = await Apache.start({ include: 'tailrow-cgi.conf', modules: ['cgid'], more: inApache });
    sql(server.db, "INSERT INTO job (name) VALUES ('cut')");
  });

  it('goes on with its key from the last whole line', async () => {
    const large = 'x'.repeat(20_000);
    const body = `r1\nr2\n${large}\nr4 is not wh`;
    const client = connect(server.port, '127.0.0.1');
    client.on('error', () => {});
    client.write(['POST /tailrow/api/jobs/1/log HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Content-Type: text/plain',
      `Authorization: Bearer ${TOKEN}`, 'Idempotency-Key: cut', '', `${body.length.toString(16)}\r\n${body}\r\n`].join('\r\n'));
    await until('the whole lines are there', () => messagesOf(server.db, 1).length === 3);
    client.destroy();
    await until('the CGI has ended', () => readers(server.db).length === 0);
    const again = await curl(`${server.api}/jobs/1/log`, ...auth(), ...TEXT_TYPE, '-H', 'Transfer-Encoding: chunked',
      '-H', 'Idempotency-Key: cut', '--data-binary', `${body}ole\nr5`);
    assert.deepEqual([again.status, again.json], [200, { lines: 5 }]);
    assert.deepEqual(messagesOf(server.db, 1).map((line) => line.slice(0, 20)), ['r1', 'r2', large.slice(0, 20), 'r4 is not whole', 'r5']);
    server.expectLog(/AH01270/);
  });

  closing(() => server);
});

/** Apache hands over a body as it comes: what a slow client does shows there. */
describe('a body that comes slowly', () => {
  let server, id;
  before(async () => {
    server = await Apache.start({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 100, settings: environment });
    id = (await curl(`${server.api}/jobs`, ...json({ name: 'slow' }))).json.jobId;
  });

  /** Sends the beginning of a request, and then pieces of its body, in chunks. */
  async function open(path, headers) {
    const client = connect(server.port, '127.0.0.1');
    client.said = '';
    client.setEncoding('latin1').on('data', (text) => { client.said += text; });
    client.on('error', () => {});
    client.chunk = (text) => client.write(`${text.length.toString(16)}\r\n${text}\r\n`);
    client.write([`POST /tailrow/api/jobs/${id}${path} HTTP/1.1`, 'Host: x', 'Transfer-Encoding: chunked',
      `Authorization: Bearer ${TOKEN}`, ...headers, '', ''].join('\r\n'));
    return client;
  }
  const large = 'x'.repeat(20_000); // Apache waits for 16 KB before it begins

  it('is committed as it comes, and holds no lock', async () => {
    const client = await open('/log', ['Content-Type: text/plain']);
    client.chunk(`first\n${large}\nha`);
    await until('the first lines are there', () => messagesOf(server.db, id).length === 2);
    sql(server.db, 'PRAGMA busy_timeout=0; BEGIN IMMEDIATE; COMMIT;');
    client.chunk('lf\nlast');
    await until('the next one', () => messagesOf(server.db, id).at(-1) === 'half');
    client.chunk('');
    await until('the answer', () => /\{"lines":4\}/.test(client.said));
    assert.equal(messagesOf(server.db, id).at(-1), 'last');
    client.destroy();
  });

  it('that is cut leaves what came, and with its key goes on from there', async () => {
    const before = messagesOf(server.db, id).length;
    const client = await open('/log', ['Content-Type: text/plain', 'Idempotency-Key: resumed']);
    client.chunk(`r1\nr2\n${large}\nr4 is not wh`);
    await until('the whole lines are there', () => messagesOf(server.db, id).length === before + 3);
    client.destroy();
    const file = join(dir, 'resumed');
    writeFileSync(file, `r1\nr2\n${large}\nr4 is not whole\nr5`);
    const again = () => curl(`${server.api}/jobs/${id}/log`, ...auth(), ...TEXT_TYPE, '-H', 'Idempotency-Key: resumed',
      '--data-binary', `@${file}`);
    assert.deepEqual((await again()).json, { lines: 5 });
    assert.deepEqual((await again()).json, { lines: 5 }, 'and once more');
    const lines = messagesOf(server.db, id).slice(before);
    assert.deepEqual(lines.map((line) => line.slice(0, 20)), ['r1', 'r2', large.slice(0, 20), 'r4 is not whole', 'r5']);
    server.expectLog(/AH01075|AH02609|AH01074|Error dispatching request|reading request body|AH10414|AH01089/);
  });

  it('of JSON that is cut is not taken, and the worker is free again', async () => {
    const client = await open('', ['Content-Type: application/json']);
    client.chunk(`{"step":"${large}`);
    await until('the request has come', () => openRequests(server.socket) === 1);
    client.destroy();
    await until('its worker is free', () => openRequests(server.socket) === 0);
    assert.equal((await curl(`${server.api}/jobs/${id}`, ...json({ progress: 5 }))).json.step, null);
  });

  closing(() => server);
});
