// paths.mjs: where the programs and files under test are. TAILROW_BUILD chooses another
// build (build-asan, say); relative to the repository.
//
// SPDX-License-Identifier: MIT
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const build = resolve(root, process.env.TAILROW_BUILD ?? 'build');
export const tailrow = join(build, 'tailrow');
export const responder = join(build, 'tailrow.fcgi');
export const responderAsCgi = join(build, 'tailrow.cgi');
