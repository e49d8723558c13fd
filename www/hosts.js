/* hosts.js: where the hub lives: the best place that this browser and this address allow.
 *
 * - A SharedWorker, on plain HTTP too: one stream for all tabs, whichever closes.
 * - Without one (Chrome on Android, a script from another origin): Web Locks choose the tab that
 *   leads, a BroadcastChannel carries its frames. They need HTTPS, or localhost.
 * - Without these: a stream a tab, dropped while the tab is hidden, because a browser opens
 *   six connections to a server and no more.
 * - Part of the client (tailrow.js).
 *
 * SPDX-License-Identifier: MIT
 */

/** @typedef {import('./hub.js').Port} Port */

/** A change of the messages between tab and worker needs another name. */
const NAME = 'tailrow 1';

/** @param {string} api @param {(lost: true) => void} lost @returns {Port | null} */
function sharedWorker(api, lost) {
  try {
    const worker = new SharedWorker(new URL('worker.js', import.meta.url), { type: 'module', name: NAME });
    worker.onerror = () => lost(true);
    worker.port.postMessage({ api });
    return worker.port;
  } catch {
    return null; // there is none, or not from this origin
  }
}

/** A port to the leading tab, which may be this one. @implements {Port} */
class ChannelPort {
  /** @type {Port['onmessage']} */
  onmessage = null;
  #id = Math.random();
  #channel;

  /** @param {string} name */
  constructor(name) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = ({ data: { to, message } }) => {
      if (to === this.#id) this.onmessage?.({ data: message });
      if (to === 'all') this.onmessage?.({ data: { behind: true } }); // another one leads now
    };
  }

  /** @param {any} message */
  postMessage(message) {
    this.#channel.postMessage({ from: this.#id, message });
  }

  close() {
    this.#channel.close();
  }
}

/** Leads, once the tab that led is gone. @param {string} api @param {string} name */
function lead(api, name) {
  navigator.locks.request(name, async () => {
    const { Hub } = await import('./hub.js');
    const hub = new Hub(api);
    const channel = new BroadcastChannel(name);
    /** @type {Map<number, Port>} */
    const ports = new Map();
    channel.onmessage = ({ data: { from, message } }) => {
      if (from === undefined) return;
      const port = ports.get(from) ?? {
        postMessage: (reply) => channel.postMessage({ to: from, message: reply }),
        onmessage: null,
        close: () => ports.delete(from),
      };
      if (!ports.has(from)) hub.connect(port);
      ports.set(from, port);
      port.onmessage?.({ data: message });
    };
    channel.postMessage({ to: 'all' });
    await new Promise(() => {}); // for as long as this tab lives
  });
}

/** @type {Map<string, Promise<import('./hub.js').Hub>>} */
const own = new Map();

/** @param {string} api @param {Port} port */
async function inThisTab(api, port) {
  const hub = own.get(api) ?? import('./hub.js').then(({ Hub }) => new Hub(api, true));
  own.set(api, hub);
  (await hub).connect(port);
}

/** @type {Set<string>} */
const candidates = new Set();

/**
 * @param {string} api
 * @param {(port: Port, kind: 'shared' | 'led' | 'own') => void} use called again with another
 *   port where the first one turns out to lead nowhere
 */
export function openPort(api, use) {
  const other = () => {
    if (navigator.locks && typeof BroadcastChannel !== 'undefined') {
      const name = `${NAME} ${api}`;
      use(new ChannelPort(name), 'led');
      if (!candidates.has(name)) lead(api, name);
      candidates.add(name);
    } else {
      const { port1, port2 } = new MessageChannel();
      inThisTab(api, port2);
      use(port1, 'own');
    }
  };
  const port = sharedWorker(api, other);
  if (port) use(port, 'shared');
  else other();
}
