"""commands.py: the command line under a fault.

- Judged: it did what it says it did, or says why not; what was there before is whole.

SPDX-License-Identifier: MIT
"""
import os
import subprocess

import database
from fault import DEADLINE_S, KINDS, TAILROW, Wrong


class Command:
    """One command. Afterwards `done` where it exits 0, else `undone`, look at the database."""

    phases = ((None, False),)  # depth, and whether the fault comes after the start
    kinds = KINDS
    failures = (1,)

    def __init__(self, name, args, done, undone, stdin=b'', success=0):
        self.name, self.args, self.stdin = name, args, stdin
        self.done, self.undone, self.success = done, undone, success

    def prepare(self, scene, template):
        database.copy(template, scene.file('a.db'))

    def run(self, scene):
        run = scene.run([TAILROW, '--db', scene.file('a.db'), *self.args], stdin=self.stdin)
        done = run.returncode == self.success
        if not done and run.returncode not in self.failures:
            raise Wrong(f'exits with {run.returncode}')
        if not done and not scene.explained:
            raise Wrong(f'exits with {run.returncode} and does not say why')
        (self.done if done else self.undone)(scene, run)
        return done


def expect(sql, *wanted):
    """Looks whether the query gives one of the results."""
    def check(scene, _):
        found = database.look(scene.file('a.db'), sql)
        if found not in wanted:
            raise Wrong(f'{sql} gives {found}')
    return check


def prints():
    """Looks whether it prints what it does without a fault, its clock apart."""
    seen = []

    def check(scene, run):
        if not seen and not scene.struck:
            seen.append(run.stdout)
        if run.stdout != seen[0]:
            raise Wrong(f'prints something else: {run.stdout.decode()}')
        database.look(scene.file('a.db'), 'SELECT 1')
    return check


whole = expect('SELECT count(*) FROM job', [(3,)])


class Init(Command):
    """A new file; what a failed one leaves is no obstacle to the next."""

    def __init__(self, name, args):
        super().__init__(name, args, self.look, self.again)

    def prepare(self, scene, template):
        pass

    @staticmethod
    def look(scene, _):
        database.look(scene.file('a.db'), 'SELECT * FROM log, job, meta')

    @staticmethod
    def again(scene, run):
        again = subprocess.run([TAILROW, '--db', scene.file('a.db'), 'init'],
                               capture_output=True, check=False)
        if again.returncode:
            raise Wrong('a second init fails: ' + again.stderr.decode())
        Init.look(scene, run)


class Run(Command):
    """A command as a job: it runs as it would alone, and its log is in the database, or in a
    spool that `tailrow replay` brings there."""

    OUTPUT = [('one',), ('two',)]
    STATUS = 3
    failures = (1, 126)  # not begun, cannot be executed

    def __init__(self, name, args):
        super().__init__(name, args, self.ran, self.did_not_run, success=self.STATUS)

    def ran(self, scene, run):
        # The pipe from the command is its output's end where it cannot be read.
        explained = scene.explained or scene.plan.call == b'read'
        lines, states = self.replay(scene)
        told = any('lines were dropped' in line for line, in lines)
        if run.stdout != b'one\ntwo\n' and not explained:
            raise Wrong(f'the terminal has {run.stdout}')
        if (lines, states) != (self.OUTPUT, [('failed', 3)]) and not (explained or told):
            raise Wrong(f'the database has {lines}, {states}')
        if len(lines) > 2:
            raise Wrong(f'the database has {lines}')

    def did_not_run(self, scene, run):
        if run.stdout:
            raise Wrong(f'the command ran, and yet the status is {run.returncode}')
        lines, states = self.replay(scene)
        if lines or ('running', None) in states:
            raise Wrong(f'the database has {lines}, {states}')

    @staticmethod
    def replay(scene):
        done = subprocess.run([TAILROW, '--db', scene.file('a.db'), 'replay'],
                              capture_output=True, check=False, timeout=DEADLINE_S,
                              env={'PATH': os.environ['PATH'], 'HOME': scene.folder})
        if done.returncode:
            raise Wrong('replay: ' + done.stderr.decode())
        path = scene.file('a.db')
        return (database.look(path, 'SELECT message FROM log'
                              " WHERE job_id > 3 AND event = 'log' ORDER BY id"),
                database.look(path, 'SELECT state, exit_code FROM job WHERE id > 3'))


def all_commands():
    lines = "SELECT message FROM log WHERE id > (SELECT max(id) - 3 FROM log)"
    added = [('one',), ('two',), ('three',)]
    before = [(f'line {n} of a log',) for n in range(database.LINES)]

    def logged(scene, _):
        found = database.look(scene.file('a.db'),
                              "SELECT message FROM log WHERE event = 'log' ORDER BY id")
        if found[:len(before)] != before or found[len(before):] not in ([], added):
            raise Wrong(f'the log is {found}')

    return [
        Init('init', ['init']),
        Command('start', ['start', 'deploy'],
                expect('SELECT id, name, state FROM job WHERE id > 3', [(4, 'deploy', 'running')]),
                expect('SELECT count(*) FROM job', [(3,)], [(4,)])),
        Command('progress', ['progress', '2', '70', 'Nearly'],
                expect('SELECT progress, step FROM job WHERE id = 2', [(70.0, 'Nearly')]),
                expect('SELECT progress, step FROM job WHERE id = 2', [(45.0, 'Syncing')])),
        Command('log', ['log', '--job', '2'], expect(lines, added), logged,
                stdin=b'one\ntwo\nthree\n'),
        Command('finish', ['finish', '2'],
                expect('SELECT state FROM job WHERE id = 2', [('succeeded',)]),
                expect('SELECT state FROM job WHERE id = 2', [('running',)])),
        Command('list', ['list'], prints(), whole),
        Command('show', ['show', '1'], prints(), whole),
        Command('tail', ['tail', '-n', '5', '--json'], prints(), whole),
        Command('prune', ['prune', '--rows', '5'],
                expect("SELECT count(*) FROM log WHERE event = 'log'", [(3,)]),
                whole),
        Run('run', ['run', '--', 'sh', '-c', 'echo one; echo two; exit 3']),
    ]
