// The checksum of the files that Alcove writes for itself: finds damage, not malice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace alcove {

constexpr uint64_t kChecksumStart = 0xcbf29ce484222325u;

/// FNV-1a over 64-bit words: eight bytes a step, the rest one by one. What comes in pieces is
/// summed piece by piece, each starting with the sum before it: cut it the same way when checking.
[[nodiscard]] inline uint64_t checksum(std::span<const std::byte> bytes,
                                       uint64_t hash = kChecksumStart) {
    size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        uint64_t word;
        std::memcpy(&word, bytes.data() + i, 8);
        hash = (hash ^ word) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    for (; i < bytes.size(); ++i) hash = (hash ^ static_cast<uint64_t>(bytes[i])) * 0x100000001b3u;
    return hash;
}

}  // namespace alcove
