/* worker.js: the SharedWorker in which the one stream of all tabs lives.
 *
 * - A tab's first message names the responder's address; each has a hub of its own.
 *
 * SPDX-License-Identifier: MIT
 */
import './filter.js'; // named here, so that all are fetched at once
import './source.js';
import { Hub } from './hub.js';

/** @type {Map<string, Hub>} */
const hubs = new Map();

/** @type {any} */ (self).onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => {
  port.onmessage = ({ data: { api } }) => {
    const hub = hubs.get(api) ?? new Hub(api);
    hubs.set(api, hub);
    hub.connect(port);
  };
};
