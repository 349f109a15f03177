#include "app/assistant/engine_partner.h"

#include <utility>

#include "app/endpoint/chat_client.h"
#include "app/endpoint/endpoint.h"
#include "app/host/host_client.h"

namespace alcove::app {
namespace {

constexpr double kTemperature = 0.7;

Result<EndpointSettings> endpointsOf(const SettingsFile& settings) {
    ALCOVE_TRY(const LoadedSettings loaded, settings.load());
    return readEndpoints(loaded.values);
}

}  // namespace

Result<std::vector<PartnerModel>> EnginePartner::models(std::stop_token stop) {
    ALCOVE_TRY(const EndpointSettings endpoints, endpointsOf(m_settings));
    ALCOVE_TRY(const ChatClient client,
               ChatClient::open(endpoints, *endpoints.find(kLocalEndpoint)));
    ALCOVE_TRY(const std::vector<ServedModel> local, client.models(std::move(stop)));
    std::vector<PartnerModel> models;
    for (const ServedModel& model : local)
        if (model.chats) models.push_back({model.id, std::string(kLocalEndpoint), model.context});
    // What a server has was told when it was added or tested; it is not asked for a list.
    for (const Endpoint& endpoint : endpoints.endpoints)
        if (endpoints.allows(endpoint))
            for (const std::string& id : endpoint.models) models.push_back({id, endpoint.name, 0});
    return models;
}

Result<ChatReply> EnginePartner::answer(const PartnerQuestion& question, const Listener& listener,
                                        std::stop_token stop) {
    ALCOVE_TRY(const EndpointSettings endpoints, endpointsOf(m_settings));
    const Endpoint* endpoint = endpoints.find(question.model.endpoint);
    if (!endpoint)
        return fail("the server '", question.model.endpoint,
                    "' is not in the settings any more; choose another model");
    ChatQuestion asked;
    asked.model = question.model.id;
    asked.messages = question.messages;
    asked.tokens = question.tokens;
    asked.temperature = kTemperature;
    if (question.thinking)
        asked.more["chat_template_kwargs"] = {{"enable_thinking", *question.thinking}};
    bool heard = false;
    const auto noting = [&heard](const std::function<void(std::string_view)>& tell) {
        return [&heard, &tell](std::string_view text) {
            heard = true;
            if (tell) tell(text);
        };
    };
    for (const bool again : {false, true}) {
        ALCOVE_TRY(const ChatClient client, ChatClient::open(endpoints, *endpoint));
        Result<ChatReply> reply =
            client.ask(asked, noting(listener.text), stop, noting(listener.thought));
        if (reply || stop.stop_requested() || !endpoint->isLocal() || runningHost()) return reply;
        if (heard)
            return fail("The engine ended in the middle of this answer. What had come is kept; ",
                        "ask again, and it is started anew.");
        // An engine that ended before it said anything is started once more: this question need not
        // have been the cause.
        if (again)
            return fail("The engine ended twice before it could answer this; it was given up. The ",
                        "question is kept. Another model may do better.");
    }
    return fail("the question was not asked");
}

}  // namespace alcove::app
