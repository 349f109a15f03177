#include "app/generation/chat_prompt.h"

#include "engine/chat/messages.h"
#include "engine/tokenizer/tokenizer.h"

namespace alcove::app {
using namespace engine;

namespace {

using Json = nlohmann::ordered_json;

/// The text of a message whose content is a string or a list of parts.
std::string contentText(const Json& message) {
    if (!message.contains("content")) return {};
    const Json& content = message["content"];
    if (content.is_string()) return content.get<std::string>();
    std::string all;
    if (content.is_array())
        for (const Json& part : content)
            if (part.is_object() && part.contains("text") && part["text"].is_string())
                all += part["text"].get<std::string>();
    return all;
}

/// For a model without a template: most base models have read dialogues of this form.
std::string plainText(const Json& messages) {
    std::string text;
    for (const Json& message : messages) {
        const auto role = message.value("role", "user");
        if (role == "system" || role == "developer")
            text += contentText(message) + "\n\n";
        else
            text += (role == "assistant" ? "Assistant: " : "User: ") + contentText(message) + "\n";
    }
    return text + "Assistant:";
}

std::string pieceOf(const Tokenizer& tokenizer, Token token) {
    return token == kNoToken ? "" : tokenizer.piece(token, true);
}

// Around the content of each message while the template is rendered, to find it again in the whole.
// Private characters of a plane that no font and no template uses.
constexpr std::string_view kOpen = "\xF3\xB5\xA8\x81", kClose = "\xF3\xB5\xA8\x82";
constexpr std::string_view kBlanks = " \t\r\n\f\v";

void removeAll(std::string& text, std::string_view mark) {
    for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;)
        text.erase(at, mark.size());
}

/// Blanks at both ends stay outside: templates trim.
void mark(Json& value) {
    if (value.is_array()) {
        for (Json& part : value)
            if (part.is_object() && part.contains("text")) mark(part["text"]);
        return;
    }
    if (!value.is_string()) return;
    auto text = value.get<std::string>();
    // Taking one away may join the bytes of another.
    for (size_t before = 0; before != text.size();) {
        before = text.size();
        removeAll(text, kOpen);
        removeAll(text, kClose);
    }
    const size_t first = text.find_first_not_of(kBlanks);
    if (first != std::string::npos) {
        text.insert(text.find_last_not_of(kBlanks) + 1, kClose);
        text.insert(first, kOpen);
    }
    value = std::move(text);
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

std::vector<Token> encode(const Tokenizer& tokenizer, std::string_view text,
                          std::span<const ByteRange> plain) {
    EncodeOptions encoding;
    encoding.parseSpecial = true;
    encoding.plain = plain;
    std::vector<Token> tokens = tokenizer.encode(text, encoding);
    // Most templates write BOS themselves; it must not come twice.
    const Tokenizer::Special& special = tokenizer.special();
    if (special.addBos && special.bos != kNoToken &&
        (tokens.empty() || tokens.front() != special.bos))
        tokens.insert(tokens.begin(), special.bos);
    return tokens;
}

}  // namespace

Result<ChatPrompt> ChatPrompt::create(const Model& model) {
    if (!model.tokenizer()) return fail(model.file().name(), ": it has no vocabulary");
    ChatPrompt prompt(model);
    const auto source = model.file().string("tokenizer.chat_template");
    prompt.m_format = answerFormatOf(std::string(source.value_or("")));
    const auto find = [&](const std::vector<std::string>& pieces, std::vector<Token>& tokens) {
        for (const std::string& piece : pieces) {
            const Token token = model.tokenizer()->find(piece);
            if (token != kNoToken && model.tokenizer()->isControl(token)) tokens.push_back(token);
        }
    };
    find(prompt.m_format.shownPieces(), prompt.m_shown);
    find(prompt.m_format.endPieces, prompt.m_ends);
    if (source) {
        Result<ChatTemplate> chat = ChatTemplate::parse(std::string(*source));
        if (!chat) return fail(model.file().name(), ": its chat template: ", chat.message());
        prompt.m_template.emplace(std::move(*chat));
    }
    return prompt;
}

Result<std::string> ChatPrompt::renderText(const ChatPromptInput& input, Json messages,
                                           Json tools) const {
    if (!m_template) return plainText(messages);
    const Tokenizer& tokenizer = *m_model->tokenizer();
    ChatInput chat;
    chat.messages = std::move(messages);
    chat.tools = std::move(tools);
    chat.bos = pieceOf(tokenizer, tokenizer.special().bos);
    chat.eos = pieceOf(tokenizer, tokenizer.special().eos);
    chat.enableThinking = input.thinking;
    chat.extra = input.extra;
    // Some templates know the switch by this name.
    if (input.thinking && !chat.extra.contains("thinking"))
        chat.extra["thinking"] = *input.thinking;
    Result<std::string> rendered = m_template->render(chat);
    if (!rendered) return fail(m_model->file().name(), ": its chat template: ", rendered.message());
    return rendered;
}

Result<RenderedChat> ChatPrompt::render(const ChatPromptInput& input) const {
    ALCOVE_TRY(engine::Conversation said, normaliseMessages(input.messages, input.tools, m_format));
    Json& messages = said.messages;
    if (input.plainContents)
        for (Json& message : messages)
            if (message.contains("content") && message.value("role", "") != "assistant")
                mark(message["content"]);
    ALCOVE_TRY(std::string rendered, renderText(input, std::move(messages), std::move(said.tools)));
    std::vector<ByteRange> plain;
    if (input.plainContents) plain = takeMarks(rendered);
    return RenderedChat{encode(*m_model->tokenizer(), rendered, plain),
                        opensThought(m_format, rendered)};
}

Result<std::vector<Token>> ChatPrompt::tokens(const ChatPromptInput& input) const {
    ALCOVE_TRY(RenderedChat rendered, render(input));
    return std::move(rendered.tokens);
}

std::vector<Token> ChatPrompt::plainTokens(const Model& model, std::string_view text) {
    return encode(*model.tokenizer(), text, {});
}

}  // namespace alcove::app
