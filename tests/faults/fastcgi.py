"""fastcgi.py: asks a FastCGI responder one thing, as a web server would.

SPDX-License-Identifier: MIT
"""
import socket
import struct
import time

from fault import DEADLINE_S, Wrong

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def record(kind, content=b''):
    return struct.pack('>BBHHBx', 1, kind, 1, len(content), 0) + content


def pairs(env):
    def length(n):
        return bytes([n]) if n < 128 else struct.pack('>I', n | 1 << 31)
    text = b''
    for name, value in env.items():
        text += length(len(name)) + length(len(value.encode())) + name.encode() + value.encode()
    return text


class Call:
    """A request. `body` grows with take(); `ended`: no more will come, in order or not."""

    def __init__(self, path, env, body=b''):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE_S)
        self.raw, self.got, self.ended, self.in_order = b'', b'', False, False
        try:
            self.socket.connect(path)
            self.socket.sendall(record(BEGIN, struct.pack('>HBxxxxx', 1, 0))
                                + record(PARAMS, pairs(env)) + record(PARAMS)
                                + (record(STDIN, body) if body else b'') + record(STDIN))
        except OSError:
            self.ended = True

    def take(self, enough=lambda got: False):
        """Reads until there is enough, or the end. Returns all that has come."""
        end_s = time.monotonic() + DEADLINE_S
        while not self.ended and not enough(self.got):
            if time.monotonic() > end_s:
                raise Wrong(f'hangs after {self.got.decode(errors="replace")}')
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                raise Wrong(f'hangs after {self.got.decode(errors="replace")}') from None
            except OSError:
                piece = b''
            self.ended = not piece
            self.raw += piece
            self.parse()
        return self.got

    def parse(self):
        while len(self.raw) >= 8:
            _, kind, _, size, pad = struct.unpack('>BBHHBx', self.raw[:8])
            if len(self.raw) < 8 + size + pad:
                return
            if kind == STDOUT:
                self.got += self.raw[8:8 + size]
            if kind == END:
                self.ended = self.in_order = True
            self.raw = self.raw[8 + size + pad:]

    def close(self):
        self.socket.close()


def ask(path, env, body=b''):
    call = Call(path, env, body)
    try:
        return call.take()
    finally:
        call.close()
