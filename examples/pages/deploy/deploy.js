/* deploy.js: the newest deployment: its lines as they are printed, its state and its end.
 *
 * SPDX-License-Identifier: MIT
 */
const api = '/tailrow/api';
const byId = (id) => document.getElementById(id);
const log = byId('log');

let current = 0; // the job that is shown

/** @param {{jobId: number, name: string, state: string, progress: number | null, step: string | null, error: string | null}} job */
function show(job) {
  if (job.name !== 'deploy' || job.jobId < current) return;
  if (job.jobId > current) {
    current = job.jobId;
    log.textContent = '';
  }
  byId('name').textContent = `Deployment ${job.jobId}`;
  byId('state').textContent = job.state;
  byId('state').className = `pill ${job.state}`;
  byId('progress').value = job.progress ?? 0;
  byId('step').textContent = job.error ?? job.step ?? '';
}

/** @param {{jobId: number, level: string, message: string}} line */
function append(line) {
  if (line.jobId !== current) return;
  const follows = log.scrollTop + log.clientHeight > log.scrollHeight - 20;
  const span = document.createElement('span');
  span.className = line.level;
  span.textContent = `${line.message}\n`;
  log.append(span);
  if (follows) log.scrollTop = log.scrollHeight;
}

const events = new EventSource(`${api}/events?tail=1000`);
const on = (name, take) => events.addEventListener(name, (e) => take(JSON.parse(e.data)));
on('snapshot', ({ jobs }) => jobs.toReversed().forEach((job) => show(job)));
on('status-update', show);
on('completion', show);
on('log', append);

// The same ten seconds twice: with this page's stream alone, then with a poller beside it.

/** How often the server has read the database so far. */
async function reads() {
  const text = await (await fetch(`${api}/metrics`)).text();
  return Number(/^tailrow_queries_total (\d+)$/m.exec(text)[1]);
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function measure(who, run) {
  const before = await reads();
  byId(`${who}-requests`).textContent = String(await run());
  byId(`${who}-reads`).textContent = String(await reads() - before);
}

async function poll() {
  let requests = 0;
  for (const end = performance.now() + 10_000; performance.now() < end; requests++) {
    await fetch(`${api}/events?hold=0&since=now`);
    await wait(500);
  }
  return requests;
}

byId('compare').addEventListener('click', async ({ target }) => {
  target.disabled = true;
  await measure('stream', () => wait(10_000).then(() => 0));
  await measure('poller', poll);
  target.disabled = false;
});
