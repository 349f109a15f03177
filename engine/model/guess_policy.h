// How many tokens to compute ahead of need.
//
// Two things are learnt while a text is made. The chance that a guess is right, for each class of
// lengths of the run that gave it: from every guess, also of those that were not computed. And what
// a further token in a pass costs, in units of a pass for one token: from the clock, since it
// differs by a factor of five between kernels, models and machines. A token is worth computing
// while the chance that it is wanted, the product of the chances up to it, is above that cost. So a
// text that does not quote soon gets no guesses at all.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace alcove::engine {

class GuessPolicy {
public:
    static constexpr int64_t kMost = 32;

    /// After a run of `matched` tokens the guess was, or was not, the token that came.
    void learnGuess(int64_t matched, bool right);
    /// A pass for `rows` tokens took `seconds`.
    void learnPass(int64_t rows, double seconds);

    /// Tokens worth computing ahead after a run of `matched`; at most `most`.
    [[nodiscard]] int64_t count(int64_t matched, int64_t most) const;

private:
    static constexpr size_t kClasses = 6;
    [[nodiscard]] static size_t classOf(int64_t matched);

    std::array<double, kClasses> m_chances{0.35, 0.45, 0.6, 0.8, 0.9, 0.95};
    double m_single = 0.0;  // seconds of a pass for one token; 0: not known yet
    double m_rowCost = 0.3;
};

}  // namespace alcove::engine
