// screenshots.mjs: makes the pictures that the README shows: `make screenshots`.
//
// SPDX-License-Identifier: MIT
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { root, tailrow } from './lib/paths.mjs';
import { Server } from './lib/server.mjs';

const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

const server = await Server.start();
const run = (args, input) =>
  execFileSync(tailrow, ['--db', server.db, ...args], { encoding: 'utf8', input }).trim();

const backup = run(['start', 'Nightly backup']);
run(['log', '--job', backup, '1,204 files, 3.1 GB: done']);
run(['finish', backup]);
const imported = run(['start', 'Import price list']);
run(['progress', imported, '61', 'Row 1241 of 2000']);
run(['log', '--job', imported, '--level', 'error', 'row 1241: "n/a" is no price']);
run(['finish', imported, '--failed', '--error', 'row 1241: "n/a" is no price']);
const deploy = run(['start', 'Deploy shop.example']);
run(['log', '--job', deploy], ['git: 3 commits since the last deployment', 'npm ci: 312 packages in 8 s',
  'build: 41 pages, 2 warnings', 'tests: 30 of 30 passed', 'migrating 0042_add_price_index', ''].join('\n'));
run(['log', '--job', deploy, '--level', 'warn', 'table orders is locked by backup, waiting']);
run(['log', '--job', deploy], 'lock taken after 2.1 s\ncopying 118,220 rows\n');
run(['progress', deploy, '72', 'Syncing database']);

const browser = await chromium.launch(CHROMIUM);
for (const [name, width, height, colorScheme] of
  [['dashboard', 1100, 520, 'light'], ['dashboard-dark', 1100, 520, 'dark'], ['phone', 390, 760, 'light']]) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  await page.goto(`${server.page}#job=${deploy}`);
  await page.getByText('copying 118,220 rows').waitFor();
  await page.screenshot({ path: join(root, 'docs', `${name}.png`) });
}
await browser.close();
await server.stop();
