// What was said so far, in the order it was said.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/generation/chat_prompt.h"
#include "engine/base/result.h"
#include "engine/model/model.h"

namespace alcove::app {

class Conversation {
public:
    /// The model must have a tokenizer and outlive the conversation.
    static Result<Conversation> create(const engine::Model& model);

    /// False: the model's file has no template, and turns are marked in plain words.
    [[nodiscard]] bool hasTemplate() const { return m_prompt.hasTemplate(); }
    /// Where an answer ends that is not ended by a token; empty with a template.
    [[nodiscard]] std::string stopText() const { return m_prompt.stopText(); }

    void setSystem(std::string text) { m_system = std::move(text); }
    /// Control tokens that stand in a message are its words, and never themselves.
    void setPlainContents(bool plain) { m_plainContents = plain; }
    void setThinking(std::optional<bool> thinking) { m_thinking = thinking; }
    void addUser(std::string text) { add("user", std::move(text)); }
    void addAssistant(std::string text) { add("assistant", std::move(text)); }
    void removeLast();
    void clear() { m_messages.clear(); }

    /// The tokens of everything said, with the answer opened.
    [[nodiscard]] Result<std::vector<engine::Token>> prompt() const;

    /// The messages in OpenAI's form, the system's first.
    [[nodiscard]] nlohmann::ordered_json messages() const;
    /// Takes the place of all that was said. Several system messages at the start become one; one
    /// that comes later is refused, since it would move.
    [[nodiscard]] Result<void> setMessages(const nlohmann::ordered_json& messages);

private:
    explicit Conversation(ChatPrompt prompt) : m_prompt(std::move(prompt)) {}
    void add(const char* role, std::string text);

    ChatPrompt m_prompt;
    std::optional<bool> m_thinking;
    bool m_plainContents = false;
    std::string m_system;
    nlohmann::ordered_json m_messages = nlohmann::ordered_json::array();
};

}  // namespace alcove::app
