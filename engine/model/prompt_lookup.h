// How a text may go on, guessed from what it repeats: an answer about a document quotes it.
//
// Idea: the longest run of tokens that the text ends with and that stands in it before; what came
// after it then may come now. Runs are found as in LZ77: the last three tokens lead, through a
// table, to the latest place that ends with the same three, and from there to earlier ones; at a
// few of them the runs are compared backwards. Among equally long runs the latest counts.
//
// Source: Saxena, "Prompt lookup decoding" (2023); the chains are those of Deutsch's deflate.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/model/model.h"

namespace alcove::engine {

class PromptLookup {
public:
    static constexpr int64_t kShortest = 3;  // tokens of a run that counts
    static constexpr int64_t kLongest = 64;  // longer runs are not told apart

    void append(Token token);

    /// Tokens of the run that the text ends with and that stands in it before; 0: there is none.
    [[nodiscard]] int64_t matched() const { return m_matched; }
    /// `count` tokens that may come next; empty without a run. Where the run reaches to the end of
    /// the text, what lies between is repeated.
    [[nodiscard]] std::vector<Token> continuation(int64_t count) const;

private:
    void findRun();
    [[nodiscard]] int64_t runLength(int64_t earlier) const;

    std::vector<Token> m_tokens;
    std::vector<int64_t> m_earlier;  // place before, whose last three tokens hash to the same
    std::unordered_map<uint64_t, int64_t> m_latest;  // by hash of three tokens, their last place
    int64_t m_matched = 0;
    int64_t m_end = 0;  // the last place of the earlier run
};

}  // namespace alcove::engine
