// Decoding that computes several tokens at once where the text repeats itself, and gives the text
// that it would give without.
//
// After each token PromptLookup guesses the next ones. They are computed in one pass together with
// the token, which costs little more than the token alone: the weights are read once. As long as
// the caller then feeds what was guessed, the logits are there already; with the first token that
// was not guessed the session drops the rest. So the caller samples and feeds one token at a time,
// as always; and since the session computes guesses with the same bits as single tokens, neither
// the text nor the state of the sampler can tell the difference.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>

#include "engine/base/result.h"
#include "engine/model/guess_policy.h"
#include "engine/model/prompt_lookup.h"
#include "engine/model/session.h"

namespace alcove::engine {

struct SpeculationReport {
    int64_t drafted = 0;   // tokens computed ahead
    int64_t accepted = 0;  // of them, those that were fed then
};

class Speculation {
public:
    /// Goes on where `session` is; its logits are those of its last token. Until drop() or the end
    /// of this object nobody else feeds the session.
    explicit Speculation(Session& session);
    ~Speculation() { drop(); }
    Speculation(const Speculation&) = delete;
    Speculation& operator=(const Speculation&) = delete;

    /// Of the last token fed. May be changed.
    [[nodiscard]] std::span<float> logits();
    /// Tokens the session holds, without those computed ahead.
    [[nodiscard]] int64_t length() const { return m_length; }

    /// Appends one token; on an error the session is as it was, without what was computed ahead.
    [[nodiscard]] Result<void> feed(Token token, std::stop_token stop = {});

    /// Drops what was computed ahead: the session holds what was fed.
    void drop();

    [[nodiscard]] const SpeculationReport& report() const { return m_report; }

private:
    void guessNext();

    Session& m_session;
    PromptLookup m_lookup;
    GuessPolicy m_policy;
    std::optional<Token> m_guess;  // of the next token
    int64_t m_length;              // tokens fed
    size_t m_row = 0;              // of the session's logits
    SpeculationReport m_report;
};

}  // namespace alcove::engine
