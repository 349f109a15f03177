// Speed of the kernels on one thread: products by type and batch, attention, and what a plain loop
// reads from memory. Products with few rows have two lines: their weights come from memory, or, as
// "cached" says, from the caches, which tells what the arithmetic alone bears.
//
//     kernels_bench [table] [part of a line's name]
//
// GFLOP/s count 2·m·n·k; GB/s count the bytes of the weights (or of the cache).
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>

#include "tests/engine/cpu/fixtures.h"

namespace alcove::test {
namespace {

using engine::Kernels;
using engine::Precision;

std::string wanted;

/// Seconds of the processor's time that the fastest of several runs took: other programs may share
/// the machine.
template <typename Work>
double secondsOf(Work work) {
    double best = 1e9;
    double spent = 0.0;
    for (int run = 0; run < 5 || (spent < 0.3 && run < 1000); ++run) {
        const std::clock_t start = std::clock();
        work();
        const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
        best = std::min(best, seconds);
        spent += seconds;
    }
    return best;
}

bool skipped(const std::string& name) { return name.find(wanted) == std::string::npos; }

void benchRead() {
    if (skipped("read")) return;
    const std::vector<uint64_t> words(size_t{1} << 25, 1);
    uint64_t total = 0;
    const double seconds = secondsOf([&] {
        uint64_t sums[8] = {};
        for (size_t i = 0; i < words.size(); i += 8)
            for (size_t j = 0; j < 8; ++j) sums[j] += words[i + j];
        for (const uint64_t sum : sums) total += sum;
    });
    std::printf("%-34s %8.1f GB/s\n", total != 0 ? "read" : "",
                static_cast<double>(words.size() * 8) / seconds * 1e-9);
}

constexpr int64_t kUncached = 32768;  // rows of weights: more than the caches hold
constexpr int64_t kCached = 64;

void benchProduct(const Kernels& kernels, TensorType type, Precision precision, int64_t m,
                  int64_t n) {
    const int64_t k = 2048;
    const std::string name = std::string(engine::traitsOf(type)->name) +
                             (precision == Precision::Fast   ? " fast"
                              : precision == Precision::Fine ? " fine"
                                                             : " exact") +
                             " m=" + std::to_string(m) + (n == kCached ? " cached" : "");
    if (skipped(name)) return;
    Random random(1);
    const RandomMatrix weights(type, n, k, random);
    const std::vector<float> in = random.normals(m * k);
    Buffer prepared(kernels.preparedBytes(type, precision, m, k));
    Buffer scratch(kernels.scratchBytes(type, precision, m, k));
    std::vector<float> out(static_cast<size_t>(m * n));
    const double preparing = secondsOf(
        [&] { kernels.prepare(type, precision, in.data(), k, m, k, 0, m, prepared.data()); });
    const int64_t rounds = n == kCached ? kUncached / n : 1;  // one is over before a clock ticks
    const double seconds = secondsOf([&] {
                               for (int64_t i = 0; i < rounds; ++i)
                                   kernels.multiply(weights.view(), precision, prepared.data(), m,
                                                    0, n, out.data(), n, scratch.data());
                           }) /
                           static_cast<double>(rounds);
    const double bytes = static_cast<double>(engine::rowBytes(type, k) * n);
    std::printf("%-34s %8.1f GB/s %8.1f GFLOP/s, prepared in %.1f us\n", name.c_str(),
                bytes / seconds * 1e-9, 2e-9 * static_cast<double>(m * n * k) / seconds,
                preparing * 1e6);
    std::fflush(stdout);
}

void benchAttention(const Kernels& kernels, engine::CacheType cache, int64_t rows, int64_t group,
                    int64_t dim) {
    constexpr const char* kCacheNames[] = {"F32", "F16", "Q8_0"};
    const int64_t keys = 4096;
    const std::string name = std::string("attention ") + kCacheNames[static_cast<int>(cache)] +
                             " rows=" + std::to_string(rows) + " group=" + std::to_string(group) +
                             " dim=" + std::to_string(dim);
    if (skipped(name)) return;
    Random random(2);
    const size_t rowSize = engine::cacheRowBytes(cache, dim);
    Buffer cached(rowSize * static_cast<size_t>(keys) * 2);
    for (int64_t i = 0; i < 2 * keys; ++i)
        kernels.storeCacheRow(cache, random.normals(dim).data(),
                              cached.data() + static_cast<size_t>(i) * rowSize, dim);
    const std::vector<float> queries = random.normals(rows * group * dim);
    std::vector<float> out(queries.size());
    engine::AttentionArgs args;
    args.queries = queries.data();
    args.out = out.data();
    args.queryRowStride = args.outRowStride = group * dim;
    args.rows = rows;
    args.group = group;
    args.keyDim = args.valueDim = dim;
    args.cache = cache;
    args.scale = 0.1f;
    args.firstPosition = keys - rows;
    args.segments[0] = {cached.data(), cached.data() + rowSize * static_cast<size_t>(keys), keys,
                        0};
    Buffer scratch(kernels.attentionScratchBytes(args));
    const double seconds = secondsOf([&] { kernels.attention(args, scratch.data()); });
    std::printf("%-34s %8.1f GB/s %8.1f GFLOP/s\n", name.c_str(),
                static_cast<double>(cached.size()) / seconds * 1e-9,
                4e-9 * static_cast<double>(rows * group * keys * dim) / seconds);
    std::fflush(stdout);
}

int runAll(int argc, char** argv) {
    const auto chosen = engine::selectKernels(argc > 1 ? argv[1] : "");
    if (!chosen) {
        std::fprintf(stderr, "%s\n", chosen.message().c_str());
        return 1;
    }
    const Kernels& kernels = **chosen;
    if (argc > 2) wanted = argv[2];
    std::printf("table %s\n", std::string(kernels.name).c_str());
    benchRead();
    for (const TensorType type : kAllTypes)
        for (const Precision precision : {Precision::Fast, Precision::Fine, Precision::Exact})
            for (const int64_t m : {1, 2, 4, 8, 256}) {
                const bool few = m <= 4;
                benchProduct(kernels, type, precision, m, few ? kUncached : 512);
                if (few) benchProduct(kernels, type, precision, m, kCached);
            }
    using engine::CacheType;
    for (const CacheType cache : {CacheType::F32, CacheType::F16, CacheType::Q8_0})
        for (const int64_t rows : {1, 512})
            for (const int64_t group : {1, 3, 4}) {
                benchAttention(kernels, cache, rows, group, 64);
                benchAttention(kernels, cache, rows, group, 128);
            }
    return 0;
}

}  // namespace
}  // namespace alcove::test

int main(int argc, char** argv) { return alcove::test::runAll(argc, argv); }
