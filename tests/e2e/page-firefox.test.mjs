// page-firefox.test.mjs: the page in Debian's Firefox ESR: twelve tabs on one stream, and the log.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { countOf, linesOf, startFirefox } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { Proxy } from './lib/proxy.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const TABS = 12;
const LINES = 5000;
const LIMIT_MS = 30_000;

describe('Firefox', () => {
  let server, browser;
  const tabs = [], complaints = [];

  before(async () => {
    server = await Server.start();
    sql(server.db, `INSERT INTO job(name, state) VALUES('job', 'running'), ('long', 'running');
      WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${LINES})
      INSERT INTO log(job_id, level, message) SELECT 2, CASE WHEN i=2500 THEN 'error' ELSE 'info' END, 'line ' || i FROM n;`);
    browser = await startFirefox();
  });
  after(() => browser?.close());

  async function open(hash, url = server.page) {
    const tab = await browser.newPage();
    tab.on('console', (message) => complaints.push(message.text()));
    tab.on('pageerror', (error) => complaints.push(error.message));
    await tab.goto(url + hash);
    await until('it is live', () => tab.evaluate(() =>
      document.querySelector('tailrow-connection').dataset.state === 'live'), LIMIT_MS);
    return tab;
  }

  const streams = async () =>
    Number((await ask(`${server.api}/metrics`)).text.match(/^tailrow_streams_open (\d+)/m)[1]);

  async function sayAndSee(text) {
    sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, '${text}');`);
    for (const tab of tabs)
      await until(`${text} in every tab`, async () => (await linesOf(tab)).at(-1) === text, LIMIT_MS);
  }

  it('shares one stream among twelve tabs', async () => {
    for (let i = 0; i < TABS; i++) tabs.push(await open('#job=1'));
    await until('one stream', async () => await streams() === 1);
    await sayAndSee('one');
  });

  it('goes on without the tab that began it', async () => {
    await tabs.shift().close();
    await sayAndSee('two');
    await until('one stream', async () => await streams() === 1);
    for (const tab of tabs) assert.deepEqual(await linesOf(tab), ['one', 'two']);
    for (const tab of tabs.splice(0)) await tab.close();
    await until('no stream', async () => await streams() === 0, LIMIT_MS);
  });

  it('has a log from its first line, follows it, and stands still', async () => {
    const tab = await open('#job=2');
    const within = (act, value) => tab.evaluate(act, value);
    await until('all lines', async () => await countOf(tab) === LINES, LIMIT_MS);
    assert.deepEqual(await linesOf(tab), Array.from({ length: LINES }, (_, i) => `line ${i + 1}`));
    const follow = () => within(() => document.querySelector('tailrow-log').shadowRoot.querySelector('.follow').textContent);
    assert.equal(await follow(), 'Following');
    await tab.keyboard.press('g');
    await until('it is paused', async () => await follow() === 'Paused');
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(2, 'new'), (2, 'newer');");
    await until('two new lines', async () => await follow() === 'Paused · 2 new', LIMIT_MS);
    assert.equal(await within(() => document.querySelector('tailrow-log').shadowRoot.querySelector('.lines').scrollTop), 0);
    await tab.keyboard.press('G');
    await until('it follows', async () => await follow() === 'Following');
  });

  it('searches it, and goes to its error', async () => {
    const [tab] = (await browser.pages()).slice(-1);
    const marked = () => tab.evaluate(() => document.querySelector('tailrow-log').shadowRoot.querySelector('.here')?.textContent);
    await tab.keyboard.press('/');
    await tab.keyboard.type('line 4321');
    await until('the match', async () => await marked() === 'line 4321', LIMIT_MS);
    await tab.keyboard.press('Escape');
    await tab.keyboard.press('E');
    await until('the error', async () => await marked() === 'line 2500', LIMIT_MS);
    assert.match(await tab.evaluate(() => location.hash), /^#job=2&line=\d+$/);
  });

  it('comes back from a cut, a refusal and a 503, with each line once', async () => {
    const proxy = await Proxy.start(server);
    const tab = await open('#job=1', proxy.page);
    const expected = await linesOf(tab);
    for (const trouble of ['pass', 'refuse', '503']) {
      proxy.become(trouble); // which cuts what is open
      const texts = ['a', 'b', 'c'].map((name) => `${trouble} ${name}`);
      sql(server.db, texts.map((text) => `INSERT INTO log(job_id, message) VALUES(1, '${text}');`).join(''));
      expected.push(...texts);
      if (trouble !== 'pass') await until('it says so', () => tab.evaluate(() =>
        document.querySelector('tailrow-connection').dataset.state === 'reconnecting'), LIMIT_MS);
      proxy.become('pass');
      await tab.evaluate(() => dispatchEvent(new Event('online')));
      await until('the last line', async () => (await linesOf(tab)).at(-1) === expected.at(-1), LIMIT_MS);
      assert.deepEqual(await linesOf(tab), expected);
    }
    complaints.splice(0, Infinity, ...complaints.filter((text) => !/503|NetworkError|interrupted|can.t establish/.test(text)));
    await tab.close();
    await proxy.stop();
  });

  it('had nothing to complain about', async () => {
    assert.deepEqual(complaints, []);
    await browser.close();
  });

  closing(() => server);
});
