// processes.mjs: the processes of one server's responder, as /proc shows them.
//
// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** As CGI the one is a link to the other, or a copy of it. */
const PROGRAMS = ['tailrow.fcgi', 'tailrow.cgi'];

/** What `read` gives, or undefined where the process has gone meanwhile. */
function ifThere(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** All pids there are. */
const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

/** The pids of a process group, without those that only wait to be reaped. */
export function groupOf(group) {
  return pids().filter((pid) => {
    const stat = ifThere(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const [state, , itsGroup] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    return state !== 'Z' && Number(itsGroup) === group;
  });
}

/** What the links to a process's open files say. */
const openFiles = (pid) => (ifThere(() => readdirSync(`/proc/${pid}/fd`)) ?? [])
  .map((fd) => ifThere(() => readlinkSync(`/proc/${pid}/fd/${fd}`)));

/** The NAME=VALUE strings that a process was started with; undefined: it has gone. */
export const environmentOf = (pid) => ifThere(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))?.split('\0');

/** The pids of the responder's processes whose database is `db`. */
export function responders(db) {
  return pids().filter((pid) => {
    const program = ifThere(() => readlinkSync(`/proc/${pid}/exe`))?.replace(/ \(deleted\)$/, '');
    return PROGRAMS.includes(basename(program ?? '')) && environmentOf(pid)?.includes(`TAILROW_DB=${db}`);
  });
}

/** Those of them that have the database open. */
export const readers = (db) => responders(db).filter((pid) => openFiles(pid).includes(db));

/** The inodes of the connections accepted on the Unix socket at `path` and still open. */
function connections(path) {
  const CONNECTED = '03';
  return readFileSync('/proc/net/unix', 'utf8').split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((column) => column[5] === CONNECTED && column[7] === path)
    .map((column) => column[6]);
}

/** How many requests the responder behind the socket at `path` holds open. */
export const openRequests = (path) => connections(path).length;

/** Of `pids`, those that hold a request on the socket at `path`. */
export function servingNow(pids, path) {
  const held = new Set(connections(path).map((inode) => `socket:[${inode}]`));
  return pids.filter((pid) => openFiles(pid).some((file) => held.has(file)));
}
