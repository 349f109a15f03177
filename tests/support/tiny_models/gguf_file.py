"""Writes GGUF version 3 files byte by byte.

The tests compare a SHA-256 of every file with the one its golden was made from, so the bytes must
not depend on the version of a library. That is why this does not use gguf-py's own writer.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ALIGNMENT = 32

# Value types of the metadata.
_U32, _I32, _F32, _BOOL, _STRING, _ARRAY = 4, 5, 6, 7, 8, 9


@dataclass
class Tensor:
    name: str
    type_id: int
    shape: tuple  # GGUF order: the first runs fastest
    data: bytes


def _string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def _scalar(value):
    """(type id, bytes) of one value. Integers are unsigned unless they are negative."""
    if isinstance(value, bool):
        return _BOOL, struct.pack("<B", value)
    if isinstance(value, int):
        return (_I32, struct.pack("<i", value)) if value < 0 else (_U32, struct.pack("<I", value))
    if isinstance(value, (float, np.floating)):
        return _F32, struct.pack("<f", value)
    if isinstance(value, str):
        return _STRING, _string(value)
    raise TypeError(f"no GGUF type for {value!r}")


def _value(value):
    if not isinstance(value, (list, tuple)):
        kind, raw = _scalar(value)
        return struct.pack("<I", kind) + raw
    if all(type(item) is int for item in value):  # as converters write them: signed
        head = struct.pack("<IIQ", _ARRAY, _I32, len(value))
        return head + struct.pack(f"<{len(value)}i", *value)
    items = [_scalar(item) for item in value]
    kinds = {kind for kind, _ in items}
    if len(kinds) != 1:
        raise TypeError(f"array of several types: {value!r}")
    head = struct.pack("<IIQ", _ARRAY, kinds.pop(), len(items))
    return head + b"".join(raw for _, raw in items)


def encode(metadata, tensors):
    """The bytes of a file with the given metadata (a dict, in order) and tensors."""
    out = bytearray(struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(metadata)))
    for key, value in metadata.items():
        out += _string(key) + _value(value)
    offset = 0
    for tensor in tensors:
        out += _string(tensor.name) + struct.pack("<I", len(tensor.shape))
        out += struct.pack(f"<{len(tensor.shape)}Q", *tensor.shape)
        out += struct.pack("<IQ", tensor.type_id, offset)
        offset += -(-len(tensor.data) // ALIGNMENT) * ALIGNMENT
    for tensor in tensors:
        out += b"\0" * (-len(out) % ALIGNMENT)
        out += tensor.data
    return bytes(out)


def write(path, metadata, tensors):
    Path(path).write_bytes(encode(metadata, tensors))
