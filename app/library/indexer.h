// Brings a library up to date with the files it holds.
//
// Reader processes turn files into text, two at a time; the texts are cut and kept, each document
// in one transaction; then come the vectors. Those of a small document are kept together with it. A
// large one can be found by its words at once, and gets its vectors in steps, each kept. So a kill
// at any moment loses one small document, or one step; the next round goes on from there.
//
// What was refused is recorded, and tried again when the file has changed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "app/library/index_observer.h"
#include "app/library/library.h"
#include "engine/base/result.h"
#include "rag/reader_client/reader_client.h"

namespace alcove::app {

struct IndexOptions {
    int readers = 2;           // processes at a time
    rag::ReadOptions reading;  // passwords, OCR, limits
    bool retry = false;        // in the first round also what was refused and has not changed
    bool vectors = true;       // false: words alone, in seconds; the next round makes the vectors
};

struct WatchOptions {
    bool poll = false;  // look for changes at intervals, even where the system would tell them
    std::chrono::milliseconds interval{10'000};  // of polling
    std::chrono::milliseconds quiet{300};        // without changes before they are looked at
    std::chrono::milliseconds patience{3'000};   // the longest wait for that
};

/// Holds threads up until they may go on.
class PauseGate {
public:
    void pause();
    void resume();
    /// Returns at once unless paused; also when `stop` is requested.
    void wait(const std::stop_token& stop);

private:
    std::mutex m_mutex;  // guards m_paused
    std::condition_variable_any m_changed;
    bool m_paused = false;
};

class Indexer {
public:
    /// Both outlive the indexer.
    Indexer(Library& library, IndexObserver& observer, IndexOptions options = {})
        : m_library(library),
          m_observer(observer),
          m_options(std::move(options)),
          m_flushed(std::chrono::steady_clock::now()) {}

    /// One round: looks at all that the library holds and does what is to be done. Stopped: what
    /// was done stays. An error: the library itself cannot be read or written.
    [[nodiscard]] Result<IndexSummary> update(const std::stop_token& stop = {});
    /// A round, and then one whenever something changes, until it is stopped.
    [[nodiscard]] Result<void> watch(const std::stop_token& stop, const WatchOptions& options = {});

    // From any thread. What is in work is finished first: a file being read, some passages.
    void pause() { m_gate.pause(); }
    void resume() { m_gate.resume(); }

private:
    friend class WatchLoop;
    using Entering = std::function<void(const std::filesystem::path&)>;
    [[nodiscard]] Result<IndexSummary> round(const std::stop_token& stop,
                                             std::vector<std::string> scopes, Entering entering);

    Library& m_library;
    IndexObserver& m_observer;
    IndexOptions m_options;
    PauseGate m_gate;
    bool m_triedLocked = false;                       // the password, with what was locked before
    std::chrono::steady_clock::time_point m_flushed;  // the vector indexes
};

}  // namespace alcove::app
