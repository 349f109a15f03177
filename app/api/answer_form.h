// What an answer is asked to obey: JSON, a schema, a grammar; and the prompt of such an answer.
#pragma once

#include <memory>
#include <optional>

#include "app/api/fields.h"
#include "app/generation/chat_prompt.h"
#include "app/host/model_pool.h"
#include "app/host/sequence.h"
#include "engine/grammar/grammar.h"

namespace alcove::app {

struct AnswerForm {
    std::shared_ptr<const engine::Grammar> grammar;  // null: free
};

/// "response_format" of OpenAI's API, and "grammar" (GBNF).
[[nodiscard]] AnswerForm readForm(Fields& fields);
/// "format" of Ollama's API: "json", or a schema.
[[nodiscard]] AnswerForm readFormat(Fields& fields);

[[nodiscard]] std::optional<ApiError> applyForm(const HostedModel& model, const AnswerForm& form,
                                                GenerationRequest& request);

/// The prompt of a chat and all that follows from its model's form. An answer that obeys a grammar
/// has no thought: one that the template opens is closed.
[[nodiscard]] std::optional<ApiError> preparePrompt(const HostedModel& model, ChatPromptInput input,
                                                    const AnswerForm& form,
                                                    GenerationRequest& request, bool& inThought);

}  // namespace alcove::app
