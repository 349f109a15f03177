// alcove-cli ingest: files and folders into a library.
#include <ostream>
#include <set>
#include <stop_token>

#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/library/scan.h"
#include "engine/base/terminal.h"
#include "rag/refusal.h"

namespace alcove::app {
namespace {

struct IngestOptions {
    LibraryArguments library;
    std::vector<std::string> paths;
    std::string collection = "documents", password;
    std::string language = "eng";
    bool json = false, watch = false, poll = false, retry = false, noOcr = false, words = false;
};

/// A line of JSON for each event on standard output, or sentences on standard error.
class Printer {
public:
    Printer(const IngestOptions& options, Streams& streams)
        : m_options(options), m_streams(streams) {}

    void take(const Json& event) {
        if (m_options.json)
            m_streams.out << dump(event) << std::endl;
        else if (event["event"] == "note")
            m_streams.error << "alcove-cli: " << text(event, "text") << '\n';
        else if (event["event"] == "summary")
            printSummary(event);
        else if (event["event"] == "file")
            printFile(event);
    }
    void note(const std::string& sentence) { take(describeNote(sentence)); }

    /// What was named is told of one by one.
    void nameFile(std::string path) { m_named.insert(std::move(path)); }

private:
    static std::string text(const Json& object, const char* member) {
        return shownName(object[member].get_ref<const std::string&>());
    }

    void printFile(const Json& file) {
        std::ostream& out = m_streams.error;
        const std::string path = text(file, "path");
        const std::string state = file["state"];
        if (state == "failed") {
            const std::string reason = text(file, "reason");
            // Pictures and programs in a folder are no news.
            if (reason.starts_with(name(rag::Refusal::Unsupported)) &&
                !m_named.contains(file["path"].get<std::string>()))
                ++m_unsupported;
            else
                out << "failed   " << path << ": " << reason << '\n';
        }
        if (state == "removed") out << "removed  " << path << '\n';
        if (state == "embedding" && file["total"] >= 256)
            out << "embedded " << file["done"] << " of " << file["total"] << " passages of " << path
                << '\n';
        // What was known already, or gets its vectors later, needs no word.
        if (state == "done" && file["pages"] > 0) {
            out << "done     " << path << " (" << file["pages"]
                << (file["pages"] == 1 ? " page, " : " pages, ") << file["passages"]
                << (file["passages"] == 1 ? " passage)\n" : " passages)\n");
            for (const Json& warning : file["warnings"])
                out << "         " << shownName(warning.get<std::string>()) << '\n';
        }
    }

    void printSummary(const Json& summary) {
        std::ostream& out = m_streams.out;
        out << summary["read"] << " read, " << summary["unchanged"] << " unchanged, "
            << summary["removed"] << " removed, " << summary["failed"] << " failed";
        if (m_unsupported > 0) out << " (" << m_unsupported << " of kinds that are not read)";
        m_unsupported = 0;
        if (summary["failed_before"] > 0)
            out << ", " << summary["failed_before"] << " failed before";
        out << "; " << summary["embedded"] << " passages embedded\n";
        if (summary["stopped"])
            out << "stopped: what was done is kept, " << summary["left"]
                << " files wait; the same command goes on from there\n";
        out.flush();
    }

    const IngestOptions& m_options;
    Streams& m_streams;
    std::set<std::string> m_named;
    size_t m_unsupported = 0;  // files of this round
};

class Ingest {
public:
    Ingest(const IngestOptions& options, Streams& streams)
        : m_options(options), m_streams(streams), m_printer(options, streams) {}

    Result<bool> run() {
        std::stop_source stop;
        // Before any other thread: they must not take the signal.
        const InterruptWatcher interrupt([&] { stop.request_stop(); });
        ALCOVE_TRY(const std::vector<std::string> paths, namedPaths());
        for (const std::string& path : paths) m_printer.nameFile(path);
        LibraryLine line(m_streams, {.threads = m_options.library.threads});
        ALCOVE_TRY(const Json done,
                   line.call(
                       "ingest",
                       {{"library", wholePath(m_options.library.folder)},
                        {"paths", paths},
                        {"collection", m_options.collection},
                        {"model", modelPlace(m_options.library.model)},
                        {"password", m_options.password},
                        {"language", m_options.language},
                        {"ocr", !m_options.noOcr},
                        {"retry", m_options.retry},
                        {"vectors", !m_options.words},
                        {"watch", m_options.watch},
                        {"poll", m_options.poll}},
                       [&](const Json& event) { m_printer.take(event); }, stop.get_token()));
        if (m_options.watch) return true;
        const std::set<std::string> named(paths.begin(), paths.end());
        bool good = !done["stopped"] && !m_missing && done["refused_before"].empty();
        for (const Json& path : done["failed"]) good = good && !named.contains(path);
        // Files that were named and have not changed: the answer is the same.
        for (const Json& refused : done["refused_before"])
            m_printer.note(concat(refused["path"].get<std::string>(), ": ",
                                  refused["reason"].get<std::string>(),
                                  " (as before; --retry reads it again)"));
        return good;
    }

private:
    /// Real paths; what is not there is told, and the others go on.
    Result<std::vector<std::string>> namedPaths() {
        std::vector<std::string> paths;
        for (const std::string& word : m_options.paths) {
            const std::filesystem::path path = realPath(typedPath(word));
            const std::string hindrance = whyNot(path);
            if (hindrance.empty()) {
                paths.push_back(nameOf(path));
                continue;
            }
            m_missing = true;
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
        if (isWithin(nameOf(path), wholePath(m_options.library.folder)))
            return "it lies in the library's own folder, of which nothing is read; give the "
                   "library a folder for itself";
        if (fs::is_regular_file(status)) return {};
        if (!fs::is_directory(status)) return "it is neither a file nor a folder";
        const fs::directory_iterator entries(path, error);
        return error ? concat("it cannot be looked into: ", error.message()) : std::string();
    }

    [[nodiscard]] bool knownLibrary() const {
        std::error_code ignored;
        return std::filesystem::exists(typedPath(m_options.library.folder) / "library.db", ignored);
    }

    const IngestOptions& m_options;
    Streams& m_streams;
    Printer m_printer;
    bool m_missing = false;  // something that was named
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
    options.flag("--words",
                 "makes no vectors: all is found by its words soon; the next run adds them",
                 o.words);
    options.flag("--retry", "reads again what was refused and has not changed", o.retry);
    options.text("--password", "P", "opens encrypted documents", o.password);
    options.text("--language", "L", "of scanned pages, as Tesseract names it (eng)", o.language);
    options.flag("--no-ocr", "leaves scanned pages unread", o.noOcr);
    options.flag("--json", "an object a line for all that happens", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.words && o.watch)
        return options.usageError("--words does not go with --watch, which makes vectors", streams);
    if (o.poll && !o.watch) return options.usageError("--poll needs --watch", streams);
    const Result<bool> good = Ingest(o, streams).run();
    if (!good) return report(good.error(), streams);
    return *good ? kSuccess : kFailure;
}

}  // namespace alcove::app
