// Asks the models of an endpoint, by OpenAI's API.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "app/endpoint/chat_stream.h"
#include "app/endpoint/endpoint.h"
#include "app/http/remote_call.h"
#include "engine/base/result.h"

namespace alcove::app {

struct ChatQuestion {
    std::string model;
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();  // as the API has them
    int64_t tokens = 512;  // of the answer, at most; 0: as many as there is room for
    double temperature = 0;
    bool logprobs = false;  // asks for them; a server that has none answers without
    /// More members of the request, as the server knows them.
    nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

struct ServedModel {
    std::string id;
    int64_t context = 0;  // tokens of a prompt and its answer; 0: not told
    bool chats = true;    // as far as the server tells
};

class ChatClient {
public:
    /// Fails where the settings do not allow to reach the endpoint. This machine's engine is
    /// started where it does not run.
    static Result<ChatClient> open(const EndpointSettings& settings, const Endpoint& endpoint);

    [[nodiscard]] Result<std::vector<ServedModel>> models(std::stop_token stop = {}) const;
    /// `onText` sees the answer as it grows, `onThought` the thought before it.
    [[nodiscard]] Result<ChatReply> ask(const ChatQuestion& question,
                                        const ReplyReader::OnText& onText = {},
                                        std::stop_token stop = {},
                                        const ReplyReader::OnText& onThought = {}) const;

    void setLimits(const RemoteLimits& limits) { m_limits = limits; }
    [[nodiscard]] const RemoteLimits& limits() const { return m_limits; }

private:
    [[nodiscard]] RemoteCall request(std::string method, std::string_view route) const;
    [[nodiscard]] Result<ChatReply> askOnce(const ChatQuestion& question, bool logprobs,
                                            ReplyReader& reader, std::stop_token stop,
                                            bool& logprobsRefused) const;
    [[nodiscard]] Error refused(const RemoteAnswer& answer, std::string_view body) const;

    std::string m_name, m_url, m_path, m_key;
    RemotePlace m_place;
    RemoteLimits m_limits;
};

}  // namespace alcove::app
