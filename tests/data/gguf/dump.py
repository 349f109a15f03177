#!/usr/bin/env python3
"""Prints what gguf-py reads from a GGUF file, for comparison with our own reading.

    dump.py FILE

A line "KEY VALUE" for each pair of the metadata, then "NAME TYPE SHAPE SUM" for each tensor: its
shape in GGUF order, and the sum of its bytes.
"""
import sys

import gguf
import numpy as np


def main():
    reader = gguf.GGUFReader(sys.argv[1])
    for key, field in reader.fields.items():
        if not key.startswith("GGUF."):
            print(key, field.contents())
    for tensor in reader.tensors:
        data = np.ascontiguousarray(tensor.data).view(np.uint8)
        shape = "x".join(str(int(extent)) for extent in tensor.shape)
        print(tensor.name, tensor.tensor_type.name, shape, int(data.sum(dtype=np.uint64)))


if __name__ == "__main__":
    main()
