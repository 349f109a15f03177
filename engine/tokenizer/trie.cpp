#include "engine/tokenizer/trie.h"

#include <algorithm>

namespace alcove::engine {

Trie::Trie(std::vector<Key> keys) {
    std::sort(keys.begin(), keys.end());
    struct Range {
        size_t begin, end;  // keys that share the node's prefix
    };
    std::vector<Range> level = {{0, keys.size()}};
    std::vector<Range> below;
    m_labels.push_back(0);
    for (size_t depth = 0; !level.empty(); ++depth) {
        below.clear();
        for (Range range : level) {
            int32_t value = -1;
            while (range.begin < range.end && keys[range.begin].first.size() == depth) {
                value = keys[range.begin++].second;
            }
            m_nodes.push_back({static_cast<uint32_t>(m_labels.size()), value});
            while (range.begin < range.end) {
                const char label = keys[range.begin].first[depth];
                size_t end = range.begin + 1;
                while (end < range.end && keys[end].first[depth] == label) ++end;
                m_labels.push_back(static_cast<uint8_t>(label));
                below.push_back({range.begin, end});
                range.begin = end;
            }
        }
        level.swap(below);
    }
    m_nodes.push_back({static_cast<uint32_t>(m_labels.size()), -1});
}

uint32_t Trie::next(uint32_t node, char byte) const {
    if (m_nodes.empty()) return kNone;
    const auto label = static_cast<uint8_t>(byte);
    uint32_t begin = m_nodes[node].firstChild;
    uint32_t end = m_nodes[node + 1].firstChild;
    while (end - begin > 8) {
        const uint32_t middle = begin + (end - begin) / 2;
        if (m_labels[middle] <= label) {
            begin = middle;
        } else {
            end = middle;
        }
    }
    for (; begin < end; ++begin) {
        if (m_labels[begin] == label) return begin;
    }
    return kNone;
}

}  // namespace alcove::engine
