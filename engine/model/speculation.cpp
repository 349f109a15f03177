#include "engine/model/speculation.h"

#include <algorithm>
#include <chrono>

namespace alcove::engine {

Speculation::Speculation(Session& session) : m_session(session), m_length(session.length()) {
    for (const Token token : session.tokens()) m_lookup.append(token);
    guessNext();
}

std::span<float> Speculation::logits() {
    const auto width = static_cast<size_t>(m_session.model().info().vocabulary);
    return m_session.logits().subspan(m_row * width, width);
}

void Speculation::guessNext() {
    const std::vector<Token> next = m_lookup.continuation(1);
    m_guess = next.empty() ? std::nullopt : std::optional(next.front());
}

Result<void> Speculation::feed(Token token, std::stop_token stop) {
    if (m_guess) m_policy.learnGuess(m_lookup.matched(), *m_guess == token);
    m_lookup.append(token);
    guessNext();
    if (m_session.length() > m_length &&
        m_session.tokens()[static_cast<size_t>(m_length)] == token) {
        ++m_length;
        ++m_row;
        ++m_report.accepted;
        return {};
    }
    drop();
    const int64_t room = std::min(m_session.batch(), m_session.capacity() - m_length) - 1;
    const int64_t guesses = m_policy.count(m_lookup.matched(), room);
    std::vector<Token> tokens = m_lookup.continuation(guesses);
    tokens.insert(tokens.begin(), token);
    const auto start = std::chrono::steady_clock::now();
    ALCOVE_CHECK(m_session.feedGuesses(tokens, stop));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    m_policy.learnPass(guesses + 1, took.count());
    m_report.drafted += guesses;
    ++m_length;
    m_row = 0;
    return {};
}

void Speculation::drop() {
    if (m_session.length() > m_length) m_session.truncate(m_length);
}

}  // namespace alcove::engine
