// publishers-many.test.mjs: 50 publishers in four languages at once, and 50 streams.
//
// - For 10 s, or TAILROW_SECONDS: `make publishers`.
// - A publisher has the busy timeout of the examples, and fails at the first error that reaches it.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { Viewer } from './lib/viewer.mjs';
import { until, within } from './lib/wait.mjs';

const PUBLISHERS = 50, STREAMS = 50;
const SECONDS = Number(process.env.TAILROW_SECONDS ?? 10);
const LANGUAGES = [['python3', 'publish.py'], ['php', 'publish.php'], ['perl', 'publish.pl'], ['sh', 'publish.sh']];

/** Starts one; gives how many lines it says it wrote, once it has ended well. */
function publisher(db, number) {
  const [interpreter, file] = LANGUAGES[number % LANGUAGES.length];
  const script = fileURLToPath(new URL(`many/${file}`, import.meta.url));
  const child = spawn(interpreter, [script, db, String(SECONDS), `p${number}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '', stderr = '';
  child.stdout.on('data', (text) => { stdout += text; });
  child.stderr.on('data', (text) => { stderr += text; });
  return once(child, 'close').then(([code]) => {
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' }, `publisher ${number}, ${file}`);
    return Number(stdout.trimEnd().split('\n').at(-1));
  });
}

describe(`${PUBLISHERS} publishers and ${STREAMS} streams, ${SECONDS} s`, () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('no error reaches a publisher, and each row comes once on each stream', async (t) => {
    const viewers = Array.from({ length: STREAMS }, () => new Viewer(server, '&event=log,completion'));
    await until('every stream has begun', () => viewers.every((v) => v.begun), 10_000);
    const running = Array.from({ length: PUBLISHERS }, (_, i) => publisher(server.db, i));
    const counts = await within('the publishers end', Promise.all(running), (SECONDS + 60) * 1000);
    const lines = counts.reduce((sum, count) => sum + count);
    assert.ok(counts.every((count) => count >= 5));
    const ids = sql(server.db, "SELECT id FROM log WHERE event IN ('log', 'completion') ORDER BY id;").split('\n').map(Number);
    assert.equal(ids.length, lines + PUBLISHERS);
    await until('every row has come', () => viewers.every((v) => v.ids.length >= ids.length), 20_000);
    for (const viewer of viewers) assert.deepEqual(viewer.ids, ids);
    // each publisher's lines, in its own order
    assert.equal(sql(server.db, `SELECT count(*) FROM log AS a JOIN log AS b ON b.job_id = a.job_id AND b.id > a.id
      WHERE a.event = 'log' AND b.event = 'log' AND CAST(substr(b.message, instr(b.message, ' ')) AS INTEGER)
      <= CAST(substr(a.message, instr(a.message, ' ')) AS INTEGER);`), '0');
    t.diagnostic(`${lines} lines by ${PUBLISHERS} publishers, ${STREAMS * ids.length} frames`);
    for (const { socket } of viewers) socket.destroy();
  });

  closing(() => server);
});
