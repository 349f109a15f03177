#include "engine/import/config.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <numbers>

namespace alcove::engine {

namespace {

struct FamilyClass {
    std::string_view className;  // an entry of "architectures"
    Family family;
    bool headless;
};

constexpr std::array kClasses = {
    FamilyClass{"BertModel", Family::Bert, true},
    FamilyClass{"BertForMaskedLM", Family::Bert, true},
    FamilyClass{"BertForPreTraining", Family::Bert, true},
    FamilyClass{"LlamaForCausalLM", Family::Llama, false},
    FamilyClass{"LLaMAForCausalLM", Family::Llama, false},
    FamilyClass{"LlamaModel", Family::Llama, true},
    FamilyClass{"MistralForCausalLM", Family::Llama, false},
    FamilyClass{"MistralModel", Family::Llama, true},
    FamilyClass{"Qwen2ForCausalLM", Family::Qwen2, false},
    FamilyClass{"Qwen2Model", Family::Qwen2, true},
    FamilyClass{"Qwen3ForCausalLM", Family::Qwen3, false},
    FamilyClass{"Qwen3Model", Family::Qwen3, true},
    FamilyClass{"Gemma3ForCausalLM", Family::Gemma3, false},
    FamilyClass{"Gemma3ForConditionalGeneration", Family::Gemma3, false},
};

/// What the Hugging Face class takes for a missing setting; 0: the setting must be there.
struct Defaults {
    int64_t heads, kvHeads, headDim, context, vocabulary;
    double epsilon, ropeBase;
};

Defaults defaultsOf(Family family) {
    switch (family) {
        case Family::Bert:
            return {0, 0, 0, 512, 30522, 1e-12, 0};
        case Family::Llama:
            return {0, 0, 0, 2048, 0, 1e-6, 10000};
        case Family::Qwen2:
            return {0, 0, 0, 32768, 0, 1e-6, 10000};
        case Family::Qwen3:
            return {0, 0, 128, 32768, 0, 1e-6, 10000};
        case Family::Gemma3:
            return {8, 4, 256, 131072, 262208, 1e-6, 1e6};
    }
    return {};
}

/// Typed look-ups in config.json that remember the first error, so that a run of them is checked
/// once.
class Fields {
public:
    Fields(const Json& root, const std::string& file) : m_root(root), m_file(file) {}

    /// A size of a model: positive and below 2³¹. `fallback` 0 means that it must be there.
    int64_t size(std::initializer_list<std::string_view> keys, int64_t fallback) {
        for (const std::string_view key : keys) {
            const Json* value = find(m_root, key);
            if (!value) continue;
            const auto number = asInteger(value);
            if (!number || *number < 1 || *number > INT32_MAX)
                return error(key, value->dump(), "a whole number from 1 to 2147483647");
            return *number;
        }
        if (fallback == 0 && m_error.empty())
            m_error = concat(m_file, ": ", *keys.begin(), " is missing");
        return fallback;
    }

    double positive(const Json* object, std::string_view key, double fallback) {
        const Json* value = find(object, key);
        if (!value) return fallback;
        const auto number = asNumber(value);
        if (!number || *number <= 0 || *number > 1e30)
            return static_cast<double>(error(key, value->dump(), "a positive number"));
        return *number;
    }

    std::optional<double> optionalNumber(const Json* object, std::string_view key) {
        const Json* value = find(object, key);
        if (!value) return std::nullopt;
        const auto number = asNumber(value);
        if (!number) error(key, value->dump(), "a number");
        return number;
    }

    [[nodiscard]] Result<void> check() const {
        if (m_error.empty()) return {};
        return Error{m_error};
    }

private:
    int64_t error(std::string_view key, const std::string& value, std::string_view wanted) {
        if (m_error.empty())
            m_error = concat(m_file, ": ", key, " is ", value.substr(0, 60), ", not ", wanted);
        return 1;
    }

    const Json& m_root;
    const std::string& m_file;
    std::string m_error;
};

Result<void> findFamily(const Json& root, ModelConfig& config) {
    std::string named;
    const Json* classes = find(root, "architectures");
    if (classes && classes->is_array()) {
        for (const Json& entry : *classes) {
            const std::string* name = asString(&entry);
            if (!name) continue;
            if (named.empty()) named = *name;
            for (const FamilyClass& known : kClasses) {
                if (known.className != *name) continue;
                config.family = known.family;
                config.headless = known.headless;
                return {};
            }
        }
    }
    if (named.empty()) named = stringAt(&root, "model_type");
    return fail(config.file, ": architecture \"", named, "\" is not imported; known are ",
                knownFamilies());
}

/// `wanted` is the activation that the architecture's graph has.
Result<void> checkActivation(const ModelConfig& config) {
    const bool gemma = config.family == Family::Gemma3;
    const std::string_view key =
        gemma && find(config.settings, "hidden_activation") ? "hidden_activation" : "hidden_act";
    const std::string_view given = stringAt(&config.settings, key);
    if (given.empty()) return {};
    bool fits = given == "silu";
    if (config.family == Family::Bert) fits = given.starts_with("gelu");
    if (gemma) fits = given.starts_with("gelu");
    if (fits) return {};
    return fail(config.file, ": ", key, " \"", given, "\" is not what ", familyName(config.family),
                " models compute");
}

Result<void> readScaling(const Json* settings, Fields& fields, ModelConfig& config) {
    std::string_view kind = stringAt(settings, "rope_type");
    if (kind.empty()) kind = stringAt(settings, "type");
    RopeScaling& scaling = config.scaling;
    if (kind.empty() || kind == "default") return {};
    scaling.factor = fields.positive(settings, "factor", kind == "llama3" ? 8 : 1);
    const auto original = asInteger(find(settings, "original_max_position_embeddings"));
    scaling.originalContext = original.value_or(kind == "llama3" ? 8192 : config.context);
    if (scaling.originalContext < 1 || scaling.originalContext > INT32_MAX)
        return fail(config.file, ": original_max_position_embeddings is ", scaling.originalContext);
    if (kind == "linear") {
        scaling.kind = RopeScaling::Kind::Linear;
    } else if (kind == "yarn") {
        scaling.kind = RopeScaling::Kind::Yarn;
        scaling.extrapolation = fields.optionalNumber(settings, "extrapolation_factor");
        scaling.attention = fields.optionalNumber(settings, "attention_factor");
        if (!scaling.attention) scaling.attention = fields.optionalNumber(settings, "attn_factor");
        scaling.betaFast = fields.optionalNumber(settings, "beta_fast");
        scaling.betaSlow = fields.optionalNumber(settings, "beta_slow");
    } else if (kind == "llama3" && config.family == Family::Llama) {
        scaling.kind = RopeScaling::Kind::Llama3;
        scaling.lowFrequency = fields.positive(settings, "low_freq_factor", 1);
        scaling.highFrequency = fields.positive(settings, "high_freq_factor", 4);
        if (scaling.lowFrequency == scaling.highFrequency)
            return fail(config.file, ": low_freq_factor and high_freq_factor are both ",
                        scaling.lowFrequency);
    } else if (kind == "dynamic") {
        config.notes.push_back(
            concat("the \"dynamic\" scaling of positions is left out; texts "
                   "longer than ",
                   config.context, " tokens are read without it"));
    } else {
        return fail(config.file, ": position scaling \"", kind, "\" is not imported for ",
                    familyName(config.family), "; known are linear, yarn, llama3 (llama only)");
    }
    return {};
}

Result<void> readRope(Fields& fields, ModelConfig& config, const Defaults& defaults) {
    if (config.family == Family::Bert) return {};
    const Json* settings = find(config.settings, "rope_parameters");
    if (!settings) settings = find(config.settings, "rope_scaling");
    const Json* global = find(settings, "full_attention");
    const Json* local = find(settings, "sliding_attention");
    if (!global) global = settings;
    config.ropeBase = fields.positive(&config.settings, "rope_theta", defaults.ropeBase);
    config.ropeBase = fields.positive(global, "rope_theta", config.ropeBase);
    if (config.family == Family::Gemma3) {
        config.ropeBaseLocal = fields.positive(&config.settings, "rope_local_base_freq", 10000);
        config.ropeBaseLocal = fields.positive(local, "rope_theta", config.ropeBaseLocal);
    }
    for (const Json* place : {static_cast<const Json*>(&config.settings), global}) {
        const auto part = asNumber(find(place, "partial_rotary_factor"));
        if (part && *part != 1)
            return fail(config.file, ": partial_rotary_factor ", *part, " is not imported for ",
                        familyName(config.family));
    }
    return readScaling(global, fields, config);
}

/// gemma3: every sixth layer sees everything, the others a window. The GGUF has no key for another
/// pattern.
Result<void> checkWindowPattern(const ModelConfig& config) {
    for (const std::string_view key : {"sliding_window_pattern", "_sliding_window_pattern"}) {
        const auto pattern = asInteger(find(config.settings, key));
        if (pattern && *pattern != 6)
            return fail(config.file, ": ", key, " is ", *pattern, "; gemma3 has 6");
    }
    const Json* kinds = find(config.settings, "layer_types");
    if (!kinds || !kinds->is_array()) return {};
    for (size_t i = 0; i < kinds->size(); ++i) {
        const std::string* kind = asString(&(*kinds)[i]);
        const std::string_view wanted = i % 6 == 5 ? "full_attention" : "sliding_attention";
        if (!kind || *kind != wanted)
            return fail(config.file, ": layer_types: layer ", i, " is not \"", wanted,
                        "\" as in every gemma3");
    }
    return {};
}

/// Scores are divided by √query_pre_attn_scalar; readers of the GGUF take the head's length, and
/// embedding/heads for the 62 layers of the 27B model.
Result<void> checkScoreScale(const ModelConfig& config) {
    const auto scalar = asNumber(find(config.settings, "query_pre_attn_scalar"));
    const double expected =
        static_cast<double>(config.layers == 62 ? config.embedding / config.heads : config.headDim);
    if (scalar.value_or(256) == expected) return {};
    return fail(config.file, ": query_pre_attn_scalar is ", scalar.value_or(256),
                ", but readers of ", "a gemma3 GGUF take ", expected);
}

Result<void> readGemma(Fields& fields, ModelConfig& config) {
    config.slidingWindow = fields.size({"sliding_window"}, 4096);
    config.logitSoftcap = fields.optionalNumber(&config.settings, "final_logit_softcapping");
    if (find(config.settings, "attn_logit_softcapping"))
        return fail(config.file, ": attn_logit_softcapping is not part of gemma3");
    if (isTrue(&config.settings, "use_bidirectional_attention"))
        return fail(config.file, ": use_bidirectional_attention is not imported for gemma3");
    ALCOVE_CHECK(fields.check());
    ALCOVE_CHECK(checkWindowPattern(config));
    return checkScoreScale(config);
}

/// Windows that the GGUF of these families has no key for matter only to longer texts.
void noteWindow(ModelConfig& config) {
    if (config.family == Family::Gemma3 || config.family == Family::Bert) return;
    const bool qwen = config.family != Family::Llama;
    if (qwen && !isTrue(&config.settings, "use_sliding_window")) return;
    const auto window = asInteger(find(config.settings, "sliding_window"));
    if (window && *window < config.context)
        config.notes.push_back(concat("the sliding window of ", *window,
                                      " tokens is left out; longer texts are attended in full"));
}

Result<void> readSizes(ModelConfig& config) {
    const Defaults defaults = defaultsOf(config.family);
    Fields fields(config.settings, config.file);
    config.layers = fields.size({"num_hidden_layers"}, 0);
    config.embedding = fields.size({"hidden_size"}, 0);
    config.feedForward = fields.size({"intermediate_size"}, 0);
    config.heads = fields.size({"num_attention_heads"}, defaults.heads);
    config.context = fields.size({"max_position_embeddings"}, defaults.context);
    config.vocabulary = fields.size({"vocab_size"}, defaults.vocabulary);
    const bool bert = config.family == Family::Bert;
    config.normEpsilon = fields.positive(&config.settings, bert ? "layer_norm_eps" : "rms_norm_eps",
                                         defaults.epsilon);
    config.kvHeads = bert ? config.heads
                          : fields.size({"num_key_value_heads"},
                                        defaults.kvHeads > 0 ? defaults.kvHeads : config.heads);
    ALCOVE_CHECK(fields.check());

    const bool stated = find(config.settings, "head_dim") != nullptr;
    if (!stated && defaults.headDim == 0 && config.embedding % config.heads != 0)
        return fail(config.file, ": hidden_size ", config.embedding, " is no multiple of ",
                    config.heads, " heads");
    config.headDim = fields.size(
        {"head_dim"}, defaults.headDim > 0 ? defaults.headDim : config.embedding / config.heads);
    config.headDimIsStated = !bert && (stated || config.family != Family::Qwen2);
    if (config.heads % config.kvHeads != 0)
        return fail(config.file, ": ", config.heads, " heads cannot share ", config.kvHeads,
                    " key-value heads");
    if (!bert && config.headDim % 2 != 0)
        return fail(config.file, ": head_dim ", config.headDim, " is odd");
    if (bert) config.tokenTypes = fields.size({"type_vocab_size"}, 2);
    ALCOVE_CHECK(readRope(fields, config, defaults));
    if (config.family == Family::Gemma3) ALCOVE_CHECK(readGemma(fields, config));
    return fields.check();
}

Result<void> checkBert(const Json& root, const std::string& file) {
    const std::string_view positions = stringAt(&root, "position_embedding_type");
    if (!positions.empty() && positions != "absolute")
        return fail(file, ": position_embedding_type \"", positions, "\" is not imported");
    if (isTrue(&root, "is_decoder")) return fail(file, ": a BERT decoder is not imported");
    return {};
}

/// The first module of type "…Pooling" names a folder whose config.json says how token states
/// become one vector.
Result<std::optional<uint32_t>> readPooling(const std::filesystem::path& folder) {
    const auto modulesPath = folder / "modules.json";
    std::error_code ignored;
    if (!std::filesystem::exists(modulesPath, ignored)) return std::optional<uint32_t>();
    ALCOVE_TRY(const Json modules, readJson(modulesPath));
    if (!modules.is_array()) return fail(modulesPath.string(), ": not a list");
    for (const Json& module : modules) {
        const std::string_view type = stringAt(&module, "type");
        if (type.ends_with("Dense"))
            return fail(modulesPath.string(), ": a Dense module after pooling is not imported");
        if (!type.ends_with("Pooling")) continue;
        const std::string path(stringAt(&module, "path"));
        if (path.empty() || path.find_first_of("/\\:") != std::string::npos || path == "..")
            return fail(modulesPath.string(), ": path \"", path, "\" is no folder of the model");
        const auto file = folder / path / "config.json";
        ALCOVE_TRY(const Json pooling, readJsonObject(file));
        const std::string_view mode = stringAt(&pooling, "pooling_mode");
        if (isTrue(&pooling, "pooling_mode_mean_tokens") || mode == "mean")
            return std::optional(1u);
        if (isTrue(&pooling, "pooling_mode_cls_token") || mode == "cls") return std::optional(2u);
        if (isTrue(&pooling, "pooling_mode_lasttoken") || mode == "lasttoken")
            return std::optional(3u);
        return fail(file.string(), ": pooling is neither mean, CLS nor last token");
    }
    return std::optional<uint32_t>();
}

}  // namespace

std::string_view familyName(Family family) {
    switch (family) {
        case Family::Bert:
            return "bert";
        case Family::Llama:
            return "llama";
        case Family::Qwen2:
            return "qwen2";
        case Family::Qwen3:
            return "qwen3";
        case Family::Gemma3:
            return "gemma3";
    }
    return "";
}

std::string knownFamilies() { return "bert, gemma3, llama (and mistral), qwen2, qwen3"; }

Result<ModelConfig> readModelConfig(const std::filesystem::path& folder) {
    ModelConfig config;
    config.file = (folder / "config.json").string();
    ALCOVE_TRY(config.root, readJsonObject(folder / "config.json"));
    ALCOVE_CHECK(findFamily(config.root, config));
    if (find(config.root, "quantization_config"))
        return fail(config.file, ": quantised weights (quantization_config) are not imported; ",
                    "take the original model");
    config.settings = config.root;
    if (const Json* text = find(config.root, "text_config"); text && text->is_object())
        config.settings.update(*text);
    config.tied = asBoolean(find(config.settings, "tie_word_embeddings"))
                      .value_or(config.family == Family::Gemma3);
    ALCOVE_CHECK(checkActivation(config));
    ALCOVE_CHECK(readSizes(config));
    if (config.family == Family::Bert) ALCOVE_CHECK(checkBert(config.settings, config.file));
    noteWindow(config);
    ALCOVE_TRY(config.pooling, readPooling(folder));
    return config;
}

namespace {

void writeScaling(const RopeScaling& scaling, const std::string& prefix, GgufWriter& writer) {
    const bool yarn = scaling.kind == RopeScaling::Kind::Yarn;
    if (scaling.kind != RopeScaling::Kind::Linear && !yarn) return;
    writer.addString(prefix + "rope.scaling.type", yarn ? "yarn" : "linear");
    writer.addF32(prefix + "rope.scaling.factor", static_cast<float>(scaling.factor));
    if (!yarn) return;
    writer.addU32(prefix + "rope.scaling.original_context_length",
                  static_cast<uint32_t>(scaling.originalContext));
    const auto number = [&](std::string_view key, const std::optional<double>& value) {
        if (value) writer.addF32(prefix + std::string(key), static_cast<float>(*value));
    };
    number("rope.scaling.yarn_ext_factor", scaling.extrapolation);
    number("rope.scaling.yarn_attn_factor", scaling.attention);
    number("rope.scaling.yarn_beta_fast", scaling.betaFast);
    number("rope.scaling.yarn_beta_slow", scaling.betaSlow);
}

}  // namespace

void writeModelConfig(const ModelConfig& config, GgufWriter& writer) {
    const std::string prefix = concat(familyName(config.family), '.');
    const auto size = [&](std::string_view key, int64_t value) {
        writer.addU32(prefix + std::string(key), static_cast<uint32_t>(value));
    };
    const auto number = [&](std::string_view key, double value) {
        writer.addF32(prefix + std::string(key), static_cast<float>(value));
    };
    const bool bert = config.family == Family::Bert;
    size("block_count", config.layers);
    size("context_length", config.context);
    size("embedding_length", config.embedding);
    size("feed_forward_length", config.feedForward);
    size("attention.head_count", config.heads);
    if (bert) {
        number("attention.layer_norm_epsilon", config.normEpsilon);
        writer.addBool(prefix + "attention.causal", false);
    } else {
        size("attention.head_count_kv", config.kvHeads);
        number("attention.layer_norm_rms_epsilon", config.normEpsilon);
        number("rope.freq_base", config.ropeBase);
        writeScaling(config.scaling, prefix, writer);
    }
    if (config.headDimIsStated) {
        size("attention.key_length", config.headDim);
        size("attention.value_length", config.headDim);
    }
    if (config.family == Family::Llama) {
        size("vocab_size", config.vocabulary);
        size("rope.dimension_count", config.headDim);
    }
    if (config.family == Family::Gemma3) {
        number("rope.freq_base_swa", config.ropeBaseLocal);
        size("attention.sliding_window", config.slidingWindow);
        if (config.logitSoftcap && *config.logitSoftcap != 0)
            number("final_logit_softcapping", *config.logitSoftcap);
    }
    if (config.pooling) writer.addU32(prefix + "pooling_type", *config.pooling);
}

std::vector<float> ropeFactors(const ModelConfig& config) {
    const RopeScaling& scaling = config.scaling;
    if (scaling.kind != RopeScaling::Kind::Llama3) return {};
    // In single precision, as the models' own code computes them.
    const auto low = static_cast<float>(scaling.lowFrequency);
    const auto high = static_cast<float>(scaling.highFrequency);
    const auto factor = static_cast<float>(scaling.factor);
    const auto context = static_cast<float>(scaling.originalContext);
    std::vector<float> factors;
    for (int64_t i = 0; i < config.headDim; i += 2) {
        const float exponent = static_cast<float>(i) / static_cast<float>(config.headDim);
        const float frequency =
            1.0f / static_cast<float>(std::pow(config.ropeBase, static_cast<double>(exponent)));
        const float wavelength = 2 * std::numbers::pi_v<float> / frequency;
        if (wavelength < context / high) {
            factors.push_back(1);
        } else if (wavelength > context / low) {
            factors.push_back(factor);
        } else {
            const float smooth = (context / wavelength - low) / (high - low);
            factors.push_back(1 / ((1 - smooth) / factor + smooth));
        }
    }
    return factors;
}

}  // namespace alcove::engine
