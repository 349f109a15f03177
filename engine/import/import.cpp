#include "engine/import/import.h"

#include <array>
#include <memory>

#include "engine/gguf/writer.h"
#include "engine/import/config.h"
#include "engine/import/convert.h"
#include "engine/import/metadata.h"
#include "engine/import/output.h"
#include "engine/import/tensor_rules.h"
#include "engine/import/vocabulary.h"

namespace alcove::engine {

namespace {

/// Matrices that readers take as F32 only.
bool isAlwaysF32(const TensorRule& rule) {
    return rule.shape.size() == 1 || rule.target == "position_embd.weight" ||
           rule.target == "token_types.weight";
}

TensorType typeOf(const TensorRule& rule, const ModelConfig& config, TensorType wanted) {
    if (isAlwaysF32(rule)) return TensorType::F32;
    const bool output =
        rule.target == "output.weight" || (rule.target == "token_embd.weight" && config.tied);
    if (wanted == TensorType::Q4_K && output) wanted = TensorType::Q6_K;
    return storableType(wanted, rule.shape.back());
}

/// rope_freqs.weight is computed, not read.
void addRopeFactors(const ModelConfig& config, GgufWriter& writer) {
    std::vector<float> factors = ropeFactors(config);
    if (factors.empty()) return;
    const auto count = static_cast<int64_t>(factors.size());
    writer.addTensor("rope_freqs.weight", TensorType::F32, {count},
                     [factors = std::move(factors)]() -> Result<std::vector<std::byte>> {
                         const auto bytes = std::as_bytes(std::span(factors));
                         return std::vector<std::byte>(bytes.begin(), bytes.end());
                     });
}

void writeMetadata(const std::filesystem::path& folder, const ModelConfig& config,
                   const ImportedVocabulary& vocabulary, TensorType type,
                   const ImportReport& report, const std::string& name, GgufWriter& writer) {
    writer.addString("general.architecture", familyName(config.family));
    writer.addString("general.type", "model");
    writeSampling(folder, writer);
    writeIdentity(folder, name, report.parameters, writer);
    writeModelConfig(config, writer);
    writeFileType(type, writer);
    writer.addU32("general.quantization_version", 2);
    if (config.family == Family::Bert)
        writer.addU32("tokenizer.ggml.token_type_count", static_cast<uint32_t>(config.tokenTypes));
    writeVocabulary(vocabulary, writer);
}

}  // namespace

Result<ImportReport> importModel(const std::filesystem::path& folder,
                                 const std::filesystem::path& out, const ImportOptions& options) {
    ALCOVE_TRY(const TensorType type, importableType(options.type));
    ALCOVE_CHECK(refuseSource(out, folder));
    ALCOVE_TRY(ModelConfig config, readModelConfig(folder));
    ALCOVE_TRY(const Checkpoint checkpoint, Checkpoint::open(folder));
    // Before the vocabulary: it confirms the sizes that bound what the vocabulary allocates.
    ALCOVE_TRY(const std::vector<PlannedTensor> plan, planTensors(config, checkpoint));
    ALCOVE_TRY(const ImportedVocabulary vocabulary, readVocabulary(folder, config));

    ImportReport report;
    report.architecture = familyName(config.family);
    report.parameters = static_cast<int64_t>(ropeFactors(config).size());
    for (const PlannedTensor& planned : plan) report.parameters += planned.source->elements();

    GgufWriter writer;
    writeMetadata(folder, config, vocabulary, type, report, options.name, writer);
    addRopeFactors(config, writer);
    TensorOutput output(writer, options);
    for (const PlannedTensor& planned : plan)
        output.add(planned, typeOf(planned.rule, config, type));
    report.notes = std::move(config.notes);
    ALCOVE_CHECK(output.write(out, report));
    return report;
}

}  // namespace alcove::engine
