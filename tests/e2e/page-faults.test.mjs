// page-faults.test.mjs: what befalls a page's connection: what it says, and that no line is
// missing or doubled afterwards. In Chromium, behind a proxy that makes the trouble.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { children, isLive, linesOf, newPage, pill, startChromium } from './lib/browser.mjs';
import { init, sql } from './lib/database.mjs';
import { Proxy } from './lib/proxy.mjs';
import { Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

/** What a line may be late, a check of whether the server holds back, a slow machine. */
const DEAD_MS = 45_000;
const SOON_MS = 2500; // less than what a page calls lost
const BACK_MS = 45_000; // the longest pause between two attempts is 30 s

let browser;
const servers = [];

before(async () => {
  browser = await startChromium();
});
after(async () => {
  await browser?.close();
  // a connection that hangs on purpose must not keep this process
  setTimeout(() => process.exit(), 3000).unref();
});

/** A server, a proxy before it and a page behind it, live at the log of job 1. */
async function scene({ heartbeat = 0 } = {}) {
  const server = await Server.start();
  servers.push(server);
  sql(server.db, "INSERT INTO job(name, state) VALUES('job', 'running'); INSERT INTO log(job_id, message) VALUES(1, 'line 1');");
  const proxy = await Proxy.start(server);
  proxy.heartbeat = heartbeat;
  const page = await newPage(await browser.newContext());
  await page.goto(`${proxy.page}#job=1`);
  await isLive(page);
  let said = 1;
  const say = (count = 1) => sql(server.db, Array.from({ length: count }, () =>
    `INSERT INTO log(job_id, message) VALUES(1, 'line ${++said}');`).join(''));
  const all = async () => {
    const expected = sql(server.db, 'SELECT message FROM log WHERE job_id = 1 AND event = \'log\' ORDER BY id;').split('\n').filter(Boolean);
    await until('the last line', async () => (await linesOf(page)).at(-1) === expected.at(-1), BACK_MS);
    assert.deepEqual(await linesOf(page), expected);
  };
  say();
  await all();
  const close = async () => {
    await page.context().close();
    await proxy.stop();
  };
  return { server, proxy, page, say, all, close };
}

const says = (page, text, limitMs) => until(`the pill says ${text}`, async () => text.test(await pill(page)), limitMs);
const detail = async (page) => {
  await page.locator('tailrow-connection .pill').dispatchEvent('click'); // several pages move at once
  return page.locator('tailrow-connection .more').innerText();
};

describe('a page', { concurrency: 4 }, () => {
  it('says when it comes back to a server that stopped, and has all lines then', async () => {
    const { proxy, page, say, all, close } = await scene();
    proxy.become('refuse');
    say(20);
    await says(page, /^Reconnecting in \d+ s$/, BACK_MS);
    assert.match(await detail(page), /cannot be reached/);
    say(20);
    proxy.become('pass');
    await page.locator('tailrow-connection').getByText('Try now').dispatchEvent('click'); // or it came back by itself
    await says(page, /^Live/, BACK_MS);
    await all();
    await close();
  });

  it('notices a line that is dead without a word, by the heartbeat that the server told', async () => {
    const { proxy, page, say, all, close } = await scene({ heartbeat: 2 });
    proxy.become('hang');
    say(20);
    await says(page, /^Reconnecting/, DEAD_MS);
    proxy.become('pass');
    await says(page, /^Live/, BACK_MS);
    await all();
    await close();
  });

  it('is not closed for ever by a 503', async () => {
    const { proxy, page, say, all, close } = await scene();
    proxy.become('503');
    await says(page, /^Reconnecting in \d+ s$/, BACK_MS);
    await until('it says why', async () => /answers 503/.test(await page.locator('tailrow-connection .more').textContent()), BACK_MS);
    say(20);
    proxy.become('pass');
    await says(page, /^Live/, BACK_MS);
    await all();
    await close();
  });

  it('does not call a rotation lost', async () => {
    const { proxy, page, say, all, close } = await scene();
    for (let soon = 0, i = 0; soon < 3; i++) {
      assert.ok(i < 10, 'a machine too slow to come back in time');
      const before = proxy.streams, seen = new Set(), cut_ms = performance.now();
      proxy.cut();
      say(5);
      await until('it came back', async () => (seen.add((await pill(page)).slice(0, 4)), proxy.streams > before), BACK_MS);
      if (performance.now() - cut_ms < SOON_MS) assert.deepEqual([...seen], ['Live'], `at the ${++soon}. rotation`);
      await all();
    }
    await close();
  });

  it('polls where answers are held back, and names the cure', async () => {
    const { proxy, page, say, all, close } = await scene();
    proxy.become('hold');
    say(5);
    await says(page, /^Polling/, BACK_MS);
    await all();
    say(5);
    await all();
    assert.match(await detail(page), /holds its answers back.*server\.stream-response-body = 2/s);
    await close();
  });

  it('takes another database for what it is', async () => {
    const { server, page, close } = await scene();
    init(`${server.db}.new`);
    sql(`${server.db}.new`, "INSERT INTO job(name, state) VALUES('another', 'running'); INSERT INTO log(job_id, message) VALUES(1, 'of another');"
      + 'PRAGMA wal_checkpoint(TRUNCATE);');
    for (const ending of ['-wal', '-shm'])
      for (const name of [server.db, `${server.db}.new`]) rmSync(name + ending, { force: true });
    renameSync(`${server.db}.new`, server.db);
    await page.locator('tailrow-jobs').getByText('another').waitFor();
    await until('the lines of the other', async () => (await linesOf(page)).join() === 'of another', BACK_MS);
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'and live');");
    await until('what it says then', async () => (await linesOf(page)).join() === 'of another,and live');
    server.expectLog(/replaced|was deleted|database/);
    await close();
  });

  it('goes on when a job\'s old lines are deleted, and says when the job is', async () => {
    const { server, page, say, close } = await scene();
    say(2000);
    sql(server.db, 'DELETE FROM log WHERE id < 500;');
    say();
    await until('the last line', async () => (await linesOf(page)).at(-1) === 'line 2003');
    sql(server.db, 'DELETE FROM job WHERE id = 1; DELETE FROM log WHERE job_id = 1;');
    await page.locator('tailrow-jobs tailrow-job').waitFor({ state: 'detached' });
    await page.reload();
    await page.locator('tailrow-log .note').getByText(/no job|not known|none/i).waitFor();
    await close();
  });

  it('was away for a long time: reads what it shows, not all that happened', async () => {
    const { server, proxy, page, say, close } = await scene();
    proxy.become('refuse');
    sql(server.db, `INSERT INTO job(name) VALUES('busy');
      WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<30000)
      INSERT INTO log(job_id, message) SELECT 2, 'line ' || i FROM n;`);
    say();
    proxy.become('pass');
    await page.getByText('busy', { exact: true }).waitFor({ timeout: BACK_MS });
    await until('the missed line', async () => (await linesOf(page)).at(-1) === 'line 3', BACK_MS);
    await close();
  });
});

describe('a machine that slept', () => {
  it('goes on when it wakes, with all lines', async () => {
    const SLEEP_MS = 5000;
    const { proxy, page, say, all, close } = await scene();
    const pids = children(process.pid);
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    const asleep = performance.now();
    say(50);
    proxy.cut();
    await until('it slept', () => performance.now() - asleep > SLEEP_MS, 2 * SLEEP_MS);
    for (const pid of pids) process.kill(pid, 'SIGCONT');
    await all();
    await says(page, /^Live/, BACK_MS);
    await close();
  });
});

it('leaves the servers alive, their logs clean and no process behind', async () => {
  await browser.close();
  for (const server of servers) await server.stop();
});
