#include "app/cli/measure.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "engine/model/architecture.h"
#include "engine/model/embedder.h"

namespace alcove::app {
using namespace engine;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Random, so that a file without a vocabulary will do.
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

/// Tokens a second of work(), which handles `tokens` of them.
Result<double> timed(int64_t tokens, const std::function<Result<void>()>& work) {
    const auto start = Clock::now();
    ALCOVE_CHECK(work());
    return static_cast<double>(tokens) / since(start);
}

/// Every matrix is read once, but of a table of embeddings that is not also the output one row.
double weightBytes(const Model& model) {
    const bool ownOutput = model.file().tensor("output.weight") != nullptr;
    double bytes = 0.0;
    for (const TensorInfo& tensor : model.file().tensors())
        if (!ownOutput || tensor.name != "token_embd.weight")
            bytes += static_cast<double>(tensor.data.size());
    return bytes;
}

double keyValueBytes(const Model& model, CacheType cache, int64_t length) {
    double bytes = 0.0;
    for (const CacheLayerShape& layer : model.architecture().cacheLayers()) {
        const int64_t seen = layer.window ? std::min(layer.window, length) : length;
        bytes += static_cast<double>(seen * layer.heads) *
                 static_cast<double>(cacheRowBytes(cache, layer.keyDim) +
                                     cacheRowBytes(cache, layer.valueDim));
    }
    return bytes;
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0.0;
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<Figures> measureSession(const LoadedModel& loaded, const ModelOptions& model,
                               const MeasureOptions& o) {
    const int64_t context = std::max(o.prompt, o.depth + o.decode) + 64;
    Figures figures;
    const auto start = Clock::now();
    ALCOVE_TRY(const auto session, openSession(loaded, model, context));
    RandomTokens random(loaded.model->info().vocabulary);
    ALCOVE_CHECK(session->feed(random(1)));
    figures.firstToken = since(start);
    std::vector<double> prefill, decode;
    for (int64_t run = 0; run <= o.repeat; ++run) {
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
    figures.prefill = median(prefill);
    figures.decode = median(decode);
    figures.cacheBytes = session->cacheBytes();
    figures.bytesAToken =
        weightBytes(*loaded.model) +
        keyValueBytes(*loaded.model, cacheByName(model.cache), o.depth + o.decode / 2);
    return figures;
}

Result<Figures> measureEmbedder(const LoadedModel& loaded, const ModelOptions& model,
                                const MeasureOptions& o) {
    EmbedderOptions settings;
    if (model.exact) settings.precision = Precision::Exact;
    ALCOVE_TRY(const auto embedder, Embedder::create(loaded.model, *loaded.runtime, settings));
    RandomTokens random(loaded.model->info().vocabulary);
    std::vector<double> rates;
    for (int64_t run = 0; run <= o.repeat && o.prompt > 0; ++run) {
        std::vector<std::vector<Token>> texts;
        for (int64_t i = 0; i < o.texts; ++i) texts.push_back(random(o.prompt));
        ALCOVE_TRY(const double rate, timed(o.prompt * o.texts, [&]() -> Result<void> {
                       ALCOVE_CHECK(embedder->embedTokens(texts));
                       return {};
                   }));
        if (run > 0) rates.push_back(rate);
    }
    Figures figures;
    figures.prefill = median(rates);
    return figures;
}

}  // namespace alcove::app
