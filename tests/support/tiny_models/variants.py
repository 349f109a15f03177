"""The list of files: a name, what is in it, how its weights are drawn, and how the oracle runs it.

Names say what is special. A window is always shorter than the texts the tests feed, and heads are
wider than embed / heads wherever the architecture allows it, so that a wrong assumption shows.
"""

from dataclasses import dataclass, field

from . import recipes as r
from .recipes import Sizes

# What the arithmetic of the oracle allows: NMSE of the logits.
EXACT = 1e-6  # llama.cpp's products of F32 weights are F32
GELU = 1e-5  # llama.cpp on a CPU looks GELU up in a table of half floats
QUANTISED = 1e-2  # llama.cpp rounds activations to 8 bits before a product of quantised weights


@dataclass
class Variant:
    name: str
    model: r.Model
    seed: int = 1
    type: str = "F32"  # of all weights of two or more dimensions
    tolerance: float = EXACT
    contexts: tuple = (256,)  # one golden for each: the length decides long and short rope factors
    tokens: int = 48
    sharp: float = 2.5  # attn_q and attn_k are drawn this much wider: attention looks somewhere
    base: str = ""  # of an adapter: the variant it belongs to
    scales: tuple = field(default=())  # of an adapter: one golden for each

    @property
    def kind(self):
        if self.base:
            return "adapter"
        metadata = self.model.metadata
        return "encoder" if self.model.architecture + ".pooling_type" in metadata else "decoder"


_FACTORS = ("rope_factors_long", "rope_factors_short")


def _with_factors(model, pairs, names=_FACTORS):
    for name in names:
        r.rope_factors(model, name, pairs)
    return model


def _yarn(factor, original, **more):
    keys = {"rope.scaling.type": "yarn", "rope.scaling.factor": factor,
            "rope.scaling.original_context_length": original}
    return keys | {name.replace("__", "."): value for name, value in more.items()}


def _llama_family():
    wide = dict(head=32)
    yield Variant("llama", r.llama(Sizes()))
    yield Variant("llama-seed2-untied", r.llama(Sizes(tied=False)), seed=2)
    yield Variant("llama-mqa-wide-head", r.llama(Sizes(kv=1, **wide)), seed=3)
    yield Variant("llama-mha-odd", r.llama(Sizes(embed=48, heads=6, kv=6, ff=100, vocab=91)), seed=4)
    yield Variant("llama-five-layers", r.llama(Sizes(embed=48, heads=6, kv=3, layers=5, ff=80)),
                  seed=5)
    yield Variant("llama-fused-biased", r.llama(Sizes(fused=True, qkv_bias=True)), seed=6)
    yield Variant("llama-all-biases",
                  r.llama(Sizes(qkv_bias=True, out_bias=True, ff_bias=True)), seed=7)
    yield Variant("llama-rope-freqs",
                  r.rope_factors(r.llama(Sizes(extra={"rope.freq_base": 500000.0})),
                                 "rope_freqs", 8), seed=8)
    yield Variant("llama-linear", r.llama(Sizes(extra={"rope.scaling.type": "linear",
                                                       "rope.scaling.factor": 4.0})), seed=9)
    yield Variant("llama-scale-linear", r.llama(Sizes(extra={"rope.scale_linear": 2.0})), seed=10)
    yield Variant("llama-rope-none", r.llama(Sizes(extra={"rope.scaling.type": "none",
                                                          "rope.scaling.factor": 4.0})), seed=11)
    yield Variant("llama-yarn", r.llama(Sizes(**wide, extra=_yarn(4.0, 4096))), seed=12)
    yield Variant("llama-yarn-short",
                  r.llama(Sizes(**wide, extra=_yarn(8.0, 64, rope__scaling__attn_factor=0.9))),
                  seed=13)
    yield Variant("llama-longrope",
                  _with_factors(r.llama(Sizes(extra={
                      "rope.scaling.type": "longrope",
                      "rope.scaling.original_context_length": 256,
                      "rope.scaling.attn_factor": 1.1})), 8), seed=14, contexts=(256, 512))
    yield Variant("llama-experts", r.llama_experts(Sizes(ff=48)), seed=15)
    yield Variant("llama-experts-wide", r.llama_experts(Sizes(ff=32, tied=False), 8, 3), seed=16)


def _plain_block_family():
    yield Variant("qwen2", r.llama(Sizes(qkv_bias=True), "qwen2"), seed=20)
    yield Variant("qwen2-untied-mqa",
                  r.llama(Sizes(qkv_bias=True, tied=False, kv=1,
                                extra={"rope.freq_base": 1000000.0}), "qwen2"), seed=21)
    yield Variant("qwen2-fused-yarn",
                  r.llama(Sizes(qkv_bias=True, fused=True, extra=_yarn(4.0, 2048)), "qwen2"),
                  seed=22)
    yield Variant("qwen3", r.llama(Sizes(head=32), "qwen3", qk_norm=True), seed=23)
    yield Variant("qwen3-untied",
                  r.llama(Sizes(embed=48, heads=6, kv=3, head=12, layers=3, tied=False,
                                extra={"rope.freq_base": 1000000.0}), "qwen3", qk_norm=True),
                  seed=24)
    yield Variant("smollm3", r.llama(Sizes(embed=48, ff=64, layers=4), "smollm3"), seed=25)
    yield Variant("smollm3-nine-layers",
                  r.llama(Sizes(embed=32, heads=4, kv=1, layers=9, ff=64, tied=False), "smollm3"),
                  seed=26)
    mistral = _yarn(4.0, 16, rope__scaling__yarn_log_multiplier=1.0,
                    attention__temperature_scale=0.1, rope__dimension_count=32)
    yield Variant("mistral3", r.llama(Sizes(head=32, extra=mistral), "mistral3"), seed=27)
    yield Variant("mistral3-log-half",
                  r.llama(Sizes(head=32, tied=False, extra=_yarn(
                      16.0, 4096, rope__scaling__yarn_log_multiplier=0.5,
                      rope__scaling__yarn_beta_fast=16.0, rope__scaling__yarn_beta_slow=2.0,
                      rope__dimension_count=32)), "mistral3"), seed=28)
    yield Variant("mistral3-plain", r.llama(Sizes(head=32), "mistral3"), seed=29)


def _scaled_family():
    granite = {"logit_scale": 8.0, "embedding_scale": 12.0, "residual_scale": 0.22,
               "attention.scale": 0.05}
    yield Variant("granite", r.llama(Sizes(extra=granite), "granite"), seed=30)
    yield Variant("granite-few-scales",
                  r.llama(Sizes(tied=False, extra={"logit_scale": 4.0}), "granite"), seed=31)
    yield Variant("granite-no-rope",
                  r.llama(Sizes(extra=granite | {"rope.scaling.finetuned": False}), "granite"),
                  seed=32)
    yield Variant("minicpm", r.llama(Sizes(), "minicpm"), seed=33)
    yield Variant("minicpm-scales",
                  r.llama(Sizes(tied=False, kv=4, extra={
                      "logit_scale": 9.0, "embedding_scale": 3.0, "residual_scale": 0.5}),
                      "minicpm"), seed=34)
    yield Variant("minicpm-longrope",
                  _with_factors(r.llama(Sizes(extra={
                      "rope.scaling.type": "longrope",
                      "rope.scaling.original_context_length": 256,
                      "rope.scaling.attn_factor": 1.25}), "minicpm"), 8),
                  seed=35, contexts=(256, 512))


def _phi_family():
    long = {"rope.scaling.original_context_length": 256, "rope.scaling.attn_factor": 1.19}
    yield Variant("phi3", r.phi3(Sizes(fused=True, tied=False)), seed=40)
    yield Variant("phi3-longrope-partial",
                  _with_factors(r.phi3(Sizes(fused=True,
                                             extra=long | {"rope.dimension_count": 12})), 6),
                  seed=41, contexts=(256, 512))
    yield Variant("phi3-window-ignored",
                  r.phi3(Sizes(fused=True, kv=4, extra={"attention.sliding_window": 16})), seed=42)
    yield Variant("phi3-split", r.phi3(Sizes()), seed=43)
    partial = {"rope.dimension_count": 8}
    yield Variant("phi2", r.phi2(Sizes(kv=4, extra=partial)), seed=44, tolerance=GELU)
    yield Variant("phi2-fused-gqa", r.phi2(Sizes(fused=True, layers=3, extra=partial)), seed=45,
                  tolerance=GELU)


def _layer_norm_family():
    partial = {"rope.dimension_count": 4}
    yield Variant("stablelm", r.stablelm(Sizes(kv=4, extra=partial)), seed=50)
    yield Variant("stablelm-biased", r.stablelm(Sizes(qkv_bias=True, extra=partial)), seed=51)
    yield Variant("stablelm-12b", r.stablelm(Sizes(extra=partial), parallel=True), seed=52)
    yield Variant("openelm", r.openelm(Sizes(embed=48, layers=3, head=16), [2, 4, 6], [1, 2, 3],
                                       [64, 96, 128]), seed=53)
    yield Variant("openelm-mqa", r.openelm(Sizes(embed=48, layers=2, head=24, vocab=77), [3, 4],
                                           [1, 1], [50, 70]), seed=54)


def _gemma_family():
    window = {"attention.sliding_window": 16}
    caps = {"attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0}
    gemma = dict(head=32, tolerance=GELU)

    def variant(name, architecture, seed, extra=None, normed=True, **sizes):
        model = r.llama(Sizes(**({"head": 32} | sizes), extra=extra or {}), architecture,
                        qk_norm=architecture == "gemma3", post_norms=normed)
        return Variant(name, model, seed=seed, tolerance=gemma["tolerance"])

    yield variant("gemma", "gemma", 60, normed=False, kv=1)
    yield variant("gemma-mha", "gemma", 61, normed=False, embed=48, kv=4, head=16, layers=3, ff=96)
    yield variant("gemma2", "gemma2", 62, window | caps)
    yield variant("gemma2-hard-caps", "gemma2", 63,
                  {"attention.sliding_window": 7, "attn_logit_softcapping": 2.0,
                   "final_logit_softcapping": 1.5}, embed=48, heads=3, kv=1, ff=96, layers=3)
    # 46 layers are how the 27B model is known: it scales scores by embed / heads, not head.
    yield variant("gemma2-27b-scale", "gemma2", 64, window | caps, embed=16, heads=2, kv=1, head=4,
                  ff=16, layers=46)
    yield variant("gemma3", "gemma3", 65, window | {"rope.freq_base": 1000000.0}, embed=32,
                  heads=2, kv=1, ff=64, layers=7)
    yield variant("gemma3-linear-global", "gemma3", 66,
                  {"attention.sliding_window": 9, "rope.freq_base": 1000000.0,
                   "rope.scaling.type": "linear", "rope.scaling.factor": 8.0}, embed=48, heads=3,
                  kv=1, head=24, ff=64, layers=6)
    yield variant("gemma3-no-window", "gemma3", 67, {"rope.freq_base": 1000000.0})
    yield variant("gemma3-27b-scale", "gemma3", 68, window, embed=16, heads=2, kv=1, head=4,
                  ff=16, layers=62)
    yield variant("gemma3-pattern", "gemma3", 69,
                  window | {"attention.sliding_window_pattern": 2,
                            "rope.freq_base_swa": 20000.0}, embed=32, heads=4, kv=2, head=16,
                  ff=64, layers=4)
    yield Variant("gemma-embedding",
                  r.gemma_embedding(Sizes(embed=32, heads=2, kv=1, head=32, ff=64, layers=7,
                                          extra=window | {"rope.freq_base": 1000000.0})), seed=70, tolerance=GELU)
    yield Variant("gemma-embedding-dense",
                  r.gemma_embedding(Sizes(head=32, kv=1, extra={
                      "attention.sliding_window": 11, "attention.sliding_window_pattern": 2}),
                      dense=96), seed=71, tolerance=GELU)


WORDS = ("[PAD] [UNK] [CLS] [SEP] [MASK] ▁the ▁a ▁cat ▁dog ▁sat ▁ran ▁on ▁under ▁mat ▁tree ▁house "
         "▁river ▁blue ▁red ▁small ▁large ▁and ▁or ▁not ▁who ▁what ▁where ▁is ▁was ▁it s ing ed "
         "er ly ▁. ▁? ▁, ▁!").split()


def _word_piece(separator=3):
    """A vocabulary of a few words, so that a test may rank real text."""
    return {"tokenizer.ggml.model": "bert", "tokenizer.ggml.pre": "jina-v2-en",
            "tokenizer.ggml.tokens": WORDS,
            "tokenizer.ggml.token_type": [3 if word.startswith("[") else 1 for word in WORDS],
            "tokenizer.ggml.bos_token_id": 2, "tokenizer.ggml.cls_token_id": 2,
            "tokenizer.ggml.eos_token_id": separator, "tokenizer.ggml.seperator_token_id": separator,
            "tokenizer.ggml.unknown_token_id": 1, "tokenizer.ggml.padding_token_id": 0,
            "tokenizer.ggml.mask_token_id": 4}


def _encoders():
    small = dict(context=256)
    yield Variant("bert-mean", r.bert(Sizes(**small)), seed=80, tolerance=GELU)
    yield Variant("bert-cls", r.bert(Sizes(**small, layers=3, embed=48), pooling=2), seed=81,
                  tolerance=GELU)
    yield Variant("bert-states", r.bert(Sizes(**small, fused=True), pooling=0), seed=82,
                  tolerance=GELU)
    words = dict(context=256, vocab=len(WORDS), extra=_word_piece())
    yield Variant("bert-rank", r.bert(Sizes(**words), pooling=4, head=True), seed=83,
                  tolerance=GELU)
    yield Variant("bert-words", r.bert(Sizes(**words)), seed=93, tolerance=GELU)
    yield Variant("bert-rank-labels",
                  r.bert(Sizes(**small, extra={"classifier.output_labels": ["a", "b", "c"]}),
                         pooling=4, head=True, labels=3), seed=84, tolerance=GELU)
    yield Variant("nomic-bert", r.nomic_bert(Sizes(fused=True)), seed=85)
    yield Variant("nomic-bert-cls", r.nomic_bert(Sizes(embed=48, heads=3, ff=80, layers=3), pooling=2),
                  seed=86)
    yield Variant("jina-bert-v2", r.jina_bert(Sizes()), seed=87, tolerance=GELU)
    yield Variant("jina-bert-v2-six-heads", r.jina_bert(Sizes(embed=48, heads=6, ff=96), fused_gate=True),
                  seed=88, tolerance=GELU)
    yield Variant("jina-bert-v2-code",
                  r.jina_bert(Sizes(), qk_norm=True, second_norm=True), seed=89, tolerance=GELU)
    yield Variant("jina-bert-v2-rank", r.jina_bert(Sizes(), pooling=4, head=True), seed=90,
                  tolerance=GELU)
    last = r.llama(Sizes(head=32, extra={"pooling_type": 3}), "qwen3", qk_norm=True)
    last.key("pooling_type", 3)
    yield Variant("qwen3-embedding", last, seed=91)
    ranker = r.llama(Sizes(head=32, extra={"classifier.output_labels": ["yes", "no"]}), "qwen3",
                     qk_norm=True)
    ranker.key("pooling_type", 4)
    ranker.linear("cls.output", 64, 2)
    yield Variant("qwen3-rank", ranker, seed=92)


def _quantised():
    small = ("F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4")
    for i, kind in enumerate(small):
        yield Variant(f"llama-{kind}", r.llama(Sizes(embed=96, heads=6, kv=2, ff=160)),
                      seed=100 + i, type=kind, tolerance=QUANTISED, sharp=1.0)
    large = ("Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_XS")
    for i, kind in enumerate(large):
        yield Variant(f"llama-{kind}", r.llama(Sizes(embed=256, heads=4, kv=1, ff=256, layers=1, vocab=64)),
                      seed=110 + i, type=kind, tolerance=QUANTISED, sharp=1.0)
    yield Variant("qwen3-Q8_0", r.llama(Sizes(head=32), "qwen3", qk_norm=True), seed=120,
                  type="Q8_0", tolerance=QUANTISED)
    yield Variant("phi3-Q4_1", r.phi3(Sizes(fused=True)), seed=121, type="Q4_1",
                  tolerance=QUANTISED, sharp=1.0)
    yield Variant("llama-experts-Q4_0", r.llama_experts(Sizes(ff=64)), seed=122, type="Q4_0",
                  tolerance=QUANTISED, sharp=1.0)
    yield Variant("bert-Q8_0", r.bert(Sizes(context=256)), seed=123, type="Q8_0",
                  tolerance=QUANTISED, sharp=1.0)
    yield Variant("gemma3-Q5_0",
                  r.llama(Sizes(embed=32, head=32, layers=6, extra={"attention.sliding_window": 16}),
                          "gemma3", qk_norm=True, post_norms=True), seed=124, type="Q5_0",
                  tolerance=QUANTISED)


def _adapters(models):
    def variant(name, base, seed, alpha, parts, extra=(), rank=4):
        model = models[base]
        targets = [n for n in model.model.tensors
                   if any(n.endswith(f".{part}.weight") for part in parts) or n in extra]
        return Variant(name, r.adapter(model.model, rank, alpha, targets), seed=seed, base=base,
                       scales=(1.0, 0.4), tolerance=model.tolerance)

    everywhere = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
    yield variant("adapter-attention", "llama", 130, 8.0, ("attn_q", "attn_v"))
    yield variant("adapter-everywhere", "llama-seed2-untied", 131, 16.0, everywhere,
                  extra=("output.weight",), rank=6)
    yield variant("adapter-no-alpha", "qwen2", 132, 0.0, everywhere)
    yield variant("adapter-fused", "phi3", 133, 4.0, ("attn_qkv", "ffn_up"))
    yield variant("adapter-embeddings", "llama-seed2-untied", 134, 8.0, ("attn_k",),
                  extra=("token_embd.weight",))


def all_variants():
    """Every variant by name, in a fixed order."""
    variants = {}
    for family in (_llama_family, _plain_block_family, _scaled_family, _phi_family,
                   _layer_norm_family, _gemma_family, _encoders, _quantised):
        for variant in family():
            variant.model.finish()
            variants[variant.name] = variant
    for variant in list(_adapters(variants)):
        variants[variant.name] = variant
    return variants
