// fastcgi.mjs: a client of the responder's own socket, as a web server is one.
//
// - For what no shipped server does to it: bodies byte by byte, records that end in the middle.
//
// SPDX-License-Identifier: MIT
import { connect } from 'node:net';
import { until } from './wait.mjs';

const BEGIN = 1, PARAMS = 4, STDIN = 5, STDOUT = 6;

/** One record (FastCGI 1.0, section 3.3), of request 1. */
export const record = (type, content) =>
  Buffer.concat([Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]), content]);

const length = (bytes) => {
  if (bytes.length < 128) return Buffer.from([bytes.length]);
  const four = Buffer.alloc(4);
  four.writeUInt32BE((bytes.length | 0x80000000) >>> 0);
  return four;
};

function pair([name, value]) {
  const bytes = [Buffer.from(name), Buffer.from(String(value))];
  return Buffer.concat([...bytes.map(length), ...bytes]);
}

/** The beginning of a request with these variables, all of it but its body. */
export function opening(variables) {
  const params = Buffer.concat(Object.entries({
    GATEWAY_INTERFACE: 'CGI/1.1', SERVER_PROTOCOL: 'HTTP/1.1', REQUEST_METHOD: 'GET', SCRIPT_NAME: '/tailrow/api',
    PATH_INFO: '/events', QUERY_STRING: '', REMOTE_ADDR: '127.0.0.1', ...variables,
  }).map(pair));
  return Buffer.concat([record(BEGIN, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0])), record(PARAMS, params), record(PARAMS, Buffer.alloc(0))]);
}

/** A request on a connection of its own, its body still to be sent. */
export class FastCgi {
  ended = false;
  #bytes = Buffer.alloc(0);

  /** @param {string} path of the socket @param {Record<string, string | number>} variables */
  constructor(path, variables) {
    this.socket = connect(path);
    this.socket.on('data', (bytes) => { this.#bytes = Buffer.concat([this.#bytes, bytes]); });
    this.socket.on('error', () => {});
    this.socket.on('close', () => { this.ended = true; });
    this.socket.write(opening(variables));
  }

  /** Sends a piece of the body; none: its end. */
  send(text = '') {
    if (!this.ended) this.socket.write(record(STDIN, Buffer.from(text)));
  }

  /** What came on standard output. */
  get text() {
    let text = '';
    for (let at = 0; at + 8 <= this.#bytes.length;) {
      const size = this.#bytes.readUInt16BE(at + 4);
      if (this.#bytes[at + 1] === STDOUT) text += this.#bytes.subarray(at + 8, at + 8 + size);
      at += 8 + size + this.#bytes[at + 6];
    }
    return text;
  }

  get status() {
    return Number(this.text.match(/^Status: (\d{3})/)?.[1]);
  }

  async end(limitMs) {
    await until('the end of the response', () => this.ended, limitMs);
    return this;
  }
}
