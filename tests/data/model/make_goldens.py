"""Makes manifest.json and logits.f32: what llama.cpp computes for the tiny models.

usage: python make_goldens.py [--only SUBSTRING]    (needs llama-cpp-python 0.3.36, gguf, numpy)

The tiny models themselves are not kept; tests/support/tiny_models writes them again, and the
manifest's SHA-256 says whether they are the same. For each there is one golden or more: the tokens,
the positions whose rows are kept, and where they lie in logits.f32 (counted in floats).

What llama.cpp's CPU path does not compute exactly, and what is done about it:
- GELU is looked up in a table of half floats: models with GELU have the tolerance 1e-5.
- Activations are rounded to 8 bits (to half floats for F16, to bfloat16 for BF16) before a product
  with quantised weights. Quantised models have a second golden, made by llama.cpp from the same
  weights written out as F32: an engine that keeps its activations in floats must meet that one as
  any F32 model, and the first one within 1e-2. `noise` is the NMSE between the two.
"""

import argparse
import json
import sys
import tempfile
import zlib
from pathlib import Path

import gguf
import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "support"))
from llama_cpp_oracle import Oracle  # noqa: E402
from tiny_models import build, gguf_file, weights  # noqa: E402
from tiny_models.variants import EXACT, GELU, all_variants  # noqa: E402

# Around the windows of 7, 9, 11 and 16, and the ends.
POSITIONS = (0, 1, 8, 15, 16, 17, 31, 47)
TEXT_LENGTHS = (1, 5, 40)  # of the texts embedded by encoders


def tokens_of(name, count, vocabulary):
    bits = np.random.PCG64(zlib.crc32(name.encode())).random_raw(count)
    return [int(word % np.uint64(vocabulary)) for word in bits]


def nmse(values, reference):
    difference = values.astype(np.float64) - reference
    return float((difference**2).sum() / (reference.astype(np.float64)**2).sum())


def write_as_floats(variant, path):
    """The variant's file with every weight written out as F32."""
    tensors = []
    for name, shape in variant.model.tensors.items():
        tensor = build.tensor(variant, name, shape)
        kind = gguf.GGMLQuantizationType(tensor.type_id)
        if kind != gguf.GGMLQuantizationType.F32:
            raw = np.frombuffer(tensor.data, np.uint8).reshape(int(np.prod(shape[1:])), -1)
            values = gguf.quants.dequantize(raw, kind).astype("<f4")
            tensor = gguf_file.Tensor(name, weights.TYPES["F32"][0], shape, values.tobytes())
        tensors.append(tensor)
    gguf_file.write(path, variant.model.metadata, tensors)


def exact_tolerance(variant):
    """Against the oracle with F32 weights."""
    gelu = ("gemma", "phi2", "bert", "jina-bert")
    return GELU if variant.model.architecture.startswith(gelu) else EXACT


class Store:
    """Rows of floats, one after another."""

    def __init__(self):
        self.rows = []
        self.size = 0

    def add(self, rows):
        offset = self.size
        self.rows.append(rows.astype("<f4").ravel())
        self.size += self.rows[-1].size
        return offset

    def save(self, path):
        np.concatenate(self.rows).tofile(path)


def decoder_rows(path, tokens, context, **adapter):
    with Oracle(path, context, **adapter) as oracle:
        rows = oracle.logits(tokens)
    if not np.isfinite(rows).all():
        raise RuntimeError(f"{path}: the oracle's logits are not finite")
    return rows[list(POSITIONS)]


def encoder_rows(path, variant, tokens):
    with Oracle(path, 256, embeddings=True) as oracle:
        if variant.model.metadata[variant.model.architecture + ".pooling_type"] == 0:
            return oracle.states(tokens)
        return oracle.pooled(tokens)


def goldens(variant, path, exact, store, folder):
    """One entry for each context, scale or text. `exact`: the file with F32 weights, or None."""
    vocabulary = variant.model.sizes.vocab
    out = []

    def keep(entry, compute):
        rows = compute(path)
        entry |= {"width": int(rows.shape[1]), "rows": int(rows.shape[0]),
                  "offset": store.add(rows)}
        if exact:
            floats = compute(exact)
            entry |= {"exactOffset": store.add(floats), "noise": float(f"{nmse(rows, floats):.2g}")}
        out.append(entry)

    if variant.kind == "encoder":
        for length in TEXT_LENGTHS:
            tokens = tokens_of(f"{variant.name}/{length}", length, vocabulary)
            keep({"tokens": tokens}, lambda file: encoder_rows(file, variant, tokens))
        return out
    tokens = tokens_of(variant.name, variant.tokens, vocabulary)
    entry = {"tokens": tokens, "positions": list(POSITIONS)}
    if variant.kind == "adapter":
        base = folder / f"{variant.base}.gguf"
        for scale in variant.scales:
            keep(entry | {"context": 256, "scale": scale},
                 lambda file: decoder_rows(base, tokens, 256, adapter=file, scale=scale))
        return out
    for context in variant.contexts:
        keep(entry | {"context": context}, lambda file: decoder_rows(file, tokens, context))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="names that contain this; writes nothing")
    arguments = parser.parse_args()
    store, files = Store(), {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        variants = all_variants()
        sums = {name: build.write(variant, folder) for name, variant in variants.items()}
        for name, variant in variants.items():
            if arguments.only not in name:
                continue
            exact = None
            if variant.type != "F32":
                exact = folder / "exact.gguf"
                write_as_floats(variant, exact)
            entries = goldens(variant, folder / f"{name}.gguf", exact, store, folder)
            entry = {"sha256": sums[name], "kind": variant.kind,
                     "architecture": variant.model.architecture, "type": variant.type,
                     "tolerance": variant.tolerance,
                     "exactTolerance": exact_tolerance(variant)}
            if variant.kind == "adapter":
                entry["base"] = variant.base
            files[name] = entry | {"goldens": entries}
            print(f"{name:26} {[e.get('noise', '') for e in entries]}", flush=True)
    if arguments.only:
        return
    store.save(HERE / "logits.f32")
    lines = ",\n".join(f'"{name}": {json.dumps(entry)}' for name, entry in files.items())
    (HERE / "manifest.json").write_text(f'{{"files": {{\n{lines}\n}}}}\n')


if __name__ == "__main__":
    main()
