// Weights of a model as architectures use them: matrices in place in the mapped file, vectors as
// floats.
#pragma once

#include <string_view>
#include <vector>

#include "engine/cpu/kernels.h"

namespace alcove::engine {

/// A matrix in the file, and its name there (adapters find it by that).
struct Matrix : MatrixView {
    std::string_view name;

    [[nodiscard]] bool present() const { return data != nullptr; }
};

/// A bias, a norm's weight, rope factors: small, so kept as floats. Empty: not there.
using Vector = std::vector<float>;

struct Linear {
    Matrix weight;  // [outputs][inputs]
    Vector bias;    // [outputs] or empty

    [[nodiscard]] bool present() const { return weight.present(); }
};

enum class NormKind { Rms, Layer };

struct Norm {
    NormKind kind = NormKind::Rms;
    float epsilon = 1e-5f;
    Vector
        weight;   // [width], or [groups · width] where every group (head) has its own; empty: ones
    Vector bias;  // as weight, or empty
    bool active = false;

    [[nodiscard]] bool present() const { return active; }
};

}  // namespace alcove::engine
