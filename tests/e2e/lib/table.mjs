// table.mjs: what a page holds of a stream in table mode.
//
// SPDX-License-Identifier: MIT

/**
 * The rows by key, snapshot and changes applied.
 * @param {import('./sse.mjs').Frame[]} frames
 * @param {string} [name] of the stream, where the connection carries several
 */
export function tableOf(frames, name) {
  const prefix = name ? `${name}:` : '';
  const rows = new Map();
  for (const { event, json } of frames) {
    if (event === `${prefix}snapshot`) {
      rows.clear();
      for (const row of json.rows) rows.set(row.id, row);
    }
    if (event === `${prefix}row`) rows.set(json.id, json);
    if (event === `${prefix}gone`) rows.delete(json.key);
  }
  return [...rows.values()].sort((a, b) => a.id - b.id);
}
