#include "app/host/host_desk.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/desk/describe.h"
#include "app/host/host_client.h"
#include "app/http/http_client.h"
#include "app/library/source_file.h"

namespace alcove::app {
namespace {

using namespace std::chrono_literals;

HttpCall callOf(const std::string& name, const Json& request) {
    HttpCall call;
    call.method = "POST";
    call.path = "/alcove/library/" + name;
    call.body = dumped(request);
    return call;
}

/// Takes a stream of events apart, until the answer.
class Listener {
public:
    explicit Listener(const HostDesk::OnEvent& onEvent) : m_onEvent(onEvent) {}

    bool take(int status, std::string_view piece) {
        m_rest += piece;
        if (status != 200) return true;  // an error's text
        for (size_t end = m_rest.find("\n\n"); end != std::string::npos;
             end = m_rest.find("\n\n")) {
            const std::string one = m_rest.substr(0, end);
            m_rest.erase(0, end + 2);
            constexpr std::string_view kData = "data: ";
            if (!one.starts_with(kData)) continue;
            Json told = Json::parse(one.begin() + kData.size(), one.end(), nullptr, false);
            if (told.is_discarded()) continue;
            if (told.contains("result"))
                m_answer = std::move(told["result"]);
            else if (told.contains("error"))
                m_answer = fail(told["error"].get<std::string>());
            else if (m_onEvent)
                m_onEvent(told);
        }
        return true;
    }

    [[nodiscard]] const std::optional<Result<Json>>& answer() const { return m_answer; }
    [[nodiscard]] const std::string& rest() const { return m_rest; }

private:
    const HostDesk::OnEvent& m_onEvent;
    std::string m_rest;
    std::optional<Result<Json>> m_answer;
};

}  // namespace

std::optional<Result<Json>> HostDesk::call(const std::string& name, const Json& request,
                                           const OnEvent& onEvent, const std::stop_token& stop,
                                           std::string& why) const {
    // Only what indexes is asked to end what is in work; the rest ends by our going away.
    for (const bool again : {false, true}) {
        const Result<RunningHost> host = reachHost();
        if (!host) {
            why = host.message();
            return std::nullopt;
        }
        if (!host->isLikeUs) {
            release(request.value("library", ""));
            return std::nullopt;
        }
        const std::stop_callback ask(stop, [&] {
            [[maybe_unused]] const auto told =
                app::call(host->place, callOf("stop", {{"library", request.value("library", "")}}));
        });
        Listener listener(onEvent);
        const Result<HttpAnswer> answer = app::call(
            host->place, callOf(name, request),
            [&](int status, std::string_view piece) { return listener.take(status, piece); });
        if (listener.answer()) return *listener.answer();
        if (answer && answer->status != 200) {
            const Json told = Json::parse(listener.rest(), nullptr, false);
            return Result<Json>(
                fail(told.is_object() && told.contains("error")
                         ? told["error"].value("message", "the engine refused")
                         : concat("the engine answered with status ", answer->status)));
        }
        if (!again)
            onEvent(
                {{"event", "opened"},
                 {"notes", {"the engine has ended in the middle of this; it is started again"}}});
    }
    return Result<Json>(
        fail("the engine has ended twice in the middle of this; it was given up. What was kept "
             "before is kept"));
}

void HostDesk::release(const std::string& library) {
    const std::optional<ServerPlace> place = runningHost();
    if (!place) return;
    [[maybe_unused]] const auto told = app::call(*place, callOf("close", {{"library", library}}));
}

}  // namespace alcove::app
