#!/usr/bin/env python3
"""Checks what the compiler does not: which folders may include which, where system headers and Qt
may be used, how long a file may be, that the looks of the window are in one place, and the formatting
(where clang-format is installed).

    check_style.py [ROOT]      prints each breach as file:line: reason; exit status 1 if any
"""
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = ("app", "ui", "engine", "rag", "tests")
SOURCES = {".h", ".cpp"}
LONGEST = 700  # lines of a file that is written by hand
LONGEST_QML = 250
GENERATED = "_tables.cpp"

# folder → what it may include of our own; the longest matching folder counts.
MAY_INCLUDE = {
    "engine/base": ("engine/base",),
    "engine": ("engine",),
    "rag": ("rag", "engine/base"),
    "rag/vector": ("rag/vector", "rag/id_ranges.h", "engine/base"),
    "rag/store": ("rag/store", "rag/vector", "rag/document.h", "rag/id_ranges.h", "engine/base"),
    "rag/chunking": ("rag/chunking", "rag/store/chunk_store.h", "rag/document.h",
                     "rag/embedder.h", "engine/base"),
    "rag/answer": ("rag/answer", "rag/retrieve/query.h", "rag/store/chunk_store.h",
                   "rag/embedder.h", "rag/document.h", "engine/base"),
    # Retrieval knows the store by its interface: another may stand behind it.
    "rag/retrieve": ("rag/retrieve", "rag/store/chunk_store.h", "rag/embedder.h", "rag/reranker.h",
                     "rag/document.h", "engine/base"),
    "app": ("app", "engine", "rag"),
    "ui": ("ui", "app", "engine", "rag"),
    "tests": TOP,
}
QT_FOLDERS = ("ui", "rag/reader", "tests")
# Calls of one system alone stay where a whole file is about the difference.
SYSTEM_FOLDERS = ("engine/base", "rag/reader", "tests")
SYSTEM_HEADERS = re.compile(
    r"^(unistd|fcntl|windows|io|pthread|signal|dlfcn|termios|poll|direct|process)\.h$|^sys/|^linux/"
    r"|^mach/")
ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
# Libraries that one folder alone may see: a header, or all in a folder.
OWNED = {"sqlite3.h": "rag/store", "hnswlib/hnswlib.h": "rag/vector", "Poco/": "app/http",
         "md4c.h": "ui/markdown"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def within(path, folder):
    return path == folder or path.startswith(folder + "/")


def allowed(path):
    best = max((f for f in MAY_INCLUDE if within(path, f)), key=len)
    return MAY_INCLUDE[best]


def check_include(path, kind, target):
    if kind == '"':
        beside = (ROOT / path).parent / target
        if target.endswith(".moc") or (within(path, "tests") and beside.exists()):
            return None
        top = target.split("/")[0]
        if top not in TOP or ".." in target:
            return f'"{target}" does not start at a top folder'
        if not any(within(target, folder) for folder in allowed(path)):
            return f'"{target}" breaks the layers: {path.split("/")[0]} may not use it'
        return None
    if re.match(r"Q[A-Z]\w*(/|$)|Qt\w+/", target) and not any(within(path, f) for f in QT_FOLDERS):
        return f"<{target}>: Qt belongs to ui/ and the reader"
    owner = next((folder for header, folder in OWNED.items()
                  if target == header or header.endswith("/") and target.startswith(header)), None)
    if owner and not within(path, owner) and not within(path, "tests"):
        return f"<{target}>: belongs to {owner}"
    if SYSTEM_HEADERS.match(target) and not any(within(path, f) for f in SYSTEM_FOLDERS):
        return f"<{target}>: what differs by system belongs to engine/base"
    return None


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST and not name.endswith(GENERATED):
        yield f"{name}:{len(lines)}: more than {LONGEST} lines"
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield f"{name}:1: no #pragma once"
    first = None
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        kind, target = match.groups()
        first = first or target
        breach = check_include(name, kind, target)
        if breach:
            yield f"{name}:{number}: {breach}"
    own = path.with_suffix(".h")
    if path.suffix == ".cpp" and own.exists() and first not in (
            own.relative_to(root).as_posix(), own.name if within(name, "tests") else ""):
        yield f"{name}:1: its own header does not come first"


# Looks are in Theme.qml alone: colours, families and sizes of fonts.
LOOKS = re.compile(r'''["']#[0-9a-fA-F]{3,8}["']|\bfamily:\s*["']|\b(pixel|point)Size:\s*[\d.]''')
STYLED_CONTROLS = re.compile(r"^\s*import\s+QtQuick\.Controls\s*([\d.]+\s*)?$")


def check_qml(root, path):
    name = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    if len(lines) > LONGEST_QML:
        yield f"{name}:{len(lines)}: more than {LONGEST_QML} lines"
    for number, line in enumerate(lines, 1):
        if path.name != "Theme.qml" and LOOKS.search(line):
            yield f"{name}:{number}: colours and fonts come from Theme.qml"
        if STYLED_CONTROLS.match(line):
            yield f"{name}:{number}: QtQuick.Controls.Basic, not whatever style the system has"


def check_format(root, files):
    formatter = shutil.which("clang-format-19")
    if not formatter:
        print("SKIP: formatting is not checked: clang-format-19 is not installed")
        return
    for begin in range(0, len(files), 100):
        command = [formatter, "--dry-run", "--Werror", *files[begin:begin + 100]]
        run = subprocess.run(command, cwd=root, capture_output=True, text=True)
        found = {}  # the first place in each file is enough
        for line in run.stderr.splitlines():
            if "error: code should be clang-formatted" in line:
                name, place = line.replace(f"{root}/", "").split(":", 1)
                found.setdefault(name, place.split(":")[0])
        for name, number in found.items():
            yield f"{name}:{number}: not as clang-format has it"


def sources(root):
    for top in TOP:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES and path.is_file():
                yield path


def main():
    files = list(sources(ROOT))
    breaches = [breach for path in files for breach in check_file(ROOT, path)]
    pages = sorted((ROOT / "ui").rglob("*.qml"))
    breaches += [breach for path in pages for breach in check_qml(ROOT, path)]
    breaches += check_format(ROOT, [str(path) for path in files])
    for breach in breaches:
        print(breach)
    print(f"{len(files) + len(pages)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
