#!/usr/bin/env python3
"""Speed of this engine and of llama.cpp on the same file, in turn, and the ratio of the two.

usage: peer_speed.py MODEL.gguf [--cli build/release/bin/alcove-cli] [-p 512] [-n 64] [-d 0]
                     [-t 2] [-r 5] [--json]

  -p tokens in one prefill; -n tokens decoded one by one after a context of -d tokens.

The two are measured in alternate rounds, each in a process of its own, so that a machine that slows
down or is shared slows both; the medians of -r rounds are compared. llama.cpp runs with flash
attention and without, and the better of the two counts. It is not part of the project and must be
installed, compiled for this processor (with clang: what gcc 12 makes of its AMX code crashes):

  CC=clang CXX=clang++ CMAKE_ARGS=-DGGML_NATIVE=ON \\
      pip install --no-binary llama-cpp-python llama-cpp-python==0.3.36
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "build/release/bin/alcove-cli"
BATCH = 2048


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--cli", default=str(CLI))
    parser.add_argument("-p", "--prompt", type=int, default=512)
    parser.add_argument("-n", "--decode", type=int, default=64)
    parser.add_argument("-d", "--depth", type=int, default=0)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("-r", "--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--peer-once", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


class Peer:
    """One llama.cpp context that can be timed."""

    def __init__(self, options, flash_attention):
        import llama_cpp as api
        self._api = api
        api.llama_backend_init()
        self._silent = api.llama_log_callback(lambda *_: None)  # llama.cpp keeps a pointer to it
        api.llama_log_set(self._silent, None)
        parameters = api.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self._model = api.llama_model_load_from_file(options.model.encode(), parameters)
        if not self._model:
            sys.exit(f"llama.cpp does not load {options.model}")
        context = api.llama_context_default_params()
        context.n_ctx = max(options.prompt, options.depth + options.decode) + 64
        context.n_batch, context.n_ubatch = BATCH, 512
        context.n_threads = context.n_threads_batch = options.threads
        context.flash_attn_type = int(flash_attention)
        self._context = api.llama_init_from_model(self._model, context)
        self._vocabulary = api.llama_vocab_n_tokens(api.llama_model_get_vocab(self._model))
        self._random = random.Random(1)

    def feed(self, count):
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            ids = [self._random.randrange(self._vocabulary) for _ in range(size)]
            tokens = (self._api.llama_token * size)(*ids)  # the batch points into it
            if self._api.llama_decode(self._context, self._api.llama_batch_get_one(tokens, size)):
                sys.exit("llama_decode failed")
        self._api.llama_synchronize(self._context)

    def forget(self):
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)

    def speed(self, options):
        """Tokens per second of prefill and of decoding."""
        self.feed(8)  # pages are read and threads started
        self.forget()
        start = time.perf_counter()
        self.feed(options.prompt)
        prefill = options.prompt / (time.perf_counter() - start)
        self.forget()
        self.feed(options.depth)
        start = time.perf_counter()
        for _ in range(options.decode):
            self.feed(1)
        return prefill, options.decode / (time.perf_counter() - start)

    def close(self):
        self._api.llama_free(self._context)
        self._api.llama_model_free(self._model)


def peer_once(options):
    best = [0.0, 0.0]
    for flash in (False, True):
        peer = Peer(options, flash)
        best = [max(pair) for pair in zip(best, peer.speed(options))]
        peer.close()
    print(json.dumps({"prefill_tps": best[0], "decode_tps": best[1]}))


def measured(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip() or 'failed'}")
    result = json.loads(done.stdout.strip().splitlines()[-1])
    return result["prefill_tps"], result["decode_tps"]


def main():
    options = arguments()
    if options.peer_once:
        peer_once(options)
        return
    common = ["-p", str(options.prompt), "-n", str(options.decode), "-d", str(options.depth),
              "-t", str(options.threads), "-r", "1"]
    ours_command = [options.cli, "bench", "-m", options.model, *common, "--json"]
    peer_command = [sys.executable, __file__, options.model, *common, "--peer-once"]
    ours, peer = [], []
    for _ in range(options.rounds):
        ours.append(measured(ours_command))
        peer.append(measured(peer_command))
    result = {"model": options.model, "threads": options.threads, "rounds": options.rounds}
    for i, kind in enumerate(("prefill", "decode")):
        own, other = (statistics.median(row[i] for row in rows) for rows in (ours, peer))
        result[kind] = {"ours_tps": round(own, 2), "llama_cpp_tps": round(other, 2),
                        "ratio": round(own / other, 3) if other else None}
    if options.json:
        print(json.dumps(result))
        return
    print(f"{'':8} {'ours':>10} {'llama.cpp':>10} {'ratio':>7}   (tokens per second)")
    for kind in ("prefill", "decode"):
        row = result[kind]
        ratio = f"{row['ratio']:.2f}" if row["ratio"] else "-"
        print(f"{kind:8} {row['ours_tps']:10.1f} {row['llama_cpp_tps']:10.1f} {ratio:>7}")


if __name__ == "__main__":
    main()
