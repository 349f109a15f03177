#include "app/cli/generate.h"

#include <algorithm>
#include <chrono>

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

/// Samples and feeds until something ends it.
Result<Generation::End> decode(Session& session, Sampler& sampler, const GenerationLimits& limits,
                               std::stop_token stop, StreamDecoder& decoder, StopFilter& filter,
                               int64_t& tokens) {
    const Tokenizer& tokenizer = *session.model().tokenizer();
    for (;;) {
        if (stop.stop_requested()) return Generation::End::Stopped;
        if (limits.tokens > 0 && tokens == limits.tokens) return Generation::End::Limit;
        const Token token = sampler.sample(session.logits());
        if (token == kNoToken) return fail("the sampling options leave no token to choose");
        if (tokenizer.isEnd(token)) return Generation::End::Complete;
        ++tokens;
        sampler.accept(token);
        ALCOVE_TRY(const bool goesOn, filter.push(decoder.push(token)));
        if (!goesOn) return Generation::End::Complete;
        if (session.length() == session.capacity()) return Generation::End::ContextFull;
        if (const Result<void> fed = session.feed(std::span(&token, 1), Logits::Last, stop); !fed) {
            if (stop.stop_requested()) return Generation::End::Stopped;
            return fed.error();
        }
    }
}

}  // namespace

Result<Generation> generate(Session& session, const SamplingOptions& sampling,
                            std::span<const Token> prompt, const GenerationLimits& limits,
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
    StopFilter filter(limits.stopText, onText);
    start = Clock::now();
    ALCOVE_TRY(out.end, decode(session, sampler, limits, stop, decoder, filter, out.tokens));
    ALCOVE_CHECK(filter.push(decoder.finish()));
    ALCOVE_TRY(out.text, filter.finish());
    out.seconds = since(start);
    session.checkpoint();
    return out;
}

}  // namespace alcove::app
