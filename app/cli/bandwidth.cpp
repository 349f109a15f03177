#include "app/cli/bandwidth.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

namespace alcove::app {

double readBandwidth(ThreadPool& pool) {
    constexpr int64_t kWords = int64_t{32} << 20;  // 256 MiB
    constexpr int64_t kGrain = int64_t{1} << 17;
    std::vector<uint64_t> memory(static_cast<size_t>(kWords), 1);
    std::atomic<uint64_t> total{0};  // used, so that the reading is not optimised away
    double best = 0.0;
    for (int pass = 0; pass < 4; ++pass) {
        const auto start = std::chrono::steady_clock::now();
        pool.forEach(kWords, kGrain, [&](int64_t begin, int64_t end) {
            uint64_t lanes[16] = {};
            for (int64_t i = begin; i < end; i += 16)
                for (int64_t j = 0; j < 16; ++j) lanes[j] += memory[static_cast<size_t>(i + j)];
            uint64_t sum = 0;
            for (const uint64_t lane : lanes) sum += lane;
            total += sum;
        });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, kWords * 8 / seconds.count() / 1e9);
    }
    return total == 4 * kWords ? best : 0.0;
}

}  // namespace alcove::app
