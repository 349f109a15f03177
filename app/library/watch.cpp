// Rounds whenever something changes. The system tells in which folders; where it cannot, or has
// lost count, everything is looked at.
#include <algorithm>
#include <memory>
#include <utility>

#include "app/library/indexer.h"
#include "app/library/scan.h"
#include "app/library/source_file.h"
#include "engine/base/folder_watcher.h"

namespace alcove::app {

class WatchLoop {
public:
    using Clock = FolderWatcher::Clock;

    WatchLoop(Indexer& indexer, const WatchOptions& options, std::stop_token stop)
        : m_indexer(indexer), m_options(options), m_stop(std::move(stop)) {}

    Result<void> run() {
        if (!m_options.poll) {
            auto watcher = FolderWatcher::create();
            if (watcher)
                m_watcher = std::move(*watcher);
            else
                giveUpWatching(watcher.error());
        }
        std::vector<std::string> scopes;  // none: everything
        while (!m_stop.stop_requested()) {
            ALCOVE_CHECK(watchParents());
            ALCOVE_TRY(const IndexSummary summary,
                       m_indexer.round(m_stop, scopes,
                                       [&](const std::filesystem::path& folder) { add(folder); }));
            (void)summary;
            ALCOVE_TRY(scopes, nextScopes());
        }
        return {};
    }

private:
    void giveUpWatching(const Error& reason) {
        m_watcher.reset();
        m_indexer.m_observer.note(concat(reason.message, "; changes are looked for every ",
                                         std::chrono::duration<double>(m_options.interval).count(),
                                         " seconds instead"));
    }

    void add(const std::filesystem::path& folder) {
        if (m_watcher == nullptr) return;
        if (const auto added = m_watcher->add(folder); !added) giveUpWatching(added.error());
    }

    /// A file that was named is watched by its folder; so is a folder that is gone, and may come.
    Result<void> watchParents() {
        ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections,
                   m_indexer.m_library.store().collections());
        m_roots.clear();
        for (const rag::CollectionRecord& collection : collections)
            for (const std::string& root : collection.roots) {
                std::error_code ignored;
                const std::filesystem::path path = pathFrom(root);
                if (!std::filesystem::is_directory(path, ignored)) add(path.parent_path());
                m_roots.push_back(root);
            }
        return {};
    }

    /// Waits until there is something to do.
    Result<std::vector<std::string>> nextScopes() {
        FolderWatcher::Changes all;
        while (m_watcher != nullptr && all.empty() && !m_stop.stop_requested()) {
            ALCOVE_TRY(all, m_watcher->wait(Clock::now() + std::chrono::hours(1), m_stop));
            drop(all);
        }
        if (m_watcher == nullptr) return waitForInterval();
        const auto patience = Clock::now() + m_options.patience;
        while (!all.empty() && !m_stop.stop_requested() && Clock::now() < patience) {
            ALCOVE_TRY(FolderWatcher::Changes more,
                       m_watcher->wait(std::min(patience, Clock::now() + m_options.quiet), m_stop));
            drop(more);
            if (more.empty()) break;
            all.lost = all.lost || more.lost;
            all.folders.insert(all.folders.end(), more.folders.begin(), more.folders.end());
        }
        return all.lost ? std::vector<std::string>() : scopesOf(all.folders);
    }

    /// The outermost of the folders, or the roots in them; none, which is everything, where one is
    /// known by a link alone.
    std::vector<std::string> scopesOf(const std::vector<std::filesystem::path>& folders) const {
        std::vector<std::string> scopes;
        for (const std::filesystem::path& folder : folders) {
            const std::string name = nameOf(folder);
            const size_t before = scopes.size();
            for (const std::string& root : m_roots) {
                if (isWithin(name, root))
                    scopes.push_back(name);
                else if (nameOf(pathFrom(root).parent_path()) == name)
                    scopes.push_back(root);
            }
            if (scopes.size() == before) return {};
        }
        std::sort(scopes.begin(), scopes.end());
        std::vector<std::string> outermost;
        for (std::string& scope : scopes)
            if (outermost.empty() || !isWithin(scope, outermost.back()))
                outermost.push_back(std::move(scope));
        return outermost;
    }

    /// The library itself may lie in a folder that is watched.
    void drop(FolderWatcher::Changes& changes) {
        const std::string own = nameOf(m_indexer.m_library.folder());
        std::erase_if(changes.folders, [&](const std::filesystem::path& folder) {
            return isWithin(nameOf(folder), own);
        });
    }

    Result<std::vector<std::string>> waitForInterval() {
        std::mutex mutex;
        std::condition_variable_any never;
        std::unique_lock lock(mutex);
        never.wait_for(lock, m_stop, m_options.interval, [] { return false; });
        return std::vector<std::string>();
    }

    Indexer& m_indexer;
    const WatchOptions& m_options;
    std::stop_token m_stop;
    std::unique_ptr<FolderWatcher> m_watcher;  // null: at intervals
    std::vector<std::string> m_roots;
};

Result<void> Indexer::watch(const std::stop_token& stop, const WatchOptions& options) {
    return WatchLoop(*this, options, stop).run();
}

}  // namespace alcove::app
