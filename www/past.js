/* past.js: the lines of the selected job from before the stream began.
 *
 * - The lines of no job have no such past: the stream cannot be asked for them alone.
 *
 * SPDX-License-Identifier: MIT
 */

import { KEEP } from './lines.js';
import { readOnce } from './stream.js';

/** As many as an unseen log keeps: one that was cut to that length needs no past. */
const PAST_LINES = KEEP.other;

/**
 * Reads the past of the selected job, unless it is here or on its way.
 *
 * @param {import('./store.js').Store} store @param {string} api
 */
export async function readPast(store, api) {
  const jobId = store.selected;
  if (jobId == null) return;
  const log = store.log(jobId);
  if (log.past === 'known' || log.past === 'reading' || log.cut) return;
  log.past = 'reading';
  const { generation } = log;
  const frames = await readOnce(api, { job: jobId, tail: PAST_LINES }).catch(() => null);
  if (log.generation !== generation) return; // the log started over: this is another one's
  log.past = frames ? 'known' : 'refused';
  log.cut ||= (frames?.length ?? 0) >= PAST_LINES;
  store.addPast(jobId, frames ?? []);
}
