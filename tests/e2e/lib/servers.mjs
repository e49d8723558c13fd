// servers.mjs: the web servers that tailrow is shipped for, and how the tests tell what they do.
//
// SPDX-License-Identifier: MIT
import { createHash } from 'node:crypto';
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, freshDirectory } from './daemon.mjs';
import { openRequests } from './processes.mjs';
import { change, setups } from './setups.mjs';

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

/** The options of each kind of server for one that has, with `bin`, these stand-ins behind a
 * login, and with `http2` speaks that as well, without encryption. */
const lighttpd = ({ bin }) => ({ // HTTP/2 it speaks by itself
  edit: bin && ((text) => `
    var.tailrow_bin := "${bin}"
    server.modules += ( "mod_auth", "mod_authn_file" )
    auth.backend = "plain"
    auth.backend.plain.userfile = "${bin}/plain-users"
    auth.require = ( "" => ( "method" => "basic", "realm" => "test", "require" => "valid-user" ) )
    ${text}`),
});

const apache = ({ bin, http2 }) => ({
  bin,
  modules: http2 ? ['http2'] : [],
  more: `${http2 ? 'Protocols h2c http/1.1' : ''}
    ${bin ? `
    <Location "/">
      AuthType Basic
      AuthName test
      AuthUserFile ${bin}/users
      Require valid-user
    </Location>` : ''}`,
});

const nginx = ({ bin, http2 }) => ({ // without encryption, a port speaks the one or the other
  bin,
  edit: bin && change(/fastcgi_param REMOTE_USER "";/, 'fastcgi_param REMOTE_USER $remote_user;'),
  more: `${http2 ? `listen 127.0.0.1:${http2} http2;` : ''}
    ${bin ? `auth_basic test; auth_basic_user_file ${bin}/users;` : ''}`,
});

const onSocket = (server) => openRequests(server.socket);
const asProcesses = (server) => server.responders().length;

const LIGHTTPD_LOGS = [/oversized request-header/, /graceful shutdown started/];

/** The web servers. `serving`: how many requests are being answered. `seconds`: how long a stream
 * may last there. `logs`: lines that belong to the tests. `startsNone`: the responder is started
 * beside the server. `login`: what it takes to have the responder told who logged in. */
export const SERVERS = [
  { name: 'lighttpd, FastCGI', kind: lighttpd, serving: onSocket, seconds: 600, logs: LIGHTTPD_LOGS },
  { name: 'lighttpd, CGI', kind: lighttpd, serving: asProcesses, seconds: 600, logs: LIGHTTPD_LOGS },
  { name: 'Apache, mod_proxy_fcgi', kind: apache, serving: onSocket, seconds: 600, startsNone: true },
  {
    name: 'Apache, mod_fcgid', kind: apache, serving: (server) => server.readers().length, seconds: 240,
    logs: [/mod_fcgid: ap_pass_brigade failed/],
  },
  { name: 'Apache, CGI', kind: apache, serving: asProcesses, seconds: 600 },
  { name: 'Apache, .htaccess', kind: apache, serving: asProcesses, seconds: 240 },
  {
    name: 'nginx', kind: nginx, serving: onSocket, seconds: 600, startsNone: true, login: 'yes, with one line changed',
    logs: [/"GET \/tailrow\/apis /, /open socket #\d+ left|\[alert\].*: aborting$/], // ended just after a reload
  },
];

/** Starts one of SERVERS as its files say. */
export const start = ({ name, kind }, { bin } = {}) => setups[name](kind({ bin }));

/** The same, and over HTTP/2 it is to be met at its `http2Port`. */
export async function startWithHttp2({ name, kind }) {
  const port = await freePort();
  const server = await setups[name](kind({ http2: port }));
  server.http2Port = kind === nginx ? port : server.port;
  return server;
}
