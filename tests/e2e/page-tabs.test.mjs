// page-tabs.test.mjs: one stream for all tabs, in Chromium, with and without what it stands on.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, LAN, linesOf, newPage, startChromium, startKeepingChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const TABS = 12, FEW = 3;

let server, browser;
let said = 0;

before(async () => {
  server = await Server.start();
  browser = await startChromium(LAN);
  sql(server.db, "INSERT INTO job(name, state) VALUES('job', 'running');");
});
after(() => browser?.close());

const streams = async () =>
  Number((await ask(`${server.api}/metrics`)).text.match(/^tailrow_streams_open (\d+)/m)[1]);

/** Commits a line and waits until each of the tabs shows it, as its last and once. */
async function sayAndSee(tabs) {
  const text = `line ${++said}`;
  sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, '${text}');`);
  await Promise.all(tabs.map((tab) => until(`${text} in every tab`, async () =>
    (await linesOf(tab)).at(-1) === text)));
  for (const tab of tabs)
    assert.deepEqual(await linesOf(tab), Array.from({ length: said }, (_, i) => `line ${i + 1}`));
}

/** Tabs of one browser, all of them live. */
async function open(url, count, script) {
  const context = await browser.newContext();
  if (script) await context.addInitScript(script);
  const tabs = [];
  for (let i = 0; i < count; i++) {
    tabs.push(await newPage(context));
    await tabs[i].goto(`${url}#job=1`);
  }
  for (const tab of tabs) await isLive(tab);
  return { context, tabs };
}

async function shareOne(url, count, script) {
  const { context, tabs } = await open(url, count, script);
  await until('one stream', async () => await streams() === 1);
  await sayAndSee(tabs);
  await tabs[0].close();
  await sayAndSee(tabs.slice(1));
  await until('one stream after the first tab closed', async () => await streams() === 1);
  for (const tab of tabs) assert.deepEqual(tab.complaints, []);
  await context.close();
  await until('no stream without a tab', async () => await streams() === 0);
}

describe('tabs', () => {
  it('share one stream by a worker, twelve of them on plain HTTP, and go on without the one that began it', () =>
    shareOne(server.page.replace('127.0.0.1', 'lan.test'), TABS));

  it('do so where an origin is trusted', () =>
    shareOne(server.page, FEW));

  it('share one by a tab that leads where there is no worker, and another one leads after it', () =>
    shareOne(server.page, FEW, () => { delete window.SharedWorker; }));
});

describe('a page that the browser kept', () => {
  let keeping;
  after(() => keeping?.close());

  it('has what it missed when the reader comes back, and goes on', async () => {
    keeping = await startKeepingChromium();
    const [tab] = await keeping.pages();
    await tab.goto(`${server.page}#job=1`);
    await tab.waitForSelector('tailrow-connection[data-state="live"]');
    await sayAndSee([tab]); // what the worker has still to tell would make the browser forget the page
    await tab.evaluate(() => addEventListener('pageshow', ({ persisted }) => { window.kept = persisted; }));
    await tab.goto(`${server.page}icon.svg`);
    await until('no stream', async () => await streams() === 0, 10_000);
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, 'line ${++said}');`);
    tab.evaluate(() => history.back()).catch(() => {}); // the answer stays on the page that it left
    await until('it is the page that was kept', () => tab.evaluate(() => window.kept).catch(() => false), 15_000);
    await sayAndSee([tab]);
  });
});

describe('a tab without worker and locks', () => {
  it('drops its stream while it is hidden, and misses nothing', async () => {
    const context = await browser.newContext();
    await context.addInitScript(() => {
      delete window.SharedWorker;
      let state = 'visible';
      Object.defineProperty(document, 'visibilityState', { get: () => state });
      window.show = (shown) => {
        state = shown ? 'visible' : 'hidden';
        document.dispatchEvent(new Event('visibilitychange'));
      };
      Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });
    });
    const tab = await newPage(context);
    await tab.goto(`${server.page}#job=1`);
    await isLive(tab);
    await until('a stream of its own', async () => await streams() === 1);
    await tab.evaluate(() => window.show(false));
    await until('no stream', async () => await streams() === 0);
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, 'line ${++said}');`);
    await tab.evaluate(() => window.show(true));
    await sayAndSee([tab]);
    assert.deepEqual(tab.complaints, []);
    await context.close();
  });
});

closing(() => server);
