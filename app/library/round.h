// One round of an Indexer: from what is to be done to what is kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/library/index_observer.h"
#include "app/library/indexer.h"
#include "app/library/library.h"
#include "app/library/plan.h"
#include "app/library/preparation.h"
#include "engine/base/result.h"

namespace alcove::app {

class Round {
public:
    using Clock = std::chrono::steady_clock;

    /// `flushed` is when the vector indexes were last written, over all rounds.
    Round(Library& library, IndexObserver& observer, const IndexOptions& options, PauseGate& gate,
          Clock::time_point& flushed)
        : m_library(library),
          m_observer(observer),
          m_options(options),
          m_gate(gate),
          m_flushed(flushed) {}

    [[nodiscard]] Result<IndexSummary> run(const PlanOptions& planning);

private:
    // By the thread of run():
    [[nodiscard]] Result<void> clear(const Plan& plan);
    [[nodiscard]] Result<void> recordEmbedder();
    [[nodiscard]] Result<void> work(std::vector<FileTask> tasks);
    [[nodiscard]] Result<void> keepAll();
    [[nodiscard]] Result<void> keep(Prepared prepared);
    [[nodiscard]] Result<void> keepRefusal(const Prepared& prepared);
    [[nodiscard]] Result<void> keepGathered();
    /// False: the user has taken it out of the library meanwhile.
    [[nodiscard]] Result<bool> put(const rag::DocumentContent& content);
    [[nodiscard]] Result<bool> isWanted(const rag::DocumentRecord& record);
    [[nodiscard]] Result<void> embedLacking(std::vector<FileTask>& again);
    /// False: it has a chunk that is too long for the embedder, and must be read again.
    [[nodiscard]] Result<bool> embedDocument(const rag::DocumentRecord& record);
    [[nodiscard]] Result<void> flushAtTimes();

    // By the threads that read:
    void readAll(const std::stop_token& stop);
    [[nodiscard]] std::optional<FileTask> nextTask();
    void hand(Prepared prepared, const std::stop_token& stop);

    void tell(const FileProgress& progress);
    void note(const std::string& sentence);

    Library& m_library;
    IndexObserver& m_observer;
    const IndexOptions& m_options;
    PauseGate& m_gate;
    Clock::time_point& m_flushed;
    IndexSummary m_summary;
    uint64_t m_removals = 0;  // of the library when m_present was read
    std::vector<rag::CollectionRecord> m_planned, m_present;  // when the round began, and now
    std::stop_token m_stop;
    LengthCounter m_length;  // where there is no embedder

    std::vector<Prepared> m_gathered;  // small documents that are embedded together
    size_t m_gatheredChunks = 0;

    std::mutex m_telling;  // the observer is called by one thread at a time

    std::mutex m_mutex;  // guards what follows
    std::condition_variable_any m_changed;
    std::deque<FileTask> m_tasks;     // not begun
    std::deque<Prepared> m_prepared;  // not kept
    size_t m_preparedBytes = 0;
    int m_readers = 0;  // that run
};

}  // namespace alcove::app
