/* format.js: values made into text for people, and text made fit to be shown.
 *
 * SPDX-License-Identifier: MIT
 */

const SGR = /\x1b\[[0-9;:]*m/g;
const CONTROL = /[\0-\x08\x0b-\x1f\x7f]/g; // all but tab and newline

/** @param {string} at when a line was written: 14:03:59, in the reader's time zone */
export function clockTime(at) {
  return new Date(at).toTimeString().slice(0, 8);
}

/** @param {string} at when a job began: the time, with the date where it was not today */
export function moment(at) {
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleString([], {
    ...(today ? {} : { day: 'numeric', month: 'short' }),
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

/**
 * A terminal's output as plain text: colours go, a carriage return rewrites its line, any
 * other control character is written ^X. Linear in the length, whatever is in it.
 *
 * @param {string} text
 */
export function plain(text) {
  return text
    .replace(SGR, '')
    .split('\n')
    .map((line) => line.split('\r').findLast((part) => part) ?? '')
    .join('\n')
    .replace(CONTROL, (c) => `^${String.fromCharCode(c.charCodeAt(0) ^ 64)}`);
}

/** @param {string | null} url @returns {string | null} null: not one for http or https */
export function safeUrl(url) {
  const parsed = url ? URL.parse(url, document.baseURI) : null;
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.href : null;
}
