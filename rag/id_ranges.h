// A set of ids that lie in runs: the chunks of a document have one after the other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
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
        const auto before = [](const Range& a, const Range& b) { return a.first < b.first; };
        if (!std::is_sorted(ranges.begin(), ranges.end(), before))
            std::sort(ranges.begin(), ranges.end(), before);
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
    /// contains(), quicker where ids are asked for in ascending order. Lives no longer than the
    /// set.
    class Cursor {
    public:
        explicit Cursor(const IdRanges& ids) : m_ranges(ids.m_ranges) {}
        [[nodiscard]] bool contains(int64_t id) {
            // The answer is the same from m_from up to m_until.
            if (id < m_from || id >= m_until) {
                const auto after =
                    std::upper_bound(m_ranges.begin(), m_ranges.end(), id,
                                     [](int64_t value, const Range& r) { return value < r.first; });
                m_inside = after != m_ranges.begin() && id < std::prev(after)->end;
                m_from = after == m_ranges.begin() ? INT64_MIN
                         : m_inside                ? std::prev(after)->first
                                                   : std::prev(after)->end;
                m_until = m_inside                  ? std::prev(after)->end
                          : after == m_ranges.end() ? INT64_MAX
                                                    : after->first;
            }
            return m_inside;
        }

    private:
        const std::vector<Range>& m_ranges;
        int64_t m_from = 0, m_until = 0;
        bool m_inside = false;
    };

    [[nodiscard]] uint64_t count() const {
        uint64_t sum = 0;
        for (const Range& range : m_ranges) sum += static_cast<uint64_t>(range.end - range.first);
        return sum;
    }
    [[nodiscard]] const std::vector<Range>& ranges() const { return m_ranges; }
    /// At most `most` ranges that hold all of these, and as little else as can be.
    [[nodiscard]] std::vector<Range> spans(size_t most) const {
        if (m_ranges.size() <= most) return m_ranges;
        std::vector<int64_t> gaps;  // between neighbours
        for (size_t i = 1; i < m_ranges.size(); ++i)
            gaps.push_back(m_ranges[i].first - m_ranges[i - 1].end);
        std::vector<int64_t> widest(gaps);
        const auto last = widest.begin() + static_cast<std::ptrdiff_t>(most) - 1;
        std::nth_element(widest.begin(), last, widest.end(), std::greater<>());
        std::vector<Range> spans = {m_ranges.front()};
        for (size_t i = 1; i < m_ranges.size(); ++i) {
            // Gaps as wide as the last of the widest may be more than there is room for.
            if (gaps[i - 1] > *last)
                spans.push_back(m_ranges[i]);
            else
                spans.back().end = m_ranges[i].end;
        }
        return spans;
    }

private:
    std::vector<Range> m_ranges;  // ascending, apart, none empty
};

}  // namespace alcove::rag
