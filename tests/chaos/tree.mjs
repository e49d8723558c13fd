// tree.mjs: which process of the pool plays which part, as /proc shows it.
//
// SPDX-License-Identifier: MIT
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { until } from '../e2e/lib/wait.mjs';

const parentOf = (pid) => Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/^PPid:\t(\d+)$/m)[1]);

/** What the descriptors of the process refer to. */
export const descriptors = (pid) =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

/** The parts as they are now, or undefined where one of them is missing. */
function partsNow(server) {
  const pids = server.responders();
  const children = (pid) => pids.filter((p) => parentOf(p) === pid);
  const supervisor = pids.find((pid) => children(pid).length > 3);
  if (!supervisor) return undefined;
  const holds = (what) => (pid) => descriptors(pid).includes(what);
  const guardian = pids.filter((pid) => pid !== supervisor).find(holds('anon_inode:[signalfd]'));
  const watcher = children(supervisor).find(holds('anon_inode:inotify'));
  const workers = children(supervisor).filter((pid) => pid !== guardian && pid !== watcher);
  return guardian && watcher && { guardian, supervisor, watcher, workers };
}

/** The parts, once the tree stands. */
export const parts = (server) => until('the tree stands', () => {
  try {
    return partsNow(server);
  } catch {
    return undefined; // one of them has just gone
  }
}, 10_000);

/** A child that reads the database for one of the workers, if there is one at this moment. */
export function visitorOf(workers) {
  for (const pid of workers) {
    try {
      const child = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
      if (child) return child;
    } catch {
      // the worker has gone
    }
  }
  return undefined;
}
