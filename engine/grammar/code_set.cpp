#include "engine/grammar/code_set.h"

#include <algorithm>

#include "engine/base/unicode.h"

namespace alcove::engine::grammar {
namespace {

constexpr CodeRange kSurrogates{0xD800, 0xDFFF};
constexpr char32_t kLast = kUnicodeLimit - 1;

/// Ascending and apart: what is left of each range outside of the surrogates.
std::vector<CodeRange> charactersOnly(const std::vector<CodeRange>& ranges) {
    std::vector<CodeRange> out;
    for (CodeRange range : ranges) {
        range.last = std::min(range.last, kLast);
        if (range.first > range.last) continue;
        if (range.first < kSurrogates.first)
            out.push_back({range.first, std::min<char32_t>(range.last, kSurrogates.first - 1)});
        if (range.last > kSurrogates.last)
            out.push_back({std::max<char32_t>(range.first, kSurrogates.last + 1), range.last});
    }
    return out;
}

void encode(char32_t code, size_t length, uint8_t* out) {
    constexpr uint8_t kLeads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length; i-- > 1; code >>= 6) out[i] = static_cast<uint8_t>(0x80 | (code & 63));
    out[0] = static_cast<uint8_t>(kLeads[length] | code);
}

/// Splits a range of characters with `length` bytes each until all that share their first bytes
/// have every continuation.
void addSequences(char32_t first, char32_t last, size_t length, std::vector<ByteSequence>& out) {
    for (size_t tail = 1; tail < length; ++tail) {
        const char32_t mask = (char32_t{1} << (6 * tail)) - 1;
        if ((first & ~mask) == (last & ~mask)) continue;
        if ((first & mask) != 0) {
            addSequences(first, first | mask, length, out);
            addSequences((first | mask) + 1, last, length, out);
            return;
        }
        if ((last & mask) != mask) {
            addSequences(first, (last & ~mask) - 1, length, out);
            addSequences(last & ~mask, last, length, out);
            return;
        }
    }
    uint8_t low[4], high[4];
    encode(first, length, low);
    encode(last, length, high);
    ByteSequence sequence;
    for (size_t i = 0; i < length; ++i) sequence.push_back({low[i], high[i]});
    out.push_back(std::move(sequence));
}

}  // namespace

CodeSet::CodeSet(std::vector<CodeRange> ranges) {
    ranges = charactersOnly(ranges);
    std::sort(ranges.begin(), ranges.end(),
              [](const CodeRange& a, const CodeRange& b) { return a.first < b.first; });
    for (const CodeRange& range : ranges) {
        if (!m_ranges.empty() && range.first <= m_ranges.back().last + 1)
            m_ranges.back().last = std::max(m_ranges.back().last, range.last);
        else
            m_ranges.push_back(range);
    }
}

CodeSet CodeSet::all() { return CodeSet(0, kLast); }

CodeSet CodeSet::with(const CodeSet& other) const {
    std::vector<CodeRange> both = m_ranges;
    both.insert(both.end(), other.m_ranges.begin(), other.m_ranges.end());
    return CodeSet(std::move(both));
}

CodeSet CodeSet::without(const CodeSet& other) const {
    std::vector<CodeRange> left;
    size_t next = 0;
    for (CodeRange range : m_ranges) {
        while (next < other.m_ranges.size() && other.m_ranges[next].last < range.first) ++next;
        bool rest = true;
        for (size_t i = next; i < other.m_ranges.size() && other.m_ranges[i].first <= range.last;
             ++i) {
            const CodeRange& hole = other.m_ranges[i];
            if (hole.first > range.first) left.push_back({range.first, hole.first - 1});
            rest = hole.last < range.last;
            if (!rest) break;
            range.first = hole.last + 1;
        }
        if (rest) left.push_back(range);
    }
    return CodeSet(std::move(left));
}

CodeSet CodeSet::common(const CodeSet& other) const { return without(other.complement()); }

bool CodeSet::contains(char32_t code) const {
    const auto after = std::upper_bound(m_ranges.begin(), m_ranges.end(), code,
                                        [](char32_t c, const CodeRange& r) { return c < r.first; });
    return after != m_ranges.begin() && code <= std::prev(after)->last;
}

uint32_t CodeSet::size() const {
    uint32_t count = 0;
    for (const CodeRange& range : m_ranges) count += range.last - range.first + 1;
    return count;
}

std::vector<ByteSequence> utf8Sequences(const CodeSet& set) {
    std::vector<ByteSequence> out;
    constexpr char32_t kFirst[] = {0, 0, 0x80, 0x800, 0x10000, kUnicodeLimit};
    for (const CodeRange& range : set.ranges())
        for (size_t length = 1; length <= 4; ++length) {
            const char32_t first = std::max(range.first, kFirst[length]);
            const char32_t last = std::min<char32_t>(range.last, kFirst[length + 1] - 1);
            if (first <= last) addSequences(first, last, length, out);
        }
    return out;
}

}  // namespace alcove::engine::grammar
