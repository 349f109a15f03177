// Touches everything a parsed file offers, so that a sanitizer sees a view that points astray.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/gguf/reader.h"
#include "engine/quant/quantize.h"

namespace raw {

inline uint64_t touch(const alcove::engine::GgufArray& array) {
    uint64_t sum = array.count;
    if (!array.packed.empty())
        for (uint64_t i = 0; i < array.count; ++i)
            sum += static_cast<uint64_t>(array.integer(i)) + (array.number(i) > 0);
    for (const std::string_view text : array.strings)
        for (const char c : text) sum += static_cast<unsigned char>(c);
    for (const alcove::engine::GgufArray& inner : array.arrays) sum += touch(inner);
    return sum;
}

inline uint64_t touch(const alcove::engine::TensorInfo& tensor) {
    uint64_t sum = static_cast<uint64_t>(tensor.elements() + tensor.rows());
    for (const std::byte byte : tensor.data) sum += std::to_integer<unsigned>(byte);
    const alcove::engine::TypeTraits& traits = *alcove::engine::traitsOf(tensor.type);
    std::array<float, 256> values;
    for (size_t at = 0; at < tensor.data.size(); at += static_cast<size_t>(traits.blockBytes)) {
        alcove::engine::dequantize(tensor.type, tensor.data.data() + at, values.data(),
                                   traits.blockSize);
        sum += values[0] > 0;
    }
    return sum;
}

/// A number that depends on all of the file, so that nothing is optimised away.
inline uint64_t touch(const alcove::engine::GgufFile& file) {
    uint64_t sum = file.version();
    for (const auto& [key, value] : file.metadata()) {
        sum += file.find(key) == &value;
        sum += static_cast<uint64_t>(file.integer(key).value_or(1));
        sum += file.number(key).value_or(1) > 0;
        sum += file.boolean(key).value_or(false);
        for (const char c : file.string(key).value_or("")) sum += static_cast<unsigned char>(c);
        if (const alcove::engine::GgufArray* array = file.array(key)) sum += touch(*array);
    }
    for (const alcove::engine::TensorInfo& tensor : file.tensors())
        sum += touch(tensor) + (file.tensor(tensor.name) == &tensor);
    return sum;
}

}  // namespace raw
