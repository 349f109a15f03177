// A set of ids that lie in runs: the chunks of a document have one after the other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace alcove::rag {

class IdRanges {
public:
    struct Range {
        int64_t first = 0, end = 0;  // end is one past the last
    };

    IdRanges() = default;
    explicit IdRanges(std::vector<Range> ranges) {
        std::sort(ranges.begin(), ranges.end(),
                  [](const Range& a, const Range& b) { return a.first < b.first; });
        for (const Range& range : ranges) {
            if (range.first >= range.end) continue;
            if (!m_ranges.empty() && range.first <= m_ranges.back().end)
                m_ranges.back().end = std::max(m_ranges.back().end, range.end);
            else
                m_ranges.push_back(range);
        }
    }

    [[nodiscard]] bool contains(int64_t id) const {
        const auto after =
            std::upper_bound(m_ranges.begin(), m_ranges.end(), id,
                             [](int64_t value, const Range& r) { return value < r.first; });
        return after != m_ranges.begin() && id < std::prev(after)->end;
    }
    [[nodiscard]] uint64_t count() const {
        uint64_t sum = 0;
        for (const Range& range : m_ranges) sum += static_cast<uint64_t>(range.end - range.first);
        return sum;
    }
    [[nodiscard]] const std::vector<Range>& ranges() const { return m_ranges; }

private:
    std::vector<Range> m_ranges;  // ascending, apart, none empty
};

}  // namespace alcove::rag
