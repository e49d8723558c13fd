// wait.mjs: waiting for a condition with a deadline, in place of fixed sleeps.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** How many times slower than natively the programs run (under valgrind); all deadlines wait so. */
const patience = Number(process.env.TEST_PATIENCE ?? 1);

/**
 * Asks `condition` again and again until it gives something true, which is returned.
 * Fails, naming `what`, after `limitMs`.
 * @template T
 * @param {string} what
 * @param {() => T | Promise<T>} condition
 * @param {number} limitMs
 * @returns {Promise<T>}
 */
export async function until(what, condition, limitMs = 5000) {
  limitMs *= patience;
  const begun = performance.now();
  for (;;) {
    const got = await condition();
    if (got) return got;
    const waitedMs = performance.now() - begun;
    assert.ok(waitedMs < limitMs, `not within ${limitMs} ms: ${what}`);
    await sleep(Math.min(100, Math.max(10, waitedMs / 10))); // asking is work, too
  }
}

/**
 * The value of `promise`, or a failure that names `what` after `limitMs`.
 * @template T
 * @param {string} what
 * @param {Promise<T>} promise
 * @param {number} limitMs
 * @returns {Promise<T>}
 */
export async function within(what, promise, limitMs = 5000) {
  limitMs *= patience;
  const cancel = new AbortController();
  const late = sleep(limitMs, 'late', { signal: cancel.signal }).then(() => {
    throw new assert.AssertionError({ message: `not within ${limitMs} ms: ${what}` });
  });
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel.abort();
  }
}
