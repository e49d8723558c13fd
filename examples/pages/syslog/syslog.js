/* syslog.js: the newest lines, filtered by level at the server and by text here.
 *
 * - Tabs beyond the sixth stay alive: the page uses tailrow's client, which shares one
 *   connection among all of them.
 *
 * SPDX-License-Identifier: MIT
 */
import { Tailrow } from '/tailrow/tailrow.js';

const MOST_LINES = 2000;
const byId = (id) => document.getElementById(id);
const log = byId('log');

let stream;
let lines = 0; // in this second

const wanted = (text) => text.toLowerCase().includes(byId('filter').value.toLowerCase());

/** @param {{at: string, level: string, message: string}} line */
function append(line) {
  lines++;
  byId('late').textContent = `${Math.max(0, Date.now() - Date.parse(line.at))} ms`;
  const follows = log.scrollTop + log.clientHeight > log.scrollHeight - 20;
  const span = document.createElement('span');
  span.className = line.level;
  span.textContent = `${line.at.slice(11, 23)} ${line.message}\n`;
  span.hidden = !wanted(span.textContent);
  log.append(span);
  while (log.childElementCount > MOST_LINES) log.firstChild.remove();
  if (follows) log.scrollTop = log.scrollHeight;
}

function open() {
  stream?.close();
  log.textContent = '';
  stream = new Tailrow('/tailrow/api/', { want: [{ event: ['log'], level: byId('level').value }], tail: 200 });
  stream.onFrame(({ event, data }) => event === 'log' && append(data));
  stream.addEventListener('state', () => {
    byId('state').textContent = stream.state.name;
    byId('state').className = `pill ${stream.state.name}`;
  });
}

byId('level').addEventListener('change', open);
byId('filter').addEventListener('input', () => {
  for (const span of log.children) span.hidden = !wanted(span.textContent);
});
setInterval(() => {
  byId('rate').textContent = String(lines);
  lines = 0;
}, 1000);
open();
