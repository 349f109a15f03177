// The notation for grammars that users of llama.cpp know:
//
//     root   ::= "{" ws pair ("," ws pair)* "}"     # a comment
//     pair   ::= ["] [a-z]+ ["] ":" ws number
//     number ::= "-"? [0-9]{1,9}
//     ws     ::= [ \t\n]?
//
// A literal in quotes, a set of characters in square brackets (with ranges, `[^…]` for all others),
// `.` for any character, names of rules, groups in round brackets, `|` for "or", and the counts
// `* + ? {n} {n,} {m,n}`. Escapes: \n \r \t \\ \" \[ \] \- \^ \xHH \uHHHH \UHHHHHHHH; each names
// a character, not a byte. A rule ends with its line, but a line that ends or begins with `|` goes
// on, and so does a group. The text begins with the rule `root`.
#pragma once

#include <string_view>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

constexpr size_t kMostGbnfBytes = size_t{1} << 20;

/// Errors say the line and the column, in characters, both from 1.
[[nodiscard]] Result<Rules> parseGbnf(std::string_view text);

}  // namespace alcove::engine::grammar
