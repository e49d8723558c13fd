// screenshots.mjs: makes the pictures of the page: `make screenshots`.
//
// - Every view at two widths, by day and by night, into build/screenshots, and of these the ones
//   that the README shows into docs.
//
// SPDX-License-Identifier: MIT
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isLive, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { build, root } from './lib/paths.mjs';
import { Server } from './lib/server.mjs';

const to = join(build, 'screenshots');
const SHOWN = { 'log.png': 'dashboard.png', 'log-dark.png': 'dashboard-dark.png', 'search-phone-dark.png': 'phone.png' };
mkdirSync(to, { recursive: true });
const server = await Server.start();
const browser = await startChromium();

const quoted = (text) => `'${text.replaceAll("'", "''").replaceAll('\x1b', "'||char(27)||'")}'`;
const ago = (seconds) => `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${seconds} seconds')`;
const job = (name, { state, started, took = 0, ...more }) => sql(server.db, `INSERT INTO job(name, state, created_at, started_at,
    finished_at${Object.keys(more).map((column) => `, ${column}`).join('')})
  VALUES(${quoted(name)}, '${state}', ${ago(started)}, ${state === 'queued' ? 'NULL' : ago(started)}, ${took ? ago(started - took) : 'NULL'}${
  Object.values(more).map((value) => `, ${typeof value === 'number' ? value : quoted(value)}`).join('')}) RETURNING id;`);
const log = (id, begun, lines) => sql(server.db, lines.map(([message, level = 'info', event = 'log'], i) =>
  `INSERT INTO log(job_id, event, level, message, created_at) VALUES(${id}, '${event}', '${level}', ${quoted(message)}, ${ago(begun - i * 1.7)});`).join(''));

for (let day = 6; day > 0; day--) {
  job('Nightly backup', { state: 'succeeded', started: day * 86400 + 7200, took: 1312 + 40 * day });
  job('Deploy shop.example', { state: 'succeeded', started: day * 86400, took: 118 + day, url: 'https://shop.example/' });
}
job('Import price list', { state: 'failed', started: 5400, took: 94, progress: 61, error: 'row 1241: "n/a" is no price' });
job('تقرير المبيعات', { state: 'succeeded', started: 4100, took: 33 });
job('Send newsletter', { state: 'canceled', started: 3600, took: 12 });
job('Resize pictures', { state: 'running', started: 840, progress: 38, step: '3,812 of 10,031', beat_at: new Date(Date.now() - 95_000).toISOString() });
job('Nightly backup', { state: 'running', started: 611, progress: 46.2, step: 'Copying to the second disk' });
job('Rebuild search index', { state: 'queued', started: 20 });
const deploy = job('Deploy shop.example', { state: 'running', started: 86, progress: 72, step: 'Syncing database' });
log(deploy, 86, [
  ['\x1b[1mdeploy\x1b[0m shop.example to \x1b[36mweb1\x1b[0m, \x1b[36mweb2\x1b[0m'], ['Fetching sources', 'info', 'group'],
  ['From git.shop.example:shop'], ['   4f1c2aa..\x1b[33m9b7e01d\x1b[0m  main -> origin/main'], ['3 commits since the last deployment'],
  ['Fetching sources', 'info', 'group-end'], ['npm ci', 'info', 'group'], ['added 312 packages in 8 s'],
  ['2 packages are no longer maintained', 'debug'], ['npm ci', 'info', 'group-end'],
  ['Tests', 'info', 'group'], ...['cart', 'checkout', 'search', 'login', 'orders', 'prices'].map((name, i) =>
    [`\x1b[32m✓\x1b[0m ${name} \x1b[2m(${[12, 31, 8, 17, 44, 9][i]} tests, ${[210, 912, 87, 303, 1204, 66][i]} ms)\x1b[0m`]),
  ['checkout took 4.1 s: slower than the last ten runs', 'warn'], ['Tests', 'info', 'group-end'],
  ['migrating \x1b[35m0042_add_price_index\x1b[0m'], ['table orders is locked by the backup, waiting', 'warn'],
  ['lock taken after 2.1 s'], ['web2: cannot reload php-fpm: exit status 1', 'error'], ['web2: reloaded at the second try'],
  ['copying 118,220 rows \x1b[7m ████████████▌    72% \x1b[0m'],
]);

const VIEWS = [
  ['list', '#', async (page) => page.locator('tailrow-log').getByText('copying').waitFor({ state: 'attached' })],
  ['log', `#job=${deploy}`, async (page) => page.locator('tailrow-log').getByText('copying').waitFor()],
  ['search', `#job=${deploy}`, async (page) => {
    await page.locator('tailrow-log').getByText('copying').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('web2');
    await page.locator('tailrow-log').getByText('1 of 3').waitFor();
  }],
];
for (const [view, hash, ready] of VIEWS)
  for (const [width, height, size] of [[1180, 640, ''], [390, 760, '-phone']])
    for (const colorScheme of ['light', 'dark']) {
      const page = await newPage(browser, { viewport: { width, height }, colorScheme, reducedMotion: 'reduce', deviceScaleFactor: size ? 2 : 1 });
      await page.goto(server.page + hash);
      await isLive(page);
      await ready(page);
      await page.screenshot({ path: join(to, `${view}${size}${colorScheme === 'dark' ? '-dark' : ''}.png`) });
      await page.close();
    }
await browser.close();
await server.stop();
for (const [from, name] of Object.entries(SHOWN)) copyFileSync(join(to, from), join(root, 'docs', name));
