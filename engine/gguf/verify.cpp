#include "engine/gguf/verify.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include "engine/gguf/cursor.h"
#include "engine/quant/block_check.h"

namespace alcove::engine {
namespace {

constexpr int64_t kGrainBytes = 1 << 20;

/// The first fault of a tensor, whichever thread finds it.
std::optional<BlockFault> faultOf(const TensorInfo& tensor, ThreadPool& pool) {
    const TypeTraits& traits = *traitsOf(tensor.type);
    std::mutex mutex;  // guards first
    std::optional<BlockFault> first;
    pool.forEach(tensor.elements() / traits.blockSize, kGrainBytes / traits.blockBytes,
                 [&](int64_t begin, int64_t end) {
                     auto fault = findFault(
                         tensor.type, tensor.data.data() + begin * traits.blockBytes, end - begin);
                     if (!fault) return;
                     fault->block += begin;
                     const std::lock_guard lock(mutex);
                     if (!first || fault->block < first->block) first = std::move(fault);
                 });
    return first;
}

}  // namespace

Result<VerifyReport> verify(const GgufFile& file, ThreadPool& pool,
                            const VerifyProgress& progress) {
    VerifyReport report;
    report.bytes = file.bytes();
    report.version = file.version();
    report.metadata = static_cast<int64_t>(file.metadata().size());
    report.tensors = static_cast<int64_t>(file.tensors().size());
    if (!file.string("general.architecture"))
        report.faults.emplace_back("\"general.architecture\" is missing or no string");
    std::map<TensorType, std::pair<int64_t, int64_t>> types;  // tensors, bytes
    for (size_t i = 0; i < file.tensors().size(); ++i) {
        const TensorInfo& tensor = file.tensors()[i];
        if (progress && !progress(i, file.tensors().size(), tensor.name))
            return fail(file.name(), ": the check was cancelled");
        report.elements += tensor.elements();
        ++types[tensor.type].first;
        types[tensor.type].second += static_cast<int64_t>(tensor.data.size());
        if (const auto fault = faultOf(tensor, pool))
            report.faults.push_back(concat(
                "tensor \"", printable(tensor.name), "\": block ", fault->block, " (byte ",
                fault->block * traitsOf(tensor.type)->blockBytes, " of its data): ", fault->what));
    }
    std::vector<std::pair<int64_t, TensorType>> byBytes;
    for (const auto& [type, sizes] : types) byBytes.emplace_back(-sizes.second, type);
    std::sort(byBytes.begin(), byBytes.end());
    for (const auto& [bytes, type] : byBytes) report.types.emplace_back(type, types[type].first);
    return report;
}

Result<VerifyReport> verifyFile(const std::filesystem::path& path, ThreadPool& pool,
                                const VerifyProgress& progress) {
    ALCOVE_TRY(const GgufFile file, GgufFile::open(path));
    return verify(file, pool, progress);
}

}  // namespace alcove::engine
