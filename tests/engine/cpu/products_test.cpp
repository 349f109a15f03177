// Products of every table against the reference.
//
// How far a result may be off follows from norms. Exact: each of the k additions rounds a partial
// sum of at most ‖a‖·‖w‖ by 2⁻²⁴, independently: a few √k · 2⁻²⁴ · ‖a‖·‖w‖. Fast: activation i is
// off by a rounding error δᵢ with variance (largest / 127)² / 12 where it became an int8, or by 2⁻⁹
// of itself where it became a bfloat16; the product by the root of Σ wᵢ² δᵢ², of which six are
// allowed. The largest is that of its 32 neighbours and, as scales may have steps, a fifteenth of
// that of 256. Fine: the same with 16256 for 127 and the largest of 256 (tiles know bfloat16 only).
#include <algorithm>
#include <limits>

#include "engine/quant/quantize.h"
#include "tests/engine/cpu/fixtures.h"
#include "tests/engine/cpu/kernel_tests.h"
#include "tests/support/check.h"

namespace alcove::test {
namespace {

using engine::Kernels;
using engine::MatrixView;
using engine::Precision;

constexpr double kRounding = 0x1p-24;

struct Product {
    std::vector<float> out;  // m rows, outStride apart
    int64_t outStride = 0;
};

/// Rows of activations prepared in two pieces, outputs computed in pieces of `nStep`.
Product run(const Kernels& kernels, const MatrixView& weights, Precision precision,
            const std::vector<float>& in, int64_t inStride, int64_t m, int64_t nStep) {
    const int64_t k = weights.columns;
    Buffer prepared(kernels.preparedBytes(weights.type, precision, m, k));
    const int64_t half = m / 2;
    if (half > 0)
        kernels.prepare(weights.type, precision, in.data(), inStride, m, k, 0, half,
                        prepared.data());
    kernels.prepare(weights.type, precision, in.data(), inStride, m, k, half, m, prepared.data());
    Buffer scratch(kernels.scratchBytes(weights.type, precision, m, k));
    Product product;
    product.outStride = weights.rows + 3;
    product.out.assign(static_cast<size_t>(m * product.outStride), -1.0f);
    for (int64_t n = 0; n < weights.rows; n += nStep)
        kernels.multiply(weights, precision, prepared.data(), m, n,
                         std::min(n + nStep, weights.rows), product.out.data(), product.outStride,
                         scratch.data());
    return product;
}

/// Six standard deviations of what rounding the activations may do to one output.
double roundingBound(const Kernels& kernels, Precision precision, const float* a, const float* w,
                     int64_t k) {
    const bool fine = precision == Precision::Fine;
    const double largestInteger = fine ? 16256.0 : 127.0;
    const double ofBfloat = fine && kernels.name != "amx" ? 0.0 : 0x1p-9;
    double variance = 0.0;
    const auto largestOf = [&](int64_t i, int64_t count) {
        const int64_t first = i / count * count;
        double largest = 0.0;
        for (int64_t j = first; j < std::min(k, first + count); ++j)
            largest = std::max(largest, std::abs(static_cast<double>(a[j])));
        return largest;
    };
    for (int64_t first = 0; first < k; first += 32) {
        const double of256 = largestOf(first, 256);
        const double largest = fine ? of256 : largestOf(first, 32) + of256 / 15.0;
        for (int64_t i = first; i < std::min(k, first + 32); ++i) {
            const double weight = static_cast<double>(w[i]);
            const double asInteger = largest / largestInteger / std::sqrt(12.0);
            const double asBfloat = std::abs(static_cast<double>(a[i])) * ofBfloat;
            variance += weight * weight * (asInteger * asInteger + 2.0 * asBfloat * asBfloat);
        }
    }
    return 6.0 * std::sqrt(variance);
}

const char* nameOf(Precision precision) {
    if (precision == Precision::Exact) return " exact";
    return precision == Precision::Fine ? " fine" : " fast";
}

/// The noise that products may have beside their signal.
double allowedNoise(const Kernels& kernels, Precision precision, TensorType type) {
    if (precision == Precision::Exact || type == TensorType::F32) return 1e-11;
    return precision == Precision::Fine && kernels.name != "amx" ? 1e-8 : 1e-4;
}

struct Errors {
    double squares = 0.0;
    double signal = 0.0;
    [[nodiscard]] double nmse() const { return signal > 0.0 ? squares / signal : 0.0; }
};

Errors compare(const Kernels& kernels, const MatrixView& weights, Precision precision,
               const std::vector<float>& in, int64_t inStride, int64_t m) {
    const int64_t k = weights.columns;
    const Product want = run(reference(), weights, precision, in, inStride, m, weights.rows);
    const Product got = run(kernels, weights, precision, in, inStride, m, weights.rows);
    std::vector<float> row(static_cast<size_t>(k));
    Errors errors;
    for (int64_t n = 0; n < weights.rows; ++n) {
        engine::dequantize(weights.type, weights.data + n * engine::rowBytes(weights.type, k),
                           row.data(), k);
        const double rowNorm = norm(row.data(), k);
        for (int64_t i = 0; i < m; ++i) {
            const float* a = in.data() + i * inStride;
            const auto at = static_cast<size_t>(i * want.outStride + n);
            const double truth = static_cast<double>(want.out[at]);
            const double error = std::abs(static_cast<double>(got.out[at]) - truth);
            double bound =
                8.0 * kRounding * std::sqrt(static_cast<double>(k + 16)) * rowNorm * norm(a, k);
            if (precision != Precision::Exact && weights.type != TensorType::F32)
                bound += roundingBound(kernels, precision, a, row.data(), k);
            CHECK(error <= bound, kernels.name, ' ', engine::traitsOf(weights.type)->name,
                  nameOf(precision), " m=", m, " n=", n, " of ", weights.rows, " k=", k, " row ", i,
                  ": ", got.out[at], " for ", truth, ", allowed ", bound);
            errors.squares += error * error;
            errors.signal += truth * truth;
        }
    }
    return errors;
}

template <typename Body>
void forEachCase(Body body) {
    for (const Kernels* kernels : fastTables())
        for (const TensorType type : kAllTypes)
            for (const Precision precision : {Precision::Exact, Precision::Fine, Precision::Fast})
                body(*kernels, type, precision);
}

}  // namespace

void productsMatchTheReference() {
    constexpr int64_t kRowCounts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 31, 33, 70};
    constexpr int64_t kBlocks[] = {1, 2, 3, 5, 9};
    forEachCase([&](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 1);
        const int64_t block = engine::traitsOf(type)->blockSize;
        size_t turn = 0;
        for (const int64_t m : kRowCounts) {
            const int64_t n = random.whole(1, 70);
            // A type without blocks gets odd lengths, beyond the depth of a panel as well.
            const int64_t k = block == 1 ? random.whole(1, m % 2 == 0 ? 70 : 600)
                                         : block * kBlocks[turn++ % std::size(kBlocks)];
            const int64_t inStride = k + random.whole(0, 5);
            const RandomMatrix weights(type, n, k, random);
            std::vector<float> in = random.normals(m * inStride);
            compare(kernels, weights.view(), precision, in, inStride, m);
            // A few great values make no others coarse.
            for (size_t i = 0; i < in.size(); i += 200) in[i] *= 300.0f;
            compare(kernels, weights.view(), precision, in, inStride, m);
        }
    });
}

void productsKeepTheirQuality() {
    forEachCase([](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 100);
        constexpr int64_t kColumns = 2048;
        const RandomMatrix weights(type, 40, kColumns, random);
        for (const int64_t m : {1, 3, 24}) {
            const std::vector<float> in = random.normals(m * kColumns);
            const double nmse = compare(kernels, weights.view(), precision, in, kColumns, m).nmse();
            CHECK(nmse <= allowedNoise(kernels, precision, type), kernels.name, ' ',
                  engine::traitsOf(type)->name, nameOf(precision), " m=", m, " nmse ", nmse);
        }
    });
}

/// Zeros, one outlier, and nothing but the greatest: scales of zero and of the largest kind, and
/// sums as large as they become.
void productsOfPeculiarActivations() {
    forEachCase([](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 200);
        const RandomMatrix weights(type, 33, 256, random);
        for (const int64_t m : {1, 2, 9}) {
            std::vector<float> in(static_cast<size_t>(m * 256), 0.0f);
            compare(kernels, weights.view(), precision, in, 256, m);
            for (int64_t i = 0; i < m; ++i)
                in[static_cast<size_t>(i * 256 + 7 * i)] = i % 2 == 0 ? 1e4f : -3e-5f;
            compare(kernels, weights.view(), precision, in, 256, m);
            for (const bool alternating : {false, true}) {
                for (size_t i = 0; i < in.size(); ++i)
                    in[i] = alternating && i % 2 == 1 ? -1e4f : 1e4f;
                compare(kernels, weights.view(), precision, in, 256, m);
            }
        }
    });
}

/// A value that is no number shows in every product of its row, and in no other row.
void productsOfWhatIsNoNumber() {
    static constexpr int64_t n = 33, k = 512;
    forEachCase([](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 600);
        const RandomMatrix weights(type, n, k, random);
        for (const float bad :
             {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()})
            for (const int64_t m : {1, 2, 5, 19}) {
                std::vector<float> in = random.normals(m * k);
                const int64_t row = random.whole(0, m - 1);
                in[static_cast<size_t>(row * k + random.whole(0, k - 1))] = bad;
                const Product product = run(kernels, weights.view(), precision, in, k, m, n);
                for (int64_t i = 0; i < m * n; ++i) {
                    const auto at = static_cast<size_t>(i / n * product.outStride + i % n);
                    CHECK(std::isfinite(product.out[at]) == (i / n != row), kernels.name, ' ',
                          engine::traitsOf(type)->name, nameOf(precision), " m=", m, " row ", i / n,
                          " column ", i % n, ": ", product.out[at], " beside ", bad, " in row ",
                          row);
                }
            }
    });
}

void productsDoNotDependOnTheSplit() {
    forEachCase([](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 300);
        const RandomMatrix weights(type, 101, 512, random);
        for (const int64_t m : {1, 2, 3, 5, 8, 19}) {
            const std::vector<float> in = random.normals(m * 512);
            const Product whole = run(kernels, weights.view(), precision, in, 512, m, 101);
            for (const int64_t step : {32, 64}) {
                const Product parts = run(kernels, weights.view(), precision, in, 512, m, step);
                CHECK(std::memcmp(whole.out.data(), parts.out.data(),
                                  whole.out.size() * sizeof(float)) == 0,
                      kernels.name, ' ', engine::traitsOf(type)->name, " m=", m, " step ", step);
            }
        }
    });
}

/// As many rows as the table promises have the bits that each has alone.
void productsOfIndependentRows() {
    static constexpr int64_t kMost = 20, n = 70, k = 768;
    forEachCase([](const Kernels& kernels, TensorType type, Precision precision) {
        Random random(static_cast<uint32_t>(type) + 500);
        const RandomMatrix weights(type, n, k, random);
        const std::vector<float> in = random.normals(kMost * k);
        const int64_t most = std::min(kMost, kernels.independentRows(type, precision));
        CHECK(most >= 1, kernels.name);
        std::vector<Product> alone;
        for (int64_t i = 0; i < most; ++i) {
            const std::vector<float> row(in.begin() + i * k, in.begin() + (i + 1) * k);
            alone.push_back(run(kernels, weights.view(), precision, row, k, 1, n));
        }
        for (int64_t m = 2; m <= most; ++m) {
            const Product all = run(kernels, weights.view(), precision, in, k, m, n);
            for (int64_t i = 0; i < m; ++i)
                CHECK(std::memcmp(all.out.data() + i * all.outStride,
                                  alone[static_cast<size_t>(i)].out.data(),
                                  static_cast<size_t>(n) * sizeof(float)) == 0,
                      kernels.name, ' ', engine::traitsOf(type)->name, " row ", i, " of ", m);
        }
    });
}

void dequantisationMatchesTheReference() {
    for (const Kernels* kernels : fastTables())
        for (const TensorType type : kAllTypes) {
            Random random(static_cast<uint32_t>(type) + 400);
            const int64_t count = engine::traitsOf(type)->blockSize * 7;
            const RandomMatrix weights(type, 1, count, random);
            std::vector<float> want(static_cast<size_t>(count));
            std::vector<float> got(static_cast<size_t>(count));
            engine::dequantize(type, weights.view().data, want.data(), count);
            kernels->dequantize(type, weights.view().data, got.data(), count);
            const auto largest = static_cast<double>(*std::max_element(want.begin(), want.end()));
            for (size_t i = 0; i < want.size(); ++i)
                CHECK(std::abs(static_cast<double>(want[i]) - static_cast<double>(got[i])) <=
                          8.0 * kRounding * std::abs(largest),
                      kernels->name, ' ', engine::traitsOf(type)->name, " value ", i, ": ", got[i],
                      " for ", want[i]);
        }
}

}  // namespace alcove::test
