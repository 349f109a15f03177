// Elementary functions on registers, within about two units in the last place.
//
// exp: x = n·ln 2 + r with |r| ≤ ln 2 / 2; a polynomial for e^r, times 2^n in two steps so that
// subnormal results are right. erfc: e^(−x²)·t·P(t), t = 1 / (1 + |x|/2). The coefficients were
// fitted for the least largest relative error.
#pragma once

#include "engine/cpu/generic/simd.h"

namespace alcove::engine {
namespace {

/// Coefficients from the highest power down.
template <typename S, int kCount>
inline typename S::F polynomial(const float (&coefficients)[kCount], typename S::F x) {
    typename S::F sum = S::set(coefficients[0]);
    for (int i = 1; i < kCount; ++i) sum = S::fma(sum, x, S::set(coefficients[i]));
    return sum;
}

/// e^x; 0 below −104, infinity above 88.8, NaN for NaN.
template <typename S>
inline typename S::F expOf(typename S::F x) {
    constexpr float kSeries[] = {1.395048622e-03f,
                                 8.368887863e-03f,
                                 4.166620587e-02f,
                                 1.666651885e-01f,
                                 5.000000095e-01f,
                                 1.0f,
                                 1.0f};
    const auto clamped = S::max(S::set(-104.0f), S::min(S::set(90.0f), x));
    const auto n = S::round(S::mul(clamped, S::set(1.44269504088896341f)));
    auto r = S::fnma(n, S::set(0.693145751953125f), clamped);  // ln 2 in two parts
    r = S::fnma(n, S::set(1.42860682030941723e-6f), r);
    const auto half = S::round(S::mul(n, S::set(0.5f)));
    const auto power = polynomial<S>(kSeries, r);
    return S::mul(S::mul(power, S::pow2(half)), S::pow2(S::sub(n, half)));
}

template <typename S>
inline typename S::F tanhOf(typename S::F x) {
    constexpr float kSeries[] = {-5.905860592e-03f, 2.080537754e-02f, -5.378668135e-02f,
                                 1.333195821e-01f, -3.333329927e-01f};
    const auto one = S::set(1.0f);
    const auto magnitude = S::abs(x);
    const auto square = S::mul(x, x);
    const auto small = S::fma(S::mul(polynomial<S>(kSeries, square), square), magnitude, magnitude);
    const auto grown = expOf<S>(S::add(magnitude, magnitude));
    const auto large = S::sub(one, S::div(S::set(2.0f), S::add(grown, one)));
    return S::withSign(S::ifLess(magnitude, S::set(0.6f), small, large), x);
}

/// The complementary error function of |x|; beyond 20 it is zero.
template <typename S>
inline typename S::F erfcOfMagnitude(typename S::F x) {
    constexpr float kSeries[] = {3.537591236e-02f,  -1.887088721e-01f, 3.753645226e-01f,
                                 -2.805064239e-01f, -3.063588709e-02f, 4.090081189e-02f,
                                 5.254608104e-02f,  1.862479381e-01f,  2.450639629e-01f,
                                 2.822639338e-01f,  2.820880237e-01f};
    const auto magnitude = S::min(S::set(20.0f), S::abs(x));
    const auto one = S::set(1.0f);
    const auto t = S::div(one, S::fma(magnitude, S::set(0.5f), one));
    // e^(−x²) with what the rounding of x² lost, or large arguments lose digits
    const auto square = S::mul(magnitude, magnitude);
    const auto lost = S::fnma(magnitude, magnitude, square);  // square − x²
    const auto bell = expOf<S>(S::sub(S::set(0.0f), square));
    const auto corrected = S::fma(bell, lost, bell);
    return S::mul(S::mul(corrected, t), polynomial<S>(kSeries, t));
}

template <typename S>
inline typename S::F erfOf(typename S::F x) {
    return S::withSign(S::sub(S::set(1.0f), erfcOfMagnitude<S>(x)), x);
}

/// 1 / (1 + e^(−x))
template <typename S>
inline typename S::F logistic(typename S::F x) {
    const auto one = S::set(1.0f);
    return S::div(one, S::add(one, expOf<S>(S::sub(S::set(0.0f), x))));
}

template <typename S>
inline typename S::F silu(typename S::F x) {
    return S::mul(x, logistic<S>(x));
}

/// x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), written as a logistic so that small results keep
/// their digits.
template <typename S>
inline typename S::F geluTanh(typename S::F x) {
    const auto inner = S::fma(S::mul(x, x), S::set(0.044715f), S::set(1.0f));
    return S::mul(x, logistic<S>(S::mul(S::mul(x, inner), S::set(1.59576912160573071f))));
}

/// x/2 · erfc(−x/√2)
template <typename S>
inline typename S::F geluErf(typename S::F x) {
    const auto tail = S::mul(S::set(0.5f), erfcOfMagnitude<S>(S::mul(x, S::set(0.70710678f))));
    const auto zero = S::set(0.0f);
    return S::mul(x, S::ifLess(x, zero, tail, S::sub(S::set(1.0f), tail)));
}

}  // namespace
}  // namespace alcove::engine
