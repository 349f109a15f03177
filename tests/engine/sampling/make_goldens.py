#!/usr/bin/env python3
"""Makes tests/data/sampling/goldens.json: what llama.cpp's samplers leave of seeded logits.

  make_goldens.py GPT2_VOCAB.gguf OUT.json     (the vocabulary serves DRY's breakers alone)

Needs llama_cpp (llama-cpp-python 0.3.36) and numpy. The logits are made of splitmix64, as exact
multiples of 2^-20, so that the test makes the same ones.
"""
import ctypes
import json
import sys

import llama_cpp as L
import numpy as np

COUNT = 512
DEFAULTS = dict(temperature=1.0, topK=0, topP=1.0, minP=0.0, typicalP=1.0, repetitionPenalty=1.0,
                frequencyPenalty=0.0, presencePenalty=0.0, penaltyWindow=64, dryMultiplier=0.0,
                dryBase=1.75, dryAllowedLength=2, dryWindow=64, dryBreakers=[], xtcProbability=0.0,
                xtcThreshold=0.1, logitBias=[])


def splitmix(seed):
    mask = (1 << 64) - 1
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & mask
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        yield z ^ (z >> 31)


def make_logits(seed):
    source = splitmix(seed)
    return np.array([(next(source) >> 40) * 2.0**-20 - 8.0 for _ in range(COUNT)], np.float32)


def make_history(seed, length, alphabet):
    source = splitmix(seed + 1000)
    return [next(source) % alphabet for _ in range(length)]


def chain(o, vocabulary):
    yield L.llama_sampler_init_penalties(COUNT, o["penaltyWindow"], o["repetitionPenalty"],
                                         o["frequencyPenalty"], o["presencePenalty"])
    strings = [text.encode() for text in o.get("breakerStrings", [])]
    array = (ctypes.c_char_p * max(len(strings), 1))(*strings)
    yield L.llama_sampler_init_dry(vocabulary, o["dryMultiplier"], o["dryBase"],
                                   o["dryAllowedLength"], o["dryWindow"], array, len(strings))
    yield L.llama_sampler_init_top_k(o["topK"])
    yield L.llama_sampler_init_typical(o["typicalP"], 0)
    yield L.llama_sampler_init_top_p(o["topP"], 0)
    yield L.llama_sampler_init_min_p(o["minP"], 0)
    yield L.llama_sampler_init_xtc(o["xtcProbability"], o["xtcThreshold"], 0, 1)
    yield L.llama_sampler_init_temp(o["temperature"])


def run(o, vocabulary):
    logits = make_logits(o["seed"])
    for token, bias in o["logitBias"]:
        logits[token] += np.float32(bias)
    data = (L.llama_token_data * COUNT)()
    for i, logit in enumerate(logits):
        data[i] = L.llama_token_data(i, float(logit), 0.0)
    candidates = L.llama_token_data_array(data, COUNT, -1, False)
    for sampler in chain(o, vocabulary):
        for token in o["history"]:
            L.llama_sampler_accept(sampler, token)
        L.llama_sampler_apply(sampler, ctypes.byref(candidates))
        L.llama_sampler_free(sampler)
    kept = [(candidates.data[i].id, candidates.data[i].logit) for i in range(candidates.size)]
    kept.sort(key=lambda item: (-item[1], item[0]))
    values = np.array([logit for _, logit in kept], np.float64)
    weights = np.exp(values - values.max())
    weights /= weights.sum()
    return [token for token, _ in kept], [float(f"{w:.7g}") for w in weights]


def cases():
    seed = 0
    for name, settings in [
        ("top-k", [dict(topK=k) for k in (1, 2, 40, 500)]),
        ("top-p", [dict(topP=p) for p in (0.05, 0.5, 0.9, 0.999)]),
        ("min-p", [dict(minP=p) for p in (0.01, 0.1, 0.9)]),
        ("typical", [dict(typicalP=p) for p in (0.1, 0.5, 0.95)]),
        ("temperature", [dict(topK=40, temperature=t) for t in (0.1, 0.8, 2.5)]),
        ("xtc", [dict(topK=30, temperature=t, xtcProbability=1.0, xtcThreshold=x)
                 for t, x in ((1.0, 0.02), (0.7, 0.05), (1.0, 0.5))]),
        ("repetition", [dict(topK=60, repetitionPenalty=p, penaltyWindow=w)
                        for p, w in ((1.3, 64), (0.7, 16), (2.0, 0))]),
        ("frequency, presence", [dict(topK=60, frequencyPenalty=f, presencePenalty=p)
                                 for f, p in ((0.4, 0.0), (0.0, 1.5), (0.7, -0.5))]),
        ("dry", [dict(topK=100, dryMultiplier=m, dryBase=b, dryAllowedLength=a, dryWindow=w)
                 for m, b, a, w in ((0.8, 1.75, 2, 400), (1.5, 1.1, 1, 50), (0.3, 3.0, 4, 400))]),
        ("dry with breakers", [dict(topK=100, dryMultiplier=1.0, dryWindow=400, dryBreakers=b,
                                    breakerStrings=s)
                               for s, b in ((["\n"], [[198]]), (['"', "*"], [[1], [9]]),
                                            (["::"], [[25, 25]]))]),
        ("bias", [dict(topK=20, logitBias=[[5, 9.0], [300, -100.0], [17, 4.5]])]),
        ("all", [dict(topK=40, typicalP=0.9, topP=0.9, minP=0.02, temperature=0.8,
                      repetitionPenalty=1.1, frequencyPenalty=0.1, presencePenalty=0.1,
                      dryMultiplier=0.8, xtcProbability=1.0, xtcThreshold=0.1)]),
        ("usual", [dict(topK=40, topP=0.95, minP=0.05, temperature=0.8)]),
    ]:
        for setting in settings:
            for repeat in range(2):
                seed += 1
                case = {**DEFAULTS, **setting, "name": f"{name} {seed}", "seed": seed}
                # Few different tokens make long repetitions; breakers need their own ids.
                alphabet = 3 if "dry" in name else 60
                case["history"] = make_history(seed, 200, alphabet)
                if "breakers" in name:
                    ids = sorted({t for b in case["dryBreakers"] for t in b}) + [50, 51]
                    case["history"] = [ids[t % len(ids)] for t in case["history"]]
                yield case


def main():
    vocabulary_file, out = sys.argv[1:]
    parameters = L.llama_model_default_params()
    parameters.vocab_only = True
    quiet = L.llama_log_callback(lambda *_: None)
    L.llama_log_set(quiet, None)
    model = L.llama_model_load_from_file(vocabulary_file.encode(), parameters)
    vocabulary = L.llama_model_get_vocab(model)
    lines = []
    for case in cases():
        tokens, weights = run(case, vocabulary)
        case["count"] = len(tokens)
        case["tokens"], case["probabilities"] = tokens[:64], weights[:64]
        changed = {k: v for k, v in case.items() if DEFAULTS.get(k) != v and k != "breakerStrings"}
        lines.append(json.dumps(changed, separators=(",", ":")))
    with open(out, "w") as file:
        file.write("[\n" + ",\n".join(lines) + "\n]\n")


main()
