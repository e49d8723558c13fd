// page-jobs.test.mjs: the list of jobs in Chromium: order, progress and what is left of it, filters,
// history, a job that went silent, and what the tab's title and icon tell.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const OLD = 250;

describe('the list of jobs', () => {
  let server, browser, page;
  const ago = (seconds) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${seconds} seconds')`;

  before(async () => {
    server = await Server.start();
    sql(server.db, `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${OLD})
      INSERT INTO job(name, state, started_at, finished_at) SELECT 'old ' || i, CASE WHEN i % 50 = 0 THEN 'failed' ELSE 'succeeded' END,
        '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:10.000Z' FROM n;`);
    browser = await startChromium();
    page = await newPage(browser);
    await page.goto(server.page);
    await isLive(page);
  });
  after(() => browser?.close());

  const names = () => page.evaluate(() => [...document.querySelector('tailrow-jobs').shadowRoot.querySelectorAll('tailrow-job')]
    .map((job) => job.shadowRoot.querySelector('.name').textContent));
  const row = (name) => page.locator('tailrow-jobs tailrow-job').filter({ has: page.getByText(name, { exact: true }) });
  const old = (from, to) => Array.from({ length: from - to + 1 }, (_, i) => `old ${from - i}`);

  it('has the newest first, and older ones as far as one scrolls', async () => {
    assert.deepEqual(await names(), old(OLD, OLD - 99));
    for (const end of [OLD - 199, 1]) {
      await page.locator('nav').evaluate((nav) => { nav.scrollTop = nav.scrollHeight; });
      await until(`down to ${end}`, async () => (await names()).at(-1) === `old ${end}`);
    }
    assert.deepEqual(await names(), old(OLD, 1));
    assert.ok(await page.getByRole('button', { name: 'Older jobs' }).isHidden());
  });

  it('is filtered by state and by name, in all of the history', async () => {
    await page.getByLabel('Filter by state').selectOption('failed');
    await until('the failed', async () => (await names()).join() === 'old 250,old 200,old 150,old 100,old 50');
    await page.getByLabel('Filter by name').fill('D 20');
    await until('one', async () => (await names()).join() === 'old 200');
    sql(server.db, "INSERT INTO job(name, state) VALUES('another', 'failed'), ('old 201 again', 'failed');");
    await until('what comes and matches', async () => (await names()).join() === 'old 201 again,old 200');
    await page.getByLabel('Filter by name').fill('none of it');
    await page.getByText('No job matches.').waitFor();
    await page.getByLabel('Filter by name').fill('');
    await page.getByLabel('Filter by state').selectOption('');
    await until('all again', async () => (await names()).length === 100);
  });

  it('has what runs above all else, and moves it when it ends', async () => {
    sql(server.db, "UPDATE job SET state='running' WHERE name='old 240';");
    await until('it is the first', async () => (await names())[0] === 'old 240');
    sql(server.db, "UPDATE job SET state='succeeded' WHERE name='old 240';");
    await until('it is not', async () => (await names())[0] !== 'old 240');
  });

  it('tells how long is left, by progress, and by how long it took before', async () => {
    sql(server.db, `INSERT INTO job(name, state, progress, started_at) VALUES('half', 'running', 50, ${ago(600)});
      INSERT INTO job(name, state, started_at, finished_at) VALUES('usual', 'succeeded', ${ago(7800)}, ${ago(7200)});
      INSERT INTO job(name, state, started_at) VALUES('usual', 'running', ${ago(480)});`);
    await row('half').getByText(/^50% · (9m 5\ds|10m \ds) left$/).waitFor();
    await row('usual').first().getByText(/^(1m 5\ds|2m \ds) left$/).waitFor();
  });

  it('ticks', async () => {
    const span = () => row('half').locator('.span').innerText();
    const shown = await span();
    await until('a second went by', async () => await span() !== shown);
  });

  it('calls a job stalled that beat and beats no more, and not one that never did', async () => {
    sql(server.db, `INSERT INTO job(name, state, beat_at) VALUES('silent', 'running', ${ago(120)}), ('alive', 'running', ${ago(3)}), ('never beats', 'running', NULL);`);
    await page.reload(); // the stream has beats each 15 s, the list at once
    await row('silent').getByText(/^no sign of life for 2m/).waitFor();
    await row('silent').getByRole('img', { name: 'stalled' }).waitFor();
    await row('alive').getByRole('img', { name: 'running' }).waitFor();
    await row('never beats').getByRole('img', { name: 'running' }).waitFor();
    sql(server.db, `UPDATE job SET beat_at=${ago(0)} WHERE name='silent';`);
    await row('silent').getByRole('img', { name: 'running' }).waitFor({ timeout: 40_000 });
  });

  it('shows in title and icon what runs, and whose last run failed', async () => {
    sql(server.db, "UPDATE job SET state='succeeded' WHERE state IN ('running', 'failed');");
    await until('nothing', async () => await page.title() === 'tailrow');
    const icon = () => page.locator('link[rel=icon]').getAttribute('href');
    assert.equal(await icon(), 'icon.svg');
    sql(server.db, "INSERT INTO job(name, state) VALUES('backup', 'running');");
    await until('it runs', async () => await page.title() === '1 running · tailrow' && await icon() === 'icon-running.svg');
    sql(server.db, "UPDATE job SET state='failed' WHERE name='backup';");
    await until('it failed', async () => await page.title() === '1 failed · tailrow' && await icon() === 'icon-failed.svg');
    sql(server.db, "INSERT INTO job(name, state) VALUES('backup', 'succeeded');");
    await until('its next run did not', async () => await page.title() === 'tailrow');
  });

  it('opens a job of long ago, and stays at one that is deleted', async () => {
    const head = page.locator('#head');
    await page.goto(`${server.page}#job=3`);
    await head.getByText('old 3', { exact: true }).waitFor();
    await head.getByText('succeeded', { exact: true }).waitFor();
    sql(server.db, 'DELETE FROM job WHERE id=3;');
    await head.getByText('This job was deleted.').waitFor();
    await page.goto(`${server.page}#job=9999`);
    await head.getByText(/no job/i).waitFor();
    assert.deepEqual(page.complaints.splice(0).filter((text) => !/404/.test(text)), []);
  });

  it('lets go of a job that is deleted', async () => {
    sql(server.db, "DELETE FROM job WHERE name='half';");
    await row('half').waitFor({ state: 'detached' });
    assert.deepEqual(page.complaints, []);
    await browser.close();
  });

  closing(() => server);
});
