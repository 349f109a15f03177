#!/usr/bin/env python3
"""The window is killed at random moments; whatever the store had shown to hold is there afterwards.

    window_kill_test.py ALCOVE

20 kills, 100 with ALCOVE_TEST_FULL.
"""
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from window import Screen, Window, rows

GROWING, INTERRUPTED = 0, 5
MESSAGES = """SELECT m.id, m.parent, m.from_user, m.state, m.text ||
    coalesce((SELECT group_concat(text, '') FROM
              (SELECT text FROM pieces WHERE message = m.id ORDER BY number)), '')
    FROM messages m ORDER BY m.id"""
DRAFTS = "SELECT conversation, text FROM drafts WHERE text <> ''"


def seen(store):
    return {row[0]: row[1:] for row in rows(store, MESSAGES)}, dict(rows(store, DRAFTS))


def check(before, after, failures):
    messages, _ = before
    for number, (parent, from_user, state, text) in messages.items():
        if number not in after[0]:
            failures.append(f"message {number} is gone")
            continue
        now = after[0][number]
        whole = now[3] == text if state != GROWING else now[3].startswith(text)
        if now[:2] != (parent, from_user) or not whole:
            failures.append(f"message {number} was {text[-40:]!r}, and is {now[3][-40:]!r}")
        if state != GROWING and now[2] != state:
            failures.append(f"message {number}: state {state} became {now[2]}")


def main():
    count = 100 if os.environ.get("ALCOVE_TEST_FULL") else 20
    rng = random.Random(5)
    failures, growing, drafts = [], 0, 0
    with Screen() as screen, tempfile.TemporaryDirectory(prefix="alcove-window-") as folder:
        store = Path(folder) / "conversations.db"
        for round_ in range(count):
            begun = seen(store)
            with Window(screen, sys.argv[1], "--fake", folder=folder) as window:
                window.focus()
                # What was interrupted is said to be, as soon as the store is open.
                window.wait_until(lambda: not window.rows(
                    f"SELECT 1 FROM messages WHERE state = {GROWING}"), "the store")
                check(begun, seen(store), failures)
                window.type(f"long {round_}")
                window.wait_until(lambda: any(str(round_) in text for text in
                                              seen(store)[1].values()), "the draft is kept")
                asked = rng.random() < 0.8
                if asked:
                    window.key("Return")
                    window.wait_until(lambda: len(seen(store)[0]) >= len(begun[0]) + 2,
                                      "the question is kept")
                    time.sleep(rng.random() * 0.5)
                else:
                    window.type(" and more")
                before = seen(store)
                window.kill()
                after = seen(store)
                check(before, after, failures)
                growing += any(row[2] == GROWING for row in after[0].values())
                drafts += not asked
                if not asked:
                    text = next(iter(after[1].values()), "")
                    wanted = f"long {round_}"
                    if wanted not in text:
                        failures.append(f"round {round_}: the draft is {text!r}")
    for failure in failures[:20]:
        print("FAILED:", failure)
    print(f"{count} kills, {growing} in the middle of an answer, {drafts} of a draft; "
          f"{len(failures)} failures")
    if growing < count // 4:
        print("FAILED: hardly any kill came in the middle of an answer")
        failures.append("growing")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
