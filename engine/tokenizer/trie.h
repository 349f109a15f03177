// A byte trie that is built once and only read afterwards.
//
// Nodes are numbered breadth first, so the children of a node lie side by side, ordered by their
// byte: a node needs no pointers but the number of its first child. There is at most one node for
// each byte of the keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace alcove::engine {

class Trie {
public:
    using Key = std::pair<std::string_view, int32_t>;  // the bytes and the value, which is >= 0
    static constexpr uint32_t kRoot = 0;
    static constexpr uint32_t kNone = UINT32_MAX;

    Trie() = default;
    /// Of equal keys the largest value wins. Keys may be in any order; their bytes are not kept.
    explicit Trie(std::vector<Key> keys);

    /// The child reached by a byte, or kNone.
    [[nodiscard]] uint32_t next(uint32_t node, char byte) const;
    /// The value of the key that ends at a node, or -1.
    [[nodiscard]] int32_t value(uint32_t node) const { return m_nodes[node].value; }

private:
    struct Node {
        uint32_t firstChild;  // the children end where the next node's begin
        int32_t value;
    };
    std::vector<Node> m_nodes;      // and one more, for the end of the last node's children
    std::vector<uint8_t> m_labels;  // the byte that leads to each node
};

}  // namespace alcove::engine
