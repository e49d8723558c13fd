// page-tickets.test.mjs: elements and the dashboard where nobody signs in: a ticket opens one job,
// what it does not open stays closed, and who reads is told why. It is in no Referer.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { tailrow } from './lib/paths.mjs';
import { Proxy } from './lib/proxy.mjs';
import { closing, freshDirectory, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const ELEMENTS = ['job', 'log', 'badge', 'feed', 'clock'];

describe('where nobody signs in', () => {
  let server, proxy, dir, browser;

  before(async () => {
    dir = freshDirectory();
    chmodSync(dir, 0o755);
    writeFileSync(join(dir, 'keys'), 'a-secret-of-the-page-and-of-tailrow-alone\n', { mode: 0o600 });
    server = await Server.start({ settings: `visible = owner\nticket_key_file = ${join(dir, 'keys')}\n` });
    sql(server.db, `INSERT INTO job(name, state, step, owner) VALUES('packing', 'running', 'paid', 'ann'), ('SECRET', 'running', 'SECRET', 'ben');
      INSERT INTO log(job_id, message) VALUES(1, 'first'), (2, 'SECRET');
      INSERT INTO log(job_id, event, message) VALUES(1, 'order', 'order 17'), (2, 'order', 'SECRET');`);
    proxy = await Proxy.start(server);
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    rmSync(dir, { recursive: true });
  });

  const ticketFor = (ttl) => execFileSync(tailrow, ['ticket', '--job', '1', '--ttl', ttl], { encoding: 'utf8',
    env: { TAILROW_DB: server.db, TAILROW_TICKET_KEY_FILE: join(dir, 'keys') } }).trim();

  /** A shop's page with all elements, each with this ticket; `more` is HTML. */
  async function open(ticket, more = '') {
    const page = await newPage(browser);
    await page.route('**/order/', (route) => route.fulfill({ contentType: 'text/html',
      headers: { 'content-security-policy': "default-src 'self'" }, body: `<!doctype html>
        <script type="module" src="/tailrow/tailrow-widgets.js"></script>
        <tailrow-job job="1" ticket="${ticket}"></tailrow-job> <tailrow-log job="1" ticket="${ticket}"></tailrow-log>
        <tailrow-badge name="packing" ticket="${ticket}"></tailrow-badge> <tailrow-feed event="order" ticket="${ticket}"></tailrow-feed>
        <tailrow-clock ticket="${ticket}"></tailrow-clock>${more}` }));
    await page.goto(new URL('/order/', proxy.page).href);
    return page;
  }
  const shown = (page, name, text) => page.locator(`tailrow-${name}`).first().getByText(text).waitFor();
  const say = (step) => sql(server.db, `UPDATE job SET step='${step}' WHERE id=1; INSERT INTO log(job_id, message) VALUES(1, '${step}');`);

  it('elements show what a ticket opens, go on, and show nothing else', async () => {
    const ticket = ticketFor('1h');
    const page = await open(ticket, `<tailrow-job id="other" job="2" ticket="${ticket}"></tailrow-job>`);
    await shown(page, 'job', 'paid');
    await shown(page, 'log', 'first');
    await shown(page, 'badge', /^packing: running/);
    await shown(page, 'feed', 'order 17');
    await page.locator('tailrow-clock[data-state=live]').waitFor();
    say('on its way');
    await shown(page, 'job', 'on its way');
    await shown(page, 'log', 'on its way');
    await page.locator('#other .note').getByText(/no job 2|known/i).waitFor();
    assert.doesNotMatch(await page.locator('body').innerText(), /SECRET/);
    await page.close();
  });

  it('elements say that their ticket has expired when it does, and keep what they show', async () => {
    const page = await open(ticketFor('10s'));
    await shown(page, 'log', 'first');
    await shown(page, 'feed', 'order 17');
    for (const name of ['job', 'log', 'badge', 'feed']) await shown(page, name, 'The ticket has expired.');
    await shown(page, 'clock', 'connection lost');
    await shown(page, 'log', 'first');
    const asked = [];
    page.on('request', (request) => asked.push(request.url()));
    say('not told');
    await until('a second page hears of it', async () => {
      const other = await open(ticketFor('1h'));
      await shown(other, 'log', 'not told');
      await other.close();
      return true;
    }, 20_000);
    assert.deepEqual(asked, [], 'they ask no more');
    await page.close();
  });

  it('elements say so of a ticket that is forged, cut, or old, and nothing beside', async () => {
    const good = ticketFor('1h');
    for (const [ticket, why] of [['forged', /ticket/], [good.slice(0, -3), /ticket/i], [good.replace(/^./, 'A'), /not signed/]]) {
      const page = await open(ticket);
      for (const name of ['job', 'log', 'badge', 'feed']) await page.locator(`tailrow-${name} .note`).getByText(why).waitFor();
      for (const name of ELEMENTS)
        assert.doesNotMatch(await page.locator(`tailrow-${name}`).innerText(), /paid|first|running|order|SECRET/, name);
      assert.deepEqual(page.complaints.filter((text) => !/403/.test(text)), []);
      await page.close();
    }
  });

  it('the dashboard takes one from its address; no Referer has it, a result\'s neither', async () => {
    sql(server.db, `UPDATE job SET url='${proxy.page}elsewhere' WHERE id=1;`);
    const ticket = ticketFor('1h');
    const page = await newPage(browser);
    await page.goto(`${proxy.page}?ticket=${ticket}#job=1`);
    await isLive(page);
    await page.locator('tailrow-log').getByText('first').waitFor();
    assert.equal(await page.locator('tailrow-jobs tailrow-job').count(), 1);
    await page.locator('tailrow-jobs tailrow-job a.name').click();
    assert.ok(page.url().includes(ticket), 'a link within it keeps the ticket');
    const [elsewhere] = await Promise.all([page.waitForEvent('popup'), page.locator('#head').getByText('Result').click()]);
    await elsewhere.waitForLoadState();
    await page.locator('tailrow-log summary').click();
    await Promise.all([page.waitForEvent('download'), page.locator('tailrow-log').getByText('Download all').click()]);
    assert.deepEqual([...proxy.referers].filter((referer) => /ticket/.test(referer)), []);
    await page.context().close();
    await browser.close();
  });

  closing(() => server);
});
