// How activations become integers, for every instruction set.
#pragma once

#include <cmath>

namespace alcove::engine {
namespace {

/// The factor that makes `top` the integer `largest`, and the way back. Values so small that their
/// factor would overflow count as zeros.
struct Rounding {
    float scale = 0.0f;
    float inverse = 0.0f;

    Rounding(float top, float largest) {
        constexpr float kTiny = 1e-30f;
        if (top < kTiny) return;
        scale = top / largest;
        inverse = largest / top;
    }
};

/// Of 16 values beneath one scale for 256: value = scale · steps · quant, with as many steps as
/// they need. So one great value does not make all others coarse.
inline constexpr int kMostSteps = 15;  // times the sum of 16 bytes it is a word

inline float stepsFor(float top, float topOfAll) {
    const float wanted = std::ceil(top / topOfAll * static_cast<float>(kMostSteps));
    return wanted > 1.0f ? wanted : 1.0f;  // also where it is no number
}

}  // namespace
}  // namespace alcove::engine
