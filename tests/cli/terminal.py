"""terminal.py: runs a command on a terminal, as a person in a shell does, and plays a script.

usage: terminal.py COMMAND [ARGUMENT...] <SCRIPT

Each line of the script: `type TEXT` (with \\xNN escapes), `size ROWS COLUMNS`, `wait TEXT`
(until the terminal has shown it), `kill SIGNAL` (of the command, not its group). Prints what
the terminal showed, and last a line `status N` (N as waitpid() has it).

SPDX-License-Identifier: MIT
"""
import fcntl, os, pty, select, signal, struct, sys, termios, time

LIMIT_S = 60


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))


class Terminal:
    def __init__(self, argv):
        self.shown = b''
        self.seen = 0  # up to where `wait` has looked
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvp(argv[0], argv)
        resize(self.fd, 24, 80)

    def read(self, timeout_s):
        """Whether the terminal is still there."""
        if select.select([self.fd], [], [], timeout_s)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                return False
            self.shown += data
            return bool(data)
        return True

    def wait(self, text):
        end = time.monotonic() + LIMIT_S
        while self.shown.find(text, self.seen) < 0:
            if not self.read(0.1) or time.monotonic() > end:
                raise SystemExit(f'never shown: {text}; shown: {self.shown}')
        self.seen = self.shown.find(text, self.seen) + len(text)

    def play(self, line):
        word, _, rest = line.partition(' ')
        if word == 'type':
            os.write(self.fd, rest.encode().decode('unicode_escape').encode('latin-1'))
        elif word == 'size':
            resize(self.fd, *map(int, rest.split()))
        elif word == 'wait':
            self.wait(rest.encode())
        elif word == 'kill':
            os.kill(self.pid, getattr(signal, rest))
        else:
            raise SystemExit(f'what is {word}?')

    def end(self):
        limit = time.monotonic() + LIMIT_S
        while self.read(0.1) and time.monotonic() < limit:
            pass
        return os.waitpid(self.pid, 0)[1]


terminal = Terminal(sys.argv[1:])
for line in sys.stdin.read().splitlines():
    terminal.play(line)
status = terminal.end()
sys.stdout.buffer.write(terminal.shown + f'status {status}\n'.encode())
