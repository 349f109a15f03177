// Leads an answer while it grows, token by token: a form that all of it must have, the form of
// calls of tools from where one begins, and the end of a thought that is too long.
//
// A form holds from behind the thought on. A free answer is only watched until it begins a call;
// from there on the call's grammar holds. Where a token begins a call and goes on with what the
// grammar does not allow, the token is refused and another has to be chosen, so that nothing need
// ever be taken back. A thought beyond its budget, and one that goes round in circles, is cut:
// the template's own words that close a thought are written in its place.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/generation/call_grammars.h"
#include "app/generation/constraint_pool.h"
#include "engine/base/result.h"
#include "engine/chat/answer_parser.h"
#include "engine/chat/repetition.h"
#include "engine/grammar/constraint.h"

namespace alcove::app {

struct AnswerRules {
    /// Of all that follows the thought; null: it is free.
    std::shared_ptr<const engine::Grammar> form;
    /// Of calls in a free answer; null: they are not looked at.
    std::shared_ptr<const CallGrammars> calls;
    std::shared_ptr<ConstraintPool> constraints;  // of the model; there where a grammar is

    /// As it is where the answer begins; null: neither thoughts nor calls are looked for.
    std::shared_ptr<const engine::AnswerParser> parser;
    std::optional<int64_t> thoughtBudget;     // tokens
    std::vector<engine::Token> closing;       // what closes a thought
    std::vector<engine::Token> closed;        // what follows the marker where the model closes it
    std::string closedText;                   // the same as text
    engine::Token opener = engine::kNoToken;  // begins another thought, if one token does
};

class AnswerGuide {
public:
    explicit AnswerGuide(AnswerRules rules);
    ~AnswerGuide();
    AnswerGuide(const AnswerGuide&) = delete;
    AnswerGuide& operator=(const AnswerGuide&) = delete;

    /// The token that must come now, whatever the model would write.
    [[nodiscard]] std::optional<engine::Token> forced() const;
    /// Forbids what may not come next.
    [[nodiscard]] Result<void> mask(std::span<float> logits);
    /// Goes on with a token and the text that has come of it. False: it may not stand here, and
    /// nothing has changed.
    [[nodiscard]] Result<bool> accept(engine::Token token, std::string_view text);
    /// The model wants to end here. False: it may not, and forced() says how it goes on.
    [[nodiscard]] bool end();
    /// Nothing can follow.
    [[nodiscard]] bool finished() const { return m_constraint && m_constraint->finished(); }

    [[nodiscard]] int64_t thoughtTokens() const { return m_thoughtTokens; }
    [[nodiscard]] bool thoughtWasCut() const { return m_cut; }

private:
    using GrammarPtr = std::shared_ptr<const engine::Grammar>;

    [[nodiscard]] Result<bool> look(engine::AnswerParser& parser, std::string_view text);
    [[nodiscard]] Result<bool> beginCall(const engine::AnswerParser& parser, std::string_view rest);
    [[nodiscard]] bool leaveThought(std::string_view rest);
    void watchThought(std::string_view text);
    void cut();
    void hold(const GrammarPtr& grammar, bool answer);

    AnswerRules m_rules;
    std::optional<engine::AnswerParser> m_parser;
    std::unique_ptr<engine::Constraint> m_constraint;
    GrammarPtr m_grammar;      // of m_constraint
    bool m_formWaits = false;  // for the end of the thought
    std::deque<engine::Token> m_forced;
    engine::RepetitionWatch m_watch;
    int64_t m_thoughtTokens = 0;
    bool m_cut = false;
};

}  // namespace alcove::app
