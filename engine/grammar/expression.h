// What a grammar says before it is compiled: rules made of expressions. The readers of GBNF, of
// JSON schemas and of regular expressions all make these.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/grammar/code_set.h"

namespace alcove::engine::grammar {

struct Expression;
/// Shared: one expression may stand in several places. Never changed once made.
using Expr = std::shared_ptr<const Expression>;

constexpr uint32_t kUnlimited = std::numeric_limits<uint32_t>::max();

/// An arrow of a Graph: what must be read to go from one node to another.
struct Arrow {
    uint32_t from = 0, to = 0;
    Expr expr;
};

struct Expression {
    enum class Kind : uint8_t {
        Nothing,   // no text at all, not even the empty one
        Text,      // exactly these bytes
        Set,       // one character of a set
        Sequence,  // the parts one after the other; without parts the empty text
        Choice,    // one of the parts
        Repeat,    // the only part, minimum to maximum times
        Rule,      // what the rule of this number says
        Graph,     // any way from node 0 to node 1
    };
    Kind kind = Kind::Nothing;
    std::string text;
    CodeSet set;
    std::vector<Expr> parts;
    uint32_t minimum = 0, maximum = 0;
    uint32_t rule = 0;
    uint32_t nodes = 0;
    std::vector<Arrow> arrows;
    uint64_t size = 1;  // about as many states as its automaton has

    /// Of a Repeat: whether its automaton has a copy of the part for each time, or counts.
    [[nodiscard]] bool unrolls() const;
};

[[nodiscard]] Expr nothing();
[[nodiscard]] Expr empty();
[[nodiscard]] Expr text(std::string bytes);
[[nodiscard]] Expr oneOf(CodeSet set);
[[nodiscard]] Expr sequence(std::vector<Expr> parts);
[[nodiscard]] Expr choice(std::vector<Expr> parts);
[[nodiscard]] Expr repeat(Expr part, uint32_t minimum, uint32_t maximum);
[[nodiscard]] inline Expr optional(Expr part) { return repeat(std::move(part), 0, 1); }
[[nodiscard]] Expr ruleCall(uint32_t rule);

[[nodiscard]] inline bool isNothing(const Expr& expr) {
    return expr->kind == Expression::Kind::Nothing;
}

/// Builds a Graph node by node.
class GraphBuilder {
public:
    static constexpr uint32_t kStart = 0, kEnd = 1;
    [[nodiscard]] uint32_t node() { return m_nodes++; }
    void arrow(uint32_t from, uint32_t to, Expr expr) {
        if (!isNothing(expr)) m_arrows.push_back({from, to, std::move(expr)});
    }
    [[nodiscard]] Expr build() &&;

private:
    uint32_t m_nodes = 2;
    std::vector<Arrow> m_arrows;
};

struct Rule {
    std::string name;
    Expr expr;
};

/// The first rule is the root.
using Rules = std::vector<Rule>;

}  // namespace alcove::engine::grammar
