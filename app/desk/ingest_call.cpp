// ingest: {"paths": real ones, "collection", "model", "vectors", "password", "language", "ocr",
// "retry", "watch", "poll"} takes them in and brings all that the library holds up to date. On the
// way it tells what index_observer.h has; in the end {"failed": paths that were refused, "stopped",
// "refused_before": [{"path", "reason"}] of what was named and has not changed}.
#include <set>

#include "app/desk/describe.h"
#include "app/desk/desk.h"
#include "app/library/indexer.h"
#include "app/library/scan.h"

namespace alcove::app {
namespace {

class Teller final : public IndexObserver {
public:
    explicit Teller(const DeskCall& call) : m_call(call) {}

    void fileChanged(const FileProgress& progress) override {
        if (progress.stage == FileStage::Failed) m_failed.insert(progress.path);
        if (progress.stage == FileStage::Done) m_failed.erase(progress.path);
        m_call.tell(describe(progress));
    }
    void note(const std::string& sentence) override { m_call.tell(describeNote(sentence)); }
    void roundEnded(const IndexSummary& summary) override { m_call.tell(describe(summary)); }

    [[nodiscard]] const std::set<std::string>& failed() const { return m_failed; }

private:
    const DeskCall& m_call;
    std::set<std::string> m_failed;
};

/// Unless a folder that is held contains it already.
Result<void> add(Library& library, const std::string& name, const std::string& filedUnder) {
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    for (const rag::CollectionRecord& collection : collections) {
        if (collection.name != filedUnder) continue;
        // An exclusion of this or of what it lies in is lifted; others stay.
        for (const std::string& excluded : collection.excluded)
            if (isWithin(name, excluded))
                ALCOVE_CHECK(library.store().forgetPath(collection.name, excluded));
        for (const std::string& root : collection.roots)
            if (isWithin(name, root)) return {};
    }
    return library.store().addRoot(filedUnder, name);
}

}  // namespace

Result<Json> Desk::ingest(const DeskCall& call) {
    constexpr size_t kMostPaths = 100'000;
    Fields fields(call.request);
    const std::vector<std::string> paths = fields.texts("paths", kMostPaths);
    const std::string collection = fields.text("collection", "documents");
    LibraryWish wish;
    wish.create = true;
    wish.model = fields.text("model");
    IndexOptions indexing;
    indexing.retry = fields.flag("retry");
    indexing.vectors = fields.flag("vectors", true);
    indexing.reading.password = fields.text("password");
    indexing.reading.ocr = fields.flag("ocr", true);
    indexing.reading.ocrLanguage = fields.text("language", "eng");
    const bool watch = fields.flag("watch");
    WatchOptions watching;
    watching.poll = fields.flag("poll");
    ALCOVE_CHECK(checked(fields));

    ALCOVE_TRY(const OpenLibraries::Use use, open(call, wish));
    Library& library = use.library();
    Teller teller(call);
    Indexer indexer(library, teller, indexing);
    const auto turn = IndexingTurn::take(use, indexer);
    if (!turn)
        return fail(shownName(nameOf(library.folder())),
                    ": files are being read into this library already; nothing was added. Wait "
                    "until that is done, or end it with `library stop`");
    for (const std::string& path : paths) ALCOVE_CHECK(add(library, path, collection));

    const std::stop_callback byCaller(call.stop, [&] { turn->stop(); });
    IndexSummary summary;
    Result<void> done;
    if (watch)
        done = indexer.watch(turn->stopped(), watching);
    else if (Result<IndexSummary> updated = indexer.update(turn->stopped()); updated)
        summary = *updated;
    else
        done = updated.error();
    if (!use.stands())  // whatever failed because of it
        return fail(shownName(nameOf(library.folder())),
                    ": the library was removed or replaced while files were read into it; what was "
                    "read is not in it. Take the files in again");
    ALCOVE_CHECK(done);
    Json json = {{"stopped", summary.stopped}, {"failed", teller.failed()}};
    json["refused_before"] = Json::array();
    ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
    const std::set<std::string> named(paths.begin(), paths.end());
    for (const rag::FailureRecord& failure : failures)
        if (named.contains(failure.path) && !teller.failed().contains(failure.path))
            json["refused_before"].push_back({{"path", failure.path}, {"reason", failure.message}});
    return json;
}

}  // namespace alcove::app
