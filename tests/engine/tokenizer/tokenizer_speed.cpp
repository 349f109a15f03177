// tokenizer_speed VOCABULARY.gguf TEXT…: how long loading takes, and megabytes of each file that
// are encoded in a second. Processor time, so that a busy machine tells the same.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>

#include "engine/tokenizer/tokenizer.h"

namespace {

double secondsSince(std::clock_t start) {
    return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace alcove::engine;
    if (argc < 2) return 2;
    const auto file = GgufFile::open(argv[1]);
    if (!file) return std::fprintf(stderr, "%s\n", file.message().c_str()), 1;
    const auto loading = std::clock();
    const auto tokenizer = Tokenizer::load(*file);
    if (!tokenizer) return std::fprintf(stderr, "%s\n", tokenizer.message().c_str()), 1;
    std::printf("load %.1f ms\n", 1e3 * secondsSince(loading));
    for (int i = 2; i < argc; ++i) {
        std::ifstream in(argv[i], std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        double best = 1e9;
        size_t tokens = 0;
        for (int round = 0; round < 5; ++round) {
            const auto start = std::clock();
            tokens = (*tokenizer)->encode(text).size();
            best = std::min(best, secondsSince(start));
        }
        std::printf("%s: %zu bytes, %zu tokens, %.1f MB/s\n", argv[i], text.size(), tokens,
                    static_cast<double>(text.size()) / 1e6 / best);
    }
    return 0;
}
