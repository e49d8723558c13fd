// proxy.mjs: a proxy in front of a server, with the troubles of one.
//
// - mode: pass; refuse (nobody listens, so to speak); hang (says nothing any more, not even that
//   it is gone: a pulled cable); 503; hold (hands an answer over when it has all of it).
// - `more` adds headers to what it passes; POST /csp is a report, which is kept, as is each
//   Referer.
//
// SPDX-License-Identifier: MIT
import { once } from 'node:events';
import http from 'node:http';

export class Proxy {
  mode = 'pass';
  /** What a stream says of its heartbeat, in seconds, in place of what the server said. */
  heartbeat = 0;
  reports = [];
  referers = new Set();
  /** How many event streams were asked for. */
  streams = 0;
  #sockets = new Set();

  /** @param {import('./daemon.mjs').Daemon} server @param {object} [more] headers */
  static async start(server, more = {}) {
    const proxy = new Proxy();
    proxy.server = server;
    proxy.more = more;
    proxy.http = http.createServer((request, response) => proxy.#serve(request, response));
    proxy.http.on('connection', (socket) => {
      if (proxy.mode === 'refuse') return socket.destroy();
      proxy.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => proxy.#sockets.delete(socket));
    });
    proxy.http.listen(0, '127.0.0.1');
    await once(proxy.http, 'listening');
    proxy.port = proxy.http.address().port;
    proxy.page = `http://127.0.0.1:${proxy.port}/tailrow/`;
    return proxy;
  }

  /** Changes the mode; open connections are cut, or, where it hangs, say nothing any more. */
  become(mode) {
    this.mode = mode;
    if (mode !== 'hang') this.cut();
  }

  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop() {
    this.cut();
    this.http.close();
    await once(this.http, 'close');
  }

  #serve(request, response) {
    if (request.url === '/csp') return this.#report(request, response);
    if (request.headers.referer) this.referers.add(request.headers.referer);
    if (this.mode === 'refuse') return request.destroy();
    if (this.mode === 'hang') return;
    if (this.mode === '503') return response.writeHead(503).end('<h1>Service Unavailable</h1>');
    if (/\/events/.test(request.url)) this.streams++;
    const onward = http.request({ host: '127.0.0.1', port: this.server.port, path: request.url,
      method: request.method, headers: request.headers, agent: false });
    onward.on('response', (answer) => this.#pass(answer, response));
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  }

  #pass(answer, response) {
    const send = (headers) => response.writeHead(answer.statusCode, { ...headers, ...this.more });
    const body = [];
    if (this.mode !== 'hold') send(answer.headers);
    answer.on('data', (bytes) => {
      const piece = this.heartbeat ? Buffer.from(bytes.toString('latin1').replace(/"heartbeat":\d+/, `"heartbeat":${this.heartbeat}`), 'latin1') : bytes;
      if (this.mode === 'hold') body.push(piece);
      else if (this.mode !== 'hang') response.write(piece);
    });
    answer.on('end', () => {
      if (this.mode === 'hang') return;
      if (this.mode === 'hold') {
        const { 'transfer-encoding': _, ...headers } = answer.headers;
        send(headers);
      }
      response.end(Buffer.concat(body));
    });
    answer.on('error', () => response.destroy());
  }

  async #report(request, response) {
    let body = '';
    for await (const piece of request) body += piece;
    this.reports.push(body);
    response.writeHead(204).end();
  }
}
