#include "app/desk/open_libraries.h"

#include <utility>

#include "app/library/choose_embedder.h"
#include "app/library/scan.h"
#include "engine/base/paths.h"

namespace alcove::app {
namespace fs = std::filesystem;

namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;  // for others, before a library is changed as a whole

uint64_t databaseOf(const fs::path& folder) { return fileIdentity(folder / "library.db"); }

}  // namespace

std::shared_ptr<OpenLibraries::Entry> OpenLibraries::entryOf(const fs::path& folder) {
    const std::lock_guard lock(m_mutex);
    auto& entry = m_entries[folder];
    if (!entry) entry = std::make_shared<Entry>();
    return entry;
}

bool OpenLibraries::fits(const Entry& entry, const LibraryWish& wish) {
    if (!entry.library || wish.afresh) return false;
    if (databaseOf(entry.library->folder()) != entry.identity) return false;
    return !wish.needsModel || entry.model == wish.model;
}

/// With the entry to itself.
Result<void> OpenLibraries::bringAbout(Entry& entry, const LibraryWish& wish) {
    if (entry.library && (wish.afresh || databaseOf(entry.library->folder()) != entry.identity))
        entry.library.reset();
    if (!entry.library) {
        entry.model.reset();
        entry.shortcomings.clear();
        LibraryOptions options;
        options.create = wish.create;
        options.cpu = m_models.cpu();
        options.pool = &m_models.pool();
        ALCOVE_TRY(entry.library, Library::open(wish.folder, options));
        entry.identity = databaseOf(entry.library->folder());
        entry.mended = entry.library->notes();
    }
    // Where there was none, it may have come meanwhile.
    if (!wish.needsModel || (entry.model == wish.model && entry.library->embedder())) return {};
    entry.model.reset();
    entry.shortcomings.clear();
    ALCOVE_CHECK(chooseEmbedder(
        *entry.library, wish.model, [&](const fs::path& file) { return m_models.embedder(file); },
        entry.shortcomings));
    entry.model = wish.model;
    return {};
}

Result<OpenLibraries::Use> OpenLibraries::use(const LibraryWish& wish) {
    Use use;
    use.m_entry = entryOf(realPath(wish.folder));
    Entry& entry = *use.m_entry;
    LibraryWish left = wish;
    for (;;) {
        use.m_lock = std::shared_lock(entry.use);
        if (fits(entry, left)) break;
        use.m_lock.unlock();
        std::unique_lock alone(entry.use, left.afresh ? 0s : kPatience);
        if (!alone && !left.afresh)
            return fail(shownName(nameOf(wish.folder)),
                        ": the library is at work with another embedding model, or its files were "
                        "replaced meanwhile; wait until that is done, or stop it");
        if (alone) ALCOVE_CHECK(bringAbout(entry, left));
        left.afresh = false;
    }
    {
        const std::lock_guard lock(entry.indexing);
        entry.used = Clock::now();
        use.m_notes = std::exchange(entry.mended, {});
    }
    if (wish.needsModel)
        use.m_notes.insert(use.m_notes.end(), entry.shortcomings.begin(), entry.shortcomings.end());
    return use;
}

bool OpenLibraries::Use::stands() const {
    return databaseOf(m_entry->library->folder()) == m_entry->identity;
}

bool OpenLibraries::close(const fs::path& folder) {
    const fs::path real = realPath(folder);
    const std::lock_guard lock(m_mutex);
    const auto found = m_entries.find(real);
    if (found == m_entries.end()) return true;
    const std::unique_lock alone(found->second->use, std::try_to_lock);
    if (!alone) return false;
    found->second->library.reset();
    return true;
}

void OpenLibraries::closeUnused(std::chrono::seconds unused) {
    const std::lock_guard lock(m_mutex);
    const auto until = Clock::now() - unused;
    std::erase_if(m_entries, [&](auto& named) {
        const std::shared_ptr<Entry>& entry = named.second;
        // Who is about to use it has it already.
        if (entry.use_count() > 1 || entry->used > until) return false;
        return std::unique_lock(entry->use, std::try_to_lock).owns_lock();
    });
}

bool OpenLibraries::order(const fs::path& folder, Order order) {
    const std::shared_ptr<Entry> entry = entryOf(realPath(folder));
    const std::lock_guard lock(entry->indexing);
    if (!entry->indexer) return false;
    switch (order) {
        case Order::Pause:
            entry->indexer->pause();
            break;
        case Order::Resume:
            entry->indexer->resume();
            break;
        case Order::Stop:
            entry->stopIndexing.request_stop();
            break;
    }
    return true;
}

void OpenLibraries::stopIndexing() {
    const std::lock_guard lock(m_mutex);
    for (const auto& [folder, entry] : m_entries) {
        const std::lock_guard held(entry->indexing);
        entry->stopIndexing.request_stop();
    }
}

std::unique_ptr<IndexingTurn> IndexingTurn::take(const OpenLibraries::Use& use, Indexer& indexer) {
    OpenLibraries::Entry& entry = *use.m_entry;
    std::unique_lock lock(entry.indexing);
    const auto isFree = [&] { return entry.indexer == nullptr; };
    entry.indexed.wait_for(lock, kPatience, isFree);
    if (entry.stopIndexing.stop_requested()) entry.indexed.wait(lock, isFree);
    if (!isFree()) return nullptr;
    entry.indexer = &indexer;
    entry.stopIndexing = {};
    std::unique_ptr<IndexingTurn> turn(new IndexingTurn);
    turn->m_entry = use.m_entry;
    turn->m_stopped = entry.stopIndexing.get_token();
    return turn;
}

IndexingTurn::~IndexingTurn() {
    const std::lock_guard lock(m_entry->indexing);
    m_entry->indexer = nullptr;
    m_entry->used = OpenLibraries::Clock::now();
    m_entry->indexed.notify_one();
}

void IndexingTurn::stop() {
    const std::lock_guard lock(m_entry->indexing);
    m_entry->stopIndexing.request_stop();
}

}  // namespace alcove::app
