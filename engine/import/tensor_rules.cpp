#include "engine/import/tensor_rules.h"

#include <algorithm>
#include <unordered_map>

namespace alcove::engine {

namespace {

/// Collects rules of a model; names without a layer get "blk.N." and the checkpoint's prefix.
class RuleBuilder {
public:
    RuleBuilder(std::string sourcePrefix, std::vector<TensorRule>& rules)
        : m_sourcePrefix(std::move(sourcePrefix)), m_rules(rules) {}

    void enterLayer(int64_t layer) {
        m_source = concat(m_sourcePrefix, layer, '.');
        m_target = concat("blk.", layer, '.');
    }
    void leaveLayers() { m_source = m_target = ""; }

    TensorRule& add(std::string_view source, std::string_view target, std::vector<int64_t> shape) {
        m_rules.push_back({concat(m_source, source), concat(m_target, target), std::move(shape)});
        return m_rules.back();
    }
    void addLinear(std::string_view source, std::string_view target, int64_t rows, int64_t columns,
                   bool bias) {
        add(concat(source, ".weight"), concat(target, ".weight"), {rows, columns});
        if (bias) add(concat(source, ".bias"), concat(target, ".bias"), {rows});
    }
    void addLayerNorm(std::string_view source, std::string_view target, int64_t size) {
        add(concat(source, ".weight"), concat(target, ".weight"), {size});
        add(concat(source, ".bias"), concat(target, ".bias"), {size});
    }

private:
    std::string m_sourcePrefix, m_source, m_target;
    std::vector<TensorRule>& m_rules;
};

void addBert(const ModelConfig& config, std::vector<TensorRule>& rules) {
    const int64_t n = config.embedding;
    RuleBuilder build("encoder.layer.", rules);
    build.add("embeddings.word_embeddings.weight", "token_embd.weight", {config.vocabulary, n});
    build.add("embeddings.position_embeddings.weight", "position_embd.weight", {config.context, n});
    build.add("embeddings.token_type_embeddings.weight", "token_types.weight",
              {config.tokenTypes, n});
    build.addLayerNorm("embeddings.LayerNorm", "token_embd_norm", n);
    for (int64_t layer = 0; layer < config.layers; ++layer) {
        build.enterLayer(layer);
        build.addLinear("attention.self.query", "attn_q", n, n, true);
        build.addLinear("attention.self.key", "attn_k", n, n, true);
        build.addLinear("attention.self.value", "attn_v", n, n, true);
        build.addLinear("attention.output.dense", "attn_output", n, n, true);
        build.addLayerNorm("attention.output.LayerNorm", "attn_output_norm", n);
        build.addLinear("intermediate.dense", "ffn_up", config.feedForward, n, true);
        build.addLinear("output.dense", "ffn_down", n, config.feedForward, true);
        build.addLayerNorm("output.LayerNorm", "layer_output_norm", n);
    }
}

void addAttention(const ModelConfig& config, RuleBuilder& build) {
    const int64_t n = config.embedding;
    const int64_t queries = config.heads * config.headDim;
    const int64_t keys = config.kvHeads * config.headDim;
    const bool llama = config.family == Family::Llama;
    const bool biased = llama || config.family == Family::Qwen2;
    const int64_t queryHeads = llama ? config.heads : 0;
    const int64_t keyHeads = llama ? config.kvHeads : 0;
    build.add("self_attn.q_proj.weight", "attn_q.weight", {queries, n}).pairedHeads = queryHeads;
    build.add("self_attn.k_proj.weight", "attn_k.weight", {keys, n}).pairedHeads = keyHeads;
    build.add("self_attn.v_proj.weight", "attn_v.weight", {keys, n});
    build.add("self_attn.o_proj.weight", "attn_output.weight", {n, queries});
    if (!biased) return;
    const bool required = config.family == Family::Qwen2;
    TensorRule& query = build.add("self_attn.q_proj.bias", "attn_q.bias", {queries});
    query.pairedHeads = queryHeads;
    query.required = required;
    TensorRule& key = build.add("self_attn.k_proj.bias", "attn_k.bias", {keys});
    key.pairedHeads = keyHeads;
    key.required = required;
    build.add("self_attn.v_proj.bias", "attn_v.bias", {keys}).required = required;
    if (llama) build.add("self_attn.o_proj.bias", "attn_output.bias", {n}).required = false;
}

void addFeedForward(const ModelConfig& config, RuleBuilder& build) {
    const int64_t n = config.embedding;
    const int64_t inner = config.feedForward;
    build.add("mlp.gate_proj.weight", "ffn_gate.weight", {inner, n});
    build.add("mlp.up_proj.weight", "ffn_up.weight", {inner, n});
    build.add("mlp.down_proj.weight", "ffn_down.weight", {n, inner});
    if (config.family != Family::Llama) return;
    build.add("mlp.gate_proj.bias", "ffn_gate.bias", {inner}).required = false;
    build.add("mlp.up_proj.bias", "ffn_up.bias", {inner}).required = false;
    build.add("mlp.down_proj.bias", "ffn_down.bias", {n}).required = false;
}

void addDecoder(const ModelConfig& config, std::vector<TensorRule>& rules) {
    const int64_t n = config.embedding;
    const bool gemma = config.family == Family::Gemma3;
    RuleBuilder build("layers.", rules);
    const auto norm = [&](std::string_view source, std::string_view target, int64_t size) {
        build.add(concat(source, ".weight"), concat(target, ".weight"), {size}).addend =
            gemma ? 1.0f : 0.0f;
    };
    build.add("embed_tokens.weight", "token_embd.weight", {config.vocabulary, n});
    norm("norm", "output_norm", n);
    if (!config.tied)
        build.add("lm_head.weight", "output.weight", {config.vocabulary, n}).required =
            !config.headless;
    for (int64_t layer = 0; layer < config.layers; ++layer) {
        build.enterLayer(layer);
        norm("input_layernorm", "attn_norm", n);
        addAttention(config, build);
        if (gemma || config.family == Family::Qwen3) {
            norm("self_attn.q_norm", "attn_q_norm", config.headDim);
            norm("self_attn.k_norm", "attn_k_norm", config.headDim);
        }
        norm("post_attention_layernorm", gemma ? "post_attention_norm" : "ffn_norm", n);
        if (gemma) {
            norm("pre_feedforward_layernorm", "ffn_norm", n);
            norm("post_feedforward_layernorm", "post_ffw_norm", n);
        }
        addFeedForward(config, build);
    }
}

bool startsWithAny(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// "a, b and 12 more"
std::string shortList(const std::vector<std::string>& names) {
    constexpr size_t kShown = 5;
    std::string text;
    for (size_t i = 0; i < std::min(names.size(), kShown); ++i)
        text += (i > 0 ? ", " : "") + names[i];
    if (names.size() > kShown) text += concat(" and ", names.size() - kShown, " more");
    return text;
}

struct Found {
    const SourceTensor* tensor;
    const std::string* file;
    bool used = false;
};

Result<PlannedTensor> bind(const TensorRule& rule, Found& found) {
    const SourceTensor& tensor = *found.tensor;
    PlannedTensor planned{rule, &tensor, concat(*found.file, ": tensor ", tensor.name)};
    if (tensor.type == SourceType::Other)
        return fail(planned.where, ": type ", tensor.typeName,
                    " is not imported; known are F32, F16, BF16");
    if (tensor.shape != rule.shape)
        return fail(planned.where, ": shape ", shapeText(tensor.shape),
                    ", but config.json asks for ", shapeText(rule.shape));
    found.used = true;
    return planned;
}

}  // namespace

std::string canonicalName(Family family, std::string_view name) {
    std::string canonical(name);
    if (family == Family::Bert) {
        if (canonical.starts_with("bert.")) canonical.erase(0, 5);
        if (canonical.ends_with(".gamma")) canonical.replace(canonical.size() - 5, 5, "weight");
        if (canonical.ends_with(".beta")) canonical.replace(canonical.size() - 4, 4, "bias");
        return canonical;
    }
    if (canonical.starts_with("language_model.")) canonical.erase(0, 15);
    if (canonical.starts_with("model.")) canonical.erase(0, 6);
    if (canonical.starts_with("language_model.")) canonical.erase(0, 15);
    return canonical;
}

bool isLeftOut(const ModelConfig& config, std::string_view canonical) {
    if (config.family == Family::Bert)
        return canonical == "embeddings.position_ids" ||
               startsWithAny(canonical,
                             {"pooler.dense.", "cls.predictions.", "cls.seq_relationship."});
    if (canonical.ends_with(".rotary_emb.inv_freq")) return true;
    if (canonical == "lm_head.weight") return config.tied;
    return config.family == Family::Gemma3 &&
           startsWithAny(canonical, {"vision_tower.", "multi_modal_projector."});
}

std::vector<TensorRule> tensorRules(const ModelConfig& config) {
    std::vector<TensorRule> rules;
    if (config.family == Family::Bert)
        addBert(config, rules);
    else
        addDecoder(config, rules);
    return rules;
}

Result<std::vector<PlannedTensor>> planTensors(ModelConfig& config, const Checkpoint& checkpoint) {
    // Every layer has tensors, so this bounds the rules by the file's own size.
    if (config.layers > static_cast<int64_t>(checkpoint.tensors().size()))
        return fail(config.file, ": num_hidden_layers is ", config.layers, ", but ",
                    checkpoint.name(), " has only ", checkpoint.tensors().size(), " tensors");
    std::unordered_map<std::string, Found> byName;
    std::vector<std::string> leftOut;
    for (const Checkpoint::Entry& entry : checkpoint.tensors()) {
        std::string name = canonicalName(config.family, entry.tensor->name);
        if (isLeftOut(config, name)) {
            leftOut.push_back(entry.tensor->name);
            continue;
        }
        const auto [other, fresh] = byName.emplace(name, Found{entry.tensor, entry.file});
        if (!fresh)
            return fail(*entry.file, ": tensors ", entry.tensor->name, " and ",
                        other->second.tensor->name, " are the same");
    }

    std::vector<PlannedTensor> plan;
    for (const TensorRule& rule : tensorRules(config)) {
        const auto found = byName.find(rule.source);
        if (found == byName.end()) {
            if (!rule.required) continue;
            return fail(checkpoint.name(), ": tensor ", rule.source, " is missing");
        }
        ALCOVE_TRY(PlannedTensor planned, bind(rule, found->second));
        plan.push_back(std::move(planned));
    }
    std::vector<std::string> unknown;
    for (const auto& [name, found] : byName)
        if (!found.used) unknown.push_back(found.tensor->name);
    std::sort(unknown.begin(), unknown.end());
    if (!unknown.empty())
        return fail(checkpoint.name(), ": a ", familyName(config.family),
                    " model has no use for tensor ", shortList(unknown));
    if (!leftOut.empty()) config.notes.push_back(concat("left out: ", shortList(leftOut)));
    return plan;
}

}  // namespace alcove::engine
