// alcove-cli embed: lines of text to vectors.
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "engine/model/embedder.h"

namespace alcove::app {
using namespace engine;

namespace {

/// Lines embedded and printed at a time: enough to sort by length, few enough to stream.
constexpr size_t kLines = 256;

struct EmbedOptions {
    ModelOptions model;
    bool raw = false, json = false;
};

void print(const Embedding& embedding, int64_t line, bool json, Streams& streams) {
    if (embedding.truncated)
        streams.error << "line " << line << ": " << embedding.tokens
                      << " tokens are more than the model reads; its beginning was used\n";
    if (!json) {
        streams.out << nlohmann::ordered_json(embedding.values).dump() << '\n';
        return;
    }
    const nlohmann::ordered_json object = {{"line", line},
                                           {"tokens", embedding.tokens},
                                           {"truncated", embedding.truncated},
                                           {"embedding", embedding.values}};
    streams.out << object.dump() << '\n';
}

Result<void> embedLines(const EmbedOptions& o, Streams& streams) {
    ALCOVE_TRY(const LoadedModel loaded, loadModel(o.model));
    const ModelInfo& info = loaded.model->info();
    if (info.pooling == Pooling::Rank)
        return fail(info.name, " (", info.architecture,
                    ") is a reranker: it gives a question and a text together a score, and makes "
                    "no vectors");
    EmbedderOptions settings;
    settings.normalise = !o.raw;
    if (o.model.exact) settings.precision = Precision::Exact;
    ALCOVE_TRY(const auto embedder, Embedder::create(loaded.model, *loaded.runtime, settings));
    int64_t line = 0;
    Result<bool> another = true;
    while (another && *another) {
        std::vector<std::string> texts;
        for (std::string text; texts.size() < kLines;) {
            another = readLine(streams.in, text);
            if (!another || !*another) break;
            texts.push_back(std::move(text));
        }
        if (texts.empty()) break;
        ALCOVE_TRY(const std::vector<Embedding> embeddings, embedder->embed(texts));
        for (const Embedding& embedding : embeddings) print(embedding, ++line, o.json, streams);
        if (!streams.out.flush()) return {};  // runCommandLine says it
    }
    if (!another) return fail("line ", line + 1, ": ", another.message());
    return {};
}

}  // namespace

ExitCode runEmbed(Words words, Streams& streams) {
    EmbedOptions o;
    Options options("embed -m MODEL [--json] <LINES",
                    "Prints for each line of standard input its vector, as a JSON array on a line "
                    "of its own, of\nlength 1 (L2). A line too long for the model is cut, and that "
                    "is said on standard error.");
    addModelOptions(options, o.model);
    options.flag("--raw", "does not bring the vectors to length 1", o.raw);
    options.flag("--json", "an object for each line: line, tokens, truncated, embedding", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    return finish(embedLines(o, streams), streams);
}

}  // namespace alcove::app
