// lib.mjs: what the tests of the installation share.
//
// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { root } from '../e2e/lib/paths.mjs';

/** Runs a command, at the repository's root. Returns { status, stdout, stderr }. */
export function attempt(command, args, options) {
  const { error, ...result } = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  assert.ifError(error);
  return result;
}

/** The same where it must succeed; returns what it prints. */
export function run(command, args, options) {
  const { status, stdout, stderr } = attempt(command, args, options);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${stdout}${stderr}`);
  return stdout;
}
