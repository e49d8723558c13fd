/* api.js: the short requests: jobs, and pages of a log.
 *
 * SPDX-License-Identifier: MIT
 */

/**
 * @typedef {{
 *   jobId: number, name: string, progress: number?, step: string?, url: string?,
 *   error: string?, exitCode: number?, startedAt: string?, finishedAt: string?,
 *   createdAt?: string, beatAt?: string | null,
 *   state: 'queued' | 'running' | 'succeeded' | 'failed' | 'canceled'
 * }} Job
 *
 * What the page knows of the server's clock: its own plus this.
 */
export const clock = { skew_ms: 0, now: () => Date.now() + clock.skew_ms };

/** @param {string | null} time the server's, now @param {number} [unit_ms] what it is cut down to */
export function setClock(time, unit_ms = 1) {
  const skew_ms = Date.parse(time ?? '') + unit_ms / 2 - Date.now();
  if (Math.abs(skew_ms - clock.skew_ms) > unit_ms) clock.skew_ms = skew_ms;
}

/** A refusal, with a sentence for people. */
export class Refusal extends Error {
  /** @param {string} message @param {number} status 0: no answer */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} api @param {string} path
 * @param {Record<string, string | number | undefined>} [parameters]
 * @returns {Promise<any>} rejected with a Refusal
 */
export async function ask(api, path, parameters = {}) {
  const url = new URL(path, api);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  const answer = await fetch(url).catch(() => null);
  if (!answer) throw new Refusal('The server cannot be reached.', 0);
  setClock(answer.headers.get('Date'), 1000);
  const body = await answer.json().catch(() => null);
  if (!answer.ok || !body)
    throw new Refusal(body?.detail ?? `The server answers ${answer.status}.`, answer.status);
  return body;
}
