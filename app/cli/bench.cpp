// alcove-cli bench: tokens a second, of a prompt and of an answer. Random tokens, so that a file
// without a vocabulary will do.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <random>

#include "app/cli/bandwidth.h"
#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "engine/model/embedder.h"

namespace alcove::app {
using namespace engine;

namespace {

struct BenchOptions {
    ModelOptions model;
    int64_t prompt = 512, decode = 64, depth = 0, repeat = 3;
    std::string device = "cpu";
    std::string forText;  // an option given that only a model which makes text reads
    bool json = false;
};

struct Figures {
    double prefill = 0.0, decode = 0.0;  // tokens a second, medians
};

class RandomTokens {
public:
    explicit RandomTokens(int64_t vocabulary) : m_vocabulary(static_cast<uint64_t>(vocabulary)) {}
    std::vector<Token> operator()(int64_t count) {
        std::vector<Token> tokens(static_cast<size_t>(count));
        for (Token& token : tokens) token = static_cast<Token>(m_random() % m_vocabulary);
        return tokens;
    }

private:
    uint64_t m_vocabulary;
    std::mt19937_64 m_random{1};
};

double median(std::vector<double> values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Tokens a second of work(), which handles `tokens` of them.
Result<double> timed(int64_t tokens, const std::function<Result<void>()>& work) {
    const auto start = std::chrono::steady_clock::now();
    ALCOVE_CHECK(work());
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    return static_cast<double>(tokens) / seconds.count();
}

Result<Figures> measureSession(const LoadedModel& loaded, const BenchOptions& o) {
    const int64_t context = std::max(o.prompt, o.depth + o.decode) + 64;
    ALCOVE_TRY(const auto session, openSession(loaded, o.model, context));
    RandomTokens random(loaded.model->info().vocabulary);
    std::vector<double> prefill, decode;
    for (int64_t run = 0; run <= o.repeat; ++run) {  // the first warms up and does not count
        double prefillRate = 0.0, decodeRate = 0.0;
        if (o.prompt > 0) {
            session->truncate(0);
            const std::vector<Token> tokens = random(o.prompt);
            ALCOVE_TRY(prefillRate, timed(o.prompt, [&] { return session->feed(tokens); }));
        }
        if (o.decode > 0) {
            session->truncate(0);
            if (o.depth > 0) ALCOVE_CHECK(session->feed(random(o.depth)));
            const std::vector<Token> tokens = random(o.decode);
            ALCOVE_TRY(decodeRate, timed(o.decode, [&]() -> Result<void> {
                           for (const Token& token : tokens)
                               ALCOVE_CHECK(session->feed(std::span(&token, 1)));
                           return {};
                       }));
        }
        if (run == 0) continue;
        prefill.push_back(prefillRate);
        decode.push_back(decodeRate);
    }
    return Figures{median(prefill), median(decode)};
}

/// An encoder has no decoding; its prompt is a text to embed.
Result<Figures> measureEmbedder(const LoadedModel& loaded, const BenchOptions& o) {
    EmbedderOptions settings;
    if (o.model.exact) settings.precision = Precision::Exact;
    ALCOVE_TRY(const auto embedder, Embedder::create(loaded.model, *loaded.runtime, settings));
    RandomTokens random(loaded.model->info().vocabulary);
    std::vector<double> prefill;
    for (int64_t run = 0; run <= o.repeat && o.prompt > 0; ++run) {
        const std::vector<Token> tokens = random(o.prompt);
        ALCOVE_TRY(const double rate, timed(o.prompt, [&]() -> Result<void> {
                       ALCOVE_CHECK(embedder->embedTokens(std::span(&tokens, 1)));
                       return {};
                   }));
        if (run > 0) prefill.push_back(rate);
    }
    return Figures{median(prefill), 0.0};
}

double rounded(double value) { return std::round(value * 100.0) / 100.0; }

Result<void> bench(BenchOptions o, Streams& streams) {
    ALCOVE_TRY(const LoadedModel loaded, loadModel(o.model));
    const ModelInfo& info = loaded.model->info();
    if (!info.causal) {
        if (!o.forText.empty())
            return fail(o.forText, " is for models that make text; ", info.name, " (",
                        info.architecture, ") makes embeddings");
        o.decode = o.depth = 0;
    }
    ALCOVE_TRY(const Figures figures,
               info.causal ? measureSession(loaded, o) : measureEmbedder(loaded, o));
    const int threads = loaded.runtime->pool().size();
    const double bandwidth = readBandwidth(loaded.runtime->pool());
    if (o.json) {
        const nlohmann::ordered_json line = {{"peer", "alcove"},
                                             {"threads", threads},
                                             {"prompt", o.prompt},
                                             {"prefill_tps", rounded(figures.prefill)},
                                             {"depth", o.depth},
                                             {"decode", o.decode},
                                             {"decode_tps", rounded(figures.decode)},
                                             {"device", o.device},
                                             {"kernels", loaded.runtime->kernels().name},
                                             {"read_gbps", rounded(bandwidth)},
                                             {"model", info.name},
                                             {"model_bytes", info.fileBytes}};
        streams.out << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
        return {};
    }
    streams.out << info.name << ", " << info.architecture << ", " << info.quantisation << ", "
                << info.fileBytes / 1000000 << " MB\n"
                << o.device << ", kernels " << loaded.runtime->kernels().name << ", " << threads
                << " threads, memory read at " << rounded(bandwidth) << " GB/s\n";
    if (o.prompt > 0)
        streams.out << "prompt of " << o.prompt << ": " << rounded(figures.prefill)
                    << " tokens/s\n";
    if (o.decode > 0)
        streams.out << o.decode << " tokens after " << o.depth << ": " << rounded(figures.decode)
                    << " tokens/s\n";
    return {};
}

}  // namespace

ExitCode runBench(Words words, Streams& streams) {
    BenchOptions o;
    Options options(
        "bench -m MODEL [-p 512] [-n 64] [-d 0] [-t 2] [-r 3] [--json]",
        "Prints the medians of tokens a second: of a prompt, and of tokens computed one "
        "by one after it.");
    addModelOptions(options, o.model);
    constexpr int64_t kMost = int64_t{1} << 24;
    options.integer("-p, --prompt", "N", "tokens of the prompt (512)", o.prompt, 0, kMost);
    options.integer("-n, --decode", "N", "tokens computed one by one (64)", o.decode, 0, kMost);
    options.integer("-d, --depth", "N", "tokens in the context before them (0)", o.depth, 0, kMost);
    options.integer("-r, --repeat", "N", "runs that count (3)", o.repeat, 1, 1000);
    options.choice("--device", "what computes (cpu)", {"cpu"}, o.device);
    addSessionOptions(options, o.model);
    options.flag("--json", "one object, for scripts", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.prompt == 0 && o.decode == 0)
        return options.usageError("--prompt 0 and --decode 0 leave nothing to measure", streams);
    o.forText = firstGiven(options, {"--cache", "--ctx", "--lora"});
    if (options.given("--decode") && o.decode > 0) o.forText = "--decode";
    if (options.given("--depth") && o.depth > 0) o.forText = "--depth";
    return finish(bench(o, streams), streams);
}

}  // namespace alcove::app
