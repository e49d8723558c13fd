/* filter.js: which frames somebody wants, and the one filter that covers what all of them want.
 *
 * - The server joins its parameters with "and". So a want is a list of terms, joined with "or",
 *   each of which has the server's form; the stream carries the union, and each listener picks.
 * - Touches no DOM. Part of the client (tailrow.js).
 *
 * SPDX-License-Identifier: MIT
 */

/** Names of ours that an EventSource has to be told of; a publisher's own are named in a term. */
export const OURS = ['log', 'status-update', 'completion', 'removed', 'group', 'group-end'];
/** What tells of the stream itself goes to everybody. */
export const CONTROL = ['hello', 'snapshot', 'gap', 'reset', 'ping', 'busy', 'skip'];
const LEVELS = ['debug', 'info', 'warn', 'error'];
const MOST_ROWS = 20000;
const MOST_JOBS = 100, MOST_EVENTS = 32; // the server's limits

/**
 * job null: lines of no job. No `job`: all of them. No `event`: all of ours.
 * @typedef {{ job?: (number | null)[], event?: string[], level?: string }} Term
 *
 * n: the row's position; data: parsed where the event is ours.
 * @typedef {{ event: string, id: string, n: number, data: any }} Frame
 */

/** @template T @param {T[][]} lists @returns {T[]} */
const merged = (lists) => [...new Set(lists.flat())];

/** @param {Term[]} terms @returns {Term} the narrowest filter of the server's that covers them */
export function union(terms) {
  const job = merged(terms.map((term) => term.job ?? []));
  const event = merged(terms.map((term) => term.event ?? OURS));
  const level = Math.min(...terms.map((term) => LEVELS.indexOf(term.level ?? 'debug')));
  return {
    ...(terms.every((term) => term.job) && job.length <= MOST_JOBS && { job }),
    ...(event.length <= MOST_EVENTS && { event }),
    ...(level > 0 && { level: LEVELS[level] }),
  };
}

/** @param {Term} wide @param {Term} narrow both made by union() */
export function covers(wide, narrow) {
  const has = (/** @type {any[]=} */ all, /** @type {any[]=} */ some) =>
    !all || Boolean(some?.every((one) => all.includes(one)));
  return has(wide.job, narrow.job) && has(wide.event, narrow.event) &&
    LEVELS.indexOf(wide.level ?? 'debug') <= LEVELS.indexOf(narrow.level ?? 'debug');
}

/** @param {Term[]} terms @param {Frame} frame */
export function matches(terms, { event, data }) {
  return CONTROL.includes(event) || terms.some((term) =>
    (term.event ?? OURS).includes(event) &&
    (!term.job || data?.jobId === undefined || term.job.includes(data.jobId)) &&
    (!term.level || !data?.level || LEVELS.indexOf(data.level) >= LEVELS.indexOf(term.level)));
}

/** @param {string} api @param {Term} filter @param {Record<string, string | number>} more */
export function eventsUrl(api, { job, event, level }, more) {
  const url = new URL('events', api);
  url.search = new URL(api).search; // a ticket
  const all = { job: job?.map((id) => id ?? 'none').join(), event: event?.join(), level, ...more };
  for (const [name, value] of Object.entries(all))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** @param {Term} filter @returns {string[]} what to listen for on an EventSource */
export const names = (filter) => merged([CONTROL, OURS, filter.event ?? []]);

/** @param {MessageEvent} message @returns {Frame} */
export function frameOf({ type, lastEventId, data }) {
  const ours = CONTROL.includes(type) || OURS.includes(type);
  return { event: type, id: lastEventId, n: numberOf(lastEventId),
    data: ours ? JSON.parse(data) : data };
}

/**
 * Who was away for so many rows does not take them one by one, and is told so.
 *
 * @param {string} cursor @param {any} hello @returns {Frame | null} null: not so many
 */
export function skipped(cursor, { epoch, newest }) {
  const after = numberOf(cursor);
  return epochOf(cursor) !== epoch || newest - after <= MOST_ROWS ? null
    : { event: 'skip', id: `${epoch}-${newest}`, n: newest, data: { after, next: newest + 1 } };
}

/** @param {string} cursor EPOCH-N @returns {number} N; -1 where there is none */
export const numberOf = (cursor) =>
  cursor.includes('-') ? Number(cursor.slice(cursor.lastIndexOf('-') + 1)) : -1;

/** @param {string} cursor */
export const epochOf = (cursor) => cursor.slice(0, Math.max(0, cursor.lastIndexOf('-')));
