#include "app/api/openai_responses.h"

#include <cstring>
#include <utility>

#include "app/api/answer_form.h"
#include "app/api/answer_parts.h"
#include "app/api/generation_call.h"
#include "engine/chat/call_reader.h"

namespace alcove::app {
using namespace engine;

namespace {

constexpr int64_t kMostTokens = int64_t{1} << 24;

struct Asked {
    std::string model;
    GenerationRequest request;
    AnswerForm form;
    Json said = Json::array();  // what goes before the answer, without the instructions
    Json echo;                  // members of the request that the response repeats
    bool stream = false, store = true, inThought = false;
};

// ---- What is asked

/// An item of "input" as a message of the chat API.
void addItem(const Json& item, Json& said, Fields& fields) {
    const std::string_view type = item.contains("type") ? textAt(item, "type") : "message";
    if (type == "message") {
        const auto text = joinedText(item.contains("content") ? item["content"] : Json());
        std::string role(textAt(item, "role"));
        if (role == "developer") role = "system";
        if (role != "user" && role != "assistant" && role != "system")
            return fields.refuse("input", "has a message whose role is none");
        if (!text) return fields.refuse("input", "has a message whose content is no text");
        said.push_back({{"role", role}, {"content", *text}});
    } else if (type == "function_call") {
        const Json call = {
            {"id", textAt(item, "call_id")},
            {"type", "function"},
            {"function",
             {{"name", textAt(item, "name")}, {"arguments", textAt(item, "arguments")}}}};
        // Calls, and the text before them, are one message of the chat API.
        if (said.empty() || said.back()["role"] != "assistant")
            said.push_back({{"role", "assistant"}, {"content", ""}});
        said.back()["tool_calls"].push_back(call);
    } else if (type == "function_call_output") {
        const auto text = joinedText(item.contains("output") ? item["output"] : Json());
        if (!text) return fields.refuse("input", "has a result that is no text");
        said.push_back(
            {{"role", "tool"}, {"tool_call_id", textAt(item, "call_id")}, {"content", *text}});
    } else if (type != "reasoning") {
        fields.refuse("input", concat("has an item of the type '", type,
                                      "', which is none of message, function_call, ",
                                      "function_call_output and reasoning"));
    }
}

void readInput(Fields& fields, Json& said) {
    const Json* input = fields.member("input");
    if (!input) return fields.refuse("input", "is missing");
    if (input->is_string()) return said.push_back({{"role", "user"}, {"content", *input}});
    const Json& items = fields.objects("input");
    if (items.empty()) fields.refuse("input", "is empty");
    for (const Json& item : items) addItem(item, said, fields);
}

/// Tools as the chat API has them.
Json chatTools(Fields& fields) {
    Json tools = Json::array();
    const Json* given = fields.member("tools");
    for (const Json& tool : given ? fields.objects("tools") : Json::array()) {
        if (textAt(tool, "type") != "function") {
            fields.refuse("tools", concat("has one of the type '", textAt(tool, "type"),
                                          "': there are functions alone"));
            break;
        }
        Json function = tool;
        function.erase("type");
        tools.push_back({{"type", "function"}, {"function", std::move(function)}});
    }
    return tools;
}

void readText(ApiHost& host, Fields& fields, AnswerForm& form) {
    const Json* text = fields.member("text");
    if (!text) return;
    if (!text->is_object()) return fields.refuse("text", "must be an object");
    if (!text->contains("format")) return;
    const Json& format = (*text)["format"];
    const std::string_view type = textAt(format, "type");
    if (type == "json_object")
        readSchema(host, fields, "text", {{"type", "object"}}, form);
    else if (type == "json_schema" && format.contains("schema"))
        readSchema(host, fields, "text", format["schema"], form);
    else if (type != "text")
        fields.refuse("text", "must have a format text, json_object, or json_schema with a schema");
}

void readReasoning(Fields& fields, ChatPromptInput& input, Thinking& thinking) {
    readBudget(fields, thinking);
    const Json* reasoning = fields.member("reasoning");
    if (!reasoning) return;
    Fields inner(*reasoning);
    if (!reasoning->is_object()) return fields.refuse("reasoning", "must be an object");
    if (!inner.has("effort")) return;
    const std::string effort = inner.text("effort");
    if (!readEffort(effort, thinking))
        fields.refuse("reasoning",
                      "has an effort that is none of none, minimal, low, medium, high");
    input.extra["reasoning_effort"] = effort;
}

/// What we do not have must not be passed over.
void refuseOthers(Fields& fields) {
    if (fields.flag("background")) fields.refuse("background", "is not supported");
    for (const char* field : {"conversation", "prompt"})
        if (fields.has(field)) fields.refuse(field, "is not supported");
    if (fields.text("truncation", "disabled") != "disabled")
        fields.refuse("truncation", "can be disabled alone: nothing is left out unsaid");
    if (fields.integer("top_logprobs", 0, 0, 20) > 0)
        fields.refuse("top_logprobs", "are given by /v1/chat/completions alone");
}

std::optional<ApiError> readRequest(ApiHost& host, Json& body, Asked& asked,
                                    ChatPromptInput& input) {
    Fields fields(body);
    asked.model = fields.text("model");
    readSampling(fields, asked.request.sampling);
    asked.request.tokens = fields.integer("max_output_tokens", 0, 1, kMostTokens);
    asked.stream = fields.flag("stream");
    asked.store = fields.flag("store", true);
    const std::string before = fields.text("previous_response_id");
    if (!before.empty()) {
        auto known = host.responses->find(before);
        if (!known)
            return ApiError{
                ApiError::Kind::NotFound,
                concat("there is no response '", before, "' any more: the last ",
                       ResponseStore::kMost,
                       " are kept while the engine runs; send the conversation as input"),
                "previous_response_id", "previous_response_not_found"};
        asked.said = std::move(known->messages);
    }
    readInput(fields, asked.said);
    if (const std::string system = fields.text("instructions"); !system.empty())
        input.messages.push_back({{"role", "system"}, {"content", system}});
    input.messages.insert(input.messages.end(), asked.said.begin(), asked.said.end());
    const Json given = fields.has("tools") ? body["tools"] : Json::array();
    body["tools"] = chatTools(fields);
    readToolUse(fields, asked.form.use);
    readText(host, fields, asked.form);
    readReasoning(fields, input, asked.form.thinking);
    refuseOthers(fields);
    if (fields.error()) return fields.error();
    const auto orNull = [&](const char* name) { return fields.has(name) ? body[name] : Json(); };
    asked.echo = {
        {"instructions", orNull("instructions")},
        {"max_output_tokens", orNull("max_output_tokens")},
        {"parallel_tool_calls", asked.form.use.parallel},
        {"previous_response_id", orNull("previous_response_id")},
        {"reasoning", orNull("reasoning")},
        {"store", asked.store},
        {"temperature", asked.request.sampling.temperature},
        {"text", fields.has("text") ? body["text"] : Json{{"format", {{"type", "text"}}}}},
        {"tool_choice", fields.has("tool_choice") ? body["tool_choice"] : Json("auto")},
        {"tools", given},
        {"top_p", asked.request.sampling.topP},
        {"truncation", "disabled"},
        {"metadata", fields.has("metadata") ? body["metadata"] : Json::object()}};
    return std::nullopt;
}

// ---- What is answered

class Reply {
public:
    Reply(ApiHost& host, Asked asked, std::shared_ptr<HostedModel> model, Exchange& exchange)
        : m_host(host),
          m_asked(std::move(asked)),
          m_model(std::move(model)),
          m_parts(m_model->chat->format(), m_asked.form.use.tools, m_asked.inThought),
          m_exchange(exchange),
          m_id(makeId("resp_")),
          m_created(unixTime()) {}

    std::optional<ApiError> run() {
        Answers answers(m_host);
        if (auto refused = answers.start(*m_model, m_asked.request, 1)) return refused;
        if (m_asked.stream) {
            m_exchange.begin(200, "text/event-stream");
            event("response.created", {{"response", response("in_progress")}});
            event("response.in_progress", {{"response", response("in_progress")}});
        }
        const auto connected = [&] { return m_exchange.connected(); };
        const bool heard = answers.run(
            [&](size_t, AnswerPiece piece) {
                take(m_parts.push(piece.text));
                return connected();
            },
            connected);
        if (!heard) return std::nullopt;
        if (auto failure = answers.failure()) {
            if (!m_asked.stream) return failure;
            Json failed = response("failed");
            failed["error"] = {{"code", "server_error"}, {"message", failure->message}};
            event("response.failed", {{"response", std::move(failed)}});
            m_exchange.finish();
            return std::nullopt;
        }
        take(m_parts.finish());
        finish(answers);
        return std::nullopt;
    }

private:
    void finish(const Answers& answers) {
        const AnswerEnd end = answers.ending(0).end;
        const bool cut = end == AnswerEnd::Limit || end == AnswerEnd::ContextFull;
        if (m_output.empty() && m_kind.empty()) openMessage();
        close(cut ? "incomplete" : "completed");
        Json whole = response(cut ? "incomplete" : "completed");
        if (cut) whole["incomplete_details"] = {{"reason", "max_output_tokens"}};
        const AnswerUsage usage = answers.usage();
        whole["usage"] = {{"input_tokens", usage.promptTokens},
                          {"input_tokens_details",
                           {{"cached_tokens", usage.reusedTokens}, {"cache_write_tokens", 0}}},
                          {"output_tokens", usage.answerTokens},
                          {"output_tokens_details", {{"reasoning_tokens", usage.thoughtTokens}}},
                          {"total_tokens", usage.promptTokens + usage.answerTokens}};
        if (m_asked.store) keep(whole);
        if (m_asked.stream) {
            event(cut ? "response.incomplete" : "response.completed", {{"response", whole}});
            m_exchange.finish();
        } else {
            m_exchange.send(200, "application/json", dump(whole));
        }
    }

    void keep(const Json& whole) {
        Json messages = std::move(m_asked.said);
        Json answer = {{"role", "assistant"}, {"content", m_parts.text()}};
        for (const AnswerParts::Call& call : m_parts.calls())
            answer["tool_calls"].push_back(
                {{"id", call.id},
                 {"type", "function"},
                 {"function", {{"name", call.name}, {"arguments", call.arguments}}}});
        messages.push_back(std::move(answer));
        m_host.responses->put(m_id, std::move(messages), whole);
    }

    [[nodiscard]] Json response(const char* status) const {
        Json whole = {
            {"id", m_id},           {"object", "response"}, {"created_at", m_created},
            {"status", status},     {"error", nullptr},     {"incomplete_details", nullptr},
            {"model", m_model->id}, {"output", m_output},   {"usage", nullptr}};
        whole.update(m_asked.echo);
        return whole;
    }

    void event(const std::string& type, const Json& data) {
        if (!m_asked.stream) return;
        Json whole = {{"type", type}, {"sequence_number", m_events++}};
        whole.update(data);
        m_exchange.write("event: " + type + "\n" + sseData(whole));
    }
    /// An event about the item that is being written.
    void itemEvent(const std::string& type, Json data) {
        data["item_id"] = m_item["id"];
        data["output_index"] = m_output.size();
        event(type, data);
    }

    void open(const char* kind, Json item) {
        m_kind = kind;
        m_item = std::move(item);
        m_text.clear();
        event("response.output_item.added", {{"output_index", m_output.size()}, {"item", m_item}});
    }
    void openMessage() {
        open("message", {{"id", makeId("msg_")},
                         {"type", "message"},
                         {"status", "in_progress"},
                         {"role", "assistant"},
                         {"content", Json::array()}});
        itemEvent("response.content_part.added", {{"content_index", 0}, {"part", textPart()}});
    }
    [[nodiscard]] Json textPart() const {
        return {{"type", "output_text"},
                {"text", m_text},
                {"annotations", Json::array()},
                {"logprobs", Json::array()}};
    }

    void close(const char* status) {
        if (m_kind.empty()) return;
        if (m_kind == "message") {
            itemEvent("response.output_text.done",
                      {{"content_index", 0}, {"text", m_text}, {"logprobs", Json::array()}});
            itemEvent("response.content_part.done", {{"content_index", 0}, {"part", textPart()}});
            m_item["content"].push_back(textPart());
        } else if (m_kind == "reasoning") {
            itemEvent("response.reasoning_text.done", {{"content_index", 0}, {"text", m_text}});
            m_item["content"].push_back({{"type", "reasoning_text"}, {"text", m_text}});
        } else {
            itemEvent("response.function_call_arguments.done",
                      {{"arguments", m_text}, {"name", m_item["name"]}});
            m_item["arguments"] = m_text;
        }
        m_item["status"] = status;
        event("response.output_item.done", {{"output_index", m_output.size()}, {"item", m_item}});
        m_output.push_back(std::move(m_item));
        m_kind.clear();
    }

    /// Each kind of part goes into an item of its own.
    void take(const std::vector<AnswerEvent>& events) {
        for (const AnswerEvent& part : events) {
            switch (part.kind) {
                case AnswerEvent::Kind::Thought:
                    if (m_kind != "reasoning") {
                        close("completed");
                        open("reasoning", {{"id", makeId("rs_")},
                                           {"type", "reasoning"},
                                           {"status", "in_progress"},
                                           {"summary", Json::array()},
                                           {"content", Json::array()}});
                    }
                    add("response.reasoning_text.delta", part.text, {{"content_index", 0}});
                    break;
                case AnswerEvent::Kind::Text:
                    if (m_kind != "message") {
                        close("completed");
                        openMessage();
                    }
                    add("response.output_text.delta", part.text,
                        {{"content_index", 0}, {"logprobs", Json::array()}});
                    break;
                case AnswerEvent::Kind::CallBegun:
                    close("completed");
                    open("function_call", {{"id", makeId("fc_")},
                                           {"type", "function_call"},
                                           {"status", "in_progress"},
                                           {"call_id", part.id},
                                           {"name", part.name},
                                           {"arguments", ""}});
                    break;
                case AnswerEvent::Kind::CallArguments:
                    add("response.function_call_arguments.delta", part.text, Json::object());
                    break;
                case AnswerEvent::Kind::CallWithdrawn:  // its text follows
                    close("incomplete");
                    break;
                default:
                    break;
            }
        }
    }
    void add(const char* type, const std::string& text, Json data) {
        m_text += text;
        data["delta"] = text;
        itemEvent(type, std::move(data));
    }

    ApiHost& m_host;
    Asked m_asked;
    std::shared_ptr<HostedModel> m_model;
    AnswerParts m_parts;
    Exchange& m_exchange;
    std::string m_id;
    int64_t m_created;
    Json m_output = Json::array();  // items that are whole
    Json m_item;                    // the one that is being written, its text beside it
    std::string m_kind, m_text;
    int64_t m_events = 0;
};

std::optional<ApiError> create(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Asked asked;
    ChatPromptInput input;
    if (auto refused = readRequest(host, body, asked, input)) return refused;
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, asked.model, false, model)) return refused;
    if (auto refused = preparePrompt(host, *model, std::move(input), asked.form, asked.request,
                                     asked.inThought))
        return refused;
    return Reply(host, std::move(asked), std::move(model), exchange).run();
}

std::string idOf(const Exchange& exchange) {
    return exchange.request().path.substr(std::strlen("/v1/responses/"));
}

ApiError unknown(const std::string& id) {
    return {ApiError::Kind::NotFound, concat("there is no response '", id, "'"), "response_id",
            "response_not_found"};
}

}  // namespace

void addResponseRoutes(Router& router, ApiHost& host) {
    router.add("POST", "/v1/responses", openAiError,
               [&](Exchange& exchange) { return create(host, exchange); });
    router.add("GET", "/v1/responses/*", openAiError,
               [&](Exchange& exchange) -> std::optional<ApiError> {
                   const auto found = host.responses->find(idOf(exchange));
                   if (!found) return unknown(idOf(exchange));
                   exchange.send(200, "application/json", dump(found->response));
                   return std::nullopt;
               });
    router.add("DELETE", "/v1/responses/*", openAiError,
               [&](Exchange& exchange) -> std::optional<ApiError> {
                   const std::string id = idOf(exchange);
                   if (!host.responses->remove(id)) return unknown(id);
                   exchange.send(200, "application/json",
                                 dump({{"id", id}, {"object", "response"}, {"deleted", true}}));
                   return std::nullopt;
               });
}

}  // namespace alcove::app
