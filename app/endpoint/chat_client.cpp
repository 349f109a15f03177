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

Result<std::vector<std::string>> ChatClient::models(std::stop_token stop) const {
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
    std::vector<std::string> models;
    for (const Json& entry : (*told)["data"]) {
        if (!entry.is_object() || !entry.contains("id") || !entry["id"].is_string())
            return notModels();
        std::string id = entry["id"].get<std::string>();
        if (id.empty() || id.size() > kLongestModel || models.size() == kMostModels)
            return notModels();
        models.push_back(std::move(id));
    }
    return models;
}

Result<ChatReply> ChatClient::ask(const ChatQuestion& question, const ReplyReader::OnText& onText,
                                  std::stop_token stop) const {
    bool logprobsRefused = false;
    Result<ChatReply> reply = askOnce(question, question.logprobs, onText, stop, logprobsRefused);
    if (!reply && logprobsRefused) return askOnce(question, false, onText, stop, logprobsRefused);
    return reply;
}

Result<ChatReply> ChatClient::askOnce(const ChatQuestion& question, bool logprobs,
                                      const ReplyReader::OnText& onText, std::stop_token stop,
                                      bool& logprobsRefused) const {
    RemoteCall call = request("POST", "/chat/completions");
    Json body = {{"model", question.model},
                 {"messages", question.messages},
                 {"max_tokens", question.tokens},
                 {"temperature", question.temperature},
                 {"stream", true}};
    if (logprobs) {
        body["logprobs"] = true;
        body["top_logprobs"] = 1;  // some give none at all without
    }
    call.body = dump(body);
    ReplyReader reader(onText);
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
