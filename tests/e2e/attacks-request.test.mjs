// attacks-request.test.mjs: requests that want to be more than a request: flags, files, settings,
// addresses, headers, lines of the log.
//
// - Each attack is an item of a list, with its answer. What it wants to get at has MARK in it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Apache } from './lib/apache.mjs';
import { runCgi } from './lib/cgi.mjs';
import { init, sql } from './lib/database.mjs';
import { responderAsCgi } from './lib/paths.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { ask, handedOver } from './lib/sse.mjs';
import { until, within } from './lib/wait.mjs';

const MARK = 'FORGED';

/** Sends these bytes on a connection of their own; resolves with all that is answered. */
async function sendRaw({ port }, bytes) {
  const connection = connect(port, '127.0.0.1').setEncoding('latin1');
  let got = '';
  connection.on('data', (text) => { got += text; });
  connection.on('error', () => {});
  connection.write(bytes, 'latin1');
  await within(`an answer to ${JSON.stringify(bytes.slice(0, 80))}`, new Promise((done) => { connection.on('close', done); }), 20_000);
  return { status: Number(got.match(/^HTTP\/1\.[01] (\d{3}) /)?.[1]), head: got.split('\r\n\r\n')[0], text: got };
}

const request = (target, headers = '') =>
  `GET ${target} HTTP/1.1\r\nHost: x\r\n${headers}Connection: close\r\n\r\n`;

/** A query without '=' is a command line to a CGI (RFC 3875, section 4.4): Apache makes it one. */
const AS_FLAGS = ['-h', '--help', '--version', '--listen+unix:/tmp/x', '--db+/etc/passwd', '--db', '/etc/passwd', '-', '--',
  '-d+allow_url_include', '--ticket-key-file+/etc/passwd', '%2D%2Dversion', '--pool+0', '--visible+all'];

/** Headers that want to be variables of ours, or of a library's. */
const AS_SETTINGS = (other) => ({
  'Tailrow-Db': other, Tailrow_Db: other, 'Tailrow-Config': other, 'Tailrow-Visible': 'all', Proxy: 'http://127.0.0.1:1',
  'Tailrow-Hold': '0', 'Tailrow-Publish-Token-File': '/etc/passwd', 'Remote-User': 'ann', Db: other, 'Ld-Preload': other,
  'Sqlite-Tmpdir': other, 'Path-Info': '/jobs', 'Query-String': 'job=9', 'Request-Method': 'POST', 'Content-Location': other,
});

/** Addresses that want to be others, and names of files. 404, or refused by the server. */
const AS_PATHS = ['/jobs%2f1%2flog.txt%00', '/jobs/1%252flog', '/%252e%252e/%252e%252e/etc/passwd', '/..%c0%af..%c0%afetc/passwd',
  '/jobs/..%5c..%5cetc', '/jobs/1/log.txt/../../../../etc/passwd', '/jobs/1/log.txt%0d%0aX-Forged:%201', '/jobs/0', '/jobs/-1',
  '/jobs/%2b1', '/jobs/1e3', '/jobs/0x1', '/jobs/99999999999999999999', '/jobs/1;job=2', '/log.txt', '/jobs/1/log.txt.bak',
  '/events/..%2f..%2fetc%2fpasswd', '/events/%2e%2e', '/events/jobs%00', '/events/jobs/jobs', '/proc/self/environ', '/%3fjob=1'];

for (const [how, options] of [['as Apache hands it to a CGI,', { include: 'tailrow-cgi.conf', modules: ['cgid'] }],
  ['as .htaccess does,', { modules: ['cgid', 'rewrite'] }]]) {
  describe(`a hostile request, ${how}`, () => {
    let server, other;
    const dir = freshDirectory();
    after(() => rmSync(dir, { recursive: true }));
    before(async () => {
      other = join(dir, `${MARK}.db`);
      init(other);
      sql(other, `INSERT INTO job(name) VALUES('${MARK}');`);
      server = await Apache.start(options);
      sql(server.db, "INSERT INTO job(name) VALUES('ours');");
    });

    it('has no flags: a query without = is one parameter that nobody knows', async () => {
      for (const flags of AS_FLAGS) {
        const { status, json, text } = await ask(`${server.api}/jobs?${flags}`);
        assert.equal(status, 200, `${flags}: ${text}`);
        assert.deepEqual(json.jobs.map((job) => job.name), ['ours'], flags);
      }
    });

    it('has no settings: a header is never one of ours', async () => {
      for (const [name, value] of Object.entries(AS_SETTINGS(other))) {
        const { status, text } = await sendRaw(server, request('/tailrow/api/jobs', `${name}: ${value}\r\n`));
        assert.equal(status, 200, name);
        assert.match(text, /"ours"/, name);
        assert.doesNotMatch(text, new RegExp(MARK), name);
      }
    });

    it('names no file', async () => {
      server.expectLog(/invalid URI|AH\d+: /);
      for (const path of AS_PATHS) {
        const { status, text } = await sendRaw(server, request(`/tailrow/api${path}`));
        assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
        assert.doesNotMatch(text, /root:|TAILROW_DB|X-Forged: 1/i, path);
      }
    });

    closing(() => server);
  });
}

describe('a hostile request, as lighttpd hands it to the pool,', () => {
  let server;
  before(async () => {
    server = await Server.start();
    sql(server.db, "INSERT INTO job(name, state) VALUES('ours', 'running'); INSERT INTO log(job_id, message) VALUES(1, 'line');");
  });

  it('has neither flags nor settings', async () => {
    for (const flags of AS_FLAGS) assert.equal((await ask(`${server.api}/jobs?${flags}`)).json.total, 1, flags);
    for (const [name, value] of Object.entries(AS_SETTINGS('/nonexistent/other.db'))) {
      const { status, text } = await sendRaw(server, request('/tailrow/api/jobs', `${name}: ${value}\r\n`));
      assert.equal(status, 200, name);
      assert.match(text, /"ours"/, name);
    }
  });

  it('names no file', async () => {
    for (const path of AS_PATHS) {
      const { status, text } = await sendRaw(server, request(`/tailrow/api${path}`));
      assert.ok([400, 403, 404].includes(status), `${path}: ${status}`);
      assert.doesNotMatch(text, /root:|TAILROW_DB|X-Forged: 1/i, path);
    }
    // What a server decodes is the same address, seen by the same eyes.
    assert.equal((await ask(`${server.api}/jobs%2f1`)).text, (await ask(`${server.api}/jobs/1`)).text);
  });

  it('adds no header, no frame and no line to a log', async () => {
    const ends = ['%0d%0a', '%0a', '%0d', '%c2%85', '%e2%80%a8', '\u0085', '%00', '%1b[2K'];
    const forged = (end) => `${end}event: ${MARK}${end}data: 1${end}${end}X-${MARK}: 1`.replaceAll(' ', '+');
    for (const end of ends) {
      for (const target of [`/events?hold=0&job=1${forged(end)}`, `/events?hold=0&event=${forged(end)}`, `/events?stream=${forged(end)}`,
        `/events?since=${forged(end)}&hold=0`, `/events/${forged(end)}`, `/jobs?q=${forged(end)}`, `/jobs?name=${forged(end)}`,
        `/jobs?state=${forged(end)}`, `/log?level=${forged(end)}`, `/jobs?ticket=${forged(end)}`, `/jobs/1/log.txt?time=${forged(end)}`,
        `/${forged(end)}`]) {
        const { head, text } = await sendRaw(server, request(`/tailrow/api${target}`));
        assert.doesNotMatch(head, new RegExp(MARK), target);
        assert.doesNotMatch(text, new RegExp(`^(event|data|id): *${MARK}`, 'm'), target);
      }
    }
    const { text } = await sendRaw(server, request('/tailrow/api/events?hold=0', `Last-Event-ID: x\x85event: ${MARK}\r\n`));
    assert.doesNotMatch(text, new RegExp(MARK));
    assert.doesNotMatch(server.log(), new RegExp(MARK));
  });

  it('has no methods that it should not have', async () => {
    for (const method of ['TRACE', 'CONNECT', 'PATCH', 'DELETE', 'PROPFIND', 'get', 'GETX', 'QUERY']) {
      const { status, text } = await sendRaw(server, request('/tailrow/api/jobs').replace('GET', method));
      assert.ok([400, 405, 501].includes(status), `${method}: ${status}`);
      assert.doesNotMatch(text, /"ours"/, method);
    }
  });

  it('leaves it serving', async () => {
    assert.equal((await handedOver(`${server.api}/events?hold=0`)).status, 200);
    await until('nobody is at work', async () => (await ask(`${server.api}/health`)).json.streams === 0);
  });

  closing(() => server);
});

describe('a hostile environment', () => {
  let dir, env;
  before(() => {
    dir = freshDirectory();
    env = { TAILROW_DB: join(dir, 'jobs.db') };
    init(env.TAILROW_DB);
    sql(env.TAILROW_DB, "INSERT INTO job(name, owner) VALUES('ours', 'ann');");
    writeFileSync(join(dir, 'config'), `db = ${join(dir, MARK)}\n`);
  });
  after(() => rmSync(dir, { recursive: true }));

  it('as CGI: flags of the command line are nobody’s', async () => {
    for (const flags of [['--help'], ['--version'], ['--db', '/etc/passwd'], ['--listen', `unix:${join(dir, 'sock')}`], ['x'], ['--visible', 'owner']]) {
      const got = await runCgi({ ...env, PATH_INFO: '/jobs', QUERY_STRING: flags.join('+') }, [responderAsCgi, ...flags]);
      assert.deepEqual([got.exit, got.status, JSON.parse(got.body).total], [0, 200, 1], flags.join(' '));
      assert.equal(got.said, '');
    }
  });

  it('as CGI: nothing with a prefix is a setting of ours', async () => {
    for (const prefix of ['HTTP_', 'REDIRECT_', 'HTTP_X_', 'REDIRECT_REDIRECT_', 'X', '_', 'tailrow_']) {
      const hostile = { [`${prefix}TAILROW_DB`]: '/etc/passwd', [`${prefix}TAILROW_CONFIG`]: join(dir, 'config'), [`${prefix}TAILROW_VISIBLE`]: 'owner' };
      const got = await runCgi({ ...env, ...hostile, PATH_INFO: '/jobs' });
      assert.equal(JSON.parse(got.body).total, 1, prefix);
    }
  });

  it('as CGI: a file that is none of ours is not shown, whatever setting names it', async () => {
    const passwd = readFileSync('/etc/passwd', 'utf8').split('\n')[0];
    const section = join(dir, 'section');
    writeFileSync(section, '[stream x]\ndatabase = /etc/passwd\nsql = SELECT rowid AS id, sql AS data FROM sqlite_master WHERE rowid > :after LIMIT :limit\n');
    for (const [settings, status] of [[{ TAILROW_DB: '/etc/passwd' }, 503], [{ TAILROW_DB: '/etc' }, 503], [{ TAILROW_DB: '/dev/zero' }, 503],
      [{ TAILROW_TICKET_KEY_FILE: '/etc/passwd', QUERY_STRING: `ticket=x.${'A'.repeat(43)}` }, 503],
      [{ TAILROW_PUBLISH_TOKEN_FILE: '/etc/passwd', REQUEST_METHOD: 'POST', CONTENT_TYPE: 'application/json', HTTP_AUTHORIZATION: `Bearer ${passwd}` }, 503],
      [{ TAILROW_CONFIG: section, PATH_INFO: '/events/x' }, 503]]) {
      const got = await runCgi({ ...env, PATH_INFO: '/jobs', ...settings });
      assert.equal(got.status, status, JSON.stringify(settings));
      assert.doesNotMatch(got.raw + got.said, /root:/);
      assert.doesNotMatch(got.body, /\/etc|\/dev/);
    }
  });

  for (const [what, hostile, status] of [
    ['no PATH_INFO, and SCRIPT_NAME in its place', { PATH_INFO: '', SCRIPT_NAME: '/jobs' }, 404],
    ['SCRIPT_NAME with dots', { PATH_INFO: '/jobs', SCRIPT_NAME: '/../../etc/passwd', SCRIPT_FILENAME: '/etc/passwd', PATH_TRANSLATED: '/etc/passwd', DOCUMENT_ROOT: '/etc' }, 200],
    ['SCRIPT_NAME with a line end', { PATH_INFO: '/jobs', SCRIPT_NAME: `/x\r\nX-${MARK}: 1` }, 200],
    ['PATH_INFO with a line end', { PATH_INFO: `/jobs\r\nX-${MARK}: 1` }, 404],
    ['a stream’s name with a line end', { PATH_INFO: `/events/a\r\nX-${MARK}: 1\r\n\r\n` }, 404],
    ['64 KB of PATH_INFO', { PATH_INFO: `/events/${'x'.repeat(1 << 16)}` }, 400],
    ['REMOTE_USER with a line end', { PATH_INFO: '/jobs', TAILROW_VISIBLE: 'owner', REMOTE_USER: `ann\r\nX-${MARK}: 1` }, 200],
    ['a long REMOTE_USER with line ends', { PATH_INFO: '/jobs', TAILROW_VISIBLE: 'owner', REMOTE_USER: `${'\n'.repeat(300)}${MARK}` }, 403],
    ['REQUEST_METHOD with a line end', { PATH_INFO: '/jobs', REQUEST_METHOD: `GET\r\nX-${MARK}: 1` }, 405],
    ['a negative length', { PATH_INFO: '/jobs', CONTENT_LENGTH: '-1' }, 200],
    ['a length that is no number', { PATH_INFO: '/jobs', CONTENT_LENGTH: `1e9\n${MARK}` }, 200],
    ['a length beyond all numbers', { PATH_INFO: '/jobs', CONTENT_LENGTH: '99999999999999999999' }, 200],
    ['a length that never comes', { PATH_INFO: '/jobs', CONTENT_LENGTH: '1000' }, 200],
    ['a setting that cannot be', { PATH_INFO: '/jobs', TAILROW_HOLD: `x\r\nX-${MARK}: 1` }, undefined],
    ['an address with a line end', { PATH_INFO: '/jobs', REMOTE_ADDR: `::1\r\nX-${MARK}: 1` }, 200],
    ['an endless Last-Event-ID', { QUERY_STRING: 'hold=0', HTTP_LAST_EVENT_ID: 'a-'.repeat(40_000) }, 200],
    ['cursors without end', { QUERY_STRING: 'hold=0', HTTP_LAST_EVENT_ID: `jobs:a-1,${MARK}\r\n:`.repeat(3000) }, 200],
  ]) {
    it(`as CGI: ${what}: ${status ?? 'one line in the log'}`, async () => {
      const got = await runCgi({ ...env, ...hostile });
      if (status) {
        assert.equal(got.status, status, got.body);
        assert.equal(got.exit, 0);
        assert.doesNotMatch(JSON.stringify(got.headers), new RegExp(`x-${MARK}`, 'i'));
        assert.doesNotMatch(got.said, new RegExp(MARK));
      } else {
        assert.equal(got.exit, 1);
        assert.equal(got.said.trimEnd().split('\n').length, 1);
        assert.doesNotMatch(got.said, /[\r\x1b]/);
      }
    });
  }
});
