// doctor.test.mjs: `tailrow doctor` behind the real servers: the shipped configurations are found
// well, and each mistake in them is named, with the line that cures it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { examine } from './lib/doctor.mjs';
import { closing } from './lib/server.mjs';
import { change, setups } from './lib/setups.mjs';

/** Nobody is what the servers run as here. */
const examineServer = (server, ...args) =>
  examine(['--db', server.db, 'doctor', server.page, '--web-user', 'nobody', ...args]);

const GZIP = /SetEnv no-(gzip|brotli) 1/g;
const BODY = /server\.stream-response-body = 2/;

/** What is done to the shipped file (or `more`: to the host's), what the doctor calls that, and
 * the line of the cure. logs: what the server then logs. */
const MISTAKES = [
  { of: 'lighttpd, FastCGI', mistake: 'stream-response-body as it is by default',
    edit: change(BODY), name: 'held', line: 'server.stream-response-body = 2' },
  { of: 'lighttpd, CGI', mistake: 'stream-response-body as it is by default',
    edit: change(BODY), name: 'held', line: 'server.stream-response-body = 2' },
  { of: 'lighttpd, FastCGI', mistake: 'check-local as it is by default',
    edit: change(/"check-local" => "disable",/), name: 'not-found', line: '"check-local" => "disable",' },
  { of: 'lighttpd, FastCGI', mistake: 'another Content-Type',
    edit: change(BODY, '$&\nsetenv.set-response-header = ( "Content-Type" => "text/plain" )'), name: 'type' },
  { of: 'lighttpd, CGI', mistake: 'a program that is no program',
    edit: change(/cgi\.assign = .*/), name: 'not-run', line: 'cgi.assign = ( ".cgi" => "" )' },
  { of: 'Apache, mod_proxy_fcgi', mistake: 'no flushpackets',
    edit: change(/ProxySet flushpackets=on/), name: 'held', line: '    ProxySet flushpackets=on' },
  { of: 'Apache, mod_proxy_fcgi', mistake: 'ProxyPass, without PATH_INFO',
    edit: change(/SetHandler "proxy:(.*)"/, 'ProxyPass "$1"'), name: 'misled',
    line: 'SetHandler "proxy:unix:/run/tailrow/tailrow.sock|fcgi://tailrow/"' },
  { of: 'Apache, mod_proxy_fcgi', mistake: 'a socket that is another’s',
    edit: change(/\$\{tailrow_socket\}/, '/nowhere'), name: 'status', logs: [/proxy(_fcgi)?:error/],
    line: 'tailrow.fcgi --listen unix:/run/tailrow/tailrow.sock --db FILE' },
  { of: 'Apache, mod_fcgid', mistake: 'FcgidOutputBufferSize as it is by default',
    edit: change(/FcgidOutputBufferSize 0/), name: 'held', line: 'FcgidOutputBufferSize 0' },
  { of: 'Apache, CGI', mistake: 'compression',
    edit: change(GZIP), name: 'held-compressed', line: 'SetEnv no-gzip 1' },
  { of: 'Apache, .htaccess', mistake: 'compression',
    edit: change(GZIP), name: 'held-compressed', line: 'SetEnv no-gzip 1' },
  { of: 'Apache, CGI', mistake: 'another Content-Type',
    more: '<Location "/tailrow/api">\nHeader set Content-Type text/plain\n</Location>', name: 'type' },
  { of: 'Apache, .htaccess', mistake: 'no handler for the program',
    edit: change(/AddHandler .*/), name: 'not-found' },
  { of: 'nginx', mistake: 'X-Accel-Buffering ignored',
    more: 'fastcgi_ignore_headers X-Accel-Buffering;', name: 'held', line: 'fastcgi_buffering off;' },
  { of: 'nginx', mistake: 'no location for the responder',
    edit: change(/location ~ .*/, 'location ~ ^/elsewhere {'), name: 'not-found', logs: [/No such file/] },
  { of: 'nginx', mistake: 'a login by password',
    more: 'location = /401 { return 401; } error_page 418 = /401; location = /tailrow/api/events { return 418; }',
    name: 'login' },
  { of: 'nginx', mistake: 'a login page',
    more: 'location = /login { default_type text/html; return 200 "<form>"; } location = /tailrow/api/events { return 302 /login; }',
    name: 'html', logs: [/No such file/] },
];

/** Time-outs shorter than the heartbeat. */
const SHORT = [
  { of: 'lighttpd, FastCGI', edit: change(/max-write-idle = 60/, 'max-write-idle = 4'),
    line: 'server.max-write-idle = 60' },
  { of: 'Apache, mod_proxy_fcgi', edit: change(/timeout=60/, 'timeout=4'), logs: [/timeout specified has expired/],
    line: '    ProxySet timeout=60' },
  { of: 'Apache, mod_fcgid', edit: change(/IOTimeout 40/, 'IOTimeout 4'),
    logs: [/read data timeout in 4 seconds/, /ap_pass_brigade failed/], line: 'FcgidIOTimeout 40' },
  { of: 'nginx', edit: change(/read_timeout 60s/, 'read_timeout 4s'), logs: [/upstream timed out/],
    line: 'fastcgi_read_timeout 60s;' },
];

// Most of it is waiting.
describe('the doctor', { concurrency: 4 }, () => {
  describe('finds well, as shipped,', { concurrency: 3 }, () => {
    for (const [name, start] of Object.entries(setups)) describe(name, { concurrency: 1 }, () => {
      let server;
      before(async () => { server = await start(); });

      it('the whole way', async () => {
        const { problems, notes, fine, findings } = await examineServer(server);
        assert.deepEqual(problems, [], JSON.stringify(findings));
        const flow = notes.includes('uneven') ? 'uneven' : 'flows'; // the machine is busy
        assert.deepEqual(notes.filter((n) => n !== flow), [], JSON.stringify(findings));
        for (const one of [flow, 'http-version', 'health', 'schema', 'journal', 'writes', 'inotify'])
          assert.ok([...fine, ...notes].includes(one), one);
      });

      closing(() => server);
    });
  });

  describe('names, and has a cure for,', { concurrency: 4 }, () => {
    for (const { of, mistake, name, line, logs = [], ...options } of MISTAKES) describe(`${of}:`, { concurrency: 1 }, () => {
      let server;
      before(async () => {
        server = await setups[of](options);
        for (const pattern of logs) server.expectLog(pattern);
      });

      it(mistake, async () => {
        const { problems, findings: [found] } = await examineServer(server);
        assert.deepEqual(problems, [name]);
        assert.ok(found.cure);
        if (line) assert.ok(found.lines.includes(line), JSON.stringify(found));
      });

      closing(() => server);
    });
  });

  describe('leaves alone a host that polls:', { concurrency: 1 }, () => {
    let server;
    before(async () => {
      server = await setups.nginx({ more: 'fastcgi_ignore_headers X-Accel-Buffering;', settings: { TAILROW_HOLD: '0' } });
    });

    it('it may hold streams back', async () => {
      const { problems, notes } = await examineServer(server);
      assert.deepEqual({ problems, notes }, { problems: [], notes: ['polling'] });
    });

    closing(() => server);
  });

  describe('listens to a quiet stream:', { concurrency: 6 }, () => {
    for (const { of, line, logs = [], edit } of SHORT) describe(`${of}:`, { concurrency: 1 }, () => {
      let server;
      before(async () => {
        server = await setups[of]({ edit });
        for (const pattern of logs) server.expectLog(pattern);
      });

      it('names the time-out that is too short', async () => {
        const { problems, findings: [found] } = await examineServer(server, '--idle', '14');
        assert.deepEqual(problems, ['cut-idle'], JSON.stringify(found));
        assert.match(found.what, /cut after \d\.\d s, when nothing had come for \d\.\d s.*heartbeat is 15 s/);
        assert.ok(found.lines.includes(line));
      });

      closing(() => server);
    });

    describe('lighttpd as shipped:', { concurrency: 1 }, () => {
      let server;
      before(async () => { server = await setups['lighttpd, FastCGI'](); });

      it('hears a heartbeat', async () => {
        const { problems, findings } = await examineServer(server, '--idle', '17');
        assert.deepEqual(problems, []);
        assert.match(findings.find((f) => f.name === 'idle').what, /stayed open for 17 s; the longest silence was 15\.\d s/);
      });

      closing(() => server);
    });

    describe('lighttpd with short streams:', { concurrency: 1 }, () => {
      let server;
      before(async () => { server = await setups['lighttpd, FastCGI']({ settings: 'max_stream_seconds = 2\n' }); });

      it('knows the responder’s own goodbye', async () => {
        const { problems, findings } = await examineServer(server, '--idle', '10');
        assert.deepEqual(problems, []);
        assert.match(findings.find((f) => f.name === 'idle').what, /The responder itself ended/);
      });

      closing(() => server);
    });
  });
});
