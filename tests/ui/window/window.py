"""Drives the real window on a screen in memory: keys go in, pictures and the store come out."""
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATIENCE = 300  # seconds until what must come counts as missing


class Screen:
    """A context: an X server of its own."""

    def __init__(self, size="1280x800"):
        self.size = size

    def __enter__(self):
        read, write = os.pipe()
        self.server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{self.size}x24", "-noreset",
             "-nolisten", "tcp"], pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            number = told.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        self.environment = {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb",
                            "QT_QUICK_BACKEND": "software", "LC_ALL": "C.UTF-8"}
        return self

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait(PATIENCE)

    def run(self, *command):
        return subprocess.run(command, env=self.environment, check=True, capture_output=True,
                              text=True).stdout


class Window:
    """A context: the window, with nothing of this user's."""

    def __init__(self, screen, program, *options, folder=None):
        self.screen, self.program, self.options = screen, program, options
        self.own = None if folder else tempfile.TemporaryDirectory(prefix="alcove-window-")
        self.folder = Path(folder or self.own.name)
        self.store = self.folder / "conversations.db"
        self.environment = {**screen.environment, "ALCOVE_CONVERSATIONS": str(self.store),
                            "XDG_CONFIG_HOME": str(self.folder / "config"),
                            "XDG_DATA_HOME": str(self.folder / "data"),
                            "XDG_CACHE_HOME": str(self.folder / "cache")}

    def __enter__(self):
        self.process = subprocess.Popen([self.program, *self.options], env=self.environment)
        self.wait_until(lambda: self.id() is not None, "the window")
        return self

    def __exit__(self, *_):
        self.kill(signal.SIGTERM)
        if self.own:
            self.own.cleanup()

    def kill(self, how=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(PATIENCE)

    def id(self):
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid",
                                str(self.process.pid)], env=self.screen.environment,
                               capture_output=True, text=True).stdout.split()
        return found[0] if found else None

    def wait_until(self, condition, what):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if self.process.poll() is not None:
                sys.exit(f"{what}: the window ended with {self.process.returncode}")
            if time.monotonic() > deadline:
                sys.exit(f"{what}: did not come about")
            time.sleep(0.02)

    def focus(self):
        self.screen.run("xdotool", "windowfocus", "--sync", self.id())

    def type(self, text):
        self.screen.run("xdotool", "type", "--delay", "1", text)

    def key(self, *keys):
        self.screen.run("xdotool", "key", *keys)

    def quit(self):
        """By its keys; pressed again where a key of this screen went by unheard."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.key("ctrl+q")
            try:
                self.process.wait(1)
            except subprocess.TimeoutExpired:
                pass
        return self.process.poll()

    def title(self):
        return self.screen.run("xdotool", "getwindowname", self.id()).strip()

    def rows(self, sql, *values):
        """What the store holds, as another process sees it."""
        return rows(self.store, sql, *values)


def rows(store, sql, *values):
    if not store.exists():
        return []
    connection = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=PATIENCE)
    try:
        return connection.execute(sql, values).fetchall()
    except sqlite3.OperationalError:  # the tables are not made yet
        return []
    finally:
        connection.close()
