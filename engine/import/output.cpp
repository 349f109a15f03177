#include "engine/import/output.h"

#include <algorithm>
#include <array>

#include "engine/base/paths.h"
#include "engine/import/convert.h"
#include "engine/quant/quantize.h"

namespace alcove::engine {

Result<TensorType> importableType(std::string_view name) {
    constexpr std::array kTypes = {TensorType::F32,  TensorType::F16,  TensorType::BF16,
                                   TensorType::Q8_0, TensorType::Q6_K, TensorType::Q4_K};
    std::string upper(name);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    for (const TensorType type : kTypes)
        if (traitsOf(type)->name == upper) return type;
    return fail("type \"", name, "\" cannot be imported to; known are F32, F16, BF16, Q8_0, Q6_K, ",
                "Q4_K");
}

Result<void> refuseSource(const std::filesystem::path& out, const std::filesystem::path& folder) {
    std::error_code ignored;  // a folder that cannot be read is said by who reads it
    Paths sources = entriesOf(folder, ignored);
    std::erase_if(sources, [](const auto& source) { return source.extension() == ".gguf"; });
    return refuseInputs(out, sources);
}

void TensorOutput::add(const PlannedTensor& planned, TensorType type) {
    std::vector<int64_t> shape(planned.rule.shape.rbegin(), planned.rule.shape.rend());
    ++m_progress.tensors;
    m_progress.bytes += planned.source->data.size();
    m_writer.addTensor(planned.rule.target, type, std::move(shape),
                       [this, &planned, type] { return produce(planned, type); });
}

Result<std::vector<std::byte>> TensorOutput::produce(const PlannedTensor& planned,
                                                     TensorType type) {
    if (m_options.stop.stop_requested()) return fail("the import was stopped");
    m_progress.tensor = planned.rule.target;
    if (m_options.progress) m_options.progress(m_progress);
    auto bytes = convertTensor(planned, type, m_options.pool);
    ++m_progress.tensorsDone;
    m_progress.bytesDone += planned.source->data.size();
    return bytes;
}

Result<void> TensorOutput::write(const std::filesystem::path& out, ImportReport& report) {
    if (m_options.stop.stop_requested()) return fail("the import was stopped");
    ALCOVE_CHECK(m_writer.write(out));
    report.tensors = m_progress.tensors;
    std::error_code ignored;
    report.bytes = std::filesystem::file_size(out, ignored);
    return {};
}

}  // namespace alcove::engine
