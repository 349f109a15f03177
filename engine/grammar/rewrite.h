// The same rules with other leaves: characters taken out of all texts, rules put behind others.
#pragma once

#include <functional>
#include <unordered_map>

#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

/// Parts that expressions share are shared by what becomes of them, too: what counts them builds
/// one automaton for each.
class Rewriter {
public:
    /// Says what becomes of a Text, a Set and a Rule.
    using Leaf = std::function<Expr(const Expr&)>;
    explicit Rewriter(Leaf leaf) : m_leaf(std::move(leaf)) {}

    [[nodiscard]] Expr operator()(const Expr& expr);

private:
    [[nodiscard]] Expr make(const Expr& expr);

    Leaf m_leaf;
    std::unordered_map<Expr, Expr> m_made;  // holds what it knows, so that no address comes again
};

/// Puts the rules `more` behind `rules`; the result is the number that the root of `more` has now.
uint32_t append(Rules& rules, const Rules& more);

/// What the rules say of texts in which a character does not occur.
[[nodiscard]] Rules without(const Rules& rules, char character);

}  // namespace alcove::engine::grammar
