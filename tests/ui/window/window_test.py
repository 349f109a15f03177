#!/usr/bin/env python3
"""The real window, by its keys alone: ask, stop, begin another chat, search, close, open again.

    window_test.py ALCOVE [FOLDER FOR PICTURES]
"""
import signal
import sys
import tempfile
from pathlib import Path

from window import Screen, Window

ANSWERS = "SELECT text FROM messages WHERE from_user = 0 AND state <> 0 ORDER BY id"


def main():
    failures = []

    def that(holds, *words):
        if not holds:
            failures.append(" ".join(map(str, words)))
            print("FAILED:", failures[-1], flush=True)

    with Screen() as screen, tempfile.TemporaryDirectory(prefix="alcove-window-") as folder:
        with Window(screen, sys.argv[1], "--fake", folder=folder) as window:
            window.focus()
            window.type("hello there")  # the cursor is in the question field
            window.key("Return")
            window.wait_until(lambda: window.rows(ANSWERS) == [("You said: hello there",)],
                              "the first answer")
            window.type("slow")
            window.key("Return")
            window.wait_until(lambda: window.rows("SELECT 1 FROM pieces"), "an answer grows")
            window.key("Escape")
            window.wait_until(lambda: len(window.rows(ANSWERS)) == 2, "it is stopped")
            that(window.rows("SELECT state FROM messages ORDER BY id DESC LIMIT 1") == [(3,)],
                 "an answer that was stopped says so")
            window.wait_until(lambda: window.rows(
                "SELECT 1 FROM conversations WHERE titled = 1"), "the title")
            window.key("ctrl+n")
            window.type("another one")
            window.key("shift+Return")
            window.type("with two lines")
            window.key("Return")
            window.wait_until(lambda: len(window.rows(ANSWERS)) == 3, "the other chat's answer")
            that(window.rows("SELECT count(*) FROM conversations") == [(2,)], "two chats")
            that(window.rows(ANSWERS)[2][0] == "You said: another one\nwith two lines",
                 window.rows(ANSWERS)[2])
            # Search leads back to the first chat.
            window.key("ctrl+k")
            window.type("hello")
            window.key("Return")
            window.wait_until(lambda: "hello" in window.title(), "the first chat is shown")
            window.type("again")
            window.key("Return")
            window.wait_until(lambda: len(window.rows(ANSWERS)) == 4, "an answer there")
            that(window.rows("SELECT conversation FROM messages ORDER BY id DESC LIMIT 1") ==
                 window.rows("SELECT min(id) FROM conversations"), "it is the first chat")
            window.type("a draft")
            window.wait_until(lambda: window.rows("SELECT 1 FROM drafts WHERE text = 'a draft'"),
                              "the draft is kept")
            that(window.quit() == 0, "Ctrl Q ends it well:", window.process.returncode)
        with Window(screen, sys.argv[1], "--fake", folder=folder) as window:
            that(len(window.rows(ANSWERS)) == 4, "all is there after opening again")
            window.kill(signal.SIGTERM)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
