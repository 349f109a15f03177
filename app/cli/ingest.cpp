// alcove-cli ingest: files and folders into a library.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <set>
#include <stop_token>

#include "app/cli/command.h"
#include "app/cli/library_setup.h"
#include "app/library/indexer.h"
#include "app/library/scan.h"
#include "engine/base/terminal.h"
#include "rag/refusal.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

struct IngestOptions {
    LibraryArguments library;
    std::vector<std::string> paths;
    std::string collection = "documents", password;
    std::string language = "eng";
    bool json = false, watch = false, poll = false, retry = false, noOcr = false;
};

std::string_view nameOfStage(FileStage stage) {
    switch (stage) {
        case FileStage::Waiting:
            return "waiting";
        case FileStage::Reading:
            return "reading";
        case FileStage::Embedding:
            return "embedding";
        case FileStage::Done:
            return "done";
        case FileStage::Failed:
            return "failed";
        case FileStage::Removed:
            break;
    }
    return "removed";
}

/// A line of JSON for each event on standard output, or sentences on standard error.
class Printer final : public IndexObserver {
public:
    Printer(const IngestOptions& options, Streams& streams)
        : m_options(options), m_streams(streams) {}

    void fileChanged(const FileProgress& progress) override {
        if (progress.stage == FileStage::Failed) m_failed.insert(progress.path);
        if (progress.stage == FileStage::Done) m_failed.erase(progress.path);
        m_options.json ? printJson(progress) : print(progress);
    }

    void note(const std::string& sentence) override {
        if (m_options.json)
            m_streams.out << dumped({{"event", "note"}, {"text", sentence}}) << std::endl;
        else
            m_streams.error << "alcove-cli: " << shownName(sentence) << '\n';
    }

    void roundEnded(const IndexSummary& summary) override {
        if (m_options.json)
            m_streams.out << dumped({{"event", "summary"},
                                     {"read", summary.read},
                                     {"unchanged", summary.unchanged},
                                     {"removed", summary.removed},
                                     {"failed", summary.failed},
                                     {"failed_before", summary.refused},
                                     {"embedded", summary.embedded},
                                     {"left", summary.left},
                                     {"stopped", summary.stopped}})
                          << std::endl;
        else
            print(summary);
    }

    /// Files that were refused.
    [[nodiscard]] const std::set<std::string>& failed() const { return m_failed; }
    /// What was named is told of one by one.
    void nameFile(std::string path) { m_named.insert(std::move(path)); }

private:
    void printJson(const FileProgress& progress) {
        Json json = {{"event", "file"},
                     {"state", nameOfStage(progress.stage)},
                     {"collection", progress.collection},
                     {"path", progress.path}};
        if (progress.stage == FileStage::Reading) json["pages"] = progress.done;
        if (progress.stage == FileStage::Embedding) {
            json["done"] = progress.done;
            json["total"] = progress.total;
        }
        if (progress.stage == FileStage::Done) {
            json["pages"] = progress.pages;
            json["passages"] = progress.chunks;
            json["warnings"] = progress.warnings;
        }
        if (progress.stage == FileStage::Failed) json["reason"] = progress.reason;
        m_streams.out << dumped(json) << std::endl;
    }

    void print(const FileProgress& progress) {
        std::ostream& out = m_streams.error;
        const std::string path = shownName(progress.path);
        // Pictures and programs in a folder are no news.
        const bool unsupported = progress.stage == FileStage::Failed &&
                                 progress.reason.starts_with(name(rag::Refusal::Unsupported));
        if (unsupported && !m_named.contains(progress.path))
            ++m_unsupported;
        else if (progress.stage == FileStage::Failed)
            out << "failed   " << path << ": " << shownName(progress.reason) << '\n';
        if (progress.stage == FileStage::Removed) out << "removed  " << path << '\n';
        if (progress.stage == FileStage::Embedding && progress.total >= 256)
            out << "embedded " << progress.done << " of " << progress.total << " passages of "
                << path << '\n';
        // What was known already, or gets its vectors later, needs no word.
        if (progress.stage == FileStage::Done && progress.pages > 0) {
            out << "done     " << path << " (" << progress.pages
                << (progress.pages == 1 ? " page, " : " pages, ") << progress.chunks
                << (progress.chunks == 1 ? " passage)\n" : " passages)\n");
            for (const std::string& warning : progress.warnings)
                out << "         " << shownName(warning) << '\n';
        }
    }

    void print(const IndexSummary& summary) {
        std::ostream& out = m_streams.out;
        out << summary.read << " read, " << summary.unchanged << " unchanged, " << summary.removed
            << " removed, " << summary.failed << " failed";
        if (m_unsupported > 0) out << " (" << m_unsupported << " of kinds that are not read)";
        m_unsupported = 0;
        if (summary.refused > 0) out << ", " << summary.refused << " failed before";
        out << "; " << summary.embedded << " passages embedded\n";
        if (summary.stopped)
            out << "stopped: what was done is kept, " << summary.left
                << " files wait; the same command goes on from there\n";
        out.flush();
    }

    const IngestOptions& m_options;
    Streams& m_streams;
    std::set<std::string> m_failed, m_named;
    size_t m_unsupported = 0;  // files of this round
};

class Ingest {
public:
    Ingest(const IngestOptions& options, Streams& streams)
        : m_options(options), m_streams(streams), m_printer(options, streams) {}

    Result<bool> run() {
        std::stop_source stop;
        // Before the threads of the runtime: they must not take the signal.
        const InterruptWatcher interrupt([&] { stop.request_stop(); });
        ALCOVE_TRY(const std::vector<std::filesystem::path> paths, namedPaths());
        ALCOVE_TRY(const OpenedLibrary opened,
                   openLibrary(m_options.library, true, true, m_streams));
        Library& library = *opened.library;
        std::set<std::string> named;
        for (const std::filesystem::path& path : paths) {
            named.insert(nameOf(path));
            m_printer.nameFile(nameOf(path));
            ALCOVE_CHECK(add(library, path));
        }
        IndexOptions indexing;
        indexing.retry = m_options.retry;
        indexing.reading.password = m_options.password;
        indexing.reading.ocr = !m_options.noOcr;
        indexing.reading.ocrLanguage = m_options.language;
        Indexer indexer(library, m_printer, indexing);
        if (m_options.watch) {
            WatchOptions watching;
            watching.poll = m_options.poll;
            ALCOVE_CHECK(indexer.watch(stop.get_token(), watching));
            return true;
        }
        ALCOVE_TRY(const IndexSummary summary, indexer.update(stop.get_token()));
        bool good = !summary.stopped && m_missing.empty();
        for (const std::string& path : m_printer.failed()) good = good && !named.contains(path);
        ALCOVE_TRY(const bool refusedBefore, tellOfRefusedBefore(library, named));
        return good && !refusedBefore;
    }

private:
    /// Real paths; what is not there is told, and the others go on.
    Result<std::vector<std::filesystem::path>> namedPaths() {
        std::vector<std::filesystem::path> paths;
        for (const std::string& word : m_options.paths) {
            const std::filesystem::path path = realPath(typedPath(word));
            const std::string hindrance = whyNot(path);
            if (hindrance.empty()) {
                paths.push_back(path);
                continue;
            }
            m_missing.push_back(path);
            m_printer.note(concat(shownName(word), ": ", hindrance));
        }
        if (paths.empty() && !m_options.paths.empty() && !knownLibrary())
            return fail("nothing of what was named can be taken in; no library was made");
        return paths;
    }

    /// Why it cannot be taken into the library; empty: it can.
    [[nodiscard]] std::string whyNot(const std::filesystem::path& path) const {
        namespace fs = std::filesystem;
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (status.type() == fs::file_type::not_found) return "there is no such file or folder";
        if (!fs::exists(status)) return error.message();
        const std::string own = nameOf(realPath(typedPath(m_options.library.folder)));
        if (isWithin(nameOf(path), own))
            return "it lies in the library's own folder, of which nothing is read; give the "
                   "library a folder for itself";
        if (fs::is_regular_file(status)) return {};
        if (!fs::is_directory(status)) return "it is neither a file nor a folder";
        const fs::directory_iterator entries(path, error);
        return error ? concat("it cannot be looked into: ", error.message()) : std::string();
    }

    /// Files that were named, were refused before and have not changed: the answer is the same.
    Result<bool> tellOfRefusedBefore(Library& library, const std::set<std::string>& named) {
        ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
        bool any = false;
        for (const rag::FailureRecord& failure : failures) {
            if (!named.contains(failure.path) || m_printer.failed().contains(failure.path))
                continue;
            any = true;
            m_printer.note(concat(failure.path, ": ", failure.message,
                                  " (as before; --retry reads it again)"));
        }
        return any;
    }

    [[nodiscard]] bool knownLibrary() const {
        std::error_code ignored;
        return std::filesystem::exists(typedPath(m_options.library.folder) / "library.db", ignored);
    }

    /// Unless a folder that is held contains it already.
    Result<void> add(Library& library, const std::filesystem::path& path) {
        const std::string name = nameOf(path);
        ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections,
                   library.store().collections());
        for (const rag::CollectionRecord& collection : collections) {
            if (collection.name != m_options.collection) continue;
            // An exclusion of this or of what it lies in is lifted; others stay.
            for (const std::string& excluded : collection.excluded)
                if (isWithin(name, excluded))
                    ALCOVE_CHECK(library.store().forgetPath(collection.name, excluded));
            for (const std::string& root : collection.roots)
                if (isWithin(name, root)) return {};
        }
        return library.store().addRoot(m_options.collection, name);
    }

    const IngestOptions& m_options;
    Streams& m_streams;
    Printer m_printer;
    std::vector<std::filesystem::path> m_missing;
};

}  // namespace

ExitCode runIngest(Words words, Streams& streams) {
    IngestOptions o;
    Options options(
        "ingest --library DIR [PATH…] [--watch] [--json]",
        "Takes files and folders into a library, and brings all that it holds up to date: what is\n"
        "new or changed is read, what is gone is removed. May be stopped at any time (Ctrl-C); "
        "the\n"
        "next run goes on from there. Without PATH: what the library holds already.");
    options.rest("PATH", "files and folders; with all that lies in them", o.paths, false);
    addLibraryOptions(options, o.library, true);
    options.name("--collection", "NAME", "where they are filed (documents)", o.collection);
    options.flag("--watch", "goes on until Ctrl-C: takes over changes as they happen", o.watch);
    options.flag("--poll", "with --watch: looks at intervals, also where the system would tell",
                 o.poll);
    options.flag("--retry", "reads again what was refused and has not changed", o.retry);
    options.text("--password", "P", "opens encrypted documents", o.password);
    options.text("--language", "L", "of scanned pages, as Tesseract names it (eng)", o.language);
    options.flag("--no-ocr", "leaves scanned pages unread", o.noOcr);
    options.flag("--json", "an object a line for all that happens", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.poll && !o.watch) return options.usageError("--poll needs --watch", streams);
    const Result<bool> good = Ingest(o, streams).run();
    if (!good) return report(good.error(), streams);
    return *good ? kSuccess : kFailure;
}

}  // namespace alcove::app
