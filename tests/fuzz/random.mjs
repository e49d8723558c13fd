// random.mjs: chance for the fuzz targets in node, and how long they run.
//
// - Another seed each time; a failure names it, and SEED=… repeats the run.
//
// SPDX-License-Identifier: MIT

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 32);
let state = seed;

/** A whole number from 0 to below `below`. */
export function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * below);
}

/** One of the list. */
export const pick = (list) => list[random(list.length)];

/** Calls `round` for as many seconds as the command line says, and counts `units` for each call. */
export function fuzz(round, units) {
  const seconds = Number(process.argv[2] ?? 60);
  const end = performance.now() + seconds * 1000;
  let done = 0;
  try {
    do {
      round();
      done += units;
    } while (performance.now() < end);
  } catch (error) {
    console.error(`SEED=${seed}`);
    throw error;
  }
  console.log(`stat::number_of_executed_units: ${done}`); // as libFuzzer says it
}
