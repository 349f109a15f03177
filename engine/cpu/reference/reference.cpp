// The table every other one is tested against.
#include "engine/cpu/reference/reference.h"

#include <cmath>

#include "engine/cpu/tables.h"
#include "engine/quant/quantize.h"

namespace alcove::engine {
namespace {

void rmsNorm(const float* in, const float* weight, float epsilon, float* out, int64_t n) {
    double squares = 0.0;
    for (int64_t i = 0; i < n; ++i)
        squares += static_cast<double>(in[i]) * static_cast<double>(in[i]);
    const double mean = squares / static_cast<double>(n);
    const auto factor = static_cast<float>(1.0 / std::sqrt(mean + static_cast<double>(epsilon)));
    for (int64_t i = 0; i < n; ++i) out[i] = in[i] * factor * (weight ? weight[i] : 1.0f);
}

void layerNorm(const float* in, const float* weight, const float* bias, float epsilon, float* out,
               int64_t n) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(in[i]);
    const double mean = sum / static_cast<double>(n);
    double squares = 0.0;
    for (int64_t i = 0; i < n; ++i) {
        const double centred = static_cast<double>(in[i]) - mean;
        squares += centred * centred;
    }
    const double variance = squares / static_cast<double>(n);
    const double factor = 1.0 / std::sqrt(variance + static_cast<double>(epsilon));
    for (int64_t i = 0; i < n; ++i) {
        const auto normed = static_cast<float>((static_cast<double>(in[i]) - mean) * factor);
        out[i] = normed * (weight ? weight[i] : 1.0f) + (bias ? bias[i] : 0.0f);
    }
}

void add(float* inOut, const float* other, float scale, int64_t n) {
    for (int64_t i = 0; i < n; ++i) inOut[i] += scale * other[i];
}

void multiplyBy(float* inOut, const float* other, int64_t n) {
    for (int64_t i = 0; i < n; ++i) inOut[i] *= other[i];
}

void scale(float* inOut, float factor, int64_t n) {
    for (int64_t i = 0; i < n; ++i) inOut[i] *= factor;
}

double activation(Activation kind, double x) {
    constexpr double kSqrt2OverPi = 0.79788456080286535588;
    constexpr double kSqrtHalf = 0.70710678118654752440;
    switch (kind) {
        case Activation::Silu:
            return x / (1.0 + std::exp(-x));
        case Activation::GeluTanh: {
            // x/2 · (1 + tanh(u)) = x / (1 + e^(−2u)), which does not cancel for negative x
            const double u = kSqrt2OverPi * x * (1.0 + 0.044715 * x * x);
            return x / (1.0 + std::exp(-2.0 * u));
        }
        case Activation::GeluErf:
            return 0.5 * x * std::erfc(-x * kSqrtHalf);
        case Activation::Relu:
            return x > 0.0 ? x : 0.0;
        case Activation::ReluSquared:
            return x > 0.0 ? x * x : 0.0;
    }
    return x;
}

void activate(Activation kind, const float* in, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i)
        out[i] = static_cast<float>(activation(kind, static_cast<double>(in[i])));
}

void gatedActivate(Activation kind, const float* gate, const float* up, float* out, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
        const double activated = activation(kind, static_cast<double>(gate[i]));
        out[i] = static_cast<float>(activated * static_cast<double>(up[i]));
    }
}

void softcap(float* inOut, float cap, int64_t n) {
    for (int64_t i = 0; i < n; ++i) inOut[i] = cap * std::tanh(inOut[i] / cap);
}

void rope(RopeStyle style, float* head, const float* cosines, const float* sines, int64_t pairs) {
    for (int64_t i = 0; i < pairs; ++i) {
        float& first = style == RopeStyle::Norm ? head[2 * i] : head[i];
        float& second = style == RopeStyle::Norm ? head[2 * i + 1] : head[i + pairs];
        const float a = first;
        const float b = second;
        first = a * cosines[i] - b * sines[i];
        second = a * sines[i] + b * cosines[i];
    }
}

float dot(const float* a, const float* b, int64_t n) {
    double sum = 0.0;
    for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return static_cast<float>(sum);
}

}  // namespace

constinit const Kernels kReferenceKernels = {
    .name = "reference",
    .preparedBytes = reference::preparedBytes,
    .prepare = reference::prepare,
    .scratchBytes = reference::scratchBytes,
    .multiply = reference::multiply,
    .independentRows = [](TensorType, Precision) { return Kernels::kAnyNumber; },
    .dequantize = dequantize,
    .rmsNorm = rmsNorm,
    .layerNorm = layerNorm,
    .add = add,
    .multiplyBy = multiplyBy,
    .scale = scale,
    .activate = activate,
    .gatedActivate = gatedActivate,
    .softcap = softcap,
    .rope = rope,
    .dot = dot,
    .storeCacheRow = reference::storeCacheRow,
    .attentionScratchBytes = reference::attentionScratchBytes,
    .attention = reference::attention,
    .independentPairs = Kernels::kAnyNumber,
};

}  // namespace alcove::engine
