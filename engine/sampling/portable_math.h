// Exponential and logarithm out of additions and multiplications alone, so that every platform
// computes the same bits: the C library's differ in the last place, and one bit can turn a draw.
#pragma once

#include <bit>
#include <cstdint>

namespace alcove::engine::portable {

/// e^x for x ≤ 0 within two units in the last place; below about e^−87 it is 0. No branches: a loop
/// over it is vectorised.
[[nodiscard]] inline float expNonPositive(float x) {
    constexpr float kLowest = -87.0f;
    const float clamped = x < kLowest ? kLowest : x;
    // x = n·ln 2 + r with |r| ≤ ln 2 / 2. Adding 1.5·2^23 leaves n in the low bits.
    constexpr float kRound = 0x1.8p23f;
    const float shifted = clamped * 0x1.715476p+0f + kRound;
    const float n = shifted - kRound;
    const float r = (clamped - n * 0x1.63p-1f) - n * -0x1.bd0106p-13f;  // ln 2 in two parts
    float p = 0x1.6c16c2p-10f;                                          // 1 / 6!
    p = p * r + 0x1.111112p-7f;
    p = p * r + 0x1.555556p-5f;
    p = p * r + 0x1.555556p-3f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    const int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRound);
    const float power = std::bit_cast<float>((exponent + 127) << 23);
    return x < kLowest ? 0.0f : p * power;
}

/// ln x for a positive, normal x, within a few units in the last place.
[[nodiscard]] inline double log(double x) {
    const uint64_t bits = std::bit_cast<uint64_t>(x);
    auto exponent = static_cast<int>(bits >> 52) - 1023;
    double mantissa = std::bit_cast<double>((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
    if (mantissa > 0x1.6a09e667f3bcdp+0) {  // above √2: so that |s| stays below 0.172
        mantissa *= 0.5;
        ++exponent;
    }
    const double s = (mantissa - 1.0) / (mantissa + 1.0);  // ln m = 2·atanh s
    double series = 0.0;
    for (int odd = 23; odd >= 3; odd -= 2) series = (series + 1.0 / odd) * s * s;
    return 2.0 * (s + s * series) + exponent * 0x1.62e42fefa39efp-1;
}

/// base^exponent by repeated squaring.
[[nodiscard]] inline double power(double base, int64_t exponent) {
    double result = 1.0;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) result *= base;
        base *= base;
    }
    return result;
}

}  // namespace alcove::engine::portable
