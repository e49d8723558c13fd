// sse.mjs: reads an event stream with eventsource-parser and keeps every frame.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { createParser } from 'eventsource-parser';
import { until, within } from './wait.mjs';

/** @typedef {{event: string, id?: string, data: string, json: any}} Frame */

/** The data as JSON, or undefined where it is none. */
function asJson(data) {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** The frames and `retry:` values in a text that comes in pieces. */
export class Frames {
  /** @type {Frame[]} */ frames = [];
  /** @type {number[]} */ retries = [];
  #parser = createParser({
    onEvent: ({ event = 'message', id, data }) => {
      const frame = { event, id, data, json: asJson(data) };
      this.frames.push(frame);
      this.onFrame?.(frame);
    },
    onRetry: (ms) => this.retries.push(ms),
    onError: (error) => { this.error ??= error; },
  });

  /** @param {string} text */
  feed(text) {
    this.#parser.feed(text);
    assert.equal(this.error, undefined, 'the stream is malformed');
  }

  /** The names of the frames, in order. */
  get names() {
    return this.frames.map((f) => f.event);
  }

  /** The frames called `event`. */
  named(event) {
    return this.frames.filter((f) => f.event === event);
  }

  /** Waits for a frame that `test` accepts, among those already there too. */
  frame(what, test, limitMs = 5000) {
    return until(`frame ${what}`, () => this.frames.find(test), limitMs);
  }

  /** Waits for a frame called `event`, as frame() does. */
  event(event, limitMs) {
    return this.frame(event, (f) => f.event === event, limitMs);
  }

  /** The id that a client would send when it reconnects now. */
  get lastEventId() {
    return this.frames.findLast((f) => f.id !== undefined)?.id;
  }
}

/** A stream over a connection of its own. */
export class Stream extends Frames {
  ended = false;
  /** Whether the response ended as HTTP says, not by a cut connection. */
  endedCleanly = false;
  raw = '';

  /**
   * Opens `url` and waits for the headers.
   * @param {string} url
   * @param {{lastEventId?: string, method?: string, onFrame?: (frame: Frame) => void}} [options]
   */
  static async open(url, { lastEventId, method = 'GET', onFrame } = {}) {
    const stream = new Stream();
    stream.onFrame = onFrame;
    const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
    stream.request = http.request(url, { method, headers, agent: false }).end();
    const [response] = await within('the headers', once(stream.request, 'response'));
    stream.response = response;
    stream.status = response.statusCode;
    stream.headers = response.headers;
    const isEvents = /^text\/event-stream/.test(response.headers['content-type']);
    response.setEncoding('utf8');
    response.on('data', (text) => {
      if (stream.raw.length < 1 << 16) stream.raw += text;
      if (isEvents) stream.feed(text);
    });
    response.on('error', () => {}); // a cut connection; 'close' follows
    response.on('close', () => {
      stream.ended = true;
      stream.endedCleanly = response.complete;
    });
    return stream;
  }

  /** Waits until the server has ended the response. */
  async end(limitMs = 5000) {
    await until('the end of the stream', () => this.ended, limitMs);
    assert.ok(this.endedCleanly, 'the response was cut, not ended');
    return this;
  }

  /** Reads no more until resume(), as a client on a slow line. */
  pause() {
    this.response.pause();
  }

  resume() {
    this.response.resume();
  }

  /** Leaves without a word, as a closed browser tab does. */
  leave() {
    this.request.destroy();
  }
}

/** Opens `url` so many times at once, each with the options, and waits for every hello. */
export async function openMany(count, url, options) {
  const streams = await Promise.all(Array.from({ length: count }, () => Stream.open(url, options)));
  await Promise.all(streams.map((stream) => stream.event('hello')));
  return streams;
}

/** Everything that `url` hands over with hold=0 in it. */
export async function handedOver(url, options) {
  return (await Stream.open(url, options)).end();
}

/** Asks for `url` and returns status, headers and the body, parsed where it is JSON. */
export async function ask(url, options) {
  const stream = await Stream.open(url, options);
  await stream.end();
  const { status, headers, raw: text } = stream;
  return { status, headers, text, json: asJson(text) };
}
