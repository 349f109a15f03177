#include "engine/model/adapter.h"

#include "engine/model/fingerprint.h"

namespace alcove::engine {
namespace {

constexpr std::string_view kSuffixA = ".lora_a", kSuffixB = ".lora_b";

MatrixView viewOf(const TensorInfo& tensor) {
    return {tensor.type, tensor.data.data(), tensor.shape[1], tensor.shape[0]};
}

}  // namespace

Result<std::shared_ptr<const Adapter>> Adapter::load(const std::filesystem::path& path,
                                                     const Model& model) {
    ALCOVE_TRY(GgufFile opened, GgufFile::open(path));
    auto adapter = std::make_shared<Adapter>();
    adapter->m_file = std::make_unique<const GgufFile>(std::move(opened));
    const GgufFile& file = *adapter->m_file;
    if (file.string("general.type").value_or("") != "adapter" ||
        file.string("adapter.type").value_or("") != "lora")
        return fail(
            file.name(),
            ": not a LoRA adapter (general.type and adapter.type must be adapter and lora)");
    const std::string_view architecture = file.string("general.architecture").value_or("");
    if (architecture != model.info().architecture)
        return fail(file.name(), ": made for the architecture \"", architecture,
                    "\", the model is ", model.info().architecture);
    const std::optional<double> alpha = file.number("adapter.lora.alpha");
    if (!alpha) return fail(file.name(), ": the key adapter.lora.alpha is missing");

    for (const TensorInfo& tensor : file.tensors()) {
        if (!tensor.name.ends_with(kSuffixA)) {
            const bool paired =
                tensor.name.ends_with(kSuffixB) &&
                file.tensor(
                    concat(tensor.name.substr(0, tensor.name.size() - kSuffixB.size()), kSuffixA));
            if (!paired)
                return fail(file.name(), ": the tensor ", tensor.name,
                            " is no half of a .lora_a and .lora_b pair");
            continue;
        }
        const std::string_view name = tensor.name.substr(0, tensor.name.size() - kSuffixA.size());
        const TensorInfo* b = file.tensor(concat(name, kSuffixB));
        const TensorInfo* weight = model.file().tensor(name);
        if (!b) return fail(file.name(), ": ", tensor.name, " has no .lora_b beside it");
        if (!weight) return fail(file.name(), ": the model has no weight named ", name);
        const bool embedding = name == "token_embd.weight";
        if (embedding && !model.file().tensor("output.weight"))
            return fail(file.name(), ": an update of token_embd.weight cannot be applied to ",
                        model.info().name, ", whose output is the same matrix");
        const int64_t rank = b->shape[0];
        const TensorInfo& a = tensor;
        const bool fits = a.rank <= 2 && b->rank <= 2 && weight->rank == 2 &&
                          b->shape[1] == weight->shape[embedding ? 0 : 1] &&
                          (embedding ? a.shape[0] == rank && a.shape[1] == weight->shape[1]
                                     : a.shape[1] == rank && a.shape[0] == weight->shape[0]);
        if (!fits)
            return fail(file.name(), ": the update of ", name, " has not the shape of the weight");
        const double factor = *alpha == 0.0 ? 1.0 : *alpha / static_cast<double>(rank);
        adapter->m_updates.emplace(weight->name,
                                   Update{viewOf(a), viewOf(*b), static_cast<float>(factor)});
    }
    if (adapter->m_updates.empty()) return fail(file.name(), ": the adapter has no updates");
    adapter->m_model = model.fingerprint();
    adapter->m_fingerprint = fingerprintOf(file);
    return std::shared_ptr<const Adapter>(std::move(adapter));
}

const Adapter::Update* Adapter::find(std::string_view weight) const {
    const auto found = m_updates.find(weight);
    return found == m_updates.end() ? nullptr : &found->second;
}

}  // namespace alcove::engine
