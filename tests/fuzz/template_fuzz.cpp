// Any bytes as a chat template, over one conversation with everything in it. It may fail, but must
// neither crash nor outlast its limits.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/chat/jinja/render.h"

using namespace alcove::engine;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const ChatInput input = [] {
        ChatInput made;
        made.messages = nlohmann::ordered_json::parse(R"([
            {"role": "system", "content": "Be brief: ß 😀"},
            {"role": "user", "content": [{"type": "text", "text": "What is 1 + 2?"}]},
            {"role": "assistant", "content": null, "reasoning_content": "An addition.",
             "tool_calls": [{"id": "abcdef123", "type": "function",
                             "function": {"name": "add", "arguments": {"a": 1, "b": 2.5}}}]},
            {"role": "tool", "tool_call_id": "abcdef123", "content": "3"}])");
        made.tools = nlohmann::ordered_json::parse(
            R"([{"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}])");
        made.bos = "<s>";
        made.eos = "</s>";
        made.now = std::chrono::system_clock::time_point{};
        return made;
    }();
    jinja::Limits limits;
    limits.steps = 200'000;
    limits.memory = size_t{8} << 20;
    limits.output = size_t{4} << 20;
    const std::string_view source(reinterpret_cast<const char*>(data), size);
    const alcove::Result<std::string> result = jinja::render(source, input, limits);
    if (!result && result.message().empty()) __builtin_trap();
    return 0;
}
