#!/usr/bin/env python3
"""Makes the goldens of the tokenizer tests with llama.cpp.

For each vocabulary, and for each pre-tokenizer put onto one, random strings are tokenized and a
16-bit hash of the ids of each is kept: 10,000 plain ones, then 2,000 with special tokens in the
text, tokenized with add_special and parse_special. Pre-tokenizers that agree on all of them with
one tried before on the same vocabulary are its aliases and share its file; index.json says which
run has which.

    python3 make_goldens.py FOLDER_WITH_vocabs_AND_models

Needs numpy and llama-cpp-python 0.3.36 (its Unicode data are those of 15.1). Vocabularies of the
package's source lie in vocabs/.
"""
import argparse
import ctypes
import json
import pathlib
import sys
import zlib

import llama_cpp
import numpy

HERE = pathlib.Path(__file__).parent
MASK = (1 << 64) - 1
PLAIN, SPECIAL = 10000, 2000

# Pre-tokenizers without a vocabulary of their own, and the one they are tried on.
BORROWED = {
    "ggml-vocab-gpt-2.gguf": [
        "default", "falcon", "dbrx", "smaug-bpe", "chatglm-bpe", "glm4", "glm5", "minicpm5", "qwen2",
        "kormo", "f2llmv2", "megrez", "stablelm2", "hunyuan", "solar-open", "grok-2", "bailingmoe",
        "bailingmoe2", "llada-moe", "laguna", "qwen35", "ufakzeka", "seed-coder", "gpt-4o", "llama4",
        "kanana2", "talkie", "minimax-m2", "granite-embed-multi-97m", "tiny_aya", "cohere2moe",
        "tekken", "phi-2", "jina-es", "jina-de", "jina-v2-es", "jina-v2-de", "jina-v1-en",
        "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0", "mellum", "modern-bert", "mpt", "olmo",
        "jais", "trillion", "granite-docling", "exaone4", "smollm", "refact", "starcoder",
        "command-r", "codeshell", "exaone", "minerva-7b", "mellum2", "deepseek-llm",
        "deepseek-coder", "deepseek-v3", "hunyuan-dense", "hy_v4", "joyai-llm", "poro-chat", "bloom",
        "gpt3-finnish", "viking"],
    "ggml-vocab-llama-bpe.gguf": [
        "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
        "dbrx", "tekken", "gpt-4o", "llama4", "deepseek-v3", "smollm", "glm4", "minicpm5"],
    "ggml-vocab-qwen2.gguf": ["deepseek-r1-qwen"],
    "ggml-vocab-gemma-4.gguf": ["sarvam-moe", "granite-embed-multi-311m"],
}


class Random:
    """splitmix64"""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % limit


class Strings:
    def __init__(self):
        self.kinds = json.loads((HERE / "strings.json").read_text())["kinds"]
        self.total = sum(kind["weight"] for kind in self.kinds)

    def kind(self, random):
        place = random.below(self.total)
        for kind in self.kinds:
            if place < kind["weight"]:
                return kind
            place -= kind["weight"]

    def part(self, random):
        kind = self.kind(random)
        if "texts" in kind:
            return kind["texts"][random.below(len(kind["texts"]))].encode()
        if "bytes" in kind:
            return bytes.fromhex(kind["bytes"][random.below(len(kind["bytes"]))])
        out = b""
        for _ in range(kind["min"] + random.below(kind["max"] - kind["min"] + 1)):
            first, last = kind["ranges"][random.below(len(kind["ranges"]))]
            code = first + random.below(last - first + 1)
            out += chr(0xFFFD if 0xD800 <= code < 0xE000 else code).encode()
        return out

    def make(self, seed, pieces=None):
        """With `pieces`, a third of the parts are pieces of the vocabulary."""
        random = Random(seed)
        out = b""
        for _ in range(1 + random.below(12)):
            if random.below(4) == 0:
                out += b" "
            if pieces and random.below(3) == 0:
                near = min(300, len(pieces))
                where = random.below(3)
                place = (random.below(len(pieces)) if where == 0 else
                         random.below(near) if where == 1 else
                         len(pieces) - 1 - random.below(near))
                out += pieces[place]
            else:
                out += self.part(random)
        return out


class Vocabulary:
    def __init__(self, path, pre=None):
        params = llama_cpp.llama_model_default_params()
        params.vocab_only = True
        if pre is not None:
            self.overrides = (llama_cpp.llama_model_kv_override * 2)()
            self.overrides[0].tag = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_STR
            self.overrides[0].key = b"tokenizer.ggml.pre"
            ctypes.memmove(ctypes.addressof(self.overrides[0].value), pre.encode() + b"\0",
                           len(pre) + 1)
            self.overrides[1].key = b""
            params.kv_overrides = self.overrides
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self.model:
            sys.exit("%s: does not load" % path)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.ids = (llama_cpp.llama_token * 65536)()

    def pieces(self):
        count = llama_cpp.llama_vocab_n_tokens(self.vocab)
        return [llama_cpp.llama_vocab_get_text(self.vocab, i) for i in range(count)]

    def encode(self, text, add_special=False, parse_special=False):
        count = llama_cpp.llama_tokenize(self.vocab, text, len(text), self.ids, len(self.ids),
                                         add_special, parse_special)
        assert count >= 0
        return self.ids[:count]

    def hash(self, *args):
        ids = numpy.array(self.encode(*args), dtype="<i4")
        return zlib.crc32(ids.tobytes()) & 0xFFFF

    def close(self):
        llama_cpp.llama_model_free(self.model)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    parser.add_argument("--only", default="", help="runs whose name contains this")
    args = parser.parse_args()
    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, None)

    strings = Strings()
    plain = [strings.make(i) for i in range(PLAIN)]
    runs = [(path, None) for path in sorted((args.data / "vocabs").glob("*.gguf"))]
    runs += [(path, None) for path in sorted((args.data / "models").glob("SmolLM2*.gguf"))]
    runs += [(args.data / "vocabs" / name, pre) for name, pres in BORROWED.items() for pre in pres]
    index, known = [], {}
    for path, pre in runs:
        name = path.stem.removeprefix("ggml-vocab-") + ("" if pre is None else "+" + pre)
        if args.only not in name:
            continue
        vocabulary = Vocabulary(path, pre)
        pieces = vocabulary.pieces()

        hashes = [vocabulary.hash(text) for text in plain]
        hashes += [vocabulary.hash(strings.make(PLAIN + i, pieces), True, True)
                   for i in range(SPECIAL)]
        blob = numpy.array(hashes, dtype="<u2").tobytes()
        key = (path.name, blob)
        if key not in known:
            known[key] = name + ".u16"
            (args.out / known[key]).write_bytes(blob)
        vocabulary.close()
        index.append({"file": "%s/%s" % (path.parent.name, path.name), "pre": pre or "",
                      "golden": known[key]})
        print(name, known[key], flush=True)
    if not args.only:
        rows = ",\n".join(" " + json.dumps(row) for row in index)
        (args.out / "index.json").write_text("[\n" + rows + "\n]\n")


if __name__ == "__main__":
    main()
