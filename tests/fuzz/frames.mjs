// frames.mjs: whatever is in the rows, a client that others wrote reads it as it was written.
//
// usage: node tests/fuzz/frames.mjs SECONDS
// - Random rows go into a database and, through the responder, into eventsource-parser, in pieces
//   cut anywhere; each must come out as an own decoder of bytes has it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createParser } from '../e2e/node_modules/eventsource-parser/dist/index.js';
import { init, sql } from '../e2e/lib/database.mjs';
import { freshDirectory } from '../e2e/lib/daemon.mjs';
import { responderAsCgi } from '../e2e/lib/paths.mjs';
import { pick, random, fuzz } from './random.mjs';

const ROWS = 200;
const NAMES = ['log', 'group', 'group-end', 'order', 'a', 'x.y:z-_9', 'message', 'E'.repeat(64)];
/** What means something to a parser, to JSON or to UTF-8, and torn pieces of it. */
const PIECES = ['\n', '\r', '\r\n', '\n\n', ':', ' ', '  ', 'data:', 'data: x', 'event: evil', 'id: 9', 'retry: 1', '\0', '"', '\\', '\\u0000', '{}',
  '\x1b[31m', '\u2028', '\u0085', '\ufeff', 'ä', '漢', '🎉', 'text', '</script>', '\x7f', '\t', '\b', '\f'].map((text) => Buffer.from(text))
  .concat(['c3', 'f0', 'f09f', 'e2', 'e280', 'ff', 'c0af', 'eda080', 'f4908080', '80'].map((hex) => Buffer.from(hex, 'hex')));

const message = () => Buffer.concat(Array.from({ length: random(random(20) ? 12 : 400) }, () => pick(PIECES)));

const decoded = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** What a client has to get of a row. */
function expected({ name, bytes }) {
  const text = decoded(bytes);
  return ['log', 'group', 'group-end'].includes(name) ? text : text.replace(/\r\n|\r/g, '\n');
}

/** The frames in bytes that come in pieces. */
function parse(bytes) {
  const frames = [];
  const parser = createParser({ onEvent: (event) => frames.push(event), onError: (error) => { throw error; } });
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random(random(4) ? 4000 : 20);
    parser.feed(decoder.decode(bytes.subarray(at, at + size), { stream: true }));
    at += size;
  }
  return frames;
}

const dir = freshDirectory();
const db = join(dir, 'jobs.db');
init(db);
let newest = 0;

function round() {
  const rows = Array.from({ length: ROWS }, () => ({ name: pick(NAMES), bytes: message() }));
  sql(db, `PRAGMA synchronous = OFF; BEGIN; ${rows.map(({ name, bytes }) =>
    `INSERT INTO log(event, message) VALUES('${name}', CAST(x'${bytes.toString('hex')}' AS TEXT));`).join('\n')} COMMIT;`);
  const { stdout, status } = spawnSync(responderAsCgi, { maxBuffer: 1 << 28, env: { GATEWAY_INTERFACE: 'CGI/1.1', REQUEST_METHOD: 'GET',
    PATH_INFO: '/events', QUERY_STRING: `hold=0&since=${epoch}-${newest}`, TAILROW_DB: db } });
  assert.equal(status, 0);
  const frames = parse(stdout.subarray(stdout.indexOf('\r\n\r\n') + 4)).filter(({ event }) => !['hello', 'ping'].includes(event));
  assert.equal(frames.length, ROWS);
  for (const [i, { event, id, data }] of frames.entries()) {
    const { name, bytes } = rows[i];
    assert.deepEqual([event, id], [name, `${epoch}-${newest + i + 1}`]);
    const got = name === 'log' ? JSON.parse(data).message : name.startsWith('group') ? JSON.parse(data).title : data;
    assert.equal(got, expected(rows[i]), `${name} ${bytes.toString('hex')}`);
  }
  newest += ROWS;
}

const epoch = sql(db, "SELECT value FROM meta WHERE key='epoch';");
try {
  fuzz(round, ROWS);
} finally {
  rmSync(dir, { recursive: true });
}
