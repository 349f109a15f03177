#include "app/library/indexer.h"

#include <utility>

#include "app/library/plan.h"
#include "app/library/round.h"

namespace alcove::app {

void PauseGate::pause() {
    const std::scoped_lock lock(m_mutex);
    m_paused = true;
}

void PauseGate::resume() {
    {
        const std::scoped_lock lock(m_mutex);
        m_paused = false;
    }
    m_changed.notify_all();
}

void PauseGate::wait(const std::stop_token& stop) {
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [&] { return !m_paused; });
}

Result<IndexSummary> Indexer::update(const std::stop_token& stop) { return round(stop, {}, {}); }

Result<IndexSummary> Indexer::round(const std::stop_token& stop, std::vector<std::string> scopes,
                                    Entering entering) {
    PlanOptions planning;
    planning.scopes = std::move(scopes);
    planning.retry = std::exchange(m_options.retry, false);
    planning.retryLocked =
        !m_options.reading.password.empty() && !std::exchange(m_triedLocked, true);
    planning.entering = std::move(entering);
    planning.stop = stop;
    ALCOVE_TRY(const IndexSummary summary,
               Round(m_library, m_observer, m_options, m_gate, m_flushed).run(planning));
    m_observer.roundEnded(summary);
    return summary;
}

}  // namespace alcove::app
