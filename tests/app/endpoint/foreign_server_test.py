#!/usr/bin/env python3
"""Endpoints and routes with a server that nobody here wrote: the one of llama-cpp-python.

    foreign_server_test.py ALCOVE_CLI

Exits with 77 (skipped) where the starter models or that server are missing.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "host"))
from engine_process import CHAT_MODEL, PATIENCE, Checks, models_folder, wait_until  # noqa: E402

KEY = "sk-foreign"
QUESTION = "What is the capital of France?"


def foreign_python():
    python = Path(os.environ.get("ALCOVE_TEST_DATA", "/nowhere")) / "foreign" / "bin" / "python"
    if not python.exists():
        print("skipped: ALCOVE_TEST_DATA has no foreign server")
        sys.exit(77)
    return python


class ForeignServer:
    """A context: inside it the server answers."""

    def __init__(self, folder, name, *options):
        self.log = Path(folder) / f"{name}.log"
        self.command = [foreign_python(), "-m", "llama_cpp.server", "--model",
                        models_folder() / f"{CHAT_MODEL}.gguf", "--model_alias", "foreign",
                        "--host", "127.0.0.1", "--port", "0", "--n_ctx", "1024", "--api_key", KEY,
                        *options]

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        wait_until(lambda: self.process.poll() is not None or self.found(), "the foreign server")
        if not self.found():
            sys.exit(self.log.read_text(errors="replace")[-2000:])
        self.url = f"http://127.0.0.1:{self.found()[1]}/v1"
        return self

    def found(self):
        return re.search(r"running on http://127\.0\.0\.1:(\d+)",
                         self.log.read_text(errors="replace"))

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def answer(self, question, tokens):
        """As it says it itself, whole."""
        body = {"model": "foreign", "max_tokens": tokens, "temperature": 0,
                "messages": [{"role": "user", "content": question}]}
        request = urllib.request.Request(
            self.url + "/chat/completions", json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return json.load(reply)["choices"][0]["message"]["content"]


class Cli:
    def __init__(self, program, folder):
        self.program, self.folder = program, Path(folder)
        models = self.folder / "models"
        models.mkdir()
        (models / f"{CHAT_MODEL}.gguf").symlink_to(models_folder() / f"{CHAT_MODEL}.gguf")
        self.socket = self.folder / "private" / "engine.sock"
        self.environment = {**os.environ, "XDG_CONFIG_HOME": str(self.folder / "config"),
                            "ALCOVE_MODELS": str(models), "ALCOVE_SOCKET": str(self.socket)}

    def run(self, *words):
        return subprocess.run([self.program, *words], env=self.environment, text=True,
                              capture_output=True, timeout=PATIENCE * 3)

    def json(self, *words):
        done = self.run(*words, "--json")
        if done.returncode != 0:
            sys.exit(f"{words}: {done.stderr}")
        return json.loads(done.stdout)

    def add(self, name, url, key=KEY):
        file = self.folder / "key"
        file.write_text(key)
        self.run("endpoints", "add", name, "--url", url, "--key-file", file)

    def rules(self, **rules):
        file = self.folder / "rules.json"
        file.write_text(json.dumps(rules))
        done = self.run("route", "rules", "--set", file)
        if done.returncode != 0:
            sys.exit(done.stderr)

    def start(self, *words):
        return subprocess.Popen([self.program, *words], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def stop_engine(self):
        try:
            os.kill(int((self.socket.parent / "engine.sock.lock").read_text().split()[0]),
                    signal.SIGKILL)
        except (OSError, ValueError, IndexError):
            pass


def endpoint(cli, server, checks):
    cli.add("foreign", server.url)
    told = cli.json("endpoints", "test", "foreign")
    checks.that(told["models"] == ["foreign"], told)
    checks.that(told["probabilities"] is True, told)
    checks.that(told["answer"].strip() != "", told)

    cli.rules(default={"endpoint": "foreign"})
    routed = cli.json("route", QUESTION, "--limit", "24")
    expected = server.answer(QUESTION, 24)
    checks.that(routed["answer"] == expected, routed["answer"], "and", expected)
    confidence = routed["first"]["confidence"]
    checks.that(0 < confidence["minimum"] <= confidence["mean"] <= 1, confidence)
    checks.that(confidence["tokens"] > 3, confidence)
    shown = cli.run("route", QUESTION, "--limit", "24")
    checks.that(shown.stdout.strip() == expected.strip(), shown.stdout)

    cli.add("locked", server.url, "wrong")
    done = cli.run("endpoints", "test", "locked")
    checks.that(done.returncode == 1 and "refuses the key" in done.stderr, done.stderr)


def stopping(cli, checks):
    process = cli.start("route", "Count from one to a thousand.", "--limit", "900")
    process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=PATIENCE)
    checks.that(process.returncode == 1 and b"stopped" in error, process.returncode, error)
    checks.that("answer" in cli.json("route", "Say yes.", "--limit", "4"), "after stopping")


def without_probabilities(cli, url, checks):
    """Nobody knows how sure it is, so the question goes on, to this machine's engine."""
    cli.add("silent", url)
    told = cli.json("endpoints", "test", "silent")
    checks.that(told["probabilities"] is False, told)
    cli.rules(default={"endpoint": "silent"},
              escalation={"to": {"endpoint": "local", "model": CHAT_MODEL}, "mean": 0.5})
    routed = cli.json("route", QUESTION, "--limit", "24")
    checks.that(routed["escalated"] and routed["answered_by"] == f"local/{CHAT_MODEL}", routed)
    checks.that("not told" in routed["doubt"], routed)
    checks.that("Paris" in routed["answer"], routed)
    checks.that(routed["second"]["confidence"]["mean"] > 0, routed)


def calibrating(cli, server, checks):
    cli.add("foreign", server.url)
    file = cli.folder / "examples.jsonl"
    file.write_text("".join(json.dumps({"question": f"What is the capital of {land}?",
                                        "answers": [town]}) + "\n"
                            for land, town in (("France", "Paris"), ("Italy", "Rome"),
                                               ("Japan", "Tokyo"))))
    told = cli.json("route", "calibrate", "--examples", file, "--small", f"local/{CHAT_MODEL}",
                    "--large", "foreign", "--limit", "24")
    checks.that(told["large"] == "foreign/foreign", told["large"])
    checks.that(0 <= told["small_accuracy"] <= 1 and 0 <= told["large_accuracy"] <= 1, told)
    checks.that(told["results"][0]["small_right"], told["results"][0])
    rows = told["measures"]["mean"]["rows"]
    checks.that(rows[0]["accuracy"] == told["small_accuracy"], rows)
    checks.that(rows[-1]["accuracy"] == told["large_accuracy"], rows)


def dying(cli, server, checks):
    cli.rules(default={"endpoint": "foreign"})
    process = cli.start("route", "Count from one to a thousand.", "--limit", "900")
    process.stdout.read(1)
    server.process.kill()
    _, error = process.communicate(timeout=PATIENCE)
    checks.that(process.returncode == 1 and b"cut short" in error, process.returncode, error)
    done = cli.run("route", QUESTION)
    checks.that(done.returncode == 1 and "nothing listens there" in done.stderr, done.stderr)


def main():
    models_folder()
    foreign_python()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="alcove-foreign-") as folder:
        cli = Cli(sys.argv[1], folder)
        try:
            with ForeignServer(folder, "first") as server:
                endpoint(cli, server, checks)
                stopping(cli, checks)
                with ForeignServer(folder, "second", "--logits_all", "false") as other:
                    without_probabilities(cli, other.url, checks)
                calibrating(cli, server, checks)
                dying(cli, server, checks)
        finally:
            cli.stop_engine()
    checks.finish()


if __name__ == "__main__":
    main()
