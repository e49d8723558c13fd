// sandbox.mjs: what the responder's sandbox consists of in this kernel, as the doctor says.
//
// SPDX-License-Identifier: MIT
import { spawnSync } from 'node:child_process';
import { tailrow } from './paths.mjs';

const { stdout } = spawnSync(tailrow, ['--db', '/nonexistent', 'doctor', '--json'], { encoding: 'utf8' });
const { what } = JSON.parse(stdout).findings.find((finding) => finding.name === 'sandbox');

/** What /health says of a process that is confined as far as that goes; a container may have no
 * Landlock. */
export const sandbox = /seccomp and Landlock/.test(what) ? 'seccomp, Landlock' : 'seccomp';
