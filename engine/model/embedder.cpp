#include "engine/model/embedder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/model/architecture.h"
#include "engine/model/compute.h"
#include "engine/model/kv_cache.h"
#include "engine/model/pooling.h"

namespace alcove::engine {
namespace {

void normaliseLength(std::vector<float>& values) {
    double sum = 0.0;
    for (const float v : values) sum += static_cast<double>(v) * v;
    if (sum == 0.0) return;
    const auto factor = static_cast<float>(1.0 / std::sqrt(sum));
    for (float& v : values) v *= factor;
}

Result<void> checkText(std::span<const Token> tokens, size_t index, const ModelInfo& info) {
    if (tokens.empty()) return fail("text ", index, " has no tokens");
    if (static_cast<int64_t>(tokens.size()) > info.contextLength)
        return fail("text ", index, " has ", tokens.size(), " tokens, and ", info.name, " takes ",
                    info.contextLength);
    for (const Token token : tokens)
        if (token < 0 || token >= info.vocabulary)
            return fail("token ", token, " of text ", index, " is outside the vocabulary of ",
                        info.vocabulary);
    return {};
}

/// Cuts to the context and keeps the token that ends the text (SEP, EOS) where the tokenizer put
/// one.
bool truncateTokens(std::vector<Token>& tokens, int64_t limit, bool keepLast) {
    if (static_cast<int64_t>(tokens.size()) <= limit) return false;
    const Token last = tokens.back();
    tokens.resize(static_cast<size_t>(limit));
    if (keepLast) tokens.back() = last;
    return true;
}

}  // namespace

Embedder::Embedder(std::shared_ptr<const Model> model, Runtime& runtime, EmbedderOptions options)
    : m_model(std::move(model)),
      m_options(options),
      m_compute(
          makeCpuCompute(runtime, options.precision.value_or(defaultPrecision(m_model->info())))) {}

Embedder::~Embedder() = default;

Result<std::unique_ptr<Embedder>> Embedder::create(std::shared_ptr<const Model> model,
                                                   Runtime& runtime, EmbedderOptions options) {
    if (model->info().contextLength < 1) return fail(model->info().name, " has no context length");
    options.batch = std::max<int64_t>(options.batch, 1);
    return std::unique_ptr<Embedder>(new Embedder(std::move(model), runtime, options));
}

int64_t Embedder::dimension() const { return m_model->info().outputLength; }

Result<std::vector<Embedding>> Embedder::embed(std::span<const std::string> texts,
                                               std::stop_token stop) {
    if (!m_model->tokenizer())
        return fail("the model ", m_model->info().name, " has no vocabulary");
    const Tokenizer& tokenizer = *m_model->tokenizer();
    std::vector<std::vector<Token>> tokens;
    std::vector<int64_t> lengths;
    std::vector<bool> cut;
    for (const std::string& text : texts) {
        std::vector<Token> ids = tokenizer.encode(text, {.addSpecial = true});
        if (ids.empty()) ids.push_back(std::max<Token>(0, tokenizer.special().eos));
        lengths.push_back(static_cast<int64_t>(ids.size()));
        const bool ends = tokenizer.special().addEos || tokenizer.special().addSeparator;
        cut.push_back(truncateTokens(ids, m_model->info().contextLength, ends));
        tokens.push_back(std::move(ids));
    }
    ALCOVE_TRY(std::vector<Embedding> embeddings, embedTokens(tokens, stop));
    for (size_t i = 0; i < embeddings.size(); ++i) {
        embeddings[i].tokens = lengths[i];
        embeddings[i].truncated = cut[i];
    }
    return embeddings;
}

Result<std::vector<Embedding>> Embedder::embedTokens(std::span<const std::vector<Token>> texts,
                                                     std::stop_token stop) {
    const ModelInfo& info = m_model->info();
    for (size_t i = 0; i < texts.size(); ++i) ALCOVE_CHECK(checkText(texts[i], i, info));
    std::vector<size_t> order(texts.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
        return std::pair(texts[a].size(), a) < std::pair(texts[b].size(), b);
    });
    std::vector<Embedding> results(texts.size());
    for (size_t next = 0; next < order.size();) {
        std::vector<size_t> members;
        int64_t total = 0;
        while (next < order.size()) {
            const auto size = static_cast<int64_t>(texts[order[next]].size());
            if (!members.empty() && total + size > m_options.batch) break;
            members.push_back(order[next++]);
            total += size;
        }
        std::vector<std::span<const Token>> group;
        for (const size_t member : members) group.emplace_back(texts[member]);
        ALCOVE_TRY(std::vector<std::vector<float>> values, compute(group, info.pooling, stop));
        for (size_t i = 0; i < members.size(); ++i) {
            Embedding& result = results[members[i]];
            result.tokens = static_cast<int64_t>(group[i].size());
            result.values = std::move(values[i]);
            if (m_options.normalise && info.pooling != Pooling::Rank)
                normaliseLength(result.values);
        }
    }
    return results;
}

Result<std::vector<float>> Embedder::tokenStates(std::span<const Token> tokens) {
    ALCOVE_CHECK(checkText(tokens, 0, m_model->info()));
    const std::span<const Token> one[] = {tokens};
    ALCOVE_TRY(std::vector<std::vector<float>> values, compute(one, Pooling::None, {}));
    return std::move(values.front());
}

Result<std::vector<std::vector<float>>> Embedder::compute(
    std::span<const std::span<const Token>> texts, Pooling pooling, std::stop_token stop) {
    const Architecture& architecture = m_model->architecture();
    const bool causal = architecture.causal();
    Batch batch;
    batch.contextLength = m_model->info().contextLength;
    batch.stop = stop;
    std::vector<std::unique_ptr<KvCache>> caches;
    for (const std::span<const Token> text : texts) {
        const auto row = static_cast<int64_t>(batch.tokens.size());
        const auto count = static_cast<int64_t>(text.size());
        KvCache* cache = nullptr;
        if (causal) {
            ALCOVE_TRY(std::unique_ptr<KvCache> made,
                       KvCache::create(architecture.cacheLayers(), count, count, CacheType::F32));
            cache = caches.emplace_back(std::move(made)).get();
            cache->reserve(count);
        }
        batch.parts.push_back({cache, row, count, 0});
        for (int64_t i = 0; i < count; ++i) {
            batch.tokens.push_back(text[static_cast<size_t>(i)]);
            batch.positions.push_back(static_cast<int32_t>(i));
        }
        appendWantedRows(pooling, row, count, batch.wanted);
    }
    const Compute::Mark mark = m_compute->mark();
    const Result<Tensor> states = architecture.states(*m_compute, batch);
    const Result<void> numbers =
        states ? m_model->checkResults(*m_compute, *states) : states.error();
    if (!numbers) {
        m_compute->release(mark);
        return numbers.error();
    }
    std::vector<std::vector<float>> results;
    int64_t first = 0;
    for (const std::span<const Token> text : texts) {
        const int64_t rows = wantedRows(pooling, static_cast<int64_t>(text.size()));
        const Tensor own = states->rowsFrom(first, rows);
        first += rows;
        if (pooling != Pooling::None) {
            results.push_back(pool(*m_compute, architecture, pooling, own));
            continue;
        }
        std::vector<float>& all = results.emplace_back();
        for (int64_t i = 0; i < rows; ++i) {
            const std::span<float> row = m_compute->row(own, i);
            all.insert(all.end(), row.begin(), row.end());
        }
    }
    m_compute->release(mark);
    for (const std::vector<float>& values : results) ALCOVE_CHECK(m_model->checkResults(values));
    return results;
}

}  // namespace alcove::engine
