// Reads a model file again from end to end and says what in it cannot be right.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/gguf/reader.h"

namespace alcove::engine {

struct VerifyReport {
    uint64_t bytes = 0;  // of all parts
    uint32_t version = 0;
    int64_t metadata = 0;
    int64_t tensors = 0;
    int64_t elements = 0;
    std::vector<std::pair<TensorType, int64_t>> types;  // tensors of each type, most bytes first
    /// One line for each tensor (or missing key) that is wrong: "tensor "x": block 7 (byte 1234):
    /// scale d is infinite".
    std::vector<std::string> faults;

    [[nodiscard]] bool ok() const { return faults.empty(); }
};

/// Called before each tensor; false stops with an error.
using VerifyProgress = std::function<bool(size_t done, size_t total, std::string_view tensor)>;

/// An error when the file cannot be read at all; otherwise a report, which may list faults.
[[nodiscard]] Result<VerifyReport> verifyFile(const std::filesystem::path& path, ThreadPool& pool,
                                              const VerifyProgress& progress = {});
[[nodiscard]] Result<VerifyReport> verify(const GgufFile& file, ThreadPool& pool,
                                          const VerifyProgress& progress = {});

}  // namespace alcove::engine
