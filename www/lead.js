/* lead.js: where the hub lives when there is no SharedWorker for it (Chrome on Android; a script
 * from another origin): in a tab.
 *
 * - Web Locks choose the tab that leads, a BroadcastChannel carries its frames: one stream for
 *   all tabs still, and another tab leads when that one closes. They need HTTPS, or localhost.
 * - Without these: a stream a tab, dropped while the tab is hidden, because a browser opens
 *   six connections to a server and no more.
 * - Part of the client (tailrow.js), fetched only where it is needed.
 *
 * SPDX-License-Identifier: MIT
 */
import { Hub } from './hub.js';

/** @typedef {import('./hub.js').Port} Port */

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
}

/** Leads, once the tab that led is gone. @param {string} api @param {string} name */
function lead(api, name) {
  navigator.locks.request(name, () => {
    const hub = new Hub(api), channel = new BroadcastChannel(name);
    /** @type {Map<number, Port>} */
    const ports = new Map();
    channel.onmessage = ({ data: { from, message } }) => {
      if (from === undefined) return;
      const port = ports.get(from) ?? {
        postMessage: (reply) => channel.postMessage({ to: from, message: reply }),
        onmessage: null,
        gone: () => ports.delete(from),
      };
      if (!ports.has(from)) hub.connect(port);
      ports.set(from, port);
      port.onmessage?.({ data: message });
    };
    channel.postMessage({ to: 'all' });
    return new Promise(() => {}); // for as long as this tab lives
  });
}

/** Of this tab, by name. @type {Map<string, Hub | null>} */
const hubs = new Map();

/** @param {string} api @param {string} name @returns {Port} */
export function openPort(api, name) {
  if (navigator.locks && typeof BroadcastChannel !== 'undefined') {
    const port = new ChannelPort(name);
    if (!hubs.has(name)) lead(api, name);
    hubs.set(name, null);
    return port;
  }
  const { port1, port2 } = new MessageChannel();
  const hub = hubs.get(name) ?? new Hub(api, true);
  hubs.set(name, hub);
  hub.connect(port2);
  return port1;
}
