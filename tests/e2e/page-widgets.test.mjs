// page-widgets.test.mjs: our elements and our client in a page that knows nothing of tailrow.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { ask } from './lib/sse.mjs';
import { until } from './lib/wait.mjs';

const PAGE = `<!doctype html><title>shop</title><link rel="stylesheet" href="shop.css">
  <script type="module" src="/tailrow/tailrow-widgets.js"></script>
  <tailrow-job job="1"></tailrow-job> <tailrow-log job="1"></tailrow-log> <tailrow-badge name="backup"></tailrow-badge>
  <tailrow-feed event="order" tail="3"></tailrow-feed> <tailrow-clock></tailrow-clock>`;
const STYLE = 'tailrow-badge::part(badge) { color: rgb(1, 2, 3); } tailrow-log { --tailrow-panel: rgb(4, 5, 6); }';

let server, browser, page;
/** A client of a job that ended, on a server of its own; it takes ten seconds to be sure. */
const final = {};

before(async () => {
  server = await Server.start();
  sql(server.db, `INSERT INTO job(name, state, progress, step) VALUES('deploy', 'running', 10, 'building'), ('backup', 'succeeded', NULL, NULL);
    INSERT INTO log(job_id, message) VALUES(1, 'cloned');
    ${[1, 2, 3, 4, 5].map((i) => `INSERT INTO log(event, message) VALUES('order', 'order ${i}');`).join('')}`);
  browser = await startChromium();
  final.server = await Server.start();
  sql(final.server.db, "INSERT INTO job(name, state) VALUES('ended', 'succeeded');");
  final.page = await newPage(browser);
  await final.page.goto(`${final.server.page}icon.svg`);
  await final.page.evaluate(async () => {
    const { Tailrow } = await import('/tailrow/tailrow.js');
    window.ended = new Tailrow('/tailrow/api/', { want: [{ job: [1] }], tail: 10 });
  });
  page = await newPage(browser);
  const send = (contentType, body) => (route) =>
    route.fulfill({ contentType, body, headers: { 'content-security-policy': "default-src 'self'" } });
  await page.route('**/shop/', send('text/html', PAGE));
  await page.route('**/shop/shop.css', send('text/css', STYLE));
  await page.goto(new URL('/shop/', server.page).href);
});
after(() => browser?.close());

const streams = async ({ api } = server) =>
  Number((await ask(`${api}/metrics`)).text.match(/^tailrow_streams_open (\d+)/m)[1]);
const widget = (name) => page.locator(`tailrow-${name}`);

describe('in a page of somebody else\'s', () => {
  it('the elements share one stream', async () => {
    await until('one stream', async () => await streams() === 1);
    await widget('clock').and(page.locator('[data-state=live]')).waitFor();
  });

  it('a job moves, and ends', async () => {
    await widget('job').getByText('building').waitFor();
    sql(server.db, "UPDATE job SET progress=55, step='testing' WHERE id=1;");
    await widget('job').getByText('testing').waitFor();
    await widget('job').getByText(/^55%/).waitFor();
    assert.equal(await widget('job').locator('.name').getAttribute('href'), `${server.page}#job=1`);
    sql(server.db, "UPDATE job SET state='succeeded', url='https://shop.example/' WHERE id=1;");
    await widget('job').getByRole('link', { name: 'Result of deploy' }).waitFor();
  });

  it('a log goes on', async () => {
    await widget('log').getByText('cloned').waitFor();
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'uploaded');");
    await widget('log').getByText('uploaded').waitFor();
  });

  it('a badge tells how the last job of its name is', async () => {
    await widget('badge').getByText(/^backup: succeeded/).waitFor();
    sql(server.db, "INSERT INTO job(name, state) VALUES('backup', 'failed');");
    await widget('badge').getByText(/^backup: failed/).waitFor();
  });

  it('a feed has the last of its events, and tells of each', async () => {
    const shown = () => widget('feed').locator('li').allInnerTexts();
    await until('three', async () => (await shown()).join() === 'order 5,order 4,order 3');
    await page.evaluate(() => {
      window.rows = [];
      document.querySelector('tailrow-feed').addEventListener('row', ({ detail }) => window.rows.push(detail.data));
    });
    sql(server.db, "INSERT INTO log(event, message) VALUES('order', '{\"id\":6}');");
    await until('the new one', async () => (await shown()).join() === '{"id":6},order 5,order 4');
    assert.deepEqual(await page.evaluate(() => window.rows), ['{"id":6}']);
  });

  it('a clock shows the server\'s time', async () => {
    const shown = await widget('clock').locator('time').innerText();
    assert.match(shown, /^\d\d:\d\d:\d\d$/);
    await until('it ticks', async () => await widget('clock').locator('time').innerText() !== shown);
  });

  it('they are styled by parts and properties, under its policy', async () => {
    assert.equal(await widget('badge').locator('a').evaluate((link) => getComputedStyle(link).color), 'rgb(1, 2, 3)');
    assert.equal(await widget('log').evaluate((log) => getComputedStyle(log).backgroundColor), 'rgb(4, 5, 6)');
    assert.deepEqual(page.complaints, []);
  });

  it('they let go of the stream when they leave', async () => {
    await page.evaluate(() => document.body.replaceChildren());
    await until('no stream', async () => await streams() === 0, 10_000);
  });
});

describe('the client', () => {
  const run = (act, value) => page.evaluate(act, value);

  before(() => run(async () => {
    const { Tailrow } = await import('/tailrow/tailrow.js');
    window.open = (name, options) => {
      const events = window[name] = new Tailrow('/tailrow/api/', options);
      events.got = [];
      events.onFrame(({ event, data, n }) => events.got.push(data.message ?? data.state ?? event));
    };
  }));
  const got = (name) => run((which) => window[which].got.filter((each) => each !== 'ping' && each !== 'hello' && each !== 'snapshot'), name);
  const has = (name, ...all) => until(`${name} has ${all}`, async () => (await got(name)).join() === all.join());

  it('begins with the last rows that it wants, and goes on', async () => {
    await run(() => window.open('tail', { want: [{ job: [1], event: ['log'] }], tail: 1 }));
    await has('tail', 'uploaded');
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'a'), (2, 'not mine'), (1, 'b');");
    await has('tail', 'uploaded', 'a', 'b');
  });

  it('goes on behind a cursor', async () => {
    const cursor = await run(() => window.tail.cursor);
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'c');");
    await has('tail', 'uploaded', 'a', 'b', 'c');
    await run((since) => window.open('later', { want: [{ job: [1], event: ['log'] }], since }), cursor);
    await has('later', 'c');
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'd');");
    await has('later', 'c', 'd');
  });

  it('widens what it wants, and nobody else misses or repeats a row', async () => {
    await run(() => window.tail.want([{ event: ['completion'] }, { job: [1, 2], event: ['log'] }]));
    await until('it is told', async () => {
      sql(server.db, "INSERT INTO log(job_id, message) VALUES(2, 'e');");
      return (await got('tail')).includes('e');
    });
    sql(server.db, "UPDATE job SET state='failed' WHERE id=1; INSERT INTO log(job_id, message) VALUES(1, 'f');");
    await until('both', async () => (await got('tail')).slice(-2).join() === 'failed,f');
    await has('later', 'c', 'd', 'f');
    assert.equal(await streams(), 1);
  });

  it('that is closed is told nothing more, not even what is on its way', async () => {
    await run(() => {
      const want = [{ job: [1], event: ['log'] }];
      window.open('closing', { want });
      window.closing.onFrame(({ data }) => data.message === 'g' && window.closing.close());
      window.open('witness', { want });
    });
    await until('both listen', () => run(() => ['closing', 'witness'].every((name) => window[name].cursor)));
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'g'), (1, 'h'), (1, 'i');");
    await has('witness', 'g', 'h', 'i');
    await has('closing', 'g');
    await run(() => window.witness.close());
  });

  it('of one job only stops when all is final', async () => {
    const state = () => final.page.evaluate(() => window.ended.state);
    await until('it stopped', async () => (await state()).name === 'stopped', 40_000);
    assert.equal((await state()).reason, 'all is final');
    await until('no stream', async () => await streams(final.server) === 0);
  });

  it('of a job that is none says so', async () => {
    await run(() => {
      window.tail.close();
      window.later.close();
    });
    await until('no stream', async () => await streams() === 0, 10_000);
    await run(() => window.open('none', { want: [{ job: [999] }] }));
    await until('it says so', () => run(() => window.none.state.name === 'stopped' && /known/.test(window.none.state.reason)), 20_000);
    assert.deepEqual(page.complaints.filter((text) => !/404|403/.test(text)), []);
    await browser.close();
  });
});

closing(() => server);
closing(() => final.server);
