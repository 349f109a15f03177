"""usage: python -m tiny_models FOLDER [--manifest tests/data/model/manifest.json]

Writes all files into FOLDER. With a manifest every file must have the SHA-256 its golden was made
from; one that has not is named and the exit status is 1.
"""

import argparse
import json
import sys
from pathlib import Path

from .build import write
from .variants import all_variants


def main():
    parser = argparse.ArgumentParser(prog="tiny_models", description="Writes tiny model files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--manifest", type=Path, help="check the files against its SHA-256 sums")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    sums = {name: write(variant, arguments.folder) for name, variant in all_variants().items()}
    if not arguments.manifest:
        return 0
    expected = json.loads(arguments.manifest.read_text())["files"]
    wrong = [name for name, entry in expected.items() if sums.get(name) != entry["sha256"]]
    for name in wrong:
        print(f"{name}.gguf is not the file its golden was made from", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
