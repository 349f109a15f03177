#include "app/cli/conversation.h"

#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {
using namespace engine;

namespace {

/// For a model without a template: most base models have read dialogues of this form.
std::string plainText(const nlohmann::ordered_json& messages) {
    std::string text;
    for (const auto& message : messages) {
        const auto role = message["role"].get<std::string>();
        const auto content = message["content"].get<std::string>();
        if (role == "system")
            text += content + "\n\n";
        else
            text += (role == "user" ? "User: " : "Assistant: ") + content + "\n";
    }
    return text + "Assistant:";
}

std::string pieceOf(const Tokenizer& tokenizer, Token token) {
    return token == kNoToken ? "" : tokenizer.piece(token, true);
}

}  // namespace

Result<Conversation> Conversation::create(const Model& model) {
    if (!model.tokenizer()) return fail(model.file().name(), ": it has no vocabulary");
    Conversation conversation(model);
    if (const auto source = model.file().string("tokenizer.chat_template")) {
        Result<ChatTemplate> chat = ChatTemplate::parse(std::string(*source));
        if (!chat) return fail(model.file().name(), ": its chat template: ", chat.message());
        conversation.m_template.emplace(std::move(*chat));
    }
    return conversation;
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

Result<std::string> Conversation::text() const {
    if (!m_template) return plainText(messages());
    const Tokenizer& tokenizer = *m_model->tokenizer();
    ChatInput input;
    input.messages = messages();
    input.bos = pieceOf(tokenizer, tokenizer.special().bos);
    input.eos = pieceOf(tokenizer, tokenizer.special().eos);
    input.enableThinking = m_thinking;
    Result<std::string> rendered = m_template->render(input);
    if (!rendered) return fail(m_model->file().name(), ": its chat template: ", rendered.message());
    return rendered;
}

Result<std::vector<Token>> Conversation::prompt() const {
    ALCOVE_TRY(const std::string rendered, text());
    const Tokenizer& tokenizer = *m_model->tokenizer();
    EncodeOptions encoding;
    encoding.parseSpecial = true;
    std::vector<Token> tokens = tokenizer.encode(rendered, encoding);
    // Most templates write BOS themselves; it must not come twice.
    const Tokenizer::Special& special = tokenizer.special();
    if (special.addBos && special.bos != kNoToken &&
        (tokens.empty() || tokens.front() != special.bos))
        tokens.insert(tokens.begin(), special.bos);
    return tokens;
}

}  // namespace alcove::app
