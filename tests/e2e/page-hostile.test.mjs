// page-hostile.test.mjs: hostile text in every place that a publisher can write stays text, and
// nothing breaks the strict policy: its reports go to an endpoint, which stays empty.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isLive, linesOf, newPage, startChromium } from './lib/browser.mjs';
import { sql } from './lib/database.mjs';
import { Proxy } from './lib/proxy.mjs';
import { closing, Server } from './lib/server.mjs';
import { until } from './lib/wait.mjs';

const ESC = '\x1b';
const TEXTS = [
  '<script>window.owned=1</script>', '<img src=x onerror="window.owned=1">', '<svg/onload=window.owned=1>',
  '"><script>window.owned=1</script>', "'><b onmouseover=window.owned=1>x</b>", '</textarea><iframe src=javascript:window.owned=1>',
  '{{constructor.constructor("window.owned=1")()}}', '${window.owned=1}', '<a href="javascript:window.owned=1">x</a>',
  '<!--<img src="--><img src=x onerror=window.owned=1>', '<style>*{display:none}</style>', '<base href="https://evil.example/">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">', '&lt;script&gt;', '<template shadowrootmode=open>', '\u202Egnp.exe',
  'a\u0000b', '<tailrow-job job="1"></tailrow-job>', `${ESC}]8;;javascript:window.owned=1\x07click${ESC}]8;;\x07`,
  `${ESC}]8;;https://evil.example/${ESC}\\link${ESC}]8;;${ESC}\\`, `${ESC}]0;title\x07text`, `${ESC}[31m<b>red</b>${ESC}[0m`,
  `${ESC}[38;2;1;2;3;background:url(https://evil.example/)mx`, `${ESC}[2J${ESC}[Hcleared`, `${ESC}P1$r${ESC}\\dcs`, `${ESC}[`,
  '%3Cscript%3E', 'javascript:window.owned=1', 'data:text/html,<script>window.owned=1</script>', '__proto__', 'constructor',
];
const URLS = ['javascript:window.owned=1', 'JaVaScRiPt:window.owned=1', ' javascript:window.owned=1', 'java\nscript:window.owned=1',
  'data:text/html,<script>window.owned=1</script>', 'vbscript:x', 'file:///etc/passwd', 'blob:https://x/1', '//evil.example/ok', 'https://example.org/ok'];

const quoted = (text) => `CAST(X'${Buffer.from(text).toString('hex')}' AS TEXT)`;

describe('hostile text', () => {
  let server, proxy, browser, page;

  before(async () => {
    server = await Server.start();
    proxy = await Proxy.start(server, { 'content-security-policy':
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; object-src 'none'; report-uri /csp" });
    sql(server.db, TEXTS.map((text, i) => `INSERT INTO job(name, state, progress, step, error, url)
        VALUES(${quoted(text)}, '${i % 2 ? 'failed' : 'running'}', 50, ${quoted(text)}, ${i % 2 ? quoted(text) : 'NULL'}, ${quoted(URLS[i % URLS.length])});
      INSERT INTO log(job_id, message) VALUES(1, ${quoted(text)});
      INSERT INTO log(job_id, event, message) VALUES(1, 'group', ${quoted(text)}), (1, 'group-end', '');`).join(''));
    browser = await startChromium();
    page = await newPage(browser);
  });
  after(async () => {
    await browser?.close();
    await proxy.stop();
  });

  it('stays text in the list and in the log', async () => {
    await page.goto(`${proxy.page}#job=1`);
    await isLive(page);
    await until('every line', async () => (await linesOf(page)).length === 3 * TEXTS.length);
    const foreign = await page.evaluate(() => {
      const known = /^(tailrow-(jobs|job|log|connection)|a|div|span|p|ul|li|progress|button|input|select|option|form|details|summary)$/;
      const all = (root) => [...root.querySelectorAll('*')].flatMap((element) =>
        [element.localName, ...element.shadowRoot ? all(element.shadowRoot) : []]);
      return [...document.querySelectorAll('tailrow-jobs, tailrow-log, #head')]
        .flatMap((element) => all(element.shadowRoot)).filter((name) => !known.test(name));
    });
    assert.deepEqual(foreign, []);
    const lines = await linesOf(page);
    assert.equal(lines[0], TEXTS[0]);
    assert.ok(lines.includes('click') && lines.includes('link'), 'the text of a link, and no link');
  });

  it('stays text as it comes', async () => {
    for (const text of TEXTS.slice(0, 10))
      sql(server.db, `INSERT INTO log(job_id, message) VALUES(1, ${quoted(`live ${text}`)});
        UPDATE job SET step=${quoted(`live ${text}`)} WHERE id=1;`);
    await until('the last one', async () => (await linesOf(page)).at(-1) === `live ${TEXTS[9]}`);
  });

  it('is no address but a web page\'s', async () => {
    const links = await page.evaluate(() => [...document.querySelector('tailrow-jobs').shadowRoot.querySelectorAll('tailrow-job')]
      .flatMap((job) => [...job.shadowRoot.querySelectorAll('a.result:not([hidden])')].map((link) => link.href)));
    assert.deepEqual([...new Set(links)].sort(), [`http://evil.example/ok`, 'https://example.org/ok']);
  });

  it('runs nothing, asks nobody, breaks no policy', async () => {
    assert.equal(await page.evaluate(() => window.owned), undefined);
    assert.deepEqual(page.complaints, []);
    assert.deepEqual(proxy.reports, []);
    assert.match(await page.title(), / tailrow$/);
  });

  it('would have been reported', async () => {
    await page.evaluate(() => {
      const image = new Image();
      image.src = 'https://evil.example/';
      document.body.append(image);
    });
    await until('a report', () => proxy.reports.length > 0);
    await browser.close();
  });

  closing(() => server);
});
