#include "app/library/indexer.h"

#include <filesystem>
#include <utility>

#include "app/library/plan.h"
#include "app/library/round.h"
#include "app/library/source_file.h"

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
    // What is written into files that nobody can open any more is lost with this process.
    std::error_code ignored;
    if (!std::filesystem::exists(m_library.folder() / "library.db", ignored))
        return fail(shownName(nameOf(m_library.folder())),
                    ": the library was removed while it was in use; start again to make another");
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
