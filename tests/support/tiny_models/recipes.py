"""What the file of each architecture holds: its metadata keys and the names and shapes of its
tensors. Shapes are in GGUF order, inputs first.
"""

from dataclasses import dataclass, field, replace


@dataclass
class Sizes:
    """The numbers that most recipes share; a recipe changes what its architecture needs."""

    embed: int = 64
    layers: int = 2
    heads: int = 4
    kv: int = 2
    head: int = 0  # 0: embed / heads, and then no key for it is written
    ff: int = 128
    vocab: int = 96
    context: int = 1024
    tied: bool = True
    fused: bool = False  # one attn_qkv in place of attn_q, attn_k, attn_v
    qkv_bias: bool = False
    out_bias: bool = False
    ff_bias: bool = False
    extra: dict = field(default_factory=dict)  # keys that replace or add to the recipe's own

    @property
    def dim(self):
        return self.head or self.embed // self.heads


class Model:
    """Collects metadata and tensors of one file. Keys without a known prefix get the
    architecture's."""

    def __init__(self, architecture, sizes):
        self.architecture = architecture
        self.sizes = sizes
        self.metadata = {"general.architecture": architecture}
        self.tensors = {}  # name: shape

    def describe(self):
        """The keys that every model has."""
        sizes = self.sizes
        self.keys(context_length=sizes.context, embedding_length=sizes.embed,
                  block_count=sizes.layers, feed_forward_length=sizes.ff, vocab_size=sizes.vocab)
        self.key("attention.head_count", sizes.heads)
        if sizes.head:
            self.key("attention.key_length", sizes.head)
            self.key("attention.value_length", sizes.head)
        return self

    def key(self, name, value):
        own = not name.startswith(("general.", "tokenizer.", "adapter."))
        self.metadata[f"{self.architecture}.{name}" if own else name] = value

    def keys(self, **pairs):
        for name, value in pairs.items():
            self.key(name, value)

    def add(self, name, *shape):
        self.tensors[name] = shape

    def norm(self, name, width, bias=False):
        self.add(f"{name}.weight", width)
        if bias:
            self.add(f"{name}.bias", width)

    def linear(self, name, inputs, outputs, bias=False):
        self.add(f"{name}.weight", inputs, outputs)
        if bias:
            self.add(f"{name}.bias", outputs)

    def attention(self, layer, sizes=None):
        """The four products of attention."""
        s = sizes or self.sizes
        b = f"blk.{layer}."
        q, kv = s.heads * s.dim, s.kv * s.dim
        if s.fused:
            self.linear(b + "attn_qkv", s.embed, q + 2 * kv, s.qkv_bias)
        else:
            self.linear(b + "attn_q", s.embed, q, s.qkv_bias)
            self.linear(b + "attn_k", s.embed, kv, s.qkv_bias)
            self.linear(b + "attn_v", s.embed, kv, s.qkv_bias)
        self.linear(b + "attn_output", q, s.embed, s.out_bias)

    def gated_ffn(self, layer, sizes=None):
        s = sizes or self.sizes
        b = f"blk.{layer}."
        self.linear(b + "ffn_gate", s.embed, s.ff, s.ff_bias)
        self.linear(b + "ffn_up", s.embed, s.ff, s.ff_bias)
        self.linear(b + "ffn_down", s.ff, s.embed, s.ff_bias)

    def ends(self, norm_bias=False, output_bias=False):
        """Embeddings, last norm, and the output where it is not tied to the embeddings."""
        s = self.sizes
        self.add("token_embd.weight", s.embed, s.vocab)
        self.norm("output_norm", s.embed, norm_bias)
        if not s.tied:
            self.linear("output", s.embed, s.vocab, output_bias)

    def finish(self):
        for name, value in self.sizes.extra.items():
            self.key(name, value)
        self.metadata.setdefault("tokenizer.ggml.model", "none")
        return self


def _rms(model):
    model.key("attention.head_count_kv", model.sizes.kv)
    model.key("attention.layer_norm_rms_epsilon", 1e-5)


def _layer_norm(model):
    model.key("attention.head_count_kv", model.sizes.kv)
    model.key("attention.layer_norm_epsilon", 1e-5)


def llama(s, architecture="llama", qk_norm=False, post_norms=False):
    """The plain block, and what differs from it only by norms around it."""
    m = Model(architecture, s).describe()
    _rms(m)
    m.ends()
    for i in range(s.layers):
        b = f"blk.{i}."
        m.norm(b + "attn_norm", s.embed)
        m.attention(i)
        if qk_norm:
            m.norm(b + "attn_q_norm", s.dim)
            m.norm(b + "attn_k_norm", s.dim)
        if post_norms:
            m.norm(b + "post_attention_norm", s.embed)
        m.norm(b + "ffn_norm", s.embed)
        m.gated_ffn(i)
        if post_norms:
            m.norm(b + "post_ffw_norm", s.embed)
    return m


def llama_experts(s, experts=4, used=2, architecture="llama"):
    m = llama(s, architecture)
    m.keys(expert_count=experts, expert_used_count=used)
    for i in range(s.layers):
        b = f"blk.{i}."
        for part in ("gate", "up", "down"):
            del m.tensors[f"{b}ffn_{part}.weight"]
        m.linear(b + "ffn_gate_inp", s.embed, experts)
        m.add(b + "ffn_gate_exps.weight", s.embed, s.ff, experts)
        m.add(b + "ffn_up_exps.weight", s.embed, s.ff, experts)
        m.add(b + "ffn_down_exps.weight", s.ff, s.embed, experts)
    return m


def rope_factors(m, name, count):
    m.add(f"{name}.weight", count)
    return m


def phi3(s):
    m = Model("phi3", s).describe()
    _rms(m)
    m.ends()
    for i in range(s.layers):
        b = f"blk.{i}."
        m.norm(b + "attn_norm", s.embed)
        m.attention(i)
        m.norm(b + "ffn_norm", s.embed)
        m.linear(b + "ffn_up", s.embed, 2 * s.ff)  # gate, then up
        m.linear(b + "ffn_down", s.ff, s.embed)
    return m


def phi2(s):
    s = replace(s, qkv_bias=True, out_bias=True, ff_bias=True, tied=False)
    m = Model("phi2", s).describe()
    _layer_norm(m)
    m.ends(norm_bias=True, output_bias=True)
    for i in range(s.layers):
        b = f"blk.{i}."
        m.norm(b + "attn_norm", s.embed, bias=True)
        m.attention(i, s)
        m.linear(b + "ffn_up", s.embed, s.ff, bias=True)
        m.linear(b + "ffn_down", s.ff, s.embed, bias=True)
    return m


def stablelm(s, parallel=False):
    """`parallel`: the 12B kind, with a LayerNorm for each head and no norm before the FFN."""
    s = replace(s, tied=False)
    m = Model("stablelm", s).describe()
    _layer_norm(m)
    m.ends(norm_bias=True)
    for i in range(s.layers):
        b = f"blk.{i}."
        m.norm(b + "attn_norm", s.embed, bias=True)
        m.attention(i)
        if parallel:
            m.add(b + "attn_q_norm.weight", s.dim, s.heads)
            m.add(b + "attn_k_norm.weight", s.dim, s.kv)
        else:
            m.norm(b + "ffn_norm", s.embed, bias=True)
        m.gated_ffn(i)
    return m


def openelm(s, heads, kv, ff):
    """Heads and widths are lists, one entry for each layer."""
    m = Model("openelm", s).describe()
    m.key("attention.head_count", heads)
    m.key("attention.head_count_kv", kv)
    m.key("feed_forward_length", ff)
    m.key("attention.layer_norm_rms_epsilon", 1e-5)
    m.ends()
    for i in range(s.layers):
        layer = replace(s, heads=heads[i], kv=kv[i], ff=ff[i], fused=True)
        b = f"blk.{i}."
        m.norm(b + "attn_norm", s.embed)
        m.attention(i, layer)
        m.norm(b + "attn_q_norm", s.dim)
        m.norm(b + "attn_k_norm", s.dim)
        m.norm(b + "ffn_norm", s.embed)
        m.gated_ffn(i, layer)
    return m


def gemma_embedding(s, dense=0):
    """`dense`: width between the two dense layers that follow the pooling; 0 for none."""
    m = llama(s, "gemma-embedding", qk_norm=True, post_norms=True)
    m.key("pooling_type", 1)
    if dense:
        m.keys(dense_2_feat_in=s.embed, dense_2_feat_out=dense, dense_3_feat_in=dense,
               dense_3_feat_out=s.embed)
        m.linear("dense_2", s.embed, dense)
        m.linear("dense_3", dense, s.embed)
    return m


def _encoder(architecture, s, pooling):
    m = Model(architecture, s).describe()
    m.key("attention.layer_norm_epsilon", 1e-12)
    m.key("attention.causal", False)
    m.key("pooling_type", pooling)
    m.key("tokenizer.ggml.token_type_count", 2)
    m.add("token_embd.weight", s.embed, s.vocab)
    m.add("token_types.weight", s.embed, 2)
    m.norm("token_embd_norm", s.embed, bias=True)
    return m


def _post_norm_layer(m, i, s):
    b = f"blk.{i}."
    m.attention(i, s)
    m.norm(b + "attn_output_norm", s.embed, bias=True)
    m.norm(b + "layer_output_norm", s.embed, bias=True)


def bert(s, pooling=1, head=False, labels=1):
    """`head`: a classifier after the pooling: cls, tanh, cls.output."""
    s = replace(s, qkv_bias=True, out_bias=True, kv=s.heads)
    m = _encoder("bert", s, pooling)
    m.add("position_embd.weight", s.embed, s.context)
    for i in range(s.layers):
        b = f"blk.{i}."
        _post_norm_layer(m, i, s)
        m.linear(b + "ffn_up", s.embed, s.ff, bias=True)
        m.linear(b + "ffn_down", s.ff, s.embed, bias=True)
    if head:
        m.linear("cls", s.embed, s.embed, bias=True)
        m.linear("cls.output", s.embed, labels, bias=True)
    return m


def nomic_bert(s, pooling=1):
    s = replace(s, kv=s.heads)
    m = _encoder("nomic-bert", s, pooling)
    m.key("rope.freq_base", 1000.0)
    for i in range(s.layers):
        _post_norm_layer(m, i, s)
        m.gated_ffn(i, s)
    return m


def jina_bert(s, pooling=1, qk_norm=False, second_norm=False, fused_gate=False, head=False):
    s = replace(s, qkv_bias=True, out_bias=True, kv=s.heads)
    m = _encoder("jina-bert-v2", s, pooling)
    for i in range(s.layers):
        b = f"blk.{i}."
        _post_norm_layer(m, i, s)
        if qk_norm:
            m.norm(b + "attn_q_norm", s.embed, bias=True)
            m.norm(b + "attn_k_norm", s.embed, bias=True)
        if second_norm:
            m.norm(b + "attn_norm_2", s.embed, bias=True)
        if fused_gate:
            m.linear(b + "ffn_up", s.embed, 2 * s.ff)
        else:
            m.linear(b + "ffn_gate", s.embed, s.ff)
            m.linear(b + "ffn_up", s.embed, s.ff)
        m.linear(b + "ffn_down", s.ff, s.embed, bias=True)
    if head:  # the tiny reranker: one row and tanh, no second layer
        m.linear("cls", s.embed, 1, bias=True)
    return m


def adapter(base, rank, alpha, targets):
    """A LoRA adapter for the model `base`, for the weights named in `targets`."""
    m = Model(base.architecture, base.sizes)
    m.metadata |= {"general.type": "adapter", "adapter.type": "lora",
                   "adapter.lora.alpha": float(alpha)}
    for name in targets:
        inputs, outputs = base.tensors[name]
        if name == "token_embd.weight":  # looked up by token: the roles of the two are exchanged
            inputs, outputs = outputs, inputs
            m.add(f"{name}.lora_a", rank, inputs)
            m.add(f"{name}.lora_b", rank, outputs)
            continue
        m.add(f"{name}.lora_a", inputs, rank)
        m.add(f"{name}.lora_b", rank, outputs)
    return m
