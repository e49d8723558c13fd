"""requests.py: requests under a fault, to the responder as a plain CGI.

- Judged: the whole answer; or a refusal with its reason; or a response that ends early, and a
  sentence in the error log. What is acknowledged is in the database, once and whole.

SPDX-License-Identifier: MIT
"""
import json
import os

import database
from fault import KINDS, RESPONDER, Wrong


class Answer:
    """What came out of a CGI: status, headers, body."""

    def __init__(self, raw):
        head, self.separator, self.body = raw.partition(b'\r\n\r\n')
        self.headers = {}
        for line in head.decode('latin-1').splitlines():
            name, _, value = line.partition(':')
            self.headers[name.lower()] = value.strip()
        self.status = int(self.headers.get('status', '200')[:3]) if self.separator else 0


def is_reason(answer):
    """Whether an error says what is the matter: a problem with a detail (RFC 9457)."""
    if answer.headers.get('content-type') != 'application/problem+json':
        return False
    try:
        problem = json.loads(answer.body)
    except ValueError:
        return False
    return problem.get('status') == answer.status and len(problem.get('detail') or '') > 8


def client_struck(scene):
    """Whether it was the way to or from the client that failed: then nobody is told."""
    return (scene.fault.family, scene.plan.fd) in (('write', 1), ('poll', -1), ('read', 0))


class Request:
    """A request; same(): whether the body is the one to be expected."""

    phases = ((None, False),)  # depth, and whether the fault comes after the start
    kinds = KINDS

    def __init__(self, name, path, query='', same=None, body=None):
        self.name, self.path, self.query, self.body = name, path, query, body
        self.same = same or self.unchanged
        self.seen = None

    def unchanged(self, body):
        return body == self.seen

    def prepare(self, scene, template):
        database.copy(template, scene.file('a.db'))
        with open(scene.file('tokens'), 'w', encoding='ascii') as file:
            file.write(database.TOKEN)
        os.chmod(scene.file('tokens'), 0o600)

    def environment(self, scene):
        env = {'GATEWAY_INTERFACE': 'CGI/1.1', 'SERVER_PROTOCOL': 'HTTP/1.1',
               'REQUEST_METHOD': 'GET', 'SCRIPT_NAME': '/tailrow/api', 'PATH_INFO': self.path,
               'QUERY_STRING': self.query, 'TAILROW_DB': scene.file('a.db'),
               'TAILROW_PUBLISH_TOKEN_FILE': scene.file('tokens')}
        if self.body is not None:
            env |= {'REQUEST_METHOD': 'POST', 'CONTENT_LENGTH': str(len(self.body)),
                    'CONTENT_TYPE': 'text/plain' if self.path.endswith('log')
                    else 'application/json',
                    'HTTP_AUTHORIZATION': f'Bearer {database.TOKEN}'}
        return env

    def run(self, scene):
        run = scene.run([RESPONDER], self.environment(scene), self.body or b'')
        answer = Answer(run.stdout)
        if self.seen is None and not scene.struck:
            self.seen = answer.body
        whole = answer.status in (200, 201) and self.same(answer.body)
        self.look(scene, answer)
        if whole:
            return True
        if client_struck(scene):
            return False
        if answer.status >= 400 and is_reason(answer):
            return False
        if answer.status in (200, 0) and scene.explained and not self.looks_whole(answer):
            return False
        raise Wrong(f'answers {run.stdout.decode(errors="replace")}')

    def looks_whole(self, answer):
        """Whether a wrong answer could be taken for a right one."""
        return answer.status == 200 and answer.headers.get('content-type', '').endswith('json') \
            and answer.body.endswith(b'}\n')

    def look(self, scene, answer):
        database.look(scene.file('a.db'), 'SELECT 1')


class Post(Request):
    """Publishes; rows(): what the query has to give once it is acknowledged."""

    def __init__(self, name, path, body, sql, rows):
        super().__init__(name, path, same=lambda body: True, body=body)
        self.sql, self.rows = sql, rows

    def look(self, scene, answer):
        found = database.look(scene.file('a.db'), self.sql)
        acknowledged = 200 <= answer.status < 300
        if acknowledged and found != self.rows:
            raise Wrong(f'acknowledged, but {self.sql} gives {found}')
        if found not in ([], self.rows):
            raise Wrong(f'half of it is there: {found}')


def health(body):
    try:
        return json.loads(body)['status'] == 'ok'
    except (ValueError, KeyError):
        return False



def all_requests():
    return [
        Request('GET-jobs', '/jobs'),
        Request('GET-jobs.txt', '/jobs.txt'),
        Request('GET-job', '/jobs/1'),
        Request('GET-log', '/jobs/1/log', 'limit=5'),
        Request('GET-search', '/log', 'q=line+3&after=0'),
        Request('GET-log.txt', '/jobs/1/log.txt'),
        Request('GET-health', '/health', same=health),

        Post('POST-job', '/jobs', b'{"name":"posted","state":"running","progress":7}',
             "SELECT name, state, progress FROM job WHERE id > 3", [('posted', 'running', 7.0)]),
        Post('POST-lines', '/jobs/2/log', b'one\ntwo\nthree\n',
             "SELECT message FROM log WHERE message IN ('one', 'two', 'three') ORDER BY id",
             [('one',), ('two',), ('three',)]),
    ]
