// alcove-cli library: what a library holds, whether it is sound, and taking things out of it.
#include <ostream>
#include <utility>

#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/library/scan.h"

namespace alcove::app {
namespace {

struct Arguments {
    LibraryArguments library;
    std::string collection;
    std::vector<std::string> words, documents;
    bool json = false;
};

std::string text(const Json& json) { return shownName(json.get_ref<const std::string&>()); }

Result<Json> call(const std::string& name, const Arguments& o, Streams& streams, Json more = {}) {
    Json request = {{"library", wholePath(o.library.folder)}};
    request.update(more.is_null() ? Json::object() : more);
    return LibraryLine(streams, {}).call(name, request);
}

void print(const Json& status, std::ostream& out) {
    constexpr double kMiB = 1024 * 1024;
    out << status["documents"] << " documents, " << status["passages"] << " passages, "
        << status["vectors"] << " vectors, "
        << static_cast<int64_t>(status["bytes"].get<double>() / kMiB + 0.5) << " MiB\n";
    if (status["without_vectors"] > 0)
        out << status["without_vectors"] << " passages have no vector yet: ingest makes them\n";
    for (const Json& collection : status["collections"]) {
        out << "\ncollection " << text(collection["name"]);
        if (collection["embedder"] != "") out << ", embedded by " << text(collection["embedder"]);
        out << '\n';
        for (const Json& root : collection["paths"]) out << "  " << text(root) << '\n';
        for (const Json& path : collection["excluded"]) out << "  without " << text(path) << '\n';
    }
    bool headed = false;
    for (const Json& file : status["files"]) {
        if (!file.contains("warnings")) continue;
        for (const Json& warning : file["warnings"]) {
            if (!std::exchange(headed, true)) out << "\nRead with warnings:\n";
            out << "  " << text(file["path"]) << ": " << text(warning) << '\n';
        }
    }
    headed = false;
    for (const Json& file : status["files"]) {
        if (file["state"] != "failed") continue;
        if (!std::exchange(headed, true)) out << "\nNot read:\n";
        out << "  " << text(file["path"]) << ": " << text(file["reason"]) << '\n';
    }
}

Result<void> status(const Arguments& o, Streams& streams) {
    ALCOVE_TRY(const Json status, call("status", o, streams));
    if (o.json)
        streams.out << dump(status) << '\n';
    else
        print(status, streams.out);
    return {};
}

ExitCode runVerify(const Arguments& o, Streams& streams) {
    const auto found = call("verify", o, streams);
    if (!found) return report(found.error(), streams);
    const Json& findings = (*found)["findings"];
    const ExitCode code = findings.empty() ? kSuccess : kFailure;
    if (o.json) {
        streams.out << dump(*found) << '\n';
        return code;
    }
    for (const Json& finding : findings) streams.out << text(finding) << '\n';
    if (findings.empty())
        streams.out << "all is well: database, full text, " << (*found)["passages"]
                    << " passages against the text of their pages, " << (*found)["vectors"]
                    << " vectors and their indexes\n";
    else
        streams.error << "alcove-cli: " << findings.size()
                      << " findings; `library rebuild` makes full text and indexes again, ingest "
                         "reads what is lost\n";
    return code;
}

Result<void> rebuild(const Arguments& o, Streams& streams) {
    ALCOVE_TRY(const Json made, call("rebuild", o, streams));
    streams.out << "made again: full text of " << made["passages"] << " passages, indexes of "
                << made["vectors"] << " vectors\n";
    return {};
}

Result<void> remove(const Arguments& o, Streams& streams) {
    std::vector<std::string> paths;
    for (const std::string& word : o.words) paths.push_back(wholePath(word));
    std::error_code ignored;
    ALCOVE_TRY(const Json removed,
               call("remove", o, streams,
                    {{"paths", paths},
                     {"documents", o.documents},
                     {"collection", o.collection},
                     {"folder", nameOf(std::filesystem::current_path(ignored))}}));
    streams.out << removed["documents"] << " documents removed\n";
    std::string unknown;
    for (const Json& path : removed["unknown"])
        unknown += (unknown.empty() ? "" : ", ") + text(path);
    if (!unknown.empty()) return fail("not in the library: ", unknown);
    return {};
}

/// Tells who indexes the library to pause, to go on, or to stop.
Result<void> order(const std::string& action, const Arguments& o, Streams& streams) {
    ALCOVE_TRY([[maybe_unused]] const Json done, call(action, o, streams));
    return {};
}

ExitCode dispatch(const std::string& action, const Arguments& o, const Options& options,
                  Streams& streams) {
    const bool removes = action == "remove";
    const bool named = !o.words.empty() || !o.documents.empty();
    if (!removes && (named || !o.collection.empty()))
        return options.usageError("only remove takes files, documents or a collection", streams);
    if (action == "status") return finish(status(o, streams), streams);
    if (action == "verify") return runVerify(o, streams);
    if (action == "rebuild") return finish(rebuild(o, streams), streams);
    if (action == "pause" || action == "resume" || action == "stop")
        return finish(order(action, o, streams), streams);
    if (!removes)
        return options.usageError(
            "'" + action + "' is not one of status, verify, rebuild, remove, pause, resume, stop",
            streams);
    if (!named && o.collection.empty())
        return options.usageError("remove needs a PATH, a --document or a --collection", streams);
    return finish(remove(o, streams), streams);
}

}  // namespace

ExitCode runLibrary(Words words, Streams& streams) {
    Arguments o;
    std::string action;
    Options options(
        "library status|verify|rebuild|remove|pause|resume|stop --library DIR [PATH…]",
        "status   what the library holds, what was read with warnings, what was refused and why\n"
        "verify   looks at everything; exit code 1 when something is wrong\n"
        "rebuild  makes full text and vector indexes again; leaves no trace of what was removed\n"
        "remove   takes files, folders or a collection out; the files themselves stay\n"
        "pause    holds up an ingest that runs elsewhere; resume lets it go on, stop ends it");
    options.positional("ACTION", "one of these", action);
    options.rest("PATH", "remove: files and folders, with all in them", o.words, false);
    addLibraryOptions(options, o.library, false);
    options.texts("--document", "ID|PATH", "remove: this document; may be repeated", o.documents);
    options.name("--collection", "NAME", "remove: from this one alone, or all of it", o.collection);
    options.flag("--json", "one JSON object (status, verify)", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.json && action != "status" && action != "verify")
        return options.usageError("--json is for status and verify", streams);
    return dispatch(action, o, options, streams);
}

}  // namespace alcove::app
