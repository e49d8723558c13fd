// page-races.test.mjs: answers that come when the page has gone on already, rows that come while an
// answer is on its way, and a client that goes on where another database is. In Chromium.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const OTHER = '0123456789abcdef-5'; // a cursor of another database

let server, browser, page;

before(async () => {
  server = await Server.start();
  sql(server.db, `INSERT INTO job(name, state) VALUES('one', 'running'), ('two', 'running'), ('backup', 'failed');
    INSERT INTO job(name, state, finished_at) VALUES('long ago', 'succeeded', '2026-01-01T00:00:00.000Z');
    WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<500)
      INSERT INTO log(job_id, message, created_at) SELECT 1, 'line ' || i, '2026-01-01T00:00:00.000Z' FROM n;
    INSERT INTO log(job_id, message) SELECT 4, 'old ' || message FROM log WHERE id < 400;
    INSERT INTO log(job_id, message) VALUES(2, 'of two'), (2, 'line of two');`);
  browser = await startChromium();
  page = await newPage(browser);
});
after(() => browser?.close());

/** The next answer to such a request is held, as it is now, while `meanwhile` happens. */
const hold = async (pattern, meanwhile) => {
  let done, held = false;
  const taken = new Promise((resolve) => { done = resolve; });
  await page.route(pattern, async (route) => {
    if (held) return route.fallback();
    held = true;
    const response = await route.fetch();
    await meanwhile();
    await route.fulfill({ response });
    return done();
  });
  return async () => {
    await taken;
    await page.evaluate(async () => (await fetch('/tailrow/icon.svg')).text()); // a later answer has been taken
  };
};
const names = () => page.evaluate(() => [...document.querySelector('tailrow-jobs').list.jobs.values()].map(({ name }) => name));
const idOf = (message) => sql(server.db, `SELECT id FROM log WHERE message='${message}';`).trim();
const log = () => page.locator('tailrow-log');
const head = () => page.locator('#head');
const pick = (id) => page.evaluate((job) => { location.hash = `#job=${job}`; }, id);

const open = (name, options) => page.evaluate(async ([which, given]) => {
  const { Tailrow } = await import('/tailrow/tailrow.js');
  const events = window[which] = new Tailrow('/tailrow/api/', given);
  events.got = [];
  events.onFrame(({ event, data }) => ['hello', 'ping'].includes(event) || events.got.push(data.message ?? event));
}, [name, options]);
const has = (name, ...all) => until(`${name} has ${all}`, () => page.evaluate(([which, wanted]) =>
  window[which].got.join() === wanted, [name, all.join()]));

describe('a job that ends while it is asked for', () => {
  before(async () => {
    await page.goto(`${server.page}#job=2`);
    await isLive(page);
  });
  const run = () => {
    const id = sql(server.db, "INSERT INTO job(name, state) VALUES('racer', 'running'); SELECT last_insert_rowid();").trim();
    return { id, end: async () => {
      sql(server.db, `UPDATE job SET state='succeeded' WHERE id=${id};`);
      await until('the stream told', () => page.evaluate((job) => window.ended === Number(job), id));
    } };
  };
  before(() => page.evaluate(() => document.querySelector('tailrow-jobs').list.addEventListener('ended',
    ({ detail }) => { window.ended = detail.jobId; })));

  it('has ended in the list', async () => {
    const { end } = run();
    const taken = await hold(/jobs\?state=running/, end);
    await page.getByLabel('Filter by state').selectOption('running');
    await taken();
    assert.deepEqual((await names()).sort(), ['one', 'two']);
    await page.getByLabel('Filter by state').selectOption('');
    await until('all', async () => (await names()).includes('racer'));
  });

  it('has ended above its log', async () => {
    const { id, end } = run();
    const taken = await hold(/jobs\?name=racer/, async () => {
      await until('it listens', () => page.evaluate(() => document.querySelector('#head').events?.cursor));
      await end();
    });
    await pick(id);
    await taken();
    assert.equal(await head().getAttribute('data-state'), 'succeeded');
  });

  it('has ended in a badge, though two answers change places', async () => {
    const badge = () => page.locator('tailrow-badge').getAttribute('data-state');
    await page.evaluate(async () => {
      await import('/tailrow/badge.js');
      document.body.insertAdjacentHTML('beforeend', '<tailrow-badge name="backup"></tailrow-badge>');
    });
    await until('it has begun', async () => await badge() === 'failed' &&
      page.evaluate(() => document.querySelector('tailrow-badge').events?.cursor));
    const taken = await hold(/jobs\?name=backup/, async () => {
      sql(server.db, "UPDATE job SET state='succeeded' WHERE name='backup';");
      await until('it ended', async () => await badge() === 'succeeded');
    });
    sql(server.db, "UPDATE job SET state='running' WHERE name='backup';");
    await taken();
    assert.equal(await badge(), 'succeeded');
    sql(server.db, "DELETE FROM job WHERE name='backup';");
    await until('it is gone', async () => await badge() === 'none');
  });
});

describe('a filter', () => {
  const choose = (state) => page.getByLabel('Filter by state').selectOption(state);

  it('is the last one, though an earlier answer comes after two later ones', async () => {
    let release;
    const taken = await hold(/jobs\?state=failed/, () => new Promise((resolve) => { release = resolve; }));
    await choose('failed');
    await until('it is held', () => release);
    await choose('queued');
    await until('none is queued', async () => !(await names()).length);
    const last = await hold(/jobs\?state=running/, async () => {
      release();
      await taken();
    });
    await choose('running');
    await last();
    assert.deepEqual((await names()).sort(), ['one', 'two']);
    await choose('');
    await until('all', async () => (await names()).includes('racer'));
  });

  it('that could not be asked for is when the stream is back', async () => {
    const queued = /jobs\?state=queued/;
    await page.route(queued, (route) => route.abort());
    await choose('queued');
    await page.getByText('The server cannot be reached.').waitFor();
    await page.unroute(queued);
    await page.evaluate(async () => {
      const { Tailrow } = await import('/tailrow/tailrow.js');
      window.wide = new Tailrow('/tailrow/api/', { want: [{ event: ['wider'] }] }); // so the stream is opened anew
    });
    await until('none is queued', async () => !(await names()).length);
    await choose('');
    await until('all', async () => (await names()).includes('racer'));
  });
});

describe('a log', () => {
  const count = () => log().locator('.count').first();
  const isMarked = (text) => log().locator('.here').filter({ hasText: text }).waitFor();
  before(async () => {
    await pick(1);
    await log().getByText('line 500', { exact: true }).waitFor();
  });

  it('has no matches of another, and no times of its', async () => {
    await log().getByLabel('More').click();
    await log().getByText('Time since the start').click();
    await log().getByText('line 500', { exact: true }).and(page.locator('[data-t^="+0:00"]')).waitFor();
    await log().getByLabel('Search all lines').fill('line 77');
    await until('the count', async () => await count().textContent() === '1 of 1');
    await pick(2);
    const line = log().getByText('of two', { exact: true });
    await line.waitFor();
    assert.equal(await count().textContent(), '');
    assert.match(await line.getAttribute('data-t'), /^\d\d:/);
    await log().getByLabel('Search all lines').fill('');
  });

  it('is not moved by where the reader went in another', async () => {
    const there = `line=${idOf('line 7')}`;
    await pick(1);
    await log().getByText('line 500', { exact: true }).waitFor();
    const taken = await hold(/around=/, async () => {
      await pick(2);
      await log().getByText('of two', { exact: true }).waitFor();
    });
    await pick(`1&${there}`);
    await taken();
    assert.equal(await log().locator('.follow').innerText(), 'Following');
    assert.equal(await log().locator('.here').count(), 0);
  });

  it('does not take back the address that the reader chose meanwhile', async () => {
    await pick(1);
    await log().getByText('line 500', { exact: true }).waitFor();
    const gone = await page.evaluate((id) => {
      const shown = document.querySelector('tailrow-log');
      location.hash = '#job=2'; // its event is a task of its own
      shown.dispatchEvent(new CustomEvent('line', { detail: Number(id) }));
      return location.hash;
    }, idOf('line 7'));
    assert.equal(gone, '#job=2');
    await log().getByText('of two', { exact: true }).waitFor();
  });

  it('stays where the reader went on to from a line that was pressed', async () => {
    await pick(`1&line=${idOf('line 250')}`);
    await isMarked('line 250');
    await log().getByText('line 252', { exact: true }).click({ position: { x: 20, y: 8 } });
    const top = () => log().locator('.lines').evaluate((box) => box.scrollTop);
    await log().locator('.lines').evaluate((box) => { box.scrollTop = 100; });
    sql(server.db, "UPDATE job SET step='on' WHERE id=1;");
    await head().getByText('on', { exact: true }).waitFor();
    await until('the address was looked at', () => page.evaluate(() => document.querySelector('tailrow-log').getAttribute('line') ===
      new URLSearchParams(location.hash.slice(1)).get('line')));
    assert.equal(await top(), 100);
  });

  it('counts what is new from its own end', async () => {
    await pick(`4&line=${idOf('old line 200')}`);
    await isMarked('old line 200');
    assert.equal(await log().locator('.follow').innerText(), 'Paused');
  });
});

describe('a client', () => {
  it('of a job that ended long ago goes on after it was told that it missed nothing', async () => {
    const cursor = () => page.evaluate(() => document.querySelector('tailrow-jobs').list.events.cursor);
    const since = await cursor();
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(2, 'another'); UPDATE job SET step='on' WHERE id=2;");
    await until('the stream is further', async () => await cursor() !== since);
    let asked = 0, told = 0;
    const past = /events\?job=4&/;
    page.on('response', (response) => { told += past.test(response.url()) && response.status() === 204; });
    await page.route(past, (route) => ++asked > 2 ? route.abort() : route.continue());
    await open('past', { want: [{ job: [4] }], since });
    await until('it was told', () => told === 2);
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(4, 'late');");
    await has('past', 'late');
  });

  it('that is closed asks for nothing more', async () => {
    const asked = { 5: 0, 6: 0 };
    await page.route(/events\?job=[56]&/, (route) => {
      asked[new URL(route.request().url()).searchParams.get('job')]++;
      return route.abort();
    });
    await open('gone', { want: [{ job: [5] }], tail: 1 });
    await until('it asked', () => asked[5]);
    await open('witness', { want: [{ job: [6] }], tail: 1 });
    await page.evaluate(() => window.gone.close());
    await until('another one asked again', () => asked[6] > 1);
    assert.equal(asked[5], 1);
    await page.evaluate(() => window.witness.close());
  });

  it('is told that its cursor is of another database', async () => {
    await open('foreign', { want: [{ job: [2], event: ['log'] }], since: OTHER, tail: 1 });
    await has('foreign', 'reset', 'snapshot', 'another');
  });

  it('reads the list of jobs again then', async () => {
    await page.evaluate((cursor) => {
      const { list } = document.querySelector('tailrow-jobs');
      list.events.onFrame(({ event }) => { window.wasReset ||= event === 'reset'; });
      list.events.cursor = cursor;
      dispatchEvent(new PageTransitionEvent('pagehide'));
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    }, OTHER);
    await until('the reset', () => page.evaluate(() => window.wasReset));
    await until('the list', async () => (await names()).includes('one'));
  });

  it('is told so by the server, too', async () => {
    await page.goto(`${server.page}icon.svg`);
    await open('alone', { want: [{ job: [2] }], since: OTHER });
    await has('alone', 'reset', 'snapshot');
  });
});

/** A page with a stream of its own: a worker's requests are out of a test's reach. */
async function newShop() {
  const context = await browser.newContext();
  await context.addInitScript(() => { delete window.SharedWorker; });
  return newPage(context);
}

describe('a stream that has nothing more to say', () => {
  it('is not ended by that once it is asked for more', async () => {
    page = await newShop();
    await page.goto(`${server.page}icon.svg`);
    let release;
    const taken = await hold(/events\?job=4&.*hold=0/, () => new Promise((resolve) => { release = resolve; }));
    await open('final', { want: [{ job: [4] }], since: sql(server.db, "SELECT value || '-' || (SELECT max(id) FROM log) FROM meta WHERE key='epoch';").trim() });
    await until('it asks why', () => release);
    await open('more', { want: [{ job: [1], event: ['log'] }] });
    await until('it is live', () => page.evaluate(() => window.more.cursor));
    release();
    await taken();
    sql(server.db, "INSERT INTO log(job_id, message) VALUES(1, 'more');");
    await has('more', 'more');
    await page.context().close();
  });
});

describe('a listener that comes as the stream goes live', () => {
  it('hears that it is', async () => {
    page = await newShop();
    await page.goto(`${server.page}icon.svg`);
    const heard = (name) => until(`${name} hears of it`, () => page.evaluate((which) => window[which].heard === 'live', name));
    const wants = (name) => page.evaluate((which) =>
      window[which].postMessage({ want: [{ event: ['completion'] }], since: '', visible: true }), name);
    await page.evaluate(async () => {
      const { Hub } = await import('/tailrow/hub.js');
      const hub = new Hub(new URL('/tailrow/api/', location.href).href);
      for (const name of ['first', 'second']) {
        const { port1, port2 } = new MessageChannel();
        hub.connect(port2);
        window[name] = port1;
        port1.onmessage = ({ data: { state } }) => { port1.heard = state?.name ?? port1.heard; };
      }
    });
    await wants('first');
    await heard('first');
    await wants('second');
    await heard('second');
    await page.context().close();
  });
});

describe('a job that ended before the stream came', () => {
  it('has ended', async () => {
    const shop = await newShop(), job = shop.locator('tailrow-job');
    let pass;
    const passes = new Promise((resolve) => { pass = resolve; });
    await shop.route('**/events?**', (route) => passes.then(() => route.continue()));
    await shop.route('**/shop/', (route) => route.fulfill({ contentType: 'text/html',
      body: '<!doctype html><script type="module" src="/tailrow/job.js"></script><tailrow-job job="1"></tailrow-job>' }));
    await shop.goto(new URL('/shop/', server.page).href);
    await job.getByText('running', { exact: true }).waitFor();
    sql(server.db, "UPDATE job SET state='succeeded' WHERE id=1;");
    pass();
    await job.getByText('succeeded', { exact: true }).waitFor();
    await browser.close();
  });
});

closing(() => server);
