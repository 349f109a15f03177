#include "app/api/generation_call.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <random>

namespace alcove::app {
using namespace engine;

std::optional<ApiError> findHosted(ApiHost& host, const std::string& name, bool embedder,
                                   std::shared_ptr<HostedModel>& out) {
    using Kind = ApiError::Kind;
    if (name.find('/') != std::string::npos || name.find('\\') != std::string::npos)
        return ApiError{Kind::NotFound, concat("the model '", name, "' is not installed"), "model",
                        "model_not_found"};
    ModelPool::Found found = host.models.get(name);
    switch (found.refusal) {
        case ModelPool::Refusal::None:
            break;
        case ModelPool::Refusal::Unknown:
            return ApiError{Kind::NotFound, found.reason, "model", "model_not_found"};
        case ModelPool::Refusal::TooLarge:
            return ApiError{Kind::Failed, found.reason, "model", "insufficient_memory"};
        case ModelPool::Refusal::Broken:
            return ApiError{Kind::Failed, found.reason, "model", "model_unreadable"};
    }
    out = std::move(found.model);
    if (embedder ? out->embedder != nullptr : out->chat.has_value()) return std::nullopt;
    return ApiError{
        Kind::Invalid,
        concat("the model ", out->id, embedder ? " does not make vectors" : " does not write text"),
        "model", "wrong_model"};
}

std::optional<std::string> joinedText(const Json& content) {
    if (content.is_null()) return std::string();
    if (content.is_string()) return content.get<std::string>();
    if (!content.is_array()) return std::nullopt;
    std::string all;
    for (const Json& part : content) {
        if (!part.is_object() || !part.contains("text") || !part["text"].is_string())
            return std::nullopt;
        all += part["text"].get<std::string>();
    }
    return all;
}

namespace {

/// In whichever API's form.
bool hasPicture(const Json& message, const Json& content) {
    if (message.contains("images") && !message["images"].empty()) return true;
    if (!content.is_array()) return false;
    return std::ranges::any_of(content, [](const Json& part) {
        return part.is_object() && part.value("type", Json()).is_string() &&
               part["type"].get_ref<const std::string&>().find("image") != std::string::npos;
    });
}

}  // namespace

Json readMessages(Fields& fields) {
    Json messages = fields.objects("messages");
    if (messages.empty()) fields.refuse("messages", "is empty");
    for (Json& message : messages) {
        if (!message.contains("role") || !message["role"].is_string()) {
            fields.refuse("messages", "must have a role each");
            break;
        }
        if (message["role"] == "developer") message["role"] = "system";
        const Json content = message.contains("content") ? message["content"] : Json();
        if (hasPicture(message, content)) {
            fields.refuse("messages", "has a picture; text alone is read here");
            break;
        }
        const auto text = joinedText(content);
        if (!text) {
            fields.refuse("messages", "must have contents that are texts");
            break;
        }
        message["content"] = *text;
    }
    return messages;
}

void readSampling(Fields& fields, SamplingOptions& sampling) {
    const auto real = [&](const char* name, float& value, const Range<float>& range) {
        value = static_cast<float>(fields.number(name, value, range.lowest, range.greatest));
    };
    real("temperature", sampling.temperature, ranges::kTemperature);
    real("top_p", sampling.topP, ranges::kProbability);
    real("min_p", sampling.minP, ranges::kProbability);
    real("frequency_penalty", sampling.frequencyPenalty, ranges::kPenalty);
    real("presence_penalty", sampling.presencePenalty, ranges::kPenalty);
    real("repetition_penalty", sampling.repetitionPenalty, ranges::kRepetitionPenalty);
    sampling.topK = static_cast<int32_t>(fields.integer("top_k", sampling.topK, 0, ranges::kAny));
    std::random_device random;
    sampling.seed = fields.has("seed") ? static_cast<uint64_t>(fields.integer(
                                             "seed", 0, -(int64_t{1} << 53), int64_t{1} << 53))
                                       : uint64_t{random()} << 32 | random();
    const Json* bias = fields.member("logit_bias");
    if (!bias) return;
    if (!bias->is_object()) return fields.refuse("logit_bias", "must be an object");
    for (const auto& [token, value] : bias->items()) {
        int32_t id = -1;
        const auto end = token.data() + token.size();
        if (std::from_chars(token.data(), end, id).ptr != end || !value.is_number())
            return fields.refuse("logit_bias", "must give numbers to tokens, by their numbers");
        auto strength = value.get<float>();
        if (!(strength >= -100.0f && strength <= 100.0f))
            return fields.refuse("logit_bias", "has values from -100 to 100");
        if (strength == -100.0f) strength = -INFINITY;  // the API's word for "never"
        sampling.logitBias.emplace_back(id, strength);
    }
}

Answers::~Answers() {
    for (const auto& stream : m_streams) stream->cancel();
}

std::optional<ApiError> Answers::start(const HostedModel& model, const GenerationRequest& request,
                                       size_t count) {
    for (size_t i = 0; i < count; ++i) {
        GenerationRequest one = request;
        one.sampling.seed += i;
        Scheduler::Submission submission = m_host.scheduler.submit(model.model, std::move(one));
        if (!submission.stream) {
            using Refusal = Scheduler::Submission::Refusal;
            if (submission.refusal == Refusal::Busy)
                return ApiError{ApiError::Kind::Busy, submission.reason, {}, "queue_full"};
            const bool tooLong = submission.reason.find("context") != std::string::npos;
            return ApiError{ApiError::Kind::Invalid,
                            submission.reason,
                            {},
                            tooLong ? "context_length_exceeded" : "invalid_value"};
        }
        m_streams.push_back(std::move(submission.stream));
    }
    m_endings.resize(count);
    return std::nullopt;
}

bool Answers::run(const OnPiece& onPiece, const std::function<bool()>& connected) {
    using namespace std::chrono_literals;
    std::vector<bool> ended(m_streams.size(), false);
    const auto giveUp = [&] {
        for (const auto& stream : m_streams) stream->cancel();
        return false;
    };
    for (size_t left = m_streams.size(); left > 0;) {
        bool silent = true;
        for (size_t i = 0; i < m_streams.size(); ++i) {
            if (ended[i]) continue;
            AnswerPiece piece = m_streams[i]->next(left == 1 ? 100ms : 5ms);
            if (!piece.empty()) {
                silent = false;
                if (!onPiece(i, std::move(piece))) return giveUp();
            }
            const auto ending = m_streams[i]->ending();
            if (!ending) continue;
            m_endings[i] = *ending;
            ended[i] = true;
            --left;
        }
        if (silent && left > 0 && !connected()) return giveUp();
    }
    return true;
}

std::optional<ApiError> Answers::failure() const {
    for (const AnswerEnding& ending : m_endings) {
        if (ending.end == AnswerEnd::Failed)
            return ApiError{ApiError::Kind::Failed, ending.error, {}, {}};
        if (ending.end == AnswerEnd::Cancelled)
            return ApiError{ApiError::Kind::Failed, "the engine is being shut down", {}, {}};
    }
    return std::nullopt;
}

AnswerUsage Answers::usage() const {
    AnswerUsage all;
    if (!m_endings.empty()) all = m_endings.front().usage;
    for (size_t i = 1; i < m_endings.size(); ++i)
        all.answerTokens += m_endings[i].usage.answerTokens;
    return all;
}

std::string makeId(std::string_view prefix) {
    constexpr std::string_view kLetters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::random_device random;
    std::string id(prefix);
    for (int i = 0; i < 24; ++i) id += kLetters[random() % kLetters.size()];
    return id;
}

int64_t unixTime() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

std::string sseData(const Json& value) { return "data: " + dump(value) + "\n\n"; }

}  // namespace alcove::app
