// The end of every import: tensors go to the writer one at a time, with progress and a way to stop.
#pragma once

#include <filesystem>
#include <string_view>

#include "engine/base/result.h"
#include "engine/gguf/writer.h"
#include "engine/import/import.h"
#include "engine/import/tensor_rules.h"

namespace alcove::engine {

/// One of the types ImportOptions names, in any case of letters.
[[nodiscard]] Result<TensorType> importableType(std::string_view name);

/// Refuses an output that would replace a file of the folder that is read. A GGUF there is an
/// earlier import, which may be replaced.
[[nodiscard]] Result<void> refuseSource(const std::filesystem::path& out,
                                        const std::filesystem::path& folder);

class TensorOutput {
public:
    /// Both outlive the object.
    TensorOutput(GgufWriter& writer, const ImportOptions& options)
        : m_writer(writer), m_options(options) {}

    /// The planned tensor must stay until write() is done.
    void add(const PlannedTensor& planned, TensorType type);
    /// Writes the file and completes the report.
    [[nodiscard]] Result<void> write(const std::filesystem::path& out, ImportReport& report);

private:
    Result<std::vector<std::byte>> produce(const PlannedTensor& planned, TensorType type);

    GgufWriter& m_writer;
    const ImportOptions& m_options;
    ImportProgress m_progress;
};

}  // namespace alcove::engine
