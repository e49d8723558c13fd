/* main.js: the dashboard: the list, the selected job above its log, and what the address says.
 *
 * - #job=42, #job=42&line=1234 (a row's id, which stays when older ones are deleted), #system.
 * - The list begins by itself (jobs.js); nothing waits for the log, the keys and the notices.
 *
 * SPDX-License-Identifier: MIT
 */
import './connection.js';
import { announcer } from './element.js';
import { nameOf } from './job.js';

/** @type {(selector: string) => any} */
const find = (selector) => document.querySelector(selector);
const [jobs, log, head] = [find('tailrow-jobs'), find('tailrow-log'), find('#head')];
const { list } = jobs;

/** @returns {{ job: string, line: string }} what the address asks for; empty: nothing */
function wanted() {
  const asked = new URLSearchParams(location.hash.slice(1));
  return { job: asked.has('system') ? 'none' : asked.get('job') ?? '', line: asked.get('line') ?? '' };
}

/** Where the address asks for nothing, the first job there is. */
function select() {
  const { job, line } = wanted();
  const shown = job || log.getAttribute('job') || String(list.sorted()[0]?.jobId ?? '');
  find('#empty').hidden = shown || !list.read || list.trouble;
  find('#panel').hidden = !shown;
  if (!shown) return;
  if (line) log.setAttribute('line', line);
  else log.removeAttribute('line');
  log.setAttribute('job', shown);
  jobs.setAttribute('selected', shown === 'none' ? 'system' : shown);
  find('main').classList.toggle('opened', Boolean(job));
  find('#title').hidden = shown !== 'none';
  head.hidden = shown === 'none';
  if (shown !== 'none') head.setAttribute('job', shown);
}

/** In the header, in the tab's title and as its icon: what runs, and whose last run failed. */
function showCounts() {
  const all = [...list.jobs.values()].sort((a, b) => a.jobId - b.jobId);
  const latest = [...new Map(all.map((job) => [job.name, job])).values()];
  const running = all.filter(({ state }) => state === 'running').length;
  const failed = latest.filter(({ state }) => state === 'failed').length;
  const counts = [running && `${running} running`, failed && `${failed} failed`].filter(Boolean);
  find('#summary').textContent = counts.join(' · ');
  document.title = [...counts, 'tailrow'].join(' · ');
  const icon = `icon${failed ? '-failed' : running ? '-running' : ''}.svg`;
  if (find('link[rel=icon]').getAttribute('href') !== icon) find('link[rel=icon]').href = icon;
}

function show() {
  select();
  showCounts();
}

list.addEventListener('change', show);
addEventListener('hashchange', select);
log.addEventListener('line', (/** @type {CustomEvent} */ { detail }) => {
  const line = detail === null ? '' : `&line=${detail}`;
  const job = log.getAttribute('job'), asked = wanted().job;
  if (asked && asked !== job) return; // the reader goes elsewhere already
  history.replaceState(null, '', job === 'none' ? '#system' : `#job=${job}${line}`);
});
show(); // the list may have been read before
import('./log.js');
import('./keys.js').then(({ setUpKeys }) => setUpKeys(jobs, log));
import('./notices.js').then(({ setUpNotices }) => setUpNotices(find('#notices'), list));

const events = await jobs.opened;
find('tailrow-connection').follow(events);
const say = announcer(find('#status'));
events.addEventListener('state', () => say(`${events.state.name}.`));
list.addEventListener('ended', (/** @type {CustomEvent} */ { detail: job }) => say(`${nameOf(job)}: ${job.state}.`));
