// The tokens that may still come next, and the rules that cut the unlikely (or, in XTC, the all too
// likely) ones.
//
// Idea: nothing is sorted that need not be. The best k of 150,000 logits are found in one pass with
// a heap of k; what has to see the whole distribution (top-p, typical) sums it once, without moving
// it. Invariant: a Candidates list is in descending order of logits, equal ones in ascending order
// of tokens, so that a draw depends on nothing but the numbers.
//
// Sources: nucleus sampling, Holtzman et al. 2020; typical sampling, Meister et al. 2022; min-p,
// Nguyen et al. 2024; XTC, "exclude top choices", as in text-generation-webui.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace alcove::engine {

struct Candidate {
    int32_t token = 0;
    float logit = 0.0f;
};
using Candidates = std::vector<Candidate>;

/// The `count` greatest of `logits`; those of −infinity never. NaN must not occur.
void selectTop(std::span<const float> logits, size_t count, Candidates& out);
/// All that are at least `threshold`.
void selectAbove(std::span<const float> logits, float threshold, Candidates& out);
/// The fewest whose probabilities reach `p` of all, straight from the logits.
void selectTopP(std::span<const float> logits, float p, Candidates& out);

/// The lowest logit that min-p keeps beside the greatest.
[[nodiscard]] float minPThreshold(float greatest, float minP);

void keepTypical(Candidates& candidates, float p);
void keepTopP(Candidates& candidates, float p);
void keepMinP(Candidates& candidates, float minP);
/// Drops all but the last of those whose probability reaches `threshold`.
void excludeTopChoices(Candidates& candidates, float threshold);

/// Probabilities at `temperature`, which must be positive. They add up to 1.
void probabilities(const Candidates& candidates, float temperature, std::vector<float>& out);

}  // namespace alcove::engine
