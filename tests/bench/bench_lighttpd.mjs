// bench_lighttpd.mjs: the time from a commit's return, in another process, to the client.
//
// - 20 streams through lighttpd; rows are committed one by one at random gaps, and each
//   arrival at each stream is one measurement. The clock is the system's monotonic one.
// - One process reads all the streams, as no real client does: what it adds is in the figures.
// - A quiet machine with two cores: p99 within 5 ms.
//
// SPDX-License-Identifier: MIT
import { writeRows } from '../e2e/lib/database.mjs';
import { Server } from '../e2e/lib/server.mjs';
import { openMany } from '../e2e/lib/sse.mjs';
import { until } from '../e2e/lib/wait.mjs';

const STREAMS = 20, ROWS = 2000;

/** Commits ROWS rows and returns the milliseconds to every arrival, in rising order. */
async function measure(server, maxGapMs) {
  const arrivals = [];
  const onFrame = (frame) => frame.event === 'log' &&
    arrivals.push([Number(frame.id.split('-')[1]), process.hrtime.bigint()]);
  const streams = await openMany(STREAMS, `${server.api}/events?since=now`, { onFrame });
  const { committed, done } = writeRows(server.db, { rows: ROWS, maxGapMs });
  await done;
  await until('every arrival', () => arrivals.length === STREAMS * ROWS, 10_000);
  for (const stream of streams) stream.leave();
  return arrivals.map(([id, ns]) => Number(ns - committed.get(id)) / 1e6).sort((a, b) => a - b);
}

const server = await Server.start();
console.log(`lighttpd, ${STREAMS} streams, ${ROWS} rows: from the commit's return to the client`);
for (const maxGapMs of [5, 20]) {
  const ms = await measure(server, maxGapMs);
  const at = (share) => `${ms[Math.floor((ms.length - 1) * share)].toFixed(2)} ms`;
  console.log(`  gaps of 0 to ${maxGapMs} ms:  p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)}`);
}
await server.stop();
