// Norms, element-wise operations, activations and rope of every table against the reference.
// Tolerances are multiples of 2⁻²⁴ of the size of what is rounded; each test says which.
#include "tests/engine/cpu/fixtures.h"
#include "tests/engine/cpu/kernel_tests.h"
#include "tests/support/check.h"

namespace alcove::test {
namespace {

using engine::Activation;
using engine::Kernels;

constexpr double kRounding = 0x1p-24;
constexpr Activation kActivations[] = {Activation::Silu, Activation::GeluTanh, Activation::GeluErf,
                                       Activation::Relu, Activation::ReluSquared};

double distance(float a, float b) {
    return std::abs(static_cast<double>(a) - static_cast<double>(b));
}

template <typename Body>
void forLengths(Body body) {
    for (const Kernels* kernels : fastTables()) {
        Random random(7);
        for (int64_t n = 1; n <= 70; ++n) body(*kernels, n, random);
        for (const int64_t n : {576, 1001, 4096}) body(*kernels, n, random);
    }
}

/// Runs operation(table, out) on a copy of `in` for both tables; |difference| ≤ bound(i).
template <typename Operation, typename Bound>
void compare(const Kernels& kernels, const char* what, const std::vector<float>& in,
             Operation operation, Bound bound) {
    std::vector<float> want = in;
    std::vector<float> got = in;
    operation(reference(), want.data());
    operation(kernels, got.data());
    for (size_t i = 0; i < in.size(); ++i)
        CHECK(distance(want[i], got[i]) <= bound(i), kernels.name, ' ', what, " n=", in.size(),
              " at ", i, ": ", got[i], " for ", want[i]);
}

}  // namespace

/// A norm's factor is off by a few roundings relative to itself, an element with it.
void normsMatchTheReference() {
    forLengths([](const Kernels& kernels, int64_t n, Random& random) {
        const std::vector<float> in = random.normals(n);
        const std::vector<float> weight = random.normals(n);
        const std::vector<float> bias = random.normals(n);
        auto bound = [](size_t) { return 128.0 * kRounding; };
        for (const float* w : {weight.data(), static_cast<const float*>(nullptr)}) {
            compare(
                kernels, "rmsNorm", in,
                [&](const Kernels& k, float* x) { k.rmsNorm(x, w, 1e-5f, x, n); }, bound);
            for (const float* b : {bias.data(), static_cast<const float*>(nullptr)})
                compare(
                    kernels, "layerNorm", in,
                    [&](const Kernels& k, float* x) { k.layerNorm(x, w, b, 1e-3f, x, n); }, bound);
        }
        std::vector<float> shifted = in;  // a mean far above the spread
        for (float& value : shifted) value += 100.0f;
        compare(
            kernels, "layerNorm of shifted", shifted,
            [&](const Kernels& k, float* x) { k.layerNorm(x, nullptr, nullptr, 1e-1f, x, n); },
            [](size_t) { return 128.0 * 100.0 * kRounding; });
    });
}

void elementwiseMatchesTheReference() {
    forLengths([](const Kernels& kernels, int64_t n, Random& random) {
        const std::vector<float> in = random.normals(n);
        const std::vector<float> other = random.normals(n);
        auto bound = [](size_t) { return 16.0 * kRounding; };
        compare(
            kernels, "add", in,
            [&](const Kernels& k, float* x) { k.add(x, other.data(), 0.3f, n); }, bound);
        compare(
            kernels, "multiplyBy", in,
            [&](const Kernels& k, float* x) { k.multiplyBy(x, other.data(), n); }, bound);
        compare(
            kernels, "scale", in, [&](const Kernels& k, float* x) { k.scale(x, 1.7f, n); }, bound);
        compare(
            kernels, "softcap", in, [&](const Kernels& k, float* x) { k.softcap(x, 2.0f, n); },
            bound);
        for (const Activation kind : kActivations)
            compare(
                kernels, "gatedActivate", in,
                [&](const Kernels& k, float* x) { k.gatedActivate(kind, x, other.data(), x, n); },
                [](size_t) { return 256.0 * kRounding; });
        const double size = norm(in.data(), n) * norm(other.data(), n);
        const float want = reference().dot(in.data(), other.data(), n);
        const float got = kernels.dot(in.data(), other.data(), n);
        CHECK(distance(want, got) <= 4.0 * kRounding * std::sqrt(static_cast<double>(n)) * size,
              kernels.name, " dot n=", n, ": ", got, " for ", want);
    });
}

/// Relative errors over the whole range: a few units in the last place, and for the exact GELU the
/// square of the argument more, because e^(−x²/2) magnifies the rounding of x/√2.
void activationsAreAccurate() {
    std::vector<float> in;
    for (int i = -24000; i <= 24000; ++i) in.push_back(static_cast<float>(i) * 0.005f);
    for (int e = -140; e <= 120; ++e)
        for (const float sign : {-1.0f, 1.0f}) in.push_back(std::ldexp(sign * 1.3f, e));
    in.push_back(-INFINITY);
    in.push_back(INFINITY);
    std::vector<float> want(in.size());
    std::vector<float> got(in.size());
    const auto n = static_cast<int64_t>(in.size());
    constexpr double kLeast = 1e-36;  // below, e^x in a denominator overflows
    auto check = [&](const Kernels& kernels, int kind) {
        for (size_t i = 0; i < in.size(); ++i) {
            const auto x = static_cast<double>(in[i]);
            if (std::isinf(want[i]) || std::isnan(want[i])) continue;
            const bool gelu = kind == static_cast<int>(Activation::GeluErf) ||
                              kind == static_cast<int>(Activation::GeluTanh);
            const double growth = gelu && x < 0.0 ? 1.0 + std::min(x * x, 400.0) : 1.0;
            const double bound =
                10.0 * kRounding * growth * std::abs(static_cast<double>(want[i])) + kLeast;
            CHECK(distance(want[i], got[i]) <= bound, kernels.name, " function ", kind, " of ", x,
                  ": ", got[i], " for ", want[i]);
        }
    };
    for (const Kernels* kernels : fastTables()) {
        for (const Activation kind : kActivations) {
            reference().activate(kind, in.data(), want.data(), n);
            kernels->activate(kind, in.data(), got.data(), n);
            check(*kernels, static_cast<int>(kind));
        }
        want = in;
        got = in;
        reference().softcap(want.data(), 1.0f, n);  // tanh itself
        kernels->softcap(got.data(), 1.0f, n);
        check(*kernels, -1);
        const float nan = std::nanf("");
        for (const Activation kind : kActivations) {
            float out = 0.0f;
            kernels->activate(kind, &nan, &out, 1);
            CHECK(std::isnan(out), kernels->name, " activation ", static_cast<int>(kind));
        }
    }
}

void ropeMatchesTheReference() {
    for (const Kernels* kernels : fastTables()) {
        Random random(11);
        for (int64_t pairs = 1; pairs <= 70; ++pairs) {
            const std::vector<float> head = random.normals(2 * pairs + 3);
            std::vector<float> cosines;
            std::vector<float> sines;
            for (int64_t i = 0; i < pairs; ++i) {
                const float angle = random.uniform(-3.0f, 3.0f);
                cosines.push_back(std::cos(angle));
                sines.push_back(std::sin(angle));
            }
            for (const auto style : {engine::RopeStyle::Norm, engine::RopeStyle::Neox})
                compare(
                    *kernels, "rope", head,
                    [&](const Kernels& k, float* x) {
                        k.rope(style, x, cosines.data(), sines.data(), pairs);
                    },
                    [](size_t) { return 16.0 * kRounding; });
        }
    }
}

}  // namespace alcove::test
