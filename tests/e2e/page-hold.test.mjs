// page-hold.test.mjs: the dashboard where each request only hands over what there is.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const POLLS = 4;

describe('the dashboard, with TAILROW_HOLD=0', () => {
  let server, browser, page;
  before(async () => {
    server = await Server.start({ settings: 'hold = 0\n' });
    browser = await startChromium();
    page = await newPage(browser);
  });
  after(() => browser?.close());

  it('says that it polls, is never at a loss, and shows each job that comes', async () => {
    await page.goto(server.page);
    await isLive(page);
    await page.evaluate(() => {
      const connection = document.querySelector('tailrow-connection');
      globalThis.states = new Set([connection.dataset.state]);
      new MutationObserver(() => globalThis.states.add(connection.dataset.state))
        .observe(connection, { attributeFilter: ['data-state'] });
    });
    const polls = async () => Number((await ask(`${server.api}/metrics`)).text.match(/^tailrow_streams_total (\d+)/m)[1]);
    const begun = await polls();
    for (let i = 1; i <= POLLS; i++) {
      sql(server.db, `INSERT INTO job(name) VALUES('job ${i}');`);
      await page.getByText(`job ${i}`).first().waitFor();
    }
    await until('it has asked so often', async () => await polls() >= begun + POLLS, 20_000);
    assert.deepEqual(await page.evaluate(() => [...globalThis.states]), ['live', 'polling']);
  });

  closing(() => server);
});
