// Strings of a JSON schema, with their quotation marks.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

struct StringLimits {
    uint64_t shortest = 0, longest = kUnlimited;  // characters
    std::optional<std::string> pattern, format;
};

/// Nothing (see isNothing) where no string is within the limits.
[[nodiscard]] Result<Expr> stringWithin(const StringLimits& limits);

/// Exactly this string.
[[nodiscard]] Expr exactString(const std::string& value);
/// Any string but these, written without escapes: the keys of properties that are not declared.
[[nodiscard]] Expr stringBut(const std::set<std::string>& values);

/// Whether a format says nothing about the text ("password"): it can be passed over.
[[nodiscard]] bool formatSaysNothing(const std::string& format);

}  // namespace alcove::engine::grammar
