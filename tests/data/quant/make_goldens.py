#!/usr/bin/env python3
"""Makes the goldens of tests/engine/quant from gguf-py (the `gguf` package, and numpy).

    make_goldens.py FOLDER      writes FOLDER/checksums.txt and FOLDER/blocks.txt

The inputs are not stored: they come from a counter-based generator that the C++ tests repeat
(tests/engine/quant/recipe.h). checksums.txt has a line for each type and direction:

    dequantize TYPE BLOCKS CHECKSUM     of the floats' bits, NaN made canonical
    quantize   TYPE ROWS   CHECKSUM     of the bytes, rows of 256 values

blocks.txt has one block of each type in full, "TYPE BYTES FLOATS" in hex, to look at when a checksum
differs.
"""
import sys
from pathlib import Path

import gguf
import numpy as np

DEQUANTIZE = ("F32 F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS "
              "MXFP4").split()
QUANTIZE = "F16 BF16 Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 MXFP4".split()
BLOCKS = 4096
ROWS = 2048


def mix(counter):
    """SplitMix64's output function of counter + 1 steps from 0, for an array of counters."""
    z = (np.asarray(counter, np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def random_bytes(count):
    words = mix(np.arange((count + 7) // 8))
    return words.view(np.uint8)[:count]


def weights(rows):
    """Rows of 256 values with a bell's shape and scales from 2^-12 to 2^3, all exact in float32.

    Every 16th row is special: zeros, one value, one outlier, one sign only, smooth."""
    words = mix(np.arange(rows * 256)).reshape(rows, 256)
    total = np.zeros(words.shape, np.int64)
    for i in range(4):
        total += ((words >> np.uint64(16 * i)) & np.uint64(0xFFFF)).astype(np.int64)
    values = ((total - 131070).astype(np.float32) / np.float32(65536)).astype(np.float32)
    for row in range(rows):
        values[row] *= np.float32(2.0 ** (row % 16 - 12))
        if row % 16 == 15:
            kind = row // 16 % 5
            if kind == 0:
                values[row] = 0
            elif kind == 1:
                values[row] = values[row, 0]
            elif kind == 2:
                values[row, 37] *= np.float32(64)
            elif kind == 3:
                values[row] = np.abs(values[row])
            else:
                values[row] = np.arange(256, dtype=np.float32) / np.float32(32)
    return values


def checksum(values):
    """Sum of mix(i) · (value i + 1) modulo 2^64."""
    flat = values.ravel().astype(np.uint64)
    return int((mix(np.arange(flat.size)) * (flat + np.uint64(1))).sum(dtype=np.uint64))


def bits(floats):
    out = np.ascontiguousarray(floats).view(np.uint32).copy()
    out[np.isnan(out.view(np.float32))] = 0x7FC00000
    return out


def main():
    folder = Path(sys.argv[1])
    sums, whole = [], []
    with np.errstate(all="ignore"):
        for name in DEQUANTIZE:
            kind = gguf.GGMLQuantizationType[name]
            size = gguf.GGML_QUANT_SIZES[kind][1]
            blocks = random_bytes(BLOCKS * size).reshape(BLOCKS, size)
            floats = np.asarray(gguf.quants.dequantize(blocks, kind), np.float32)
            sums.append(f"dequantize {name} {BLOCKS} {checksum(bits(floats)):016x}")
            whole.append(f"{name} {blocks[1].tobytes().hex()} "
                         f"{bits(floats.reshape(BLOCKS, -1)[1]).astype('<u4').tobytes().hex()}")
        data = weights(ROWS)
        for name in QUANTIZE:
            packed = gguf.quants.quantize(data, gguf.GGMLQuantizationType[name])
            packed = np.ascontiguousarray(packed).view(np.uint8)
            sums.append(f"quantize {name} {ROWS} {checksum(packed):016x}")
    (folder / "checksums.txt").write_text("\n".join(sums) + "\n")
    (folder / "blocks.txt").write_text("\n".join(whole) + "\n")


if __name__ == "__main__":
    main()
