#include "engine/sampling/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace alcove::engine {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

/// NaN becomes −infinity and +infinity the greatest number, so that all that follows is arithmetic.
void makeFinite(std::span<float> logits) {
    constexpr float kGreatest = std::numeric_limits<float>::max();
    for (float& logit : logits) {
        const float bounded = logit > kGreatest ? kGreatest : logit;
        logit = bounded == bounded ? bounded : kForbidden;
    }
}

template <typename T>
Result<void> inRange(const char* name, T value, const Range<T>& range) {
    if (range.contains(value)) return {};
    return fail(name, " is ", value, "; it must lie between ", range.lowest, " and ",
                range.greatest);
}

}  // namespace

Result<void> validate(const SamplingOptions& o, int32_t vocabulary) {
    ALCOVE_CHECK(inRange("temperature", o.temperature, ranges::kTemperature));
    ALCOVE_CHECK(inRange("top-k", o.topK, ranges::kTopK));
    ALCOVE_CHECK(inRange("top-p", o.topP, ranges::kProbability));
    ALCOVE_CHECK(inRange("min-p", o.minP, ranges::kProbability));
    ALCOVE_CHECK(inRange("typical-p", o.typicalP, ranges::kProbability));
    ALCOVE_CHECK(inRange("repetition penalty", o.repetitionPenalty, ranges::kRepetitionPenalty));
    ALCOVE_CHECK(inRange("frequency penalty", o.frequencyPenalty, ranges::kPenalty));
    ALCOVE_CHECK(inRange("presence penalty", o.presencePenalty, ranges::kPenalty));
    ALCOVE_CHECK(inRange("penalty window", o.penaltyWindow, ranges::kWindow));
    ALCOVE_CHECK(inRange("DRY multiplier", o.dryMultiplier, ranges::kDryMultiplier));
    ALCOVE_CHECK(inRange("DRY base", o.dryBase, ranges::kDryBase));
    ALCOVE_CHECK(inRange("DRY allowed length", o.dryAllowedLength, ranges::kDryAllowedLength));
    ALCOVE_CHECK(inRange("DRY window", o.dryWindow, ranges::kWindow));
    ALCOVE_CHECK(inRange("XTC probability", o.xtcProbability, ranges::kProbability));
    ALCOVE_CHECK(inRange("XTC threshold", o.xtcThreshold, ranges::kProbability));
    for (const auto& [token, bias] : o.logitBias) {
        if (token < 0 || token >= vocabulary)
            return fail("logit bias names token ", token, "; the vocabulary has ", vocabulary);
        if (std::isnan(bias)) return fail("logit bias of token ", token, " is not a number");
    }
    return {};
}

Sampler::Sampler(SamplingOptions options)
    : m_options(std::move(options)), m_dry(m_options), m_random(m_options.seed) {}

void Sampler::accept(int32_t token) {
    m_history.push_back(token);
    const int64_t window = m_options.penaltyWindow;
    if (window == 0) return;
    ++m_counts[token];
    if (window < 0 || static_cast<int64_t>(m_history.size()) <= window) return;
    const auto left = m_counts.find(m_history[m_history.size() - 1 - static_cast<size_t>(window)]);
    if (--left->second == 0) m_counts.erase(left);
}

void Sampler::penalise(std::span<float> logits) {
    for (const auto& [token, bias] : m_options.logitBias)
        if (token >= 0 && static_cast<size_t>(token) < logits.size())
            logits[static_cast<size_t>(token)] += bias;
    makeFinite(logits);
    const SamplingOptions& o = m_options;
    if (o.repetitionPenalty != 1.0f || o.frequencyPenalty != 0.0f || o.presencePenalty != 0.0f) {
        for (const auto& [token, count] : m_counts) {
            if (token < 0 || static_cast<size_t>(token) >= logits.size()) continue;
            float& logit = logits[static_cast<size_t>(token)];
            // Dividing a negative logit would make the token likelier.
            logit = logit > 0.0f ? logit / o.repetitionPenalty : logit * o.repetitionPenalty;
            logit -= static_cast<float>(count) * o.frequencyPenalty + o.presencePenalty;
        }
        makeFinite(logits);
    }
    if (o.dryMultiplier > 0.0f) m_dry.apply(m_history, logits);
}

double Sampler::uniform() {
    // std::uniform_real_distribution gives other numbers with every library.
    return static_cast<double>(m_random() >> 11) * 0x1p-53;
}

/// Fills m_candidates. What can be cut while they are taken from the logits is cut there.
void Sampler::select(std::span<const float> logits) {
    const SamplingOptions& o = m_options;
    const bool typical = o.typicalP < 1.0f, topP = o.topP < 1.0f, minP = o.minP > 0.0f;
    const bool topK = o.topK > 0 && static_cast<size_t>(o.topK) < logits.size();
    bool topPDone = false;
    if (topK) {
        selectTop(logits, static_cast<size_t>(o.topK), m_candidates);
    } else if (!typical && topP) {
        selectTopP(logits, o.topP, m_candidates);
        topPDone = true;
    } else if (!typical && minP && !logits.empty()) {
        const float greatest = *std::max_element(logits.begin(), logits.end());
        selectAbove(logits, minPThreshold(greatest, o.minP), m_candidates);
    } else {
        selectAbove(logits, kForbidden, m_candidates);
    }
    if (typical) keepTypical(m_candidates, o.typicalP);
    if (topP && !topPDone) keepTopP(m_candidates, o.topP);
    if (minP) keepMinP(m_candidates, o.minP);
    // Above one half only one token can reach the threshold: nothing would be excluded.
    if (o.xtcProbability > 0.0f && o.xtcThreshold <= 0.5f && m_candidates.size() > 1 &&
        uniform() < static_cast<double>(o.xtcProbability))
        excludeTopChoices(m_candidates, o.xtcThreshold);
}

std::vector<Sampler::Choice> Sampler::choices(std::span<float> logits) {
    penalise(logits);
    if (m_options.temperature <= 0.0f) {
        selectTop(logits, 1, m_candidates);
        m_probabilities.assign(m_candidates.size(), 1.0f);
    } else {
        select(logits);
        probabilities(m_candidates, m_options.temperature, m_probabilities);
    }
    std::vector<Choice> out(m_candidates.size());
    for (size_t i = 0; i < out.size(); ++i) out[i] = {m_candidates[i].token, m_probabilities[i]};
    return out;
}

int32_t Sampler::sample(std::span<float> logits) {
    penalise(logits);
    if (m_options.temperature <= 0.0f) {
        selectTop(logits, 1, m_candidates);
        return m_candidates.empty() ? -1 : m_candidates.front().token;
    }
    select(logits);
    if (m_candidates.empty()) return -1;
    probabilities(m_candidates, m_options.temperature, m_probabilities);
    const double drawn = uniform();
    double sum = 0.0;
    for (size_t i = 0; i < m_candidates.size(); ++i) {
        sum += static_cast<double>(m_probabilities[i]);
        if (drawn < sum) return m_candidates[i].token;
    }
    return m_candidates.back().token;  // the sum fell short of 1 by rounding
}

}  // namespace alcove::engine
