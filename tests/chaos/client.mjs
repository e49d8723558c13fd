// client.mjs: a client that comes back by its cursor, whatever happens to its stream, and
// remembers the id of every row that it was sent.
//
// - Reads frames itself: 200 of these must cost less than what they watch.
//
// SPDX-License-Identifier: MIT
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const MARKERS = new Set(['status-update', 'completion', 'removed']);
const OURS = new Set(['hello', 'snapshot', 'ping', 'busy']);

export class Client {
  /** @type {number[]} */ rows = [];
  last = 0; // of them, whoever takes them away
  /** What a client must never be told here, where nothing is deleted or replaced. */
  wrong = [];
  connects = 0;
  failures = 0; // connections that ended before a frame
  #stopped = false;
  #request;

  /**
   * @param {string} url with its query
   * @param {string} cursor where it begins
   * @param {() => number} random 0 to 1
   */
  constructor(url, cursor, random) {
    Object.assign(this, { url, cursor, random });
    this.done = this.#run();
  }

  async #run() {
    while (!this.#stopped) {
      const frames = await this.#visit(this.url);
      if (!frames) this.failures++;
      await sleep(20 + this.random() * 150);
    }
  }

  /** One connection, to its end. Returns how many frames came. */
  #visit(url) {
    return new Promise((resolve) => {
      let rest = [], frames = 0;
      const request = http.get(url, { agent: false, headers: { 'Last-Event-ID': this.cursor } });
      this.#request = request;
      this.connects++;
      request.on('error', () => {}); // 'close' follows
      request.on('close', () => resolve(frames));
      request.on('response', (response) => {
        if (response.statusCode !== 200) return response.resume();
        response.setEncoding('utf8');
        response.on('error', () => {});
        response.on('data', (text) => {
          rest.push(text); // not joined until it ends a frame, which may be large
          if (!text.includes('\n\n') && !(text.startsWith('\n') && rest.at(-2)?.endsWith('\n'))) return;
          const blocks = rest.join('').split('\n\n');
          rest = [blocks.pop()]; // an incomplete frame at the end of a response counts for nothing
          for (const block of blocks) frames += this.#take(block);
        });
        return undefined;
      });
    });
  }

  /** Takes one frame; 0 where it was none. */
  #take(block) {
    const event = /^event: ?(.*)$/m.exec(block)?.[1];
    if (!event) return 0;
    const id = /^id: ?(.*)$/m.exec(block)?.[1];
    if (id) this.cursor = id;
    if (OURS.has(event) || MARKERS.has(event)) return 1;
    if (event === 'log') this.rows.push(this.last = Number(id.slice(id.lastIndexOf('-') + 1)));
    else this.wrong.push(block);
    return 1;
  }

  /** Cuts the connection; another follows. */
  cut() {
    this.#request?.destroy();
  }

  async stop() {
    this.#stopped = true;
    this.cut();
    await this.done;
  }

  /** What is left to have, as a last connection hands it over. */
  async finish() {
    const separator = this.url.includes('?') ? '&' : '?';
    await this.#visit(`${this.url}${separator}hold=0`);
  }
}
