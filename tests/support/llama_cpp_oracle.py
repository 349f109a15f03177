"""llama.cpp as the oracle: logits and embeddings for given tokens, through llama-cpp-python.

Needs llama-cpp-python 0.3.36 (`pip install llama-cpp-python==0.3.36`; compile it with clang, what
gcc 12 makes of its AMX code crashes). Only the scripts that make goldens import this; no test does.

Everything that is not arithmetic is switched off: the cache is F32, there is no flash attention,
weights stay in the layout of the file, sliding-window layers keep all keys, one thread computes.
"""

import ctypes

import llama_cpp as api
import numpy as np

api.llama_backend_init()
_silent = api.llama_log_callback(lambda *_: None)
api.llama_log_set(_silent, None)


class Oracle:
    def __init__(self, path, context=256, embeddings=False, adapter=None, scale=1.0, threads=1):
        """`adapter`: path of a LoRA adapter, applied with `scale`."""
        parameters = api.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.use_extra_bufts = False
        self._model = api.llama_model_load_from_file(str(path).encode(), parameters)
        if not self._model:
            raise RuntimeError(f"llama.cpp does not load {path}")
        options = api.llama_context_default_params()
        options.n_ctx = context
        options.n_batch = options.n_ubatch = max(512, context)
        options.n_threads = options.n_threads_batch = threads
        options.flash_attn_type = 0
        options.type_k = options.type_v = 0
        options.embeddings = embeddings
        options.swa_full = True
        self._context = api.llama_init_from_model(self._model, options)
        if not self._context:
            raise RuntimeError(f"llama.cpp makes no context for {path}")
        self.vocabulary = api.llama_vocab_n_tokens(self._vocabulary())
        self.width = api.llama_model_n_embd_out(self._model)
        self._adapter = None
        if adapter:
            self._adapter = api.llama_adapter_lora_init(self._model, str(adapter).encode())
            if not self._adapter:
                raise RuntimeError(f"llama.cpp does not load the adapter {adapter}")
            adapters = (api.llama_adapter_lora_p_ctypes * 1)(self._adapter)
            scales = (ctypes.c_float * 1)(scale)
            if api.llama_set_adapters_lora(self._context, adapters, 1, scales):
                raise RuntimeError(f"llama.cpp does not apply the adapter {adapter}")

    def close(self):
        api.llama_free(self._context)
        api.llama_model_free(self._model)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _vocabulary(self):
        return api.llama_model_get_vocab(self._model)

    def forget(self):
        memory = api.llama_get_memory(self._context)
        if memory:
            api.llama_memory_clear(memory, True)

    def _decode(self, tokens, start):
        batch = api.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for i, token in enumerate(tokens):
            batch.token[i], batch.pos[i] = token, start + i
            batch.n_seq_id[i], batch.logits[i] = 1, 1
            batch.seq_id[i][0] = 0
        status = api.llama_decode(self._context, batch)
        api.llama_batch_free(batch)
        if status:
            raise RuntimeError(f"llama_decode failed with {status}")

    def logits(self, tokens, start=0):
        """One row for each token; `start` continues what was computed before."""
        if start == 0:
            self.forget()
        self._decode(tokens, start)
        return np.stack([self._row(api.llama_get_logits_ith(self._context, i), self.vocabulary)
                         for i in range(len(tokens))])

    def states(self, tokens):
        """The final state of each token, of a model without pooling."""
        self.forget()
        self._decode(tokens, 0)
        return np.stack([self._row(api.llama_get_embeddings_ith(self._context, i), self.width)
                         for i in range(len(tokens))])

    def pooled(self, tokens):
        """The pooled embedding, not normalised, or the outputs of a rank head."""
        self.forget()
        self._decode(tokens, 0)
        width = self.width
        if api.llama_pooling_type(self._context) == 4:
            width = api.llama_model_n_cls_out(self._model)
        return self._row(api.llama_get_embeddings_seq(self._context, 0), width)[None, :]

    def tokenize(self, text, special=True):
        raw = text.encode()
        size = len(raw) + 8
        out = (api.llama_token * size)()
        count = api.llama_tokenize(self._vocabulary(), raw, len(raw), out, size, False, special)
        return list(out[:count])

    @staticmethod
    def _row(pointer, width):
        floats = ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(floats, (width,)).copy()
