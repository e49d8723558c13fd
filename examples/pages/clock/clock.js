/* clock.js: shows the ticks that the server sends. A connection that ends in order and comes
 * back at once is no loss; three seconds without a tick are one.
 *
 * SPDX-License-Identifier: MIT
 */
const LOST_MS = 3000;
const byId = (id) => document.getElementById(id);
const count = (id) => { byId(id).textContent = String(Number(byId(id).textContent) + 1); };

let timer;
let live = false;

function say(state) {
  byId('state').textContent = state;
  byId('state').className = `pill ${state === 'live' ? 'live' : 'lost'}`;
}

function lose() {
  live = false;
  count('losses');
  say('connection lost');
}

const events = new EventSource('/tailrow/api/events?event=tick&since=now');
events.onopen = () => count('connections');
events.addEventListener('tick', ({ data }) => {
  byId('time').textContent = data;
  if (!live) say('live');
  live = true;
  clearTimeout(timer);
  timer = setTimeout(lose, LOST_MS);
});
