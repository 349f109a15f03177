// Who answers in the window: the engine host with its models and the endpoints of the settings, or
// one that plays a script, for tests and for looking at pages.
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
#include "engine/base/result.h"

namespace alcove::app {

struct PartnerModel {
    std::string id;        // how it is asked for
    std::string endpoint;  // kLocalEndpoint, or where else it answers
    int64_t context = 0;   // tokens; 0: not told
};

struct PartnerQuestion {
    PartnerModel model;
    nlohmann::ordered_json messages = nlohmann::ordered_json::array();  // as OpenAI's API has them
    std::optional<bool> thinking;  // the model's own way when not given
    int64_t tokens = 0;            // 0: as many as there is room for
};

/// Calls come from any thread, several at once.
class Partner {
public:
    struct Listener {
        std::function<void(std::string_view)> thought, text;
    };

    virtual ~Partner() = default;
    /// The models that can chat. Starts what has to run for that.
    [[nodiscard]] virtual Result<std::vector<PartnerModel>> models(std::stop_token stop) = 0;
    /// Where it fails, what the listener has heard stands.
    [[nodiscard]] virtual Result<ChatReply> answer(const PartnerQuestion& question,
                                                   const Listener& listener,
                                                   std::stop_token stop) = 0;
};

}  // namespace alcove::app
