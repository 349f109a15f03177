// Idea: a number is written from its first digit on. At each digit it is known whether the number
// is still as the lower bound is (then the digit may not be less than the bound's), still as the
// upper bound is, and which remainder it leaves by the divisor. These are the nodes of a graph, the
// digits its arrows. How many digits there are before the point is decided at the beginning, since
// a number with more of them is greater.
#include "engine/grammar/schema_number.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace alcove::engine::grammar {
namespace {

constexpr size_t kMostIntegerDigits = 18, kMostDigits = 15;
constexpr uint64_t kMostNodes = 20'000;

Expr digit(int first, int last) {
    return oneOf(CodeSet(static_cast<char32_t>('0' + first), static_cast<char32_t>('0' + last)));
}

/// Numbers from 0 on, between bounds that are not negative.
class Magnitudes {
public:
    Magnitudes(std::optional<Bound> low, std::optional<Bound> high, size_t places, uint64_t divisor,
               size_t scale)
        : m_low(std::move(low)),
          m_high(std::move(high)),
          m_places(places),
          m_divisor(divisor),
          m_scale(scale) {}

    /// At most `digits` before the point.
    Expr build(size_t digits) {
        for (size_t length = 1; length <= digits; ++length) {
            const size_t low = m_low ? lengthOf(*m_low) : 0;
            const size_t high = m_high ? lengthOf(*m_high) : digits + 1;
            if (length < low || length > high) continue;
            const Node first{length, 0, length == low, length == high, 0};
            // A zero at the front only where it is the only digit.
            addDigits(GraphBuilder::kStart, first, length == 1 ? 0 : 1);
        }
        while (!m_waiting.empty()) {
            const auto [node, number] = m_waiting.back();
            m_waiting.pop_back();
            expand(node, number);
        }
        return std::move(m_graph).build();
    }

private:
    struct Node {
        size_t left = 0;   // digits still to come before the point
        size_t after = 0;  // digits written after the point, and one for the point itself
        bool asLow = false, asHigh = false;  // as the bound up to here
        uint64_t remainder = 0;
        friend auto operator<=>(const Node&, const Node&) = default;
    };

    static size_t lengthOf(const Bound& bound) {
        return std::max<size_t>(bound.value.whole.size(), 1);
    }
    /// The bound's digit that is written next.
    static int digitOf(const Bound& bound, const Node& at) {
        const Decimal& value = bound.value;
        if (at.left > 0)
            return value.whole.empty() ? 0 : value.whole[value.whole.size() - at.left] - '0';
        return at.after - 1 < value.fraction.size() ? value.fraction[at.after - 1] - '0' : 0;
    }
    /// What of the bound is not written yet is more than nothing.
    static bool hasMore(const Bound& bound, const Node& at) {
        return bound.value.fraction.size() > (at.after == 0 ? 0 : at.after - 1);
    }

    [[nodiscard]] bool mayEnd(const Node& at) const {
        if (at.left > 0 || at.after == 1) return false;
        if (at.asLow && (hasMore(*m_low, at) || m_low->exclusive)) return false;
        if (at.asHigh && m_high->exclusive && !hasMore(*m_high, at)) return false;
        // As many zeros as the divisor has places are still to come.
        uint64_t remainder = at.remainder;
        for (size_t i = at.after == 0 ? 0 : at.after - 1; i < m_scale && m_divisor > 1; ++i)
            remainder = remainder * 10 % m_divisor;
        return remainder == 0;
    }

    uint32_t numberOf(const Node& node) {
        const auto [at, isNew] = m_numbers.emplace(node, 0);
        if (isNew) {
            at->second = m_graph.node();
            m_waiting.emplace_back(node, at->second);
        }
        return at->second;
    }

    void expand(const Node& node, uint32_t number) {
        if (mayEnd(node)) m_graph.arrow(number, GraphBuilder::kEnd, empty());
        if (node.left > 0) return addDigits(number, node, 0);
        if (node.after == 0) {
            if (m_places == 0) return;
            Node point = node;
            point.after = 1;
            m_graph.arrow(number, numberOf(point), text("."));
        } else if (node.after <= m_places) {
            addDigits(number, node, 0);
        }
    }

    void addDigits(uint32_t from, const Node& node, int least) {
        const int low = node.asLow ? digitOf(*m_low, node) : 0;
        const int high = node.asHigh ? digitOf(*m_high, node) : 9;
        std::map<uint32_t, std::vector<Expr>> ways;  // by where they lead
        for (int d = std::max(low, least); d <= high; ++d) {
            Node next = node;
            next.asLow = node.asLow && d == low;
            next.asHigh = node.asHigh && d == high;
            if (m_divisor > 1)
                next.remainder = (node.remainder * 10 + static_cast<uint64_t>(d)) % m_divisor;
            if (node.left > 0)
                --next.left;
            else
                ++next.after;
            ways[numberOf(next)].push_back(digit(d, d));
        }
        for (auto& [to, digits] : ways) m_graph.arrow(from, to, choice(std::move(digits)));
    }

    std::optional<Bound> m_low, m_high;
    size_t m_places;     // digits after the point at most
    uint64_t m_divisor;  // of the number times 10^m_scale
    size_t m_scale;
    GraphBuilder m_graph;
    std::map<Node, uint32_t> m_numbers;
    std::vector<std::pair<Node, uint32_t>> m_waiting;
};

Expr anyNumber() {
    const Expr digits = repeat(digit(0, 9), 0, kMostDigits - 1);
    const Expr fraction = sequence({text("."), repeat(digit(0, 9), 1, kMostDigits)});
    const Expr exponent = sequence({oneOf(CodeSet({{U'e', U'e'}, {U'E', U'E'}})),
                                    optional(oneOf(CodeSet({{U'+', U'+'}, {U'-', U'-'}}))),
                                    repeat(digit(0, 9), 1, 2)});
    return sequence({optional(text("-")), choice({text("0"), sequence({digit(1, 9), digits})}),
                     optional(fraction), optional(exponent)});
}

struct Divisor {
    uint64_t value = 1;
    size_t scale = 0;  // it divides the number times 10^scale
};

Result<Divisor> divisorOf(const NumberLimits& limits) {
    Divisor out;
    if (!limits.multipleOf) return out;
    const std::string digits = limits.multipleOf->whole + limits.multipleOf->fraction;
    if (digits.size() > 9)
        return fail("multipleOf ", limits.multipleOf->text(), " is not supported");
    out.value = std::stoull(digits);
    out.scale = limits.multipleOf->fraction.size();
    // Of integers only the part of the divisor counts that does not divide 10^scale.
    for (; limits.integer && out.scale > 0; --out.scale)
        for (const uint64_t prime : {2, 5})
            if (out.value % prime == 0) out.value /= prime;
    return out;
}

std::optional<Bound> opposite(const std::optional<Bound>& bound) {
    if (!bound) return std::nullopt;
    return Bound{bound->value.opposite(), bound->exclusive};
}

class NumberBuilder {
public:
    explicit NumberBuilder(const NumberLimits& limits) : m_limits(limits) {}

    Result<Expr> build() {
        ALCOVE_TRY(m_divisor, divisorOf(m_limits));
        measure();
        // Each digit is a place, with every remainder.
        if (static_cast<uint64_t>(m_digits + m_places) * m_divisor.value > kMostNodes)
            return fail("multipleOf ", m_limits.multipleOf->text(), " is not supported: the ",
                        "remainders to be kept are too many");
        const Bound zero{};
        const Bound nearlyZero{{}, true};  // there is no "-0"
        Expr positive = nothing(), negative = nothing();
        if (!m_limits.greatest || !m_limits.greatest->value.negative)
            positive = between(isNegative(m_limits.lowest) ? zero : m_limits.lowest.value_or(zero),
                               m_limits.greatest);
        if (!m_limits.lowest || m_limits.lowest->value.negative)
            negative =
                between(isNegative(m_limits.greatest) ? *opposite(m_limits.greatest) : nearlyZero,
                        opposite(m_limits.lowest));
        return choice({positive, sequence({text("-"), negative})});
    }

private:
    static bool isNegative(const std::optional<Bound>& bound) {
        return bound && bound->value.negative;
    }

    /// How many digits the numbers may have before and after the point.
    void measure() {
        m_digits = m_limits.integer ? kMostIntegerDigits : kMostDigits;
        size_t longest = 1;
        for (const auto& bound : {m_limits.lowest, m_limits.greatest}) {
            if (!bound) continue;
            longest = std::max(longest, bound->value.whole.size());
            if (!bound->exclusive && !m_limits.integer)
                m_places = std::max(m_places, bound->value.fraction.size());
        }
        m_digits = std::max(m_digits, longest);
        if (m_limits.integer || (m_limits.multipleOf && m_divisor.scale == 0)) {
            m_places = 0;
        } else {
            m_places = std::max(m_places, kMostDigits - std::min(longest, kMostDigits - 1));
            if (m_limits.multipleOf) m_places = std::min(m_places, m_divisor.scale);
        }
    }

    [[nodiscard]] Expr between(const Bound& low, const std::optional<Bound>& high) const {
        if (high && compare(low.value, high->value) > 0) return nothing();
        return Magnitudes(low, high, m_places, m_divisor.value, m_divisor.scale).build(m_digits);
    }

    const NumberLimits& m_limits;
    Divisor m_divisor;
    size_t m_digits = 0, m_places = 0;
};

}  // namespace

Result<Expr> numberBetween(const NumberLimits& limits) {
    if (!limits.integer && !limits.lowest && !limits.greatest && !limits.multipleOf)
        return anyNumber();
    return NumberBuilder(limits).build();
}

}  // namespace alcove::engine::grammar
