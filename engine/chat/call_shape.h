// A call as it has to be written in a model's own form: what stands around its arguments. Calls of
// earlier turns are written by it where the template does not, and what a model may write is
// constrained by it: `before`, a value of `schema`, `after`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/chat/answer_format.h"

namespace alcove::engine {

enum class ToolChoice : uint8_t { Auto, Required, Named };

/// One argument of a call whose arguments stand between tags.
struct ArgumentShape {
    std::string name, before, after;
    nlohmann::ordered_json schema;
    bool required = false;
    bool isText = false;  // the value is a string, and is written as it is, up to `after`
};

struct CallShape {
    std::string tool;
    std::string before, after;
    bool strict = false;  // the schema has to be kept, or the tool be refused
    /// Of the whole object of arguments, with its tool's $defs.
    nlohmann::ordered_json schema;
    /// For CallNotation::Tagged, in place of schema: these between before and after, in order.
    std::vector<ArgumentShape> arguments;
};

/// What an answer may be: text (if `optional`), then `open`, one or several of `calls` with
/// `between` between them, `close`.
struct CallConstraint {
    CallNotation notation = CallNotation::JsonObject;  // of the arguments; Braces are no JSON
    bool optional = true;                              // only what follows the trigger is bound
    bool several = true;                               // more than one call may be made
    std::string trigger;  // the text that begins a call; where it is empty, the answer is a call
    std::string open, between, close;
    std::string quote;  // Braces: around a string
    std::vector<CallShape> calls;
};

/// Fails if a named tool is not among the tools, and if a tool has no name.
[[nodiscard]] Result<CallConstraint> constrainCalls(const AnswerFormat& format,
                                                    const nlohmann::ordered_json& tools,
                                                    ToolChoice choice, std::string_view named = {});

/// What stands around the arguments of a call of `tool`.
[[nodiscard]] CallShape shapeOf(const CallSyntax& syntax, std::string_view tool);
[[nodiscard]] std::string openOf(const CallSyntax& syntax);
[[nodiscard]] std::string closeOf(const CallSyntax& syntax);

/// `calls` are OpenAI's tool_calls, their arguments objects.
[[nodiscard]] std::string writeCalls(const CallSyntax& syntax, const nlohmann::ordered_json& calls);

/// What a model whose template does not speak of tools must be told of them.
[[nodiscard]] std::string toolInstruction(const CallSyntax& syntax,
                                          const nlohmann::ordered_json& tools);

}  // namespace alcove::engine
