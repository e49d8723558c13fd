// page.test.mjs: the dashboard in Debian's Chromium, through lighttpd, under the strict policy.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, LAN, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

describe('the dashboard', () => {
  let server, browser, page;

  before(async () => {
    server = await Server.start();
    browser = await startChromium(LAN);
    page = await newPage(browser);
  });
  after(() => browser?.close());

  const job = (id) => page.locator(`tailrow-jobs tailrow-job[data-job-id="${id}"]`);

  it('comes with a strict policy, its type and no guessing', async () => {
    const { status, headers } = await ask(server.page);
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.deepEqual(headers['content-security-policy'].split('; '), ["default-src 'self'",
      "base-uri 'none'", "form-action 'none'", "frame-ancestors 'self'", "object-src 'none'"]);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'same-origin');
    const bare = await ask(server.page.replace(/\/$/, ''));
    assert.equal(bare.status, 301);
    assert.equal(new URL(bare.headers.location, server.page).pathname, '/tailrow/');
  });

  it('loads and is live', async () => {
    await page.goto(server.page);
    await isLive(page);
    assert.equal(await page.locator('tailrow-jobs tailrow-job').count(), 0);
  });

  it('shows a job that the sqlite3 shell inserts', async () => {
    sql(server.db, "INSERT INTO job(name) VALUES('<b>Deploy & go</b>');");
    await job(1).and(page.locator('[data-state="queued"]')).waitFor();
    assert.equal(await job(1).locator('.name').innerText(), '<b>Deploy & go</b>');
  });

  it('shows its progress and step', async () => {
    sql(server.db, "UPDATE job SET state='running', progress=45, step='Syncing' WHERE id=1;");
    await job(1).and(page.locator('[data-state="running"]')).waitFor();
    await job(1).getByText('45%').waitFor();
    await job(1).getByText('Syncing').waitFor();
    assert.equal(await job(1).locator('progress').evaluate((bar) => bar.value), 45);
  });

  it('shows its lines as they are committed', async () => {
    await job(1).locator('a').first().click();
    const log = page.locator('tailrow-log');
    for (const line of ['cloned', '<img src=x onerror=alert(1)>', 'third']) {
      sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, '${line}');`);
      await log.getByText(line, { exact: true }).waitFor();
    }
    assert.equal(await log.locator('img').count(), 0);
  });

  it('shows that it failed, and why', async () => {
    sql(server.db, "UPDATE job SET state='failed', error='disk full' WHERE id=1;");
    await job(1).and(page.locator('[data-state="failed"]')).waitFor();
    await job(1).getByRole('img', { name: 'failed' }).waitFor();
    await job(1).getByText('disk full').waitFor();
  });

  it('takes up where it was when the page is loaded again', async () => {
    await page.goto(`${server.page}#job=1`);
    await page.reload();
    await page.locator('tailrow-log').getByText('cloned', { exact: true }).waitFor();
    await job(1).and(page.locator('[data-state="failed"]')).waitFor();
  });

  it('is a plain list without scripts', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const plain = await newPage(context);
    await plain.goto(server.page);
    const list = plain.frameLocator('iframe').locator('body');
    await list.getByText(/^ +1 +failed +45% +<b>Deploy & go<\/b>: disk full$/m).waitFor();
    assert.deepEqual(plain.complaints.filter((text) => !text.endsWith('.js')), []);
    await context.close();
    const { headers, text } = await ask(`${server.api}/jobs.txt?state=running`);
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(text, 'There are no jobs.\n');
  });

  it('offers to tell when a job ends, and says why where it cannot', async () => {
    assert.equal(await page.locator('#notices').getAttribute('title'), 'Tell me when a job ends.');
    const elsewhere = await newPage(browser);
    await elsewhere.goto(server.page.replace('127.0.0.1', 'lan.test'));
    await isLive(elsewhere);
    assert.equal(await elsewhere.locator('#notices').getAttribute('title'), 'Notifications need HTTPS: this page came without it.');
    assert.deepEqual(elsewhere.complaints, []);
    await elsewhere.close();
  });

  it('tells of a job that ended while nobody looked', async () => {
    const context = await browser.newContext({ permissions: ['notifications'] });
    await context.addInitScript(() => {
      window.told = [];
      const { requestPermission } = Notification;
      window.Notification = class {
        static permission = 'granted';
        static requestPermission = requestPermission.bind(Notification);
        constructor(...told) { window.told.push(told); }
      };
      Object.defineProperty(document, 'visibilityState', { get: () => window.away ? 'hidden' : 'visible' });
    });
    const away = await newPage(context);
    await away.goto(server.page);
    await isLive(away);
    await away.locator('#notices').click();
    await away.locator('#notices[aria-pressed=true]').waitFor();
    await away.evaluate(() => { window.away = true; });
    sql(server.db, "INSERT INTO job(name, state, error) VALUES('import', 'failed', 'no space');");
    const [[title, { body }]] = await until('it is told', async () => {
      const told = await away.evaluate(() => window.told);
      return told.length && told;
    });
    assert.deepEqual([title, body], ['import: failed', 'no space']);
    await context.close();
  });

  it('had nothing to complain about', async () => {
    assert.deepEqual(page.complaints, []);
    await browser.close();
  });

  closing(() => server);
});
