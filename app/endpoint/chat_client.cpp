#include "app/endpoint/chat_client.h"

#include "app/api/fields.h"
#include "app/host/host_client.h"
#include "engine/base/unicode.h"
#include "engine/import/json.h"

namespace alcove::app {
using namespace std::chrono_literals;

namespace {

constexpr size_t kMostModels = 10'000;
constexpr size_t kLongestModel = 512;
constexpr size_t kLongestError = size_t{64} << 10;  // of an error's body, bytes that are read
constexpr int kFirstError = 300;                    // a redirect is one here

/// Our engine tells what it serves; vLLM tells "max_model_len".
int64_t contextOf(const Json& entry) {
    for (const char* name : {"context_served", "max_model_len"})
        if (const auto value = entry.find(name);
            value != entry.end() && value->is_number_integer() && *value > 0 && *value < INT32_MAX)
            return value->get<int64_t>();
    return 0;
}

}  // namespace

Result<ChatClient> ChatClient::open(const EndpointSettings& settings, const Endpoint& endpoint) {
    ALCOVE_CHECK(settings.allows(endpoint));
    ChatClient client;
    client.m_name = endpoint.name;
    client.m_limits.body = size_t{64} << 20;
    if (endpoint.isLocal()) {
        ALCOVE_TRY(const RunningHost host, reachHost());
        client.m_place = host.place;
        client.m_url = host.place.socket.string();
        client.m_path = "/v1";
        client.m_limits.silence = 600s;  // a large model on a small machine reads slowly
        client.m_limits.whole = 3600s;
        return client;
    }
    ALCOVE_TRY(const ServerUrl url, parseUrl(endpoint.url));
    client.m_url = endpoint.url;
    client.m_path = url.path;
    client.m_key = endpoint.key;
    client.m_place.host = url.host;
    client.m_place.port = url.port;
    client.m_place.tls = url.tls;
    client.m_place.trust = endpoint.trust;
    client.m_place.loopbackOnly = settings.onlyThisMachine || endpoint.staysHere();
    return client;
}

RemoteCall ChatClient::request(std::string method, std::string_view route) const {
    RemoteCall call;
    call.method = std::move(method);
    call.path = m_path + std::string(route);
    call.headers["Accept"] = "application/json, text/event-stream";
    if (!m_key.empty()) call.headers["Authorization"] = "Bearer " + m_key;
    return call;
}

Result<std::vector<ServedModel>> ChatClient::models(std::stop_token stop) const {
    RemoteLimits limits = m_limits;
    limits.body = size_t{16} << 20;
    ALCOVE_TRY(const RemoteAnswer answer,
               callRemote(m_place, request("GET", "/models"), limits, {}, std::move(stop)));
    if (answer.status >= kFirstError) return refused(answer, answer.body);
    const auto notModels = [&] {
        return fail(m_url, ": what it answers is no list of models; is it a server of OpenAI's ",
                    "API, and is the path of the URL right (mostly /v1)?");
    };
    const Result<Json> told = engine::parseOrderedJson(answer.body, m_url);
    if (!told || !told->is_object() || !told->contains("data") || !(*told)["data"].is_array())
        return notModels();
    std::vector<ServedModel> models;
    for (const Json& entry : (*told)["data"]) {
        if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string())
            return notModels();
        ServedModel model{entry["id"].get<std::string>(), contextOf(entry), true};
        if (const auto kind = entry.find("kind"); kind != entry.end())
            model.chats = *kind == "chat";
        if (model.id.empty() || model.id.size() > kLongestModel || models.size() == kMostModels)
            return notModels();
        models.push_back(std::move(model));
    }
    return models;
}

Result<ChatReply> ChatClient::ask(const ChatQuestion& question, const ReplyReader::OnText& onText,
                                  std::stop_token stop,
                                  const ReplyReader::OnText& onThought) const {
    bool logprobsRefused = false;
    ReplyReader reader(onText, onThought);
    Result<ChatReply> reply = askOnce(question, question.logprobs, reader, stop, logprobsRefused);
    if (reply || !logprobsRefused) return reply;
    ReplyReader another(onText, onThought);
    return askOnce(question, false, another, stop, logprobsRefused);
}

Result<ChatReply> ChatClient::askOnce(const ChatQuestion& question, bool logprobs,
                                      ReplyReader& reader, std::stop_token stop,
                                      bool& logprobsRefused) const {
    RemoteCall call = request("POST", "/chat/completions");
    Json body = {{"model", question.model},
                 {"messages", question.messages},
                 {"temperature", question.temperature},
                 {"stream", true},
                 {"stream_options", {{"include_usage", true}}}};
    if (question.tokens > 0) body["max_tokens"] = question.tokens;
    if (logprobs) {
        body["logprobs"] = true;
        body["top_logprobs"] = 1;  // some give none at all without
    }
    body.update(question.more);
    call.body = dump(body);
    Result<void> read;
    std::string error;
    Result<RemoteAnswer> answer = callRemote(
        m_place, call, m_limits,
        [&](const RemoteAnswer& head, std::string_view piece) {
            if (head.status < kFirstError) {
                read = reader.push(head.type, piece);
                return read.ok() && !reader.done();
            }
            error += piece.substr(0, kLongestError - error.size());
            return error.size() < kLongestError;
        },
        std::move(stop));
    const auto aboutLogprobs = [&](std::string_view said) {
        return logprobs && said.find("logprob") != std::string_view::npos;
    };
    if (!read) {
        logprobsRefused = aboutLogprobs(read.message());
        return fail(m_url, ": ", read.message());
    }
    if (!answer) return answer.error();
    if (answer->status >= kFirstError) {
        logprobsRefused = aboutLogprobs(error);
        return refused(*answer, error);
    }
    // One that fails only when it begins to write has nothing but silence for it.
    logprobsRefused = logprobs && reader.empty();
    Result<ChatReply> reply = reader.finish();
    if (!reply) return fail(m_url, ": ", reply.message());
    return reply;
}

Error ChatClient::refused(const RemoteAnswer& answer, std::string_view body) const {
    const std::string reason = errorIn(body);
    const std::string told = concat("HTTP ", answer.status, reason.empty() ? "" : ": ", reason);
    const int status = answer.status;
    if (status < 400)
        return fail(m_url, ": sends on to '", printable(answer.location, 200), "' (", told,
                    "), which is not followed; if that is right, make it the endpoint's URL");
    if (status == 401 || status == 403)
        return fail(m_url, ": refuses ", m_key.empty() ? "a request without a key" : "the key",
                    " (", told, "); `alcove-cli endpoints add ", m_name,
                    "` takes the right one by --key-file");
    if (status == 404)
        return fail(m_url, ": knows neither this route nor this model (", told,
                    "); is the path of the URL right (mostly /v1)? `alcove-cli endpoints test ",
                    m_name, "` lists the models");
    if (status == 429 || status == 503)
        return fail(m_url, ": is busy (", told, "); try again in a while");
    if (status >= 500) return fail(m_url, ": failed (", told, "); its own log may tell more");
    return fail(m_url, ": does not take the request (", told, ")");
}

}  // namespace alcove::app
