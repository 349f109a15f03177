#!/usr/bin/env python3
"""One measurement of llama.cpp, as one line of JSON; tests/bench/compare calls it.

usage: peer.py about | TASK MODEL.gguf [-p N] [-n N] [-d N] [-t N] [--cache f16|q8_0] [--texts N]
               [--engine bindings|xllamacpp]

  speed   tokens a second: of a prompt of -p, and of -n decoded one by one after a context of -d
  embed   tokens a second of --texts texts of -p tokens, together and one by one
  load    seconds until the first logits are there
  memory  computes a prompt of -p tokens; the caller looks at the process

Where attention can be computed in two ways (flash attention or not) both are measured, and each
gives a line of "variants": the better one is the one to beat. llama.cpp is not part of the project.
`bindings` is llama-cpp-python with the library of LLAMA_CPP_LIB_PATH, built for this processor (with
clang: what gcc 12 makes of its AMX code crashes):

  CC=clang-19 CXX=clang++-19 CMAKE_ARGS=-DGGML_NATIVE=ON \\
      pip install --no-binary llama-cpp-python llama-cpp-python==0.3.36

`xllamacpp` (==2026.10.11549) comes compiled, for AVX2; it needs a vocabulary in the file.
"""

import argparse
import ctypes
import json
import random
import sys
import time

BATCH, MICRO_BATCH = 2048, 512
VOCABULARY = 30000  # tokens that every vocabulary here has


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["about", "speed", "embed", "load", "memory"])
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("-p", "--prompt", type=int, default=0)
    parser.add_argument("-n", "--decode", type=int, default=0)
    parser.add_argument("-d", "--depth", type=int, default=0)
    parser.add_argument("-t", "--threads", type=int, default=2)
    parser.add_argument("--cache", choices=["f16", "q8_0"], default="f16")
    parser.add_argument("--texts", type=int, default=8)
    parser.add_argument("--engine", choices=["bindings", "xllamacpp"], default="bindings")
    return parser.parse_args()


def flash_kinds(options):
    """A quantised cache of values needs flash attention."""
    return {"flash attention": 1} if options.cache == "q8_0" else {"plain": 0, "flash attention": 1}


def context_length(options):
    return max(options.prompt, options.depth + options.decode) + 64


def random_tokens(source, count):
    return [source.randrange(1000, VOCABULARY) for _ in range(count)]


class Bindings:
    """llama-cpp-python: the C interface of a library built for this processor."""

    def __init__(self, options):
        import llama_cpp as api
        self._api = api
        self._options = options
        api.llama_backend_init()
        self._silent = api.llama_log_callback(lambda *_: None)  # llama.cpp keeps a pointer to it
        api.llama_log_set(self._silent, None)
        self._random = random.Random(1)
        self._model = self._context = None

    def about(self):
        return f"llama-cpp-python {self._api.__version__}", \
            self._api.llama_print_system_info().decode()

    def open_model(self):
        parameters = self._api.llama_model_default_params()
        parameters.n_gpu_layers = 0
        self._model = self._api.llama_model_load_from_file(self._options.model.encode(), parameters)
        if not self._model:
            sys.exit(f"llama.cpp does not load {self._options.model}")

    def open_context(self, length, flash=-1, texts=0):
        api = self._api
        parameters = api.llama_context_default_params()
        parameters.n_ctx = length
        parameters.n_batch, parameters.n_ubatch = BATCH, MICRO_BATCH
        parameters.n_threads = parameters.n_threads_batch = self._options.threads
        parameters.flash_attn_type = flash
        if self._options.cache == "q8_0":
            parameters.type_k = parameters.type_v = api.GGML_TYPE_Q8_0
        if texts:  # an encoder computes what attends to each other in one micro-batch
            parameters.n_batch = parameters.n_ubatch = length
            parameters.n_seq_max = texts
            parameters.embeddings = True
        self._context = api.llama_init_from_model(self._model, parameters)
        if not self._context:
            sys.exit("llama.cpp makes no context with these options")

    def close_context(self):
        self._api.llama_free(self._context)

    def feed(self, count):
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            ids = random_tokens(self._random, size)
            tokens = (self._api.llama_token * size)(*ids)  # the batch points into it
            if self._api.llama_decode(self._context, self._api.llama_batch_get_one(tokens, size)):
                sys.exit("llama_decode failed")
        self._api.llama_synchronize(self._context)

    def forget(self):
        self._api.llama_memory_clear(self._api.llama_get_memory(self._context), True)

    def speed(self):
        options, variants = self._options, {}
        self.open_model()
        for name, flash in flash_kinds(options).items():
            self.open_context(context_length(options), flash)
            self.feed(8)  # pages are read and threads started
            figures = variants[name] = {}
            if options.prompt:
                self.forget()
                start = time.perf_counter()
                self.feed(options.prompt)
                figures["prefill_tps"] = options.prompt / (time.perf_counter() - start)
            if options.decode:
                self.forget()
                self.feed(options.depth)
                start = time.perf_counter()
                for _ in range(options.decode):
                    self.feed(1)
                figures["decode_tps"] = options.decode / (time.perf_counter() - start)
            self.close_context()
        return variants

    def embed(self):
        options, variants = self._options, {}
        self.open_model()
        for flash_name, flash in flash_kinds(options).items():
            for name, together in (("one by one", 1), ("together", options.texts)):
                self.open_context(together * options.prompt, flash, together)
                self._encode(together)
                start = time.perf_counter()
                for _ in range(options.texts // together):
                    self._encode(together)
                seconds = time.perf_counter() - start
                variants[f"{flash_name}, {name}"] = {
                    "prefill_tps": options.texts * options.prompt / seconds}
                self.close_context()
        return variants

    def _encode(self, texts):
        api, length = self._api, self._options.prompt
        batch = api.llama_batch_init(texts * length, 0, 1)
        batch.n_tokens = texts * length
        for i, token in enumerate(random_tokens(self._random, texts * length)):
            batch.token[i], batch.pos[i] = token, i % length
            batch.n_seq_id[i], batch.seq_id[i][0], batch.logits[i] = 1, i // length, True
        if api.llama_encode(self._context, batch):
            sys.exit("llama_encode failed")
        for text in range(texts):
            if not ctypes.cast(api.llama_get_embeddings_seq(self._context, text), ctypes.c_void_p):
                sys.exit("llama.cpp gives no embedding")
        api.llama_batch_free(batch)

    def load(self):
        start = time.perf_counter()
        self.open_model()
        self.open_context(512)
        self.feed(1)
        return {"": {"first_token_s": time.perf_counter() - start}}

    def memory(self):
        self.open_model()
        self.open_context(self._options.prompt)
        self.feed(self._options.prompt)
        return {"": {}}


class Xllamacpp:
    """A server inside this process, asked for completions of random tokens."""

    def __init__(self, options):
        import xllamacpp as api
        self._api = api
        self._options = options
        self._random = random.Random(1)

    def about(self):
        from importlib.metadata import version
        return f"xllamacpp {version('xllamacpp')}", self._api.get_system_info()

    def open(self, length, flash=-1, warm=True):
        parameters = self._api.CommonParams()
        parameters.model.path = self._options.model
        parameters.n_ctx, parameters.n_parallel, parameters.warmup = length, 1, warm
        parameters.cpuparams.n_threads = self._options.threads
        parameters.cpuparams_batch.n_threads = self._options.threads
        parameters.flash_attn_type = self._api.llama_flash_attn_type(flash)
        if self._options.cache == "q8_0":
            kind = self._api.ggml_type.GGML_TYPE_Q8_0
            parameters.cache_type_k = parameters.cache_type_v = kind
        if self._options.task == "embed":
            parameters.embedding = True
            parameters.n_batch = parameters.n_ubatch = length
        return self._api.Server(parameters)

    def ask(self, server, prompt, decode):
        answer = server.handle_completions({
            "prompt": random_tokens(self._random, max(prompt, 1)), "n_predict": decode,
            "temperature": 0, "cache_prompt": False, "ignore_eos": True})
        answer = json.loads(answer) if isinstance(answer, str) else answer
        return answer["timings"]

    def speed(self):
        options, variants = self._options, {}
        for name, flash in flash_kinds(options).items():
            server = self.open(context_length(options), flash)
            self.ask(server, 8, 1)
            figures = variants[name] = {}
            if options.prompt:
                figures["prefill_tps"] = self.ask(server, options.prompt, 1)["prompt_per_second"]
            if options.decode:
                figures["decode_tps"] = self.ask(server, options.depth,
                                                 options.decode)["predicted_per_second"]
            del server
        return variants

    def embed(self):
        options, variants = self._options, {}
        for name, flash in flash_kinds(options).items():
            server = self.open(options.prompt + 64, flash)
            texts = [random_tokens(self._random, options.prompt) for _ in range(options.texts)]
            server.handle_embeddings({"input": texts[:1]})
            start = time.perf_counter()
            answer = server.handle_embeddings({"input": texts})
            seconds = time.perf_counter() - start
            answer = json.loads(answer) if isinstance(answer, str) else answer
            if len(answer.get("data", [])) != options.texts:
                sys.exit(f"xllamacpp gives no embeddings: {json.dumps(answer)[:200]}")
            variants[name] = {"prefill_tps": options.texts * options.prompt / seconds}
            del server
        return variants

    def load(self):
        start = time.perf_counter()
        server = self.open(512, warm=False)
        self.ask(server, 1, 1)
        return {"": {"first_token_s": time.perf_counter() - start}}

    def memory(self):
        self.ask(self.open(self._options.prompt), self._options.prompt - 8, 1)
        return {"": {}}


def main():
    options = arguments()
    try:
        engine = (Bindings if options.engine == "bindings" else Xllamacpp)(options)
    except (ImportError, OSError, RuntimeError) as error:
        sys.exit(f"{options.engine}: {error}")
    if options.task == "about":
        name, system = engine.about()
        print(json.dumps({"name": name, "system": " ".join(system.split())}))
        return
    print(json.dumps({"variants": getattr(engine, options.task)()}), flush=True)


if __name__ == "__main__":
    main()
