// apache.mjs: Debian's Apache with a shipped configuration.
//
// - Its modules come with Debian's settings for them, and the site is a virtual host.
// - Every response that nobody exempts is compressed, as some hosts have it, and every
//   request looks like a browser's that takes that.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, nobody } from './daemon.mjs';
import { build, root } from './paths.mjs';

const AVAILABLE = '/etc/apache2/mods-available';
const MODULES = ['mpm_event', 'alias', 'authn_core', 'authn_file', 'authz_core', 'authz_user',
  'auth_basic', 'deflate', 'dir', 'env', 'filter', 'headers', 'mime', 'negotiation',
  'reqtimeout', 'setenvif'];

/** Debian's own lines for a module, as a2enmod enables them. */
function enable(module) {
  const files = readdirSync(AVAILABLE);
  return ['load', 'conf'].map((kind) => `${module}.${kind}`).filter((name) => files.includes(name))
    .map((name) => `Include ${AVAILABLE}/${name}`).join('\n');
}

export class Apache extends Daemon {
  /**
   * @param {object} options
   * @param {string[]} options.modules what to enable beyond Debian's usual modules
   * @param {string} [options.include] a file of apache-conf/; none: htaccess in a directory
   * @param {number} [options.maxStreams] start a responder of its own, for so many
   * @param {string} [options.bin] where the programs are
   * @param {object} [options.settings] what to add to that responder's environment
   * @param {string} [options.more] lines of the host's own configuration
   * @param {(text: string) => string} [options.edit] what the user does to the file, in .htaccess
   *   besides naming the database
   */
  static async start({ modules, include, maxStreams, settings, bin = build, more = '', edit = (text) => text }) {
    // AH00045: a child that was told to end and is given another second or two.
    const server = new Apache([/:notice\]/, /AH00045: .* did not exit, sending a SIGTERM/], nobody);
    await server.prepare();
    const htdocs = server.makeDirectory('htdocs');
    server.makeDirectory('socks'); // Debian's cgid.conf
    if (maxStreams) await server.startResponder(bin, maxStreams, settings);
    if (!include) server.#upload(join(htdocs, 'tailrow'), bin, edit);
    const shipped = include ? readFileSync(join(root, 'apache-conf', include), 'utf8') : '';
    const configuration = join(server.dir, 'apache.conf');
    writeFileSync(configuration, `${server.#host(modules, htdocs, bin)}${more}\n${include ? edit(shipped) : ''}`);
    await server.startServer('apache2', ['-D', 'FOREGROUND', '-f', configuration], { APACHE_RUN_DIR: server.dir });
    return server;
  }

  /** What a user of a shared host uploads. */
  #upload(directory, bin, edit) {
    cpSync(join(root, 'www'), directory, { recursive: true });
    cpSync(join(bin, 'tailrow.cgi'), join(directory, 'tailrow.cgi'), { dereference: true });
    const shipped = readFileSync(join(root, 'apache-conf/htaccess'), 'utf8');
    const edited = shipped.replace('SetEnv TAILROW_DB /home/USER/tailrow/jobs.db', `SetEnv TAILROW_DB ${this.db}`);
    assert.notEqual(edited, shipped);
    writeFileSync(join(directory, '.htaccess'), edit(edited));
  }

  #host(modules, htdocs, bin) {
    return `
ServerRoot ${this.dir}
ServerName 127.0.0.1
Listen 127.0.0.1:${this.port}
PidFile ${this.dir}/apache.pid
DefaultRuntimeDir ${this.dir}
Mutex file:${this.dir} default
ErrorLog ${this.dir}/error.log
LogLevel warn
Timeout 300
${[...MODULES, ...modules].map(enable).join('\n')}
<IfModule fcgid_module>
  FcgidIPCDir ${this.dir}/socks
  FcgidProcessTableFile ${this.dir}/fcgid_shm
</IfModule>
<Directory />
  Options FollowSymLinks
  AllowOverride None
  Require all denied
</Directory>
AccessFileName .htaccess
<FilesMatch "^\.ht">
  Require all denied
</FilesMatch>
<VirtualHost *:${this.port}>
  DocumentRoot ${htdocs}
</VirtualHost>
<Directory ${htdocs}>
  Options SymLinksIfOwnerMatch
  AllowOverride FileInfo Options=ExecCGI
  Require all granted
</Directory>
SetOutputFilter DEFLATE
RequestHeader set Accept-Encoding gzip early
Define tailrow_bin ${bin}
Define tailrow_www ${root}www
Define tailrow_db ${this.db}
Define tailrow_socket ${this.socket}
`;
  }
}
