// Numbers between bounds, as an expression over their digits.
#pragma once

#include <optional>

#include "engine/base/result.h"
#include "engine/grammar/decimal.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

struct Bound {
    Decimal value;
    bool exclusive = false;
};

struct NumberLimits {
    bool integer = false;
    std::optional<Bound> lowest, greatest;
    std::optional<Decimal> multipleOf;  // positive
};

/// Every number written is within the limits. Integers: all of them, of up to 18 digits where
/// nothing bounds them. Other numbers: up to 15 digits before and after the point, so that a bound
/// holds for what a double makes of them, too; where there are limits, without an exponent. Nothing
/// (see isNothing) where no number is. Fails where the automaton would be too large.
[[nodiscard]] Result<Expr> numberBetween(const NumberLimits& limits);

}  // namespace alcove::engine::grammar
