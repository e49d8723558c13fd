/* format.js: values made into text for people.
 *
 * SPDX-License-Identifier: MIT
 */

/** @param {string} at when a line was written: 14:03:59, in the reader's time zone */
export const clockTime = (at) => new Date(at).toTimeString().slice(0, 8);

/** @param {string} at when a job began: the time, with the date where it was not today */
export function moment(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], {
    ...(!today && { day: 'numeric', month: 'short' }),
    hour: '2-digit', minute: '2-digit', hourCycle: 'h23',
  });
}

/** @param {number} span_ms as 42s, 12m 3s, 1h 2m, 3d 4h */
export function duration(span_ms) {
  const s = Math.max(0, Math.floor(span_ms / 1000));
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m ${s % 60}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${Math.floor(s / 60) % 60}m`;
  return `${Math.floor(s / 86400)}d ${Math.floor(s / 3600) % 24}h`;
}

/** @param {number} n */
export const grouped = (n) => n.toLocaleString('en-GB');

/** @param {string | null} [url] @returns {string | null} null: not one for http or https */
export function safeUrl(url) {
  try {
    const { protocol, href } = new URL(url ?? '', document.baseURI);
    return url && /^https?:$/.test(protocol) ? href : null;
  } catch {
    return null;
  }
}
