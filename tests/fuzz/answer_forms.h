// The forms that answer_fuzz and its seeds count by number: signs by which a template is known.
#pragma once

#include <array>

namespace alcove::test {

constexpr std::array kAnswerForms = {
    "",
    "<tool_call> <think>",
    "<tool_call> <function= <think>",
    "<tool_call> <arg_key>",
    "<minimax:tool_call>",
    "<|tool_call|> <think></think> <response></response>",
    "<|tool|> <|/tool|>",
    "\"name\": \"parameters\": ",
    "[TOOL_CALLS]",
    "[TOOL_CALLS] [ARGS] [THINK]",
    "[TOOL_CALLS] [CALL_ID] [ARGS]",
    "<TOOLCALL>",
    "<|tool_call> <|\"|> <|channel> <channel|>",
    "<start_function_call>",
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁begin｜> ```json",
    "<|tool_calls_section_begin|>",
    "<|START_ACTION|> <|START_THINKING|>",
    "<function=",
    "<tool_calls>",
};

}  // namespace alcove::test
