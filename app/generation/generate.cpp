#include "app/generation/generate.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "app/generation/stop_filter.h"

namespace alcove::app {
using namespace engine;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The answer as it grows, and whoever reads along.
class GrowingText {
public:
    GrowingText(const std::string& stopText, const OnText& onText)
        : m_filter({stopText}), m_onText(onText) {}

    /// False when the stop text has come.
    Result<bool> push(std::string_view piece) {
        ALCOVE_CHECK(pass(m_filter.push(piece)));
        return !m_filter.ended();
    }
    Result<std::string> finish() {
        ALCOVE_CHECK(pass(m_filter.finish()));
        return std::move(m_text);
    }

private:
    Result<void> pass(const std::string& text) {
        if (text.empty()) return {};
        m_text += text;
        return m_onText(text);
    }

    StopFilter m_filter;
    const OnText& m_onText;
    std::string m_text;
};

/// A session that is fed token by token, with or without computing ahead.
class Feed {
public:
    Feed(Session& session, bool speculation) : m_session(session) {
        if (speculation) m_speculation.emplace(session);
    }
    std::span<float> logits() {
        return m_speculation ? m_speculation->logits() : m_session.logits();
    }
    [[nodiscard]] int64_t length() const {
        return m_speculation ? m_speculation->length() : m_session.length();
    }
    Result<void> feed(Token token, std::stop_token stop) {
        if (m_speculation) return m_speculation->feed(token, stop);
        return m_session.feed(std::span(&token, 1), Logits::Last, stop);
    }
    [[nodiscard]] SpeculationReport report() const {
        return m_speculation ? m_speculation->report() : SpeculationReport{};
    }

private:
    Session& m_session;
    std::optional<Speculation> m_speculation;  // drops what it computed ahead at its end
};

/// Samples and feeds until something ends it.
Result<Generation::End> decode(Feed& feed, const Session& session, Sampler& sampler,
                               const GenerationOptions& options, std::stop_token stop,
                               StreamDecoder& decoder, GrowingText& answer, int64_t& tokens) {
    const Tokenizer& tokenizer = *session.model().tokenizer();
    Constraint* const constraint = options.constraint;
    for (;;) {
        if (stop.stop_requested()) return Generation::End::Stopped;
        if (options.tokens > 0 && tokens == options.tokens) return Generation::End::Limit;
        if (constraint) ALCOVE_CHECK(constraint->mask(feed.logits()));
        const Token token = sampler.sample(feed.logits());
        if (token == kNoToken) return fail("the sampling options leave no token to choose");
        if (tokenizer.isEnd(token)) return Generation::End::Complete;
        ++tokens;
        sampler.accept(token);
        ALCOVE_TRY(const bool goesOn, answer.push(decoder.push(token)));
        if (!goesOn) return Generation::End::Complete;
        if (constraint) {
            ALCOVE_CHECK(constraint->accept(token));
            if (constraint->finished()) return Generation::End::Complete;
        }
        if (feed.length() == session.capacity()) return Generation::End::ContextFull;
        if (const Result<void> fed = feed.feed(token, stop); !fed) {
            if (stop.stop_requested()) return Generation::End::Stopped;
            return fed.error();
        }
    }
}

}  // namespace

Result<Generation> generate(Session& session, const SamplingOptions& sampling,
                            std::span<const Token> prompt, const GenerationOptions& options,
                            std::stop_token stop, const OnText& onText) {
    Generation out;
    Clock::time_point start = Clock::now();
    if (const Result<PromptReport> read = session.prompt(prompt, stop); read) {
        out.prompt = *read;
    } else if (stop.stop_requested()) {
        out.end = Generation::End::Stopped;
        return out;
    } else {
        return read.error();
    }
    out.promptSeconds = since(start);
    Sampler sampler(sampling);
    for (const Token token : prompt) sampler.accept(token);
    StreamDecoder decoder(*session.model().tokenizer());
    GrowingText answer(options.stopText, onText);
    if (options.constraint) options.constraint->restart();
    start = Clock::now();
    {
        Feed feed(session, options.speculation);
        ALCOVE_TRY(out.end,
                   decode(feed, session, sampler, options, stop, decoder, answer, out.tokens));
        out.speculation = feed.report();
    }
    ALCOVE_CHECK(answer.push(decoder.finish()));
    ALCOVE_TRY(out.text, answer.finish());
    out.seconds = since(start);
    session.checkpoint();
    return out;
}

}  // namespace alcove::app
