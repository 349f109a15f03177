// A PEFT folder's LoRA updates: pairs A [rank, in] and B [out, rank] for the weights they adapt,
// under the checkpoint's names. The rules of the base model's family give each its name in the GGUF
// and, for llama's queries and keys, the order of B's rows; the base file's tensors give the shapes
// that the pairs must have.
#include <cmath>
#include <map>

#include "engine/gguf/reader.h"
#include "engine/import/config.h"
#include "engine/import/convert.h"
#include "engine/import/import.h"
#include "engine/import/metadata.h"
#include "engine/import/output.h"
#include "engine/import/tensor_rules.h"

namespace alcove::engine {

namespace {

constexpr std::string_view kPrefix = "base_model.model.";

/// What of adapter_config.json matters.
struct AdapterConfig {
    std::string file;
    double alpha = 0;
    bool rankStabilised = false;  // scaled by alpha / √rank instead of alpha / rank
};

Result<AdapterConfig> readAdapterConfig(const std::filesystem::path& folder) {
    AdapterConfig config;
    config.file = (folder / "adapter_config.json").string();
    ALCOVE_TRY(const Json root, readJsonObject(folder / "adapter_config.json"));
    const std::string_view kind = stringAt(&root, "peft_type");
    if (kind != "LORA") return fail(config.file, ": peft_type \"", kind, "\" is not LORA");
    const auto alpha = asNumber(find(root, "lora_alpha"));
    if (!alpha) return fail(config.file, ": lora_alpha is missing");
    config.alpha = *alpha;
    config.rankStabilised = isTrue(&root, "use_rslora");
    for (const std::string_view flag : {"use_dora", "fan_in_fan_out", "lora_bias"})
        if (isTrue(&root, flag)) return fail(config.file, ": ", flag, " is not imported");
    const std::string_view bias = stringAt(&root, "bias");
    if (!bias.empty() && bias != "none")
        return fail(config.file, ": trained biases (bias \"", bias, "\") are not imported");
    for (const std::string_view setting :
         {"alpha_pattern", "modules_to_save", "alora_invocation_tokens", "invocation_string"}) {
        const Json* value = find(root, setting);
        if (value && !value->empty()) return fail(config.file, ": ", setting, " is not imported");
    }
    return config;
}

std::optional<Family> familyByName(std::string_view name) {
    for (const Family family :
         {Family::Bert, Family::Llama, Family::Qwen2, Family::Qwen3, Family::Gemma3})
        if (familyName(family) == name) return family;
    return std::nullopt;
}

/// The sizes that the rules ask for, from the base model's own keys.
Result<ModelConfig> readBaseConfig(const GgufFile& base) {
    ModelConfig config;
    config.file = base.name();
    const std::string_view name = base.string("general.architecture").value_or("");
    const auto family = familyByName(name);
    if (!family)
        return fail(base.name(), ": adapters for architecture \"", name,
                    "\" are not imported; known are ", knownFamilies());
    config.family = *family;
    std::string missing;
    const auto size = [&](std::string_view key) -> int64_t {
        const std::string full = concat(name, '.', key);
        const auto value = base.integer(full);
        if ((!value || *value < 1 || *value > INT32_MAX) && missing.empty()) missing = full;
        return value && *value > 0 ? *value : 1;
    };
    config.layers = size("block_count");
    config.embedding = size("embedding_length");
    config.feedForward = size("feed_forward_length");
    config.heads = size("attention.head_count");
    config.kvHeads = base.integer(concat(name, ".attention.head_count_kv")).value_or(config.heads);
    config.headDim = base.integer(concat(name, ".attention.key_length"))
                         .value_or(config.embedding / config.heads);
    config.context = size("context_length");
    config.vocabulary = 1;  // shapes are taken from the tensors
    config.tied = base.tensor("output.weight") == nullptr;
    if (!missing.empty()) return fail(base.name(), ": ", missing, " is missing or no size");
    if (config.layers > static_cast<int64_t>(base.tensors().size()))
        return fail(base.name(), ": ", config.layers, " layers, but only ", base.tensors().size(),
                    " tensors");
    return config;
}

/// The two halves of an update.
struct Pair {
    const SourceTensor* a = nullptr;
    const SourceTensor* b = nullptr;
};

/// Pairs by the name of the weight they adapt, in the order of the names.
Result<std::map<std::string, Pair>> findPairs(const SafetensorsFile& file, Family family) {
    std::map<std::string, Pair> pairs;
    for (const SourceTensor& tensor : file.tensors()) {
        std::string_view name = tensor.name;
        if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
        const bool isA = name.ends_with(".lora_A.weight");
        if (!isA && !name.ends_with(".lora_B.weight"))
            return fail(file.name(), ": tensor ", tensor.name, " is no LoRA update of a matrix");
        if (tensor.type == SourceType::Other)
            return fail(file.name(), ": tensor ", tensor.name, ": type ", tensor.typeName,
                        " is not imported; known are F32, F16, BF16");
        name.remove_suffix(std::string_view(".lora_A.weight").size());
        Pair& pair = pairs[canonicalName(family, concat(name, ".weight"))];
        const SourceTensor*& half = isA ? pair.a : pair.b;
        if (half)
            return fail(file.name(), ": tensors ", half->name, " and ", tensor.name,
                        " are the same");
        half = &tensor;
    }
    if (pairs.empty()) return fail(file.name(), ": holds no updates");
    for (const auto& [name, pair] : pairs)
        if (!pair.a || !pair.b)
            return fail(file.name(), ": ", name, " has only half of a pair (lora_A and lora_B)");
    return pairs;
}

/// A [rank, in] and B [out, rank] fit the weight [in, out] of the base file.
Result<int64_t> checkPair(const Pair& pair, const TensorInfo& weight, const std::string& file) {
    const auto& a = pair.a->shape;
    const auto& b = pair.b->shape;
    const bool fits = a.size() == 2 && b.size() == 2 && weight.rank == 2 && a[0] > 0 &&
                      a[0] == b[1] && a[1] == weight.shape[0] && b[0] == weight.shape[1];
    if (fits) return a[0];
    return fail(file, ": tensors ", pair.a->name, ' ', shapeText(a), " and ", pair.b->name, ' ',
                shapeText(b), " do not fit ", weight.name, " [", weight.shape[1], ", ",
                weight.shape[0], "] of the base model");
}

struct AdapterPlan {
    std::vector<PlannedTensor> tensors;
    int64_t parameters = 0;        // of the matrices adapted
    std::map<int64_t, int> ranks;  // how many updates have which
};

Result<AdapterPlan> planAdapter(const SafetensorsFile& file, const GgufFile& base,
                                const ModelConfig& config) {
    ALCOVE_TRY(const auto pairs, findPairs(file, config.family));
    std::map<std::string, const TensorRule*> byName;
    const std::vector<TensorRule> rules = tensorRules(config);
    for (const TensorRule& rule : rules) byName.emplace(rule.source, &rule);
    AdapterPlan plan;
    for (const auto& [name, pair] : pairs) {
        const auto rule = byName.find(name);
        const TensorInfo* weight =
            rule == byName.end() ? nullptr : base.tensor(rule->second->target);
        // Readers look up rows of the embedding; an update of it would never be applied.
        if (!weight || weight->name == "token_embd.weight")
            return fail(file.name(), ": ", name, " is adapted, but is no matrix of ", base.name());
        ALCOVE_TRY(const int64_t rank, checkPair(pair, *weight, file.name()));
        ++plan.ranks[rank];
        plan.parameters += weight->elements();
        const int64_t heads = rule->second->pairedHeads;
        if (heads > 0 && (weight->shape[1] % heads != 0 || weight->shape[1] / heads % 2 != 0))
            return fail(base.name(), ": ", weight->name, ": ", weight->shape[1],
                        " rows are no even number for each of ", heads, " heads");
        const std::string target(weight->name);
        plan.tensors.push_back({{pair.a->name, target + ".lora_a", pair.a->shape},
                                pair.a,
                                concat(file.name(), ": tensor ", pair.a->name)});
        plan.tensors.push_back({{pair.b->name, target + ".lora_b", pair.b->shape, true, heads},
                                pair.b,
                                concat(file.name(), ": tensor ", pair.b->name)});
    }
    return plan;
}

}  // namespace

Result<ImportReport> importAdapter(const std::filesystem::path& folder,
                                   const std::filesystem::path& base,
                                   const std::filesystem::path& out, const ImportOptions& options) {
    ALCOVE_TRY(const TensorType type, importableType(options.type));
    ALCOVE_CHECK(refuseSource(out, folder));
    ALCOVE_TRY(const AdapterConfig adapter, readAdapterConfig(folder));
    ALCOVE_TRY(const GgufFile model, GgufFile::open(base));
    ALCOVE_CHECK(refuseInputs(out, model.paths()));
    ALCOVE_TRY(const ModelConfig config, readBaseConfig(model));
    ALCOVE_TRY(const SafetensorsFile file,
               SafetensorsFile::open(folder / "adapter_model.safetensors"));
    ALCOVE_TRY(const AdapterPlan plan, planAdapter(file, model, config));

    // Readers divide alpha by the rank; alpha·√rank makes of that what training used.
    double alpha = adapter.alpha;
    if (adapter.rankStabilised) {
        if (plan.ranks.size() > 1)
            return fail(adapter.file, ": use_rslora with updates of different ranks is not ",
                        "imported");
        alpha *= std::sqrt(static_cast<double>(plan.ranks.begin()->first));
    }
    ImportReport report;
    report.architecture = familyName(config.family);
    report.parameters = plan.parameters;

    GgufWriter writer;
    writer.addString("general.architecture", report.architecture);
    writer.addString("general.type", "adapter");
    writer.addString("adapter.type", "lora");
    writeIdentity(folder, options.name, std::nullopt, writer);
    writer.addF32("adapter.lora.alpha", static_cast<float>(alpha));
    writer.addU32("general.quantization_version", 2);
    TensorOutput output(writer, options);
    for (const PlannedTensor& planned : plan.tensors)
        output.add(planned, storableType(type, planned.rule.shape.back()));
    ALCOVE_CHECK(output.write(out, report));
    return report;
}

}  // namespace alcove::engine
