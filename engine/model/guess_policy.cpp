#include "engine/model/guess_policy.h"

#include <algorithm>
#include <iterator>

namespace alcove::engine {
namespace {

constexpr double kLearning = 1.0 / 12.0;
constexpr double kLearningTime = 1.0 / 6.0;
// Never so dear that nothing is computed ahead any more: then it would not be measured again.
constexpr double kCheapest = 0.02, kDearest = 0.75;

}  // namespace

size_t GuessPolicy::classOf(int64_t matched) {
    constexpr int64_t kLast[kClasses - 1] = {3, 4, 6, 10, 20};
    return static_cast<size_t>(std::ranges::lower_bound(kLast, matched) - std::begin(kLast));
}

void GuessPolicy::learnGuess(int64_t matched, bool right) {
    double& chance = m_chances[classOf(matched)];
    chance += kLearning * ((right ? 1.0 : 0.0) - chance);
}

void GuessPolicy::learnPass(int64_t rows, double seconds) {
    if (rows == 1) {
        m_single += (m_single == 0.0 ? 1.0 : kLearningTime) * (seconds - m_single);
    } else if (m_single > 0.0) {
        const double cost = (seconds / m_single - 1.0) / static_cast<double>(rows - 1);
        m_rowCost += kLearningTime * (std::clamp(cost, kCheapest, kDearest) - m_rowCost);
    }
}

int64_t GuessPolicy::count(int64_t matched, int64_t most) const {
    if (matched == 0) return 0;
    most = std::min(most, kMost);
    double wanted = 1.0;
    for (int64_t count = 0; count < most; ++count) {
        wanted *= m_chances[classOf(matched + count)];
        if (wanted < m_rowCost) return count;
    }
    return std::max<int64_t>(most, 0);
}

}  // namespace alcove::engine
