#include "engine/model/model.h"

#include <algorithm>
#include <limits>
#include <map>

#include "engine/base/unicode.h"
#include "engine/model/architecture.h"
#include "engine/model/compute.h"
#include "engine/model/fingerprint.h"

namespace alcove::engine {
namespace {

std::string knownList() {
    std::string names;
    for (const std::string& name : knownArchitectures())
        names += (names.empty() ? "" : ", ") + name;
    return names;
}

Result<std::unique_ptr<Architecture>> makeArchitecture(Loader& load) {
    for (const ArchitectureEntry& entry : architectures()) {
        if (entry.name != load.architecture()) continue;
        std::unique_ptr<Architecture> made = entry.make(load);
        ALCOVE_CHECK(load.finish());
        return made;
    }
    return fail(load.file().name(), ": the architecture \"", load.architecture(),
                "\" is not known; known are ", knownList());
}

/// The type most of the weights' bytes have.
std::string mainType(const GgufFile& file) {
    std::map<TensorType, size_t> bytes;
    for (const TensorInfo& tensor : file.tensors()) bytes[tensor.type] += tensor.data.size();
    const auto most =
        std::max_element(bytes.begin(), bytes.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == bytes.end() ? "none" : std::string(traitsOf(most->first)->name);
}

Result<Pooling> poolingOf(const GgufFile& file, const std::string& architecture, bool causal) {
    const std::string key = architecture + ".pooling_type";
    if (!file.find(key)) return causal ? Pooling::None : Pooling::Mean;
    const std::optional<int64_t> value = file.integer(key);
    if (!value || *value < 0 || *value > 4)
        return fail(file.name(), ": ", key, " is ", value.value_or(-1),
                    ", expected 0 (none) to 4 (rank)");
    return static_cast<Pooling>(*value);
}

Result<ModelInfo> describe(const GgufFile& file, const Architecture& architecture,
                           std::string_view name, const std::filesystem::path& path) {
    ModelInfo info;
    info.architecture = name;
    info.name = printable(file.string("general.name").value_or(path.stem().string()));
    info.quantisation = mainType(file);
    const auto number = [&](std::string_view key) {
        return file.integer(concat(name, ".", key)).value_or(0);
    };
    info.contextLength = number("context_length");
    info.embeddingLength = number("embedding_length");
    info.layers = number("block_count");
    info.vocabulary = architecture.vocabulary();
    for (const TensorInfo& tensor : file.tensors()) info.parameters += tensor.elements();
    info.fileBytes = file.bytes();
    info.causal = architecture.causal();
    ALCOVE_TRY(info.pooling, poolingOf(file, info.architecture, info.causal));
    info.outputLength = info.embeddingLength;
    const Architecture::Head& head = architecture.head;
    if (info.pooling == Pooling::Rank) {
        if (!head.output.present())
            return fail(file.name(),
                        ": the file asks for a rank head (pooling_type 4) and has no cls tensors");
        info.outputLength = head.output.weight.rows;
    }
    return info;
}

}  // namespace

Model::~Model() = default;

Result<std::shared_ptr<const Model>> Model::load(const std::filesystem::path& path,
                                                 Residence residence) {
    ALCOVE_TRY(GgufFile opened, GgufFile::open(path, residence));
    std::shared_ptr<Model> model(new Model);
    model->m_file = std::make_unique<const GgufFile>(std::move(opened));
    const GgufFile& file = *model->m_file;
    const std::optional<std::string_view> architecture = file.string("general.architecture");
    if (!architecture)
        return fail(file.name(), ": the key general.architecture is missing: not a model");
    if (file.string("general.type").value_or("model") == "adapter")
        return fail(file.name(),
                    ": this is an adapter, which is used beside a model, not a model itself");
    Loader loader(file, std::string(*architecture));
    ALCOVE_TRY(model->m_architecture, makeArchitecture(loader));
    if (Tokenizer::hasVocabulary(file)) {
        ALCOVE_TRY(model->m_tokenizer, Tokenizer::load(file));
    }
    ALCOVE_TRY(model->m_info, describe(file, *model->m_architecture, *architecture, path));
    model->m_fingerprint = fingerprintOf(file);
    return std::shared_ptr<const Model>(std::move(model));
}

Result<void> Model::checkResults(std::span<const float> values) const {
    bool wrong = false;  // without a way out of the loop, which is then done many at a time
    for (const float value : values) wrong |= !(value < std::numeric_limits<float>::infinity());
    if (!wrong) return {};
    return fail(m_file->name(), ": the model computes values that are not numbers; ",
                "`alcove-cli models verify` tells whether the file is damaged");
}

Result<void> Model::checkResults(Compute& compute, const Tensor& rows) const {
    for (int64_t i = 0; i < rows.rows; ++i) ALCOVE_CHECK(checkResults(compute.row(rows, i)));
    return {};
}

Precision defaultPrecision(const ModelInfo& info) {
    constexpr int64_t kSmall = 500'000'000;
    return info.parameters < kSmall ? Precision::Fine : Precision::Fast;
}

}  // namespace alcove::engine
