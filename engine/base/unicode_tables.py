#!/usr/bin/env python3
"""Writes unicode_tables.inc: general categories, lower case and base letters of Unicode 15.1.

15.1 is the version the reference tokenizers use. Categories and decompositions come from
unicodedata2 (pip install unicodedata2==15.1.0); simple lower case comes from Python itself, any
version from 3.11 on, because no cased letter was added between 14.0 and 15.1.

    python3 engine/base/unicode_tables.py > engine/base/unicode_tables.inc
"""
import unicodedata2

LIMIT = 0x110000
# The order of alcove::UnicodeCategory.
CATEGORIES = {"Cn": 0, "L": 1, "N": 2, "M": 3, "P": 4, "S": 5, "Z": 6, "C": 7}


def rows(cells, width=98):
    """Joins cells into lines no longer than `width`."""
    line = ""
    for cell in cells:
        if len(line) + len(cell) + 1 > width:
            yield line.rstrip()
            line = ""
        line += cell + " "
    if line:
        yield line.rstrip()


def category(code):
    name = unicodedata2.category(chr(code))
    return CATEGORIES.get(name, CATEGORIES.get(name[0]))


def runs(mapping):
    """(first, last, step, target, moves): target stays, or moves along with the code point."""
    result = []
    for code, target in sorted(mapping.items()):
        if result:
            first, last, step, start, moves = result[-1]
            gap = code - last
            shift = target - start
            same = shift == 0 and gap == 1 and (first == last or not moves)
            along = shift == code - first and (gap == step if first != last else gap in (1, 2))
            if same:
                result[-1] = (first, code, 1, start, False)
                continue
            if along and (first == last or moves):
                result[-1] = (first, code, gap, start, True)
                continue
        result.append((code, code, 1, target, True))
    return result


def main():
    assert unicodedata2.unidata_version == "15.1.0", unicodedata2.unidata_version
    scalars = [c for c in range(LIMIT) if not 0xD800 <= c < 0xE000]
    starts = [(0, category(0))]
    for code in range(1, LIMIT):
        if category(code) != starts[-1][1]:
            starts.append((code, category(code)))
    lower = {c: ord(chr(c).lower()[0]) for c in scalars if ord(chr(c).lower()[0]) != c}
    base = {c: ord(unicodedata2.normalize("NFD", chr(c))[0]) for c in scalars}
    base = {c: b for c, b in base.items() if b != c}

    print("// Made by unicode_tables.py from Unicode 15.1. Do not edit.")
    print("// {first code point << 3 | category}, each run ends where the next begins.")
    print("constexpr uint32_t kCategoryRuns[] = {")
    print("\n".join(rows("%d," % (start << 3 | kind) for start, kind in starts)))
    print("};")
    for name, mapping, what in (("kLowerRuns", lower, "simple lower case"),
                                ("kBaseRuns", base, "first code point of the NFD")):
        print("// {first, last, step, target, target moves along}: %s." % what)
        print("constexpr UnicodeRun %s[] = {" % name)
        print("\n".join(rows("{%d,%d,%d,%d,%d}," % run for run in runs(mapping))))
        print("};")


main()
