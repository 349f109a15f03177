// How a model reads a conversation: messages in OpenAI's form become tokens by the model's own chat
// template, or as plain lines where its file has none.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/chat/answer_format.h"
#include "engine/chat/chat_template.h"
#include "engine/model/model.h"

namespace alcove::app {

struct ChatPromptInput {
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();
    nlohmann::ordered_json tools;  // an array, or null for none
    std::optional<bool> thinking;  // the template's own default when not given
    /// Control tokens that stand in a message are its words, and never themselves. What the
    /// assistant said is left as it is: templates look into it.
    bool plainContents = true;
    nlohmann::ordered_json extra = nlohmann::ordered_json::object();  // for the template
};

/// A conversation as the model gets it.
struct RenderedChat {
    std::vector<engine::Token> tokens;
    bool inThought = false;  // it ends inside a thought, which the answer goes on with
};

class ChatPrompt {
public:
    /// The model must have a tokenizer and outlive the prompt.
    static Result<ChatPrompt> create(const engine::Model& model);

    /// False: the model's file has no template, and turns are marked in plain words.
    [[nodiscard]] bool hasTemplate() const { return m_template.has_value(); }
    /// Where an answer ends that is not ended by a token; empty with a template.
    [[nodiscard]] std::string stopText() const { return m_template ? "" : "\nUser:"; }

    /// Everything said, with the answer opened.
    [[nodiscard]] Result<RenderedChat> render(const ChatPromptInput& input) const;
    [[nodiscard]] Result<std::vector<engine::Token>> tokens(const ChatPromptInput& input) const;

    /// How the model writes thoughts and calls of tools.
    [[nodiscard]] const engine::AnswerFormat& format() const { return m_format; }
    /// Control tokens that an AnswerParser must see as text, and those that end an answer.
    [[nodiscard]] const std::vector<engine::Token>& shownTokens() const { return m_shown; }
    [[nodiscard]] const std::vector<engine::Token>& endTokens() const { return m_ends; }

    /// A text as a prompt of its own, without a template.
    [[nodiscard]] static std::vector<engine::Token> plainTokens(const engine::Model& model,
                                                                std::string_view text);

private:
    explicit ChatPrompt(const engine::Model& model) : m_model(&model) {}
    [[nodiscard]] Result<std::string> renderText(const ChatPromptInput& input,
                                                 nlohmann::ordered_json messages,
                                                 nlohmann::ordered_json tools) const;

    const engine::Model* m_model;
    std::optional<engine::ChatTemplate> m_template;
    engine::AnswerFormat m_format;
    std::vector<engine::Token> m_shown, m_ends;
};

}  // namespace alcove::app
