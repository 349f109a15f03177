#include "app/generation/answer_guide.h"

#include <limits>
#include <utility>

namespace alcove::app {
using namespace engine;

AnswerGuide::AnswerGuide(AnswerRules rules) : m_rules(std::move(rules)) {
    if (m_rules.parser) m_parser.emplace(*m_rules.parser);
    if (!m_rules.form) return;
    m_formWaits = m_parser && m_parser->inThought();
    if (!m_formWaits) hold(m_rules.form, true);
}

AnswerGuide::~AnswerGuide() {
    if (m_constraint) m_rules.constraints->giveBack(m_grammar, std::move(m_constraint));
}

void AnswerGuide::hold(const GrammarPtr& grammar, bool answer) {
    m_constraint = m_rules.constraints->take(grammar, answer);
    m_grammar = grammar;
    m_parser.reset();
}

std::optional<Token> AnswerGuide::forced() const {
    return m_forced.empty() ? std::nullopt : std::optional(m_forced.front());
}

Result<void> AnswerGuide::mask(std::span<float> logits) {
    if (!m_forced.empty()) return {};
    if (m_constraint) return m_constraint->mask(logits);
    if (m_cut && m_rules.opener != kNoToken)
        logits[static_cast<size_t>(m_rules.opener)] = -std::numeric_limits<float>::infinity();
    return {};
}

Result<bool> AnswerGuide::accept(Token token, std::string_view text) {
    if (m_constraint && m_forced.empty()) {
        ALCOVE_CHECK(m_constraint->accept(token));
        return true;
    }
    const bool wasForced = !m_forced.empty();
    if (wasForced) m_forced.pop_front();
    if (!m_parser) return true;
    if (wasForced || (!m_formWaits && !m_rules.calls)) {
        static_cast<void>(m_parser->push(text));
    } else {
        // On a copy, since the token may yet be refused.
        AnswerParser next = *m_parser;
        ALCOVE_TRY(const bool allowed, look(next, text));
        if (!allowed) return false;
        if (m_parser) m_parser = std::move(next);
    }
    if (m_parser && m_parser->inThought()) {
        if (!wasForced) watchThought(text);
    } else if (m_formWaits && m_forced.empty()) {
        m_formWaits = false;
        hold(m_rules.form, false);
    }
    return true;
}

/// Goes through a token's text byte by byte, up to where something begins or ends with it.
Result<bool> AnswerGuide::look(AnswerParser& parser, std::string_view text) {
    for (size_t at = 0; at < text.size(); ++at) {
        const std::string_view rest = text.substr(at + 1);
        static_cast<void>(parser.push(text.substr(at, 1)));
        if (m_formWaits && !parser.inThought()) return leaveThought(rest);
        if (!m_rules.calls || !parser.inCalls()) continue;
        if (!parser.isBare() || !parser.tool().empty()) return beginCall(parser, rest);
    }
    return true;
}

Result<bool> AnswerGuide::beginCall(const AnswerParser& parser, std::string_view rest) {
    GrammarPtr grammar = m_rules.calls->behindMarker();
    if (parser.isBare()) {
        // Arguments that came before the name were held to nothing.
        if (parser.hasArguments()) return false;
        ALCOVE_TRY(grammar, m_rules.calls->behindName(parser.tool(), parser.inList()));
    }
    auto constraint = m_rules.constraints->take(grammar, false);
    const bool fits = constraint->acceptText(rest);
    if (!fits) {
        m_rules.constraints->giveBack(std::move(grammar), std::move(constraint));
        return false;
    }
    m_constraint = std::move(constraint);
    m_grammar = std::move(grammar);
    m_parser.reset();
    return true;
}

/// The form begins behind the words with which the template closes a thought.
bool AnswerGuide::leaveThought(std::string_view rest) {
    if (rest.empty())
        m_forced.assign(m_rules.closed.begin(), m_rules.closed.end());
    else if (rest != m_rules.closedText)
        return false;
    return true;
}

void AnswerGuide::watchThought(std::string_view text) {
    ++m_thoughtTokens;
    const bool over = m_rules.thoughtBudget && m_thoughtTokens >= *m_rules.thoughtBudget;
    if (m_watch.push(text) || over) cut();
}

void AnswerGuide::cut() {
    m_cut = true;
    m_watch = {};
    m_forced.assign(m_rules.closing.begin(), m_rules.closing.end());
}

bool AnswerGuide::end() {
    if (!m_formWaits || !m_forced.empty()) return true;
    cut();
    return m_forced.empty();
}

}  // namespace alcove::app
