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

// Around the content of each message while the template is rendered, to find it again in the whole.
// Private characters of a plane that no font and no template uses.
constexpr std::string_view kOpen = "\xF3\xB5\xA8\x81", kClose = "\xF3\xB5\xA8\x82";

void removeAll(std::string& text, std::string_view mark) {
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
        text.erase(at, mark.size());
}

/// Takes the marks out of a rendered text and tells what stood between them.
std::vector<ByteRange> takeMarks(std::string& text) {
    std::vector<ByteRange> ranges;
    std::string rest;
    bool open = false;
    for (size_t at = 0; at < text.size();) {
        const std::string_view here = std::string_view(text).substr(at);
        if (here.starts_with(kOpen)) {
            if (!open) ranges.push_back({rest.size(), rest.size()});
            open = true;
            at += kOpen.size();
        } else if (here.starts_with(kClose)) {
            if (open) ranges.back().end = rest.size();
            open = false;
            at += kClose.size();
        } else {
            rest += text[at++];
        }
    }
    if (open) ranges.back().end = rest.size();
    text = std::move(rest);
    return ranges;
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

Result<std::string> Conversation::text(nlohmann::ordered_json all) const {
    if (!m_template) return plainText(all);
    const Tokenizer& tokenizer = *m_model->tokenizer();
    ChatInput input;
    input.messages = std::move(all);
    input.bos = pieceOf(tokenizer, tokenizer.special().bos);
    input.eos = pieceOf(tokenizer, tokenizer.special().eos);
    input.enableThinking = m_thinking;
    Result<std::string> rendered = m_template->render(input);
    if (!rendered) return fail(m_model->file().name(), ": its chat template: ", rendered.message());
    return rendered;
}

Result<std::vector<Token>> Conversation::prompt() const {
    auto all = messages();
    for (auto& message : all) {
        if (!m_plainContents) break;
        auto content = message["content"].get<std::string>();
        // Taking one away may join the bytes of another.
        for (size_t before = 0; before != content.size();) {
            before = content.size();
            removeAll(content, kOpen);
            removeAll(content, kClose);
        }
        message["content"] = std::string(kOpen) + content + std::string(kClose);
    }
    ALCOVE_TRY(std::string rendered, text(std::move(all)));
    std::vector<ByteRange> plain;
    if (m_plainContents) plain = takeMarks(rendered);
    const Tokenizer& tokenizer = *m_model->tokenizer();
    EncodeOptions encoding;
    encoding.parseSpecial = true;
    encoding.plain = plain;
    std::vector<Token> tokens = tokenizer.encode(rendered, encoding);
    // Most templates write BOS themselves; it must not come twice.
    const Tokenizer::Special& special = tokenizer.special();
    if (special.addBos && special.bos != kNoToken &&
        (tokens.empty() || tokens.front() != special.bos))
        tokens.insert(tokens.begin(), special.bos);
    return tokens;
}

}  // namespace alcove::app
