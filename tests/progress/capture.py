#!/usr/bin/python3
"""capture.py: runs real tools and keeps what they print, and what a person would read from it.

usage: tests/progress/capture.py [NAME ...]     all of them where none is named

For each NAME in CAPTURES it writes to tests/progress/fixtures
  NAME.out or NAME.err   the bytes of standard output or standard error, as they came
  NAME.percent           the percentages in the order in which they stood on the screen
  NAME.lines             what is on the screen at the end (where the tool prints lines)
or, for a script that prints the markup of a build server,
  NAME.items             what the script meant, which it writes to descriptor 3 meanwhile

- The screen is a terminal emulator's (python3-pyte), looked at before each byte that could
  change what a person had time to read: CR, LF, and the end. Nothing of src/progress is used.
- Times and rates differ from run to run, so a new capture differs from the one before.
- Needs the packages of `tests/packages capture`, npm and, for apt, root and a mirror: apt
  installs the package hello and then it is removed.

SPDX-License-Identifier: MIT
"""
import fcntl
import http.server
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

import pyte

HERE = os.path.dirname(os.path.abspath(__file__))
FIXTURES = os.path.join(HERE, "fixtures")
NPM = ["@actions/core@1.10.1", "azure-pipelines-task-lib@4.17.3", "osc-progress@0.3.0",
       "teamcity-service-messages@0.1.14"]


# What a person reads: each takes the text of a row of the screen, and returns the percentage in
# it or None.

def first(pattern):
    compiled = re.compile(pattern)

    def read(row):
        found = compiled.search(row)
        return float(found.group(1)) if found else None
    return read


def curl_meter(row):
    """The first column; but without a known total curl shows 0 of 0, then 100 of it."""
    columns = row.split()
    if len(columns) != 12 or columns[1] == "0" or not columns[0].isdigit():
        return None
    if columns[0] == "100" and columns[2] == "0" and columns[4] == "0":
        return None
    return float(columns[0])


RSYNC = first(r"^\s*[\d,]+\s+(\d+)%\s")


class RsyncListed:
    """With files' names between the bars one cannot tell whose the bar is, until one that ends
    a file is not at 100%."""

    def __init__(self):
        self.known = False

    def __call__(self, row):
        percent = RSYNC(row)
        if percent is not None and "(xfr#" in row and percent < 100:
            self.known = True
        return percent if self.known else None


# Where the percentages come from a tool's protocol and not from a screen.

def protocol_apt(text):
    return [float(p) for p in re.findall(r"^(?:pm|dl)status:[^:\n]*:([\d.]+):", text, re.M)]


def protocol_restic(text):
    rows = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [row["percent_done"] * 100 for row in rows if row["message_type"] == "status"]


def protocol_ffmpeg(text):
    hours, minutes, seconds = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text).groups()
    duration_us = (int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1e6
    percents = []
    for us, state in re.findall(r"^out_time_us=(\d+)\n(?:.*\n)*?progress=(\w+)$", text, re.M):
        percents.append(100 if state == "end" else min(100, int(us) / duration_us * 100))
    return percents


# The commands.

def random_file(path, size):
    with open(path, "wb") as out:
        out.write(os.urandom(size))


class SlowServer(http.server.BaseHTTPRequestHandler):
    """Sends half a megabyte in two seconds; of /unknown it does not tell the size."""
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        known = self.path != "/unknown"
        self.send_response(200)
        if known:
            self.send_header("Content-Length", str(20 * 25000))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b"x" * 25000 if known else b"61a8\r\n" + b"x" * 25000 + b"\r\n")
            time.sleep(0.1)
        if not known:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args):
        pass


RSYNC_COMMAND = "rm -rf rsync.copy; rsync -a {} --bwlimit=2000 src/ rsync.copy/"
APT = "apt-get -y -qq remove hello >/dev/null 2>&1; {}; apt-get -y -qq remove hello >/dev/null 2>&1"

# NAME and stream: the command, and how its percentages are read from a row.
ON_SCREEN = {
    "rsync-all.out": (RSYNC_COMMAND.format("--info=progress2"), RSYNC),
    "rsync-all-listed.out": (RSYNC_COMMAND.format("-v --info=progress2"), RsyncListed()),
    "rsync-each.out": (RSYNC_COMMAND.format("--progress"), lambda row: None),
    "curl.err": ("curl -o /dev/null $URL/a -o /dev/null $URL/b", curl_meter),
    "curl-bar.err": ("curl -# -o /dev/null $URL/a", first(r"([\d.]+)%\s*$")),
    "curl-unknown.err": ("curl -o /dev/null $URL/unknown", curl_meter),
    "wget.err": ("wget -O /dev/null $URL/a $URL/b", first(r"^\s*\d+K [. ]+\s(\d+)%")),
    "wget-bar.err": ("wget --progress=bar:force -O /dev/null $URL/a $URL/b",
                     first(r"\s(\d+)%\[")),
    "pv.err": ("pv -f -L 1M -i 0.2 big >/dev/null", first(r"\]\s+(\d+)%")),
    "tqdm.err": ("/usr/bin/python3 $SCRIPTS/tqdm_loop.py", first(r"(\d+)%\|")),
    "git.err": ("git clone --progress --no-local repository git.copy", first(r":\s+(\d+)% \(")),
}

# The same on a terminal of 80 columns and 24 rows.
ON_TERMINAL = {
    "apt-terminal.out": (APT.format("apt -y -o Dir::Ignore-Files-Silently::=disabled install hello"),
                         first(r"(?:\.\.\. ?|Progress: \[ *)(\d+)%")),
}

# NAME and stream: the command, and how its percentages are read from the whole output.
PROTOCOL = {
    "apt-status.out": (APT.format("apt-get -y -q install -o APT::Status-Fd=1 hello"),
                       protocol_apt),
    "restic.out": ("restic -q -r restic.repo init; "
                   "restic -r restic.repo backup --json --limit-upload 4000 src big",
                   protocol_restic),
    "ffmpeg.out": ("ffmpeg -hide_banner -nostdin -re -i film.mkv -c:v mpeg4 "
                   "-progress - copy.mkv 2>&1",
                   protocol_ffmpeg),
}

# NAME and stream: a script that says on descriptor 3 what it means.
SCRIPTS = {
    "github.out": "node $SCRIPTS/github.js",
    "azure.out": "node $SCRIPTS/azure.js",
    "teamcity.out": "node $SCRIPTS/teamcity.js",
    "osc.err": "node $SCRIPTS/osc.mjs",
    "gitlab.out": "bash $SCRIPTS/gitlab.sh",
    "buildkite.out": "bash $SCRIPTS/buildkite.sh",
    "cronicle.out": "sh $SCRIPTS/cronicle.sh",
    "gauge.out": "sh $SCRIPTS/gauge.sh",
}


def prepare(directory, names):
    """What the commands work on, in the directory in which they run."""
    os.mkdir(os.path.join(directory, "src"))
    for i in range(1, 6):
        random_file(os.path.join(directory, "src", f"file{i}"), i * 400000)
    random_file(os.path.join(directory, "big"), 2000000)
    shell = ["sh", "-ec"]
    quiet = {"cwd": directory, "check": True, "stdout": subprocess.DEVNULL}
    if "git.err" in names:
        subprocess.run(shell + ["""
            git init -q repository; cd repository
            for i in $(seq 10); do echo $i > $i; git add $i; done
            git -c user.name=a -c user.email=a@b commit -qm files"""], **quiet)
    if "ffmpeg.out" in names:
        subprocess.run(shell + [
            "ffmpeg -v error -f lavfi -i testsrc=duration=4:size=64x48:rate=10 film.mkv"], **quiet)
    if any(SCRIPTS.get(name, "").startswith("node") for name in names):
        subprocess.run(shell + ["npm install --silent --no-audit --no-fund " + " ".join(NPM)],
                       **quiet)


def run_piped(command, stream, **options):
    """The bytes of one stream of a command, the other one thrown away."""
    done = subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE if stream == "out" else subprocess.DEVNULL,
                          stderr=subprocess.PIPE if stream == "err" else subprocess.DEVNULL,
                          **options)
    return done.stdout if stream == "out" else done.stderr


def run_on_terminal(command, cwd, env):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execve("/bin/sh", ["sh", "-c", command], {**env, "TERM": "xterm"})
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    output = b""
    try:
        while piece := os.read(terminal, 65536):
            output += piece
    except OSError:  # how a terminal says that nobody is there any more
        pass
    os.waitpid(pid, 0)
    return output


def read_screen(output, read, columns, rows):
    """The percentages that stood in the cursor's row, and the rows at the end."""
    screen = pyte.Screen(columns, rows)
    screen.set_mode(pyte.modes.LNM)
    stream = pyte.ByteStream(screen)
    percents = []
    for byte in output + b"\x1b":
        if byte in b"\r\n\x1b":
            percent = read(screen.display[screen.cursor.y].rstrip())
            if percent is not None and percents[-1:] != [percent]:
                percents.append(percent)
        stream.feed(bytes([byte]))
    return percents, [row.rstrip() for row in screen.display]


def write(name, text):
    with open(os.path.join(FIXTURES, name), "wb") as out:
        out.write(text if isinstance(text, bytes) else text.encode())


def write_percents(stem, percents):
    kept = [p for i, p in enumerate(percents) if i == 0 or percents[i - 1] != p]
    write(stem + ".percent", "".join(f"{p:.7g}\n" for p in kept))


def capture(name, cwd, env):
    stem, stream = name.rsplit(".", 1)
    if name in SCRIPTS:
        output = run_piped(SCRIPTS[name] + " 3>meant", stream, cwd=cwd, env=env)
        with open(os.path.join(cwd, "meant"), "rb") as meant:
            write(stem + ".items", meant.read())
    elif name in PROTOCOL:
        command, read = PROTOCOL[name]
        output = run_piped(command, stream, cwd=cwd, env=env)
        write_percents(stem, read(output.decode()))
    elif name in ON_TERMINAL:
        command, read = ON_TERMINAL[name]
        output = run_on_terminal(command, cwd, env)
        write_percents(stem, read_screen(output, read, 80, 24)[0])
    else:
        command, read = ON_SCREEN[name]
        output = run_piped(command, stream, cwd=cwd, env=env)
        percents, rows = read_screen(output, read, 200, output.count(b"\n") + 1)
        write_percents(stem, percents)
        write(stem + ".lines", "".join(row + "\n" for row in rows).rstrip("\n") + "\n")
    write(name, output)
    print(f"{name}: {len(output)} bytes")


def main():
    known = [*ON_SCREEN, *ON_TERMINAL, *PROTOCOL, *SCRIPTS]
    names = [name for name in known if not sys.argv[1:] or name.rsplit(".", 1)[0] in sys.argv[1:]]
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlowServer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(os.path.join(HERE, "scripts"), os.path.join(directory, "scripts"))
        prepare(directory, names)
        env = {**os.environ, "URL": f"http://127.0.0.1:{server.server_port}",
               "SCRIPTS": "scripts", "RESTIC_PASSWORD": "x", "LC_ALL": "C.UTF-8"}
        for name in names:
            capture(name, directory, env)


if __name__ == "__main__":
    main()
