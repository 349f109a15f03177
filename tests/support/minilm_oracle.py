"""all-MiniLM-L6-v2 in plain numpy, as the oracle for the imported model.

usage: python minilm_oracle.py MODEL_FOLDER OUT_FOLDER

Writes OUT_FOLDER/sentences.txt (1,000 sentences, one a line, always the same), vectors.f32 (their
normalised embeddings, 384 floats each) and lengths.i32 (their tokens, CLS and SEP counted). Needs
numpy, safetensors and tokenizers; reads model.safetensors and tokenizer.json.

The computation is that of the family's reference: embeddings of words, positions and type 0, layer
norm, six blocks of attention and GELU with a layer norm after each, the mean of all tokens, length
1. GELU is the exact one, through the error function (Abramowitz and Stegun 7.1.26, error ≤ 1.5e-7).
"""

import os
import sys
from pathlib import Path

# On a machine that is busy, threads that spin while they wait take longer than one alone.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

COUNT = 1000
LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
LIMIT = 256  # tokens, as the model's own settings say

SUBJECTS = ("The nurse", "An old engineer", "My neighbour's dog", "Every contract", "The river",
            "A small company in Zürich", "Professor Łukasik", "Das Krankenhaus", "La société",
            "The 3rd witness", "Nobody", "東京の店", "Our data-protection officer", "The café",
            "A court of appeal", "Юлия", "The patient in room 12b", "It")
VERBS = ("signed", "forgot", "carried", "has not seen", "will describe", "measured", "crossed",
         "doesn't trust", "repaired", "might lose", "schreibt", "translated", "counted", "sold")
OBJECTS = ("the annual report", "two bags of flour", "a letter of 14 March 2019", "the bridge",
           "an invoice for €1,250.00", "the naïve answer", "seven apples, three pears and a melon",
           "a programme in C++", "the results (see table 4)", "his mother's recipe", "das Formular",
           "the 42nd parallel", "a résumé", "nothing at all", "a very long history of everything "
           "that had ever been written about lighthouses, harbours and the people who kept them")
ENDS = (".", "!", "?", " yesterday.", " before the storm.", " — again.", ", and then it rained.",
        " in spite of §7 of the agreement.", " 🙂", " because no one had asked for it twice.", "…")
JOINTS = (" However, ", " Then ", " In the end ", " Meanwhile, ", " ")


def sentences():
    bits = np.random.PCG64(20)

    def pick(items):
        return items[int(bits.random_raw() % np.uint64(len(items)))]

    for i in range(COUNT):
        parts = [f"{pick(SUBJECTS)} {pick(VERBS)} {pick(OBJECTS)}{pick(ENDS)}"
                 for _ in range(1 + (i % 7 == 0) + (i % 31 == 0) * 4)]
        text = parts[0]
        for part in parts[1:]:
            text += pick(JOINTS) + part
        yield text if i % 50 else pick(SUBJECTS).split()[-1]


def erf(x):
    t = 1.0 / (1.0 + 0.3275911 * np.abs(x))
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (
        -1.453152027 + t * 1.061405429))))
    return np.sign(x) * (1.0 - poly * np.exp(-x * x))


def layer_norm(x, weights, name):
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = 1.0 / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return centred * scale * weights[name + ".weight"] + weights[name + ".bias"]


def linear(x, weights, name):
    rows = x.reshape(-1, x.shape[-1])  # one large product instead of many small ones
    out = rows @ weights[name + ".weight"].T + weights[name + ".bias"]
    return out.reshape(*x.shape[:-1], -1)


def embed(ids, weights):
    """Vectors of texts of one length: ids is [texts][tokens]."""
    texts, length = ids.shape
    x = (weights["embeddings.word_embeddings.weight"][ids]
         + weights["embeddings.position_embeddings.weight"][:length]
         + weights["embeddings.token_type_embeddings.weight"][0])
    x = layer_norm(x, weights, "embeddings.LayerNorm")
    for i in range(LAYERS):
        block = f"encoder.layer.{i}."

        def heads(part):
            projected = linear(x, weights, f"{block}attention.self.{part}")
            split = projected.reshape(texts, length, HEADS, -1)
            return np.ascontiguousarray(split.transpose(0, 2, 1, 3))

        keys = np.ascontiguousarray(heads("key").transpose(0, 1, 3, 2))
        scores = heads("query") @ keys / np.float32(np.sqrt(WIDTH / HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ heads("value")
        mixed = mixed.transpose(0, 2, 1, 3).reshape(texts, length, WIDTH)
        x = layer_norm(x + linear(mixed, weights, block + "attention.output.dense"), weights,
                       block + "attention.output.LayerNorm")
        inner = linear(x, weights, block + "intermediate.dense")
        inner = 0.5 * inner * (1.0 + erf(inner * np.float32(0.7071067811865476)))
        x = layer_norm(x + linear(inner, weights, block + "output.dense"), weights,
                       block + "output.LayerNorm")
    mean = x.mean(axis=1)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def main():
    model, out = Path(sys.argv[1]), Path(sys.argv[2])
    weights = {name.removeprefix("bert."): values.astype(np.float32)
               for name, values in load_file(model / "model.safetensors").items()
               if values.dtype.kind == "f"}
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LIMIT)
    texts = list(sentences())
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
    lengths = np.array([len(tokens) for tokens in ids], "<i4")
    vectors = np.zeros((len(texts), WIDTH), "<f4")
    for length in np.unique(lengths):
        members = np.flatnonzero(lengths == length)
        vectors[members] = embed(np.array([ids[i] for i in members]), weights)
    (out / "sentences.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    vectors.tofile(out / "vectors.f32")
    lengths.tofile(out / "lengths.i32")


if __name__ == "__main__":
    main()
