// Holds an answer to a grammar: forbids every token that the grammar does not allow next.
//
//     Constraint constraint(grammar, vocabulary);
//     for (;;) {
//         ALCOVE_CHECK(constraint.mask(logits));      // before the sampler sees them
//         const Token token = sampler.sample(logits);
//         if (tokenizer.isEnd(token)) break;
//         ALCOVE_CHECK(constraint.accept(token));
//         if (constraint.finished()) break;
//     }
//
// A forbidden logit is −infinity, which no later rule of the sampler brings back. A constraint
// belongs to one answer at a time and to one thread; restart() begins another answer and keeps what
// was found out about the grammar, so that it gets faster with use.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/base/result.h"
#include "engine/grammar/grammar.h"
#include "engine/grammar/recogniser.h"
#include "engine/grammar/token_trie.h"

namespace alcove::engine {

class Constraint {
public:
    /// Both are shared with the constraints of other answers.
    Constraint(std::shared_ptr<const Grammar> grammar, std::shared_ptr<const TokenTrie> vocabulary);

    /// The constraint holds for a text that begins here. `begins`: this is where the whole answer
    /// begins, whose first blank some tokenizers drop.
    void restart(bool begins = true);

    /// Forbids in `logits` what may not come next. Fails where the vocabulary has no token that
    /// could go on, and where the grammar is too ambiguous to be followed.
    [[nodiscard]] Result<void> mask(std::span<float> logits);
    /// The only token that may come next, where there is only one: it need not be sampled.
    [[nodiscard]] Result<std::optional<Token>> forced();
    /// Whether a token may come next.
    [[nodiscard]] Result<bool> allows(Token token);

    /// Goes on with a token that mask() allows; any other is an error, and changes nothing.
    [[nodiscard]] Result<void> accept(Token token);

    /// Goes on with text that stands already, of whichever tokens it was made; false, and nothing
    /// changed, where the grammar does not allow it.
    [[nodiscard]] bool acceptText(std::string_view text);

    /// Memory that was taken to find out about the grammar.
    [[nodiscard]] size_t bytes() const { return m_recogniser.bytes() + m_maskBytes; }

    /// The answer so far is a whole text of the grammar.
    [[nodiscard]] bool mayEnd() const;
    /// And nothing can follow, or an end token was accepted.
    [[nodiscard]] bool finished() const;

private:
    using State = grammar::Recogniser::State;
    using Bits = std::vector<uint64_t>;
    struct Mask {
        Bits bits;                  // empty where `tokens` says it all
        std::vector<Token> tokens;  // where they are few
    };

    [[nodiscard]] Result<const Mask*> current();
    [[nodiscard]] Mask compute();
    void findFirst();
    void walk(const std::vector<TokenTrie::Node>& nodes, size_t begin, size_t end);
    void allow(const TokenTrie::Node& node);
    [[nodiscard]] State after(Token token);
    void forgetAllBut(State state);

    struct Loop {
        TokenTrie::Characters characters;
        uint32_t most = 0;  // of them that may follow one another; 0: no such place
    };
    [[nodiscard]] Loop bestLoop(State state);
    [[nodiscard]] const TokenTrie::Characters& charactersBack(uint32_t state);
    [[nodiscard]] const TokenTrie::Characters& charactersThrough(uint32_t rule);

    std::shared_ptr<const Grammar> m_grammar;
    std::shared_ptr<const TokenTrie> m_vocabulary;
    grammar::Recogniser m_recogniser;
    State m_state;
    bool m_first = true;  // the next token begins the answer
    bool m_ended = false;

    std::unordered_map<State, Mask> m_masks;  // not those of the first token
    size_t m_maskBytes = 0;
    Mask m_firstMask;
    std::unordered_map<uint32_t, TokenTrie::Characters> m_back, m_through;
    uint64_t m_mostWork = 0;    // of the recogniser, when the walk is given up
    Bits m_bits;                // what a walk found
    std::vector<State> m_path;  // of a walk: the state at each depth
    std::vector<float> m_kept;  // logits of a few tokens, while all others are forbidden
};

}  // namespace alcove::engine
