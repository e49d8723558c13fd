// demo.test.mjs: `make demo`: jobs run, a busy port is told, and nothing is left behind.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { join } from 'node:path';
import { build, root } from './lib/paths.mjs';
import { groupOf, responders } from './lib/processes.mjs';
import { freePort } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

/** Starts the demo as the Makefile does, in a process group of its own, as a terminal does. */
function start(PORT) {
  const child = spawn(join(root, 'examples/demo/run'), [build], {
    detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, PORT: String(PORT) },
  });
  const demo = { child, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => { demo.out += text; });
  child.stderr.setEncoding('utf8').on('data', (text) => { demo.err += text; });
  child.on('exit', (code, signal) => { demo.exit = code ?? signal; });
  demo.ended = () => until('the demo ends', () => demo.exit !== undefined, 3000);
  return demo;
}

describe('the demo', () => {
  let port, demo, stream;
  before(async () => { port = await freePort(); });
  after(() => demo.exit === undefined && process.kill(-demo.child.pid, 'SIGTERM'));

  it('prints the address, and the page is there', async () => {
    demo = start(port);
    const [url] = await until('the address', () => /http:\S+/.exec(demo.out));
    assert.equal(url, `http://127.0.0.1:${port}/tailrow/`);
    assert.equal((await ask(url)).status, 200);
    stream = await Stream.open(`${url}api/events`);
  });

  it('has jobs that progress and log', async () => {
    await stream.frame('progress', (f) => f.event === 'status-update' && f.json.progress > 1);
    await stream.frame('a line', (f) => f.event === 'log');
  });

  it('says in one sentence that the port is in use, and how to choose another', async () => {
    const second = start(port);
    await second.ended();
    assert.equal(second.exit, 1);
    assert.equal(second.out, '');
    assert.match(second.err, /^Port \d+ is in use: .*make demo PORT=\d+\n$/);
  });

  it('ends at Ctrl-C and leaves nothing', async () => {
    const database = /\/\S+jobs\.db/.exec(demo.out)[0];
    assert.ok(responders(database).length > 0);
    process.kill(-demo.child.pid, 'SIGINT');
    await demo.ended();
    assert.equal(demo.exit, 130);
    assert.equal(demo.err, '');
    assert.ok(stream.ended);
    assert.ok(!existsSync(database));
    await assert.rejects(ask(`http://127.0.0.1:${port}/tailrow/`), /ECONNREFUSED/);
    const left = () => groupOf(demo.child.pid).length;
    await until('every process of the demo is gone', () => left() === 0, 3000);
  });
});
