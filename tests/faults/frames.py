"""frames.py: what an event stream has told its client.

SPDX-License-Identifier: MIT
"""
import json

from fault import Wrong


class Frames:
    """Whole frames, in their order; what is incomplete at the end does not count."""

    def __init__(self):
        self.rest = b''
        self.list = []

    def feed(self, piece):
        *whole, self.rest = (self.rest + piece).split(b'\n\n')
        for text in whole:
            fields = {}
            for line in text.decode().splitlines():
                name, _, value = line.partition(': ')
                fields[name] = fields[name] + '\n' + value if name in fields else value
            if 'event' in fields:
                self.list.append((fields['event'], fields.get('id'), fields['data']))

    @property
    def cursor(self):
        """Where a client that had these would go on; None: at the beginning."""
        return next((at for _, at, _ in reversed(self.list) if at), None)

    def has(self, event):
        return any(name == event for name, _, _ in self.list)

    def rows(self):
        """Of the rows but markers, which a later one or a snapshot may tell: what was told."""
        own = ('hello', 'snapshot', 'gap', 'reset', 'ping', 'busy', 'status-update', 'completion')
        found = [(int(at.rsplit('-', 1)[1]), name, data)
                 for name, at, data in self.list if name not in own and at]
        if [row[0] for row in found] != sorted({row[0] for row in found}):
            raise Wrong(f'rows out of order or twice: {found}')
        return found


def jobs_of(frames):
    """The jobs of the snapshot, beats and such apart."""
    for name, _, data in frames.list:
        if name == 'snapshot':
            return json.loads(data)['jobs']
    return None
