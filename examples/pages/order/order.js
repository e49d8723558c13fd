/* order.js: rows come, change and go as the shop's table does; the server sends each customer
 * their own and no others.
 *
 * - The ticker is another stream of the same connection. An EventSource for the orders and one
 *   for the ticker would do as well; that is two of the six connections of HTTP/1.1.
 *
 * SPDX-License-Identifier: MIT
 */
const byId = (id) => document.getElementById(id);

/** @type {Map<number, {id: number, item: string, status: string, eta_min: number | null}>} */
const orders = new Map();

const CLASSES = { delivered: 'succeeded', 'on its way': 'running' };

function cell(text, className = '') {
  const td = document.createElement('td');
  td.textContent = text;
  td.className = className;
  return td;
}

function render() {
  byId('none').hidden = orders.size > 0;
  byId('orders').replaceChildren(...[...orders.values()].sort((a, b) => a.id - b.id).map((order) => {
    const tr = document.createElement('tr');
    tr.append(cell(String(order.id)), cell(order.item), cell(order.status, CLASSES[order.status]),
      cell(order.eta_min === null ? '–' : `${order.eta_min} min`, 'number'));
    return tr;
  }));
}

function say(state) {
  byId('state').textContent = state;
  byId('state').className = `pill ${state}`;
}

/** Opens the connection, and another one where the server had none to give: a shop that has
 * just been started has no tables yet. */
function open() {
  const events = new EventSource('/tailrow/api/events?stream=orders,ticker&tail=1');
  const on = (name, take) => events.addEventListener(name, (e) => take(e.data));
  let timer;
  on('orders:snapshot', (data) => {
    orders.clear();
    for (const order of JSON.parse(data).rows) orders.set(order.id, order);
    render();
  });
  on('orders:row', (data) => {
    const order = JSON.parse(data);
    orders.set(order.id, order);
    render();
  });
  on('orders:gone', (data) => {
    orders.delete(JSON.parse(data).key);
    render();
  });
  on('ticker:sold', (data) => { byId('ticker').textContent = data; });
  events.onopen = () => {
    clearTimeout(timer);
    say('live');
  };
  events.onerror = () => {
    clearTimeout(timer);
    timer = setTimeout(() => say('waiting'), 3000);
    if (events.readyState === EventSource.CLOSED) setTimeout(open, 2000);
  };
}
open();
