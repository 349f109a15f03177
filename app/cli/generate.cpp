#include "app/cli/generate.h"

#include <algorithm>
#include <chrono>
#include <optional>

namespace alcove::app {
using namespace engine;

namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Passes text on, and keeps back what may become the stop text.
class StopFilter {
public:
    StopFilter(std::string stopText, const OnText& onText)
        : m_stopText(std::move(stopText)), m_onText(onText) {}

    /// False when the stop text has come.
    Result<bool> push(const std::string& piece) {
        if (m_ended) return false;
        m_text += piece;
        size_t held = 0;
        if (!m_stopText.empty()) {
            const size_t found = m_text.find(m_stopText, m_passed);
            if (found != std::string::npos) {
                m_text.resize(found);
                m_ended = true;
                return false;
            }
            held = std::min(m_stopText.size() - 1, m_text.size() - m_passed);
            while (held > 0 && m_text.compare(m_text.size() - held, held, m_stopText, 0, held) != 0)
                --held;
        }
        ALCOVE_CHECK(passTo(m_text.size() - held));
        return true;
    }

    Result<std::string> finish() {
        ALCOVE_CHECK(passTo(m_text.size()));
        return std::move(m_text);
    }

private:
    Result<void> passTo(size_t end) {
        if (end > m_passed)
            ALCOVE_CHECK(m_onText(std::string_view(m_text).substr(m_passed, end - m_passed)));
        m_passed = end;
        return {};
    }

    std::string m_stopText;
    const OnText& m_onText;
    std::string m_text;
    size_t m_passed = 0;
    bool m_ended = false;
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
                               StreamDecoder& decoder, StopFilter& filter, int64_t& tokens) {
    const Tokenizer& tokenizer = *session.model().tokenizer();
    for (;;) {
        if (stop.stop_requested()) return Generation::End::Stopped;
        if (options.tokens > 0 && tokens == options.tokens) return Generation::End::Limit;
        const Token token = sampler.sample(feed.logits());
        if (token == kNoToken) return fail("the sampling options leave no token to choose");
        if (tokenizer.isEnd(token)) return Generation::End::Complete;
        ++tokens;
        sampler.accept(token);
        ALCOVE_TRY(const bool goesOn, filter.push(decoder.push(token)));
        if (!goesOn) return Generation::End::Complete;
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
    StopFilter filter(options.stopText, onText);
    start = Clock::now();
    {
        Feed feed(session, options.speculation);
        ALCOVE_TRY(out.end,
                   decode(feed, session, sampler, options, stop, decoder, filter, out.tokens));
        out.speculation = feed.report();
    }
    ALCOVE_CHECK(filter.push(decoder.finish()));
    ALCOVE_TRY(out.text, filter.finish());
    out.seconds = since(start);
    session.checkpoint();
    return out;
}

}  // namespace alcove::app
