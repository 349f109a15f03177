#include "app/api/ollama.h"

#include <chrono>
#include <ctime>
#include <functional>
#include <memory>

#include "app/api/answer_form.h"
#include "app/api/answer_parts.h"
#include "app/api/embedding_call.h"
#include "app/api/generation_call.h"

namespace alcove::app {
using namespace engine;

namespace {

constexpr int64_t kMostTokens = int64_t{1} << 24;

std::string ollamaError(const ApiError& error) { return dump({{"error", error.message}}); }

/// "2026-01-31T12:00:00Z"
std::string timestamp(std::time_t time) {
    char text[32];
    std::tm parts{};
#ifdef _WIN32
    gmtime_s(&parts, &time);
#else
    gmtime_r(&time, &parts);
#endif
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

int64_t nanoseconds(double seconds) { return static_cast<int64_t>(seconds * 1e9); }

/// Names come with a tag, which our files do not have.
std::string modelName(Fields& fields) {
    std::string name = fields.text("model");
    if (name.ends_with(":latest")) name.resize(name.size() - std::string(":latest").size());
    return name;
}

/// Sampling and limits stand in "options", under names of their own.
void readOptions(Fields& fields, GenerationRequest& request) {
    static const Json kNone = Json::object();
    const Json* given = fields.member("options");
    if (given && !given->is_object()) return fields.refuse("options", "must be an object");
    Fields options(given ? *given : kNone);
    readSampling(options, request.sampling);
    request.sampling.repetitionPenalty = static_cast<float>(
        options.number("repeat_penalty", request.sampling.repetitionPenalty,
                       ranges::kRepetitionPenalty.lowest, ranges::kRepetitionPenalty.greatest));
    request.sampling.penaltyWindow = static_cast<int32_t>(
        options.integer("repeat_last_n", request.sampling.penaltyWindow, -1, ranges::kAny));
    const int64_t limit = options.integer("num_predict", -1, -2, kMostTokens);
    request.tokens = std::max<int64_t>(limit, 0);  // below 0: as many as there is room for
    request.stops = options.texts("stop", 16);
    if (options.error()) fields.refuse("options", options.error()->message);
}

/// Yes or no, or how much.
void readThink(Fields& fields, Thinking& thinking) {
    const Json* think = fields.member("think");
    if (!think) return;
    if (!think->is_string())
        thinking.on = fields.flag("think");
    else if (!readEffort(think->get<std::string>(), thinking))
        fields.refuse("think", "must be true, false, low, medium or high");
}

/// What a line says of the text that came since the last one; calls come whole, with the last.
using LineForm = std::function<Json(const std::string& text, bool last)>;

Json rawLine(const std::string& text, bool) { return {{"response", text}}; }

struct Told {
    std::string said, thought;
};

Told tellApart(AnswerParts& parts, const std::string& text, bool last) {
    Told told;
    const auto take = [&](const std::vector<AnswerEvent>& events) {
        for (const AnswerEvent& event : events) {
            if (event.kind == AnswerEvent::Kind::Text) told.said += event.text;
            if (event.kind == AnswerEvent::Kind::Thought) told.thought += event.text;
        }
    };
    take(parts.push(text));
    if (last) take(parts.finish());
    return told;
}

LineForm promptLine(std::shared_ptr<AnswerParts> parts) {
    return [parts = std::move(parts)](const std::string& text, bool last) {
        const Told told = tellApart(*parts, text, last);
        Json line = {{"response", told.said}};
        if (!told.thought.empty()) line["thinking"] = told.thought;
        return line;
    };
}

LineForm chatLine(std::shared_ptr<AnswerParts> parts) {
    return [parts = std::move(parts)](const std::string& text, bool last) {
        const Told told = tellApart(*parts, text, last);
        Json message = {{"role", "assistant"}, {"content", told.said}};
        if (!told.thought.empty()) message["thinking"] = told.thought;
        if (last && !parts->calls().empty()) {
            Json calls = Json::array();
            for (const AnswerParts::Call& call : parts->calls())
                calls.push_back({{"function",
                                  {{"name", call.name},
                                   {"arguments", Json::parse(call.arguments, nullptr, false)}}}});
            message["tool_calls"] = std::move(calls);
        }
        return Json{{"message", std::move(message)}};
    };
}

std::optional<ApiError> answer(ApiHost& host, Exchange& exchange, const HostedModel& model,
                               const GenerationRequest& request, bool stream,
                               const LineForm& form) {
    const auto began = std::chrono::steady_clock::now();
    Answers answers(host);
    if (auto refused = answers.start(model, request, 1)) return refused;
    const auto line = [&](const std::string& text, bool done) {
        Json whole = {{"model", model.id}, {"created_at", timestamp(std::time(nullptr))}};
        whole.update(form(text, done));
        whole["done"] = done;
        return whole;
    };
    if (stream) exchange.begin(200, "application/x-ndjson");
    std::string text;
    const bool heard = answers.run(
        [&](size_t, AnswerPiece came) {
            if (stream) return exchange.write(dump(line(came.text, false)) + "\n");
            text += came.text;
            return exchange.connected();
        },
        [&] { return exchange.connected(); });
    if (!heard) return std::nullopt;
    if (auto failure = answers.failure()) {
        if (!stream) return failure;
        exchange.write(ollamaError(*failure) + "\n");
        exchange.finish();
        return std::nullopt;
    }
    const AnswerEnding& ending = answers.ending(0);
    const bool cut = ending.end == AnswerEnd::Limit || ending.end == AnswerEnd::ContextFull;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    Json last = line(text, true);
    last["done_reason"] = cut ? "length" : "stop";
    last["total_duration"] = nanoseconds(took.count());
    last["load_duration"] = 0;
    last["prompt_eval_count"] = ending.usage.promptTokens;
    last["prompt_eval_duration"] = nanoseconds(ending.usage.promptSeconds);
    last["eval_count"] = ending.usage.answerTokens;
    last["eval_duration"] = nanoseconds(ending.usage.answerSeconds);
    if (!stream) {
        exchange.send(200, "application/json", dump(last));
        return std::nullopt;
    }
    exchange.write(dump(last) + "\n");
    exchange.finish();
    return std::nullopt;
}

std::optional<ApiError> chat(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    GenerationRequest request;
    const std::string name = modelName(fields);
    ChatPromptInput input;
    input.messages = readMessages(fields);
    AnswerForm form;
    readThink(fields, form.thinking);
    readOptions(fields, request);
    const bool stream = fields.flag("stream", true);
    readToolUse(fields, form.use);
    readFormat(host, fields, form);
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    bool inThought = false;
    if (auto refused = preparePrompt(host, *model, std::move(input), form, request, inThought))
        return refused;
    auto parts = std::make_shared<AnswerParts>(model->chat->format(), form.use.tools, inThought);
    return answer(host, exchange, *model, request, stream, chatLine(std::move(parts)));
}

std::optional<ApiError> generate(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    GenerationRequest request;
    const std::string name = modelName(fields);
    const std::string prompt = fields.requiredText("prompt");
    const std::string system = fields.text("system");
    const bool raw = fields.flag("raw");
    readOptions(fields, request);
    const bool stream = fields.flag("stream", true);
    AnswerForm form;
    readThink(fields, form.thinking);
    readFormat(host, fields, form);
    if (const Json* images = fields.member("images"); images && !images->empty())
        fields.refuse("images", "are not read here, text alone is");
    if (fields.error()) return fields.error();
    std::shared_ptr<HostedModel> model;
    if (auto refused = findHosted(host, name, false, model)) return refused;
    bool inThought = false;
    if (raw) {
        request.prompt = ChatPrompt::plainTokens(*model->model, prompt);
        if (auto refused = applyForm(*model, form, request)) return refused;
    } else {
        ChatPromptInput input;
        if (!system.empty()) input.messages.push_back({{"role", "system"}, {"content", system}});
        input.messages.push_back({{"role", "user"}, {"content", prompt}});
        if (auto refused = preparePrompt(host, *model, std::move(input), form, request, inThought))
            return refused;
    }
    if (raw) return answer(host, exchange, *model, request, stream, rawLine);
    auto parts = std::make_shared<AnswerParts>(model->chat->format(), nullptr, inThought);
    return answer(host, exchange, *model, request, stream, promptLine(std::move(parts)));
}

std::optional<ApiError> tags(ApiHost& host, Exchange& exchange) {
    const auto models = host.models.installed();
    if (!models) return ApiError{ApiError::Kind::Failed, models.message(), {}, {}};
    Json all = Json::array();
    for (const StoredModel& model : *models) {
        if (!model.problem.empty()) continue;
        all.push_back({{"name", model.name},
                       {"model", model.name},
                       {"modified_at", timestamp(0)},
                       {"size", model.bytes},
                       {"digest", ""},
                       {"details",
                        {{"format", "gguf"},
                         {"family", model.architecture},
                         {"parameter_size", ""},
                         {"quantization_level", model.quantisation}}}});
    }
    exchange.send(200, "application/json", dump({{"models", std::move(all)}}));
    return std::nullopt;
}

std::optional<ApiError> embed(ApiHost& host, Exchange& exchange) {
    Json body;
    if (auto refused = parseBody(exchange.request().body, body)) return refused;
    Fields fields(body);
    const auto began = std::chrono::steady_clock::now();
    EmbeddingCall call;
    call.model = modelName(fields);
    call.texts = fields.texts("input", kMostTexts);
    if (call.texts.empty()) fields.refuse("input", "must be a text or several");
    if (fields.error()) return fields.error();
    std::vector<Embedding> vectors;
    if (auto failed = embedAll(host, call, exchange, vectors)) return failed;
    Json rows = Json::array();
    int64_t tokens = 0;
    for (const Embedding& vector : vectors) {
        rows.push_back(vector.values);
        tokens += vector.tokens;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    exchange.send(200, "application/json",
                  dump({{"model", call.model},
                        {"embeddings", std::move(rows)},
                        {"total_duration", nanoseconds(took.count())},
                        {"load_duration", 0},
                        {"prompt_eval_count", tokens}}));
    return std::nullopt;
}

}  // namespace

void addOllamaRoutes(Router& router, ApiHost& host) {
    const auto add = [&](const char* method, const char* path, auto* handler) {
        router.add(method, path, ollamaError,
                   [&host, handler](Exchange& exchange) { return handler(host, exchange); });
    };
    add("POST", "/api/chat", chat);
    add("POST", "/api/generate", generate);
    add("GET", "/api/tags", tags);
    add("POST", "/api/embed", embed);
    router.add("GET", "/api/version", ollamaError,
               [](Exchange& exchange) -> std::optional<ApiError> {
                   exchange.send(200, "application/json", dump({{"version", ALCOVE_VERSION}}));
                   return std::nullopt;
               });
}

}  // namespace alcove::app
