// A question answered by its route: the model that the rules choose, and where its answer is not
// sure, the larger one that the settings name.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/endpoint/chat_client.h"
#include "app/routing/confidence.h"
#include "app/routing/routes.h"
#include "engine/base/result.h"
#include "rag/retrieve/retriever.h"

namespace alcove::app {

struct RoutedQuestion {
    std::string text;
    std::vector<rag::Passage> passages;  // what is to be answered from; empty: nothing
    int64_t tokens = 512;                // of an answer, at most
};

struct TargetAnswer {
    Target target;  // with the model that was asked
    ChatReply reply;
    Confidence confidence;
};

/// Asks targets; keeps the connection's set-up of each endpoint. Belongs to one thread.
class TargetAsker {
public:
    explicit TargetAsker(const EndpointSettings& endpoints) : m_endpoints(endpoints) {}

    [[nodiscard]] Result<TargetAnswer> ask(const Target& target, const RoutedQuestion& question,
                                           const ReplyReader::OnText& onText = {},
                                           std::stop_token stop = {});

private:
    [[nodiscard]] Result<std::string> modelOf(const Target& target, const ChatClient& client,
                                              std::stop_token stop);

    const EndpointSettings& m_endpoints;
    std::map<std::string, ChatClient> m_clients;  // by endpoint
    std::map<std::string, std::string> m_models;  // the first of an endpoint
};

struct RoutedAnswer {
    TargetAnswer first;
    std::optional<std::string> doubt;  // why the first was not trusted
    std::optional<TargetAnswer> second;
    std::string note;  // why there is no second in spite of a doubt

    [[nodiscard]] const TargetAnswer& kept() const { return second ? *second : first; }
};

/// `onText` sees the answer that is kept, as it grows where it is known to be kept.
[[nodiscard]] Result<RoutedAnswer> answerByRoute(TargetAsker& asker, const Decision& decision,
                                                 const RoutedQuestion& question,
                                                 const ReplyReader::OnText& onText = {},
                                                 std::stop_token stop = {});

}  // namespace alcove::app
