// run.test.mjs: a command as a job: what comes through, what is recorded, and how it ends.
//
// SPDX-License-Identifier: MIT
import test from 'node:test';
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { binary, done, fails, run, scratch, sql } from './lib.mjs';
import { job, lines, runShell, spools, start, startShell, startUnder, until, withVariable } from './runner.mjs';

const readable = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

test('a command’s output and status are its own, and its log has all of it', async (t) => {
  const place = scratch(t);
  const { status, stdout, stderr } = await runShell(t, place, 'echo one; echo wrong >&2; printf two; exit 3');
  assert.deepEqual({ status, stdout, stderr }, { status: 3, stdout: 'one\ntwo', stderr: 'wrong\n' });
  assert.equal(job(place, 'name, state, exit_code, signal IS NULL, error, host, cwd'),
    `sh|failed|3|1|exit status 3|${hostname()}|${place.dir}`);
  const [started, finished, beat] = job(place, 'started_at, finished_at, beat_at').split('|');
  for (const time of [started, finished, beat]) assert.match(time, readable);
  assert.ok(started <= finished);
  assert.deepEqual(sql(place, "SELECT level, message FROM log WHERE event = 'log' ORDER BY level").split('\n'),
    ['error|wrong', 'info|one', 'info|two']);
  assert.equal(sql(place, "SELECT group_concat(event) FROM log WHERE event <> 'log'"), 'status-update,completion');
  assert.deepEqual(spools(place), []);
});

test('any bytes pass unchanged, both streams apart', async (t) => {
  const place = scratch(t);
  const bytes = randomBytes(1 << 20), others = randomBytes(1 << 19);
  writeFileSync(join(place.dir, 'out'), bytes);
  writeFileSync(join(place.dir, 'err'), others);
  const result = await runShell(t, place, 'cat out & cat err >&2; wait', [], { raw: true });
  assert.equal(result.status, 0);
  assert.ok(result.stdout.equals(bytes));
  assert.ok(result.stderr.equals(others));
});

test('the command gets standard input, the directory and the environment', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'cat; pwd; echo "$HOME $TAILROW_DB $TAILROW_JOB"', [],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { TAILROW_DB: 'x.db' } });
  it.child.stdin.end('typed\n');
  const { stdout } = await it.ended;
  assert.equal(stdout, `typed\n${place.dir}\n${place.dir} ${place.db} 1\n`);
});

test('the command may log and tell progress by itself', async (t) => {
  const place = scratch(t);
  const { status, stderr } = await runShell(t, place,
    `"${binary}" log --level warn mine && "${binary}" progress 45 Syncing && echo ours`);
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(job(place, 'state, progress, step'), 'succeeded|45|Syncing');
  assert.deepEqual(lines(place), ['mine', 'ours']);
  await runShell(t, place, `"${binary}" run --name inner -- sh -c 'echo $TAILROW_JOB'; echo $TAILROW_JOB`);
  assert.deepEqual([lines(place, 2), lines(place, 3)], [['3', '2'], ['3']]);
});

test('progress that tools print, at most twice a second, the last always', async (t) => {
  const place = scratch(t);
  const { status } = await runShell(t, place,
    "for i in 1 2 3 4 5 6 7 8; do printf '\\033]9;4;1;%d\\a' $i; sleep 0.1; done; printf '\\033]9;4;1;77\\a'");
  assert.equal(status, 0);
  assert.equal(job(place, 'progress'), '77');
  const [updates, seconds] = sql(place, "SELECT count(*) - 1, julianday(max(created_at)) * 86400 - " +
    "julianday(min(created_at)) * 86400 FROM log WHERE event = 'status-update'").split('|').map(Number);
  assert.ok(updates >= 2 && updates <= 2 + 2 * seconds, `${updates} in ${seconds} s`);

  await runShell(t, place, "printf '\\033]9;4;1;50\\a'", ['--progress=none']);
  assert.equal(job(place, 'progress IS NULL', 2), '1');
  await runShell(t, place, 'echo 30; echo XXX; echo 60; echo Copying; echo XXX', ['--progress', 'gauge']);
  assert.equal(job(place, 'progress, step', 3), '60|Copying');
});

test('it exits as a shell would', async (t) => {
  const place = scratch(t);
  writeFileSync(join(place.dir, 'no-program'), 'x');
  for (const [command, status, columns, words] of [
    [['true'], 0, 'succeeded|0||'],
    [['sh', '-c', 'exit 255'], 255, 'failed|255||exit status 255'],
    [['sh', '-c', 'kill -9 $$'], 137, 'failed|137|9|ended by signal 9 (Killed)'],
    [['sh', '-c', 'kill -TERM $$'], 143, 'failed|143|15|ended by signal 15 (Terminated)'],
    [['no-such-command'], 127, 'failed|127||the command cannot be run: No such file or directory', /^tailrow: no-such-command: No such file/],
    [['./no-program'], 126, 'failed|126||the command cannot be run: Permission denied', /^tailrow: .\/no-program: Permission denied/],
  ]) {
    const result = await start(t, place, ['run', '--', ...command]).ended;
    assert.equal(result.status, status, String(command));
    assert.match(result.stderr, words ?? /^$/);
    assert.equal(sql(place, 'SELECT state, exit_code, signal, error FROM job ORDER BY id DESC LIMIT 1'), columns);
  }
  assert.equal(sql(place, 'SELECT group_concat(name) FROM job'), 'true,sh,sh,sh,no-such-command,no-program');
});

test('wrong usage is one sentence and status 2, and runs nothing', (t) => {
  const place = scratch(t);
  for (const [args, words] of [
    [['run'], /run takes a COMMAND/],
    [['run', '--'], /run takes a COMMAND/],
    [['run', '--what', 'true'], /unrecognized option '--what'/],
    [['run', '--progress=some', 'true'], /--progress is auto, gauge or none, not 'some'/],
    [['run', '--job-timeout', '0', 'true'], /--job-timeout is a number of seconds/],
    [['run', '--job-timeout=1m', 'true'], /--job-timeout is a number of seconds/],
    [['run', '--name=', 'true'], /not empty/],
    [['run', '--key=', 'true'], /not empty/],
  ]) fails(place, args, 2, words);
  fails(place, ['run', 'true'], 2, /no database is named/, { env: { TAILROW_DB: '' } });
  assert.equal(sql(place, 'SELECT count(*) FROM job'), '0');
});

test('options end where the command begins', async (t) => {
  const place = scratch(t);
  const { stdout } = await start(t, place, ['run', '--name', 'n', '--owner', 'o', 'printf', '%s', '--name']).ended;
  assert.equal(stdout, '--name');
  assert.equal(job(place, 'name, owner'), 'n|o');
});

test('fifty thousand lines of both streams: none lost, each stream in order', async (t) => {
  const place = scratch(t);
  const { status } = await runShell(t, place, 'seq 1 25000 & seq -f "e%.0f" 1 25000 >&2; wait');
  assert.equal(status, 0);
  const all = lines(place);
  const out = all.filter((line) => line[0] !== 'e'), err = all.filter((line) => line[0] === 'e');
  assert.deepEqual(out, Array.from({ length: 25000 }, (_, i) => String(i + 1)));
  assert.deepEqual(err, Array.from({ length: 25000 }, (_, i) => `e${i + 1}`));
});

test('a line is in the database while the command goes on, and so is a prompt', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'echo first; printf "Really? "; read answer; echo "$answer"', [],
    { stdio: ['pipe', 'pipe', 'pipe'] });
  await until('the first line', () => lines(place)[0] === 'first');
  await until('the prompt', () => lines(place)[1] === 'Really? ');
  it.child.stdin.end('yes\n');
  await it.ended;
  assert.deepEqual(lines(place), ['first', 'Really? ', 'yes']);
});

test('signals are passed on, and a stop is a canceled job', async (t) => {
  const place = scratch(t);
  const script = (trap) => `${trap} echo ready; while :; do sleep 0.05; done`;
  const it = startShell(t, place, script("trap 'echo usr1' USR1; trap 'echo hup' HUP; trap 'echo bye; exit 7' TERM;"));
  await until('it is ready', () => it.out().includes('ready'));
  for (const [signal, words] of [['SIGUSR1', 'usr1'], ['SIGHUP', 'hup']]) {
    it.child.kill(signal);
    await until(words, () => it.out().includes(words));
  }
  it.child.kill('SIGTERM');
  const { status, stdout } = await it.ended;
  assert.deepEqual([status, stdout], [7, 'ready\nusr1\nhup\nbye\n']);
  assert.equal(job(place, 'state, exit_code, error'), 'canceled|7|stopped by signal 15 (Terminated)');

  const other = startShell(t, place, script(''));
  await until('it is ready', () => other.out().includes('ready'));
  other.child.kill('SIGINT');
  assert.equal((await other.ended).status, 130);
  assert.equal(job(place, 'state, exit_code, signal, error', 2), 'canceled|130|2|stopped by signal 2 (Interrupt)');
});

test('a stop ends the whole group, at last by SIGKILL', async (t) => {
  const place = scratch(t);
  const mark = `MARK=${place.dir}`;
  const it = startShell(t, place, 'trap "" TERM; (trap "" TERM; echo ready; while :; do sleep 1; done) & wait; while :; do sleep 1; done', [],
    { env: { MARK: place.dir } });
  await until('it is ready', () => it.out().includes('ready'));
  it.child.kill('SIGTERM');
  const { status } = await it.ended; // after the ten seconds of grace
  assert.equal(status, 137);
  assert.equal(job(place, 'state, signal, error'), 'canceled|9|stopped by signal 15 (Terminated)');
  await until('nobody is left', () => withVariable(mark).length === 0);
});

test('what outlives the command in its group is ended with it when it is told to stop', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'trap "exit 0" TERM; (trap "echo cleaned; exit" TERM; echo ready; while :; do sleep 0.05; done) & wait');
  await until('it is ready', () => it.out().includes('ready'));
  it.child.kill('SIGTERM');
  const { status, stdout } = await it.ended;
  assert.deepEqual([status, stdout], [0, 'ready\ncleaned\n']);
  assert.equal(job(place, 'state'), 'succeeded');
});

test('--job-timeout ends the command, and the job says so', async (t) => {
  const place = scratch(t);
  const { status } = await runShell(t, place, 'echo begun; sleep 60', ['--job-timeout', '1']);
  assert.equal(status, 143);
  assert.equal(job(place, 'state, signal, error'),
    'failed|15|it ran longer than the 1 s that --job-timeout allows, and was ended');
  const kind = await runShell(t, place, 'trap "exit 0" TERM; sleep 60 & wait', ['--job-timeout', '1']);
  assert.equal(kind.status, 124);
  assert.equal(job(place, 'state, exit_code', 2), 'failed|0');
});

test('what the command leaves in the background is not waited for', async (t) => {
  const place = scratch(t);
  const begun = Date.now();
  const it = startShell(t, place, '(sleep 0.2; echo soon; sleep 60; echo late) & echo done', [], { env: { MARK: place.dir } });
  const { status, stdout } = await it.ended;
  assert.deepEqual([status, stdout], [0, 'done\nsoon\n']);
  assert.ok(Date.now() - begun < 30000);
  assert.deepEqual(lines(place), ['done', 'soon']);
  for (const pid of withVariable(`MARK=${place.dir}`)) process.kill(pid);
});

test('a reader that waits does not hold up a job that is told to stop', async (t) => {
  const place = scratch(t);
  const it = startShell(t, place, 'n=0; while :; do n=$((n + 1)); echo $n; done');
  it.child.stdout.pause();
  let last = -1, same = 0; // it stands still: the log does not grow for a second
  await until('it is held up', () => {
    const now = Number(sql(place, 'SELECT max(id) FROM log'));
    same = now === last && now > 1 ? same + 1 : 0;
    last = now;
    return same > 50;
  });
  it.child.kill('SIGTERM');
  await until('it ends', () => it.child.exitCode !== null);
  assert.equal(it.child.exitCode, 143);
  assert.equal(job(place, 'state'), 'canceled');
});

test('--key: one at a time', async (t) => {
  const place = scratch(t);
  const first = startShell(t, place, 'echo ready; read line', ['--key', 'backup'], { stdio: ['pipe', 'pipe', 'pipe'] });
  await until('it is ready', () => first.out().includes('ready'));
  const second = await runShell(t, place, 'echo ran', ['--key', 'backup']);
  assert.deepEqual([second.status, second.stdout], [1, '']);
  assert.match(second.stderr, /^tailrow: another runner has the key 'backup' and is still at work: the command was not run\n$/);
  assert.equal((await runShell(t, place, 'true', ['--key', 'other'])).status, 0);
  first.child.stdin.end();
  await first.ended;
  assert.equal((await runShell(t, place, 'true', ['--key', 'backup'])).status, 0);
  assert.equal(sql(place, 'SELECT group_concat(key) FROM job'), 'backup,other,backup');
});

test('--key: a job on another host that beats', async (t) => {
  const place = scratch(t);
  const insert = (age) => sql(place, `INSERT INTO job (name, state, key, host, beat_at) VALUES ('there', 'running',
    'backup', 'elsewhere', strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-${age} seconds'))`);
  insert(60);
  assert.equal((await runShell(t, place, 'true', ['--key', 'backup'])).status, 0);
  insert(5);
  const { status, stderr } = await runShell(t, place, 'echo ran', ['--key', 'backup']);
  assert.equal(status, 1);
  assert.match(stderr, /^tailrow: job 3 on another host has the key 'backup' and is alive: the command was not run\n$/);
  assert.equal(sql(place, 'SELECT count(*) FROM job'), '3');
  assert.deepEqual(spools(place), []);
});

test('a reader that waits holds the command up, as without a runner', async (t) => {
  const place = scratch(t);
  const count = join(place.dir, 'count');
  const slow = start(t, place, ['run', '--', 'python3', '-u', '-c', `
import sys
for n in range(1, 1000):
    sys.stdout.write('x' * 65536)
    open(${JSON.stringify(count)}, 'w').write(str(n))
`]);
  slow.child.stdout.pause();
  await until('it writes', () => Number(ifText(count)) > 0);
  let last = -1, same = 0; // it stands still: the count does not move for a second
  await until('it is held up', () => {
    const now = Number(ifText(count));
    same = now === last ? same + 1 : 0;
    last = now;
    return same > 50;
  });
  assert.ok(last < 100, `${last} pieces of 64 KB were taken`);
  slow.child.stdout.resume();
  assert.equal((await slow.ended).status, 0);
  assert.equal(ifText(count), '999');
});

function ifText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

test('an output that cannot be written does not end the job', async (t) => {
  const place = scratch(t);
  const script = 'seq 1 20000; echo end >&2';
  const full = openSync('/dev/full', 'w');
  const onFull = startShell(t, place, script, [], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  const unread = startShell(t, place, `read go; ${script}`, [], { stdio: ['pipe', 'pipe', 'pipe'] });
  unread.child.stdout.destroy();
  unread.child.stdin.end('go\n');
  for (const [it, reason] of [[onFull, 'No space left on device'], [unread, 'Broken pipe']]) {
    const { status, stderr } = await it.ended;
    assert.equal(status, 0);
    assert.deepEqual(stderr.split('\n').sort(), ['', 'end',
      `tailrow: standard output cannot be written: ${reason}; the command goes on, and its job's log has all of it`]);
  }
  const closed = await startUnder(t, place, `exec "$0" run sh -c '${script}' >&-`).ended;
  assert.deepEqual([closed.status, closed.stderr], [0, 'end\n']);
  assert.equal(sql(place, "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM log WHERE event = 'log' GROUP BY job_id)"),
    '20001,20001,20001');
});

test('the command’s signals are as the runner got them', async (t) => {
  const place = scratch(t);
  const { stdout } = await runShell(t, place, 'grep -E "^Sig(Blk|Ign)" /proc/self/status');
  assert.deepEqual(stdout.match(/\t[0-9a-f]+/g).map((hex) => parseInt(hex, 16) & 0x7fff), [0, 0]);
  const nohup = await startUnder(t, place,
    `trap '' HUP; exec "$0" run sh -c 'echo ready; kill -HUP $PPID; sleep 0.3; echo still'`).ended;
  assert.deepEqual([nohup.status, nohup.stdout], [0, 'ready\nstill\n']);
});

test('what the README says about running a command', async (t) => {
  const place = scratch(t);
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [section] = /### Run any command\n[^]*?(?=\n##)/.exec(readme);
  const commands = section.match(/^.*tailrow run .*$/gm).filter((line) => !line.includes('`'))
    .map((line) => line.replace(/^[\d*/ ]*(?=tailrow)/, ''));
  assert.equal(commands.length, 3);
  for (const command of commands) {
    const script = command.replace(/^tailrow/, '"$0"').replace(/ -- \S+/, ' -- echo');
    const { status, stdout, stderr } = await startUnder(t, place, script).ended;
    assert.deepEqual([status, stderr], [0, '']);
    assert.ok(stdout.length > 0);
  }
  assert.equal(sql(place, 'SELECT group_concat(name) FROM job'), 'echo,echo,nightly');
});

test('help run tells every option', (t) => {
  const place = scratch(t, { init: false });
  const help = done(place, ['help', 'run']);
  for (const option of ['--name', '--owner', '--key', '--job-timeout', '--progress', '--pty'])
    assert.match(help, new RegExp(`^  ${option}`, 'm'));
  assert.equal(run(place, ['run', '--help']).stdout, help);
});
