// Chooses the next token from logits. A sampler belongs to one answer: it remembers what was
// emitted for the penalties, and its random state, so that a seed reproduces the text: the same on
// every platform, for the same logits.
//
// The rules apply in this order: logit bias, penalties, DRY, top-k, typical, top-p, min-p, XTC,
// temperature, draw. At temperature 0 the likeliest token after bias, penalties and DRY is taken.
// A logit that comes as −infinity is a token that something forbids (a Constraint): no rule brings
// it back.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/sampling/candidates.h"
#include "engine/sampling/dry.h"

namespace alcove::engine {

struct SamplingOptions {
    float temperature = 0.8f;        // 0: greedy
    int32_t topK = 40;               // 0: off
    float topP = 0.95f;              // 1: off
    float minP = 0.05f;              // 0: off
    float typicalP = 1.0f;           // 1: off
    float repetitionPenalty = 1.0f;  // 1: off
    float frequencyPenalty = 0.0f;
    float presencePenalty = 0.0f;
    int32_t penaltyWindow = 64;  // last tokens looked at; −1: all
    float dryMultiplier = 0.0f;  // 0: off
    float dryBase = 1.75f;
    int32_t dryAllowedLength = 2;
    int32_t dryWindow = -1;  // −1: all
    std::vector<std::vector<int32_t>>
        dryBreakers;              // token sequences across which no repetition is counted
    float xtcProbability = 0.0f;  // 0: off
    float xtcThreshold = 0.1f;
    std::vector<std::pair<int32_t, float>> logitBias;  // added; −infinity forbids
    uint64_t seed = 0;
};

/// What an option may be, both ends included.
template <typename T>
struct Range {
    T lowest, greatest;
    [[nodiscard]] constexpr bool contains(T value) const {  // never what is not a number
        return value >= lowest && value <= greatest;
    }
};

namespace ranges {
inline constexpr int32_t kAny = INT32_MAX;
inline constexpr Range<float> kTemperature{0.0f, 100.0f};
inline constexpr Range<int32_t> kTopK{0, kAny};
inline constexpr Range<float> kProbability{0.0f, 1.0f};  // top-p, min-p, typical-p, both of XTC
inline constexpr Range<float> kRepetitionPenalty{0.01f, 100.0f};
inline constexpr Range<float> kPenalty{-100.0f, 100.0f};  // frequency, presence
inline constexpr Range<int32_t> kWindow{-1, kAny};        // of the penalties, of DRY
inline constexpr Range<float> kDryMultiplier{0.0f, 1000.0f};
inline constexpr Range<float> kDryBase{1.0f, 100.0f};
inline constexpr Range<int32_t> kDryAllowedLength{1, kAny};
}  // namespace ranges

/// Says in plain words which option is out of range.
[[nodiscard]] Result<void> validate(const SamplingOptions& options, int32_t vocabulary);

class Sampler {
public:
    explicit Sampler(SamplingOptions options);

    /// Tokens of the prompt count for the penalties as emitted ones do.
    void accept(int32_t token);

    /// `logits` is changed. Does not accept the token it returns. A logit that is not a number
    /// counts as −infinity; where nothing else is left, the answer is −1: no token is allowed.
    [[nodiscard]] int32_t sample(std::span<float> logits);

    /// Which tokens could be drawn now and how likely each is, the likeliest first. `logits` is
    /// changed, the random state only where XTC throws its dice.
    struct Choice {
        int32_t token = 0;
        float probability = 0.0f;
    };
    [[nodiscard]] std::vector<Choice> choices(std::span<float> logits);

    [[nodiscard]] const SamplingOptions& options() const { return m_options; }

private:
    void penalise(std::span<float> logits);
    void select(std::span<const float> logits);
    [[nodiscard]] double uniform();

    SamplingOptions m_options;
    Dry m_dry;
    std::mt19937_64 m_random;
    std::vector<int32_t> m_history;
    std::unordered_map<int32_t, int32_t> m_counts;  // of the tokens in the penalties' window
    Candidates m_candidates;                        // kept to spare allocations
    std::vector<float> m_probabilities;             // beside m_candidates
};

}  // namespace alcove::engine
