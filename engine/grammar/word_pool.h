// Sequences of 32-bit words, each kept once and known by a number, so that equal ones have equal
// numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace alcove::engine::grammar {

class WordPool {
public:
    WordPool() : m_begins{0}, m_table(kFirstSlots, kFree) {}

    [[nodiscard]] uint32_t size() const { return static_cast<uint32_t>(m_begins.size() - 1); }
    [[nodiscard]] std::span<const uint32_t> operator[](uint32_t number) const {
        return std::span(m_words).subspan(m_begins[number],
                                          m_begins[number + 1] - m_begins[number]);
    }
    [[nodiscard]] size_t bytes() const {
        return (m_words.size() + m_begins.size() * 2 + m_table.size()) * sizeof(uint32_t);
    }

    /// `words` must not lie in the pool.
    uint32_t intern(std::span<const uint32_t> words) {
        size_t slot = slotOf(words);
        if (m_table[slot] != kFree) return m_table[slot];
        if (size_t{size()} * 2 >= m_table.size()) {
            grow();
            slot = slotOf(words);
        }
        m_table[slot] = size();
        m_words.insert(m_words.end(), words.begin(), words.end());
        m_begins.push_back(m_words.size());
        return m_table[slot];
    }

private:
    static constexpr uint32_t kFree = UINT32_MAX;
    static constexpr size_t kFirstSlots = 64;

    static uint64_t hash(std::span<const uint32_t> words) {
        uint64_t h = words.size();
        for (const uint32_t word : words) {
            h = (h ^ word) * 0x9E3779B97F4A7C15u;
            h ^= h >> 29;
        }
        return h;
    }

    [[nodiscard]] size_t slotOf(std::span<const uint32_t> words) const {
        const size_t mask = m_table.size() - 1;
        size_t slot = hash(words) & mask;
        for (; m_table[slot] != kFree; slot = (slot + 1) & mask)
            if (std::ranges::equal((*this)[m_table[slot]], words)) break;
        return slot;
    }

    void grow() {
        m_table.assign(m_table.size() * 2, kFree);
        for (uint32_t number = 0; number < size(); ++number)
            m_table[slotOf((*this)[number])] = number;
    }

    std::vector<uint32_t> m_words;
    std::vector<size_t> m_begins;   // and one more for the end
    std::vector<uint32_t> m_table;  // numbers, found by hash
};

}  // namespace alcove::engine::grammar
