// Calls of tools as a grammar: what may be written around their arguments is the model's own form
// (engine/chat/call_shape.h), the arguments are what each tool's schema says.
//
// The values of a form that is no JSON are texts whose end is a marker. Where nothing bounds such a
// text, all may stand in it but the marker; where something does (a length, a pattern), the
// marker's first character may not stand in it either. So what is written is read back as it was
// meant, and obeys the schema.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/chat/call_shape.h"
#include "engine/grammar/expression.h"
#include "engine/grammar/token_trie.h"

namespace alcove::engine::grammar {

/// Where the grammar begins: with the whole answer, behind the marker that opens a call, or behind
/// the name of the tool in a call without markers.
struct CallsBegun {
    std::string_view marker, tool;
    bool inList = false;               // … that stands in an array
    const Rules* otherwise = nullptr;  // what the whole answer may be in place of calls
};

/// A tool whose schema cannot be kept may have any object as its arguments, unless it is said to be
/// strict: then that is an error.
[[nodiscard]] Result<Rules> callRules(const CallConstraint& calls,
                                      std::span<const TokenTrie::Control> controls,
                                      const CallsBegun& begun);

}  // namespace alcove::engine::grammar
