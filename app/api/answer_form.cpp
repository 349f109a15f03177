#include "app/api/answer_form.h"

namespace alcove::app {
using namespace engine;

namespace {

AnswerForm ofSchema(Fields& fields, const char* field, const Json& schema) {
    auto grammar = Grammar::fromJsonSchema(schema);
    if (grammar) return {std::move(*grammar)};
    fields.refuse(field, concat("cannot be kept: ", grammar.message()));
    return {};
}

const Json kAnyObject = {{"type", "object"}};

}  // namespace

AnswerForm readForm(Fields& fields) {
    const Json* format = fields.member("response_format");
    if (fields.has("grammar")) {
        if (format) fields.refuse("grammar", "and 'response_format' exclude each other");
        auto grammar = Grammar::fromGbnf(fields.text("grammar"));
        if (grammar) return {std::move(*grammar)};
        fields.refuse("grammar", concat("cannot be read: ", grammar.message()));
        return {};
    }
    if (!format) return {};
    const Json* type =
        format->is_object() && format->contains("type") ? &(*format)["type"] : nullptr;
    if (type && *type == "text") return {};
    if (type && *type == "json_object") return ofSchema(fields, "response_format", kAnyObject);
    if (type && *type == "json_schema" && format->contains("json_schema") &&
        (*format)["json_schema"].is_object() && (*format)["json_schema"].contains("schema"))
        return ofSchema(fields, "response_format", (*format)["json_schema"]["schema"]);
    fields.refuse("response_format",
                  "must have the type text, json_object, or json_schema with a schema");
    return {};
}

AnswerForm readFormat(Fields& fields) {
    const Json* format = fields.member("format");
    if (!format || *format == "") return {};
    if (*format == "json") return ofSchema(fields, "format", kAnyObject);
    if (format->is_object()) return ofSchema(fields, "format", *format);
    fields.refuse("format", "must be \"json\" or a JSON schema");
    return {};
}

std::optional<ApiError> applyForm(const HostedModel& model, const AnswerForm& form,
                                  GenerationRequest& request) {
    if (!form.grammar) return std::nullopt;
    if (request.ignoreEnd)
        return ApiError{ApiError::Kind::Invalid,
                        "'ignore_eos' and a form of the answer exclude each other", "ignore_eos",
                        "invalid_value"};
    request.grammar = form.grammar;
    request.vocabulary = model.vocabulary();
    return std::nullopt;
}

std::optional<ApiError> preparePrompt(const HostedModel& model, ChatPromptInput input,
                                      const AnswerForm& form, GenerationRequest& request,
                                      bool& inThought) {
    const ChatPrompt& chat = *model.chat;
    if (form.grammar) input.thinking = false;
    auto rendered = chat.render(input);
    if (!rendered) return ApiError{ApiError::Kind::Invalid, rendered.message(), "messages", {}};
    request.prompt = std::move(rendered->tokens);
    inThought = rendered->inThought;
    if (form.grammar && inThought) {
        EncodeOptions encoding;
        encoding.parseSpecial = true;
        const auto closing =
            model.model->tokenizer()->encode(chat.format().thought.closing, encoding);
        request.prompt.insert(request.prompt.end(), closing.begin(), closing.end());
        inThought = false;
    }
    request.shown = chat.shownTokens();
    request.ends = chat.endTokens();
    if (const std::string stop = chat.stopText(); !stop.empty()) request.stops.push_back(stop);
    return applyForm(model, form, request);
}

}  // namespace alcove::app
