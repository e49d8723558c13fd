// pages.test.mjs: the example pages, each as its make target starts it, in Chromium.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { build, root } from './lib/paths.mjs';
import { groupOf } from './lib/processes.mjs';
import { freePort } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => { browser = await chromium.launch(CHROMIUM); });
after(() => browser.close());

/** The demo of one page, and tabs that look at it. */
class Demo {
  #child;
  #contexts = [];

  static async start(page, env = {}) {
    const demo = new Demo();
    const port = await freePort();
    const child = demo.#child = spawn(join(root, 'examples/demo/run'), [build, page], {
      detached: true, stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, PORT: String(port), ...env },
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
    child.on('exit', () => { demo.ended = true; });
    demo.url = (await until('the address', () => /http:\S+pages\S+/.exec(out), 20_000))[0];
    demo.origin = new URL(demo.url).origin;
    return demo;
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

  /** The processes of the demo whose command begins so. */
  pids(command) {
    return groupOf(this.#child.pid).filter((p) => p.command.startsWith(command)).map((p) => p.pid);
  }

  async stop() {
    for (const context of this.#contexts) {
      for (const page of context.pages()) assert.equal(page.wrong, undefined);
      await context.close();
    }
    process.kill(-this.#child.pid, 'SIGTERM');
    await until('the demo ends', () => this.ended, 10_000);
  }
}

describe('the example pages', { concurrency: true }, () => {
  it('deploy: lines as they are printed, over one request; a quiet stream reads nothing', async () => {
    const demo = await Demo.start('deploy', { PAUSE: '3600', STEP_S: '0.3' });
    const page = await demo.open();
    await page.says('#log', /added 214 packages/);
    assert.doesNotMatch(await page.textContent('#log'), /web2/);
    await page.says('#state', /succeeded/);
    await page.says('#log', /web2: healthy/);
    assert.equal(await page.getAttribute('#progress', 'value') ?? await page.inputValue('#progress'), '100');
    assert.equal(await page.textContent('#log .warn, #log .error'), 'warning: checkout took 4.1 s\n');
    assert.equal(page.streams, 1);
    await page.click('#compare');
    await page.says('#poller-reads', /\d/, 40_000);
    assert.equal(await page.textContent('#stream-requests'), '0');
    assert.equal(await page.textContent('#stream-reads'), '0');
    assert.ok(Number(await page.textContent('#poller-requests')) > 5);
    assert.ok(Number(await page.textContent('#poller-reads')) > 5);
    await demo.stop();
  });

  it('job: success with its link, also over a reload; failure with its reason', async () => {
    const demo = await Demo.start('job', { STEP_US: '300000' });
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
    await demo.stop();
  });

  it('job: one that died without a word is shown as lost within a minute', async () => {
    const demo = await Demo.start('job', { STEP_US: '20000' });
    const page = await demo.open();
    await page.selectOption('select', 'die');
    await page.click('button');
    await page.says('#state', /running/);
    await page.says('#state', /lost/, 60_000);
    await page.says('#step', /No sign of life since/);
    await demo.stop();
  });

  it('syslog: lines with a level and a filter, in eight tabs over one connection', async () => {
    const demo = await Demo.start('syslog');
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
    await demo.stop();
  });

  it('order: each customer sees their own orders change, and nobody else any', async () => {
    const demo = await Demo.start('order', { STEP_US: '200000' });
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
    await demo.stop();
  });

  it('clock: ticks over connections that end; says when they stay away, and when they are back', async () => {
    const demo = await Demo.start('clock');
    const page = await demo.open();
    await page.says('#time', /\d\d:\d\d:\d\d/);
    await page.says('#connections', /^3$/, 60_000);
    assert.equal(await page.textContent('#losses'), '0');
    const [lighttpd] = demo.pids('lighttpd');
    process.kill(lighttpd, 'SIGSTOP');
    await page.says('#state', /connection lost/);
    process.kill(lighttpd, 'SIGCONT');
    await page.says('#state', /live/);
    await demo.stop();
  });

  it('tokens: a text grows', async () => {
    const demo = await Demo.start('tokens');
    const page = await demo.open();
    await page.says('#text', /A job is a row\. A line/, 20_000);
    await demo.stop();
  });
});
