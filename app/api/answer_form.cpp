#include "app/api/answer_form.h"

#include <algorithm>
#include <utility>

#include "app/api/generation_call.h"
#include "app/generation/call_grammars.h"
#include "engine/chat/call_reader.h"

namespace alcove::app {
using namespace engine;

namespace {

const Json kAnyObject = {{"type", "object"}};

ApiError invalid(const char* field, const std::string& message) {
    return {ApiError::Kind::Invalid, message, field, "invalid_value"};
}

/// {"type": "function", "function": {"name": …}}, or the name beside the type.
std::string nameOf(const Json& choice) {
    if (!choice.is_object() || !choice.contains("type") || choice["type"] != "function") return {};
    return std::string(textAt(functionOf(choice), "name"));
}

std::vector<Token> encoded(const HostedModel& model, const std::string& text) {
    EncodeOptions encoding;
    encoding.parseSpecial = true;
    return model.model->tokenizer()->encode(text, encoding);
}

/// What follows the marker in the words that close a thought.
std::string closedText(const ThoughtSyntax& thought) {
    const size_t at = thought.closing.find(thought.close);
    return at == std::string::npos ? "" : thought.closing.substr(at + thought.close.size());
}

/// The words that open a thought, with a line of their own where those that close it have one.
std::string openingText(const ThoughtSyntax& thought) {
    const bool lines = thought.closing.starts_with('\n') && !thought.open.ends_with('\n');
    return thought.open + (lines ? "\n" : "");
}

void append(std::vector<Token>& tokens, const std::vector<Token>& more) {
    tokens.insert(tokens.end(), more.begin(), more.end());
}

Result<std::shared_ptr<const CallGrammars>> callGrammars(ApiHost& host, const HostedModel& model,
                                                         const AnswerForm& form) {
    const ToolUse& use = form.use;
    // What is made keeps the form, so that no other can have its address meanwhile.
    const std::string key = concat(
        model.path.string(), '\n', static_cast<int>(use.choice), '\n', use.named, '\n',
        use.parallel, '\n', reinterpret_cast<uintptr_t>(form.grammar.get()), '\n', dump(use.tools));
    return host.forms->calls.get(key, [&]() -> Result<std::shared_ptr<const CallGrammars>> {
        const AnswerFormat& format = model.chat->format();
        ALCOVE_TRY(CallConstraint calls, constrainCalls(format, use.tools, use.choice, use.named));
        calls.several = calls.several && use.parallel;
        return CallGrammars::create(format, std::move(calls),
                                    model.constraints()->vocabulary().controls(), form.grammar);
    });
}

/// Whether the template does something about thoughts when it is told not to have any.
bool knowsThinking(const ChatPrompt& chat, ChatPromptInput input,
                   const std::vector<Token>& without) {
    input.thinking = true;
    const auto with = chat.tokens(input);
    return with && *with != without;
}

/// Renders the prompt, and opens or closes a thought where the template has not done as asked.
std::optional<ApiError> renderPrompt(const HostedModel& model, ChatPromptInput input,
                                     const Thinking& thinking, bool mustHaveForm,
                                     GenerationRequest& request, bool& inThought) {
    const ChatPrompt& chat = *model.chat;
    const ThoughtSyntax& thought = chat.format().thought;
    const bool thinks = thinking.on.value_or(!mustHaveForm);
    if (thinking.on || mustHaveForm) input.thinking = thinks;
    auto rendered = chat.render(input);
    if (!rendered) return invalid("messages", rendered.message());
    request.prompt = std::move(rendered->tokens);
    inThought = rendered->inThought;
    if (thinks && mustHaveForm && thought.declared && !inThought) {
        append(request.prompt, encoded(model, openingText(thought)));
        inThought = true;
    } else if (!thinks && inThought) {
        append(request.prompt, encoded(model, thought.closing));
        inThought = false;
    } else if (!thinks && thought.declared && !mustHaveForm &&
               !knowsThinking(chat, input, request.prompt)) {
        append(request.prompt, encoded(model, openingText(thought) + thought.closing));
    }
    return std::nullopt;
}

void setThoughtRules(const HostedModel& model, const Thinking& thinking, AnswerRules& rules) {
    const ThoughtSyntax& thought = model.chat->format().thought;
    rules.thoughtBudget = thinking.budget;
    rules.closing = encoded(model, thought.closing);
    rules.closedText = closedText(thought);
    rules.closed = encoded(model, rules.closedText);
    const auto opener = encoded(model, thought.open);
    if (opener.size() == 1) rules.opener = opener.front();
}

}  // namespace

void readSchema(ApiHost& host, Fields& fields, const char* field, const Json& schema,
                AnswerForm& form) {
    auto grammar = host.forms->grammars.get("schema\n" + dump(schema),
                                            [&] { return Grammar::fromJsonSchema(schema); });
    if (grammar)
        form.grammar = std::move(*grammar);
    else
        fields.refuse(field, concat("cannot be kept: ", grammar.message()));
}

void readForm(ApiHost& host, Fields& fields, AnswerForm& form) {
    const Json* format = fields.member("response_format");
    if (fields.has("grammar")) {
        if (format) fields.refuse("grammar", "and 'response_format' exclude each other");
        const std::string text = fields.text("grammar");
        auto grammar =
            host.forms->grammars.get("gbnf\n" + text, [&] { return Grammar::fromGbnf(text); });
        if (grammar)
            form.grammar = std::move(*grammar);
        else
            fields.refuse("grammar", concat("cannot be read: ", grammar.message()));
        return;
    }
    if (!format) return;
    const Json* type =
        format->is_object() && format->contains("type") ? &(*format)["type"] : nullptr;
    if (type && *type == "text") return;
    if (type && *type == "json_object")
        return readSchema(host, fields, "response_format", kAnyObject, form);
    if (type && *type == "json_schema" && format->contains("json_schema") &&
        (*format)["json_schema"].is_object() && (*format)["json_schema"].contains("schema"))
        return readSchema(host, fields, "response_format", (*format)["json_schema"]["schema"],
                          form);
    fields.refuse("response_format",
                  "must have the type text, json_object, or json_schema with a schema");
}

void readFormat(ApiHost& host, Fields& fields, AnswerForm& form) {
    const Json* format = fields.member("format");
    if (!format || *format == "") return;
    if (*format == "json") return readSchema(host, fields, "format", kAnyObject, form);
    if (format->is_object()) return readSchema(host, fields, "format", *format, form);
    fields.refuse("format", "must be \"json\" or a JSON schema");
}

void readToolUse(Fields& fields, ToolUse& use) {
    const Json* choice = fields.member("tool_choice");
    use.parallel = fields.flag("parallel_tool_calls", true);
    if (choice && *choice == "none") return;
    if (const Json* tools = fields.member("tools"); tools && !tools->empty())
        use.tools = fields.objects("tools");
    if (!choice || *choice == "auto") return;
    if (*choice == "required") {
        use.choice = ToolChoice::Required;
    } else if (use.named = nameOf(*choice); !use.named.empty()) {
        use.choice = ToolChoice::Named;
    } else {
        return fields.refuse("tool_choice", "can be auto, none, required or a function's name");
    }
    if (use.tools.is_null())
        fields.refuse("tool_choice", "asks for a call, but there are no tools");
}

bool readEffort(const std::string& effort, Thinking& thinking) {
    constexpr std::pair<std::string_view, int64_t> kBudgets[] = {
        {"minimal", 256}, {"low", 1024}, {"medium", 4096}};
    if (effort == "none") {
        thinking.on = false;
        return true;
    }
    const auto known =
        std::ranges::find(kBudgets, effort, [](const auto& each) { return each.first; });
    const bool most = effort == "high" || effort == "xhigh";
    if (known == std::end(kBudgets) && !most) return false;
    thinking.on = true;
    if (!most) thinking.budget = known->second;
    return true;
}

void readBudget(Fields& fields, Thinking& thinking) {
    if (!fields.has("thinking_budget")) return;
    thinking.budget = fields.integer("thinking_budget", 0, 0, int64_t{1} << 24);
    thinking.on = *thinking.budget > 0;
}

std::optional<ApiError> applyForm(const HostedModel& model, const AnswerForm& form,
                                  GenerationRequest& request) {
    if (!form.grammar) return std::nullopt;
    if (request.ignoreEnd)
        return invalid("ignore_eos", "'ignore_eos' and a form of the answer exclude each other");
    request.rules.emplace();
    request.rules->form = form.grammar;
    request.rules->constraints = model.constraints();
    return std::nullopt;
}

std::optional<ApiError> preparePrompt(ApiHost& host, const HostedModel& model,
                                      ChatPromptInput input, const AnswerForm& form,
                                      GenerationRequest& request, bool& inThought) {
    const ChatPrompt& chat = *model.chat;
    const ToolUse& use = form.use;
    const bool mustHaveForm = form.grammar || use.mustCall();
    if (form.grammar && use.mustCall())
        return invalid("tool_choice",
                       "a call that is asked for and another form of the answer "
                       "exclude each other");
    if (mustHaveForm && request.ignoreEnd)
        return invalid("ignore_eos", "'ignore_eos' and a form of the answer exclude each other");
    input.tools = use.tools;
    if (auto refused =
            renderPrompt(model, std::move(input), form.thinking, mustHaveForm, request, inThought))
        return refused;
    request.shown = chat.shownTokens();
    request.ends = chat.endTokens();
    if (const std::string stop = chat.stopText(); !stop.empty()) request.stops.push_back(stop);

    AnswerRules rules;
    rules.form = form.grammar;
    // Whoever gives a grammar of their own means that one.
    const bool isOwn = form.grammar && form.grammar->rules().empty();
    if (!use.tools.is_null() && !isOwn) {
        const auto calls = callGrammars(host, model, form);
        if (!calls) return invalid("tools", calls.message());
        if (mustHaveForm)
            rules.form = (*calls)->whole();
        else
            rules.calls = *calls;
    }
    const bool mayThink = chat.format().thought.declared && (!mustHaveForm || inThought);
    if (rules.calls || mayThink) {
        AnswerOptions options;
        if (rules.calls) options.tools = use.tools;
        options.inThought = inThought;
        rules.parser = std::make_shared<const AnswerParser>(chat.format(), std::move(options));
        setThoughtRules(model, form.thinking, rules);
    }
    if (rules.form || rules.calls) rules.constraints = model.constraints();
    if (rules.form || rules.parser) request.rules = std::move(rules);
    return std::nullopt;
}

}  // namespace alcove::app
