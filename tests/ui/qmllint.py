#!/usr/bin/env python3
"""Runs qmllint over every .qml of the window; any warning fails.

    qmllint.py QMLLINT SOURCE BUILD QT_MODULES

SOURCE is the folder ui of the sources, BUILD the folder that it is built in (ui and qml are below it), and
QT_MODULES where Qt's own modules are installed.
"""
import subprocess
import sys
from pathlib import Path


def lint(qmllint, folder, build, modules):
    """What qmllint says about one module: nothing, if all is well."""
    resources = sorted((build / "ui" / folder.name / ".rcc").glob("*.qrc"))
    command = [qmllint, "--bare", "--unused-imports", "warning", "-I", build / "qml", "-I", modules]
    for resource in resources:
        command += ["--resource", resource]
    files = sorted(folder.glob("*.qml"))
    run = subprocess.run([*command, *files], capture_output=True, text=True)
    said = (run.stdout + run.stderr).strip()
    if run.returncode and not said:
        said = f"{folder}: qmllint ended with {run.returncode}"
    return len(files), said


def main():
    qmllint, source, build, modules = sys.argv[1], *map(Path, sys.argv[2:5])
    total, complaints = 0, []
    for folder in sorted({path.parent for path in source.rglob("*.qml")}):
        count, said = lint(qmllint, folder, build, modules)
        total += count
        complaints += [said] if said else []
    print("\n".join(complaints))
    print(f"{total} files")
    return 1 if complaints or not total else 0


if __name__ == "__main__":
    sys.exit(main())
