// DRY ("don't repeat yourself"): a token that would prolong a repetition of what the text ends with
// is made the less likely the longer the repetition already is: by multiplier · base^(length −
// allowed length), for lengths of at least the allowed one.
//
// Read backwards from its end, the text is r. Z[k], the length of the longest common prefix of r
// and of r from k on, says how many of the last tokens also stand before position k; the token r[k
// − 1] came after them then, and would prolong the repetition now. The Z-algorithm finds all Z[k]
// in one pass: inside the furthest match known, [left, right), Z[k] is a copy of Z[k − left] as far
// as the match goes, and beyond it each token is looked at once.
//
// No repetition is counted across a breaker: only the tokens after the last one count.
//
// Source: the rule is p-e-w's (text-generation-webui); the Z-algorithm is Gusfield's (1997).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace alcove::engine {

struct SamplingOptions;

class Dry {
public:
    explicit Dry(const SamplingOptions& options);

    /// Lowers the logits of tokens that would prolong a repetition in `history`.
    void apply(std::span<const int32_t> history, std::span<float> logits);

private:
    [[nodiscard]] int64_t tokensSinceBreaker(std::span<const int32_t> window) const;
    void findRepetitions(std::span<const int32_t> window);

    float m_multiplier;
    double m_base;
    int64_t m_allowed;
    int64_t m_window;
    std::unordered_map<int32_t, std::vector<std::vector<int32_t>>> m_breakers;  // by first token
    std::vector<int64_t> m_lengths;                   // Z, kept to spare allocations
    std::unordered_map<int32_t, int64_t> m_prolongs;  // token → longest repetition it prolongs
};

}  // namespace alcove::engine
