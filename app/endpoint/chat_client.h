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
    int64_t tokens = 512;                                               // of the answer, at most
    double temperature = 0;
    bool logprobs = false;  // asks for them; a server that has none answers without
};

class ChatClient {
public:
    /// Fails where the settings do not allow to reach the endpoint. This machine's engine is
    /// started where it does not run.
    static Result<ChatClient> open(const EndpointSettings& settings, const Endpoint& endpoint);

    [[nodiscard]] Result<std::vector<std::string>> models(std::stop_token stop = {}) const;
    /// `onText` sees the answer as it grows.
    [[nodiscard]] Result<ChatReply> ask(const ChatQuestion& question,
                                        const ReplyReader::OnText& onText = {},
                                        std::stop_token stop = {}) const;

    void setLimits(const RemoteLimits& limits) { m_limits = limits; }
    [[nodiscard]] const RemoteLimits& limits() const { return m_limits; }

private:
    [[nodiscard]] RemoteCall request(std::string method, std::string_view route) const;
    [[nodiscard]] Result<ChatReply> askOnce(const ChatQuestion& question, bool logprobs,
                                            const ReplyReader::OnText& onText, std::stop_token stop,
                                            bool& logprobsRefused) const;
    [[nodiscard]] Error refused(const RemoteAnswer& answer, std::string_view body) const;

    std::string m_name, m_url, m_path, m_key;
    RemotePlace m_place;
    RemoteLimits m_limits;
};

}  // namespace alcove::app
