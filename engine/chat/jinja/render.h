// Parses and renders in one go, within limits of the caller's choice: what ChatTemplate does with
// the usual limits, and tests with tight ones.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/chat/chat_template.h"
#include "engine/chat/jinja/runtime.h"

namespace alcove::engine::jinja {

[[nodiscard]] Result<std::string> render(const Program& program, const ChatInput& input,
                                         const Limits& limits);
[[nodiscard]] Result<std::string> render(std::string_view source, const ChatInput& input,
                                         const Limits& limits);

}  // namespace alcove::engine::jinja
