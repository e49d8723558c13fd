// cgi.mjs: runs the responder as plain CGI: no web server, only an environment.
//
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { responderAsCgi } from './paths.mjs';
import { Frames } from './sse.mjs';
import { until } from './wait.mjs';

export class CgiRun extends Frames {
  raw = '';
  said = '';
  #head;

  /**
   * @param {Record<string, string>} env what differs from a plain GET /events
   * @param {string[]} [command] what to run in place of the program under test
   */
  constructor(env, [program, ...args] = [responderAsCgi]) {
    super();
    this.child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        GATEWAY_INTERFACE: 'CGI/1.1',
        SERVER_PROTOCOL: 'HTTP/1.1',
        REQUEST_METHOD: 'GET',
        SCRIPT_NAME: '/tailrow/api',
        PATH_INFO: '/events',
        QUERY_STRING: '',
        ...env,
      },
    });
    this.child.stdout.setEncoding('utf8').on('data', (text) => this.#take(text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => { this.said += text; });
    this.child.on('close', (code, signal) => { this.exit = code ?? signal; });
  }

  #take(text) {
    this.raw += text;
    if (this.#head) return this.#isEvents && this.feed(text);
    const end = /\r?\n\r?\n/.exec(this.raw);
    if (!end) return undefined;
    this.#head = this.raw.slice(0, end.index);
    return this.#isEvents && this.feed(this.body);
  }

  get #isEvents() {
    return /^text\/event-stream/.test(this.headers['content-type']);
  }

  /** The header fields, names in lower case; CGI's own `status` among them. */
  get headers() {
    return Object.fromEntries(this.#head.split(/\r?\n/).map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
  }

  /** 200 where the program leaves it to the server, as CGI allows. */
  get status() {
    return Number.parseInt(this.headers.status ?? '200', 10);
  }

  get body() {
    return this.raw.slice(/\r?\n\r?\n/.exec(this.raw).index).replace(/^\r?\n\r?\n/, '');
  }

  /** Waits until the program has ended by itself. */
  async end(limitMs = 5000) {
    await until('the program ends', () => this.exit !== undefined, limitMs);
    return this;
  }
}

/** Runs the program to its end. */
export const runCgi = (env, command) => new CgiRun(env, command).end();
