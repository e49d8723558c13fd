/* job.js: starts an export and follows it to its end, which may be a failure, or silence.
 *
 * - The job's number stands in the address: a reload goes on where the job is.
 *
 * SPDX-License-Identifier: MIT
 */
const api = '/tailrow/api';
const LOST_MS = 30_000; // the worker gives a sign of life each second
const byId = (id) => document.getElementById(id);

/** @type {EventSource | null} */
let events = null;
/** @type {number} */
let timer;

function say(state, step) {
  byId('state').textContent = state;
  byId('state').className = `pill ${state}`;
  if (step !== undefined) byId('step').textContent = step;
}

/** @param {{jobId: number, state: string, progress: number | null, step: string | null, url: string | null, error: string | null}} job */
function show(job) {
  byId('progress').value = job.progress ?? 0;
  say(job.state, job.step ?? '');
  byId('end').replaceChildren();
  byId('end').className = job.state;
  if (job.error) byId('end').textContent = job.error;
  if (job.url?.startsWith('/')) {
    const link = document.createElement('a');
    link.href = job.url;
    link.textContent = 'Download the export';
    byId('end').append(link);
  }
}

/** Says that a job is lost whose last sign of life is too old. A ping comes each 15 s. */
function watchBeat(ping, id) {
  const beat = ping.beats[id];
  if (beat && Date.parse(ping.time) - Date.parse(beat) > LOST_MS)
    say('lost', `No sign of life since ${new Date(beat).toLocaleTimeString()}: the worker died, or its machine did.`);
}

function follow(id) {
  events?.close();
  byId('job').hidden = false;
  byId('title').textContent = `Export ${id}`;
  byId('end').replaceChildren();
  say('waiting', '');
  events = new EventSource(`${api}/events?job=${id}&tail=0`);
  const on = (name, take) => events.addEventListener(name, (e) => take(JSON.parse(e.data)));
  on('snapshot', ({ jobs }) => jobs.forEach(show));
  on('status-update', show);
  on('completion', show);
  on('ping', (ping) => watchBeat(ping, id));
  events.onerror = () => {
    clearTimeout(timer);
    if (events.readyState === EventSource.CLOSED) return; // 204: the job has ended
    timer = setTimeout(() => say('waiting', 'Connection lost; trying again …'), 3000);
  };
  events.onopen = () => clearTimeout(timer);
}

byId('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await fetch('start.php', { method: 'POST', body: new FormData(event.target) });
  byId('refused').textContent = response.ok ? '' : `The export was not started: ${response.status}`;
  if (response.ok) location.hash = (await response.json()).id;
});

const open = () => /^#\d+$/.test(location.hash) && follow(location.hash.slice(1));
addEventListener('hashchange', open);
open();
