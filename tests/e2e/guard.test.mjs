// guard.test.mjs: whichever process of the pool is killed -9, the next request is served.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { newestOf, sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask, Stream } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\t(\d+)$/m)[1]);
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

const eventfds = (pid) => descriptors(pid).filter((to) => to === 'anon_inode:[eventfd]').length;

/** The pool's processes by their part, while none is just being started. */
function tree(server) {
  const pids = server.responders();
  const children = (pid) => pids.filter((p) => parentOf(p) === pid);
  const supervisor = pids.find((pid) => children(pid).length > 3);
  const watcher = pids.find((pid) => descriptors(pid).includes('anon_inode:inotify'));
  // the one with a signalfd and no bells: it forks and waits
  const guardian = pids.find((pid) => pid !== supervisor && pid !== watcher &&
    descriptors(pid).includes('anon_inode:[signalfd]') && descriptors(pid).includes('anon_inode:[pidfd]'));
  return { guardian, supervisor, watcher };
}

describe('the pool outlives the kill -9 of', () => {
  let server;
  before(async () => {
    server = await Server.start();
    server.expectLog(/tailrow: /);
    server.expectLog(/child signalled: 9/); // lighttpd lost the guardian that it started
    server.expectLog(/response already sent out|unexpected end-of-file/); // cut streams
    server.expectLog(/response not received/);
  });

  for (const part of ['guardian', 'supervisor', 'guardian', 'watcher', 'supervisor']) {
    it(`its ${part}: requests are served, a stream resumes without a loss`, async () => {
      const found = await until('the tree stands', () => {
        const t = tree(server);
        return t.guardian && t.supervisor && t.watcher && t;
      });
      const bells = eventfds(found.supervisor);
      const stream = await Stream.open(`${server.api}/events?since=now`);
      await stream.event('hello');
      sql(server.db, "INSERT INTO log(message) VALUES('before');");
      await stream.frame('before', (f) => f.json.message === 'before');

      process.kill(found[part], 'SIGKILL');
      for (let i = 0; i < 10; i++) {
        assert.equal((await ask(`${server.api}/events?hold=0&since=now`)).status, 200);
      }
      sql(server.db, "INSERT INTO log(message) VALUES('after');");
      const newest = newestOf(server.db);
      const resumed = await Stream.open(`${server.api}/events`, { lastEventId: stream.lastEventId });
      const after = await resumed.frame('after', (f) => f.json.message === 'after');
      assert.ok(after.id.endsWith(`-${newest}`));
      assert.deepEqual(resumed.named('log').map((f) => f.json.message), ['after']);
      resumed.leave();
      stream.leave();
      const now = await until('it is replaced', () => {
        const t = tree(server);
        return t.guardian && t.supervisor && t.watcher && t[part] !== found[part] && t;
      });
      // what the dead one's pool shared is nowhere held any more
      assert.equal(eventfds(now.guardian), 0);
      assert.equal(eventfds(now.supervisor), bells);
    });
  }

  closing(() => server);
});
