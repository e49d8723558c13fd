// setups.mjs: the shipped configurations, each with the real server that it is for.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { Apache } from './apache.mjs';
import { nobody } from './daemon.mjs';
import { Nginx } from './nginx.mjs';
import { Server } from './server.mjs';

/** What starts each; `options` are the server's, of which `edit` changes the shipped file. */
export const setups = {
  'lighttpd, FastCGI': (options) => Server.start({ uid: nobody, ...options }),
  'lighttpd, CGI': (options) => Server.start({ uid: nobody, include: 'tailrow-cgi.conf', ...options }),
  'Apache, mod_proxy_fcgi': ({ modules = [], ...options } = {}) => Apache.start({
    include: 'tailrow-proxy.conf', modules: ['proxy', 'proxy_fcgi', ...modules], maxStreams: 100, ...options }),
  'Apache, mod_fcgid': (options) => Apache.start({ include: 'tailrow-fcgid.conf', modules: ['fcgid'], ...options }),
  'Apache, CGI': (options) => Apache.start({ include: 'tailrow-cgi.conf', modules: ['cgid'], ...options }),
  'Apache, .htaccess': (options) => Apache.start({ modules: ['cgid', 'rewrite'], ...options }),
  nginx: (options) => Nginx.start({ maxStreams: 256, ...options }),
};

/** An edit that puts `text` in the place of what matches, which must be there. */
export const change = (pattern, text = '') => (file) => {
  assert.match(file, pattern);
  return file.replace(pattern, text);
};
