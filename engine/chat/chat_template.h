// Runs a model's own chat template (Jinja, as Hugging Face transformers configures jinja2) over a
// conversation.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/gguf/reader.h"

namespace alcove::engine {

struct ChatInput {
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();  // OpenAI's form
    nlohmann::ordered_json tools;  // an array, or null for none
    std::string bos, eos;
    bool addGenerationPrompt = true;
    std::optional<bool> enableThinking;  // the template's own default when not given
    nlohmann::ordered_json extra = nlohmann::ordered_json::object();  // further template variables
    std::chrono::system_clock::time_point now =
        std::chrono::system_clock::now();  // for strftime_now
};

class ChatTemplate {
public:
    /// Fails with line and reason if the source is not a template.
    static Result<ChatTemplate> parse(std::string source);

    ChatTemplate(ChatTemplate&&) noexcept;
    ChatTemplate& operator=(ChatTemplate&&) noexcept;
    ~ChatTemplate();

    /// The rendered text. raise_exception() in the template and errors while running name the
    /// template's line.
    [[nodiscard]] Result<std::string> render(const ChatInput& input) const;

private:
    struct Program;
    explicit ChatTemplate(std::unique_ptr<const Program> program);
    std::unique_ptr<const Program> m_program;
};

/// The model's template; a named one, such as "tool_use" or "rerank", if a name is given. Fails if
/// the model has none.
[[nodiscard]] Result<ChatTemplate> templateOf(const GgufFile& file, std::string_view name = {});

}  // namespace alcove::engine
