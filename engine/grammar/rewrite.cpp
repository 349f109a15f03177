#include "engine/grammar/rewrite.h"

#include <utility>

namespace alcove::engine::grammar {

using Kind = Expression::Kind;

Expr Rewriter::operator()(const Expr& expr) {
    if (const auto known = m_made.find(expr); known != m_made.end()) return known->second;
    Expr made = make(expr);
    m_made.emplace(expr, made);
    return made;
}

Expr Rewriter::make(const Expr& expr) {
    std::vector<Expr> parts;
    for (const Expr& part : expr->parts) parts.push_back((*this)(part));
    switch (expr->kind) {
        case Kind::Nothing:
            return expr;
        case Kind::Text:
        case Kind::Set:
        case Kind::Rule:
            return m_leaf(expr);
        case Kind::Sequence:
            return sequence(std::move(parts));
        case Kind::Choice:
            return choice(std::move(parts));
        case Kind::Repeat:
            return repeat(parts.front(), expr->minimum, expr->maximum);
        case Kind::Graph:
            break;
    }
    GraphBuilder graph;
    for (uint32_t node = GraphBuilder::kEnd + 1; node < expr->nodes; ++node)
        static_cast<void>(graph.node());
    for (const Arrow& arrow : expr->arrows) graph.arrow(arrow.from, arrow.to, (*this)(arrow.expr));
    return std::move(graph).build();
}

uint32_t append(Rules& rules, const Rules& more) {
    const auto first = static_cast<uint32_t>(rules.size());
    Rewriter moved([first](const Expr& leaf) {
        return leaf->kind == Kind::Rule ? ruleCall(first + leaf->rule) : leaf;
    });
    for (const Rule& rule : more) rules.push_back({rule.name, moved(rule.expr)});
    return first;
}

Rules without(const Rules& rules, char character) {
    const auto code = static_cast<char32_t>(static_cast<unsigned char>(character));
    const CodeSet taken(code, code);
    Rewriter kept([&](const Expr& leaf) {
        if (leaf->kind == Kind::Set) return oneOf(leaf->set.without(taken));
        const bool has =
            leaf->kind == Kind::Text && leaf->text.find(character) != std::string::npos;
        return has ? nothing() : leaf;
    });
    Rules made;
    for (const Rule& rule : rules) made.push_back({rule.name, kept(rule.expr)});
    return made;
}

}  // namespace alcove::engine::grammar
