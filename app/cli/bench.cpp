// alcove-cli bench: tokens a second, of a prompt and of an answer, beside what the memory gives.
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>

#include "app/cli/bandwidth.h"
#include "app/cli/command.h"
#include "app/cli/measure.h"
#include "app/cli/setup.h"

namespace alcove::app {
using namespace engine;

namespace {

struct BenchOptions {
    ModelOptions model;
    MeasureOptions measure;
    std::string device = "cpu";
    std::string forText;        // an option given that only a model which makes text reads
    std::string forEmbeddings;  // the same for embeddings
    bool quote = false, json = false;
};

double rounded(double value) { return std::round(value * 1000.0) / 1000.0; }

struct Report {
    const BenchOptions& options;
    const LoadedModel& loaded;
    Figures figures;
    std::optional<double> bandwidth;  // GB/s that a plain loop reads; beside decoding alone
    std::vector<Continuation> continuations;

    [[nodiscard]] double decodeBandwidth() const {
        return figures.bytesAToken * figures.decode / 1e9;
    }
    [[nodiscard]] nlohmann::ordered_json json() const;
    void print(std::ostream& out) const;
};

nlohmann::ordered_json Report::json() const {
    const ModelInfo& info = loaded.model->info();
    const MeasureOptions& o = options.measure;
    nlohmann::ordered_json line = {{"peer", "alcove"},
                                   {"threads", loaded.runtime->pool().size()},
                                   {"device", options.device},
                                   {"kernels", loaded.runtime->kernels().name},
                                   {"model", info.name},
                                   {"model_bytes", info.fileBytes},
                                   {"prompt", o.prompt},
                                   {"prefill_tps", rounded(figures.prefill)},
                                   {"depth", o.depth},
                                   {"decode", info.causal ? o.decode : 0},
                                   {"decode_tps", rounded(figures.decode)}};
    if (info.causal) {
        line["first_token_s"] = rounded(figures.firstToken);
        line["cache"] = options.model.cache;
        line["cache_bytes"] = figures.cacheBytes;
        line["decode_gbps"] = rounded(decodeBandwidth());
    } else {
        line["texts"] = o.texts;
    }
    line["read_gbps"] = bandwidth ? nlohmann::ordered_json(rounded(*bandwidth)) : nullptr;
    for (const Continuation& c : continuations)
        line[c.name] = {{"tokens", c.tokens},
                        {"tps", rounded(c.ahead)},
                        {"plain_tps", rounded(c.plain)},
                        {"drafted", c.drafted},
                        {"accepted", c.accepted}};
    return line;
}

void Report::print(std::ostream& out) const {
    const ModelInfo& info = loaded.model->info();
    const MeasureOptions& o = options.measure;
    out << info.name << ", " << info.architecture << ", " << info.quantisation << ", "
        << info.fileBytes / 1000000 << " MB\n"
        << options.device << ", kernels " << loaded.runtime->kernels().name << ", "
        << loaded.runtime->pool().size() << " threads";
    if (bandwidth) out << ", memory read at " << rounded(*bandwidth) << " GB/s";
    out << '\n';
    if (info.causal) out << "first token after " << rounded(figures.firstToken) << " s\n";
    if (!info.causal) out << o.texts << " texts, each a ";
    if (o.prompt > 0)
        out << "prompt of " << o.prompt << ": " << rounded(figures.prefill) << " tokens/s\n";
    if (o.decode > 0 && info.causal)
        out << o.decode << " tokens after " << o.depth << ": " << rounded(figures.decode)
            << " tokens/s, reading " << rounded(decodeBandwidth()) << " GB/s\n";
    for (const Continuation& c : continuations)
        out << (c.name == "quote" ? "repeating its prompt: " : "telling something else: ")
            << rounded(c.ahead) << " tokens/s, " << rounded(c.plain) << " without computing ahead; "
            << c.drafted << " drafted, " << c.accepted << " accepted of " << c.tokens << '\n';
}

Result<ExitCode> bench(const BenchOptions& o, const Options& options, Streams& streams) {
    const auto start = std::chrono::steady_clock::now();
    ALCOVE_TRY(const LoadedModel loaded, loadModel(o.model));
    const std::chrono::duration<double> loading = std::chrono::steady_clock::now() - start;
    const ModelInfo& info = loaded.model->info();
    const std::string& misplaced = info.causal ? o.forEmbeddings : o.forText;
    if (!misplaced.empty())
        return fail(misplaced, " is for models that make ", info.causal ? "embeddings" : "text",
                    "; ", info.name, " (", info.architecture, ") makes ",
                    info.causal ? "text" : "embeddings");
    if (!info.causal && o.measure.prompt == 0)
        return options.usageError(
            "--prompt 0 leaves nothing to measure of a model that makes embeddings", streams);
    if (!info.causal && o.measure.prompt > info.contextLength)
        return fail(info.name, " (", info.architecture, ") takes texts of ", info.contextLength,
                    " tokens at most: use -p ", info.contextLength);
    Report report{o, loaded, {}, {}, {}};
    ALCOVE_TRY(report.figures, info.causal ? measureSession(loaded, o.model, o.measure)
                                           : measureEmbedder(loaded, o.model, o.measure));
    report.figures.firstToken += loading.count();
    if (o.quote) {
        ALCOVE_TRY(report.continuations, measureQuoting(loaded, o.model, o.measure));
    }
    // It takes memory of its own, which must not look like a model's.
    if (info.causal && o.measure.decode > 0)
        report.bandwidth = readBandwidth(loaded.runtime->pool());
    if (o.json)
        streams.out << report.json().dump(-1, ' ', false,
                                          nlohmann::ordered_json::error_handler_t::replace)
                    << '\n';
    else
        report.print(streams.out);
    return kSuccess;
}

}  // namespace

ExitCode runBench(Words words, Streams& streams) {
    BenchOptions o;
    MeasureOptions& m = o.measure;
    Options options(
        "bench -m MODEL [-p 512] [-n 64] [-d 0] [-t 2] [-r 3] [--quote] [--json]",
        "Prints the medians of tokens a second: of a prompt, and of tokens computed one "
        "by one after it.");
    addModelOptions(options, o.model);
    constexpr int64_t kMost = int64_t{1} << 24;
    options.integer("-p, --prompt", "N", "tokens of the prompt (512)", m.prompt, 0, kMost);
    options.integer("-n, --decode", "N", "tokens computed one by one (64)", m.decode, 0, kMost);
    options.integer("-d, --depth", "N", "tokens in the context before them (0)", m.depth, 0, kMost);
    options.integer("--texts", "N", "texts at once, for a model that makes embeddings (8)", m.texts,
                    1, 1 << 16);
    options.integer("-r, --repeat", "N", "runs that count (3)", m.repeat, 1, 1000);
    options.flag("--quote", "also how fast a passage of the prompt is repeated", o.quote);
    options.choice("--device", "what computes (cpu)", {"cpu"}, o.device);
    addSessionOptions(options, o.model);
    options.flag("--json", "one object, for scripts", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (m.prompt == 0 && m.decode == 0)
        return options.usageError("--prompt 0 and --decode 0 leave nothing to measure", streams);
    o.forText = firstGiven(options, {"--cache", "--ctx", "--lora", "--quote"});
    if (options.given("--decode") && m.decode > 0) o.forText = "--decode";
    if (options.given("--depth") && m.depth > 0) o.forText = "--depth";
    if (options.given("--texts")) o.forEmbeddings = "--texts";
    const Result<ExitCode> code = bench(o, options, streams);
    return code ? *code : report(code.error(), streams);
}

}  // namespace alcove::app
