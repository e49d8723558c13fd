// page-log.test.mjs: the log view in Chromium: complete, followed, searched, folded, linked to.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { countOf, isLive, linesOf, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { closing, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const LINES = 12_000;
const MOST = 100_000; // what the page keeps

let server, browser, context, page;

/** Rows of the log by numbers: job, how many, the message. */
const many = (job, count, message) => `WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i<${count})
  INSERT INTO log(job_id, level, message) SELECT ${job},
    CASE WHEN i % 1000 = 500 THEN 'error' WHEN i % 100 = 0 THEN 'warn' ELSE 'info' END, ${message} FROM n;`;

before(async () => {
  server = await Server.start();
  browser = await startChromium();
  context = await browser.newContext({ viewport: { width: 1000, height: 600 }, acceptDownloads: true });
  page = await newPage(context);
  sql(server.db, `INSERT INTO job(name, state) VALUES('long', 'running'), ('short', 'running'), ('huge', 'running');
    ${many(1, LINES, "'line ' || i")} ${many(3, MOST + 30_000, "'line ' || i")}`);
});
after(() => browser?.close());

const log = () => page.locator('tailrow-log');
const scroller = () => log().locator('.lines');
const follow = () => log().locator('.follow');
const marked = () => log().locator('.here');
const say = (job, ...messages) => sql(server.db, messages.map((message) =>
  `INSERT INTO log(job_id, message) VALUES(${job}, '${message}');`).join(''));
const idOf = (message) => Number(sql(server.db, `SELECT id FROM log WHERE message='${message}' ORDER BY id LIMIT 1;`));
const inView = (text) => page.evaluate((wanted) => {
  const { shadowRoot } = document.querySelector('tailrow-log');
  const box = shadowRoot.querySelector('.lines').getBoundingClientRect();
  const line = [...shadowRoot.querySelectorAll('.l')].find((each) => each.textContent === wanted);
  const { top, bottom } = line?.getBoundingClientRect() ?? { top: -1, bottom: -2 };
  return top >= box.top && bottom <= box.bottom;
}, text);
const isInView = (text) => until(`${text} is in view`, () => inView(text));
const scrollTo = (px) => scroller().evaluate((box, top) => { box.scrollTop = top; }, px);

async function open(hash) {
  await page.goto('about:blank');
  await page.goto(server.page + hash);
  await isLive(page);
}

describe('a log', () => {
  it('opens at its end, and is there from its first line soon', async () => {
    await open('#job=1');
    await isInView(`line ${LINES}`);
    await until('all lines are here', async () => await countOf(page) === LINES, 20_000);
    assert.deepEqual(await linesOf(page), Array.from({ length: LINES }, (_, i) => `line ${i + 1}`));
  });

  it('follows its end', async () => {
    assert.equal(await follow().innerText(), 'Following');
    say(1, 'after 1', 'after 2');
    await isInView('after 2');
  });

  it('stands still where the reader scrolled up, and counts what comes', async () => {
    await page.mouse.move(700, 400);
    await page.mouse.wheel(0, -3000);
    await until('it is paused', async () => await follow().innerText() === 'Paused');
    const before = await scroller().evaluate((box) => box.scrollTop);
    say(1, ...Array.from({ length: 300 }, (_, i) => `more ${i}`));
    await until('300 new lines', async () => await follow().innerText() === 'Paused · 300 new');
    assert.equal(await scroller().evaluate((box) => box.scrollTop), before);
    await follow().click();
    await isInView('more 299');
    assert.equal(await follow().innerText(), 'Following');
  });

  it('opens at the line that the address names, and stands still', async () => {
    await open(`#job=1&line=${idOf('line 6000')}`);
    await isInView('line 6000');
    assert.equal(await marked().innerText(), 'line 6000');
    assert.equal(await follow().innerText(), 'Paused');
    say(1, 'not seen at once');
    await until('one new line', async () => await follow().innerText() === 'Paused · 1 new');
    await isInView('line 6000');
  });

  it('names in the address the line that was pressed', async () => {
    await log().getByText('line 6003', { exact: true }).click({ position: { x: 20, y: 8 } });
    assert.equal(new URL(page.url()).hash, `#job=1&line=${idOf('line 6003')}`);
    assert.equal(await marked().innerText(), 'line 6003');
  });

  it('is searched whole, with an exact count, forwards and back', async () => {
    await open('#job=1');
    await page.keyboard.press('/');
    await page.keyboard.type('line 77');
    const count = log().locator('.count').first();
    const matches = Number(sql(server.db, "SELECT count(*) FROM log WHERE job_id=1 AND message LIKE '%line 77%';"));
    await until('the count', async () => (await count.innerText()).endsWith(` of ${matches}`));
    const first = await marked().innerText();
    await page.keyboard.press('Enter');
    await until('the next one', async () => await marked().innerText() !== first);
    await page.keyboard.press('Escape'); // out of the field
    await page.keyboard.press('N');
    await until('the first again', async () => await marked().innerText() === first);
    await page.keyboard.press('n');
    await until('the next one again', async () => await marked().innerText() !== first);
    await page.keyboard.press('/'); // what was typed is selected
    await page.keyboard.type('line 4242');
    await until('the only one', async () => await count.innerText() === '1 of 1');
    await isInView('line 4242');
    assert.ok(await page.evaluate(() => CSS.highlights.get('tailrow-found').size > 0), 'it is highlighted');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('no such line');
    await until('none', async () => await count.innerText() === '0 matches');
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await count.waitFor({ state: 'hidden' });
  });

  it('is walked from error to error', async () => {
    await open(`#job=1&line=${idOf('line 5000')}`);
    await isInView('line 5000');
    for (const [key, line] of [['e', 'line 5500'], ['e', 'line 6500'], ['E', 'line 5500'], ['E', 'line 4500']]) {
      await page.keyboard.press(key);
      await until(line, async () => await marked().innerText() === line);
      await isInView(line);
    }
  });

  it('shows one level and above, of what was and of what comes', async () => {
    await open('#job=1');
    await log().getByLabel('Level').selectOption('error');
    await until('errors only', async () => await countOf(page) === LINES / 1000);
    say(1, 'no error');
    sql(server.db, "INSERT INTO log(job_id, level, message) VALUES(1, 'error', 'one more');");
    await isInView('one more');
    assert.ok(!(await linesOf(page)).includes('no error'));
    await log().getByLabel('Level').selectOption('');
    await isInView('one more');
  });

  it('goes to its ends by g and G', async () => {
    await open('#job=1');
    await isInView('one more');
    await page.keyboard.press('g');
    await isInView('line 1');
    assert.match(await follow().innerText(), /^Paused/);
    await page.keyboard.press('G');
    await isInView('one more');
    assert.equal(await follow().innerText(), 'Following');
  });
});

describe('a log of more lines than a page keeps', () => {
  it('is all there under its scrollbar, and bounded on the page', async () => {
    const total = MOST + 30_000;
    await open('#job=3');
    await isInView(`line ${total}`);
    await until('as many as it keeps', async () => await countOf(page) >= MOST - 1000, 60_000);
    await page.keyboard.press('g');
    await isInView('line 1');
    await scrollTo(await scroller().evaluate((box) => box.scrollHeight / 2));
    await until('the middle is drawn', async () => {
      const { middle } = await scroller().evaluate((box) => {
        const { left, top, height } = box.getBoundingClientRect();
        return { middle: box.getRootNode().elementFromPoint(left + 300, top + height / 2).textContent };
      });
      return Math.abs(Number(middle.replace('line ', '')) - total / 2) < total / 50;
    });
    await page.keyboard.press('G');
    await isInView(`line ${total}`);
    assert.ok(await countOf(page) <= MOST);
  });
});

describe('lines', () => {
  before(async () => {
    const esc = (text) => text.replaceAll('^[', "'||char(27)||'");
    say(2, 'before');
    sql(server.db, `INSERT INTO log(job_id, event, message) VALUES(2, 'group', 'install');
      INSERT INTO log(job_id, message) VALUES(2, 'inside 1'), (2, 'inside 2');
      INSERT INTO log(job_id, event, message) VALUES(2, 'group-end', 'install');
      INSERT INTO log(job_id, message) VALUES(2, 'after'), (2, '${esc('^[[31mred^[[0m ^[[1;38;5;208morange^[[0m')}'),
        (2, '10%'||char(13)||'100%'), (2, hex(zeroblob(5000))), (2, 'مرحبا بالعالم');
      INSERT INTO log(job_id, event, message) VALUES(2, 'order', '{"id":7}');`);
    await open('#job=2');
    await log().getByText('after', { exact: true }).waitFor();
  });

  it('fold with their section, which a link into it unfolds', async () => {
    const head = log().getByRole('button', { name: 'install' });
    await head.click();
    assert.equal(await head.getAttribute('aria-expanded'), 'false');
    assert.ok(await log().getByText('inside 1').isHidden());
    assert.ok(await log().getByText('after', { exact: true }).isVisible());
    await page.goto(`${server.page}#job=2&line=${idOf('inside 2')}`);
    await isInView('inside 2');
    assert.equal(await head.getAttribute('aria-expanded'), 'true');
  });

  it('have their colours, as a strict policy lets them', async () => {
    const colour = (text) => log().getByText(text, { exact: true }).evaluate((run) => getComputedStyle(run).color);
    const plain = await colour('after');
    assert.notEqual(await colour('red'), plain);
    assert.notEqual(await colour('orange'), plain);
    assert.equal(await log().getByText('orange', { exact: true }).evaluate((run) => getComputedStyle(run).fontWeight), '700');
    assert.ok(await log().getByText('100%', { exact: true }).isVisible());
  });

  it('that are very long are cut, and shown whole on demand', async () => {
    const cut = log().getByRole('button', { name: '6,000 more characters' });
    await cut.click();
    assert.ok((await linesOf(page)).some((line) => line === '0'.repeat(10_000)));
  });

  it('of a publisher\'s own events name them', async () =>
    assert.ok((await linesOf(page)).includes('order{"id":7}')));

  it('wrap where they are asked to', async () => {
    const width = () => scroller().evaluate((box) => box.scrollWidth - box.clientWidth);
    assert.ok(await width() > 0);
    await page.keyboard.press('w');
    await until('no line is wider than the view', async () => await width() === 0);
  });

  it('are told by the clock, or from the beginning on', async () => {
    const time = () => log().getByText('after', { exact: true }).evaluate((line) => getComputedStyle(line, '::before').content);
    assert.match(await time(), /^"\d\d:\d\d:\d\d"/);
    await log().locator('summary').click();
    await log().getByRole('button', { name: 'Time since the start' }).click();
    await until('times from the start', async () => /^"\+0:0\d\.\d"/.test(await time()));
  });

  it('are copied, with their times or without', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const copy = async (name) => {
      await log().locator('summary').click();
      await log().getByRole('button', { name, exact: true }).click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const text = await copy('Copy');
    assert.ok(text.startsWith('before\ninstall\ninside 1\ninside 2\nafter\nred orange\n100%\n'), text.slice(0, 99));
    assert.match(await copy('Copy with times'), /^\d\d:\d\d:\d\d\tbefore\n/);
    const line = log().getByText('inside 2');
    await line.click({ clickCount: 3, position: { x: 200, y: 8 } });
    assert.match(await copy('Copy'), /^inside 2\n/);
    await line.click({ position: { x: 20, y: 8 } });
    assert.match(await copy('Copy link'), new RegExp(`#job=2&line=${idOf('inside 2')}$`));
  });

  it('are downloaded', async () => {
    await log().locator('summary').click();
    const coming = page.waitForEvent('download');
    await log().getByRole('link', { name: 'Download all' }).click();
    assert.match((await coming).suggestedFilename(), /2.*\.(txt|log)$/);
  });

  it('are left alone by the keys that are typed elsewhere, and ? lists all keys', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Next error').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('j');
    await until('the next job', () => new URL(page.url()).hash === '#job=1');
    await page.keyboard.press('k');
    await until('the one before', () => new URL(page.url()).hash === '#job=2');
  });

  it('of no job have a view of their own', async () => {
    sql(server.db, "INSERT INTO log(message) VALUES('of no job');");
    await page.goto(`${server.page}#system`);
    await log().getByText('of no job').waitFor();
    sql(server.db, "INSERT INTO log(message) VALUES('live, of no job');");
    await log().getByText('live, of no job').waitFor();
  });
});

it('had nothing to complain about', async () => {
  assert.deepEqual(page.complaints, []);
  await browser.close();
});

closing(() => server);
