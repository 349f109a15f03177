#include "engine/sampling/dry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/sampling/portable_math.h"
#include "engine/sampling/sampler.h"

namespace alcove::engine {

Dry::Dry(const SamplingOptions& options)
    : m_multiplier(options.dryMultiplier),
      m_base(static_cast<double>(options.dryBase)),
      m_allowed(options.dryAllowedLength),
      m_window(options.dryWindow) {
    for (const std::vector<int32_t>& breaker : options.dryBreakers)
        if (!breaker.empty())
            m_breakers[breaker.front()].emplace_back(breaker.begin() + 1, breaker.end());
}

int64_t Dry::tokensSinceBreaker(std::span<const int32_t> window) const {
    const auto size = static_cast<int64_t>(window.size());
    for (int64_t back = 0; back < size; ++back) {  // `back` tokens come after this one
        const auto found = m_breakers.find(window[static_cast<size_t>(size - 1 - back)]);
        if (found == m_breakers.end()) continue;
        int64_t longest = -1;
        for (const std::vector<int32_t>& tail : found->second) {
            const auto length = static_cast<int64_t>(tail.size());
            if (length <= back && length > longest &&
                std::equal(tail.begin(), tail.end(), window.end() - back))
                longest = length;
        }
        if (longest >= 0) return back - longest;
    }
    return size;
}

void Dry::findRepetitions(std::span<const int32_t> window) {
    const auto size = static_cast<int64_t>(window.size());
    const int64_t limit = tokensSinceBreaker(window);
    m_prolongs.clear();
    if (limit < m_allowed) return;
    const auto token = [&](int64_t back) { return window[static_cast<size_t>(size - 1 - back)]; };
    m_lengths.assign(window.size(), 0);
    for (int64_t k = 1, left = 0, right = 0; k < size; ++k) {
        int64_t length = 0;
        if (k < right) length = std::min(m_lengths[static_cast<size_t>(k - left)], right - k);
        while (k + length < size && token(length) == token(k + length)) ++length;
        if (k + length > right) {
            left = k;
            right = k + length;
        }
        m_lengths[static_cast<size_t>(k)] = length;
        const int64_t counted = std::min(length, limit);
        if (counted < m_allowed) continue;
        int64_t& longest = m_prolongs[token(k - 1)];
        longest = std::max(longest, counted);
    }
}

void Dry::apply(std::span<const int32_t> history, std::span<float> logits) {
    const size_t size =
        m_window < 0 ? history.size() : std::min(history.size(), static_cast<size_t>(m_window));
    if (static_cast<int64_t>(size) <= m_allowed) return;
    findRepetitions(history.last(size));
    for (const auto& [token, length] : m_prolongs) {
        if (token < 0 || static_cast<size_t>(token) >= logits.size()) continue;
        const auto breaker = m_breakers.find(token);
        if (breaker != m_breakers.end() &&
            std::any_of(breaker->second.begin(), breaker->second.end(),
                        [](const auto& tail) { return tail.empty(); }))
            continue;  // a breaker by itself is no repetition
        const double penalty = m_multiplier * portable::power(m_base, length - m_allowed);
        const double lowered = static_cast<double>(logits[static_cast<size_t>(token)]) - penalty;
        constexpr double kLowest = std::numeric_limits<float>::lowest();
        if (lowered > kLowest)
            logits[static_cast<size_t>(token)] = static_cast<float>(lowered);
        else if (logits[static_cast<size_t>(token)] > std::numeric_limits<float>::lowest())
            logits[static_cast<size_t>(token)] = std::numeric_limits<float>::lowest();
    }
}

}  // namespace alcove::engine
