#include "engine/model/session.h"

#include <algorithm>

#include "engine/model/adapter.h"
#include "engine/model/architecture.h"
#include "engine/model/compute.h"
#include "engine/model/kv_cache.h"

namespace alcove::engine {
namespace {

constexpr int64_t kDefaultContext = 8192;

Result<void> checkTokens(std::span<const Token> tokens, const Model& model) {
    for (size_t i = 0; i < tokens.size(); ++i)
        if (tokens[i] < 0 || tokens[i] >= model.info().vocabulary)
            return fail("token ", tokens[i], " at place ", i, " is outside the vocabulary of ",
                        model.info().vocabulary, " tokens");
    return {};
}

void appendPart(Batch& batch, KvCache& cache, std::span<const Token> tokens) {
    const auto row = static_cast<int64_t>(batch.tokens.size());
    const auto count = static_cast<int64_t>(tokens.size());
    batch.parts.push_back({&cache, row, count, cache.length()});
    for (int64_t i = 0; i < count; ++i) {
        batch.tokens.push_back(tokens[static_cast<size_t>(i)]);
        batch.positions.push_back(static_cast<int32_t>(cache.length() + i));
    }
    cache.reserve(count);
}

/// Runs the batch; on success `results` has a row of logits for each wanted row (none wanted:
/// untouched).
Result<void> runBatch(const Model& model, Compute& compute, const Batch& batch,
                      std::vector<float>* results) {
    const Compute::Mark mark = compute.mark();
    const Result<Tensor> states = model.architecture().states(compute, batch);
    if (!states) {
        compute.release(mark);
        return states.error();
    }
    Result<void> numbers = model.checkResults(compute, *states);
    if (!batch.wanted.empty() && numbers) {
        const Tensor logits = model.architecture().logits(compute, *states);
        numbers = model.checkResults(compute, logits);
        for (int64_t i = 0; i < logits.rows; ++i) {
            const std::span<float> row = compute.row(logits, i);
            results->insert(results->end(), row.begin(), row.end());
        }
    }
    compute.release(mark);
    return numbers;
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, SessionOptions options,
                 std::shared_ptr<Compute> compute)
    : m_model(std::move(model)), m_options(options), m_compute(std::move(compute)) {}

Session::~Session() = default;

int64_t contextLengthOf(const SessionOptions& options, const ModelInfo& info) {
    return options.contextLength > 0 ? options.contextLength
                                     : std::min(info.contextLength, kDefaultContext);
}

Result<std::unique_ptr<Session>> Session::create(std::shared_ptr<const Model> model,
                                                 Runtime& runtime, SessionOptions options,
                                                 const Session* sharing) {
    if (!model->info().causal)
        return fail("the model ", model->info().name,
                    " makes embeddings and cannot continue a text");
    if (options.contextLength < 0 || options.contextLength > (int64_t{1} << 24))
        return fail("a context of ", options.contextLength, " tokens is out of range");
    options.contextLength = contextLengthOf(options, model->info());
    options.batch = std::clamp<int64_t>(options.batch, 1, 4096);
    const std::vector<CacheLayerShape> shapes = model->architecture().cacheLayers();
    const Precision precision = options.precision.value_or(defaultPrecision(model->info()));
    if (sharing && (sharing->m_model != model || !sharing->m_adapters.empty() ||
                    sharing->m_options.precision != options.precision))
        return fail("sessions that share memory must have one model and precision, no adapters");
    std::shared_ptr<Compute> compute =
        sharing ? sharing->m_compute : makeCpuCompute(runtime, precision);
    std::unique_ptr<Session> session(new Session(std::move(model), options, std::move(compute)));
    ALCOVE_TRY(session->m_cache,
               KvCache::create(shapes, options.contextLength, options.batch, options.cache));
    return session;
}

uint64_t Session::cacheBytes() const { return m_cache->bytes(); }

Paths Session::inputs() const {
    Paths paths = m_model->file().paths();
    for (const auto& [adapter, scale] : m_adapters)
        paths.insert(paths.end(), adapter->file().paths().begin(), adapter->file().paths().end());
    return paths;
}

Result<PromptReport> Session::prompt(std::span<const Token> prompt, std::stop_token stop) {
    if (prompt.empty()) return fail("the prompt is empty");
    ALCOVE_CHECK(checkTokens(prompt, *m_model));
    if (static_cast<int64_t>(prompt.size()) > capacity())
        return fail("the prompt has ", prompt.size(), " tokens and the context holds ", capacity(),
                    "; nothing was changed");
    const auto differs =
        std::mismatch(prompt.begin(), prompt.end(), m_tokens.begin(), m_tokens.end()).first;
    // The last token is computed even when it is held: its logits are asked for.
    const int64_t common =
        std::min<int64_t>(differs - prompt.begin(), static_cast<int64_t>(prompt.size()) - 1);
    PromptReport report;
    report.reused = truncate(common);
    const std::span<const Token> rest = prompt.subspan(static_cast<size_t>(report.reused));
    report.computed = static_cast<int64_t>(rest.size());
    ALCOVE_CHECK(feed(rest, Logits::Last, stop));
    checkpoint();
    return report;
}

Result<void> Session::feed(std::span<const Token> tokens, Logits want, std::stop_token stop) {
    ALCOVE_CHECK(checkTokens(tokens, *m_model));
    const auto count = static_cast<int64_t>(tokens.size());
    if (count > capacity() - length())
        return fail("the context is full: it holds ", capacity(), " tokens, ", length(),
                    " are used and ", count, " more were asked for; nothing was changed");
    m_logits.clear();
    for (int64_t done = 0; done < count;) {
        if (stop.stop_requested()) return fail("cancelled");
        const int64_t size = std::min(m_options.batch, count - done);
        const std::span<const Token> piece =
            tokens.subspan(static_cast<size_t>(done), static_cast<size_t>(size));
        Batch batch;
        batch.contextLength = capacity();
        batch.stop = stop;
        appendPart(batch, *m_cache, piece);
        done += size;
        if (want == Logits::All)
            for (int64_t i = 0; i < size; ++i) batch.wanted.push_back(static_cast<int32_t>(i));
        else if (want == Logits::Last && done == count)
            batch.wanted.push_back(static_cast<int32_t>(size - 1));
        if (const auto ran = runBatch(*m_model, *m_compute, batch, &m_logits); !ran) {
            m_logits.clear();
            return ran;
        }
        m_cache->commit(size);
        m_tokens.insert(m_tokens.end(), piece.begin(), piece.end());
    }
    return {};
}

Result<void> Session::feedGuesses(std::span<const Token> tokens, std::stop_token stop) {
    // A longer piece could overwrite rows of a sliding window that going back needs.
    if (static_cast<int64_t>(tokens.size()) > m_options.batch)
        return fail(tokens.size(), " tokens were guessed at once and a batch has ", m_options.batch,
                    "; nothing was changed");
    m_compute->setIndependentRows(true);
    Result<void> fed = feed(tokens, Logits::All, stop);
    m_compute->setIndependentRows(false);
    return fed;
}

Result<void> Session::feedTogether(std::span<const Step> steps, bool independent,
                                   std::stop_token stop) {
    if (steps.empty()) return fail("no session was given");
    Session& first = *steps.front().session;
    Batch batch;
    batch.contextLength = first.capacity();
    batch.stop = stop;
    for (size_t i = 0; i < steps.size(); ++i) {
        const Session& s = *steps[i].session;
        const auto count = static_cast<int64_t>(steps[i].tokens.size());
        if (s.m_model != first.m_model || s.capacity() != first.capacity() || !s.m_adapters.empty())
            return fail(
                "sessions computed together must share model and context length and have no "
                "adapters");
        if (std::ranges::count(steps, &s, &Step::session) != 1)
            return fail("a session was given twice");
        if (count == 0 || count > s.m_options.batch)
            return fail("session ", i, " was given ", count, " tokens; a batch has 1 to ",
                        s.m_options.batch);
        if (count > s.capacity() - s.length())
            return fail("the context of session ", i, " is full: it holds ", s.capacity(),
                        " tokens, ", s.length(), " are used and ", count,
                        " more were asked for; nothing was changed");
        ALCOVE_CHECK(checkTokens(steps[i].tokens, first.model()));
    }
    for (const Step& step : steps) {
        appendPart(batch, *step.session->m_cache, step.tokens);
        if (step.logits) batch.wanted.push_back(static_cast<int32_t>(batch.tokens.size()) - 1);
    }
    std::vector<float> rows;
    first.m_compute->setIndependentRows(independent);
    const Result<void> ran = runBatch(first.model(), *first.m_compute, batch, &rows);
    first.m_compute->setIndependentRows(false);
    ALCOVE_CHECK(ran);
    const auto width = static_cast<ptrdiff_t>(first.model().info().vocabulary);
    auto row = rows.begin();
    for (const Step& step : steps) {
        Session& s = *step.session;
        s.m_cache->commit(static_cast<int64_t>(step.tokens.size()));
        s.m_tokens.insert(s.m_tokens.end(), step.tokens.begin(), step.tokens.end());
        s.m_logits.clear();
        if (!step.logits) continue;
        s.m_logits.assign(row, row + width);
        row += width;
    }
    return {};
}

int64_t Session::adopt(const Session& other, int64_t length) {
    const bool same = m_model == other.m_model && adapterKey() == other.adapterKey();
    if (!same || this == &other || length > other.length()) return 0;
    if (!m_cache->copyFrom(*other.m_cache, length)) return 0;
    m_tokens.assign(other.m_tokens.begin(),
                    other.m_tokens.begin() + static_cast<ptrdiff_t>(length));
    m_logits.clear();
    return length;
}

void Session::checkpoint() { m_cache->checkpoint(); }

int64_t Session::truncate(int64_t length) {
    const int64_t kept = m_cache->truncate(length);
    m_tokens.resize(static_cast<size_t>(kept));
    return kept;
}

Result<void> Session::addAdapter(std::shared_ptr<const Adapter> adapter, float scale) {
    if (!adapter->fits(*m_model)) return fail("the adapter was loaded for another model");
    if (m_compute.use_count() > 1)
        return fail("a session that shares its memory takes no adapters");
    m_adapters.emplace_back(std::move(adapter), scale);
    m_compute->setAdapters(m_adapters);
    truncate(0);
    return {};
}

void Session::clearAdapters() {
    if (m_adapters.empty()) return;
    m_adapters.clear();
    m_compute->setAdapters({});
    truncate(0);
}

}  // namespace alcove::engine
