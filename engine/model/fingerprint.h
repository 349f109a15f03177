// A hash of a model file's keys, shapes and samples of its weights: cheap, and different for
// different models.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/gguf/reader.h"

namespace alcove::engine {

[[nodiscard]] inline uint64_t mixBytes(uint64_t hash,
                                       std::span<const std::byte> bytes) {  // FNV-1a, 64 bits
    for (const std::byte b : bytes) hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
    return hash;
}

[[nodiscard]] inline uint64_t fingerprintOf(const GgufFile& file) {
    constexpr size_t kSample = 256;  // bytes at both ends of each tensor
    uint64_t hash = 0xcbf29ce484222325u;
    const auto mixText = [&](std::string_view text) {
        hash = mixBytes(hash, std::as_bytes(std::span(text)));
    };
    for (const auto& [key, value] : file.metadata()) mixText(key);
    for (const TensorInfo& tensor : file.tensors()) {
        mixText(tensor.name);
        const uint64_t numbers[] = {static_cast<uint64_t>(tensor.type),
                                    static_cast<uint64_t>(tensor.shape[0]),
                                    static_cast<uint64_t>(tensor.rows())};
        hash = mixBytes(hash, std::as_bytes(std::span(numbers)));
        const size_t sample = std::min(kSample, tensor.data.size());
        hash = mixBytes(hash, tensor.data.first(sample));
        hash = mixBytes(hash, tensor.data.last(sample));
    }
    return hash;
}

}  // namespace alcove::engine
