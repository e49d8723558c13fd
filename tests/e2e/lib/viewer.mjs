// viewer.mjs: a stream read without a client's comforts: only the ids of its rows are kept.
//
// SPDX-License-Identifier: MIT
import { connect } from 'node:net';

export class Viewer {
  /** @type {number[]} */ ids = [];
  /** Whether its hello has come. */
  begun = false;
  #rest = '';
  #ping = false; // its id is a row's that came, or was not for us

  /** @param {string} query what of the log, from now on */
  constructor(server, query = '') {
    this.socket = connect(server.port, '127.0.0.1').setEncoding('latin1');
    // HTTP/1.0, so that nothing has to be unchunked
    this.socket.write(`GET /tailrow/api/events?since=now${query} HTTP/1.0\r\n\r\n`);
    this.socket.on('data', (text) => this.#take(text));
  }

  #take(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('event: ')) this.#ping = line === 'event: ping';
      if (!line.startsWith('id: ') || this.#ping) continue;
      if (this.begun) this.ids.push(Number(line.slice(line.lastIndexOf('-') + 1)));
      this.begun = true; // the first is the hello's
    }
  }
}
