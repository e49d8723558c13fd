// runner.mjs: starts tailrow run, and looks at what it leaves.
//
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { binary, environment, sql } from './lib.mjs';

/** Where a runner of this place keeps its spools. */
export const spoolDir = (place) => join(place.dir, 'state', 'tailrow');

export const spools = (place) => (existsSync(spoolDir(place)) ? readdirSync(spoolDir(place)) : []);

/** The environment in which spools stay in the test's own directory. */
export const ownState = (place, extra = {}) =>
  environment(place, { HOME: place.dir, XDG_STATE_HOME: join(place.dir, 'state'), ...extra });

/**
 * Starts tailrow with args in the place's directory. `ended` gives { status, signal, stdout,
 * stderr } (text, or bytes with `raw`); what came so far is in `out` and `err`. Killed after
 * `limitMs`, and when the test is over.
 */
export function start(t, place, args, { env, stdio, raw, limitMs = 60000 } = {}) {
  return watch(t, spawn(binary, args, {
    cwd: place.dir, env: ownState(place, env), stdio: stdio ?? ['ignore', 'pipe', 'pipe'],
  }), raw, limitMs);
}

/** The same for a shell script in which tailrow is $0. */
export function startUnder(t, place, script) {
  return watch(t, spawn('sh', ['-c', script, binary], {
    cwd: place.dir, env: ownState(place), stdio: ['ignore', 'pipe', 'pipe'],
  }));
}

function watch(t, child, raw = false, limitMs = 60000) {
  const out = [], err = [];
  child.stdout?.on('data', (chunk) => out.push(chunk));
  child.stderr?.on('data', (chunk) => err.push(chunk));
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  t.after(() => child.kill('SIGKILL'));
  const read = (chunks) => (raw ? Buffer.concat(chunks) : Buffer.concat(chunks).toString());
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(limit);
      resolve({ status, signal, stdout: read(out), stderr: read(err) });
    });
  });
  return { child, ended, out: () => Buffer.concat(out).toString(), err: () => Buffer.concat(err).toString() };
}

/** `tailrow run -- sh -c SCRIPT`. */
export const startShell = (t, place, script, options = [], more) =>
  start(t, place, ['run', ...options, '--', 'sh', '-c', script], more);

export const runShell = (...args) => startShell(...args).ended;

/** The messages of a job's log, in order. */
export const lines = (place, job = 1) =>
  sql(place, `SELECT message FROM log WHERE event = 'log' AND job_id = ${job} ORDER BY id`).split('\n');

/** The columns of a job, joined by |. */
export const job = (place, columns, id = 1) => sql(place, `SELECT ${columns} FROM job WHERE id = ${id}`);

function ifThere(read, other) {
  try {
    return read();
  } catch {
    return other;
  }
}

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number);

/** Parent and state of a process; undefined: it is gone. */
function look(pid) {
  const stat = ifThere(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const [state, parent] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return state && state !== 'Z' ? { parent: Number(parent) } : undefined;
}

/** The writer of a runner: that child of it which runs the same program. */
export const writerOf = (child) => pids().find((pid) => look(pid)?.parent === child.pid &&
  ifThere(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'), '') ===
  ifThere(() => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'), 'none'));

/** The processes, of any parent, whose environment has this variable. */
export const withVariable = (variable) => pids().filter((pid) => look(pid) &&
  ifThere(() => readFileSync(`/proc/${pid}/environ`, 'utf8'), '').split('\0').includes(variable));

/** Waits for a condition. */
export async function until(what, condition, limitMs = 20000) {
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(20)) {
    const got = condition();
    if (got) return got;
  }
  throw new Error(`not within ${limitMs} ms: ${what}`);
}
