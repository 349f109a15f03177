// Strings of a JSON schema, as JSON has them or as a form of its own for calls of tools does.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

/// How strings are written. Where `never` is not empty, characters stand for themselves between
/// `open` and `close`, and `never` (by which a reader knows the end) may not be among them.
struct StringForm {
    std::string open = "\"", close = "\"";  // bytes
    std::string never;
    bool bareKeys = false;  // keys of objects need no marks where they are plain words

    [[nodiscard]] bool isRaw() const { return !never.empty(); }
};

struct StringLimits {
    uint64_t shortest = 0, longest = kUnlimited;  // characters
    std::optional<std::string> pattern, format;
};

/// Nothing (see isNothing) where no string is within the limits.
[[nodiscard]] Result<Expr> stringWithin(const StringLimits& limits, const StringForm& form = {});

/// Exactly this string; Nothing where the form cannot write it.
[[nodiscard]] Expr exactString(const std::string& value, const StringForm& form = {});
/// The same as the key of an object.
[[nodiscard]] Expr exactKey(const std::string& name, const StringForm& form = {});
/// Any string but these, written without escapes: the keys of properties that are not declared.
[[nodiscard]] Expr stringBut(const std::set<std::string>& values, const StringForm& form = {});
/// Characters as they are, among which `never` does not occur.
[[nodiscard]] Expr textWithout(const std::string& never);

/// Whether a format says nothing about the text ("password"): it can be passed over.
[[nodiscard]] bool formatSaysNothing(const std::string& format);

}  // namespace alcove::engine::grammar
