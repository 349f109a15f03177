#include "app/host/desk_routes.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "app/api/generation_call.h"
#include "app/api/openai.h"

namespace alcove::app {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRoot = "/alcove/library/";
constexpr size_t kMostWaiting = 4096;  // events that a slow client may leave

/// One call at work on a thread of its own, and what it tells on the way.
class Work {
public:
    Work(Desk& desk, std::string name, Json request)
        : m_thread([this, &desk, name = std::move(name), request = std::move(request)] {
              const auto tell = [this](const Json& event) { put(event); };
              Result<Json> answer = desk.answer({name, request, tell, m_stop.get_token()});
              const std::lock_guard lock(m_mutex);
              m_answer.emplace(std::move(answer));
              m_changed.notify_one();
          }) {}

    void stop() { m_stop.request_stop(); }

    /// The next events; waits a while for them. `last`: the answer stands behind them.
    std::string take(std::chrono::milliseconds patience, bool& last) {
        std::unique_lock lock(m_mutex);
        m_changed.wait_for(lock, patience, [&] { return !m_events.empty() || m_answer; });
        std::string events;
        for (const std::string& event : m_events) events += event;
        m_events.clear();
        last = m_answer.has_value();
        if (last)
            events += sseData(*m_answer ? Json{{"result", **m_answer}}
                                        : Json{{"error", m_answer->message()}});
        return events;
    }

private:
    void put(const Json& event) {
        const std::lock_guard lock(m_mutex);
        // How far a file has come may be left out, what became of it may not.
        const std::string state = event.value("state", "");
        const bool fleeting = state == "waiting" || state == "reading" || state == "embedding";
        if (fleeting && m_events.size() >= kMostWaiting) return;
        m_events.push_back(sseData(event));
        m_changed.notify_one();
    }

    std::mutex m_mutex;  // guards m_events and m_answer
    std::condition_variable m_changed;
    std::deque<std::string> m_events;
    std::optional<Result<Json>> m_answer;
    std::stop_source m_stop;
    std::jthread m_thread;  // last: it uses what is above
};

std::optional<ApiError> answerCall(Desk& desk, const std::stop_token& ending, Exchange& exchange) {
    Json request;
    if (auto refused = parseBody(exchange.request().body, request)) return refused;
    exchange.begin(200, "text/event-stream");
    Work work(desk, exchange.request().path.substr(kRoot.size()), std::move(request));
    for (bool last = false; !last;) {
        const std::string events = work.take(500ms, last);
        const bool heard = exchange.write(events.empty() ? ": at work\n\n" : events);
        if (!heard || !exchange.connected() || ending.stop_requested()) work.stop();
        if (last && heard) exchange.finish();
    }
    return std::nullopt;
}

}  // namespace

void addDeskRoutes(Router& router, Desk& desk, const std::stop_token& stop) {
    router.add("POST", std::string(kRoot) + "*", openAiError,
               [&desk, stop](Exchange& exchange) { return answerCall(desk, stop, exchange); });
}

}  // namespace alcove::app
