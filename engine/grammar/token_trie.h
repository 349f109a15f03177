// The vocabulary as a grammar sees it: which bytes each token writes, arranged by common
// beginnings, so that one walk finds all tokens that may come next. Built once for a tokenizer, and
// shared by all constraints.
//
// Most of the time in an answer the next token may be nearly any: inside a string every token of
// letters fits. Such tokens need no walk: for a kind of characters (a Run) the tokens made of
// nothing else are known, with their lengths, and only the rest is walked.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace alcove::engine {

class TokenTrie {
public:
    /// A node of a trie in the order of a depth-first walk.
    struct Node {
        uint32_t after = 0;      // the first node that is not below this one
        Token token = kNoToken;  // whose bytes end here
        uint16_t depth = 0;      // bytes before this node's own
        uint8_t byte = 0;
        bool shared = false;  // other tokens have the same bytes: see sameBytes()
    };

    /// Characters that are alike to a place in a grammar.
    struct Characters {
        std::bitset<128> ascii;
        bool others = false;  // all that are not ASCII
        friend bool operator==(const Characters&, const Characters&) = default;
    };
    /// What the vocabulary has of some characters.
    struct Run {
        Characters characters;
        std::vector<uint64_t> bits;     // tokens of nothing else, as a bit for each
        std::vector<Token> tokens;      // the same, the longest first
        std::vector<uint32_t> lengths;  // of `tokens`, in characters
        std::vector<Node> rest;         // a trie of all other tokens
    };

    /// A control token that a grammar can ask for. It is known by bytes that no text has, so that
    /// it fits nowhere else.
    struct Control {
        std::string piece, bytes;
        Token token = kNoToken;
    };

    /// `controls` are those that grammars may ask for, `ends` tokens that end an answer besides the
    /// tokenizer's own.
    explicit TokenTrie(const Tokenizer& tokenizer, std::span<const Token> controls = {},
                       std::span<const Token> ends = {});

    /// Other control tokens and tokens without bytes are in no node.
    [[nodiscard]] const std::vector<Node>& nodes() const { return m_nodes; }
    [[nodiscard]] Token sameBytes(Token token) const { return m_same[static_cast<size_t>(token)]; }
    [[nodiscard]] const std::vector<Control>& controls() const { return m_controls; }
    [[nodiscard]] std::string_view bytes(Token token) const;
    [[nodiscard]] int32_t size() const { return static_cast<int32_t>(m_same.size()); }
    [[nodiscard]] std::span<const Token> ends() const { return m_ends; }
    [[nodiscard]] bool isEnd(Token token) const;
    /// An answer's first token loses the blank before it.
    [[nodiscard]] bool dropsFirstBlank() const { return m_dropsFirstBlank; }
    [[nodiscard]] size_t longest() const { return m_longest; }

    [[nodiscard]] std::shared_ptr<const Run> run(const Characters& characters) const;

private:
    struct Entry {
        Token token;
        uint32_t begin, length;  // in m_bytes
    };
    [[nodiscard]] std::string_view bytesOf(const Entry& entry) const {
        return std::string_view(m_bytes).substr(entry.begin, entry.length);
    }
    [[nodiscard]] std::vector<Node> build(std::span<const Entry> entries) const;
    [[nodiscard]] std::shared_ptr<const Run> makeRun(const Characters& characters) const;

    [[nodiscard]] std::string bytesFor(const Tokenizer& tokenizer, Token token) const;

    std::vector<Control> m_controls;
    std::string m_bytes;
    std::vector<Entry> m_entries;               // by bytes; of equal ones only the first token
    std::vector<uint32_t> m_begins, m_lengths;  // of each token, in m_bytes
    std::vector<Token> m_same;
    std::vector<Token> m_ends;
    std::vector<Node> m_nodes;
    size_t m_longest = 0;
    bool m_dropsFirstBlank = false;

    mutable std::mutex m_mutex;                              // guards m_runs
    mutable std::vector<std::shared_ptr<const Run>> m_runs;  // the latest last
};

}  // namespace alcove::engine
