#include "app/generation/conversation.h"

namespace alcove::app {
using namespace engine;

Result<Conversation> Conversation::create(const Model& model) {
    ALCOVE_TRY(ChatPrompt prompt, ChatPrompt::create(model));
    return Conversation(std::move(prompt));
}

void Conversation::add(const char* role, std::string text) {
    m_messages.push_back({{"role", role}, {"content", std::move(text)}});
}

void Conversation::removeLast() {
    if (!m_messages.empty()) m_messages.erase(m_messages.size() - 1);
}

nlohmann::ordered_json Conversation::messages() const {
    auto all = nlohmann::ordered_json::array();
    if (!m_system.empty()) all.push_back({{"role", "system"}, {"content", m_system}});
    for (const auto& message : m_messages) all.push_back(message);
    return all;
}

Result<void> Conversation::setMessages(const nlohmann::ordered_json& messages) {
    if (!messages.is_array()) return fail("an array of messages is expected");
    std::string system;
    auto others = nlohmann::ordered_json::array();
    size_t number = 0;
    for (const auto& message : messages) {
        ++number;
        if (!message.is_object() || !message.contains("role") || !message["role"].is_string() ||
            !message.contains("content") || !message["content"].is_string())
            return fail("every message must be an object with a role and a content");
        const auto role = message["role"].get<std::string>();
        if (role == "system" && !others.empty())
            return fail("message ", number, " has the role 'system', which only the first may ",
                        "have: put its text there");
        if (role == "system")
            system += (system.empty() ? "" : "\n\n") + message["content"].get<std::string>();
        else if (role == "user" || role == "assistant")
            others.push_back(message);
        else
            return fail("message ", number, " has the role '", role,
                        "'; known are system, user and assistant");
    }
    m_system = std::move(system);
    m_messages = std::move(others);
    return {};
}

Result<std::vector<Token>> Conversation::prompt() const {
    ChatPromptInput input;
    input.messages = messages();
    input.thinking = m_thinking;
    input.plainContents = m_plainContents;
    return m_prompt.tokens(input);
}

}  // namespace alcove::app
