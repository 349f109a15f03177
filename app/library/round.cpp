#include "app/library/round.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <unordered_set>
#include <utility>

#include "app/library/scan.h"
#include "rag/chunking/chunker.h"

namespace alcove::app {
namespace {

/// Passages embedded before they are kept: what a kill loses at most, some seconds' work.
constexpr size_t kStep = 128;
/// Documents of no more passages than this wait for each other, to be embedded together.
constexpr size_t kSmall = 64;
/// Texts that were read and wait to be kept.
constexpr size_t kMostWaiting = size_t{32} << 20;
/// Indexes are written whole. One that was not is brought up to date when the library is opened.
constexpr std::chrono::seconds kFlushEvery{60};

size_t bytesOf(const Prepared& prepared) {
    size_t bytes = 1024;
    for (const rag::PageRecord& page : prepared.content.pages) bytes += 2 * page.text.size();
    return bytes;
}

FileProgress progressOf(const FileTask& task, FileStage stage) {
    FileProgress progress;
    progress.collection = task.collection;
    progress.path = task.path;
    progress.stage = stage;
    return progress;
}

/// What a document does to this process, too, is its own affair.
Prepared prepareSafely(FileTask task, const PreparationOptions& options) {
    Prepared failed;
    failed.task = task;
    try {
        return prepare(std::move(task), options);
    } catch (const std::exception& error) {  // most likely the memory did not suffice
        failed.outcome = Prepared::Outcome::Refused;
        failed.refusal = rag::Refusal::TooLarge;
        failed.message =
            rag::refuse(failed.refusal, "it could not be taken in: ", error.what()).message;
        return failed;
    }
}

FileProgress doneWith(const Prepared& prepared) {
    FileProgress progress = progressOf(prepared.task, FileStage::Done);
    const rag::DocumentContent& content = prepared.content;
    progress.pages = content.pages.size();
    progress.chunks = content.chunks.size();
    for (const rag::Warning& warning : content.warnings) {
        const bool ofPage = warning.page < content.pages.size() && content.pages.size() > 1;
        progress.warnings.push_back(ofPage ? concat(content.pages[warning.page].kind, ' ',
                                                    warning.page + 1, ": ", warning.message)
                                           : warning.message);
    }
    return progress;
}

}  // namespace

Result<IndexSummary> Round::run(const PlanOptions& planning) {
    m_stop = planning.stop;
    m_removals = m_library.removals();
    ALCOVE_TRY(m_planned, m_library.store().collections());
    m_present = m_planned;
    auto plan = makePlan(m_library, planning);
    if (!plan) {
        if (!m_stop.stop_requested()) return plan.error();
        m_summary.stopped = true;
        return m_summary;
    }
    m_summary.unchanged = plan->unchanged;
    m_summary.refused = plan->refused;
    const bool replaces = !plan->removed.empty() ||
                          std::any_of(plan->tasks.begin(), plan->tasks.end(),
                                      [](const FileTask& task) { return task.document != 0; });
    if (replaces) m_library.forgetPrefill();  // before: a kill must not leave what was removed
    ALCOVE_CHECK(clear(*plan));
    ALCOVE_CHECK(recordEmbedder());
    for (const FileTask& task : plan->tasks) tell(progressOf(task, FileStage::Waiting));
    ALCOVE_CHECK(work(std::move(plan->tasks)));
    std::vector<FileTask> again;
    ALCOVE_CHECK(embedLacking(again));
    if (!again.empty()) {
        ALCOVE_CHECK(work(std::move(again)));
        ALCOVE_CHECK(embedLacking(again));
    }
    m_summary.stopped = m_stop.stop_requested();
    if (replaces) m_library.forgetPrefill();  // who asked meanwhile may have kept the old text
    if (!m_summary.stopped) ALCOVE_CHECK(m_library.store().forgetUnusedEmbedders());
    ALCOVE_CHECK(flushAtTimes());
    return m_summary;
}

Result<void> Round::clear(const Plan& plan) {
    for (const std::string& folder : plan.unreadable)
        note(concat(shownName(folder),
                    ": cannot be looked into now; what was read of it before is kept"));
    for (const rag::DocumentRecord& record : plan.removed) {
        if (m_stop.stop_requested()) return {};
        ALCOVE_TRY(const bool removed, m_library.store().remove(record.id));
        if (!removed) continue;
        ++m_summary.removed;
        FileProgress progress;
        progress.collection = record.collection;
        progress.path = record.path;
        progress.stage = FileStage::Removed;
        tell(progress);
    }
    for (const rag::FailureRecord& failure : plan.failuresGone)
        ALCOVE_CHECK(m_library.store().forgetFailure(failure.collection, failure.path));
    return {};
}

Result<void> Round::recordEmbedder() {
    if (m_library.embedder() == nullptr) return {};
    const std::string name = m_library.embedder()->name();
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections,
               m_library.store().collections());
    for (const rag::CollectionRecord& collection : collections) {
        if (collection.embedder == name && collection.model == m_library.model()) continue;
        if (!collection.embedder.empty() && collection.embedder != name)
            note(concat("collection ", collection.name, ": its passages are embedded again, by ",
                        name, " instead of ", collection.embedder,
                        "; until that is done they are found by their words"));
        ALCOVE_CHECK(m_library.store().setEmbedder(collection.name, name, m_library.model()));
    }
    return {};
}

Result<void> Round::work(std::vector<FileTask> tasks) {
    const int readers =
        static_cast<int>(std::min<size_t>(tasks.size(), std::max(1, m_options.readers)));
    m_tasks.assign(std::make_move_iterator(tasks.begin()), std::make_move_iterator(tasks.end()));
    m_readers = readers;
    // Ends the readers when this returns, for whatever reason.
    std::stop_source ending;
    const std::stop_callback forward(m_stop, [&] { ending.request_stop(); });
    std::vector<std::jthread> threads;
    for (int i = 0; i < readers; ++i)
        threads.emplace_back([this, stop = ending.get_token()] { readAll(stop); });
    const Result<void> kept = keepAll();
    ending.request_stop();
    threads.clear();
    m_summary.left += m_tasks.size() + m_prepared.size();
    m_tasks.clear();
    m_prepared.clear();
    m_preparedBytes = 0;
    return kept;
}

void Round::readAll(const std::stop_token& stop) {
    PreparationOptions options;
    options.reading = m_options.reading;
    options.stop = stop;
    const rag::Embedder* embedder = m_library.embedder();
    options.counter = embedder ? static_cast<const rag::TokenCounter*>(embedder) : &m_length;
    options.limit = embedder ? embedder->limit() : kLimitWithoutModel;
    for (;;) {
        m_gate.wait(stop);
        if (stop.stop_requested()) break;
        std::optional<FileTask> task = nextTask();
        if (!task) break;
        FileProgress reading = progressOf(*task, FileStage::Reading);
        options.progress = [&](uint32_t pages) {
            reading.done = pages;
            tell(reading);
        };
        hand(prepareSafely(std::move(*task), options), stop);
    }
    {
        const std::scoped_lock lock(m_mutex);
        --m_readers;
    }
    m_changed.notify_all();
}

std::optional<FileTask> Round::nextTask() {
    const std::scoped_lock lock(m_mutex);
    if (m_tasks.empty()) return std::nullopt;
    std::optional<FileTask> task(std::move(m_tasks.front()));
    m_tasks.pop_front();
    return task;
}

void Round::hand(Prepared prepared, const std::stop_token& stop) {
    const size_t bytes = bytesOf(prepared);
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, stop,
                       [&] { return m_prepared.empty() || m_preparedBytes < kMostWaiting; });
        m_preparedBytes += bytes;
        m_prepared.push_back(std::move(prepared));
    }
    m_changed.notify_all();
}

Result<void> Round::keepAll() {
    for (;;) {
        std::optional<Prepared> next;
        bool ended = false;
        {
            std::unique_lock lock(m_mutex);
            // What is gathered is embedded when nothing else is there to be gathered.
            if (m_gathered.empty())
                m_changed.wait(lock, m_stop, [&] { return !m_prepared.empty() || m_readers == 0; });
            if (!m_prepared.empty()) {
                next = std::move(m_prepared.front());
                m_prepared.pop_front();
                m_preparedBytes -= std::min(m_preparedBytes, bytesOf(*next));
            }
            ended = m_readers == 0;
        }
        m_changed.notify_all();
        if (m_stop.stop_requested()) {
            m_summary.left += m_gathered.size() + (next ? 1 : 0);
            m_gathered.clear();
            m_gatheredChunks = 0;
            return {};
        }
        if (next) ALCOVE_CHECK(keep(std::move(*next)));
        if (!next || m_gatheredChunks >= kStep) ALCOVE_CHECK(keepGathered());
        if (!next && ended && m_gathered.empty()) return {};
        ALCOVE_CHECK(flushAtTimes());
    }
}

Result<void> Round::keep(Prepared prepared) {
    rag::SqliteStore& store = m_library.store();
    const FileTask& task = prepared.task;
    switch (prepared.outcome) {
        case Prepared::Outcome::Stopped:
            ++m_summary.left;
            return {};
        case Prepared::Outcome::Refused:
            return keepRefusal(prepared);
        case Prepared::Outcome::Gone: {
            ALCOVE_CHECK(store.forgetFailure(task.collection, task.path));
            if (task.document != 0) {
                ALCOVE_TRY(const bool removed, store.remove(task.document));
                m_summary.removed += removed;
            }
            tell(progressOf(task, FileStage::Removed));
            return {};
        }
        case Prepared::Outcome::Known:
            ALCOVE_CHECK(
                store.restamp(task.document, prepared.stamp.seconds(), prepared.stamp.time));
            ++m_summary.unchanged;
            tell(progressOf(task, FileStage::Done));
            return {};
        case Prepared::Outcome::Content:
            break;
    }
    const size_t chunks = prepared.content.chunks.size();
    const bool embedded = m_library.embedder() != nullptr && m_options.vectors && chunks > 0;
    if (embedded && chunks <= kSmall) {
        m_gatheredChunks += chunks;
        m_gathered.push_back(std::move(prepared));
        return {};
    }
    ALCOVE_TRY(const bool held, put(prepared.content));
    if (!held) return {};
    ++m_summary.read;
    FileProgress done = doneWith(prepared);
    if (embedded) {
        done.stage = FileStage::Embedding;  // by embedLacking()
        done.total = chunks;
    }
    tell(done);
    return {};
}

Result<void> Round::keepRefusal(const Prepared& prepared) {
    const FileTask& task = prepared.task;
    // A text that is not what the file says any more must not be cited. One that the system does
    // not give now may still be what was read.
    if (task.document != 0 && prepared.refusal != rag::Refusal::Unreadable) {
        ALCOVE_TRY(const bool removed, m_library.store().remove(task.document));
        m_summary.removed += removed;
    }
    ALCOVE_CHECK(m_library.store().recordFailure(
        {task.collection, task.path, prepared.stamp.bytes, prepared.stamp.time,
         std::string(name(prepared.refusal)), prepared.message}));
    ++m_summary.failed;
    FileProgress failed = progressOf(task, FileStage::Failed);
    failed.reason = prepared.message;
    tell(failed);
    return {};
}

Result<void> Round::keepGathered() {
    if (m_gathered.empty()) return {};
    rag::Embedder& embedder = *m_library.embedder();
    std::vector<std::string> texts;
    for (const Prepared& prepared : m_gathered) {
        FileProgress progress = progressOf(prepared.task, FileStage::Embedding);
        progress.total = prepared.content.chunks.size();
        tell(progress);
        for (const rag::Chunk& chunk : prepared.content.chunks)
            texts.push_back(rag::embeddedText(prepared.content.record.title, chunk, embedder,
                                              embedder.limit()));
    }
    m_gate.wait(m_stop);
    const auto rows = embedder.embedPassages(texts, m_stop);
    if (m_stop.stop_requested()) return {};  // keepAll() counts them
    if (!rows) note(rows.message() + "; these passages are found by their words alone");
    size_t at = 0;
    for (Prepared& prepared : m_gathered) {
        rag::DocumentContent& content = prepared.content;
        const size_t size = content.chunks.size() * embedder.dimension();
        if (rows) {
            content.embedder = {embedder.name(), embedder.dimension()};
            content.vectors.assign(rows->begin() + static_cast<std::ptrdiff_t>(at),
                                   rows->begin() + static_cast<std::ptrdiff_t>(at + size));
        }
        at += size;
        ALCOVE_TRY(const bool held, put(content));
        if (!held) continue;
        ++m_summary.read;
        if (rows) m_summary.embedded += content.chunks.size();
        tell(doneWith(prepared));
    }
    m_gathered.clear();
    m_gatheredChunks = 0;
    return {};
}

Result<bool> Round::put(const rag::DocumentContent& content) {
    ALCOVE_TRY(bool wanted, isWanted(content.record));
    if (wanted) {
        ALCOVE_TRY(const rag::DocumentId id, m_library.store().put(content));
        // Once more: who removes it first forbids it and then looks for what is there.
        ALCOVE_TRY(wanted, isWanted(content.record));
        if (wanted) return true;
        ALCOVE_TRY([[maybe_unused]] const bool removed, m_library.store().remove(id));
    }
    FileProgress progress;
    progress.collection = content.record.collection;
    progress.path = content.record.path;
    progress.stage = FileStage::Removed;
    tell(progress);
    return false;
}

Result<bool> Round::isWanted(const rag::DocumentRecord& record) {
    // Collections have thousands of roots where single files were added.
    if (const uint64_t removals = m_library.removals(); removals != m_removals) {
        ALCOVE_TRY(m_present, m_library.store().collections());
        m_removals = removals;
    }
    const auto named = [&](const std::vector<rag::CollectionRecord>& all) {
        const auto found = std::ranges::find(all, record.collection, &rag::CollectionRecord::name);
        return found == all.end() ? nullptr : &*found;
    };
    const rag::CollectionRecord* before = named(m_planned);
    const rag::CollectionRecord* after = named(m_present);
    if (!before) return true;
    if (!after || after->roots.empty()) return before->roots.empty();
    const auto holds = [&](const std::string& folder) { return isWithin(record.path, folder); };
    if (std::ranges::any_of(after->excluded, holds)) return false;
    // What a link leads to may lie in no root.
    return std::ranges::any_of(after->roots, holds) || std::ranges::none_of(before->roots, holds);
}

Result<void> Round::embedLacking(std::vector<FileTask>& again) {
    again.clear();
    if (m_library.embedder() == nullptr || !m_options.vectors || m_stop.stop_requested()) return {};
    const rag::EmbedderKey key{m_library.embedder()->name(), m_library.embedder()->dimension()};
    ALCOVE_TRY(const std::vector<rag::LackingDocument> lacking,
               m_library.store().lackingVectors(key));
    for (const rag::LackingDocument& one : lacking) {
        if (m_stop.stop_requested()) return {};
        rag::Filter filter;
        filter.documents = {one.document};
        ALCOVE_TRY(const std::vector<rag::DocumentRecord> found, m_library.documents(filter));
        if (found.empty()) continue;  // removed meanwhile
        const rag::DocumentRecord& record = found.front();
        ALCOVE_TRY(const bool fits, embedDocument(record));
        if (fits) continue;
        if (const auto stamp = stampOf(pathFrom(record.path)))
            again.push_back({record.collection, record.path, *stamp, record.id, record.bytes, {}});
    }
    return {};
}

Result<bool> Round::embedDocument(const rag::DocumentRecord& record) {
    rag::Embedder& embedder = *m_library.embedder();
    const rag::EmbedderKey key{embedder.name(), embedder.dimension()};
    ALCOVE_TRY(const std::vector<rag::ChunkId> ids,
               m_library.store().chunksLackingVectors(key, record.id));
    FileProgress progress;
    progress.collection = record.collection;
    progress.path = record.path;
    progress.stage = FileStage::Embedding;
    progress.total = record.chunks;
    progress.done = record.chunks - std::min<uint64_t>(record.chunks, ids.size());
    tell(progress);
    for (size_t begin = 0; begin < ids.size(); begin += kStep) {
        const auto step = std::span(ids).subspan(begin, std::min(kStep, ids.size() - begin));
        ALCOVE_TRY(const std::vector<rag::StoredChunk> chunks, m_library.store().chunks(step));
        std::vector<std::string> texts;
        std::vector<rag::ChunkId> held;
        for (const rag::StoredChunk& stored : chunks) {
            const std::string& body = stored.chunk.body;
            if (body.size() > embedder.limit() && embedder.count(body) > embedder.limit())
                return false;
            held.push_back(stored.id);
            texts.push_back(
                rag::embeddedText(record.title, stored.chunk, embedder, embedder.limit()));
        }
        m_gate.wait(m_stop);
        const auto rows = embedder.embedPassages(texts, m_stop);
        if (m_stop.stop_requested()) return true;
        if (!rows) {
            note(concat(shownName(record.path), ": ", rows.message(),
                        "; it is found by its words alone"));
            return true;
        }
        ALCOVE_CHECK(m_library.store().putVectors(key, held, *rows));
        m_summary.embedded += held.size();
        progress.done += held.size();
        tell(progress);
        ALCOVE_CHECK(flushAtTimes());
    }
    progress.stage = FileStage::Done;
    progress.chunks = record.chunks;
    tell(progress);
    return true;
}

Result<void> Round::flushAtTimes() {
    const auto now = Clock::now();
    if (now - m_flushed < kFlushEvery) return {};
    m_flushed = now;
    return m_library.store().flush();
}

void Round::tell(const FileProgress& progress) {
    const std::scoped_lock lock(m_telling);
    m_observer.fileChanged(progress);
}

void Round::note(const std::string& sentence) {
    const std::scoped_lock lock(m_telling);
    m_observer.note(sentence);
}

}  // namespace alcove::app
