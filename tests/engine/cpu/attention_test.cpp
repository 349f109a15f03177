// Attention of every table against the reference on random shapes, windows and caches.
//
// An output is a mean of values with weights from a softmax. An error ε of the scores shifts the
// weights by at most 2ε relative to themselves, so the mean by 2ε times the largest value; a score
// of norms q and k, d products long, is off by about √d · 2⁻²⁴ · ‖q‖·‖k‖·scale.
#include <algorithm>
#include <limits>

#include "tests/engine/cpu/fixtures.h"
#include "tests/engine/cpu/kernel_tests.h"
#include "tests/support/check.h"

namespace alcove::test {
namespace {

using engine::AttentionArgs;
using engine::CacheType;
using engine::Kernels;
using engine::WindowKind;

constexpr double kRounding = 0x1p-24;
constexpr CacheType kCaches[] = {CacheType::F32, CacheType::F16, CacheType::Q8_0};

struct Rows {
    Rows(CacheType cache, int64_t count, int64_t dim, Random& random)
        : bytes(engine::cacheRowBytes(cache, dim) * static_cast<size_t>(count)) {
        for (int64_t i = 0; i < count; ++i) {
            const std::vector<float> row = random.normals(dim);
            largestNorm = std::max(largestNorm, norm(row.data(), dim));
            for (const float value : row)
                largest = std::max(largest, std::abs(static_cast<double>(value)));
            reference().storeCacheRow(
                cache, row.data(),
                bytes.data() + engine::cacheRowBytes(cache, dim) * static_cast<size_t>(i), dim);
        }
    }
    Buffer bytes;
    double largestNorm = 0.0;
    double largest = 0.0;
};

/// A call with its memory.
struct Case {
    Case(const AttentionArgs& shape, int64_t firstCount, int64_t secondCount, int64_t gap,
         Random& random)
        : args(shape),
          keys{Rows(shape.cache, firstCount, shape.keyDim, random),
               Rows(shape.cache, secondCount, shape.keyDim, random)},
          values{Rows(shape.cache, firstCount, shape.valueDim, random),
                 Rows(shape.cache, secondCount, shape.valueDim, random)} {
        args.queryRowStride = args.group * args.keyDim + 5;
        args.outRowStride = args.group * args.valueDim + 2;
        queries = random.normals(args.rows * args.queryRowStride);
        for (int64_t i = 0; i < args.group; ++i) slopes.push_back(random.uniform(0.0f, 0.5f));
        args.queries = queries.data();
        const int64_t start = random.whole(0, 5);
        args.segments[0] = {keys[0].bytes.data(), values[0].bytes.data(), firstCount, start};
        args.segments[1] = {keys[1].bytes.data(), values[1].bytes.data(), secondCount,
                            start + firstCount + gap};
    }

    std::vector<float> run(const Kernels& kernels) const {
        AttentionArgs call = args;
        std::vector<float> out(static_cast<size_t>(args.rows * args.outRowStride), -7.0f);
        call.out = out.data();
        Buffer scratch(kernels.attentionScratchBytes(call));
        kernels.attention(call, scratch.data());
        return out;
    }

    [[nodiscard]] double bound() const {
        double queryNorm = 0.0;
        for (int64_t row = 0; row < args.rows; ++row)
            for (int64_t head = 0; head < args.group; ++head)
                queryNorm = std::max(
                    queryNorm, norm(args.queries + row * args.queryRowStride + head * args.keyDim,
                                    args.keyDim));
        const double keyNorm = std::max(keys[0].largestNorm, keys[1].largestNorm);
        const double value = std::max(values[0].largest, values[1].largest);
        const double dims = std::sqrt(static_cast<double>(args.keyDim));
        const double scores = dims * queryNorm * keyNorm * static_cast<double>(args.scale);
        return 8.0 * kRounding * (16.0 + scores) * value;
    }

    void compare(const Kernels& kernels) const {
        const std::vector<float> want = run(reference());
        const std::vector<float> got = run(kernels);
        const double allowed = bound();
        for (size_t i = 0; i < want.size(); ++i)
            CHECK(std::abs(static_cast<double>(want[i]) - static_cast<double>(got[i])) <= allowed,
                  kernels.name, " cache ", static_cast<int>(args.cache), " dims ", args.keyDim, '/',
                  args.valueDim, " rows ", args.rows, " group ", args.group, " keys ",
                  args.segments[0].count, '+', args.segments[1].count, " window ",
                  static_cast<int>(args.windowKind), " of ", args.window, " at ", i, ": ", got[i],
                  " for ", want[i]);
    }

    AttentionArgs args;
    Rows keys[2];
    Rows values[2];
    std::vector<float> queries;
    std::vector<float> slopes;
};

AttentionArgs shapeOf(CacheType cache, int64_t rows, int64_t group, int64_t keyDim,
                      int64_t valueDim) {
    AttentionArgs args;
    args.cache = cache;
    args.rows = rows;
    args.group = group;
    args.keyDim = keyDim;
    args.valueDim = valueDim;
    args.scale = 1.0f / std::sqrt(static_cast<float>(keyDim));
    return args;
}

}  // namespace

void cacheRowsMatchTheReference() {
    for (const Kernels* kernels : fastTables())
        for (const CacheType cache : kCaches) {
            Random random(21);
            for (const int64_t dim : {1, 7, 16, 32, 33, 40, 64, 80, 96, 128, 256}) {
                std::vector<float> in = random.normals(dim);
                in[0] = 0.0f;
                const size_t bytes = engine::cacheRowBytes(cache, dim);
                Buffer want(bytes);
                Buffer got(bytes);
                reference().storeCacheRow(cache, in.data(), want.data(), dim);
                kernels->storeCacheRow(cache, in.data(), got.data(), dim);
                CHECK(std::memcmp(want.data(), got.data(), bytes) == 0, kernels->name, " cache ",
                      static_cast<int>(cache), " dim ", dim);
            }
        }
}

/// A value that is no number shows again when the row is read.
void cacheRowsKeepWhatIsNoNumber() {
    static constexpr int64_t dim = 96;
    std::vector<const Kernels*> tables = fastTables();
    tables.push_back(&reference());
    for (const Kernels* kernels : tables)
        for (const CacheType cache : kCaches)
            for (const float bad : {std::numeric_limits<float>::quiet_NaN(),
                                    std::numeric_limits<float>::infinity()}) {
                Random random(22);
                AttentionArgs shape = shapeOf(cache, 1, 1, dim, dim);
                shape.causal = false;
                Case attention(shape, 3, 0, 0, random);
                std::vector<float> in = random.normals(dim);
                in[static_cast<size_t>(random.whole(0, dim - 1))] = bad;
                kernels->storeCacheRow(
                    cache, in.data(),
                    attention.values[0].bytes.data() + engine::cacheRowBytes(cache, dim), dim);
                const std::vector<float> out = attention.run(*kernels);
                const bool shows =
                    std::any_of(out.begin(), out.end(), [](float x) { return !std::isfinite(x); });
                CHECK(shows, kernels->name, " cache ", static_cast<int>(cache), ": ", bad);
            }
}

void attentionMatchesTheReference() {
    constexpr int64_t kDims[] = {16, 32, 40, 64, 80, 96, 128, 256, 13};
    constexpr int64_t kRows[] = {1, 1, 2, 3, 5, 17, 40, 130};
    constexpr WindowKind kWindows[] = {WindowKind::None, WindowKind::Sliding, WindowKind::Chunked,
                                       WindowKind::Symmetric};
    constexpr int kRounds = 144;
    for (const Kernels* kernels : fastTables())
        for (const CacheType cache : kCaches) {
            Random random(31);
            for (int round = 0; round < kRounds; ++round) {
                const int64_t keyDim = kDims[round % std::size(kDims)];
                const int64_t valueDim =
                    round % 5 == 0 ? kDims[random.whole(0, std::size(kDims) - 1)] : keyDim;
                const int64_t rows = kRows[random.whole(0, std::size(kRows) - 1)];
                AttentionArgs shape = shapeOf(cache, rows, random.whole(1, 9), keyDim, valueDim);
                shape.windowKind = kWindows[round % std::size(kWindows)];
                shape.window = random.whole(1, 90);
                shape.causal = random.whole(0, 3) != 0;
                shape.softcap = random.whole(0, 3) == 0 ? 1.5f : 0.0f;
                const int64_t first = random.whole(1, 150);
                const int64_t second = random.whole(0, 2) == 0 ? 0 : random.whole(1, 150);
                // The queries mostly stand at the end of the keys, sometimes anywhere.
                const int64_t keys = first + second;
                shape.firstPosition = random.whole(0, 3) == 0 ? random.whole(0, keys)
                                                              : std::max<int64_t>(0, keys - rows);
                Case attention(shape, first, second, random.whole(0, 1) * random.whole(0, 40),
                               random);
                if (random.whole(0, 3) == 0) attention.args.alibiSlopes = attention.slopes.data();
                attention.compare(*kernels);
            }
        }
}

void attentionOfHiddenRowsIsZero() {
    for (const Kernels* kernels : fastTables())
        for (const CacheType cache : kCaches) {
            Random random(41);
            AttentionArgs shape = shapeOf(cache, 30, 3, 64, 64);
            shape.firstPosition = 0;  // the first rows stand before all keys, or out of the window
            Case attention(shape, 10, 3, 12, random);
            attention.args.segments[0].firstPosition = 4;
            attention.args.segments[1].firstPosition = 27;
            attention.compare(*kernels);
            CHECK(attention.run(*kernels)[0] == 0.0f, kernels->name);
            attention.args.windowKind = WindowKind::Sliding;
            attention.args.window = 4;
            attention.compare(*kernels);
            attention.args.segments[0].count = 0;
            attention.args.segments[1].count = 0;
            attention.compare(*kernels);
        }
}

/// Tokens may be handed over in any pieces: a row that is computed with panels of its block's keys
/// gives what it gives in another block, within rounding.
void attentionDoesNotDependOnTheSplit() {
    for (const Kernels* kernels : fastTables()) {
        Random random(51);
        const Case attention(shapeOf(CacheType::F16, 50, 2, 64, 64), 50, 0, 0, random);
        const std::vector<float> whole = attention.run(*kernels);
        std::vector<float> again = attention.run(*kernels);
        CHECK(whole == again, kernels->name, " is not deterministic");
        for (int64_t row = 0; row < 50; ++row) {
            AttentionArgs call = attention.args;
            call.rows = 1;
            call.firstPosition += row;
            call.queries += row * call.queryRowStride;
            call.out = again.data() + row * call.outRowStride;
            Buffer scratch(kernels->attentionScratchBytes(call));
            kernels->attention(call, scratch.data());
        }
        for (size_t i = 0; i < whole.size(); ++i)
            CHECK(std::abs(static_cast<double>(whole[i] - again[i])) <= attention.bound(),
                  kernels->name, " at ", i);
    }
}

/// As many rows as the table promises have the bits that each has alone, with the keys that it sees
/// alone: those of later rows are not there yet.
void attentionOfIndependentRows() {
    for (const Kernels* kernels : fastTables())
        for (const CacheType cache : kCaches)
            for (const int64_t group : {1, 3, 4})
                for (const int64_t held : {1, 40, 63, 64, 150}) {
                    const int64_t rows =
                        std::clamp<int64_t>(kernels->independentPairs / group, 1, 20);
                    Random random(static_cast<uint32_t>(held));
                    AttentionArgs shape = shapeOf(cache, rows, group, 64, 40);
                    Case whole(shape, held + rows - 1, 0, 0, random);
                    whole.args.firstPosition = whole.args.segments[0].firstPosition + held - 1;
                    const std::vector<float> want = whole.run(*kernels);
                    for (int64_t row = 0; row < rows; ++row) {
                        AttentionArgs one = whole.args;
                        one.rows = 1;
                        one.firstPosition += row;
                        one.queries += row * one.queryRowStride;
                        one.segments[0].count = held + row;
                        std::vector<float> got(static_cast<size_t>(one.outRowStride));
                        one.out = got.data();
                        Buffer scratch(kernels->attentionScratchBytes(one));
                        kernels->attention(one, scratch.data());
                        CHECK(std::memcmp(
                                  want.data() + row * one.outRowStride, got.data(),
                                  static_cast<size_t>(group * one.valueDim) * sizeof(float)) == 0,
                              kernels->name, " cache ", static_cast<int>(cache), " group ", group,
                              " keys ", held, " row ", row, " of ", rows);
                    }
                }
}

}  // namespace alcove::test
