// A vector as the index keeps it: brought to length 1 and rounded to 8 bits a value with a scale of
// its own. A quarter of the memory, so that four times as much fits into caches and RAM; the cosine
// of two codes is within about 0.005 of the true one for vectors of 384.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "rag/vector/distances.h"

namespace alcove::rag {

/// Bytes: the scale (a float), the codes, and zeros up to a multiple of 4.
[[nodiscard]] constexpr size_t vectorCodeBytes(size_t dimension) {
    return sizeof(float) + (dimension + 3) / 4 * 4;
}

[[nodiscard]] inline const int8_t* codesOf(const std::byte* code) {
    return reinterpret_cast<const int8_t*>(code + sizeof(float));
}

[[nodiscard]] inline float scaleOf(const std::byte* code) {
    float scale;
    std::memcpy(&scale, code, sizeof scale);
    return scale;
}

/// False: a value is not finite. A vector of length 0 becomes a code of zeros, far from everything.
[[nodiscard]] inline bool encodeVector(std::span<const float> vector, std::span<std::byte> code) {
    std::fill(code.begin(), code.end(), std::byte{0});
    double squares = 0;
    float largest = 0;
    for (const float value : vector) {
        squares += static_cast<double>(value) * value;
        largest = std::max(largest, std::fabs(value));
    }
    if (!std::isfinite(squares)) return false;
    if (largest == 0) return true;
    // value / length ≈ code × scale
    const float toCode = 127.0f / largest;
    if (!std::isfinite(toCode)) return true;  // all but zero
    const auto scale = static_cast<float>(largest / (127.0 * std::sqrt(squares)));
    std::memcpy(code.data(), &scale, sizeof scale);
    auto* codes = reinterpret_cast<int8_t*>(code.data() + sizeof(float));
    for (size_t i = 0; i < vector.size(); ++i)
        codes[i] = static_cast<int8_t>(std::lrintf(vector[i] * toCode));
    return true;
}

[[nodiscard]] inline float cosineOfCodes(const Distances& distances, const std::byte* a,
                                         const std::byte* b, size_t dimension) {
    const int32_t dot = distances.dotCodes(codesOf(a), codesOf(b), dimension);
    return static_cast<float>(dot) * scaleOf(a) * scaleOf(b);
}

}  // namespace alcove::rag
