#!/usr/bin/env python3
"""How fast alcove-cli ingest takes in files, and how much memory its processes need.

    indexing_speed.py [--cli build/release/bin/alcove-cli] [--files 500] [--pages 2000]
                      [--asked 300] [--text]

Writes small texts and a PDF of its own into a temporary folder and indexes them, each kind into a
library of its own. Prints files and passages a second, the time until words of the PDF could be
found, the time of a second run with nothing to do, the processor's time (which other work on the
machine does not lengthen) and the peak of resident memory of the largest process. --text: without
an embedding model. Last, a PDF of --asked pages that no library holds yet is taken in by its words
and asked: how long it takes from the file to the first passages.
"""
import argparse
import json
import os
import random
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from reader_speed import WORDS, write_pdf


def write_texts(folder, count):
    chance = random.Random(2)
    folder.mkdir()
    for i in range(count):
        sentences = [" ".join(chance.choice(WORDS) for _ in range(14)).capitalize() + "."
                     for _ in range(25)]
        paragraphs = [" ".join(sentences[k:k + 5]) for k in range(0, 25, 5)]
        (folder / f"{i:05}.md").write_text(f"# Letter {i}\n\n" + "\n\n".join(paragraphs) + "\n")


def ingest(cli, library, path, environment, *more):
    """The summary, the seconds it took, and the seconds until a document could be found."""
    started = time.monotonic()
    found = None
    summary = {}
    with subprocess.Popen([cli, "ingest", "--library", library, path, "--json", *more], text=True,
                          env=environment, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "summary":
                summary = event
            elif event["event"] == "file" and found is None:
                # Done; or its text is kept, and its passages are being embedded.
                if event["state"] in ("done", "embedding"):
                    found = time.monotonic() - started
    return summary, time.monotonic() - started, found


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)  # with the readers, which it waited for
    return usage.ru_utime + usage.ru_stime


def report(what, cli, library, path, environment):
    before = processor_seconds()
    summary, seconds, found = ingest(cli, library, path, environment)
    processor = processor_seconds() - before
    _, again, _ = ingest(cli, library, path, environment)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{what}: {summary['read']} files in {seconds:.1f} s ({summary['read'] / seconds:.1f} "
          f"a second), {summary['embedded']} passages embedded "
          f"({summary['embedded'] / seconds:.0f} a second), {processor:.1f} s of processor; the "
          f"first was found after {found:.1f} s; again with nothing to do {again:.2f} s; largest "
          f"process so far {peak:.0f} MiB")


def report_question(cli, library, path, pages, environment):
    _, indexing, _ = ingest(cli, library, path, environment, "--words")
    started = time.monotonic()
    answer = subprocess.run([cli, "ask", "--library", library, "--json",
                             "What does the agreement say of the tenant's notice?"],
                            env=environment, stdout=subprocess.PIPE, check=True)
    asking = time.monotonic() - started
    passages = len(json.loads(answer.stdout)["passages"])
    print(f"PDF of {pages} pages: taken in by its words in {indexing:.1f} s, asked in "
          f"{asking:.1f} s: {passages} passages {indexing + asking:.1f} s after the file")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cli", default="build/release/bin/alcove-cli")
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--asked", type=int, default=300)
    parser.add_argument("--text", action="store_true")
    options = parser.parse_args()
    environment = dict(os.environ)
    if options.text:
        environment["ALCOVE_MODELS"] = "/nonexistent"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_texts(folder / "texts", options.files)
        write_pdf(folder / "report.pdf", options.pages)
        report("texts", options.cli, folder / "library-1", folder / "texts", environment)
        report(f"PDF of {options.pages} pages", options.cli, folder / "library-2",
               folder / "report.pdf", environment)
        write_pdf(folder / "asked.pdf", options.asked)
        report_question(options.cli, folder / "library-3", folder / "asked.pdf", options.asked,
                        environment)


if __name__ == "__main__":
    main()
