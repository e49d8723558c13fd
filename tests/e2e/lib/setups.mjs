// setups.mjs: the shipped configurations, each with the real server that it is for.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { Apache } from './apache.mjs';
import { nobody } from './daemon.mjs';
import { Nginx } from './nginx.mjs';
import { Server } from './server.mjs';

const lighttpd = (own) => (options) => Server.start({ uid: nobody, ...own, ...options });
const apache = (own) => ({ modules = [], ...options } = {}) =>
  Apache.start({ ...own, modules: [...own.modules, ...modules], ...options });

/** What starts each; `options` are the server's, of which `edit` changes the shipped file. */
export const setups = {
  'lighttpd, FastCGI': lighttpd({}),
  'lighttpd, CGI': lighttpd({ include: 'tailrow-cgi.conf' }),
  'Apache, mod_proxy_fcgi': apache({ include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi'], maxStreams: 100 }),
  'Apache, mod_fcgid': apache({ include: 'tailrow-fcgid.conf', modules: ['fcgid'] }),
  'Apache, CGI': apache({ include: 'tailrow-cgi.conf', modules: ['cgid'] }),
  'Apache, .htaccess': apache({ modules: ['cgid', 'rewrite'] }),
  nginx: (options) => Nginx.start({ maxStreams: 256, ...options }),
};

/** An edit that puts `text` in the place of what matches, which must be there. */
export const change = (pattern, text = '') => (file) => {
  assert.match(file, pattern);
  return file.replace(pattern, text);
};
