#!/usr/bin/env python3
"""Makes the model folders and goldens of the importer's tests.

usage: make_goldens.py LLAMA_CPP [MINILM]

LLAMA_CPP is a source tree of llama.cpp, MINILM the folder of all-MiniLM-L6-v2. Needs torch, transformers,
tokenizers, sentencepiece and safetensors.

A case is a folder: config.json, tokenizer files, and weights.json, which lists tensors by name, type
and shape. Their values follow from the names (see `values`), so that the weights need not be kept.
LLAMA_CPP's convert_hf_to_gguf.py and convert_lora_to_gguf.py convert the folder, and golden.json keeps
every key and the SHA-256 of every tensor, for each output type.

The converter recognises how text is split from a hash over the real vocabulary, which a tiny one does
not have, so the name is given to it here ("pre" of a case).
"""
import hashlib, json, os, pathlib, re, shutil, subprocess, sys, tempfile
import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
LLAMA_CPP = pathlib.Path(sys.argv[1]).resolve()
TYPES = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16, "I64": np.int64}
TEXT = ("The quick brown fox jumps over the lazy dog. A small cat sleeps on the warm stone. "
        "We have 12 apples, 345 pears and 6789 plums; they're ripe, aren't they? "
        "der Müller geht über die Brücke und trägt süße Äpfel. le garçon préfère la forêt. ")


def values(name, kind, count):
    """Multiples of 2^-16 in [-1/4, 1/4) from splitmix64 of the name's FNV-1a hash and the index; of
    2^-9 for the 16-bit types, which hold them exactly."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x100000001B3) & (2**64 - 1)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + (np.arange(count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    if kind == "I64":
        return (z >> np.uint64(48)).astype(np.int64)
    if kind == "F32":
        return ((z >> np.uint64(49)).astype(np.float32) - 16384) / 65536
    numbers = ((z >> np.uint64(56)).astype(np.float32) - 128) / 512
    if kind == "F16":
        return numbers.astype(np.float16)
    return (numbers.view(np.uint32) >> 16).astype(np.uint16)


def write_safetensors(path, tensors):
    header, data, at = {}, [], 0
    for name, kind, shape in tensors:
        raw = values(name, kind, int(np.prod(shape))).tobytes()
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + len(raw)]}
        data.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(data))


def write_weights(folder, parts):
    """The checkpoint that weights.json describes: {file: [[name, type, shape], …]}."""
    for file, tensors in parts.items():
        write_safetensors(folder / file, tensors)
    if len(parts) > 1:
        index = {name: file for file, tensors in parts.items() for name, _, _ in tensors}
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}))


# ---- tokenizers -----------------------------------------------------------------------------------

QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")


def byte_level(size, pattern, special, **model):
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    tokenizer = Tokenizer(models.BPE(**model))
    if pattern:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator([TEXT], trainers.BpeTrainer(
        vocab_size=size, show_progress=False, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    for text, is_special in special:
        tokenizer.add_tokens([AddedToken(text, special=is_special, normalized=False)])
    return tokenizer


def template(tokenizer, first, last=None):
    from tokenizers.processors import TemplateProcessing
    names = [name for name in (first, last) if name]
    tokenizer.post_processor = TemplateProcessing(
        single=f"{first} $A" + (f" {last}" if last else ""),
        pair=f"{first} $A {last} $B:1 {last}:1" if last else f"{first} $A {first} $B:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])


def word_piece(size):
    from tokenizers import BertWordPieceTokenizer
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train_from_iterator([TEXT], vocab_size=size, show_progress=False)
    template(tokenizer._tokenizer, "[CLS]", "[SEP]")
    return tokenizer


def sentence_piece(folder, size):
    import sentencepiece
    with tempfile.TemporaryDirectory() as temporary:
        text = pathlib.Path(temporary) / "text"
        text.write_text(TEXT.replace(". ", ".\n"))
        sentencepiece.SentencePieceTrainer.train(
            input=str(text), model_prefix=str(folder / "tokenizer"), vocab_size=size, model_type="bpe",
            byte_fallback=True, unk_id=0, bos_id=1, eos_id=2, pad_id=-1, minloglevel=2,
            character_coverage=1.0, normalization_rule_name="identity")
    (folder / "tokenizer.vocab").unlink()


def merges_of(folder):
    """tokenizer.json of a tokenizer.model, with merges as Hugging Face lists them: by the score of
    the token made."""
    import sentencepiece
    model = sentencepiece.SentencePieceProcessor(str(folder / "tokenizer.model"))
    words = {model.id_to_piece(i): i for i in range(model.vocab_size())}
    merges = []
    for piece, i in sorted(words.items(), key=lambda item: -model.get_score(item[1])):
        if model.is_control(i) or model.is_unknown(i) or model.is_byte(i):
            continue
        for cut in range(1, len(piece)):
            if piece[:cut] in words and piece[cut:] in words:
                merges.append([piece[:cut], piece[cut:]])
    added = [{"id": i, "content": model.id_to_piece(i), "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": True} for i in range(3)]
    return {"version": "1.0", "added_tokens": added,
            "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Prepend", "prepend": "▁"},
                {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
            "pre_tokenizer": None,
            "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}]},
            "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
                      "vocab": words, "merges": merges}}


# ---- checkpoints ----------------------------------------------------------------------------------

def bert_tensors(c, kind, prefix="", norm=("weight", "bias")):
    n, f = c["hidden_size"], c["intermediate_size"]
    t = [["embeddings.position_ids", "I64", [1, c["max_position_embeddings"]]],
         ["embeddings.word_embeddings.weight", kind, [c["vocab_size"], n]],
         ["embeddings.position_embeddings.weight", kind, [c["max_position_embeddings"], n]],
         ["embeddings.token_type_embeddings.weight", kind, [c["type_vocab_size"], n]],
         *[[f"embeddings.LayerNorm.{x}", kind, [n]] for x in norm]]
    for i in range(c["num_hidden_layers"]):
        p = f"encoder.layer.{i}."
        for name, rows, columns in (("attention.self.query", n, n), ("attention.self.key", n, n),
                                    ("attention.self.value", n, n), ("attention.output.dense", n, n),
                                    ("intermediate.dense", f, n), ("output.dense", n, f)):
            t += [[f"{p}{name}.weight", kind, [rows, columns]], [f"{p}{name}.bias", kind, [rows]]]
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            t += [[f"{p}{name}.{x}", kind, [n]] for x in norm]
    t += [["pooler.dense.weight", kind, [n, n]], ["pooler.dense.bias", kind, [n]]]
    return [[prefix + name, k, shape] for name, k, shape in t]


def decoder_tensors(c, kind, prefix="model.", biases=(), qk_norm=False, gemma=False, head=True):
    n, f, hd = c["hidden_size"], c["intermediate_size"], c["head_dim"]
    q, kv = c["num_attention_heads"] * hd, c["num_key_value_heads"] * hd
    t = [["embed_tokens.weight", kind, [c["vocab_size"], n]], ["norm.weight", kind, [n]]]
    for i in range(c["num_hidden_layers"]):
        p = f"layers.{i}."
        linear = {"self_attn.q_proj": [q, n], "self_attn.k_proj": [kv, n], "self_attn.v_proj": [kv, n],
                  "self_attn.o_proj": [n, q], "mlp.gate_proj": [f, n], "mlp.up_proj": [f, n],
                  "mlp.down_proj": [n, f]}
        for name, shape in linear.items():
            t.append([f"{p}{name}.weight", kind, shape])
            if name.split(".")[1][0] in biases:
                t.append([f"{p}{name}.bias", kind, shape[:1]])
        norms = ["input_layernorm", "post_attention_layernorm"]
        if gemma:
            norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
        t += [[f"{p}{name}.weight", kind, [n]] for name in norms]
        if qk_norm:
            t += [[f"{p}self_attn.{x}_norm.weight", kind, [hd]] for x in "qk"]
    t = [[prefix + name, k, shape] for name, k, shape in t]
    return t + ([["lm_head.weight", kind, [c["vocab_size"], n]]] if head else [])


def decoder_config(kind, name, vocabulary, **more):
    return {"architectures": [name], "model_type": kind, "hidden_size": 64, "intermediate_size": 96,
            "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
            "max_position_embeddings": 256, "vocab_size": vocabulary, "rms_norm_eps": 1e-5,
            "hidden_act": "silu", "rope_theta": 10000.0, "tie_word_embeddings": False, **more}


def save(folder, **files):
    for name, content in files.items():
        name = name.replace("__", ".")
        (folder / name).write_text(content if isinstance(content, str) else
                                   json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def build_bert(folder):
    word_piece(200)._tokenizer.save(str(folder / "tokenizer.json"))
    config = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 64, "intermediate_size": 128,
              "num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 40, "vocab_size": 205,
              "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu", "pad_token_id": 0}
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "BertTokenizer", "do_lower_case": True, "unk_token": "[UNK]",
                                 "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
                                 "mask_token": "[MASK]"},
         modules__json=[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
                        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}])
    (folder / "1_Pooling").mkdir()
    save(folder / "1_Pooling", config__json={"word_embedding_dimension": 64, "pooling_mode_cls_token": True,
                                             "pooling_mode_mean_tokens": False})
    return {"model.safetensors": bert_tensors(config, "F32", "bert.", ("gamma", "beta"))}


def build_llama3(folder):
    tokenizer = byte_level(300, LLAMA3, [("<|begin_of_text|>", True), ("<|end_of_text|>", True), ("<|eot_id|>", True)],
                           ignore_merges=True)
    template(tokenizer, "<|begin_of_text|>")
    tokenizer.save(str(folder / "tokenizer.json"))
    config = decoder_config("llama", "LlamaForCausalLM", 310, tie_word_embeddings=True, rope_theta=500000.0,
                            hidden_size=256, num_attention_heads=8, head_dim=32, bos_token_id=300,
                            max_position_embeddings=2048, eos_token_id=[301, 302],
                            rope_scaling={"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0,
                                          "high_freq_factor": 4.0, "original_max_position_embeddings": 512})
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|begin_of_text|>",
                                 "eos_token": "<|eot_id|>",
                                 "chat_template": "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"},
         generation_config__json={"temperature": 0.6, "top_p": 0.9, "top_k": 40, "do_sample": True})
    tensors = decoder_tensors(config, "BF16", head=False)
    return {"model-00001-of-00002.safetensors": tensors[:7], "model-00002-of-00002.safetensors": tensors[7:]}


def build_smollm(folder):
    tokenizer = byte_level(290, None, [("<|endoftext|>", True), ("<tool>", False)])
    tokenizer.save(str(folder / "tokenizer.json"))
    config = decoder_config("llama", "LlamaForCausalLM", 292, attention_bias=True, mlp_bias=True,
                            bos_token_id=290, eos_token_id=290, num_key_value_heads=1)
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "PreTrainedTokenizerFast", "add_prefix_space": False,
                                 "bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>",
                                 "unk_token": "<|endoftext|>"})
    return {"model.safetensors": decoder_tensors(config, "F32", biases="qkvogud")}


def build_mistral(folder):
    sentence_piece(folder, 340)
    config = decoder_config("mistral", "MistralForCausalLM", 344, sliding_window=None, bos_token_id=1, eos_token_id=2,
                            head_dim=32, rope_scaling={"type": "linear", "factor": 4.0})
    added = {str(i): {"content": text, "special": True} for i, text in enumerate(("<unk>", "<s>", "</s>"))}
    added["340"] = {"content": "[INST]", "special": True}
    added["341"] = {"content": "▁note", "special": False}
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False,
                                 "bos_token": {"__type": "AddedToken", "content": "<s>"}, "eos_token": "</s>",
                                 "unk_token": "<unk>", "added_tokens_decoder": added})
    return {"model.safetensors": decoder_tensors(config, "F16")}


def build_qwen2(folder):
    tokenizer = byte_level(300, QWEN2, [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True),
                                        ("<tool_call>", False)])
    from tokenizers.normalizers import NFC
    tokenizer.normalizer = NFC()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = decoder_config("qwen2", "Qwen2ForCausalLM", 320, use_sliding_window=False, sliding_window=64,
                            bos_token_id=300, eos_token_id=302,
                            rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64,
                                          "beta_fast": 32.0, "beta_slow": 1.0, "attention_factor": 1.25})
    tensors = decoder_tensors(config, "BF16", biases="qkv")
    del config["head_dim"]
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "Qwen2Tokenizer", "add_bos_token": False, "bos_token": None,
                                 "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
                                 "chat_template": [{"name": "default", "template": "{{ messages[0].content }}"},
                                                   {"name": "tool-use", "template": "{{ tools }}"}]})
    return {"model.safetensors": tensors}


def build_qwen3(folder):
    tokenizer = byte_level(300, QWEN2, [("<|endoftext|>", True), ("<|im_start|>", True), ("<|im_end|>", True),
                                        ("<think>", False)])
    template(tokenizer, "<|im_start|>", "<|endoftext|>")
    tokenizer.save(str(folder / "tokenizer.json"))
    config = decoder_config("qwen3", "Qwen3ForCausalLM", 304, tie_word_embeddings=True, head_dim=32,
                            intermediate_size=80, rope_theta=1000000, bos_token_id=300, eos_token_id=302)
    save(folder, config__json=config, chat_template__jinja="{% for m in messages %}{{ m.role }}{% endfor %}",
         tokenizer_config__json={"tokenizer_class": "Qwen2Tokenizer", "bos_token": "<|im_start|>",
                                 "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"},
         modules__json=[{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
                        {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}])
    (folder / "1_Pooling").mkdir()
    save(folder / "1_Pooling", config__json={"pooling_mode_lasttoken": True})
    return {"model.safetensors": decoder_tensors(config, "BF16", qk_norm=True, head=False, prefix="")}


def build_gemma3(folder):
    sentence_piece(folder, 330)
    text = decoder_config("gemma3_text", "Gemma3ForCausalLM", 336, tie_word_embeddings=True, head_dim=32,
                          query_pre_attn_scalar=32, sliding_window=16, rms_norm_eps=1e-6, num_hidden_layers=7,
                          rope_scaling={"rope_type": "linear", "factor": 8.0}, rope_theta=1000000,
                          rope_local_base_freq=10000.0, hidden_activation="gelu_pytorch_tanh")
    del text["hidden_act"], text["architectures"]
    config = {"architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "text_config": text,
              "vision_config": {"model_type": "siglip_vision_model", "hidden_size": 32, "num_hidden_layers": 1},
              "eos_token_id": [2, 330], "bos_token_id": 1, "pad_token_id": 0}
    added = {str(i): {"content": t, "special": True} for i, t in enumerate(("<pad>", "<s>", "</s>"))}
    added["330"] = {"content": "<end_of_turn>", "special": True}
    added["331"] = {"content": "<unused0>", "special": False}
    added["332"] = {"content": "▁▁", "special": False}
    save(folder, config__json=config,
         tokenizer_config__json={"tokenizer_class": "GemmaTokenizer", "add_bos_token": True, "add_eos_token": False,
                                 "bos_token": "<s>", "eos_token": "</s>", "added_tokens_decoder": added})
    tensors = decoder_tensors(text, "BF16", "language_model.model.", qk_norm=True, gemma=True, head=False)
    tensors += [["vision_tower.vision_model.post_layernorm.weight", "BF16", [32]],
                ["multi_modal_projector.mm_soft_emb_norm.weight", "BF16", [32]]]
    return {"model.safetensors": tensors}


def build_lora(folder):
    """An adapter for the case "smollm"."""
    save(folder, adapter_config__json={"peft_type": "LORA", "r": 8, "lora_alpha": 12, "bias": "none",
                                       "target_modules": ["q_proj", "k_proj", "down_proj"],
                                       "base_model_name_or_path": "none", "task_type": "CAUSAL_LM"})
    tensors = []
    for layer in range(2):
        for name, rows, columns in (("self_attn.q_proj", 64, 64), ("self_attn.k_proj", 16, 64),
                                    ("mlp.down_proj", 64, 96)):
            p = f"base_model.model.model.layers.{layer}.{name}.lora_"
            tensors += [[p + "A.weight", "F32", [8, columns]], [p + "B.weight", "F32", [rows, 8]]]
    return {"adapter_model.safetensors": tensors}


CASES = {"bert": (build_bert, "jina-v2-en"), "llama3": (build_llama3, "llama-bpe"), "smollm": (build_smollm, "smollm"),
         "mistral": (build_mistral, None), "qwen2": (build_qwen2, "qwen2"), "qwen3": (build_qwen3, "qwen2"),
         "gemma3": (build_gemma3, None)}
TYPES_OUT = ("f32", "f16", "bf16", "q8_0")


# ---- goldens --------------------------------------------------------------------------------------

RUN = """
import sys, runpy
sys.path.insert(0, {root!r}); sys.path.insert(1, {root!r} + "/gguf-py")
import conversion.base
if {pre!r}: conversion.base.TextModel.get_vocab_base_pre = lambda self, tokenizer: {pre!r}
script, sys.argv = sys.argv[1], sys.argv[1:]
runpy.run_path(script, run_name="__main__")
"""


def convert(script, pre, *arguments):
    command = [sys.executable, "-c", RUN.format(root=str(LLAMA_CPP), pre=pre), str(LLAMA_CPP / script),
               *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})
    if done.returncode:
        sys.exit(done.stderr[-3000:])


def read_golden(path):
    sys.path.insert(0, str(LLAMA_CPP / "gguf-py"))
    from gguf import GGUFReader
    reader = GGUFReader(str(path))
    keys = {}
    for name, field in reader.fields.items():
        if name.startswith("GGUF."):
            continue
        value = field.contents()
        if isinstance(value, list) and len(value) > 24:
            value = {"sha256": hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest(),
                     "count": len(value)}
        keys[name] = [[int(t) for t in field.types], value]
    tensors = {t.name: [t.tensor_type.name, [int(n) for n in t.shape], hashlib.sha256(t.data.tobytes()).hexdigest()]
               for t in reader.tensors}
    return {"keys": keys, "tensors": tensors}


def golden_of(folder, pre):
    golden = {}
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / folder.name
        shutil.copytree(folder, copy)
        if (folder / "weights.json").exists():
            write_weights(copy, json.loads((folder / "weights.json").read_text()))
        for kind in TYPES_OUT:
            out = pathlib.Path(temporary) / "out.gguf"
            convert("convert_hf_to_gguf.py", pre, copy, "--outtype", kind, "--outfile", out)
            result = read_golden(out)
            if golden:  # keys differ by the type alone; of the tensors keep those that do
                result = {"file_type": result["keys"]["general.file_type"][1],
                          "tensors": {n: t for n, t in result["tensors"].items() if t != golden["f32"]["tensors"][n]}}
            golden[kind] = result
    return golden


def main():
    for name, (build, pre) in CASES.items():
        folder = HERE / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        save(folder, weights__json=re.sub(r"\],\n? *\[\"", '],\n  ["', json.dumps(build(folder))) + "\n")
        save(folder, golden__json=json.dumps(golden_of(folder, pre), ensure_ascii=False, indent=0) + "\n")
        print(name, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")
    save(HERE / "mistral", merges__json=merges_of(HERE / "mistral"))

    if len(sys.argv) > 2:
        save(HERE, minilm_golden__json=json.dumps(golden_of(pathlib.Path(sys.argv[2]), None), ensure_ascii=False,
                                                  indent=0) + "\n")

    folder = HERE / "lora"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    save(folder, weights__json=json.dumps(build_lora(folder)) + "\n")
    with tempfile.TemporaryDirectory() as temporary:
        copy = pathlib.Path(temporary) / "lora"
        shutil.copytree(folder, copy)
        write_weights(copy, json.loads((folder / "weights.json").read_text()))
        out = pathlib.Path(temporary) / "out.gguf"
        convert("convert_lora_to_gguf.py", None, copy, "--base", HERE / "smollm", "--outfile", out)
        save(folder, golden__json=json.dumps({"f32": read_golden(out)}, indent=0) + "\n")


main()
