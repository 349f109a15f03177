#include "engine/sampling/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/sampling/portable_math.h"

namespace alcove::engine {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

bool before(const Candidate& a, const Candidate& b) {
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
}

float greatestOf(std::span<const float> logits) {
    float greatest = kForbidden;
    for (const float logit : logits) greatest = logit > greatest ? logit : greatest;
    return greatest;
}

/// Σ exp(logit − greatest), in a fixed order.
double weightOf(std::span<const float> logits, float greatest) {
    constexpr size_t kLanes = 8;
    double sums[kLanes] = {};
    size_t i = 0;
    for (; i + kLanes <= logits.size(); i += kLanes) {
        float weights[kLanes];
        for (size_t j = 0; j < kLanes; ++j)
            weights[j] = portable::expNonPositive(logits[i + j] - greatest);
        for (size_t j = 0; j < kLanes; ++j) sums[j] += static_cast<double>(weights[j]);
    }
    double sum = 0.0;
    for (const double part : sums) sum += part;
    for (; i < logits.size(); ++i)
        sum += static_cast<double>(portable::expNonPositive(logits[i] - greatest));
    return sum;
}

double weightOf(const Candidates& candidates) {
    double sum = 0.0;
    for (const Candidate& candidate : candidates)
        sum += static_cast<double>(
            portable::expNonPositive(candidate.logit - candidates.front().logit));
    return sum;
}

/// How many candidates it takes to reach `wanted`; one past the end if they do not.
size_t countToReach(const Candidates& candidates, double wanted) {
    double sum = 0.0;
    for (size_t i = 0; i < candidates.size(); ++i) {
        sum += static_cast<double>(
            portable::expNonPositive(candidates[i].logit - candidates.front().logit));
        if (sum >= wanted) return i + 1;
    }
    return candidates.size() + 1;
}

}  // namespace

void selectTop(std::span<const float> logits, size_t count, Candidates& out) {
    constexpr size_t kBlock = 32;  // its greatest value is found without branches
    out.clear();
    count = std::min(count, logits.size());
    if (count == 0) return;
    out.reserve(count + 1);
    float lowest = kForbidden;  // of the heap, once it is full
    for (size_t begin = 0; begin < logits.size(); begin += kBlock) {
        const auto block = logits.subspan(begin, std::min(kBlock, logits.size() - begin));
        if (!(greatestOf(block) > lowest)) continue;
        for (size_t j = 0; j < block.size(); ++j) {
            if (!(block[j] > lowest)) continue;  // an equal one with a greater token stays out
            out.push_back({static_cast<int32_t>(begin + j), block[j]});
            std::push_heap(out.begin(), out.end(), before);
            if (out.size() > count) {
                std::pop_heap(out.begin(), out.end(), before);
                out.pop_back();
            }
            if (out.size() == count) lowest = out.front().logit;
        }
    }
    std::sort_heap(out.begin(), out.end(), before);
}

void selectAbove(std::span<const float> logits, float threshold, Candidates& out) {
    out.clear();
    for (size_t i = 0; i < logits.size(); ++i)
        if (logits[i] >= threshold && logits[i] > kForbidden)
            out.push_back({static_cast<int32_t>(i), logits[i]});
    std::sort(out.begin(), out.end(), before);
}

void selectTopP(std::span<const float> logits, float p, Candidates& out) {
    const float greatest = greatestOf(logits);
    if (!(greatest > kForbidden)) {
        out.clear();
        return;
    }
    const double wanted = static_cast<double>(p) * weightOf(logits, greatest);
    for (size_t guess = 256;; guess *= 16) {  // a few tokens hold almost all of the weight
        if (guess * 8 >= logits.size()) {     // a heap of that size costs more than sorting all
            selectAbove(logits, kForbidden, out);
            break;
        }
        selectTop(logits, guess, out);
        if (countToReach(out, wanted) <= out.size()) break;
    }
    out.resize(std::min(out.size(), countToReach(out, wanted)));
}

float minPThreshold(float greatest, float minP) {
    return greatest + static_cast<float>(portable::log(static_cast<double>(minP)));
}

void keepTypical(Candidates& candidates, float p) {
    if (candidates.empty()) return;
    // With w = exp(l − max) and W = Σ w: −ln(w/W) = ln W − (l − max), and the entropy is the mean
    // of that. A candidate is typical when its surprise is near the entropy.
    const float greatest = candidates.front().logit;
    const double total = weightOf(candidates);
    const double logTotal = portable::log(total);
    std::vector<double> surprise(candidates.size());
    double entropy = 0.0;
    for (size_t i = 0; i < candidates.size(); ++i) {
        const float x = candidates[i].logit - greatest;
        surprise[i] = logTotal - static_cast<double>(x);
        entropy += static_cast<double>(portable::expNonPositive(x)) / total * surprise[i];
    }
    std::vector<uint32_t> order(candidates.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
        const double x = std::abs(surprise[a] - entropy), y = std::abs(surprise[b] - entropy);
        return x < y || (x == y && a < b);
    });
    Candidates kept;
    double sum = 0.0;
    for (const uint32_t i : order) {
        kept.push_back(candidates[i]);
        sum += static_cast<double>(portable::expNonPositive(candidates[i].logit - greatest));
        if (sum > static_cast<double>(p) * total) break;
    }
    std::sort(kept.begin(), kept.end(), before);
    candidates = std::move(kept);
}

void keepTopP(Candidates& candidates, float p) {
    const double wanted = static_cast<double>(p) * weightOf(candidates);
    candidates.resize(std::min(candidates.size(), countToReach(candidates, wanted)));
}

void keepMinP(Candidates& candidates, float minP) {
    if (candidates.empty()) return;
    const float threshold = minPThreshold(candidates.front().logit, minP);
    size_t kept = 1;
    while (kept < candidates.size() && candidates[kept].logit >= threshold) ++kept;
    candidates.resize(kept);
}

void excludeTopChoices(Candidates& candidates, float threshold) {
    if (candidates.empty()) return;
    const double wanted = static_cast<double>(threshold) * weightOf(candidates);
    const float greatest = candidates.front().logit;
    size_t likely = 0;
    while (likely < candidates.size() && static_cast<double>(portable::expNonPositive(
                                             candidates[likely].logit - greatest)) >= wanted)
        ++likely;
    if (likely > 1) candidates.erase(candidates.begin(), candidates.begin() + (likely - 1));
}

void probabilities(const Candidates& candidates, float temperature, std::vector<float>& out) {
    out.resize(candidates.size());
    double total = 0.0;
    for (size_t i = 0; i < candidates.size(); ++i) {
        const float x = (candidates[i].logit - candidates.front().logit) / temperature;
        out[i] = portable::expNonPositive(x);
        total += static_cast<double>(out[i]);
    }
    for (float& weight : out) weight = static_cast<float>(static_cast<double>(weight) / total);
}

}  // namespace alcove::engine
