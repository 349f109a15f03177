// An answer taken apart as it comes: thought, text, calls of tools.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/api/fields.h"
#include "app/generation/chat_prompt.h"
#include "engine/chat/answer_parser.h"

namespace alcove::app {

class AnswerParts {
public:
    /// Without tools, calls are only text.
    AnswerParts(const engine::AnswerFormat& format, const Json& tools, bool inThought);

    struct Call {
        size_t number = 0;  // as events name it
        std::string id, name, arguments;
    };

    /// What has come, each kind in one piece; markers are left out.
    [[nodiscard]] std::vector<engine::AnswerEvent> push(std::string_view text);
    [[nodiscard]] std::vector<engine::AnswerEvent> finish();

    [[nodiscard]] const std::string& text() const { return m_text; }
    [[nodiscard]] const std::string& thought() const { return m_thought; }
    [[nodiscard]] const std::vector<Call>& calls() const { return m_calls; }

private:
    [[nodiscard]] std::vector<engine::AnswerEvent> take(std::vector<engine::AnswerEvent> events);

    engine::AnswerParser m_parser;
    std::string m_text, m_thought;
    std::vector<Call> m_calls;
};

}  // namespace alcove::app
