"""late.py: how long after it was printed a line is in the database, for another process.

usage: late.py TAILROW

A command under `tailrow run` prints LINES lines with the time in them, at random gaps; another
process asks for new rows every millisecond.

SPDX-License-Identifier: MIT
"""
import os, sqlite3, subprocess, sys, tempfile, time

LINES, MAX_GAP_S, LIMIT_S = 300, 0.1, 120

COMMAND = f'''
import random, time
for n in range({LINES}):
    print(time.monotonic_ns(), flush=True)
    time.sleep(random.random() * {MAX_GAP_S})
'''

with tempfile.TemporaryDirectory() as place:
    path = os.path.join(place, 'x.db')
    env = {**os.environ, 'TAILROW_DB': path, 'TAILROW_CONFIG': '/dev/null', 'XDG_STATE_HOME': place}
    subprocess.run([sys.argv[1], 'init'], env=env, check=True)
    db = sqlite3.connect(path, isolation_level=None, timeout=10)
    command = subprocess.Popen([sys.argv[1], 'run', sys.executable, '-c', COMMAND], env=env, stdout=subprocess.DEVNULL)
    late_ms, seen, end = [], 0, time.monotonic() + LIMIT_S
    while len(late_ms) < LINES and time.monotonic() < end:
        for seen, message in db.execute("SELECT id, message FROM log WHERE event = 'log' AND id > ?", (seen,)):
            late_ms.append((time.monotonic_ns() - int(message)) / 1e6)
        time.sleep(0.001)
    db.close()
    command.wait()
late_ms.sort()
if len(late_ms) < LINES:
    raise SystemExit(f'{len(late_ms)} of {LINES} lines came')
at = lambda share: late_ms[int((LINES - 1) * share)]
print(f'tailrow run: from the print to the row, {LINES} lines: '
      f'p50 {at(0.5):.0f} ms, p99 {at(0.99):.0f} ms, max {at(1):.0f} ms')
