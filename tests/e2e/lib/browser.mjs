// browser.mjs: real browsers for the page: Debian's Chromium and Firefox ESR.
//
// - Headless, each with a profile of its own. Whatever a page complains about (console, errors,
//   the policy, requests that fail) is kept in its `complaints`.
//
// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';

const LIMIT_MS = 15_000;

const CHROMIUM = {
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

/** @param {string[]} [more] arguments */
export const startChromium = (more = []) =>
  chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, ...more] });

/** For startChromium(): 127.0.0.1 is lan.test too, a host like any other on plain HTTP. */
export const LAN = ['--host-resolver-rules=MAP lan.test 127.0.0.1'];

/** Chromium that keeps a page for the way back, as it does for people: playwright cannot follow it there. */
export const startKeepingChromium = () => puppeteer.launch({ executablePath: CHROMIUM.executablePath,
  args: CHROMIUM.args, ignoreDefaultArgs: ['--disable-back-forward-cache'] });

/** Firefox, spoken to over WebDriver BiDi. */
export const startFirefox = () => puppeteer.launch({
  browser: 'firefox', executablePath: '/usr/bin/firefox-esr', headless: true,
  env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' },
});

/** A stream ends with its page, a page's way out ends its requests. */
const isCut = (request) => /\/api\//.test(request.url());

/**
 * A new page of a Chromium browser or context.
 * @param {import('playwright-core').Browser | import('playwright-core').BrowserContext} browser
 */
export async function newPage(browser, options) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(LIMIT_MS);
  page.complaints = [];
  const complain = (text) => page.complaints.push(text);
  page.on('console', (message) => complain(`console: ${message.text()}`));
  page.on('pageerror', (error) => complain(`error: ${error.message}`));
  page.on('requestfailed', (request) => request.failure().errorText === 'net::ERR_ABORTED' ||
    isCut(request) || complain(`failed: ${request.url()}`));
  page.on('response', (response) => response.status() >= 400 &&
    complain(`${response.status()}: ${response.url()}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}

/** Waits until the page says that it is live. */
export const isLive = (page) => page.locator('tailrow-connection[data-state="live"]').waitFor();

/** What the connection's pill says. */
export const pill = (page) => page.locator('tailrow-connection .pill').innerText();

/** The processes of the browsers that process `pid` started, the youngest last. */
export function children(pid) {
  const own = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((other) => {
    try {
      const stat = readFileSync(`/proc/${other}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid && /chrom|firefox/i.test(stat);
    } catch {
      return false; // it has gone meanwhile
    }
  });
  return own.flatMap((child) => [child, ...children(child)]);
}

/** How many lines of the log are on the page. */
export const countOf = (page) => page.evaluate(() =>
  document.querySelector('tailrow-log').shadowRoot?.querySelectorAll('.l').length);

/** The texts of the lines of the log that are on the page. */
export const linesOf = (page) => page.evaluate(() =>
  [...document.querySelector('tailrow-log').shadowRoot?.querySelectorAll('.l') ?? []].map((line) => line.textContent));
