#!/usr/bin/env python3
"""Writes unicode_tables.inc from the Unicode data of the running Python:
./make_unicode_tables.py > unicode_tables.inc"""
import textwrap
import unicodedata

LAST = 0x110000


def emit_rows(rows):
    print(textwrap.fill(",".join(rows).replace("},{", "}, {"), 100, break_on_hyphens=False))


def ranges(test):
    out, first = [], None
    for c in range(LAST + 1):
        inside = c < LAST and not 0xD800 <= c < 0xE000 and test(chr(c))
        if inside and first is None:
            first = c
        elif not inside and first is not None:
            out.append((first, c - 1))
            first = None
    return out


def emit_ranges(name, test):
    rows = ranges(test)
    print(f"const CodeRange {name}Rows[] = {{")
    emit_rows(f"{{{a:#x},{b:#x}}}" for a, b in rows)
    print("};")
    print(f"const std::span<const CodeRange> {name} = {name}Rows;\n")


def emit_case(name, convert):
    """Runs of code points that move by one distance, each run of every code point or of every second."""
    simple, special = [], []
    for c in range(LAST):
        if 0xD800 <= c < 0xE000:
            continue
        to = convert(chr(c))
        if to == chr(c):
            continue
        if len(to) > 1:
            special.append((c, [ord(x) for x in to] + [0] * (3 - len(to))))
            continue
        delta = ord(to) - c
        if simple:
            first, last, step, d = simple[-1]
            if d == delta and c - last in (1, 2) and (step == 0 or step == c - last):
                simple[-1] = (first, c, c - last, d)
                continue
        simple.append((c, c, 0, delta))
    print(f"const CaseRange {name}Rows[] = {{")
    emit_rows(f"{{{a:#x},{b:#x},{max(s, 1)},{d}}}" for a, b, s, d in simple)
    print("};")
    print(f"const std::span<const CaseRange> {name} = {name}Rows;\n")
    print(f"const SpecialCase {name}SpecialRows[] = {{")
    emit_rows(f"{{{c:#x},{{{','.join(hex(x) for x in to)}}}}}" for c, to in special)
    print("};")
    print(f"const std::span<const SpecialCase> {name}Special = {name}SpecialRows;\n")


print(f"""// Made by make_unicode_tables.py from Unicode {unicodedata.unidata_version}; do not edit.
""")
rows = [
    ("kSpace", str.isspace),
    ("kAlpha", str.isalpha),
    ("kDecimal", str.isdecimal),
    ("kDigit", str.isdigit),
    ("kNumeric", str.isnumeric),
    ("kUpper", str.isupper),
    ("kLower", str.islower),
    ("kTitle", lambda c: unicodedata.category(c) == "Lt"),
    ("kCaseIgnorable", lambda c: unicodedata.category(c) in ("Mn", "Me", "Cf", "Lm", "Sk") or c in "'.:\u00b7\u0387\u055f\u05f4\u2018\u2019\u2024\u2027\ufe13\ufe52\ufe55\uff07\uff0e\uff1a"),
    ("kPrintable", str.isprintable),
]
for name, test in rows:
    emit_ranges(name, test)
emit_case("kToUpper", str.upper)
emit_case("kToLower", str.lower)
emit_case("kToTitle", str.title)
