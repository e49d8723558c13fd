// server.mjs: a real lighttpd with the shipped configuration.
//
// SPDX-License-Identifier: MIT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon } from './daemon.mjs';
import { build, root } from './paths.mjs';

export { closing, freePort, freshDirectory } from './daemon.mjs';

const ALWAYS_LOGGED = [/ server started /, / server stopped by /];

/** A CGI program has no environment but the request's: the configuration has to name the file. */
function withSettings(include, dir, settingsFile) {
  const setting = '"TAILROW_DB" => var.tailrow_db';
  const changed = join(dir, include);
  const text = readFileSync(join(root, 'lighttpd-conf', include), 'utf8');
  writeFileSync(changed, text.replace(setting, `${setting}, "TAILROW_CONFIG" => "${settingsFile}"`));
  return changed;
}

export class Server extends Daemon {
  /**
   * @param {object} [options]
   * @param {string} [options.include] tailrow.conf or tailrow-cgi.conf
   * @param {(text: string) => string} [options.edit] what the user does to that file
   * @param {(path: string) => void} [options.make] makes the database
   * @param {number} [options.uid] run as this user and group (the tests run as root then)
   * @param {string} [options.settings] the content of a settings file
   */
  static async start({ include = 'tailrow.conf', edit, make, uid, settings } = {}) {
    const server = new Server(ALWAYS_LOGGED, uid);
    await server.prepare(make);
    const settingsFile = join(server.dir, 'tailrow.conf');
    if (settings) {
      writeFileSync(settingsFile, settings);
      if (include === 'tailrow-cgi.conf') include = withSettings(include, server.dir, settingsFile);
    }
    server.socket = `${server.dir}/sock-0`; // lighttpd appends -0
    const edited = join(server.dir, 'edited.conf');
    if (edit) writeFileSync(edited, edit(readFileSync(join(root, 'lighttpd-conf', include), 'utf8')));
    await server.startServer('lighttpd', ['-D', '-f', join(root, 'lighttpd-conf/server.conf')], {
      TAILROW_PORT: String(server.port),
      TAILROW_BUILD: build,
      TAILROW_WWW: join(root, 'www/'),
      TAILROW_DB: server.db,
      TAILROW_RUN: server.dir,
      TAILROW_INCLUDE: edit ? edited : include,
      ...(settings && { TAILROW_CONFIG: settingsFile }),
    });
    return server;
  }
}
