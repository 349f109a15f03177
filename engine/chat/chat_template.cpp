#include "engine/chat/chat_template.h"

#include <new>

#include "engine/chat/jinja/ast.h"
#include "engine/chat/jinja/failure.h"
#include "engine/chat/jinja/render.h"

namespace alcove::engine {
namespace {

constexpr size_t kLargestTemplate = 4 << 20;  // bytes; real ones take some 20 KB

Error located(int line, const std::string& message) {
    if (line <= 0) return fail("chat template: ", message);
    return fail("chat template, line ", line, ": ", message);
}

void setVariables(jinja::State& state, const ChatInput& input) {
    using jinja::Value;
    auto& variables = state.context;
    variables["messages"] = fromJson(state, input.messages);
    variables["tools"] = fromJson(state, input.tools);
    variables["documents"] = Value::none();
    variables["add_generation_prompt"] = Value::of(input.addGenerationPrompt);
    variables["bos_token"] = Value::of(std::string_view(input.bos));
    variables["eos_token"] = Value::of(std::string_view(input.eos));
    if (input.enableThinking) variables["enable_thinking"] = Value::of(*input.enableThinking);
    if (!input.extra.is_object()) return;
    for (const auto& [name, value] :
         input.extra.get_ref<const nlohmann::ordered_json::object_t&>()) {
        variables[name] = fromJson(state, value);
    }
}

/// Parsing is where the interpreter's exception ends, as jinja::render is for running.
Result<std::unique_ptr<const jinja::Program>> parseGuarded(std::string_view source) {
    if (source.size() > kLargestTemplate) {
        return fail("the chat template takes ", source.size(), " bytes; at most ", kLargestTemplate,
                    " are read");
    }
    try {
        return std::unique_ptr<const jinja::Program>(jinja::parseTemplate(source));
    } catch (const jinja::Failure& failure) {
        return located(failure.line, failure.message);
    } catch (const std::bad_alloc&) {
        return fail("chat template: out of memory");
    }
}

}  // namespace

struct ChatTemplate::Program {
    std::unique_ptr<const jinja::Program> parsed;
};

ChatTemplate::ChatTemplate(std::unique_ptr<const Program> program)
    : m_program(std::move(program)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

Result<ChatTemplate> ChatTemplate::parse(std::string source) {
    ALCOVE_TRY(auto parsed, parseGuarded(source));
    auto program = std::make_unique<Program>();
    program->parsed = std::move(parsed);
    return ChatTemplate(std::move(program));
}

Result<std::string> ChatTemplate::render(const ChatInput& input) const {
    return jinja::render(*m_program->parsed, input, jinja::Limits{});
}

Result<ChatTemplate> templateOf(const GgufFile& file, std::string_view name) {
    const std::string key = concat("tokenizer.chat_template", name.empty() ? "" : ".", name);
    const std::optional<std::string_view> source = file.string(key);
    if (!source) return fail(file.name(), ": the model has no chat template (", key, ")");
    Result<ChatTemplate> parsed = ChatTemplate::parse(std::string(*source));
    if (!parsed) return fail(file.name(), ", ", key, ": ", parsed.message());
    return parsed;
}

Result<std::string> jinja::render(const Program& program, const ChatInput& input,
                                  const Limits& limits) {
    State state(program, limits);
    state.now = input.now;
    std::string text;
    state.out = &text;
    try {
        setVariables(state, input);
        runProgram(state);
        return text;
    } catch (const Failure& failure) {
        return located(failure.line > 0 ? failure.line : state.line, failure.message);
    } catch (const std::bad_alloc&) {
        return located(state.line, "out of memory");
    }
}

Result<std::string> jinja::render(std::string_view source, const ChatInput& input,
                                  const Limits& limits) {
    ALCOVE_TRY(const std::unique_ptr<const Program> program, parseGuarded(source));
    return render(*program, input, limits);
}

}  // namespace alcove::engine
