"""pool.py: the pool of processes under a fault, on a socket, with a client that comes back.

- A fault is counted in the processes of one depth: 0 the guardian, 1 the supervisor, 2 watcher
  and workers, 3 the children that a worker sends to the database; from the start, or (late)
  from when the pool serves on.
- Judged: it serves, if not at once then soon; a stream's client has every row once, in order,
  by its cursor; no process dies of a signal, holds a descriptor more than before, or is left
  over; what the client saw go wrong is explained.

SPDX-License-Identifier: MIT
"""
import os
import signal
import subprocess
import time

import database
from fastcgi import Call, ask
from fault import DEADLINE_S, KINDS, RESPONDER, Wrong
from frames import Frames
from requests import Answer, Request, is_reason

PAUSE_S = 0.02


def soon(condition, what):
    """Waits for a condition; returns what it is."""
    end_s = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        if time.monotonic() > end_s:
            raise Wrong(what)
        time.sleep(PAUSE_S)
    return value


class Pool(Request):
    phases = ((0, False), (1, False), (2, False), (1, True), (2, True), (3, True))
    kinds = {family: [kind for kind in kinds if not kind[1] and kind[0] not in ('ENOSPC', 'ENOLCK')
                      or family == 'notify' and not kind[1]]
             for family, kinds in KINDS.items()}

    def __init__(self):
        super().__init__('pool', '/events')
        self.descriptors = {}

    def run(self, scene):
        return Service(scene, self.descriptors).run()


class Service:
    """One run of the pool."""

    def __init__(self, scene, descriptors):
        self.scene, self.descriptors = scene, descriptors
        self.troubles = []  # that the client was not told the reason of
        self.refused = False
        self.call = None
        self.fed = 0  # bytes of the call's body

    def run(self):
        scene = self.scene
        with open(scene.file('errors'), 'wb') as errors:
            process = subprocess.Popen(
                [RESPONDER, '--listen', 'unix:' + scene.file('s'), '--db', scene.file('a.db'),
                 '--max-streams', '4'],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, cwd=scene.folder,
                env=scene.environment({'TAILROW_PUBLISH_TOKEN_FILE': scene.file('tokens')}),
                start_new_session=True)
        try:
            served = self.attend(process)
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
            with open(scene.file('errors'), 'rb') as errors:
                scene.errors = errors.read()
        scene.judge(0)
        # libfcgi ends a process in which it gets no memory by abort().
        if b'died of signal' in scene.errors and b'fcgiapp.c' not in scene.errors:
            raise Wrong('a process crashes')
        client_struck = b'libfcgi' in scene.plan.trace  # by the connection: nobody is told
        if (self.troubles or not served) and not (scene.explained or client_struck):
            raise Wrong(f'does not say why: {self.troubles}')
        return served and not self.troubles and not self.refused

    def attend(self, process):
        """Returns whether the pool started."""
        if not soon(lambda: process.poll() is not None or self.is_up(), 'never serves'):
            return False
        if process.poll() is not None:
            if process.returncode != 1:
                raise Wrong(f'exits with {process.returncode}')
            return False
        self.scene.plan.armed = 1
        self.follow()
        self.short('GET', '/jobs/1')
        self.short('POST', '/jobs/2/log', b'posted\n')
        self.scene.plan.armed = 0
        self.count_descriptors(process.pid)
        process.send_signal(signal.SIGTERM)
        soon(lambda: process.poll() is not None, 'does not stop')
        if process.returncode:
            raise Wrong(f'stops with {process.returncode}')
        soon(lambda: not self.members(process.pid), 'leaves processes over')
        return True

    def is_up(self):
        return Answer(ask(self.scene.file('s'), self.request('GET', '/health'))).status == 200

    def request(self, method, path, query='', **more):
        return {'REQUEST_METHOD': method, 'SCRIPT_NAME': '/tailrow/api', 'PATH_INFO': path,
                'QUERY_STRING': query, 'REMOTE_ADDR': '127.0.0.1', **more}

    def short(self, method, path, body=b''):
        """A request that is made again until it is answered. A line that may or may not have
        been written is looked for first."""
        more = {}
        if body:
            more = {'CONTENT_LENGTH': str(len(body)), 'CONTENT_TYPE': 'text/plain',
                    'HTTP_AUTHORIZATION': f'Bearer {database.TOKEN}'}

        def answered():
            answer = Answer(ask(self.scene.file('s'), self.request(method, path, **more), body))
            if answer.status == 200 and answer.body.endswith(b'}\n'):
                return True
            if not is_reason(answer):
                self.troubles.append(f'{method} {path}: {answer.status} {answer.body}')
            if answer.status >= 400 and not is_reason(answer):
                raise Wrong(f'answers {answer.status} {answer.body}')
            self.refused = True
            return False
        soon(answered, f'{method} {path} is never answered: {self.troubles[-1:]}')
        if body:
            found = database.look(self.scene.file('a.db'),
                                  "SELECT count(*) FROM log WHERE message = 'posted'")
            if found[0][0] < 1:
                raise Wrong('acknowledged and not there')

    def follow(self):
        """A stream, begun anew with its cursor as often as it ends, until it has all."""
        frames = Frames()
        expected = [n for (n,) in database.look(
            self.scene.file('a.db'), "SELECT id FROM log WHERE event IN ('log', 'order') ORDER BY id")]
        self.until(frames, lambda: [row[0] for row in frames.rows()] == expected)
        database.append(self.scene.file('a.db'),
                        "INSERT INTO log(job_id, message) VALUES(2, 'and now this')")
        self.until(frames, lambda: 'and now this' in str(frames.list))
        if not [row[0] for row in frames.rows()][:-1] == expected:
            raise Wrong(f'has the rows {frames.rows()}')
        if self.call:  # it may have ended with the last row
            self.call.close()
        self.call = None

    def until(self, frames, complete):
        end_s = time.monotonic() + DEADLINE_S
        seen = b''
        while not complete():
            if time.monotonic() > end_s:
                raise Wrong(f'the stream has only {frames.rows()}')
            if not self.call:
                more = {'HTTP_LAST_EVENT_ID': frames.cursor} if frames.cursor else {}
                self.call = Call(self.scene.file('s'),
                                 self.request('GET', '/events', 'tail=100', **more))
                frames.rest, self.fed = b'', 0
            have = len(self.call.got)
            got = self.call.take(lambda got: len(got) > have)
            head, _, seen = got.partition(b'\r\n\r\n')
            if b'200' in head[:20]:
                frames.feed(seen[self.fed:])
                self.fed = len(seen)
            if self.call.ended:
                self.troubles.append('the stream ended: ' + head[:20].decode())
                answer = Answer(got)
                if answer.status >= 400 and not is_reason(answer):
                    raise Wrong(f'answers {got}')
                if answer.status >= 400 and frames.cursor:
                    raise Wrong(f'{answer.status} closes an EventSource for ever')
                self.call.close()
                self.call = None
                time.sleep(PAUSE_S)

    @staticmethod
    def members(group):
        """The processes of the pool."""
        found = []
        for pid in filter(str.isdigit, os.listdir('/proc')):
            try:
                with open(f'/proc/{pid}/stat', encoding='latin-1') as stat:
                    state, parent, of = stat.read().rpartition(')')[2].split()[:3]
                if int(of) == group and state != 'Z':
                    found.append((int(pid), int(parent)))
            except OSError:
                pass
        return found

    def count_descriptors(self, group):
        """No process may hold more than one of its depth did in the run without a fault."""
        def depth(pid, parents):
            return 0 if pid == group else 1 + depth(parents[pid], parents) \
                if parents.get(pid) in parents else 1

        def counts():
            members = self.members(group)
            parents = dict(members)
            most = {}
            for pid in parents:
                try:
                    have = len(os.listdir(f'/proc/{pid}/fd'))
                except OSError:
                    continue
                at = depth(pid, parents)
                most[at] = max(most.get(at, 0), have)
            return most

        if not self.scene.fault.number:
            self.descriptors.update(counts())
            return
        if not self.scene.struck:
            return

        def fine():
            return all(have <= self.descriptors.get(at, have) for at, have in counts().items())
        soon(fine, f'holds descriptors: {counts()}, without a fault {self.descriptors}')


def all_pools():
    return [Pool()]
