#!/usr/bin/env python3
"""The terminal chat in a real terminal: Ctrl-C stops an answer and the chat goes on, Ctrl-D ends it.

    chat_interrupt_test.py ALCOVE_CLI

Needs $ALCOVE_TEST_DATA/models with the starter model; exits with 77 (skipped) without.
"""
import os
import pty
import select
import sys
import time
from pathlib import Path

PATIENCE = 120  # seconds until what must come counts as missing


class Terminal:
    def __init__(self, command, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(command[0], command, environment)
        self.seen = b""

    def send(self, data):
        os.write(self.fd, data)

    def wait_for(self, text):
        """Reads until `text` comes; what came before it and itself is forgotten."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.fd], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                sys.exit(f"{text!r} did not come; seen: {self.seen[-2000:]!r}")
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other end was closed
                data = b""
            if not data:
                sys.exit(f"the chat ended before {text!r}; seen: {self.seen[-2000:]!r}")
            self.seen += data
        before, self.seen = self.seen.split(text, 1)
        return before

    def exit_code(self):
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def main():
    models = Path(os.environ.get("ALCOVE_TEST_DATA", "/nowhere")) / "models"
    if not (models / "SmolLM2-135M-Instruct.Q4_1.gguf").exists():
        print("skipped: ALCOVE_TEST_DATA has no starter models")
        return 77
    environment = {**os.environ, "ALCOVE_MODELS": str(models), "TERM": "dumb"}
    chat = Terminal([sys.argv[1], "chat", "--temperature", "0", "--exact"],
                    environment)
    chat.wait_for(b"/help lists the commands")
    chat.wait_for(b"> ")
    chat.send(b"\x03")  # at the prompt: a hint, no end
    chat.wait_for(b"Ctrl-D ends the chat")
    chat.wait_for(b"> ")
    chat.send(b"Write a very long story about a lighthouse, with every detail.\n")
    chat.wait_for(b"detail.\r\n")
    chat.wait_for(b" ")  # the answer has begun
    chat.send(b"\x03")
    chat.wait_for(b"(stopped)")
    chat.wait_for(b" reused, ")
    chat.wait_for(b"> ")
    chat.send(b"What is the capital of France? One word.\n")  # and it goes on
    chat.wait_for(b"Paris")
    chat.send(b"\x03")  # whether it is still talking or not
    chat.wait_for(b"> ")
    chat.send(b"/clear\n")
    chat.wait_for(b"(forgotten)")
    chat.wait_for(b"> ")
    chat.send(b"\x04")
    code = chat.exit_code()
    print(f"exit code {code}")
    return 0 if code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
