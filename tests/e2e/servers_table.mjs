// servers_table.mjs: writes the README's table of web servers from what the tests found.
//
// SPDX-License-Identifier: MIT
import { writeTable } from './lib/findings.mjs';

writeTable();
