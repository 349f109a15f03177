#!/usr/bin/env python3
"""Requests with clients that go away at random leave the engine's memory as it was, within 2 %.

    host_memory_test.py ALCOVE_CLI

10,000 requests with ALCOVE_TEST_FULL, 400 without; eight clients at a time.
"""
import concurrent.futures
import http.client
import json
import os
import random
import re
import sys
import threading
from pathlib import Path

from engine_process import CHAT_MODEL, Checks, Engine, wait_until

SESSIONS = 16  # of one model, in the engine


def resident(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])  # KiB


def ask(engine, rng, tally):
    """One request; half of the clients go away before, during or after the answer."""
    words = rng.sample(["red", "house", "seven", "river", "paper", "glass", "night"], 3)
    body = {"model": CHAT_MODEL, "messages": [{"role": "user", "content": " ".join(words)}],
            "max_tokens": rng.randint(1, 6), "stream": rng.random() < 0.5, "seed": 1}
    connection = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=120)
    try:
        connection.request("POST", "/v1/chat/completions", json.dumps(body),
                           {"Content-Type": "application/json"})
        kind = rng.random()
        if kind < 0.25:
            tally("left at once")
            return
        answer = connection.getresponse()
        if kind < 0.5:
            answer.read(rng.randint(1, 200))
            tally("left in the middle")
            return
        answer.read()
        tally(answer.status)
    finally:
        connection.close()


def use_every_session(engine):
    """So many clients with long answers that each session has taken its memory; then they leave."""
    body = json.dumps({"model": CHAT_MODEL, "max_tokens": 2000, "stream": True, "ignore_eos": True,
                       "messages": [{"role": "user", "content": "Count from one to a thousand."}]})
    clients = [http.client.HTTPConnection("127.0.0.1", engine.port, timeout=120)
               for _ in range(SESSIONS)]
    for client in clients:
        client.request("POST", "/v1/chat/completions", body, {"Content-Type": "application/json"})
    wait_until(lambda: engine.metric("requests_working") == SESSIONS, "every session in use")
    for client in clients:
        client.close()
    wait_until(lambda: engine.metric("requests_working") == 0, "every client gone")


def main():
    count = 10_000 if os.environ.get("ALCOVE_TEST_FULL") else 400
    checks = Checks()
    seen, lock = {}, threading.Lock()

    def tally(what):
        with lock:
            seen[what] = seen.get(what, 0) + 1

    engine = Engine(sys.argv[1])
    # Built with sanitizers, it keeps what was freed for a while, and where each piece came from.
    engine.environment["ASAN_OPTIONS"] = ("quarantine_size_mb=0:thread_local_quarantine_size_kb=0:"
                                          "malloc_context_size=1")
    with engine:
        def run(requests, seed):
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                rngs = [random.Random(seed + i) for i in range(requests)]
                list(pool.map(lambda rng: ask(engine, rng, tally), rngs))
            wait_until(lambda: engine.metric("requests_working") == 0 and
                       engine.metric("requests_waiting") == 0, "all work done")
            return resident(engine.engine_pid())

        use_every_session(engine)
        before = run(count // 2, 1)
        after = run(count // 2, count)
        checks.that(abs(after - before) <= 0.02 * before, "resident:", before, "KiB, then", after)
        checks.that(seen.get(200, 0) > count // 4, seen)
        checks.that(not set(seen) - {200, 429, "left at once", "left in the middle"}, seen)
        print(f"{count} requests: {seen}; resident {before} KiB, then {after} KiB")
    checks.finish()


if __name__ == "__main__":
    main()
