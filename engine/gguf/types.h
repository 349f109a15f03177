// Element types of tensors as GGUF numbers them, and how many bytes their blocks take.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace alcove::engine {

enum class TensorType : uint32_t {
    F32 = 0,
    F16 = 1,
    Q4_0 = 2,
    Q4_1 = 3,
    Q5_0 = 6,
    Q5_1 = 7,
    Q8_0 = 8,
    Q2_K = 10,
    Q3_K = 11,
    Q4_K = 12,
    Q5_K = 13,
    Q6_K = 14,
    IQ4_NL = 20,
    IQ4_XS = 23,
    BF16 = 30,
    MXFP4 = 39,
};

struct TypeTraits {
    TensorType type;
    std::string_view name;
    int64_t blockSize;   // elements in a block, along the row
    int64_t blockBytes;  // bytes of a block
};

/// Null for a type this engine does not compute with.
[[nodiscard]] const TypeTraits* traitsOf(TensorType type);
[[nodiscard]] std::optional<TensorType> typeByName(std::string_view name);

/// Bytes of a row of `elements` values; the count must be a multiple of the block size.
[[nodiscard]] inline int64_t rowBytes(TensorType type, int64_t elements) {
    const TypeTraits* traits = traitsOf(type);
    return elements / traits->blockSize * traits->blockBytes;
}

}  // namespace alcove::engine
