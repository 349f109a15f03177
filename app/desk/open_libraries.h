// The libraries that a process has open: opened when they are asked, kept for the next question,
// closed when nobody has asked for a while.
//
// Several may use a library at once. What changes it as a whole (another embedding model, opening
// it anew since its folder was replaced) waits until nobody uses it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "app/desk/model_source.h"
#include "app/library/indexer.h"
#include "app/library/library.h"
#include "engine/base/result.h"

namespace alcove::app {

struct LibraryWish {
    std::filesystem::path folder;
    bool create = false;
    bool needsModel = true;  // false: it may be without one
    std::string model;       // a file, or a name in the models' folder; empty: that of the library
    bool afresh = false;     // opened anew, where nobody else uses it
};

class OpenLibraries {
    struct Entry;

public:
    /// `models` outlives it.
    explicit OpenLibraries(ModelSource& models) : m_models(models) {}

    /// A library in use; it stays open as long as this lives.
    class Use {
    public:
        [[nodiscard]] Library& library() const { return *m_entry->library; }
        /// Sentences for the user: what opening had to mend, why there are no vectors.
        [[nodiscard]] const std::vector<std::string>& notes() const { return m_notes; }
        /// False: its files were removed or replaced since it was opened.
        [[nodiscard]] bool stands() const;

    private:
        friend class OpenLibraries;
        friend class IndexingTurn;
        std::shared_ptr<Entry> m_entry;
        std::shared_lock<std::shared_timed_mutex> m_lock;
        std::vector<std::string> m_notes;
    };
    [[nodiscard]] Result<Use> use(const LibraryWish& wish);

    /// False: somebody uses it. What is not open is closed already.
    bool close(const std::filesystem::path& folder);
    /// Closes what nobody has used for so long.
    void closeUnused(std::chrono::seconds unused);

    /// What is being indexed there goes on or ends as told; false: nothing is.
    enum class Order : uint8_t { Pause, Resume, Stop };
    bool order(const std::filesystem::path& folder, Order order);
    void stopIndexing();  // everywhere

private:
    friend class IndexingTurn;
    using Clock = std::chrono::steady_clock;
    struct Entry {
        std::shared_timed_mutex use;  // guards what follows: alone, to change it
        std::unique_ptr<Library> library;
        uint64_t identity = 0;                  // of its database
        std::optional<std::string> model;       // that was asked for; nothing: none was yet
        std::vector<std::string> mended;        // told once
        std::vector<std::string> shortcomings;  // told to everybody

        std::mutex indexing;  // guards what follows
        Indexer* indexer = nullptr;
        std::stop_source stopIndexing;
        std::condition_variable indexed;  // nobody indexes any more
        Clock::time_point used = Clock::now();
    };
    [[nodiscard]] std::shared_ptr<Entry> entryOf(const std::filesystem::path& folder);
    [[nodiscard]] static bool fits(const Entry& entry, const LibraryWish& wish);
    [[nodiscard]] Result<void> bringAbout(Entry& entry, const LibraryWish& wish);

    ModelSource& m_models;
    std::mutex m_mutex;  // guards m_entries
    std::map<std::filesystem::path, std::shared_ptr<Entry>> m_entries;
};

/// The right to index a library: one at a time has it.
class IndexingTurn {
public:
    /// Nothing: another has it. Who had it and is being stopped, or was killed a moment ago, is
    /// waited for.
    static std::unique_ptr<IndexingTurn> take(const OpenLibraries::Use& use, Indexer& indexer);
    ~IndexingTurn();
    void stop();
    [[nodiscard]] std::stop_token stopped() const { return m_stopped; }

private:
    IndexingTurn() = default;
    std::shared_ptr<OpenLibraries::Entry> m_entry;
    std::stop_token m_stopped;
};

}  // namespace alcove::app
