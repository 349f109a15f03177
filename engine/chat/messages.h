// Brings a conversation in OpenAI's form into the shape that a model's template expects: arguments
// as objects or as text, ids of the right form, calls and results written as text where the
// template knows neither, tools explained where it does not speak of them.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/base/result.h"
#include "engine/chat/answer_format.h"

namespace alcove::engine {

struct Conversation {
    nlohmann::ordered_json messages;  // for ChatInput
    nlohmann::ordered_json tools;     // for ChatInput: null where the messages already tell of them
};

/// `tools` may be null or empty. Fails, naming the message, if a call's arguments are no JSON
/// object, or something is not of the type it has to be.
[[nodiscard]] Result<Conversation> normaliseMessages(const nlohmann::ordered_json& messages,
                                                     const nlohmann::ordered_json& tools,
                                                     const AnswerFormat& format);

}  // namespace alcove::engine
