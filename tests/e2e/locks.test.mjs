// locks.test.mjs: who opens the database. SQLite's locks are POSIX locks, which a process loses
// when any code in it closes the file: so nobody but SQLite may, and few processes at all.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { sql } from './lib/database.mjs';
import { root } from './lib/paths.mjs';
import { closing, Server } from './lib/server.mjs';
import { Stream } from './lib/sse.mjs';
import { trace } from './lib/trace.mjs';
import { until } from './lib/wait.mjs';

describe('the database’s files', () => {
  let server;
  before(async () => { server = await Server.start(); });

  it('are opened by SQLite alone: no source file calls open() on them', () => {
    const other = {
      'store/schema.c': /\bopen\(path, O_RDWR \| O_CREAT \| O_EXCL /, // a file that was not there
      'web/token.c': /\bopen\(path, O_RDONLY /, // the tokens
      'table/section.c': /\bfopen\(path, "re"\)/, // the settings
    };
    const files = ['watch', 'store', 'table', 'pool', 'stream', 'web'].flatMap((layer) =>
      readdirSync(join(root, 'src', layer)).map((name) => join(root, 'src', layer, name)));
    assert.ok(files.length > 40);
    for (const file of files) {
      const code = readFileSync(file, 'utf8').replace(/\/\*[^]*?\*\//g, '')
        .replace(other[file.split('/').slice(-2).join('/')] ?? '', '');
      assert.doesNotMatch(code, /\b(open|openat|creat|fopen|freopen)\s*\(/, file);
    }
  });

  it('are open in the watcher, and for a moment in the child that begins a stream', async () => {
    const before = server.responders();
    const holds = (pid) => readdirSync(`/proc/${pid}/fd`)
      .some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(server.db));
    assert.equal(before.filter(holds).length, 1, 'the watcher holds it, and nobody else');
    const watcher = before.find(holds);
    const { lines, stop } = await trace(before, `${server.dir}/trace`);
    try {
      const streams = await Promise.all([1, 2, 3].map(() => Stream.open(`${server.api}/events?since=now`)));
      await Promise.all(streams.map((s) => s.event('hello')));
      sql(server.db, "INSERT INTO log(message) VALUES('seen');");
      await Promise.all(streams.map((s) => s.frame('seen', (f) => f.json?.message === 'seen')));
      const opened = await until('the trace shows it', () => {
        const pids = lines().filter((l) => /^\d+ +open(at)?\(/.test(l) && l.includes(`"${server.db}"`))
          .map((l) => Number(l.split(' ')[0]));
        return pids.length >= 3 && new Set(pids);
      });
      // neither guardian, supervisor nor a worker that was there before: only new children
      assert.deepEqual([...opened].filter((pid) => before.includes(pid) && pid !== watcher), []);
      assert.deepEqual(server.responders().filter(holds), [watcher], 'afterwards as before');
      for (const stream of streams) stream.leave();
    } finally {
      await stop();
    }
  });

  closing(() => server);
});
