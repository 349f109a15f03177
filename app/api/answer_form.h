// What an answer is asked to be: JSON, a schema, a grammar, calls of tools, with or without a
// thought before it; and the prompt of such an answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/api/fields.h"
#include "app/api/openai.h"
#include "app/generation/chat_prompt.h"
#include "app/host/model_pool.h"
#include "app/host/sequence.h"
#include "engine/chat/call_shape.h"
#include "engine/grammar/grammar.h"

namespace alcove::app {

/// The tools of a request, in OpenAI's form, and what is to be done with them.
struct ToolUse {
    Json tools;  // null: none, or none may be called
    engine::ToolChoice choice = engine::ToolChoice::Auto;
    std::string named;
    bool parallel = true;  // several calls in one answer

    [[nodiscard]] bool mustCall() const { return choice != engine::ToolChoice::Auto; }
};

struct Thinking {
    std::optional<bool> on;         // the model's own way when not given
    std::optional<int64_t> budget;  // tokens
};

struct AnswerForm {
    std::shared_ptr<const engine::Grammar> grammar;  // null: free
    ToolUse use;
    Thinking thinking;
};

/// "response_format" of OpenAI's API, and "grammar" (GBNF).
void readForm(ApiHost& host, Fields& fields, AnswerForm& form);
/// "format" of Ollama's API: "json", or a schema.
void readFormat(ApiHost& host, Fields& fields, AnswerForm& form);
/// A JSON schema that came in `field`.
void readSchema(ApiHost& host, Fields& fields, const char* field, const Json& schema,
                AnswerForm& form);

/// "tools", "tool_choice" and "parallel_tool_calls" of OpenAI's API, which Ollama's clients use
/// too.
void readToolUse(Fields& fields, ToolUse& use);

/// How long a model may think for an "effort" of OpenAI's API. False: there is no such effort.
[[nodiscard]] bool readEffort(const std::string& effort, Thinking& thinking);

/// "thinking_budget", in tokens.
void readBudget(Fields& fields, Thinking& thinking);

/// For a prompt that is no chat: nothing but a grammar.
[[nodiscard]] std::optional<ApiError> applyForm(const HostedModel& model, const AnswerForm& form,
                                                GenerationRequest& request);

/// The prompt of a chat and all that follows from its model's form. An answer that must have a form
/// has no thought before it, unless one is asked for. `inThought`: the answer begins in one.
[[nodiscard]] std::optional<ApiError> preparePrompt(ApiHost& host, const HostedModel& model,
                                                    ChatPromptInput input, const AnswerForm& form,
                                                    GenerationRequest& request, bool& inThought);

}  // namespace alcove::app
