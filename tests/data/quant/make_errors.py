#!/usr/bin/env python3
"""Measures the quantisers of ggml, to hold ours to: writes errors.txt.

    make_errors.py LIBGGML_BASE_SO FOLDER

A line "TYPE ERROR" for each type whose scales are searched for: the mean over the rows of
make_goldens.weights() of the root-mean-square error of a row divided by its root mean square.
"""
import ctypes
import sys
from pathlib import Path

import gguf
import numpy as np

from make_goldens import ROWS, weights

TYPES = "Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS".split()


def main():
    library = ctypes.CDLL(sys.argv[1])
    chunk = library.ggml_quantize_chunk
    chunk.restype = ctypes.c_size_t
    chunk.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64,
                      ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
    data = weights(ROWS)
    lines = []
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        packed = np.zeros((ROWS, 256 // block * size), np.uint8)
        chunk(kind.value, data.ctypes.data, packed.ctypes.data, 0, ROWS, 256, None)
        back = np.asarray(gguf.quants.dequantize(packed, kind), np.float64)
        size_of_row = np.sqrt((data.astype(np.float64) ** 2).mean(axis=1))
        error = np.sqrt(((back - data) ** 2).mean(axis=1))
        used = size_of_row > 0
        lines.append(f"{name} {(error[used] / size_of_row[used]).mean():.6f}")
    (Path(sys.argv[2]) / "errors.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
