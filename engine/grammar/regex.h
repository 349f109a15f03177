// Regular expressions as JSON schemas have them (ECMA-262), as far as they can be read from left to
// right: characters, `.`, sets, \d \w \s and their opposites, escapes, groups, `|` and counts. What
// cannot (back references, looking ahead or behind, word boundaries) is an error which names it.
#pragma once

#include <functional>
#include <string_view>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

struct Regex {
    Expr expr;
    /// Characters that a match may have; kUnlimited: without an end.
    uint64_t shortest = 0, longest = 0;
    /// The whole expression is one set, this often.
    struct Run {
        CodeSet set;
        uint32_t minimum = 0, maximum = 0;
    };
    std::vector<Run> run;  // one or none
};

/// How one character of a set is written: inside JSON some are escaped.
using WriteSet = std::function<Expr(const CodeSet&)>;

/// Whole texts in which the expression is found: without ^ and $ anything may stand before and
/// after, of the characters in `any`.
[[nodiscard]] Result<Regex> parseRegex(std::string_view pattern, const CodeSet& any,
                                       const WriteSet& write);

}  // namespace alcove::engine::grammar
