// pages.test.mjs: the example pages, each as its make target starts it, in Chromium.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startChromium } from './lib/browser.mjs';
import { Nginx } from './lib/nginx.mjs';
import { build, root } from './lib/paths.mjs';
import { groupOf } from './lib/processes.mjs';
import { freePort } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await startChromium(); });
after(() => browser.close());

/** The demo of one page, and tabs that look at it. */
class Demo {
  #child;
  #contexts = [];

  /** Begins it as its make target does, without looking for packages. */
  async start(page, env) {
    const child = this.#child = spawn(join(root, 'examples/demo/run'), [build, page], {
      detached: true, stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORT: String(await freePort()), ...env },
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { said += text; });
    this.url = (await until('the address', () => /http:\S+pages\S+/.exec(said), 20_000))[0];
    this.origin = new URL(this.url).origin;
  }

  /** A tab, whose page must throw nothing and have nothing blocked. */
  async open({ user, path = '' } = {}) {
    const context = await browser.newContext({ httpCredentials: user && { username: user, password: user } });
    this.#contexts.push(context);
    const page = await context.newPage();
    page.streams = 0;
    page.on('request', (request) => { page.streams += request.url().includes('/events'); });
    page.on('pageerror', (error) => { page.wrong = error; });
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) page.wrong = message.text();
    });
    page.says = (selector, pattern, limitMs = 10_000) =>
      until(`${selector} says ${pattern}`, async () =>
        pattern.test(await page.textContent(selector)), limitMs);
    await page.goto(this.url + path);
    return page;
  }

  /** The process of the demo that runs this program. */
  pid(program) {
    return groupOf(this.#child.pid).find((pid) => readlinkSync(`/proc/${pid}/exe`).endsWith(`/${program}`));
  }

  /** The shell that runs its publisher. */
  publisher() {
    return groupOf(this.#child.pid).find((pid) =>
      /\/publish\0/.test(readFileSync(`/proc/${pid}/cmdline`, 'latin1')));
  }

  /** Ends it as Ctrl-C does; nothing of it is left, and no page has met anything wrong. */
  async stop() {
    const pages = this.#contexts.flatMap((context) => context.pages());
    await Promise.all(this.#contexts.map((context) => context.close()));
    try {
      process.kill(-this.#child.pid, 'SIGINT');
      await until('the demo ends', () => !groupOf(this.#child.pid).length, 10_000);
    } catch (error) {
      process.kill(-this.#child.pid, 'SIGKILL');
      throw error;
    }
    for (const page of pages) assert.equal(page.wrong, undefined);
  }
}

/** A test of the page so called. */
function shows(name, what, env, test) {
  it(`${name}: ${what}`, async () => {
    const demo = new Demo();
    let failed = true;
    try {
      await demo.start(name, env);
      await test(demo);
      failed = false;
    } finally {
      await demo.stop().catch((error) => { if (!failed) throw error; });
    }
  });
}

describe('the example pages', { concurrency: 3 }, () => {
  // The two that wait for something first: the others run beside them.
  shows('job', 'one that died without a word is shown as lost within a minute',
    { STEP_US: '20000' }, async (demo) => {
    const page = await demo.open();
    await page.selectOption('select', 'die');
    await page.click('button');
    await page.says('#state', /running/);
    await page.says('#state', /lost/, 60_000);
    await page.says('#step', /No sign of life since/);
  });

  shows('clock', 'ticks over connections that end; says when they stay away, and when they are back',
    {}, async (demo) => {
    const page = await demo.open();
    await page.says('#time', /\d\d:\d\d:\d\d/);
    await page.says('#connections', /^4$/, 60_000);
    assert.equal(await page.textContent('#losses'), '0');
    const lighttpd = demo.pid('lighttpd');
    process.kill(lighttpd, 'SIGSTOP');
    await page.says('#state', /connection lost/);
    process.kill(lighttpd, 'SIGCONT');
    await page.says('#state', /live/);
  });

  shows('clock', 'is cut off again and again by a proxy when nothing comes, and is told nothing but 200',
    {}, async (demo) => {
    const proxy = await Nginx.start({ maxStreams: 1, edit: () => `location / {
      proxy_pass ${demo.origin}; proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 2s; }` });
    proxy.expectLog(/upstream timed out/);
    try {
      demo.url = demo.url.replace(demo.origin, `http://127.0.0.1:${proxy.port}`);
      const page = await demo.open();
      const statuses = new Set();
      page.on('response', (response) => {
        if (response.url().includes('/events')) statuses.add(response.status());
      });
      await page.says('#state', /live/);
      for (const losses of ['1', '2']) {
        const publisher = demo.publisher();
        process.kill(publisher, 'SIGSTOP');
        await page.says('#state', /connection lost/);
        const connections = Number(await page.textContent('#connections'));
        await until('another connection is cut', async () =>
          Number(await page.textContent('#connections')) > connections, 30_000);
        process.kill(publisher, 'SIGCONT');
        await page.says('#state', /live/, 30_000);
        assert.equal(await page.textContent('#losses'), losses);
      }
      assert.deepEqual([...statuses], [200]);
    } finally {
      await proxy.stop();
    }
  });

  shows('deploy', 'lines as they are printed, over one request; a quiet stream reads nothing',
    { PAUSE: '3600', STEP_S: '0.3' }, async (demo) => {
    const page = await demo.open();
    await page.says('#log', /added 214 packages/);
    assert.doesNotMatch(await page.textContent('#log'), /web2/);
    await page.says('#state', /succeeded/);
    await page.says('#log', /web2: healthy/);
    assert.equal(await page.$eval('#progress', (bar) => bar.value), 100);
    assert.equal(await page.textContent('#log .warn, #log .error'), 'warning: checkout took 4.1 s\n');
    assert.equal(page.streams, 1);
    await page.click('#compare');
    await page.says('#poller-reads', /\d/, 40_000);
    assert.equal(await page.textContent('#stream-requests'), '0');
    assert.equal(await page.textContent('#stream-reads'), '0');
    assert.ok(Number(await page.textContent('#poller-requests')) > 5);
    assert.ok(Number(await page.textContent('#poller-reads')) > 5);
  });

  shows('job', 'success with its link, also over a reload; failure with its reason',
    { STEP_US: '300000' }, async (demo) => {
    const page = await demo.open();
    await page.click('button');
    await page.says('#step', /Row [1-9]00 of 1000/);
    await page.reload();
    await page.says('#step', /Row \d+ of 1000/);
    await page.says('#state', /succeeded/);
    const link = await page.getAttribute('#end a', 'href');
    assert.match((await ask(demo.origin + link)).text, /^id,name\n/);
    await page.selectOption('select', 'fail');
    await page.click('button');
    await page.says('#end', /customer 512 has no address/);
    await page.says('#state', /failed/);
  });

  shows('syslog', 'lines with a level and a filter, in eight tabs over one connection',
    {}, async (demo) => {
    const first = await demo.open();
    await first.says('#log', /\n.*\n.*\n/);
    const context = first.context();
    const tabs = [first];
    while (tabs.length < 8) {
      const tab = await context.newPage();
      await tab.goto(demo.url);
      tabs.push(tab);
    }
    await Promise.all(tabs.map(async (tab) => {
      const lines = await tab.$eval('#log', (log) => log.lastChild?.textContent);
      await until('another line', () => tab.$eval('#log',
        (log, before) => log.lastChild && log.lastChild.textContent !== before, lines), 10_000);
    }));
    await first.selectOption('#level', 'error');
    await until('errors and nothing else', () => first.$$eval('#log span', (lines) =>
      lines.length > 0 && lines.every((line) => line.className === 'error')), 20_000);
    await first.fill('#filter', 'no line has this');
    assert.equal(await first.$$eval('#log span', (lines) => lines.filter((l) => !l.hidden).length), 0);
  });

  shows('order', 'each customer sees their own orders change, and nobody else any',
    { STEP_US: '200000' }, async (demo) => {
    assert.equal((await ask(`${demo.origin}/tailrow/api/events?stream=orders&hold=0`)).status, 401);
    const tables = await Promise.all(['ann', 'bob'].map(async (user) => {
      const page = await demo.open({ user });
      await page.says('#state', /live/);
      await page.says('#ticker', /a |two /);
      const seen = new Set();
      const statuses = new Set();
      await until('orders that change and leave', async () => {
        for (const row of await page.$$eval('#orders tr', (rows) =>
          rows.map((tr) => [...tr.cells].map((td) => td.textContent)))) {
          seen.add(row[0]);
          statuses.add(row[2]);
        }
        return seen.size > 3 && statuses.size === 4;
      }, 30_000);
      return seen;
    }));
    assert.deepEqual([...tables[0]].filter((id) => tables[1].has(id)), []);
  });

  shows('tokens', 'a text grows', {}, async (demo) => {
    const page = await demo.open();
    await page.says('#text', /A job is a row\. A line/, 20_000);
  });
});
