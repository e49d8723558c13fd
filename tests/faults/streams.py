"""streams.py: event streams under a fault, from the responder as a plain CGI.

- Judged: what the client was sent is the beginning of what it should have been, and its
  cursor leads to the rest; a stream that ends early says why in the error log.

SPDX-License-Identifier: MIT
"""
import json
import os
import select
import signal
import subprocess
import time

import database
from fault import DEADLINE_S, RESPONDER, Wrong
from frames import Frames, jobs_of
from requests import Answer, Request, client_struck, is_reason

CONF = """
[stream orders]
database = %(db)s
mode = append
sql = SELECT n AS id, 'order' AS event, payload AS data FROM orders WHERE n > :after ORDER BY n LIMIT :limit

[stream board]
database = %(db)s
mode = table
sql = SELECT n, payload FROM orders ORDER BY n
"""


class Stream(Request):
    """A stream of what there is (hold=0). first: the rows that it is to begin with."""

    def __init__(self, name, path='/events', query='hold=0', resumes=False):
        super().__init__(name, path, query)
        self.resumes = resumes
        self.wanted = None
        self.jobs = None

    def prepare(self, scene, template):
        super().prepare(scene, template)
        with open(scene.file('conf'), 'w', encoding='ascii') as file:
            file.write(CONF % {'db': scene.file('a.db')})

    def environment(self, scene):
        env = super().environment(scene)
        if self.resumes:
            ((epoch,),) = database.look(scene.file('a.db'),
                                        "SELECT value FROM meta WHERE key = 'epoch'")
            env['HTTP_LAST_EVENT_ID'] = f'{epoch}-10'
        return env

    def run(self, scene):
        raw = self.stream(scene)
        answer = Answer(raw)
        frames = Frames()
        if answer.status != 200:
            if self.resumes and answer.status:
                raise Wrong(f'{answer.status} closes an EventSource for ever')
            if not (client_struck(scene) or is_reason(answer)
                    or (not answer.status and scene.explained)):
                raise Wrong(f'answers {raw.decode(errors="replace")}')
        else:
            frames.feed(answer.body)
        whole = self.compare(scene, frames)
        if not (whole or client_struck(scene) or scene.explained or answer.status != 200):
            raise Wrong('ends early and does not say why: ' + raw.decode(errors='replace'))
        return whole

    def stream(self, scene):
        return scene.run([RESPONDER], self.environment(scene)).stdout

    def compare(self, scene, frames):
        """Goes on at the client's cursor; returns whether that was at the end."""
        if self.wanted is None and not scene.struck:
            self.wanted, self.jobs = frames.rows(), jobs_of(frames)
        rows, jobs = frames.rows(), jobs_of(frames)
        if rows != self.wanted[:len(rows)]:
            raise Wrong(f'sends {rows}')
        if jobs is not None and jobs != self.jobs:
            raise Wrong(f'its snapshot is {jobs}')
        rest = self.resume(scene, frames.cursor)
        everything = rows + rest.rows()
        # Without a cursor it begins anew, where the tail is by now.
        if everything != (self.wanted if frames.cursor else self.wanted[-len(everything):]):
            raise Wrong(f'after {rows} its cursor {frames.cursor} leads to {rest.rows()}')
        return rows == self.wanted and frames.has('ping')

    def resume(self, scene, cursor):
        """A client that comes back, without a fault."""
        env = self.environment(scene)
        if cursor:
            env['HTTP_LAST_EVENT_ID'] = cursor
        query = [part for part in self.query.split('&') if part and not part.startswith('hold')]
        run = subprocess.run([RESPONDER], capture_output=True, timeout=DEADLINE_S, check=True,
                             env=env | {'QUERY_STRING': '&'.join(query + ['hold=0']),
                                        'TAILROW_CONFIG': scene.file('conf')})
        frames = Frames()
        frames.feed(Answer(run.stdout).body)
        return frames


class Live(Stream):
    """A stream that goes on; a row comes while it waits."""

    def __init__(self, name, path='/events', query='tail=5', sql=None):
        super().__init__(name, path, query)
        self.sql = sql or ("INSERT INTO log(job_id, message, created_at)"
                           " VALUES(2, 'and now this', '2026-01-01T00:00:00.000Z')")

    def stream(self, scene):
        with subprocess.Popen([RESPONDER], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, cwd=scene.folder,
                              env=scene.environment(self.environment(scene))) as process:
            try:
                raw = self.follow(scene, process)
            finally:
                process.kill()
            scene.errors += process.stderr.read()
            scene.judge(process.wait())
            return raw

    def follow(self, scene, process):
        raw = self.take(process, b'', lambda raw: b'event: ' in raw and self.quiet(process))
        database.append(scene.file('a.db'), self.sql)
        have = len(raw)
        raw = self.take(process, raw, lambda raw: b'this' in raw[have:])
        process.send_signal(signal.SIGTERM)
        return self.take(process, raw, lambda raw: False)

    @staticmethod
    def quiet(process):
        return not select.select([process.stdout], [], [], 0.05)[0]

    @staticmethod
    def take(process, raw, enough):
        """Reads until there is enough, or the end."""
        end_s = time.monotonic() + DEADLINE_S
        while not enough(raw):
            left_s = end_s - time.monotonic()
            if left_s <= 0 or not select.select([process.stdout], [], [], left_s)[0]:
                raise Wrong(f'hangs after {raw.decode(errors="replace")}')
            piece = os.read(process.stdout.fileno(), 65536)
            if not piece:
                break
            raw += piece
        return raw


class Board(Live):
    """A result whose rows change in place."""

    def compare(self, scene, frames):
        told = [json.loads(data) for name, _, data in frames.list if name == 'snapshot']
        rows = told[0]['rows'] if told else None
        new = [json.loads(data) for name, _, data in frames.list if name == 'row']
        everything = database.look(scene.file('a.db'), 'SELECT n, payload FROM orders')
        everything = [{'n': n, 'payload': payload} for n, payload in everything]
        if rows is not None and (rows + new)[:3] != everything[:len(rows + new)]:
            raise Wrong(f'sends {rows}, then {new}')
        again = [json.loads(data)['rows'] for name, _, data in self.resume(scene, None).list
                 if name == 'snapshot']
        if again != [everything]:
            raise Wrong(f'a client that comes back has {again}')
        return rows is not None and rows + new == everything and frames.has('ping')


def all_streams():
    return [
        Stream('stream-fresh'),
        Stream('stream-resumed', resumes=True),
        Live('stream-live'),
        Stream('stream-append', '/events/orders', 'since=all&hold=0'),
        Board('stream-board', '/events/board', '',
             "INSERT INTO orders(payload) VALUES('and now this')"),
    ]
