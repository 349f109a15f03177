"""Starts `alcove-cli serve` on a free port, with an engine and a socket of its own."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 600  # seconds until what must come counts as missing
CHAT_MODEL = "SmolLM2-135M-Instruct.Q4_1"
EMBEDDING_MODEL = "all-MiniLM-L6-v2.F16"


def models_folder():
    """Ends the test as skipped where there are no models."""
    models = Path(os.environ.get("ALCOVE_TEST_DATA", "/nowhere")) / "models"
    if not (models / f"{CHAT_MODEL}.gguf").exists():
        print("skipped: ALCOVE_TEST_DATA has no starter models")
        sys.exit(77)
    return models


def run_with_clients():
    """Goes on in the Python that has the clients, if this is not it."""
    python = Path(os.environ.get("ALCOVE_TEST_DATA", "/nowhere")) / "clients" / "bin" / "python"
    if not python.exists():
        print("skipped: ALCOVE_TEST_DATA has no clients")
        sys.exit(77)
    if Path(sys.prefix).resolve() != python.parents[1].resolve():
        os.execv(python, [str(python), *sys.argv])


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: did not come about")
        time.sleep(0.02)


class Engine:
    """A context: inside it the port is open."""

    def __init__(self, cli, *options):
        self.cli = Path(cli)
        self.options = options
        self.folder = tempfile.TemporaryDirectory(prefix="alcove-engine-")
        self.socket = Path(self.folder.name) / "private" / "engine.sock"
        models = Path(self.folder.name) / "models"
        models.mkdir()
        (models / f"{CHAT_MODEL}.gguf").symlink_to(models_folder() / f"{CHAT_MODEL}.gguf")
        self.environment = {**os.environ, "ALCOVE_MODELS": str(models),
                            "ALCOVE_SOCKET": str(self.socket),
                            "XDG_CACHE_HOME": str(Path(self.folder.name) / "cache")}

    def link_tiny_model(self, name):
        tiny = models_folder().parent / "tiny" / f"{name}.gguf"
        (Path(self.environment["ALCOVE_MODELS"]) / tiny.name).symlink_to(tiny)

    def import_embedding_model(self):
        models = Path(self.environment["ALCOVE_MODELS"])
        subprocess.run([self.cli, "models", "import", models_folder() / "all-MiniLM-L6-v2",
                        models / f"{EMBEDDING_MODEL}.gguf"], check=True, stdout=subprocess.DEVNULL)

    def __enter__(self):
        self.serve = subprocess.Popen([self.cli, "serve", "--port", "0", *self.options],
                                      env=self.environment, stdout=subprocess.PIPE, text=True)
        line = self.serve.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", line)
        if not found:
            sys.exit(f"serve said: {line!r}")
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    def __exit__(self, *_):
        self.serve.send_signal(signal.SIGINT)
        self.serve.wait(PATIENCE)
        self.stop_engine()
        self.folder.cleanup()

    def engine_pid(self):
        return int((self.socket.parent / "engine.sock.lock").read_text().split()[0])

    def stop_engine(self):
        try:
            os.kill(self.engine_pid(), signal.SIGKILL)
        except (OSError, ValueError, IndexError):
            pass

    def request(self, method, path, body=None, headers=None):
        """Status, body and headers, whatever the status is."""
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers or {}, method=method)
        if data is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.read(), error.headers

    def metric(self, name):
        text = self.request("GET", "/metrics")[1].decode()
        return int(re.search(rf"^alcove_{name} (\d+)$", text, re.MULTILINE)[1])


def check_answers(answers):
    """What jsonschema says of pairs of a schema and a text; nothing where all are valid."""
    python = Path(os.environ["ALCOVE_TEST_DATA"]) / "venv" / "bin" / "python"
    checker = Path(__file__).parents[2] / "engine" / "grammar" / "check_answers.py"
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as lines:
        for schema, answer in answers:
            lines.write(json.dumps({"schema": schema, "answer": answer}) + "\n")
        lines.flush()
        run = subprocess.run([python, checker, lines.name], capture_output=True, text=True)
    return "" if run.returncode == 0 else run.stdout + run.stderr


class Checks:
    """Counts what held; ends the program with what did not."""

    def __init__(self):
        self.done, self.failed = 0, []

    def that(self, holds, *words):
        self.done += 1
        if not holds:
            self.failed.append(" ".join(map(str, words)))
            print("FAILED:", self.failed[-1], flush=True)

    def finish(self):
        print(f"{self.done} checks, {len(self.failed)} failed")
        sys.exit(1 if self.failed else 0)
