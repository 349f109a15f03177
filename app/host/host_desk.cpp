#include "app/host/host_desk.h"

#include <atomic>
#include <cstdint>

#include "app/host/host_client.h"
#include "app/http/event_reader.h"

namespace alcove::app {
namespace {

using namespace std::chrono_literals;

std::string pathOf(const std::string& name) { return "/alcove/library/" + name; }

std::string libraryOf(const Json& request) { return request.value("library", ""); }

/// Takes a stream of events apart, until the answer.
class Listener {
public:
    explicit Listener(const HostDesk::OnEvent& onEvent) : m_onEvent(onEvent) {}

    /// False: what comes is of no use.
    bool take(const RemoteAnswer& head, std::string_view piece) {
        if (head.status == 200)
            return m_events.push(piece, [&](std::string_view data) { return event(data); }).ok();
        m_refusal += piece;
        return true;
    }

    [[nodiscard]] const std::optional<Result<Json>>& answer() const { return m_answer; }
    [[nodiscard]] const std::string& refusal() const { return m_refusal; }

private:
    Result<void> event(std::string_view data) {
        Json told = Json::parse(data, nullptr, false);
        if (!told.is_object()) return fail("what it says is no JSON");
        if (told.contains("result"))
            m_answer = std::move(told["result"]);
        else if (told.contains("error"))
            m_answer = fail(told["error"].get<std::string>());
        else if (m_onEvent)
            m_onEvent(told);
        return {};
    }

    const HostDesk::OnEvent& m_onEvent;
    EventReader m_events{SIZE_MAX};  // all that a large library holds is one answer
    std::string m_refusal;
    std::optional<Result<Json>> m_answer;
};

}  // namespace

std::optional<Result<Json>> HostDesk::call(const std::string& name, const Json& request,
                                           const OnEvent& onEvent, const std::stop_token& stop,
                                           std::string& why) const {
    for (const bool again : {false, true}) {
        const Result<RunningHost> host = reachHost();
        if (!host) {
            why = host.message();
            return std::nullopt;
        }
        if (!host->isLikeUs) {
            release(libraryOf(request));
            return std::nullopt;
        }
        // What indexes ends what is in work, and tells of it. Anything else, or what has not begun,
        // ends by our going away.
        std::atomic<bool> leaving{false};
        const std::stop_callback ask(stop, [&] {
            const auto told = callHost(host->place, "POST", pathOf("stop"),
                                       dump({{"library", libraryOf(request)}}));
            leaving = !told || told->body.find("\"result\"") == std::string::npos;
        });
        Listener listener(onEvent);
        const Result<RemoteAnswer> answer =
            callHost(host->place, "POST", pathOf(name), dump(request),
                     [&](const RemoteAnswer& head, std::string_view piece) {
                         return listener.take(head, piece) && !leaving;
                     });
        if (listener.answer()) return *listener.answer();
        if (leaving) return Result<Json>(fail("stopped; what was done before is kept"));
        if (answer && answer->status != 200)
            return Result<Json>(refusalOf(*answer, listener.refusal()));
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
    const std::optional<RemotePlace> place = runningHost();
    if (!place) return;
    [[maybe_unused]] const auto told =
        callHost(*place, "POST", pathOf("close"), dump({{"library", library}}));
}

}  // namespace alcove::app
