// trace.mjs: the system calls of processes, by strace.
//
// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { until } from './wait.mjs';

/** Traces `pids` and what they fork into `file`. */
export async function trace(pids, file) {
  const options = ['-f', '-y', '-s', '0', '-o', file, ...pids.flatMap((pid) => ['-p', pid])];
  const strace = spawn('strace', options, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  strace.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
  const attached = (pid) => said.includes(`Process ${pid} attached`);
  await until('strace is attached', () => pids.every(attached));
  return {
    lines: () => readFileSync(file, 'utf8').split('\n'),
    stop: async () => {
      strace.kill('SIGINT');
      await once(strace, 'exit');
    },
  };
}
