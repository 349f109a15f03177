"""Turns a variant into the bytes of its file."""

import hashlib

import numpy as np

from . import gguf_file, weights

# Tensors that stay F32 in a quantised file, as they do in files people download.
_ALWAYS_FLOAT = ("norm", "rope_", "position_embd", "token_types", "ffn_gate_inp", "cls")


def _rope_factors(name, count):
    """Divisors of the rotation angles. Sums and products of small numbers only: exact anywhere."""
    index = np.arange(count)
    if name.startswith("rope_freqs"):  # fast pairs as they are, then a ramp, slow ones by 8
        return np.clip(1.0 + (index - count // 4) * 7.0 / max(1, count // 2), 1.0, 8.0)
    step = 0.375 if "long" in name else 0.015625
    return 1.0 + step * index


def tensor(variant, name, shape):
    if name.startswith("rope_"):
        data = _rope_factors(name, shape[0]).astype("<f4").tobytes()
        return gguf_file.Tensor(name, 0, shape, data)
    norm = "norm" in name
    bias = name.endswith(".bias")
    small = norm or bias or len(shape) < 2 or any(part in name for part in _ALWAYS_FLOAT)
    type_name = "F32" if small else variant.type
    mean, deviation = (1.0, 0.1) if norm and not bias else (0.0, 0.1 if bias else 0.08)
    if any(part in name for part in ("attn_q.weight", "attn_k.weight")):
        deviation *= variant.sharp
    if "ffn_gate_inp" in name:  # experts are chosen clearly: no ties to be broken by noise
        deviation = 0.5
    data = weights.encode(variant.seed, name, type_name, shape, mean, deviation)
    return gguf_file.Tensor(name, weights.TYPES[type_name][0], shape, data)


def file_bytes(variant):
    tensors = [tensor(variant, name, shape) for name, shape in variant.model.tensors.items()]
    return gguf_file.encode(variant.model.metadata, tensors)


def write(variant, folder):
    """Writes FOLDER/NAME.gguf and returns its SHA-256."""
    data = file_bytes(variant)
    (folder / f"{variant.name}.gguf").write_bytes(data)
    return hashlib.sha256(data).hexdigest()
