#!/usr/bin/env python3
"""Libraries in the engine that commands share: the same answers as alone, several commands at once,
orders to what indexes, libraries that are replaced, and an engine that is killed in the middle.

    library_host_test.py ALCOVE_CLI
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from engine_process import CHAT_MODEL, PATIENCE, Checks, models_folder, wait_until

KILLS = 50 if os.environ.get("ALCOVE_TEST_FULL") else 15
CITIES = {"Oslo": "Norway", "Lima": "Peru", "Cairo": "Egypt", "Hanoi": "Vietnam", "Quito": "Ecuador",
          "Rabat": "Morocco", "Sofia": "Bulgaria", "Tunis": "Tunisia", "Accra": "Ghana",
          "Dakar": "Senegal"}


class Place:
    """A folder with documents, a library, models and an engine of its own."""

    def __init__(self, cli):
        self.cli = cli
        self.folder = Path(tempfile.mkdtemp(prefix="alcove-library-"))
        self.documents = self.folder / "documents"
        self.documents.mkdir()
        self.library = self.folder / "library"
        self.socket = self.folder / "private" / "engine.sock"
        models = self.folder / "models"
        models.mkdir()
        (models / f"{CHAT_MODEL}.gguf").symlink_to(models_folder() / f"{CHAT_MODEL}.gguf")
        self.environment = {**os.environ, "ALCOVE_MODELS": str(models),
                            "ALCOVE_SOCKET": str(self.socket),
                            "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.environment.pop("ALCOVE_ALONE", None)
        subprocess.run([cli, "models", "import", models_folder() / "all-MiniLM-L6-v2",
                        models / "all-MiniLM-L6-v2.F16.gguf"], check=True, stdout=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill_engine()
        shutil.rmtree(self.folder, ignore_errors=True)

    def write_cities(self):
        for city, country in CITIES.items():
            (self.documents / f"{city}.txt").write_text(
                f"{city} is the capital of {country}. The town hall of {city} opens at nine.\n")

    def start(self, *words, **more):
        return subprocess.Popen([self.cli, *map(str, words)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True,
                                env={**self.environment, **more.pop("environment", {})}, **more)

    def run(self, *words, environment=None):
        process = self.start(*words, environment=environment or {})
        out, error = process.communicate(timeout=PATIENCE)
        return process.returncode, out, error

    def of(self, command, *words, **more):
        return self.run(*command.split(), "--library", self.library, *words, **more)

    def engine_pid(self):
        try:
            return int((self.socket.parent / "engine.sock.lock").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return 0

    def kill_engine(self):
        pid = self.engine_pid()
        if not pid:
            return
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def without_times(text):
    told = json.loads(text)
    told.pop("took_ms", None)
    return told


def same_as_alone(place, checks):
    """What the host answers is what a process of its own answers."""
    alone = {"ALCOVE_ALONE": "1"}
    code, out, error = place.of("ingest", place.documents)
    checks.that(code == 0 and "10 read" in out, "ingest:", code, out, error)
    checks.that(place.engine_pid() > 0, "the host did it")
    commands = [("search", "which city is the capital of Peru?", "--json"),
                ("search", "town hall", "--mode", "text", "--json"),
                ("search", "Egypt"),
                ("ask", "What is the capital of Norway?", "--json"),
                ("ask", "What is the capital of Norway?"),
                ("ask", "-m", CHAT_MODEL, "When does the town hall of Quito open?", "--json"),
                ("ask", "Who won the match?"),
                ("library status", "--json"), ("library status",), ("library verify", "--json"),
                ("library rebuild",),
                ("library remove", "--document", "Accra.txt"),
                ("library remove", "/nowhere/at/all")]
    shared = [place.of(*words) for words in commands[:-2]]
    lone = [place.of(*words, environment=alone) for words in commands[:-2]]
    code, out, error = place.of(*commands[-2])
    checks.that((code, out) == (0, "1 documents removed\n"), "remove:", code, out, error)
    code, out, error = place.of(*commands[-1])
    checks.that(code == 1 and "not in the library" in error, "remove:", code, out, error)
    code, out, _ = place.of("search", "Accra", "--mode", "text", "--json")
    checks.that(code == 0 and not json.loads(out)["passages"], "removed is removed")
    place.of("ingest", place.documents / "Accra.txt")
    checks.that(place.of("ask", "What is the capital of Ghana?")[1].startswith("Accra is the"))
    for words, one, other in zip(commands, shared, lone):
        if "--json" in words and words[0] in ("search", "ask"):
            checks.that(without_times(one[1]) == without_times(other[1]), words, one, other)
        elif words[0] != "library status":  # its bytes grow while it is open
            checks.that(one == other, words, one, other)
        else:
            checks.that(one[0] == 0 and other[0] == 0, words, one, other)


def together(place, checks):
    """While one command keeps a library up to date, others ask it."""
    watch = place.start("ingest", "--library", place.library, "--watch", "--json")
    first = json.loads(watch.stdout.readline())
    while first["event"] != "summary":
        first = json.loads(watch.stdout.readline())
    code, out, error = place.of("ingest", place.documents)
    checks.that(code == 1 and "already" in error, "a second ingest:", code, error)
    (place.documents / "Bern.txt").write_text("Bern is the capital of Switzerland.\n")
    wait_until(lambda: place.of("ask", "What is the capital of Switzerland?")[1].startswith("Bern"),
               "the change that was watched for")
    place.of("library pause")
    (place.documents / "Riga.txt").write_text("Riga is the capital of Latvia.\n")
    time.sleep(1.5)
    checks.that("Riga" not in place.of("search", "Latvia", "--mode", "text")[1], "paused")
    place.of("library resume")
    wait_until(lambda: "Riga" in place.of("search", "Latvia", "--mode", "text")[1], "it goes on")
    code, _, error = place.of("library stop")
    checks.that(code == 0, "stop:", error)
    checks.that(watch.wait(PATIENCE) == 0, "the watch ended:", watch.stderr.read())
    code, _, error = place.of("library stop")
    checks.that(code == 1 and "nothing is being read" in error, "nothing to stop:", error)

    many = [place.start("search", "--library", place.library, f"capital of {country}", "-k", "1",
                        "--json") for country in CITIES.values()]
    for process, city in zip(many, CITIES):
        out, error = process.communicate(timeout=PATIENCE)
        checks.that(process.returncode == 0 and city in out, "side by side:", out, error)


def wait_for_document(process):
    """Until `ingest --json` tells that one is done."""
    line = " "
    while line and '"state":"done"' not in line:
        line = process.stdout.readline()
    if not line:
        sys.exit(f"no document was done: {process.stderr.read()}")


def left(place, checks):
    """Who is killed while indexing leaves what was done; the next command goes on at once."""
    many = place.documents / "many"
    many.mkdir()
    for number in range(80):
        (many / f"{number}.txt").write_text(f"Number {number}. " + "Some words of a story. " * 200)
    first = place.start("ingest", "--library", place.library, many, "--json")
    wait_for_document(first)
    first.kill()
    code, out, error = place.of("ingest", many, "--json")
    summary = json.loads(out.splitlines()[-1]) if out else {}
    checks.that(code == 0 and 0 < summary["read"] < 80, "goes on:", code, summary, error)
    first.wait()
    checks.that("79.txt" in place.of("search", "Number 79", "--mode", "text")[1], "all is there")
    place.of("library remove", many)
    shutil.rmtree(many)


def replaced(place, checks):
    """A library that was removed and made anew is another library; so is one of other settings."""
    shutil.rmtree(place.library)
    code, _, error = place.of("search", "Oslo")
    checks.that(code == 1 and error, "removed:", error)
    checks.that(place.of("ingest", place.documents / "Lima.txt")[0] == 0)
    code, out, error = place.of("search", "capital", "--json")
    checks.that([Path(p["path"]).name for p in json.loads(out)["passages"]] == ["Lima.txt"], out)
    many = place.folder / "many"
    many.mkdir()
    for number in range(200):
        (many / f"{number}.txt").write_text(f"Sheet {number} tells of the harbour.\n" * 40)
    lost = place.folder / "lost"
    process = place.start("ingest", "--library", lost, many, "--json")
    wait_for_document(process)
    shutil.rmtree(lost, ignore_errors=True)
    _, error = process.communicate(timeout=PATIENCE)
    checks.that(process.returncode == 1 and "removed or replaced" in error,
                "removed while it was written:", process.returncode, error)
    # Other kernels than the host's: this process works, and the host lets go of the library.
    code, out, error = place.of("search", "capital", "--json", environment={"ALCOVE_CPU": "reference"})
    checks.that(code == 0 and "Lima" in out, "other kernels:", out, error)
    code, out, error = place.of("search", "capital")
    checks.that(code == 0 and "Lima" in out, "and back:", out, error)
    code, out, _ = place.run("engine", "status", "--json")
    checks.that(code == 0 and json.loads(out)["running"], "status:", out)


def killed(place, checks):
    """The engine dies in the middle of an answer: the command says so, asks the next engine, and the
    next command finds it."""
    rng = random.Random(3)
    place.of("ingest", place.documents)
    told = 0
    question = ("ask", "-m", CHAT_MODEL, "--limit", "24", "When does the town hall of Hanoi open?",
                "--json")
    began = time.monotonic()
    code, wanted, error = place.of(*question)
    took = time.monotonic() - began
    checks.that(code == 0, "before:", error)
    for _ in range(KILLS):
        delay = threading.Timer(rng.uniform(0, took), place.kill_engine)
        delay.start()
        code, out, error = place.of(*question)
        delay.join()
        told += "the engine has ended in the middle of this" in error
        checks.that(code == 0 and without_times(out) == without_times(wanted), "killed:", code, out,
                    error)
    checks.that(told > 0, "no kill came in the middle of an answer")
    code, out, _ = place.of("library verify", "--json")
    checks.that(code == 0 and json.loads(out)["sound"], "sound after", KILLS, "kills:", out)
    print(f"{KILLS} kills, {told} in the middle of an answer")

    # Twice in the middle of the same: it is given up, and says so.
    stop = threading.Event()

    def kill_again_and_again():
        while not stop.wait(0.03):
            place.kill_engine()

    killer = threading.Thread(target=kill_again_and_again)
    killer.start()
    code, _, error = place.of(*question)
    stop.set()
    killer.join()
    checks.that(code in (0, 1) and (code == 0 or "engine" in error), "killed on and on:", code, error)
    checks.that(place.of(*question)[0] == 0, "the next question")


def ended(place, checks):
    code, _, error = place.run("engine", "stop")
    checks.that(code == 0, "engine stop:", error)
    wait_until(lambda: '"running":false' in place.run("engine", "status", "--json")[1], "its end")
    checks.that(place.run("engine", "stop")[0] == 1, "there is none to stop")

    # While one is ending the next is not waited for in vain.
    reading = place.start("ingest", "--library", place.folder / "late", place.folder / "many")
    wait_until(lambda: (place.folder / "late" / "library.db").exists(), "the library")
    place.run("engine", "stop")
    began = time.monotonic()
    code, _, error = place.of("library status")
    checks.that(code == 0 and "in this process" not in error and time.monotonic() - began < 15,
                "after the engine was stopped:", code, error, time.monotonic() - began)
    reading.communicate(timeout=PATIENCE)
    place.run("engine", "stop")


def main():
    checks = Checks()
    with Place(sys.argv[1]) as place:
        place.write_cities()
        for part in (same_as_alone, together, left, replaced, killed, ended):
            part(place, checks)
    checks.finish()


if __name__ == "__main__":
    main()
