#!/usr/bin/env python3
"""Writes a GGUF with the shape of a real model and random weights as Q4_K_M mixes them.

usage: shapes.py SHAPE OUT.gguf --vocab VOCABULARY.gguf       (needs gguf and numpy)

Speed does not depend on the values of the weights, so such a file measures what the real one would.
The vocabulary is copied: llama.cpp's server takes no file without one.
"""

import argparse
from dataclasses import dataclass

import gguf
import numpy as np

Type = gguf.GGMLQuantizationType


@dataclass
class Shape:
    architecture: str
    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head: int
    vocabulary: int
    rope_base: float


SHAPES = {
    "llama-3.2-1b": Shape("llama", 16, 2048, 8192, 32, 8, 64, 128256, 5e5),
    "llama-3.2-3b": Shape("llama", 28, 3072, 8192, 24, 8, 128, 128256, 5e5),
    "qwen3-0.6b": Shape("qwen3", 28, 1024, 3072, 16, 8, 128, 151936, 1e6),
    "qwen3-4b": Shape("qwen3", 36, 2560, 9728, 32, 8, 128, 151936, 1e6),
}


class Blocks:
    """Rows of random blocks; every byte is random but those of the scales, which stay small."""

    def __init__(self):
        self._random = np.random.default_rng(7)

    def _halves(self, count, greatest):
        values = (self._random.random(count, dtype=np.float32) * greatest).astype(np.float16)
        return values.view(np.uint8).reshape(count, 2)

    def _bytes(self, count, size):
        return self._random.integers(0, 256, (count, size), np.uint8)

    def q4_k(self, rows, columns):
        count = rows * columns // 256
        parts = (self._halves(count, 2e-4), self._halves(count, 1e-3), self._bytes(count, 140))
        return np.concatenate(parts, axis=1).reshape(rows, -1), Type.Q4_K

    def q6_k(self, rows, columns):
        count = rows * columns // 256
        scales = self._random.integers(-40, 40, (count, 16), np.int8).view(np.uint8)
        parts = (self._bytes(count, 192), scales, self._halves(count, 5e-5))
        return np.concatenate(parts, axis=1).reshape(rows, -1), Type.Q6_K


def takes_more_bits(layer, layers):
    return layer < layers // 8 or layer >= 7 * layers // 8 or (layer - layers // 8) % 3 == 2


def write_metadata(writer, name, shape, vocabulary):
    writer.add_name(f"{name} (random weights)")
    writer.add_block_count(shape.layers)
    writer.add_context_length(32768)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_rope_dimension_count(shape.head)
    writer.add_vocab_size(shape.vocabulary)
    for field in gguf.GGUFReader(vocabulary).fields.values():
        if not field.name.startswith("tokenizer."):
            continue
        if field.types[0] == gguf.GGUFValueType.ARRAY:
            writer.add_array(field.name, field.contents())
        else:
            writer.add_key_value(field.name, field.contents(), field.types[0])


def write_tensors(writer, shape):
    blocks = Blocks()

    def matrix(name, rows, columns, make):
        data, kind = make(rows, columns)
        writer.add_tensor(name, data, raw_dtype=kind)

    def norm(name, size):
        writer.add_tensor(name, np.ones(size, np.float32))

    queries, keys = shape.heads * shape.head, shape.kv_heads * shape.head
    matrix("token_embd.weight", shape.vocabulary, shape.width, blocks.q6_k)
    norm("output_norm.weight", shape.width)
    for layer in range(shape.layers):
        at = f"blk.{layer}."
        better = blocks.q6_k if takes_more_bits(layer, shape.layers) else blocks.q4_k
        norm(at + "attn_norm.weight", shape.width)
        norm(at + "ffn_norm.weight", shape.width)
        matrix(at + "attn_q.weight", queries, shape.width, blocks.q4_k)
        matrix(at + "attn_k.weight", keys, shape.width, blocks.q4_k)
        matrix(at + "attn_v.weight", keys, shape.width, better)
        matrix(at + "attn_output.weight", shape.width, queries, blocks.q4_k)
        if shape.architecture == "qwen3":
            norm(at + "attn_q_norm.weight", shape.head)
            norm(at + "attn_k_norm.weight", shape.head)
        matrix(at + "ffn_gate.weight", shape.feed_forward, shape.width, blocks.q4_k)
        matrix(at + "ffn_up.weight", shape.feed_forward, shape.width, blocks.q4_k)
        matrix(at + "ffn_down.weight", shape.width, shape.feed_forward, better)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shape", choices=SHAPES)
    parser.add_argument("out")
    parser.add_argument("--vocab", required=True)
    options = parser.parse_args()
    shape = SHAPES[options.shape]
    writer = gguf.GGUFWriter(options.out, shape.architecture)
    write_metadata(writer, options.shape, shape, options.vocab)
    write_tensors(writer, shape)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
