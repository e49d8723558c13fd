// page-access.test.mjs: the page is for everybody: axe-core finds nothing to mend in any view, by
// day and by night, wide and narrow; the keyboard does all; nothing is read out too often.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the page', () => {
  let server, browser;

  before(async () => {
    server = await Server.start();
    browser = await startChromium();
  });
  after(() => browser?.close());

  const fill = () => sql(server.db, `
    INSERT INTO job(name, state, progress, step) VALUES('deploy', 'running', 40, 'Copying'), ('waiting', 'queued', NULL, NULL);
    INSERT INTO job(name, state, error, url) VALUES('failed', 'failed', 'disk full', 'https://example.org/'), ('نسخ احتياطي', 'succeeded', NULL, NULL), ('stopped', 'canceled', NULL, NULL);
    INSERT INTO job(name, state, beat_at) VALUES('silent', 'running', '2020-01-01T00:00:00.000Z');
    INSERT INTO log(job_id, level, message) VALUES(1, 'info', 'cloned'), (1, 'warn', 'slow'), (1, 'error', 'broken'), (1, 'debug', 'seen');
    INSERT INTO log(job_id, event, message) VALUES(1, 'group', 'section'), (1, 'group-end', 'section'), (1, 'order', 'mine');
    ${Array.from({ length: 16 }, (_, i) => `INSERT INTO log(job_id, message) VALUES(1, char(27)||'[${i < 8 ? 30 + i : 82 + i}mcolour ${i}'||char(27)||'[0m');`).join('')}
    ${[17, 21, 46, 51, 196, 226, 232, 255].map((i) => `INSERT INTO log(job_id, message) VALUES(1, char(27)||'[38;5;${i}mpalette ${i}'||char(27)||'[0m');`).join('')}
    INSERT INTO log(job_id, message) VALUES(1, char(27)||'[7minverse'||char(27)||'[0m'), (1, char(27)||'[97;41mon red'||char(27)||'[0m');`);

  /** By day all rules, by night those for colours: nothing else differs. */
  async function check(page, what) {
    await page.evaluate((code) => { window.axe ?? (0, eval)(code); }, AXE);
    for (const [colorScheme, rules] of [['light', {}], ['dark', { runOnly: ['color-contrast', 'link-in-text-block'] }]]) {
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(async (only) => (await window.axe.run(document, { ...only, resultTypes: ['violations'] }))
        .violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${JSON.stringify(target)} ${failureSummary}`).join('\n')}`), rules);
      assert.deepEqual(violations, [], `${what}, ${colorScheme}`);
    }
  }

  const inEach = async (look) => {
    for (const [width, height] of [[1100, 700], [390, 760]]) {
      const page = await newPage(browser, { viewport: { width, height }, bypassCSP: true });
      await look(page, (what) => check(page, `${what}, ${width} px wide`));
      await page.close();
    }
  };

  it('has no violation where there is no job', () => inEach(async (page, step) => {
    await page.goto(server.page);
    await isLive(page);
    await page.getByText('No jobs yet').waitFor({ state: 'attached' });
    await step('no job');
  }));

  it('has none in the list, a log, the menus and the keys', async () => {
    fill();
    await inEach(async (page, step) => {
      await page.goto(server.page);
      await page.locator('tailrow-jobs').getByText('stopped').waitFor();
      await step('the list');
      await page.goto(`${server.page}#job=1`);
      await page.locator('tailrow-log').getByText('inverse').waitFor();
      await step('a log');
      await page.locator('tailrow-log summary').click();
      await page.locator('tailrow-connection .pill').click();
      await step('its menus');
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      await step('the keys');
    });
  });

  it('keeps the focus where it is while jobs move', async () => {
    const page = await newPage(browser);
    await page.goto(server.page);
    const link = page.locator('tailrow-jobs').getByRole('link', { name: 'waiting' });
    await link.focus();
    const moved = sql(server.db, "UPDATE job SET state='running' WHERE name='waiting' RETURNING id;");
    await page.locator(`tailrow-jobs tailrow-job[data-job-id="${moved}"][data-state=running]`).waitFor();
    const focused = () => page.evaluate(() => {
      let element = document.activeElement;
      while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      return element.textContent;
    });
    assert.equal(await focused(), 'waiting');
    await page.close();
  });

  it('says what changed in a region of its own; the log is none', async () => {
    const page = await newPage(browser);
    await page.goto(server.page);
    await isLive(page);
    assert.equal(await page.locator('tailrow-log .lines').getAttribute('aria-live'), 'off');
    sql(server.db, "UPDATE job SET state='succeeded' WHERE name='deploy';");
    await until('it is said', async () => /deploy: succeeded\./.test(await page.locator('#status').textContent()), 10_000);
    await page.close();
  });

  it('does not move where motion is not wanted', async () => {
    sql(server.db, "INSERT INTO job(name, state) VALUES('no progress known', 'running');");
    for (const [reducedMotion, names] of [['reduce', 'none'], ['no-preference', 'sweep']]) {
      const page = await newPage(browser, { reducedMotion });
      await page.goto(server.page);
      const bar = page.locator('tailrow-jobs tailrow-job').first().locator('progress');
      assert.equal(await bar.evaluate((element) => getComputedStyle(element).animationName), names);
      await page.close();
    }
    await browser.close();
  });

  closing(() => server);
});
