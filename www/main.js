/* main.js: joins the stream, the store and the elements of the page.
 *
 * SPDX-License-Identifier: MIT
 */

import { announcer } from './announce.js';
import { nameOf, TailrowJob } from './job.js';
import { readPast } from './past.js';
import { Store } from './store.js';
import { readOnce, Stream } from './stream.js';
import './connection.js';
import './jobs.js';
import './log.js';

/** @type {(selector: string) => any} */
const find = (selector) => document.querySelector(selector);

const api = new URL(`${find('meta[name=tailrow-api]').content}/`, document.baseURI).href;
const store = new Store();
const stream = new Stream(api, { tail: 200 });

/** @returns {import('./store.js').JobId | undefined} what the address asks for */
function wanted() {
  if (location.hash === '#system') return null;
  const job = /^#job=(\d+)$/.exec(location.hash);
  return job ? Number(job[1]) : undefined;
}

function selectWanted() {
  const jobId = wanted();
  if (jobId !== undefined) store.select(jobId);
}

/** Where the address asks for nothing, the first job there is, for as long as it is there. */
function selectSome() {
  const [first] = store.sorted();
  if (wanted() === undefined && first && !store.jobs.has(store.selected ?? 0))
    store.select(first.jobId);
}

function showPanel() {
  const nothing = store.selected === undefined;
  find('#empty').hidden = !nothing;
  find('tailrow-log').hidden = nothing;
}

/** In the header and in the tab's title. */
function showCounts() {
  const states = /** @type {const} */ (['running', 'failed']);
  const counts = states.filter((state) => store.count(state))
    .map((state) => `${store.count(state)} ${state}`);
  find('#summary').textContent = counts.join(' · ');
  document.title = [...counts, 'tailrow'].join(' · ');
}

/** Jobs may have ended, or gone, in rows that were deleted: asks for all of them. */
async function refreshJobs() {
  const frames = await readOnce(api, { tail: 0 }).catch(() => []);
  for (const frame of frames) if (frame.event === 'snapshot') store.replaceJobs(frame);
}

/** @param {import('./stream.js').Frame} frame */
function take(frame) {
  store.apply(frame);
  if (frame.event === 'hello' || frame.event === 'snapshot') readPast(store, api);
  if (frame.event === 'gap') refreshJobs();
}

function tick() {
  /** @type {NodeListOf<TailrowJob>} */
  const running = document.querySelectorAll('tailrow-job[data-state=running]');
  for (const job of running) job.tick(Date.now() + store.skew_ms);
}

function announce() {
  const say = announcer(find('#status'));
  stream.addEventListener('state', () => say(`${stream.state}.`));
  store.addEventListener('ended', (event) => {
    const job = /** @type {CustomEvent} */ (event).detail;
    say(`${nameOf(job)}: ${job.state}.`);
  });
}

find('tailrow-jobs').follow(store);
find('tailrow-log').follow(store);
find('tailrow-connection').follow(stream);
announce();
store.addEventListener('jobs', selectSome);
store.addEventListener('jobs', showPanel);
store.addEventListener('jobs', showCounts);
store.addEventListener('selected', showPanel);
store.addEventListener('selected', () => readPast(store, api));
stream.addEventListener('frame', (event) => take(/** @type {CustomEvent} */ (event).detail));
addEventListener('hashchange', selectWanted);
addEventListener('pageshow', ({ persisted }) => persisted && stream.open());
setInterval(tick, 1000);
selectWanted();
stream.open();
