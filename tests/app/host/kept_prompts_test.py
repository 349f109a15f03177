#!/usr/bin/env python3
"""What the engine has read is on disk while it rests: a conversation goes on after the engine was
killed without being read again, with the same answer; a damaged file is read anew; `engine forget`
removes all.

    kept_prompts_test.py ALCOVE_CLI
"""
import json
import stat
import subprocess
import sys
from pathlib import Path

from engine_process import CHAT_MODEL, Checks, Engine, wait_until

RULES = " ".join(f"Rule {n}: never name the city of number {n * 7}." for n in range(1, 40))


def chat(engine, messages):
    status, body, _ = engine.request("POST", "/v1/chat/completions", {
        "model": CHAT_MODEL, "messages": messages, "max_tokens": 12, "temperature": 0})
    if status != 200:
        sys.exit(f"status {status}: {body}")
    told = json.loads(body)
    return (told["choices"][0]["message"]["content"], told["usage"]["prompt_tokens"],
            told["usage"]["prompt_tokens_details"]["cached_tokens"])


def kept(engine):
    return sorted(Path(engine.environment["XDG_CACHE_HOME"]).rglob("*.prefix"))


def after(cli, earlier, messages):
    """The answer of a new engine that finds what the earlier one kept; its files afterwards."""
    engine = Engine(cli)
    target = Path(engine.environment["XDG_CACHE_HOME"]) / "alcove" / "prompts"
    target.mkdir(parents=True)
    for name, content in (earlier or {}).items():
        (target / name).write_bytes(content)
    with engine:
        answer = chat(engine, messages)
        return answer, [path.name for path in kept(engine)]


def main():
    cli, checks = sys.argv[1], Checks()
    talk = [{"role": "system", "content": RULES}, {"role": "user", "content": "Name a city."}]
    with Engine(cli) as engine:
        first, _, cached = chat(engine, talk)
        checks.that(cached == 0, "nothing was there before:", cached)
        wait_until(lambda: kept(engine), "the first file")
        talk += [{"role": "assistant", "content": first}, {"role": "user", "content": "And another."}]
        second, length, cached = chat(engine, talk)
        checks.that(cached > 256, "in memory:", cached)
        old = kept(engine)
        wait_until(lambda: len(kept(engine)) == 1 and kept(engine) != old,
                   "the longer conversation's file, in the other's place")
        path = kept(engine)[0]
        checks.that(stat.S_IMODE(path.stat().st_mode) == 0o600 and
                    stat.S_IMODE(path.parent.stat().st_mode) == 0o700, "for the owner alone")
        engine.stop_engine()
        files = {path.name: path.read_bytes()}

    talk += [{"role": "assistant", "content": second}, {"role": "user", "content": "One more."}]
    wanted, _ = after(cli, None, talk)
    found, _ = after(cli, files, talk)
    checks.that(found[0] == wanted[0] and wanted[2] == 0, "the same answer:", found, wanted)
    checks.that(found[2] >= length, "not read again:", found, length)

    for name, damage in (("a byte", lambda b: b[:5000] + bytes([b[5000] ^ 1]) + b[5001:]),
                         ("cut off", lambda b: b[:len(b) // 2]), ("empty", lambda b: b""),
                         ("no session", lambda b: b"x" * 500),
                         ("tokens without end", lambda b: b[:40] + b"\xff" * 8 + b[48:])):
        broken, left = after(cli, {n: damage(content) for n, content in files.items()}, talk)
        checks.that(broken[0] == wanted[0] and broken[2] == 0, name, broken)
        checks.that(not set(left) & set(files), name, "it is gone:", left)

    with Engine(cli) as engine:
        chat(engine, talk)
        wait_until(lambda: kept(engine), "a file to forget")
        subprocess.run([cli, "engine", "forget"], env=engine.environment, check=True)
        checks.that(not kept(engine), "forgotten")
        checks.that(chat(engine, talk)[2] == 0, "also in memory")
    checks.finish()


if __name__ == "__main__":
    main()
