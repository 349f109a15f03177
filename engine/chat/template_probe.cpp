#include "engine/chat/template_probe.h"

#include <optional>

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

// Words that no template says by itself.
constexpr std::string_view kTool = "zqtool";
constexpr std::string_view kKey = "zqkey";
constexpr std::string_view kValue = "zqvalue";
constexpr std::string_view kSecond = "zqsecond";
constexpr std::string_view kResult = "zqresult";
constexpr std::string_view kSystem = "zqsystem";

class Probe {
public:
    Probe(const ChatTemplate& chatTemplate, size_t idLength)
        : m_template(&chatTemplate), m_idLength(idLength) {}

    /// Where the assistant had the last word, no further answer is asked for: some templates would
    /// take that word for the beginning of one.
    std::optional<std::string> render(const Json& messages, bool withTools) const {
        ChatInput input;
        input.addGenerationPrompt = messages.back()["role"] != "assistant";
        input.messages = messages;
        if (withTools) input.tools = tools();
        input.bos = "<s>";
        input.eos = "</s>";
        Result<std::string> made = m_template->render(input);
        if (!made) return std::nullopt;
        return std::move(*made);
    }

    static Json user() { return {{"role", "user"}, {"content", "zquser"}}; }

    Json result() const {
        return {{"role", "tool"}, {"tool_call_id", id('a')}, {"name", kTool}, {"content", kResult}};
    }

    Json calling(const TemplateTraits& traits, int calls) const {
        Json made = {{"role", "assistant"}, {"content", ""}, {"tool_calls", Json::array()}};
        if (traits.nullContent) made["content"] = nullptr;
        made["tool_calls"].push_back(call(traits, id('a'), kValue));
        if (calls > 1) made["tool_calls"].push_back(call(traits, id('b'), kSecond));
        return made;
    }

private:
    std::string id(char letter) const {
        return std::string(m_idLength > 0 ? m_idLength : 9, letter);
    }

    static Json call(const TemplateTraits& traits, const std::string& id, std::string_view value) {
        const Json arguments = {{kKey, value}};
        Json function = {{"name", kTool}, {"arguments", arguments}};
        if (traits.argumentsAsText) function["arguments"] = arguments.dump();
        return {{"id", id}, {"type", "function"}, {"function", function}};
    }

    static Json tools() {
        const Json key = {{"type", "string"}, {"description", "a key"}};
        const Json parameters = {
            {"type", "object"}, {"properties", {{kKey, key}}}, {"required", Json::array({kKey})}};
        const Json function = {
            {"name", kTool}, {"description", "a tool"}, {"parameters", parameters}};
        return Json::array({{{"type", "function"}, {"function", function}}});
    }

    const ChatTemplate* m_template;
    size_t m_idLength;
};

bool has(const std::optional<std::string>& text, std::string_view word) {
    return text && text->find(word) != std::string::npos;
}

/// The argument is there, and is not a string within a string.
bool showsCall(const std::optional<std::string>& text, std::string_view value) {
    const std::string escaped = "\\\"" + std::string(value);
    return has(text, kTool) && has(text, value) && !has(text, escaped);
}

/// Some templates take calls only where there are tools, and some write tools so that they fail.
std::optional<std::string> renderEither(const Probe& probe, const Json& messages) {
    if (auto text = probe.render(messages, false)) return text;
    return probe.render(messages, true);
}

void probeCalls(const Probe& probe, TemplateTraits& traits) {
    for (const bool nullContent : {false, true}) {
        for (const bool asText : {false, true}) {
            TemplateTraits tried = traits;
            tried.nullContent = nullContent;
            tried.argumentsAsText = asText;
            const Json messages = Json::array({Probe::user(), probe.calling(tried, 1)});
            if (!showsCall(renderEither(probe, messages), kValue)) continue;
            traits = tried;
            traits.calls = true;
            return;
        }
    }
}

}  // namespace

TemplateTraits probeTemplate(const ChatTemplate& chatTemplate, size_t idLength) {
    const Probe probe(chatTemplate, idLength);
    TemplateTraits traits;
    const Json user = Probe::user();
    const Json system = {{"role", "system"}, {"content", kSystem}};
    traits.system = has(renderEither(probe, Json::array({system, user})), kSystem);
    traits.tools = has(probe.render(Json::array({user}), true), kTool);
    if (!traits.tools) {
        Json carrying = system;
        carrying["tools"] = kTool;
        traits.toolsInMessage = has(probe.render(Json::array({carrying, user}), false), kTool);
    }
    probeCalls(probe, traits);
    if (traits.calls) {
        const auto both = renderEither(probe, Json::array({user, probe.calling(traits, 2)}));
        traits.parallel = showsCall(both, kValue) && showsCall(both, kSecond);
        const Json answered = Json::array({user, probe.calling(traits, 1), probe.result()});
        traits.results = has(renderEither(probe, answered), kResult);
    } else {
        const Json answer = {{"role", "assistant"}, {"content", "zqanswer"}};
        traits.results =
            has(renderEither(probe, Json::array({user, answer, probe.result()})), kResult);
    }
    return traits;
}

}  // namespace alcove::engine
