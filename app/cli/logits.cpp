// alcove-cli logits: what a model computes for given tokens, as raw floats, to compare engines.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "engine/base/atomic_file.h"
#include "engine/base/paths.h"
#include "engine/model/embedder.h"

namespace alcove::app {
using namespace engine;

namespace {

struct LogitsOptions {
    ModelOptions model;
    std::string tokens, out;
    std::string forLogits;  // an option given that embeddings do not read
    bool embed = false, last = false, json = false;
};

struct Shape {
    int64_t rows = 0, columns = 0;
};

Result<Shape> writeLogits(const LoadedModel& loaded, const LogitsOptions& o,
                          std::span<const Token> tokens) {
    const auto count = static_cast<int64_t>(tokens.size());
    ALCOVE_TRY(const auto session, openSession(loaded, o.model, count + 8));
    ALCOVE_CHECK(refuseInputs(o.out, session->inputs()));
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(o.out));
    constexpr size_t kPiece = 512;  // rows in memory at once
    for (size_t begin = 0; begin < tokens.size(); begin += kPiece) {
        const auto piece = tokens.subspan(begin, std::min(kPiece, tokens.size() - begin));
        ALCOVE_CHECK(session->feed(piece, o.last ? Logits::Last : Logits::All));
        const bool wanted = !o.last || begin + piece.size() == tokens.size();
        if (wanted) ALCOVE_CHECK(file.write(std::as_bytes(session->logits())));
    }
    ALCOVE_CHECK(file.commit());
    return Shape{o.last ? 1 : count, loaded.model->info().vocabulary};
}

Result<Shape> writeEmbedding(const LoadedModel& loaded, const LogitsOptions& o,
                             const std::vector<Token>& tokens) {
    ALCOVE_CHECK(refuseInputs(o.out, loaded.model->file().paths()));
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(o.out));
    EmbedderOptions settings;
    settings.normalise = false;
    if (o.model.exact) settings.precision = Precision::Exact;
    ALCOVE_TRY(const auto embedder, Embedder::create(loaded.model, *loaded.runtime, settings));
    std::vector<float> values;
    Shape shape{1, 0};
    if (loaded.model->info().pooling == Pooling::None) {
        ALCOVE_TRY(values, embedder->tokenStates(tokens));
        shape.rows = static_cast<int64_t>(tokens.size());
    } else {
        ALCOVE_TRY(auto results, embedder->embedTokens(std::span(&tokens, 1)));
        values = std::move(results.front().values);
    }
    shape.columns = static_cast<int64_t>(values.size()) / shape.rows;
    ALCOVE_CHECK(file.write(std::as_bytes(std::span(values))));
    ALCOVE_CHECK(file.commit());
    return shape;
}

Result<void> compute(const LogitsOptions& o, const std::vector<Token>& tokens, Streams& streams) {
    ALCOVE_TRY(const LoadedModel loaded, loadModel(o.model));
    const bool embed = o.embed || !loaded.model->info().causal;
    if (embed && !o.forLogits.empty())
        return fail(o.forLogits, " is for logits, and embeddings are what is written here");
    noteContext(loaded, o.model, streams.error);
    ALCOVE_TRY(const Shape shape,
               embed ? writeEmbedding(loaded, o, tokens) : writeLogits(loaded, o, tokens));
    if (o.json)
        streams.out << nlohmann::ordered_json{{"rows", shape.rows}, {"columns", shape.columns}}
                    << '\n';
    return {};
}

}  // namespace

ExitCode runLogits(Words words, Streams& streams) {
    LogitsOptions o;
    o.model.cache = "f32";
    Options options("logits -m MODEL --tokens 1,2,3 --out FILE [--embed]",
                    "Writes raw 32-bit floats: for each token a row as long as the vocabulary. "
                    "With --embed (and\nalways for a model that makes embeddings alone) the pooled "
                    "embedding, not normalised; or,\nwhere the model pools nothing, each token's "
                    "final state.");
    addModelOptions(options, o.model);
    options.name("--tokens", "IDS", "the tokens, separated by commas", o.tokens);
    options.required("--tokens");
    options.name("--out", "FILE", "where the floats go", o.out);
    options.required("--out");
    options.flag("--embed", "the embedding instead of logits", o.embed);
    options.flag("--last", "the last token's row alone", o.last);
    options.flag("--json", "prints the number of rows and columns", o.json);
    addSessionOptions(options, o.model);
    if (const auto code = options.parse(words, streams)) return *code;
    o.forLogits = firstGiven(options, {"--lora", "--last", "--cache", "--ctx"});
    const Result<std::vector<int32_t>> tokens = parseTokens(o.tokens);
    if (!tokens) return options.usageError("--tokens: " + tokens.message(), streams);
    return finish(compute(o, *tokens, streams), streams);
}

}  // namespace alcove::app
