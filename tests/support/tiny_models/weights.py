"""Random weights, the same on every machine and with every version of numpy.

Only numpy's raw bit streams are used, which it promises to keep, and sums, products and roundings
of IEEE doubles; no logarithm or power, whose last bit differs between libraries.

Quantised weights are not rounded from floats: their blocks are random bytes under scales chosen so
that the values have mean 0 and about the wanted deviation. Every bit pattern of a block is covered
that way, which rounding would not do, and no quantiser is needed.
"""

import zlib

import numpy as np

# name: (id, values in a block, bytes of a block)
TYPES = {
    "F32": (0, 1, 4), "F16": (1, 1, 2), "BF16": (30, 1, 2),
    "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q5_0": (6, 32, 22), "Q5_1": (7, 32, 24),
    "Q8_0": (8, 32, 34), "Q2_K": (10, 256, 84), "Q3_K": (11, 256, 110), "Q4_K": (12, 256, 144),
    "Q5_K": (13, 256, 176), "Q6_K": (14, 256, 210), "IQ4_NL": (20, 32, 18),
    "IQ4_XS": (23, 256, 136), "MXFP4": (39, 32, 17),
}

# Of a quantised type: offset of its half scale d, offset of its half minimum (or None), the
# deviation of a value when d is 1 and all other bits are random, and minimum / d that makes the
# mean 0. Q4_1 and Q5_1 add their minimum, the K types subtract it times a random multiplier.
_SCALES = {
    "Q4_0": (0, None, 4.61, 0), "Q4_1": (0, 2, 4.61, -7.5),
    "Q5_0": (0, None, 9.23, 0), "Q5_1": (0, 2, 9.23, -15.5), "Q8_0": (0, None, 73.9, 0),
    "Q2_K": (80, 82, 13.9, 1.5), "Q3_K": (108, None, 43.3, 0), "Q4_K": (0, 2, 258.0, 7.5),
    "Q5_K": (0, 2, 527.0, 15.5), "Q6_K": (208, None, 427.0, 0),
    "IQ4_NL": (0, None, 68.9, 0), "IQ4_XS": (0, None, 1273.0, 0),
}


class Random:
    """Numbers that depend on the seed and the tensor's name alone."""

    def __init__(self, seed, name):
        self._bits = np.random.PCG64([seed, zlib.crc32(name.encode())])

    def bytes(self, count):
        words = self._bits.random_raw(-(-count // 8)).astype("<u8")
        return words.view(np.uint8)[:count].copy()

    def normal(self, shape):
        """Sums of four uniform numbers: deviation 1, never beyond 3.5."""
        count = int(np.prod(shape))
        parts = self._bits.random_raw(count).astype("<u8").view("<u2").reshape(count, 4)
        total = parts.astype(np.int64).sum(axis=1)
        return ((total - 131070) / 37837.0).reshape(shape)

    def uniform(self, shape, low, high):
        count = int(np.prod(shape))
        words = self._bits.random_raw(count).astype("<u8") >> np.uint64(11)
        return (low + (high - low) * (words.astype(np.float64) / 9007199254740992.0)).reshape(shape)


def _bf16(values):
    bits = values.astype("<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def _halves(values):
    return values.astype("<f2").view(np.uint8).reshape(len(values), 2)


def _blocks(random, type_name, count, deviation):
    _, size, width = TYPES[type_name]
    blocks = random.bytes(count // size * width).reshape(-1, width)
    number = len(blocks)
    if type_name == "MXFP4":  # the scale is a power of two, 2^(byte − 127)
        blocks[:, 0] = 121 + random.bytes(number) % 3
        return blocks
    scale_at, minimum_at, unit, ratio = _SCALES[type_name]
    scale = random.uniform(number, 0.6, 1.4) * (deviation / unit)
    blocks[:, scale_at:scale_at + 2] = _halves(scale)
    if minimum_at is not None:
        blocks[:, minimum_at:minimum_at + 2] = _halves(scale * ratio)
    if type_name == "Q6_K":  # sixteen signed scales; keep them off the extremes
        blocks[:, 192:208] = (random.bytes(number * 16) % 80 - 40).reshape(number, 16)
    return blocks


def encode(seed, name, type_name, shape, mean=0.0, deviation=0.08):
    """Bytes of a random tensor; the shape is in GGUF order."""
    random = Random(seed, name)
    count = int(np.prod(shape))
    if shape[0] % TYPES[type_name][1]:
        raise ValueError(f"{name}: rows of {shape[0]} do not fill blocks of {type_name}")
    if type_name in ("F32", "F16", "BF16"):
        values = mean + deviation * random.normal(count)
        if type_name == "BF16":
            return _bf16(values).tobytes()
        return values.astype("<f4" if type_name == "F32" else "<f2").tobytes()
    return _blocks(random, type_name, count, deviation).tobytes()
