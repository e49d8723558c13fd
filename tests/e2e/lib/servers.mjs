// servers.mjs: the web servers that tailrow is shipped for, each started as its files say.
//
// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Apache } from './apache.mjs';
import { freePort, freshDirectory } from './daemon.mjs';
import { Nginx } from './nginx.mjs';
import { root } from './paths.mjs';
import { openRequests } from './processes.mjs';
import { Server } from './server.mjs';

const SHA = createHash('sha1').update('secret').digest('base64');

/** Programs, called as ours, that answer with what the server told them, and its users. The
 * caller removes the directory. */
export function standIns() {
  const bin = freshDirectory();
  chmodSync(bin, 0o755);
  for (const name of ['tailrow.fcgi', 'tailrow.cgi'])
    symlinkSync(fileURLToPath(new URL('echo.py', import.meta.url)), join(bin, name));
  writeFileSync(join(bin, 'users'), `ada:{SHA}${SHA}\n`);
  writeFileSync(join(bin, 'plain-users'), 'ada:secret\n');
  return bin;
}

/**
 * @typedef {object} How
 * @property {string} [bin] take these stand-ins, behind a login
 * @property {boolean} [http2] speak HTTP/2 as well, without encryption
 */

const lighttpd = (include) => ({ bin } = {}) => { // HTTP/2 it speaks by itself
  if (!bin) return Server.start({ include });
  const wrapped = join(bin, include);
  writeFileSync(wrapped, `
    var.tailrow_bin := "${bin}"
    server.modules += ( "mod_auth", "mod_authn_file" )
    auth.backend = "plain"
    auth.backend.plain.userfile = "${bin}/plain-users"
    auth.require = ( "" => ( "method" => "basic", "realm" => "test", "require" => "valid-user" ) )
    include "${root}lighttpd-conf/${include}"`);
  return Server.start({ include: wrapped });
};

const apache = (options) => ({ bin, http2 } = {}) => Apache.start({
  ...options,
  bin,
  modules: [...options.modules, ...(http2 ? ['http2'] : [])],
  more: `${http2 ? 'Protocols h2c http/1.1' : ''}
    ${bin ? `
    <Location "/">
      AuthType Basic
      AuthName test
      AuthUserFile ${bin}/users
      Require valid-user
    </Location>` : ''}`,
});

const nginx = (options) => async ({ bin, http2 } = {}) => {
  const port = http2 && await freePort(); // without encryption, a port speaks the one or the other
  const server = await Nginx.start({
    ...options,
    bin,
    more: `${http2 ? `listen 127.0.0.1:${port} http2;` : ''}
      ${bin ? `auth_basic test; auth_basic_user_file ${bin}/users;` : ''}`,
  });
  server.http2Port = port;
  return server;
};

const onSocket = (server) => openRequests(server.socket);
const asProcesses = (server) => server.responders().length;

const LIGHTTPD_LOGS = [/oversized request-header/, /graceful shutdown started/];

/** start: takes How. serving: how many requests are being answered. seconds: how long a stream
 * may last there. logs: lines that belong to the tests. startsNone: the responder is started
 * beside the server. */
export const SERVERS = [
  {
    name: 'lighttpd, FastCGI', serving: onSocket, seconds: 600,
    start: lighttpd('tailrow.conf'), logs: LIGHTTPD_LOGS,
  },
  {
    name: 'lighttpd, CGI', serving: asProcesses, seconds: 600,
    start: lighttpd('tailrow-cgi.conf'), logs: LIGHTTPD_LOGS,
  },
  {
    name: 'Apache, mod_proxy_fcgi', serving: onSocket, seconds: 600, startsNone: true,
    start: apache({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 100 }),
  },
  {
    name: 'Apache, mod_fcgid', serving: (server) => server.readers().length, seconds: 240,
    start: apache({ include: 'tailrow-fcgid.conf', modules: ['fcgid'] }),
    logs: [/mod_fcgid: ap_pass_brigade failed/],
  },
  {
    name: 'Apache, CGI', serving: asProcesses, seconds: 600,
    start: apache({ include: 'tailrow-cgi.conf', modules: ['cgid'] }),
  },
  {
    name: 'Apache, .htaccess', serving: asProcesses, seconds: 240,
    start: apache({ modules: ['cgid', 'rewrite'] }),
  },
  {
    name: 'nginx', serving: onSocket, seconds: 600, startsNone: true,
    start: nginx({ maxStreams: 256 }), logs: [/"GET \/tailrow\/apis /,
      /open socket #\d+ left|\[alert\].*: aborting$/], // ended just after a reload
  },
];
