// cable.mjs: a network of one's own, whose cable can be pulled.
//
// - In a network namespace servers and clients still meet at 127.0.0.1, and a packet filter
//   there concerns nobody else. In a process namespace, all processes end with the first.
//
// SPDX-License-Identifier: MIT
import { execFileSync, spawnSync } from 'node:child_process';

const APART = ['--pdeathsig', 'KILL', 'unshare', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;

/**
 * Goes on in a network of its own: this process becomes one that runs the same there, and ends
 * as it does.
 * @returns {string | undefined} why not, where this user or system does not allow it
 */
export function enterOwnNetwork() {
  if (process.env.TAILROW_OWN_NETWORK) {
    execFileSync('ip', ['link', 'set', 'lo', 'up'], { env: { PATH } });
    return undefined;
  }
  const trial = spawnSync('setpriv', [...APART, 'nft', 'list', 'ruleset'], { env: { PATH }, encoding: 'utf8' });
  if (trial.status !== 0) return trial.error?.message ?? trial.stderr.trim();
  const { status } = spawnSync('setpriv', [...APART, process.execPath, ...process.execArgv, process.argv[1]],
    { stdio: 'inherit', env: { ...process.env, TAILROW_OWN_NETWORK: '1' } });
  return process.exit(status ?? 1);
}

/** From now on every packet is lost, and nobody is told. */
export function pullCable() {
  const rules = 'table inet cable { chain input { type filter hook input priority 0; policy drop; }; }';
  execFileSync('nft', [rules], { env: { PATH } });
}
