// nginx.mjs: Debian's nginx with the shipped configuration.
//
// SPDX-License-Identifier: MIT
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, nobody } from './daemon.mjs';
import { build, root } from './paths.mjs';

export class Nginx extends Daemon {
  /**
   * @param {object} options
   * @param {number} options.maxStreams
   * @param {string} [options.bin] where the programs are
   * @param {string} [options.more] lines of the host's own configuration
   * @param {(text: string) => string} [options.edit] what the user does to the file
   * @param {object} [options.settings] what to add to the responder's environment
   */
  static async start({ maxStreams, bin = build, more = '', edit = (text) => text, settings }) {
    const server = new Nginx([/\[notice\]/], nobody);
    await server.prepare();
    await server.startResponder(bin, maxStreams, settings);
    symlinkSync('/etc/nginx/fastcgi_params', join(server.dir, 'fastcgi_params'));
    const shipped = readFileSync(join(root, 'nginx-conf/tailrow.conf'), 'utf8');
    const configuration = join(server.dir, 'nginx.conf');
    writeFileSync(configuration, server.#host(more, edit(shipped)));
    await server.startServer('nginx', ['-e', 'stderr', '-p', server.dir, '-c', configuration]);
    return server;
  }

  #host(more, tailrow) {
    const temporary = ['client_body', 'fastcgi', 'proxy', 'scgi', 'uwsgi'];
    return `
daemon off;
pid ${this.dir}/nginx.pid;
error_log stderr notice;
events { worker_connections 768; }
http {
  include /etc/nginx/mime.types;
  access_log off;
  gzip on;
  ${temporary.map((what) => `${what}_temp_path ${this.dir}/${what};`).join('\n  ')}
  server {
    listen 127.0.0.1:${this.port};
    ${more}
    set $tailrow_www ${root}www;
    set $tailrow_socket ${this.socket};
    ${tailrow}
  }
}
`;
  }
}
