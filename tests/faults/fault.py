"""fault.py: one fault: what is to fail, and what a run of the program under it did.

- The layout of the plan is that of plan.h.

SPDX-License-Identifier: MIT
"""
import ctypes
import errno
import mmap
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get('FAULTS_BUILD', os.path.join(HERE, '../../build-asan'))
TAILROW = os.path.join(BUILD, 'tailrow')
RESPONDER = os.path.join(BUILD, 'tailrow.fcgi')
SHIM = os.path.join(BUILD, 'tests/faults/fault.so')

CALLS = 65536
DEADLINE_S = 20  # the machine may be loaded; without a fault it takes 30 ms

FAMILIES = ['alloc', 'read', 'write', 'sync', 'open', 'stat', 'map', 'lock', 'poll', 'fork',
            'notify']

# In which ways the calls of a family fail, and whether those after it do too.
KINDS = {
    'alloc': [('ENOMEM', False), ('ENOMEM', True)],
    'read': [('EIO', False), ('EINTR', False), ('short', False)],
    'write': [('EIO', False), ('ENOSPC', False), ('ENOSPC', True), ('EPIPE', False),
              ('EINTR', False), ('short', False)],
    'sync': [('EIO', False), ('ENOSPC', True)],
    'open': [('EMFILE', False), ('EMFILE', True)],
    'stat': [('EIO', False)],
    'map': [('ENOMEM', False), ('ENOMEM', True)],
    'lock': [('EAGAIN', False), ('ENOLCK', False)],
    'poll': [('EINTR', False), ('ENOMEM', False)],
    'fork': [('EAGAIN', False)],
    'notify': [('ENOSPC', False), ('ENOSPC', True)],
}


class Wrong(Exception):
    """What must not happen, in a sentence."""


class PlanCall(ctypes.LittleEndianStructure):
    _fields_ = [('path', ctypes.c_uint64), ('family', ctypes.c_uint32),
                ('traits', ctypes.c_uint32)]


class Plan(ctypes.LittleEndianStructure):
    _fields_ = [('armed', ctypes.c_uint32), ('family', ctypes.c_uint32),
                ('at', ctypes.c_uint32), ('error', ctypes.c_int32), ('depth', ctypes.c_int32),
                ('lasts', ctypes.c_uint32), ('count', ctypes.c_uint32),
                ('struck', ctypes.c_uint32), ('call', ctypes.c_char * 32),
                ('fd', ctypes.c_int32), ('struck_depth', ctypes.c_int32),
                ('trace', ctypes.c_char * 4000), ('calls', PlanCall * CALLS)]


def can(error, traits):
    """Whether a call can fail so: as in fault.c."""
    moves, file, nonblock, many = (traits & bit for bit in (1, 2, 4, 8))
    if not moves:
        return True
    return {'short': many, 'ENOSPC': file, 'EPIPE': not file, 'EINTR': not file,
            'EAGAIN': nonblock}.get(error, True)


class Fault:
    """Which call fails, how; depth: in processes so many forks below the first; None: in all."""

    def __init__(self, family, kind, number, depth=None, late=False):
        self.family, (self.error, self.lasts), self.number = family, kind, number
        self.depth, self.late = depth, late

    def __str__(self):
        where = '' if self.depth is None else f' at depth {self.depth}'
        when = ' after the start' if self.late else ''
        on = ' and on' if self.lasts else ''
        return f'{self.family} {self.number}{on}: {self.error}{where}{when}'


class Scene:
    """A directory of its own and the plan in it."""

    def __init__(self, folder, fault):
        self.folder, self.fault = folder, fault
        self.path = os.path.join(folder, 'plan')
        with open(self.path, 'wb') as file:
            file.truncate(ctypes.sizeof(Plan))
        with open(self.path, 'r+b') as file:
            self.memory = mmap.mmap(file.fileno(), ctypes.sizeof(Plan))
        self.plan = Plan.from_buffer(self.memory)
        if fault:
            self.plan.family = FAMILIES.index(fault.family)
            self.plan.at = fault.number
            self.plan.error = 0 if fault.error == 'short' else getattr(errno, fault.error)
            self.plan.depth = -1 if fault.depth is None else fault.depth
            self.plan.lasts = fault.lasts
            self.plan.armed = not fault.late
        with open(self.file('conf'), 'w', encoding='ascii'):
            pass
        self.errors = b''

    def file(self, name):
        return os.path.join(self.folder, name)

    def environment(self, more=()):
        """What a process under the plan is started with."""
        return {'PATH': '/usr/bin:/bin', 'HOME': self.folder, 'LD_PRELOAD': SHIM,
                'FAULT_PLAN': self.path, 'LC_ALL': 'C.UTF-8', 'TAILROW_CONFIG': self.file('conf'),
                'UBSAN_OPTIONS': 'print_stacktrace=1',
                'ASAN_OPTIONS': 'verify_asan_link_order=0:exitcode=99', **dict(more)}

    def run(self, argv, env=(), stdin=b''):
        """Runs a program under the plan to its end."""
        try:
            done = subprocess.run(argv, input=stdin, capture_output=True, cwd=self.folder,
                                  env=self.environment(env), timeout=DEADLINE_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise Wrong(f'hangs: {argv}') from late
        self.errors += done.stderr
        self.judge(done.returncode)
        return done

    def judge(self, status):
        """No crash, no report of a sanitizer."""
        if re.search(rb'Sanitizer|runtime error:', self.errors):
            raise Wrong('a sanitizer reports:\n' + self.errors.decode(errors='replace'))
        if status < 0:
            raise Wrong(f'dies of signal {-status}')

    @property
    def struck(self):
        return bool(self.plan.struck)

    @property
    def explained(self):
        """Whether there is a sentence, or there was no way to say one."""
        return (re.search(rb'^tailrow(\.fcgi)?: .{8}', self.errors, re.M) is not None
                or (self.fault.family == 'write' and self.plan.fd == 2))

    def where(self):
        """The struck call, with the functions that led to it."""
        lines = [f'{self.plan.call.decode()}(), descriptor {self.plan.fd}, '
                 f'in a process {self.plan.struck_depth} forks down']
        for frame in self.plan.trace.decode().splitlines():
            module, offset = frame.rsplit('+', 1)
            own = os.path.join(BUILD, os.path.basename(module))
            if os.path.exists(own):
                found = subprocess.run(['addr2line', '-sfpe', own, offset],
                                       capture_output=True, check=False)
                lines.append('  ' + found.stdout.decode().strip())
            else:
                lines.append(f'  {os.path.basename(module)}+{offset}')
        return '\n'.join(lines)

    def close(self):
        del self.plan
        self.memory.close()
