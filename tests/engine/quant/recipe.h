// The inputs and checksums of tests/data/quant/make_goldens.py, made again.
#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace recipe {

inline uint64_t mix(uint64_t counter) {
    uint64_t z = (counter + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

inline std::vector<std::byte> randomBytes(size_t count) {
    std::vector<std::byte> bytes((count + 7) / 8 * 8);
    for (size_t i = 0; i < bytes.size() / 8; ++i) {
        const uint64_t word = mix(i);
        std::memcpy(bytes.data() + i * 8, &word, 8);
    }
    bytes.resize(count);
    return bytes;
}

/// A value of a bell's shape between −2 and 2, exact in float.
inline float bell(uint64_t counter) {
    const uint64_t word = mix(counter);
    int64_t total = 0;
    for (int i = 0; i < 4; ++i) total += static_cast<int64_t>((word >> (16 * i)) & 0xffff);
    return static_cast<float>(total - 131070) / 65536.0f;
}

/// Rows of 256 values with scales from 2^-12 to 2^3; every 16th row is special.
inline std::vector<float> weights(size_t rows) {
    std::vector<float> values(rows * 256);
    for (size_t row = 0; row < rows; ++row) {
        float* out = values.data() + row * 256;
        for (size_t i = 0; i < 256; ++i)
            out[i] = std::ldexp(bell(row * 256 + i), static_cast<int>(row % 16) - 12);
        if (row % 16 != 15) continue;
        const size_t kind = row / 16 % 5;
        const float first = out[0];
        for (size_t i = 0; i < 256; ++i) {
            if (kind == 0) out[i] = 0;
            if (kind == 1) out[i] = first;
            if (kind == 2 && i == 37) out[i] *= 64;
            if (kind == 3) out[i] = std::fabs(out[i]);
            if (kind == 4) out[i] = static_cast<float>(i) / 32.0f;
        }
    }
    return values;
}

inline uint64_t checksum(std::span<const float> values) {
    uint64_t sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const uint32_t bits =
            std::isnan(values[i]) ? 0x7fc00000u : std::bit_cast<uint32_t>(values[i]);
        sum += mix(i) * (uint64_t{bits} + 1);
    }
    return sum;
}

inline uint64_t checksum(std::span<const std::byte> bytes) {
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes.size(); ++i)
        sum += mix(i) * (std::to_integer<uint64_t>(bytes[i]) + 1);
    return sum;
}

}  // namespace recipe
