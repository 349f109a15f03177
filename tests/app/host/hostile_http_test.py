#!/usr/bin/env python3
"""The port under requests that nobody well-meaning sends.

    hostile_http_test.py ALCOVE_CLI

Every malformed request gets a status from 400 to 499 or a closed connection, and the engine goes on.
10,000 of them with ALCOVE_TEST_FULL, some hundreds without.
"""
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time

from engine_process import CHAT_MODEL, PATIENCE, Checks, Engine, wait_until

GOOD = {"model": CHAT_MODEL, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1,
        "temperature": 0}
VALUES = [None, True, -1, 0, 1e308, 2**63, -2**70, "", "x", "\u0000", "\ud83d\ude00", [], {}, [[]],
          [None], {"a": {}}, {"type": "function", "name": "f"}, [{"type": "function_call"}],
          [{"type": "function", "name": "f", "parameters": {"required": 3, "properties": []}}],
          [{"function": {"name": "f", "parameters": {"type": "object", "$ref": "#"}}}],
          {"type": "enabled", "budget_tokens": "x"}, "required", "9" * 5000, ["user"],
          [{"role": "user"}], [{"role": 1, "content": []}]]
KEYS = ["model", "messages", "max_tokens", "temperature", "top_p", "n", "stop", "stream", "seed",
        "logit_bias", "logprobs", "top_logprobs", "stream_options", "tools", "response_format",
        "chat_template_kwargs", "prompt", "input", "tool_choice", "parallel_tool_calls",
        "reasoning_effort", "thinking_budget", "instructions", "text", "reasoning", "metadata",
        "previous_response_id", "query", "documents", "top_n", "system", "thinking"]
PATHS = ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses",
         "/v1/rerank", "/v1/messages"]


def raw(engine, data):
    """The status of the first line that comes back; None: the connection was closed."""
    with socket.create_connection(("127.0.0.1", engine.port), 30) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        except OSError:
            return None
    words = answer.split(b" ", 2)
    return int(words[1]) if len(words) > 1 and words[1].isdigit() else None


def mutated(rng):
    body = json.loads(json.dumps(GOOD))
    for _ in range(rng.randint(1, 3)):
        body[rng.choice(KEYS)] = rng.choice(VALUES)
    text = json.dumps(body).encode()
    kind = rng.random()
    if kind < 0.3:  # cut
        text = text[:rng.randrange(len(text))]
    elif kind < 0.5:  # bytes changed
        text = bytearray(text)
        for _ in range(rng.randint(1, 4)):
            text[rng.randrange(len(text))] = rng.randrange(256)
        text = bytes(text)
    return text


def bodies(engine, checks, rng, count):
    statuses = {}
    for _ in range(count):
        status, answer, _ = engine.request("POST", rng.choice(PATHS), mutated(rng))
        statuses[status] = statuses.get(status, 0) + 1
        checks.that(status == 200 or 400 <= status < 500, status, answer[:200])
        if status != 200:
            checks.that("message" in json.loads(answer)["error"], answer[:200])
    print("bodies:", statuses)


def lines(engine, checks, rng, count):
    host = b"Host: 127.0.0.1\r\n"
    fixed = [b"", b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100,
             b"POST /v1/completions HTTP/1.1\r\n" + host + b"\r\n{}",
             b"POST /v1/completions HTTP/1.1\r\n" + host + b"Content-Length: -5\r\n\r\n{}",
             b"POST /v1/completions HTTP/1.1\r\n" + host + b"Content-Length: 99999999999\r\n\r\n{}",
             b"POST /v1/completions HTTP/1.1\r\n" + host + b"Content-Length: 10\r\n\r\n{}",
             b"POST /v1/completions HTTP/1.1\r\n" + host +
             b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n{}",
             b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n" + host + b"\r\n",
             b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + host + b"\r\n",
             b"GET /v1/models/%00%ff%2e%2e/%zz HTTP/1.1\r\n" + host + b"\r\n",
             b"BREW /v1/models HTTP/1.1\r\n" + host + b"\r\n"]
    good = (b"POST /v1/completions HTTP/1.1\r\n" + host + b"Content-Length: 2\r\n\r\n{}")
    for i in range(count):
        data = fixed[i % len(fixed)]
        if i >= len(fixed):
            changed = bytearray(good)
            for _ in range(rng.randint(1, 5)):
                changed[rng.randrange(len(changed))] = rng.randrange(256)
            data = bytes(changed[:rng.randint(1, len(changed))])
        status = raw(engine, data)
        checks.that(status is None or 400 <= status < 500, status, data[:120])


def heads(engine, checks):
    """What cannot be read is answered; who sends slowly keeps the others waiting for seconds at
    most, however many he is."""
    request = b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    for length in (b"abc", b"99999999999999999999", b"1 2"):
        status = raw(engine, request + b"Content-Length: " + length + b"\r\n\r\n{}")
        checks.that(status == 400, length, status)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", engine.port), PATIENCE) as connection:
        connection.sendall(bytes.fromhex("160301020001") + b" " * 60)  # TLS; a line that goes on
        answer = connection.recv(1000)
    checks.that(b" 400 " in answer and time.monotonic() - began < 5, "TLS:", answer)
    began = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", engine.port), PATIENCE) for _ in range(80)]
    for connection in slow:
        connection.sendall(request)
    checks.that(engine.request("GET", "/health")[0] == 200 and time.monotonic() - began < 40,
                "beside the slow:", time.monotonic() - began)
    for connection in slow:
        connection.close()


def strangers(engine, checks):
    for header in ({"Origin": "https://example.org"}, {"Host": "example.org"},
                   {"Origin": "null"}, {"Host": "127.0.0.1.example.org"}):
        status, _, _ = engine.request("GET", "/v1/models", headers=header)
        checks.that(status == 403, header, status)
    for header in ({"Origin": f"http://localhost:{engine.port}"}, {"Host": "localhost:5"},
                   {"Host": "[::1]:80"}):
        status, _, _ = engine.request("GET", "/v1/models", headers=header)
        checks.that(status == 200, header, status)
    checks.that(engine.request("GET", "/v1/chat/completions")[0] == 405, "method")
    checks.that(engine.request("GET", "/alcove/handshake")[0] == 404, "own routes on a port")
    checks.that(engine.request("POST", "/alcove/stop", {})[0] == 404, "own routes on a port")


def ends(engine, checks):
    """The port goes with who opened it, however that ends."""
    taken = subprocess.run([engine.cli, "serve", "--port", str(engine.port)], timeout=PATIENCE,
                           env=engine.environment, capture_output=True, text=True)
    checks.that(taken.returncode == 1 and f"{engine.port}: another program listens" in taken.stderr,
                "a taken port:", taken)
    for words, wrong in ((("--key", "a\r\nb"), "no request can carry"),
                         (("--key", b"k\xff"), "no request can carry"),
                         (("--key", "a", "--key-file", "b"), "either"),
                         (("--key-file", "/nowhere"), "/nowhere"),
                         (("--key-file", __file__), "one line"),
                         (("--cert", "/nowhere", "--cert-key", "/nowhere"), "/nowhere: cannot"),
                         (("--cert", __file__, "--cert-key", __file__), "no certificate")):
        refused = subprocess.run([engine.cli, "serve", "--port", "0", *words], timeout=PATIENCE,
                                 env=engine.environment, capture_output=True, text=True)
        checks.that(refused.returncode in (1, 2) and wrong in refused.stderr, words, refused)
    mode = engine.socket.stat().st_mode & 0o777
    checks.that(mode == 0o600, "the socket's mode:", oct(mode))
    engine.serve.send_signal(signal.SIGKILL)
    engine.serve.wait()

    def closed():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", engine.port)) != 0
    wait_until(closed, "the port closed")
    os.kill(engine.engine_pid(), 0)  # the engine itself goes on
    os.kill(engine.engine_pid(), signal.SIGKILL)
    again = Engine(engine.cli)
    again.socket, again.environment = engine.socket, engine.environment
    with again:  # over the socket that the killed one left behind
        checks.that(again.request("GET", "/health")[0] == 200, "after a kill")


def main():
    checks = Checks()
    rng = random.Random(int(os.environ.get("ALCOVE_SEED", "1")))
    count = 5000 if os.environ.get("ALCOVE_TEST_FULL") else 150
    with Engine(sys.argv[1]) as engine:
        pid = engine.engine_pid()
        strangers(engine, checks)
        heads(engine, checks)
        bodies(engine, checks, rng, count)
        lines(engine, checks, rng, count)
        checks.that(engine.engine_pid() == pid, "the same engine")
        checks.that(engine.request("GET", "/health")[0] == 200, "still there")
        ends(engine, checks)
    checks.finish()


if __name__ == "__main__":
    main()
