#include "engine/grammar/expression.h"

#include <algorithm>
#include <utility>

namespace alcove::engine::grammar {
namespace {

using Kind = Expression::Kind;

Expr make(Expression expression) {
    return std::make_shared<const Expression>(std::move(expression));
}

/// Copies of the part that a Repeat needs which does not count.
uint64_t copies(const Expression& repeat) {
    if (repeat.maximum != kUnlimited) return repeat.maximum;
    return std::max<uint64_t>(repeat.minimum, 1);
}

/// Many characters fit: the mask of such a state is large, so that there should be few of them.
bool isWide(const Expression& expr) {
    constexpr uint32_t kWide = 64;
    if (expr.kind == Kind::Set) return expr.set.size() > kWide;
    return std::any_of(expr.parts.begin(), expr.parts.end(),
                       [](const Expr& part) { return isWide(*part); });
}

}  // namespace

bool Expression::unrolls() const {
    constexpr uint64_t kMostStates = 64, kMostWide = 2;
    const uint64_t times = copies(*this);
    if (times == 1) return true;
    if (parts.front()->size * times > kMostStates) return false;
    return times <= kMostWide || !isWide(*parts.front());
}

Expr nothing() {
    Expression made;
    made.kind = Kind::Nothing;
    return make(std::move(made));
}

Expr empty() { return sequence({}); }

Expr text(std::string bytes) {
    Expression made;
    made.kind = Kind::Text;
    made.size = bytes.size() + 1;
    made.text = std::move(bytes);
    return make(std::move(made));
}

Expr oneOf(CodeSet set) {
    if (set.empty()) return nothing();
    Expression made;
    made.kind = Kind::Set;
    made.size = 1 + set.ranges().size();
    made.set = std::move(set);
    return make(std::move(made));
}

Expr sequence(std::vector<Expr> parts) {
    if (parts.size() == 1) return parts.front();
    Expression made;
    made.kind = Kind::Sequence;
    for (const Expr& part : parts) {
        if (isNothing(part)) return part;
        made.size += part->size;
    }
    made.parts = std::move(parts);
    return make(std::move(made));
}

Expr choice(std::vector<Expr> parts) {
    // Sets among the parts become one set: fewer ways at once.
    Expression made;
    made.kind = Kind::Choice;
    std::vector<CodeRange> ranges;
    for (Expr& part : parts) {
        if (isNothing(part)) continue;
        if (part->kind == Kind::Set)
            ranges.insert(ranges.end(), part->set.ranges().begin(), part->set.ranges().end());
        else
            made.parts.push_back(std::move(part));
    }
    if (!ranges.empty()) made.parts.push_back(oneOf(CodeSet(std::move(ranges))));
    if (made.parts.empty()) return nothing();
    if (made.parts.size() == 1) return made.parts.front();
    for (const Expr& part : made.parts) made.size += part->size;
    return make(std::move(made));
}

Expr repeat(Expr part, uint32_t minimum, uint32_t maximum) {
    if (minimum > maximum) return nothing();
    if (maximum == 0) return empty();
    if (minimum == 1 && maximum == 1) return part;
    if (isNothing(part)) return minimum == 0 ? empty() : part;
    Expression made;
    made.kind = Kind::Repeat;
    made.minimum = minimum;
    made.maximum = maximum;
    made.size = part->size + 1;
    made.parts.push_back(std::move(part));
    if (made.unrolls()) made.size = made.parts.front()->size * copies(made) + 1;
    return make(std::move(made));
}

Expr ruleCall(uint32_t rule) {
    Expression made;
    made.kind = Kind::Rule;
    made.rule = rule;
    return make(std::move(made));
}

Expr GraphBuilder::build() && {
    Expression made;
    made.kind = Kind::Graph;
    made.nodes = m_nodes;
    made.size = m_nodes;
    for (const Arrow& arrow : m_arrows) made.size += arrow.expr->size;
    made.arrows = std::move(m_arrows);
    return make(std::move(made));
}

}  // namespace alcove::engine::grammar
