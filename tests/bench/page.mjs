// page.mjs: the log view beside a naive page (one element a line) in the same run, in Chromium:
// `make bench`.
//
// - A screen has 60 frames a second; of those that a page did not draw, we say that they were left
//   out. (Of the few that a slow page draws nearly all are late, but they are few.)
// - Both pages have the same 100,000 lines in the document when they are measured. The naive page
//   appends an element for each line of an EventSource, and scrolls to the end once a frame (done
//   for each line, it does not get to the end of 100,000 within five minutes).
//
// SPDX-License-Identifier: MIT
import { setTimeout as sleep } from 'node:timers/promises';
import { newPage, startChromium } from '../e2e/lib/browser.mjs';
import { sql } from '../e2e/lib/database.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { until } from '../e2e/lib/wait.mjs';

const LINES = 100_000;
const A_SECOND = 200; // lines
const WATCH_S = 10;
const HOUR = 3600 * A_SECOND; // lines
const HOUR_PIECE = 2000;

const NAIVE = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="naive.css"><div id="log"></div>
  <script src="naive.js"></script>`;
const NAIVE_CSS = `#log { height: 560px; overflow-y: scroll; font: 13px/20px monospace; white-space: pre }`;
const NAIVE_JS = `const log = document.querySelector('#log');
  new EventSource('/tailrow/api/events?job=1&event=log&since=all').addEventListener('log', ({ data }) => {
    const line = document.createElement('div');
    line.textContent = JSON.parse(data).message;
    log.append(line);
    if (log.late) return;
    log.late = true;
    requestAnimationFrame(() => {
      log.late = false;
      if (!log.still) log.scrollTop = log.scrollHeight;
    });
  });`;

const rows = (from, count) => `WITH RECURSIVE n(i) AS (VALUES(${from}) UNION ALL SELECT i+1 FROM n WHERE i<${from + count - 1})
  INSERT INTO log(job_id, level, message) SELECT 1, CASE WHEN i%777=0 THEN 'warn' ELSE 'info' END,
    'line '||i||' with some text as a build prints it, such as src/store/page.c:'||(i*7919%1000) FROM n;`;

const server = await Server.start();
const browser = await startChromium(['--enable-precise-memory-info', '--js-flags=--expose-gc']);
sql(server.db, `INSERT INTO job(name, state) VALUES('big', 'running'); ${rows(1, LINES)}`);
let said = LINES;

/** What the two pages have in common for us: their scroller, and how many lines are in it. */
const OURS = { url: `${server.page}#job=1`, scroller: "document.querySelector('tailrow-log').shadowRoot.querySelector('.lines')",
  count: "document.querySelector('tailrow-log').shadowRoot.querySelectorAll('.l').length",
  last: "document.querySelector('tailrow-log').shadowRoot.querySelector('.content > :last-child > :last-child')?.textContent ?? ''" };
const THEIRS = { url: new URL('/naive/', server.page).href, scroller: "document.querySelector('#log')",
  count: "document.querySelector('#log').childElementCount" };

/** Frames for so many seconds, while `act` (an expression over `share`, 0 to 1) is done in each. */
const frames = (page, seconds, act = '') => page.evaluate(`new Promise((done) => {
  const gaps = [], begun = performance.now();
  let last = begun;
  const frame = (now) => {
    gaps.push(now - last);
    last = now;
    const share = (now - begun) / ${seconds * 1000};
    if (share >= 1) return done({ out: Math.max(0, ${seconds * 60} - gaps.length), of: ${seconds * 60}, longest: Math.round(Math.max(...gaps)) });
    ${act};
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})`);

/** Commits A_SECOND lines a second, in ten pieces each, until told to end. */
async function publish(signal) {
  while (!signal.aborted) {
    sql(server.db, rows(said + 1, A_SECOND / 10));
    said += A_SECOND / 10;
    await sleep(100);
  }
}

async function memory(page) {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  const heap = await page.evaluate('performance.memory.usedJSHeapSize');
  await session.detach();
  return `${Math.round(heap / 1e6)} MB of heap, ${nodes.toLocaleString('en-GB')} nodes`;
}

async function open({ url, count }) {
  const page = await newPage(browser, { viewport: { width: 1200, height: 700 } });
  await page.route('**/naive/', (route) => route.fulfill({ contentType: 'text/html', body: NAIVE }));
  await page.route('**/naive/naive.css', (route) => route.fulfill({ contentType: 'text/css', body: NAIVE_CSS }));
  await page.route('**/naive/naive.js', (route) => route.fulfill({ contentType: 'text/javascript', body: NAIVE_JS }));
  const begun = performance.now();
  await page.goto(url);
  await page.getByText(`line ${said} with`).waitFor({ timeout: 300_000 });
  const openMs = Math.round(performance.now() - begun);
  await until('all lines', () => page.evaluate(`${count} >= ${LINES - 500}`), 300_000);
  return { page, openMs };
}

async function measure(which) {
  const { page, openMs } = await open(which);
  await page.evaluate(`${which.scroller}.scrollTop = 1e9`);
  const stop = new AbortController();
  const publishing = publish(stop.signal);
  const live = await frames(page, WATCH_S);
  stop.abort();
  await publishing;
  await page.evaluate(`${which.scroller}.still = true`); // the reader scrolls now
  const scroll = `${which.scroller}.scrollTop = ${which.scroller}.scrollHeight * (1 - share)`;
  const result = { openMs, live, scroll: await frames(page, 1, scroll), again: await frames(page, 1, scroll), memory: await memory(page), page };
  return result;
}

const told = ({ out, of, longest }) => `${out} of ${of} left out, longest ${longest} ms`;

const naive = await measure(THEIRS);
await naive.page.close();
const ours = await measure(OURS);
const table = [
  ['from opening to the last line on the screen', (r) => `${r.openMs} ms`],
  [`frames in ${WATCH_S} s while ${A_SECOND} lines a second come`, (r) => told(r.live)],
  ['frames in a second of scrolling through all of it', (r) => told(r.scroll)],
  ['the same again', (r) => told(r.again)],
  ['memory', (r) => r.memory],
];
console.log(`A log of ${LINES.toLocaleString('en-GB')} lines                       tailrow | a naive page`);
for (const [what, of] of table) console.log(`${what}: ${of(ours)} | ${of(naive)}`);
console.log(`frames left out while lines come: ${(naive.live.out / Math.max(1, ours.live.out)).toFixed(1)} times fewer`);

const { page } = ours;
await page.evaluate(`${OURS.scroller}.scrollTop = 1e9`);
const begun = performance.now();
for (const end = said + HOUR; said < end; said += HOUR_PIECE) {
  sql(server.db, rows(said + 1, HOUR_PIECE));
  await until('the last line', () => page.evaluate(`(${OURS.last}).startsWith('line ${said + HOUR_PIECE} ')`), 60_000);
}
console.log(`after an hour's worth of lines (${HOUR.toLocaleString('en-GB')}, in ${Math.round((performance.now() - begun) / 1000)} s): ${await memory(page)}`);
await browser.close();
await server.stop();
