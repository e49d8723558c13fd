// doctor-way.test.mjs: `tailrow doctor` on ways to the page that are broken before any web server of
// ours is reached, on servers that mean no good, and over TLS.
//
// - What no real server does when told to is done by a stand-in, which writes what it is given.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { sql } from './lib/database.mjs';
import { examine, run } from './lib/doctor.mjs';
import { closing, freePort, freshDirectory } from './lib/server.mjs';
import { change, setups } from './lib/setups.mjs';
import { openMany } from './lib/sse.mjs';

/** A server that hands each request's path and headers to `answer`, with the connection. */
async function standIn(t, answer) {
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.setEncoding('latin1').once('data', (text) => answer(connection, text.split(' ')[1], text));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

/** A whole answer. */
const whole = (status, headers, body = '') =>
  `HTTP/1.1 ${status}\r\n${headers.map((h) => `${h}\r\n`).join('')}Connection: close\r\n\r\n${body}`;

const STREAM = 'Content-Type: text/event-stream';
const OPENING = ': tailrow 0.1.0\n\n';
const ping = () => `event: ping\ndata: {"time":"${new Date().toISOString()}"}\n\n`;

/** Sends a ping every 250 ms, 16 of them, by way of `send`. */
function pings(connection, send, done = () => connection.end()) {
  let sent = 0;
  const timer = setInterval(() => {
    if (sent++ < 16) return send(ping());
    clearInterval(timer);
    return done();
  }, 250);
  connection.on('close', () => clearInterval(timer));
}

// Most of it is waiting.
describe('the doctor', { concurrency: 4 }, () => {
  describe('on the way', { concurrency: 8 }, () => {
    it('meets a host that has no name', async () => {
      const { problems, findings } = await examine(['doctor', 'http://no-such-host.invalid/tailrow/']);
      assert.deepEqual(problems, ['unresolved']);
      assert.match(findings[0].what, /no-such-host\.invalid/);
    });

    it('meets nobody', async () => {
      const { problems } = await examine(['doctor', `http://127.0.0.1:${await freePort()}/tailrow/`]);
      assert.deepEqual(problems, ['refused']);
    });

    it('gets no answer', async (t) => {
      const url = await standIn(t, () => {});
      const { problems, findings } = await examine(['doctor', `${url}/api`]);
      assert.deepEqual(problems, ['silent']);
      assert.match(findings[0].what, /no answer within 14 s/);
    });

    it('gets an answer that is none', async (t) => {
      const url = await standIn(t, (connection) => connection.end());
      assert.deepEqual((await examine(['doctor', `${url}/api`])).problems, ['failed']);
    });

    it('is sent round in circles', async (t) => {
      const url = await standIn(t, (connection, path) => connection.end(whole('302 Found', [`Location: ${path}x`])));
      assert.deepEqual((await examine(['doctor', `${url}/api`])).problems, ['redirects']);
    });

    it('finds another’s event stream', async (t) => {
      const url = await standIn(t, (connection) => connection.end(whole('200 OK', [STREAM], 'data: tick\n\n')));
      assert.deepEqual((await examine(['doctor', `${url}/events`])).problems, ['foreign']);
    });

    it('tells compression that holds back from a server that does', async (t) => {
      const url = await standIn(t, (connection, path, request) => {
        if (path === '/api/health') return connection.end(whole('200 OK', [], '{"journalMode":"wal"}'));
        const head = ['Server: Apache', STREAM, 'Connection: close'];
        if (!/accept-encoding:.*gzip/i.test(request)) {
          connection.write(whole('200 OK', head, OPENING));
          return pings(connection, (text) => connection.write(text));
        }
        const body = [OPENING];
        return pings(connection, (text) => body.push(text), () => {
          connection.write(whole('200 OK', [...head, 'Content-Encoding: gzip']));
          connection.end(gzipSync(body.join('')));
        });
      });
      const { problems, findings } = await examine(['doctor', `${url}/api`]);
      assert.deepEqual(problems, ['held-compressed']);
      assert.deepEqual(findings[0].lines, ['SetEnv no-gzip 1', 'SetEnv no-brotli 1']);
    });

    it('says where it looked', async (t) => {
      const asked = [];
      const url = await standIn(t, (connection, path) => {
        asked.push(path);
        connection.end(whole('404 Not Found', ['Content-Type: text/html']));
      });
      const { findings } = await examine(['doctor', `${url}/page/`]);
      assert.deepEqual(asked, ['/page/api/events?probe=4', '/page/events?probe=4']);
      assert.ok(findings[0].what.includes(`at ${url}/page/api/events, nor at ${url}/page/events:`));
    });

    it('shows no password, and uses it', async (t) => {
      const url = await standIn(t, (connection, path, request) => {
        const known = request.includes(`Authorization: Basic ${btoa('ada:se"cr\\et')}`);
        connection.end(whole(known ? '418 Known' : '401 Unknown', []));
      });
      const { out } = await run(['doctor', url.replace('//', '//ada:se"cr\\et@')]);
      assert.match(out, /with the status 418/);
      assert.doesNotMatch(out, /ada|se"cr/);
    });
  });

  describe('lets nothing through to the terminal', { concurrency: 1 }, () => {
    const EVIL = '\x1b]0;evil\x07\x1b[2J\x9b31m\x7f';

    for (const [what, answer] of [
      ['in a header', whole(`200 OK`, [`Content-Type: ${EVIL}`, `Server: ${EVIL}`], EVIL)],
      ['in a redirect', whole('302 Found', [`Location: /${EVIL}`])],
      ['in the status line', `HTTP/1.1 500 ${EVIL}\r\n\r\n`],
      ['in place of an answer', `${EVIL}\r\n\r\n`],
      ['in a stream', whole('200 OK', [STREAM], `${OPENING}event: ${EVIL}\ndata: ${EVIL}\n\n`)],
    ]) it(what, async (t) => {
      const url = await standIn(t, (connection) => connection.end(Buffer.from(answer, 'latin1')));
      const { out, err, status } = await run(['doctor', `${url}/api`]);
      assert.equal(status, 1);
      assert.equal(err, '');
      assert.doesNotMatch(Buffer.from(out, 'latin1').toString(), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
      await examine(['doctor', `${url}/api`]); // looks at the JSON
    });

    it('in what the responder says of itself', async (t) => {
      const url = await standIn(t, (connection, path) => {
        if (path === '/api/health')
          return connection.end(whole('503 No', [], JSON.stringify({ detail: EVIL })));
        connection.write(whole('200 OK', [STREAM], OPENING));
        return pings(connection, (text) => connection.write(text));
      });
      const { out } = await run(['doctor', `${url}/api`]);
      assert.match(out, /its\s+\/health\s+says\s+503.*\\x1b\]0;evil\\x07\\x1b\[2J/s);
      assert.doesNotMatch(Buffer.from(out, 'latin1').toString(), /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
    });
  });

  describe('and the responder', { concurrency: 1 }, () => {
    let server;
    before(async () => {
      server = await setups['lighttpd, FastCGI']({ settings: 'max_streams = 4\nmax_streams_per_client = 4\n' });
    });
    const doctor = (db, url) => examine(['--db', db, 'doctor', url, '--web-user', 'nobody']);

    it('finds it by the page, by its api and by its stream', async () => {
      await Promise.all([server.page, `${server.page}index.html`, server.api, `${server.api}/events?since=all`]
        .map(async (url) => assert.deepEqual((await doctor(server.db, url)).problems, [], url)));
    });

    it('tells when no place is left', async () => {
      const streams = await openMany(4, `${server.api}/events?since=now`);
      assert.deepEqual((await doctor(server.db, server.page)).problems, ['full']);
      for (const stream of streams) stream.leave();
    });

    it('tells when another database is served', async (t) => {
      const other = join(server.dir, 'other.db');
      execFileSync('cp', [server.db, other]);
      sql(other, "UPDATE meta SET value = 'elsewhere' WHERE key = 'epoch';");
      const { problems } = await doctor(other, server.page);
      assert.ok(problems.includes('other-database'), String(problems));
    });

    it('says in one sentence that there is no curl', async () => {
      const { problems, findings } = await examine(['doctor', server.page.replace('//', '//ada:secret@')], { PATH: server.dir });
      assert.deepEqual(problems, ['no-curl']);
      assert.deepEqual(findings[0].lines, ['apt-get install curl']);
      assert.doesNotMatch(findings[0].what, /secret/);
    });

    it('takes wrong usage for what it is', async () => {
      for (const args of [['a', 'b'], ['--idle', '5'], ['--idle', 'x', server.page], ['ftp://x/'], ['http://x/ y'], ['--nope'],
        ['--web-user', 'nobody-is-called-so', server.page]]) {
        const { status, out, err } = await run(['--db', server.db, 'doctor', ...args]);
        assert.deepEqual({ status, out }, { status: 2, out: '' }, args.join(' '));
        assert.match(err, /^tailrow: [^\n]+\n$/);
      }
      assert.equal((await run(['doctor'])).status, 2, 'no database, no URL');
    });

    closing(() => server);
  });

  describe('over TLS', { concurrency: 1 }, () => {
    let dir, apache, nginx, tls;
    const trusting = () => ({ CURL_CA_BUNDLE: join(dir, 'cert.pem') });
    before(async () => {
      dir = freshDirectory();
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
        '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')],
      { stdio: 'ignore' });
      execFileSync('chmod', ['-R', 'a+rX', dir]);
      tls = { apache: await freePort(), nginx: await freePort() };
      apache = await setups['Apache, mod_proxy_fcgi']({
        modules: ['socache_shmcb', 'ssl', 'http2'], more: `
        Listen 127.0.0.1:${tls.apache} https
        <VirtualHost *:${tls.apache}>
          Protocols h2 http/1.1
          SSLEngine on
          SSLCertificateFile ${dir}/cert.pem
          SSLCertificateKeyFile ${dir}/key.pem
        </VirtualHost>` });
      apache.expectLog(/\[ssl:warn\]|client denied by server configuration: \/var\/www/); // of a host that has no files
      nginx = await setups.nginx({
        more: `
        listen 127.0.0.1:${tls.nginx} ssl http2;
        ssl_certificate ${dir}/cert.pem;
        ssl_certificate_key ${dir}/key.pem;`,
        edit: change(/fastcgi_pass/, `if ($scheme = http) { return 301 https://127.0.0.1:${tls.nginx}$request_uri; }\n$&`) });
    });
    after(() => rmSync(dir, { recursive: true }));

    it('knows a certificate that nobody trusts', async () => {
      const { problems, findings } = await examine(['doctor', `https://127.0.0.1:${tls.apache}/tailrow/`]);
      assert.deepEqual(problems, ['tls']);
      assert.match(findings[0].what, /certificate/);
    });

    it('tells how few streams Apache has on an HTTP/2 connection', async () => {
      const { problems, findings } = await examine(['doctor', `https://127.0.0.1:${tls.apache}/tailrow/`], trusting());
      assert.deepEqual(problems, []);
      const version = findings.find((f) => f.name === 'http-version');
      assert.match(version.what, /HTTP\/2/);
      assert.deepEqual(version.lines, ['Protocols http/1.1']);
    });

    it('follows a redirect, and says so', async () => {
      const { problems, notes, findings } = await examine(['doctor', nginx.page], trusting());
      assert.deepEqual(problems, []);
      assert.ok(notes.includes('redirected'));
      assert.equal(findings.find((f) => f.name === 'http-version').level, 'fine');
    });

    it('leaves both servers well', async () => {
      await apache.stop();
      await nginx.stop();
    });
  });
});
