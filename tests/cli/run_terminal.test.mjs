// run_terminal.test.mjs: on a real terminal: keys, job control and size, with --pty and without.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { binary, scratch, sql } from './lib.mjs';
import { job, lines, ownState, startShell, withVariable } from './runner.mjs';

const player = fileURLToPath(new URL('terminal.py', import.meta.url));

/** Runs a shell script, in which tailrow is $0, on a terminal, and plays these lines. */
function onTerminal(place, script, plays, env) {
  const child = spawn('python3', [player, 'bash', '-c', script, binary],
    { cwd: place.dir, env: ownState(place, { TERM: 'xterm', ...env }), stdio: ['pipe', 'pipe', 'inherit'] });
  let shown = '';
  child.stdout.on('data', (chunk) => { shown += chunk; });
  child.stdin.end(plays.join('\n'));
  return new Promise((resolve) => {
    child.on('close', () => {
      const [, text, status] = shown.match(/^([^]*)status (\d+)\n$/) ?? [null, shown, 'none'];
      resolve({ shown: text.replaceAll('\r\n', '\n'), status: Number(status) });
    });
  });
}

test('without --pty the keyboard is the command’s', async (t) => {
  const place = scratch(t);
  const { shown, status } = await onTerminal(place, `"$0" run -- sh -c 'printf "Name? "; read name; echo "Hello $name"'`,
    ['wait Name? ', 'type Ada\\n']);
  assert.equal(shown, 'Name? Ada\nHello Ada\n');
  assert.equal(status, 0);
  assert.deepEqual(lines(place), ['Name? Hello Ada']);
});

// dash loses a SIGINT that comes while it is in vfork()
const READY = 'import time; print("ready", flush=True); time.sleep(60)';

test('Ctrl-C ends the command, and the script around it as well', async (t) => {
  const place = scratch(t);
  const { shown, status } = await onTerminal(place, `"$0" run -- python3 -c '${READY}'; echo "not reached"`,
    ['wait ready', 'type \\x03']);
  assert.doesNotMatch(shown, /not reached/);
  assert.equal(status & 0x7f, 2);
  assert.equal(job(place, 'state, exit_code, signal, error'), 'canceled|130|2|stopped by signal 2 (Interrupt)');
});

test('Ctrl-C that the command survives is not the runner’s end', async (t) => {
  const place = scratch(t);
  const { shown } = await onTerminal(place, `"$0" run -- sh -c 'trap "echo caught; exit 0" INT; echo ready; while :; do sleep 0.05; done'; echo "status $?"`,
    ['wait ready', 'type \\x03', 'wait caught']);
  assert.match(shown, /status 0/);
  assert.equal(job(place, 'state'), 'succeeded');
});

test('Ctrl-Z stops, and fg goes on', async (t) => {
  const place = scratch(t);
  const { shown } = await onTerminal(place, `set -m; "$0" run -- sh -c 'echo ready; sleep 1; read x; echo "got $x"'; echo stopped; fg`,
    ['wait ready', 'type \\x1a', 'wait stopped', 'type word\\n', 'wait got word']);
  assert.match(shown, /got word/);
  assert.equal(job(place, 'state'), 'succeeded');
});

test('on a terminal too a stop ends all that the command started, and nobody else', async (t) => {
  const place = scratch(t);
  const { shown } = await onTerminal(place, `MARK=other sleep 60 & export MARK=$PWD
    "$0" run -- sh -c 'sleep 60 & (sleep 60 &); echo ready; wait' & runner=$!
    read line; kill $runner; wait $runner; echo "status $?"; kill %1 && echo "the other lives"`,
    ['wait ready', 'type \\n', 'wait lives']);
  assert.match(shown, /status 143\nthe other lives/);
  assert.equal(job(place, 'state, signal'), 'canceled|15');
  assert.deepEqual(withVariable(`MARK=${place.dir}`), []);
});

test('--pty: the command sees a terminal of our size, and its changes', async (t) => {
  const place = scratch(t);
  const { shown, status } = await onTerminal(place,
    `"$0" run --pty -- bash -c 'tty >/dev/null && echo terminal; stty size; trap "stty size; exit 5" WINCH; echo ready; while :; do sleep 0.05; done'`,
    ['wait ready', 'size 33 99', 'wait 33 99']);
  assert.equal(shown, 'terminal\n24 80\nready\n33 99\n');
  assert.equal(status >> 8, 5);
  assert.deepEqual(lines(place), ['terminal', '24 80', 'ready', '33 99']);
});

test('--pty: keys go through unchanged, and Ctrl-C is the command’s', async (t) => {
  const place = scratch(t);
  const { shown } = await onTerminal(place,
    `"$0" run --pty -- bash -c 'trap "echo caught" INT; printf "Name? "; read name; read name; echo "Hello $name"'; stty -a`,
    ['wait Name? ', 'type \\x03', 'wait caught', 'type \\n', 'type Ada\\n', 'wait Hello Ada', 'wait isig']);
  assert.match(shown, /Hello Ada\n/);
  assert.match(shown, / echo /, 'the terminal is as it was');
  assert.equal(job(place, 'state'), 'succeeded');
});

test('--pty without a terminal: input has its end, output is one stream', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'test -t 0 && test -t 1 && test -t 2 && cat; echo end >&2', ['--pty'],
    { stdio: ['pipe', 'pipe', 'pipe'] });
  it.child.stdin.end('one\ntwo');
  const { status, stdout, stderr } = await it.ended;
  assert.deepEqual([status, stdout, stderr], [0, 'one\r\ntwoend\r\n', '']);
  assert.equal(sql(place, "SELECT group_concat(level || ' ' || message) FROM log WHERE event = 'log'"), 'info one,info twoend');
});
