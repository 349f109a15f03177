#!/usr/bin/env python3
"""How fast alcove-reader reads a PDF, and how much memory it takes.

    reader_speed.py [--reader build/release/bin/alcove-reader] [--pages 2000] [--rounds 3] [FILE…]

Without FILE it writes a PDF of its own: pages of 45 lines in two fonts, with running heads. Prints
pages a second (the best round: other work on the machine only slows) and the peak of resident
memory.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ("the of and to in is that for it as was with be by on not he his but at are this have from "
         "or had an they which one you were all her she there would their we him been has when who "
         "agreement tenant landlord premises notice months written consent clause liability").split()


def text_page(number, chance):
    out = ["BT /F1 9 Tf 72 800 Td (A report of many pages) Tj ET",
           f"BT /F1 9 Tf 300 30 Td ({number + 1}) Tj ET"]
    y = 770
    for line in range(45):
        heading = line % 15 == 0
        words = [chance.choice(WORDS) for _ in range(4 if heading else 14)]
        font, size = ("/F2", 16) if heading else ("/F1", 11)
        out.append(f"BT {font} {size} Tf 72 {y} Td ({' '.join(words).capitalize()}) Tj ET")
        y -= 24 if heading else 14
    return "\n".join(out).encode()


def write_pdf(path, pages):
    chance = random.Random(1)
    offsets = []
    with open(path, "wb") as out:
        def put(content):
            offsets.append(out.tell())
            out.write(b"%d 0 obj\n" % len(offsets) + content + b"\nendobj\n")
        out.write(b"%PDF-1.4\n")
        kids = b" ".join(b"%d 0 R" % (5 + 2 * i) for i in range(pages))
        put(b"<< /Type /Catalog /Pages 2 0 R >>")
        put(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids))
        for font in (b"Helvetica", b"Helvetica-Bold"):
            put(b"<< /Type /Font /Subtype /Type1 /BaseFont /%s >>" % font)
        for i in range(pages):
            content = text_page(i, chance)
            put(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
                b"<< /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % (6 + 2 * i))
            put(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1))
        for offset in offsets:
            out.write(b"%010d 00000 n \n" % offset)
        out.write(b"trailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF\n"
                  % (len(offsets) + 1, start))


def run(reader, path):
    """Seconds, pages, characters, peak bytes; stops with the reader's words where it refuses."""
    began = time.monotonic()
    with open(path, "rb") as source:
        process = subprocess.Popen([reader, "text", "--name", path.name], stdin=source,
                                   stdout=subprocess.PIPE)
        pages = characters = 0
        for line in process.stdout:
            record = json.loads(line)
            pages += "page" in record
            characters += len(record.get("block", {}).get("text", ""))
            if "refused" in record:
                sys.exit(f"{path}: {record['refused']['message']}")
        _, _, usage = os.wait4(process.pid, 0)
    return time.monotonic() - began, pages, characters, usage.ru_maxrss * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--reader", default=root / "build/release/bin/alcove-reader", type=Path)
    parser.add_argument("--pages", default=2000, type=int)
    parser.add_argument("--rounds", default=3, type=int)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = options.files
        if not files:
            files = [Path(folder) / "made.pdf"]
            write_pdf(files[0], options.pages)
        for path in files:
            rounds = [run(options.reader, path) for _ in range(options.rounds)]
            seconds, pages, characters, memory = min(rounds)
            print(f"{path.name}: {pages} pages, {characters} characters in {seconds:.2f} s: "
                  f"{pages / seconds:.0f} pages/s, peak {memory / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
