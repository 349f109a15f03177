// The operations on one row of floats: norms, sums, activations, rope.
#pragma once

#include <math.h>

#include "engine/cpu/generic/math.h"
#include "engine/cpu/kernels.h"

namespace alcove::engine {
namespace {

/// Adds term(sum, load) over [0, n) in four interleaved partial sums, joined in a fixed order. The
/// last register of an input is filled up with `fill`.
template <typename S, typename Term>
inline float sumOf(int64_t n, float fill, Term term) {
    using F = typename S::F;
    constexpr int64_t kLanes = S::kLanes;
    F sums[4] = {S::set(0.0f), S::set(0.0f), S::set(0.0f), S::set(0.0f)};
    int64_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes)
        for (int64_t j = 0; j < 4; ++j) {
            const int64_t at = i + j * kLanes;
            sums[j] = term(sums[j], [at](const float* p) { return S::load(p + at); });
        }
    for (int64_t j = 0; i < n; i += kLanes, ++j) {
        const int64_t count = n - i;
        sums[j] =
            count >= kLanes
                ? term(sums[j], [i](const float* p) { return S::load(p + i); })
                : term(sums[j], [=](const float* p) { return loadPart<S>(p + i, count, fill); });
    }
    return S::sum(S::add(S::add(sums[0], sums[1]), S::add(sums[2], sums[3])));
}

template <Simd S>
struct Rows {
    using F = typename S::F;

    static float dot(const float* a, const float* b, int64_t n) {
        return sumOf<S>(n, 0.0f, [=](F sum, auto at) { return S::fma(at(a), at(b), sum); });
    }

    static void rmsNorm(const float* in, const float* weight, float epsilon, float* out,
                        int64_t n) {
        const float squares = dot(in, in, n);
        const F factor = S::set(1.0f / sqrtf(squares / static_cast<float>(n) + epsilon));
        if (weight == nullptr)
            map<S>(out, n, [=](auto at) { return S::mul(at(in), factor); });
        else
            map<S>(out, n, [=](auto at) { return S::mul(S::mul(at(in), factor), at(weight)); });
    }

    static void layerNorm(const float* in, const float* weight, const float* bias, float epsilon,
                          float* out, int64_t n) {
        const auto count = static_cast<float>(n);
        const float mean =
            sumOf<S>(n, 0.0f, [=](F sum, auto at) { return S::add(sum, at(in)); }) / count;
        const F centre = S::set(mean);
        const float squares = sumOf<S>(n, mean, [=](F sum, auto at) {
            const F centred = S::sub(at(in), centre);
            return S::fma(centred, centred, sum);
        });
        const F factor = S::set(1.0f / sqrtf(squares / count + epsilon));
        map<S>(out, n, [=](auto at) {
            F value = S::mul(S::sub(at(in), centre), factor);
            if (weight != nullptr) value = S::mul(value, at(weight));
            return bias != nullptr ? S::add(value, at(bias)) : value;
        });
    }

    static void add(float* inOut, const float* other, float factor, int64_t n) {
        const F factors = S::set(factor);
        map<S>(inOut, n, [=](auto at) { return S::fma(at(other), factors, at(inOut)); });
    }

    static void multiplyBy(float* inOut, const float* other, int64_t n) {
        map<S>(inOut, n, [=](auto at) { return S::mul(at(inOut), at(other)); });
    }

    static void scale(float* inOut, float factor, int64_t n) {
        const F factors = S::set(factor);
        map<S>(inOut, n, [=](auto at) { return S::mul(at(inOut), factors); });
    }

    static void softcap(float* inOut, float cap, int64_t n) {
        const F caps = S::set(cap);
        const F inverse = S::set(1.0f / cap);
        map<S>(inOut, n,
               [=](auto at) { return S::mul(caps, tanhOf<S>(S::mul(at(inOut), inverse))); });
    }

    /// Calls use(f) with the activation as a function of one register.
    template <typename Use>
    static void withActivation(Activation kind, Use use) {
        const F zero = S::set(0.0f);
        switch (kind) {
            case Activation::Silu:
                return use([](F x) { return silu<S>(x); });
            case Activation::GeluTanh:
                return use([](F x) { return geluTanh<S>(x); });
            case Activation::GeluErf:
                return use([](F x) { return geluErf<S>(x); });
            case Activation::Relu:
                return use([zero](F x) { return S::max(zero, x); });
            case Activation::ReluSquared:
                return use([zero](F x) {
                    const F positive = S::max(zero, x);
                    return S::mul(positive, positive);
                });
        }
    }

    static void activate(Activation kind, const float* in, float* out, int64_t n) {
        withActivation(kind,
                       [=](auto act) { map<S>(out, n, [=](auto at) { return act(at(in)); }); });
    }

    static void gatedActivate(Activation kind, const float* gate, const float* up, float* out,
                              int64_t n) {
        withActivation(kind, [=](auto act) {
            map<S>(out, n, [=](auto at) { return S::mul(act(at(gate)), at(up)); });
        });
    }

    static void rope(RopeStyle style, float* head, const float* cosines, const float* sines,
                     int64_t pairs) {
        if (style == RopeStyle::Norm) {
            for (int64_t i = 0; i < pairs; ++i) {
                const float a = head[2 * i];
                const float b = head[2 * i + 1];
                head[2 * i] = a * cosines[i] - b * sines[i];
                head[2 * i + 1] = a * sines[i] + b * cosines[i];
            }
            return;
        }
        float* upper = head + pairs;
        int64_t i = 0;
        for (; i + S::kLanes <= pairs; i += S::kLanes) {
            const F a = S::load(head + i);
            const F b = S::load(upper + i);
            const F cosine = S::load(cosines + i);
            const F sine = S::load(sines + i);
            S::store(head + i, S::fnma(b, sine, S::mul(a, cosine)));
            S::store(upper + i, S::fma(a, sine, S::mul(b, cosine)));
        }
        for (; i < pairs; ++i) {
            const float a = head[i];
            const float b = upper[i];
            head[i] = a * cosines[i] - b * sines[i];
            upper[i] = a * sines[i] + b * cosines[i];
        }
    }
};

}  // namespace
}  // namespace alcove::engine
