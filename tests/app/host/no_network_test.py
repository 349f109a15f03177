#!/usr/bin/env python3
"""In normal use the whole application opens no socket but Unix ones and those of the loopback: every
process of it is watched by strace while it indexes, searches, answers and serves.

    no_network_test.py ALCOVE_CLI
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from engine_process import CHAT_MODEL, PATIENCE, Checks, wait_until
from library_host_test import Place

# Calls that name a kind of socket or an address.
SOCKET = re.compile(r"\bsocket(?:pair)?\((\w+),")
ADDRESS = re.compile(r"\b(connect|bind|sendto|sendmsg|sendmmsg)\((.*)")
LOOPBACK = re.compile(r'inet_addr\("127\.[\d.]+"\)|inet_pton\(AF_INET6, "::1"')


def breaches(trace):
    """The lines of strace that show something else; and how many sockets were seen."""
    found, seen = [], 0
    for line in trace.splitlines():
        if match := SOCKET.search(line):
            seen += 1
            # An internet socket may be made; where it leads to is looked at below.
            if match[1] not in ("AF_UNIX", "AF_LOCAL", "AF_INET", "AF_INET6", "AF_NETLINK"):
                found.append(line)
        if (match := ADDRESS.search(line)) and "AF_INET" in match[2]:
            if not LOOPBACK.search(match[2]):
                found.append(line)
    return found, seen


class Watched(Place):
    """Every command and all that it starts under strace; the engine, which outlives them, is started
    first."""

    def __init__(self, cli):
        super().__init__(cli)
        self.traces = self.folder / "traces"
        self.traces.mkdir()
        self.count = 0
        # Built with sanitizers: who looks for leaks cannot be watched.
        self.environment["ASAN_OPTIONS"] = "detect_leaks=0"
        self.engine = subprocess.Popen(
            self.strace("engine", Path(cli).with_name("alcove-engine")), env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.socket.exists, "the engine's socket")

    def strace(self, name, program):
        return ["strace", "-ff", "-qq", "-s", "200", "-e", "trace=network",
                "-o", str(self.traces / name), str(program)]

    def start(self, *words, **more):
        self.count += 1
        return subprocess.Popen([*self.strace(str(self.count), self.cli), *map(str, words)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **more.pop("environment", {})}, **more)

    def trace(self):
        return "\n".join(path.read_text(errors="replace") for path in self.traces.iterdir())


def serve(place, checks):
    served = place.start("serve", "--port", "0")
    line = served.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", line)
    checks.that(found, "serve:", line)
    body = {"model": CHAT_MODEL, "max_tokens": 4, "messages": [{"role": "user", "content": "Hello"}]}
    request = urllib.request.Request(f"http://127.0.0.1:{found[1]}/v1/chat/completions",
                                     json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        checks.that(answer.status == 200)
    children = Path(f"/proc/{served.pid}/task/{served.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGINT)
    checks.that(served.wait(PATIENCE) == 0, "the end of serve")


def can_trace():
    return shutil.which("strace") and subprocess.run(
        ["strace", "-f", "-o", os.devnull, "true"], capture_output=True).returncode == 0


def main():
    checks = Checks()
    # The test must be able to fail.
    seen = breaches('1 connect(3, {sa_family=AF_INET, sin_port=htons(53), '
                    'sin_addr=inet_addr("9.9.9.9")}, 16) = 0\n'
                    '1 socket(AF_PACKET, SOCK_RAW, 0) = 3\n'
                    '1 connect(3, {sa_family=AF_INET, sin_addr=inet_addr("127.0.0.1")}, 16) = 0\n')
    checks.that((len(seen[0]), seen[1]) == (2, 1), seen)
    if not can_trace():
        print("skipped: strace cannot watch processes here")
        sys.exit(77)
    with Watched(sys.argv[1]) as place:
        place.write_cities()
        for words in (("ingest", place.documents), ("search", "capital of Peru"),
                      ("ask", "What is the capital of Egypt?"),
                      ("ask", "-m", CHAT_MODEL, "What is the capital of Egypt?"),
                      ("library status",), ("library verify",)):
            code, _, error = place.of(*words)
            checks.that(code == 0, words, error)
        code, _, error = place.run("read", place.documents / "Lima.txt")
        checks.that(code == 0, "read:", error)
        process = place.start("chat", "-q", "--limit", "8", stdin=subprocess.PIPE)
        process.communicate("Hello\n", timeout=PATIENCE)
        checks.that(process.returncode == 0, "chat")
        serve(place, checks)
        place.run("engine", "stop")
        checks.that(place.engine.wait(PATIENCE) == 0, "the engine's end")
        trace = place.trace()
        found, seen = breaches(trace)
        checks.that(not found, *found[:5])
        # The engine was among them: it listened on its Unix socket and on the loopback.
        checks.that("AF_UNIX" in trace and "listen(" in trace and seen >= 4, seen, "sockets")
        print(f"{place.count} commands, {seen} sockets seen")
    checks.finish()


if __name__ == "__main__":
    main()
