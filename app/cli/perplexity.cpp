// alcove-cli perplexity: exp of the mean negative log-probability a model gives a text's tokens.
//
// The text is cut into windows that do not overlap, the last incomplete one left out; each is
// computed alone, beginning with BOS where the model wants one. Counted are the tokens of the
// second half of each window, which have at least half a window before them: as llama.cpp's tool
// counts, so that the figures compare. The figure of all tokens is given beside it.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"

namespace alcove::app {
using namespace engine;

namespace {

struct PerplexityOptions {
    ModelOptions model;
    std::string file;
    int64_t window = 512;
    bool json = false;
};

/// Sums of the negative log-probabilities and of their squares.
struct Losses {
    double sum = 0.0, squares = 0.0;
    int64_t count = 0;

    void add(double loss) {
        sum += loss;
        squares += loss * loss;
        ++count;
    }
    [[nodiscard]] double mean() const { return sum / static_cast<double>(count); }
    [[nodiscard]] double perplexity() const { return std::exp(mean()); }
    /// One standard error of the perplexity, as if the tokens were independent.
    [[nodiscard]] double error() const {
        if (count < 2) return 0.0;
        const auto n = static_cast<double>(count);
        const double variance = std::max(0.0, squares / n - mean() * mean());
        return std::sqrt(variance / (n - 1.0)) * perplexity();
    }
};

double lossOf(std::span<const float> logits, Token next) {
    const auto greatest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    double total = 0.0;
    for (const float logit : logits) total += std::exp(static_cast<double>(logit) - greatest);
    return greatest + std::log(total) - static_cast<double>(logits[static_cast<size_t>(next)]);
}

Result<void> addWindow(Session& session, std::span<const Token> tokens, Losses& all,
                       Losses& second) {
    session.truncate(0);
    constexpr size_t kPiece = 64;  // rows of logits in memory at once
    const auto vocabulary = static_cast<size_t>(session.model().info().vocabulary);
    for (size_t begin = 0; begin + 1 < tokens.size(); begin += kPiece) {
        const size_t count = std::min(kPiece, tokens.size() - 1 - begin);
        ALCOVE_CHECK(session.feed(tokens.subspan(begin, count), Logits::All));
        for (size_t i = 0; i < count; ++i) {
            const double loss =
                lossOf(session.logits().subspan(i * vocabulary, vocabulary), tokens[begin + i + 1]);
            all.add(loss);
            if (begin + i >= tokens.size() / 2) second.add(loss);
        }
    }
    return {};
}

Result<void> perplexity(const PerplexityOptions& o, Streams& streams) {
    ALCOVE_TRY(const LoadedModel loaded, loadModel(o.model));
    const Tokenizer* tokenizer = loaded.model->tokenizer();
    if (!tokenizer) return fail(loaded.model->file().name(), ": it has no vocabulary");
    const std::string name = o.file == "-" ? "standard input" : o.file;
    ALCOVE_TRY(const std::string text,
               o.file == "-" ? readAll(streams.in, name) : readFile(o.file));
    std::vector<Token> tokens = tokenizer->encode(text);
    const size_t window = std::min(static_cast<size_t>(o.window), tokens.size());
    if (window < 3) return fail(name, ": has ", tokens.size(), " tokens; three are the least");
    if (o.model.context > 0 && o.model.context < static_cast<int64_t>(window))
        return fail("--ctx ", o.model.context, " does not hold a window of ", window,
                    " tokens: make --ctx larger or --window smaller");
    noteContext(loaded, o.model, streams.error);
    ALCOVE_TRY(const auto session, openSession(loaded, o.model, static_cast<int64_t>(window)));
    Losses all, second;
    const bool bos = tokenizer->special().addBos && tokenizer->special().bos != kNoToken;
    const size_t windows = tokens.size() / window;
    for (size_t i = 0; i < windows; ++i) {
        const auto piece = std::span(tokens).subspan(i * window, window);
        if (bos) piece.front() = tokenizer->special().bos;
        ALCOVE_CHECK(addWindow(*session, piece, all, second));
        if (!o.json)
            streams.error << "window " << i + 1 << " of " << windows << ": " << second.perplexity()
                          << '\n';
    }
    if (o.json) {
        const nlohmann::ordered_json line = {{"perplexity", second.perplexity()},
                                             {"error", second.error()},
                                             {"meanLoss", second.mean()},
                                             {"perplexityAll", all.perplexity()},
                                             {"meanLossAll", all.mean()},
                                             {"windows", windows},
                                             {"window", window},
                                             {"tokens", tokens.size()}};
        streams.out << line << '\n';
        return {};
    }
    streams.out << "perplexity " << second.perplexity() << " ± " << second.error() << " ("
                << windows << " windows of " << window << " tokens, second halves); of all tokens "
                << all.perplexity() << " ± " << all.error() << '\n';
    return {};
}

}  // namespace

ExitCode runPerplexity(Words words, Streams& streams) {
    PerplexityOptions o;
    Options options("perplexity -m MODEL -f TEXT [--json]",
                    "Prints the perplexity of a text: of the second half of each window of 512 "
                    "tokens, with its\nstandard error, and of all tokens.");
    addModelOptions(options, o.model);
    options.name("-f, --file", "TEXT", "the text; -: standard input", o.file);
    options.required("--file");
    options.integer("-w, --window", "N", "tokens of a window (512)", o.window, 3, int64_t{1} << 20);
    addSessionOptions(options, o.model);
    options.flag("--json", "one object, for scripts", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(perplexity(o, streams), streams);
}

}  // namespace alcove::app
