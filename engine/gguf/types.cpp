#include "engine/gguf/types.h"

#include <array>

namespace alcove::engine {
namespace {

constexpr std::array kTypes = {
    TypeTraits{TensorType::F32, "F32", 1, 4},
    TypeTraits{TensorType::F16, "F16", 1, 2},
    TypeTraits{TensorType::BF16, "BF16", 1, 2},
    TypeTraits{TensorType::Q4_0, "Q4_0", 32, 18},
    TypeTraits{TensorType::Q4_1, "Q4_1", 32, 20},
    TypeTraits{TensorType::Q5_0, "Q5_0", 32, 22},
    TypeTraits{TensorType::Q5_1, "Q5_1", 32, 24},
    TypeTraits{TensorType::Q8_0, "Q8_0", 32, 34},
    TypeTraits{TensorType::Q2_K, "Q2_K", 256, 84},
    TypeTraits{TensorType::Q3_K, "Q3_K", 256, 110},
    TypeTraits{TensorType::Q4_K, "Q4_K", 256, 144},
    TypeTraits{TensorType::Q5_K, "Q5_K", 256, 176},
    TypeTraits{TensorType::Q6_K, "Q6_K", 256, 210},
    TypeTraits{TensorType::IQ4_NL, "IQ4_NL", 32, 18},
    TypeTraits{TensorType::IQ4_XS, "IQ4_XS", 256, 136},
    TypeTraits{TensorType::MXFP4, "MXFP4", 32, 17},
};

}  // namespace

const TypeTraits* traitsOf(TensorType type) {
    for (const TypeTraits& traits : kTypes)
        if (traits.type == type) return &traits;
    return nullptr;
}

std::optional<TensorType> typeByName(std::string_view name) {
    for (const TypeTraits& traits : kTypes)
        if (traits.name == name) return traits.type;
    return std::nullopt;
}

}  // namespace alcove::engine
