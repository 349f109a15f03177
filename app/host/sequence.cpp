#include "app/host/sequence.h"

#include <algorithm>
#include <cmath>

namespace alcove::app {
using namespace engine;

namespace {

double seconds(Sequence::Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

}  // namespace

Sequence::Sequence(GenerationRequest request, std::shared_ptr<AnswerStream> stream,
                   Session& session, int64_t reused, Clock::time_point asked)
    : m_request(std::move(request)),
      m_stream(std::move(stream)),
      m_session(session),
      m_read(static_cast<size_t>(reused)),
      m_sampler(m_request.sampling),
      m_decoder(*session.model().tokenizer()),
      m_filter(m_request.stops),
      m_began(Clock::now()),
      m_answering(m_began) {
    m_usage.promptTokens = static_cast<int64_t>(m_request.prompt.size());
    m_usage.reusedTokens = reused;
    m_usage.waitedSeconds = seconds(m_began - asked);
    for (const Token token : m_request.prompt) m_sampler.accept(token);
    if (m_request.rules) m_guide.emplace(*m_request.rules);
}

std::span<const Token> Sequence::toRead(int64_t most) const {
    auto rest = std::span<const Token>(m_request.prompt).subspan(m_read);
    if (m_read < m_request.keptTokens) rest = rest.first(m_request.keptTokens - m_read);
    return rest.first(std::min(rest.size(), static_cast<size_t>(most)));
}

bool Sequence::wasRead(size_t tokens) {
    m_read += tokens;
    if (reading()) return m_read == m_request.keptTokens;
    m_session.checkpoint();
    m_answering = Clock::now();
    m_usage.promptSeconds = seconds(m_answering - m_began);
    return false;
}

std::span<float> Sequence::logits() {
    return m_speculation ? m_speculation->logits() : m_session.logits();
}

TokenReport Sequence::report(std::span<const float> logits) const {
    float greatest = -INFINITY;
    for (const float logit : logits) greatest = std::max(greatest, logit);
    double sum = 0.0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit - greatest));
    const float whole = greatest + static_cast<float>(std::log(sum));
    TokenReport report;
    Candidates top;
    selectTop(logits, *m_request.logprobs, top);
    for (const Candidate& candidate : top)
        report.likeliest.push_back({candidate.token, candidate.logit - whole});
    report.chosen.logprob = -whole;  // the chosen token's logit is added when it is known
    return report;
}

bool Sequence::endsAnswer(Token token) const {
    const bool own = m_session.model().tokenizer()->isEnd(token) && !m_request.ignoreEnd;
    return own || std::ranges::find(m_request.ends, token) != m_request.ends.end();
}

/// False: nothing can be chosen, or what was chosen ends the answer.
bool Sequence::chooseFrom(std::span<float> logits, std::string& text) {
    const auto failed = [&](const std::string& reason) {
        end(AnswerEnd::Failed, reason);
        return false;
    };
    if (m_guide)
        if (const Result<void> masked = m_guide->mask(logits); !masked)
            return failed(masked.message());
    for (;;) {
        const std::optional<Token> forced = m_guide ? m_guide->forced() : std::nullopt;
        m_chosen = forced ? *forced : m_sampler.sample(logits);
        if (m_chosen == kNoToken) return failed("the sampling options leave no token to choose");
        if (!forced && endsAnswer(m_chosen)) {
            if (m_guide && !m_guide->end()) continue;
            end(AnswerEnd::Complete);
            return false;
        }
        StreamDecoder decoder = m_decoder;
        text = textOf(m_chosen, decoder);
        if (m_guide) {
            const Result<bool> taken = m_guide->accept(m_chosen, text);
            if (!taken) return failed(taken.message());
            if (!*taken) {
                logits[static_cast<size_t>(m_chosen)] = -INFINITY;
                continue;
            }
        }
        m_decoder = std::move(decoder);
        return true;
    }
}

std::string Sequence::textOf(Token token, StreamDecoder& decoder) const {
    std::string text = decoder.push(token);
    if (std::ranges::find(m_request.shown, token) != m_request.shown.end())
        text += m_session.model().tokenizer()->piece(token, true);
    return text;
}

bool Sequence::choose() {
    if (m_request.tokens > 0 && m_usage.answerTokens == m_request.tokens) {
        end(AnswerEnd::Limit);
        return false;
    }
    const std::span<float> logits = this->logits();
    TokenReport told;
    std::vector<float> before;
    if (m_request.logprobs) {
        told = report(logits);
        before.assign(logits.begin(), logits.end());
    }
    std::string text;
    if (!chooseFrom(logits, text)) return false;
    ++m_usage.answerTokens;
    m_sampler.accept(m_chosen);
    AnswerPiece piece;
    piece.text = m_filter.push(text);
    if (m_request.logprobs) {
        told.chosen.token = m_chosen;
        told.chosen.logprob += before[static_cast<size_t>(m_chosen)];
        piece.tokens.push_back(std::move(told));
    }
    m_stream->push(std::move(piece));
    if (m_filter.ended()) {
        end(AnswerEnd::StopText);
        return false;
    }
    if (m_guide && m_guide->finished()) {
        end(AnswerEnd::Complete);
        return false;
    }
    const int64_t length = m_speculation ? m_speculation->length() : m_session.length();
    if (length == m_session.capacity()) {
        end(m_request.tokens == m_usage.answerTokens ? AnswerEnd::Limit : AnswerEnd::ContextFull);
        return false;
    }
    return true;
}

std::span<const Token> Sequence::chosen() {
    m_speculation.reset();
    return {&m_chosen, 1};
}

Result<void> Sequence::feedAlone() {
    if (!m_speculation) m_speculation.emplace(m_session);
    return m_speculation->feed(m_chosen, cancelled());
}

void Sequence::end(AnswerEnd end, std::string error) {
    if (ended()) return;
    m_ending = end;
    m_error = std::move(error);
    m_speculation.reset();
    if (!m_filter.ended()) {
        AnswerPiece rest;
        rest.text = m_filter.push(m_decoder.finish());
        rest.text += m_filter.finish();
        m_stream->push(std::move(rest));
    }
    if (m_guide) m_usage.thoughtTokens = m_guide->thoughtTokens();
    m_session.checkpoint();
    if (!reading()) m_usage.answerSeconds = seconds(Clock::now() - m_answering);
}

void Sequence::tell() { m_stream->end({*m_ending, m_filter.found(), m_error, m_usage}); }

}  // namespace alcove::app
