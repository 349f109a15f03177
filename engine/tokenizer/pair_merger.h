// Merges neighbouring symbols, the best pair first, until none can be merged: the heart of BPE and
// of SentencePiece's greedy tokenizer, which differ only in what makes a pair good.
//
// A caller's `join(left, right)` gives the pair's order (smaller is sooner; of equals the leftmost)
// and the symbol it becomes. Short words are scanned for the best pair again after each merge; long
// ones keep the pairs in a heap, so that a megabyte without a blank takes n log n. Heap entries are
// not removed when a merge makes them stale: they are recognised by their length, because the
// symbols of a pair can only grow or vanish.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/unicode.h"

namespace alcove::engine {

struct Symbol {
    uint32_t begin = 0;  // in the text
    uint32_t size = 0;   // 0 once merged into its left neighbour
    int32_t id = -1;     // -1: a character that no piece has
};

struct Joined {
    uint32_t order = UINT32_MAX;
    int32_t id = -1;  // -1: the pair does not merge
};

class PairMerger {
public:
    /// Leaves in `symbols` what remains, in the text's order.
    template <typename Join>
    void merge(std::vector<Symbol>& symbols, Join join) {
        if (symbols.size() < 2) return;
        if (symbols.size() <= kScanLimit) {
            scan(symbols, join);
        } else {
            queue(symbols, join);
        }
    }

private:
    static constexpr size_t kScanLimit = 48;  // measured: a heap pays from here on

    template <typename Join>
    void scan(std::vector<Symbol>& symbols, Join& join) {
        m_joined.resize(symbols.size());
        size_t count = symbols.size();
        for (size_t i = 0; i + 1 < count; ++i) m_joined[i] = join(symbols[i], symbols[i + 1]);
        while (count > 1) {
            size_t best = 0;
            for (size_t i = 1; i + 1 < count; ++i) {
                if (m_joined[i].order < m_joined[best].order) best = i;
            }
            if (m_joined[best].id < 0) break;
            symbols[best].size += symbols[best + 1].size;
            symbols[best].id = m_joined[best].id;
            --count;
            for (size_t i = best + 1; i < count; ++i) {
                symbols[i] = symbols[i + 1];
                m_joined[i] = m_joined[i + 1];
            }
            if (best + 1 < count) {
                m_joined[best] = join(symbols[best], symbols[best + 1]);
            }
            if (best > 0) m_joined[best - 1] = join(symbols[best - 1], symbols[best]);
        }
        symbols.resize(count);
    }

    template <typename Join>
    void queue(std::vector<Symbol>& symbols, Join& join) {
        const auto count = static_cast<uint32_t>(symbols.size());
        m_heap.clear();
        m_links.resize(count);
        for (uint32_t i = 0; i < count; ++i) m_links[i] = {i - 1, i + 1};
        const auto offer = [&](uint32_t left, uint32_t right) {
            const Joined joined = join(symbols[left], symbols[right]);
            if (joined.id < 0) return;
            m_heap.push_back({uint64_t{joined.order} << 32 | left, right,
                              symbols[left].size + symbols[right].size, joined.id});
        };
        for (uint32_t i = 0; i + 1 < count; ++i) offer(i, i + 1);
        std::make_heap(m_heap.begin(), m_heap.end(), later);
        const auto offerOnHeap = [&](uint32_t left, uint32_t right) {
            const size_t before = m_heap.size();
            offer(left, right);
            if (m_heap.size() > before) std::push_heap(m_heap.begin(), m_heap.end(), later);
        };
        while (!m_heap.empty()) {
            std::pop_heap(m_heap.begin(), m_heap.end(), later);
            const Pair pair = m_heap.back();
            m_heap.pop_back();
            const auto left = static_cast<uint32_t>(pair.key);
            Symbol& a = symbols[left];
            Symbol& b = symbols[pair.right];
            if (a.size == 0 || b.size == 0 || a.size + b.size != pair.size) continue;
            a.size = pair.size;
            a.id = pair.id;
            b.size = 0;
            const uint32_t after = m_links[pair.right].next;
            m_links[left].next = after;
            if (after < count) m_links[after].previous = left;
            if (left > 0) offerOnHeap(m_links[left].previous, left);
            if (after < count) offerOnHeap(left, after);
        }
        std::erase_if(symbols, [](const Symbol& symbol) { return symbol.size == 0; });
    }

    struct Pair {
        uint64_t key;  // order, then the left symbol
        uint32_t right;
        uint32_t size;  // of both together
        int32_t id;
    };
    struct Link {
        uint32_t previous, next;
    };
    static bool later(const Pair& a, const Pair& b) { return a.key > b.key; }

    std::vector<Joined> m_joined;
    std::vector<Pair> m_heap;
    std::vector<Link> m_links;
};

/// Which characters stand side by side inside some piece. Where two never do, no merge crosses the
/// gap between them, so a long text falls into independent short ones. A filter: it may say yes for
/// a pair that no piece has.
class NeighbourFilter {
public:
    NeighbourFilter() : m_bits(kBits / 64) {}

    void addPiece(std::string_view piece) {
        walk(piece, [&](size_t, uint32_t slot) { m_bits[slot / 64] |= uint64_t{1} << slot % 64; });
    }
    /// Calls `run(begin, end)` for each independent part of the text.
    template <typename Run>
    void split(std::string_view text, Run run) const {
        size_t begin = 0;
        walk(text, [&](size_t at, uint32_t slot) {
            if ((m_bits[slot / 64] >> slot % 64 & 1) != 0) return;
            run(begin, at);
            begin = at;
        });
        if (begin < text.size()) run(begin, text.size());
    }

private:
    static constexpr uint32_t kBits = 1 << 20;

    /// Calls `see(at, slot)` for each place between two characters.
    template <typename See>
    static void walk(std::string_view text, See see) {
        uint32_t before = 0;
        for (size_t at = 0; at < text.size();) {
            const size_t length = std::min(utf8Length(text[at]), text.size() - at);
            uint32_t code = 0;
            for (size_t i = 0; i < length; ++i)
                code = code << 8 | static_cast<uint8_t>(text[at + i]);
            if (at > 0)
                see(at, static_cast<uint32_t>((before * 0x9E3779B1U ^ code) * 0x85EBCA6BU) >> 12);
            before = code;
            at += length;
        }
    }

    std::vector<uint64_t> m_bits;
};

}  // namespace alcove::engine
