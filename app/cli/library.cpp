// alcove-cli library: what a library holds, whether it is sound, and taking things out of it.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/library_setup.h"
#include "app/library/removal.h"
#include "app/library/scan.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
    LibraryArguments library;
    std::string collection;
    std::vector<std::string> words, documents;
    bool json = false;
};

/// All that status tells, gathered before a word is printed.
struct Status {
    rag::StoreStatus store;
    std::vector<rag::CollectionRecord> collections;
    std::vector<rag::DocumentRecord> documents;
    std::vector<rag::FailureRecord> failures;
    std::map<rag::DocumentId, std::vector<std::string>> warnings;
    uint64_t lacking = 0;  // passages without a vector of their collection's embedder
};

std::string sentenceOf(const rag::Warning& warning) {
    return warning.page == rag::kNone ? warning.message
                                      : concat("page ", warning.page + 1, ": ", warning.message);
}

Result<Status> gather(Library& library) {
    Status status;
    ALCOVE_TRY(status.store, library.store().status());
    ALCOVE_TRY(status.collections, library.store().collections());
    ALCOVE_TRY(status.documents, library.documents());
    ALCOVE_TRY(status.failures, library.store().failures());
    ALCOVE_TRY(const std::vector<rag::DocumentWarning> warnings, library.store().warnings());
    for (const rag::DocumentWarning& warning : warnings)
        status.warnings[warning.document].push_back(sentenceOf(warning.warning));
    std::map<rag::DocumentId, const std::string*> collectionOf;
    for (const rag::DocumentRecord& document : status.documents)
        collectionOf[document.id] = &document.collection;
    for (const rag::CollectionRecord& collection : status.collections) {
        if (collection.embedder.empty()) continue;
        ALCOVE_TRY(const std::vector<rag::LackingDocument> lacking,
                   library.store().lackingVectors({collection.embedder, 0}));
        for (const rag::LackingDocument& one : lacking) {
            const auto found = collectionOf.find(one.document);
            if (found != collectionOf.end() && *found->second == collection.name)
                status.lacking += one.chunks;
        }
    }
    return status;
}

Json describe(const Status& status) {
    Json json = {{"documents", status.store.documents},
                 {"passages", status.store.chunks},
                 {"vectors", status.store.vectors},
                 {"without_vectors", status.lacking},
                 {"bytes", status.store.bytes}};
    json["collections"] = Json::array();
    for (const rag::CollectionRecord& collection : status.collections)
        json["collections"].push_back({{"name", collection.name},
                                       {"embedder", collection.embedder},
                                       {"model", collection.model},
                                       {"paths", collection.roots},
                                       {"excluded", collection.excluded}});
    json["files"] = Json::array();
    for (const rag::DocumentRecord& document : status.documents) {
        Json file = {{"state", "done"},
                     {"id", document.id},
                     {"collection", document.collection},
                     {"path", document.path},
                     {"title", document.title},
                     {"type", document.kind},
                     {"modified", formatDate(document.modified)},
                     {"bytes", document.bytes},
                     {"passages", document.chunks}};
        const auto warnings = status.warnings.find(document.id);
        file["warnings"] =
            warnings == status.warnings.end() ? Json::array() : Json(warnings->second);
        json["files"].push_back(std::move(file));
    }
    for (const rag::FailureRecord& failure : status.failures)
        json["files"].push_back({{"state", "failed"},
                                 {"collection", failure.collection},
                                 {"path", failure.path},
                                 {"bytes", failure.bytes},
                                 {"refusal", failure.refusal},
                                 {"reason", failure.message}});
    return json;
}

void print(const Status& status, std::ostream& out) {
    constexpr double kMiB = 1024 * 1024;
    out << status.store.documents << " documents, " << status.store.chunks << " passages, "
        << status.store.vectors << " vectors, "
        << static_cast<int64_t>(static_cast<double>(status.store.bytes) / kMiB + 0.5) << " MiB\n";
    if (status.lacking > 0)
        out << status.lacking << " passages have no vector yet: ingest makes them\n";
    for (const rag::CollectionRecord& collection : status.collections) {
        out << "\ncollection " << shownName(collection.name);
        if (!collection.embedder.empty()) out << ", embedded by " << collection.embedder;
        out << '\n';
        for (const std::string& root : collection.roots) out << "  " << shownName(root) << '\n';
        for (const std::string& path : collection.excluded)
            out << "  without " << shownName(path) << '\n';
    }
    if (!status.warnings.empty()) out << "\nRead with warnings:\n";
    for (const rag::DocumentRecord& document : status.documents) {
        const auto warnings = status.warnings.find(document.id);
        if (warnings == status.warnings.end()) continue;
        for (const std::string& warning : warnings->second)
            out << "  " << shownName(document.path) << ": " << shownName(warning) << '\n';
    }
    if (!status.failures.empty()) out << "\nNot read:\n";
    for (const rag::FailureRecord& failure : status.failures)
        out << "  " << shownName(failure.path) << ": " << shownName(failure.message) << '\n';
}

ExitCode runStatus(const Arguments& o, Streams& streams) {
    const auto opened = openLibrary(o.library, false, false, streams);
    if (!opened) return report(opened.error(), streams);
    const auto status = gather(*opened->library);
    if (!status) return report(status.error(), streams);
    if (o.json)
        streams.out << dumped(describe(*status)) << '\n';
    else
        print(*status, streams.out);
    return kSuccess;
}

ExitCode runVerify(const Arguments& o, Streams& streams) {
    std::vector<std::string> findings;
    LibraryChoice choice;
    choice.folder = typedPath(o.library.folder);
    choice.needsModel = false;
    // What opening had to mend was not as it should be, either.
    const auto opened = openLibrary(choice, findings);
    if (!opened) return report(opened.error(), streams);
    const auto found = opened->library->store().verify();
    if (!found) return report(found.error(), streams);
    findings.insert(findings.end(), found->begin(), found->end());
    const auto status = opened->library->store().status();
    if (!status) return report(status.error(), streams);
    if (o.json) {
        streams.out << dumped({{"sound", findings.empty()},
                               {"documents", status->documents},
                               {"passages", status->chunks},
                               {"vectors", status->vectors},
                               {"findings", findings}})
                    << '\n';
        return findings.empty() ? kSuccess : kFailure;
    }
    for (const std::string& finding : findings) streams.out << shownName(finding) << '\n';
    if (findings.empty())
        streams.out << "all is well: database, full text, " << status->chunks
                    << " passages against the text of their pages, " << status->vectors
                    << " vectors and their indexes\n";
    else
        streams.error << "alcove-cli: " << findings.size()
                      << " findings; `library rebuild` makes full text and indexes again, ingest "
                         "reads what is lost\n";
    return findings.empty() ? kSuccess : kFailure;
}

Result<void> rebuild(const Arguments& o, Streams& streams) {
    ALCOVE_TRY(const OpenedLibrary opened, openLibrary(o.library, false, false, streams));
    ALCOVE_CHECK(opened.library->store().rebuild());
    ALCOVE_TRY(const rag::StoreStatus status, opened.library->store().status());
    streams.out << "made again: full text of " << status.chunks << " passages, indexes of "
                << status.vectors << " vectors\n";
    return {};
}

Result<void> remove(const Arguments& o, Streams& streams) {
    ALCOVE_TRY(const OpenedLibrary opened, openLibrary(o.library, false, false, streams));
    Library& library = *opened.library;
    std::vector<std::string> paths;
    for (const std::string& word : o.words) paths.push_back(nameOf(realPath(typedPath(word))));
    if (!o.documents.empty()) {
        FilterArguments arguments;
        arguments.documents = o.documents;
        ALCOVE_TRY(const rag::Filter filter, filterOf(arguments, library));
        ALCOVE_TRY(const std::vector<rag::DocumentRecord> documents, library.documents(filter));
        for (const rag::DocumentRecord& document : documents) paths.push_back(document.path);
    }
    size_t documents = 0;
    std::string unknown;
    for (const std::string& path : paths) {
        ALCOVE_TRY(const Removal removal, removePath(library, path, o.collection));
        documents += removal.documents;
        if (!removal.known) unknown += (unknown.empty() ? "" : ", ") + shownName(path);
    }
    if (paths.empty()) {
        ALCOVE_TRY(const Removal removal, removeCollection(library, o.collection));
        documents += removal.documents;
        if (!removal.known) unknown = "collection " + o.collection;
    }
    streams.out << documents << " documents removed\n";
    if (!unknown.empty()) return fail("not in the library: ", unknown);
    return {};
}

ExitCode dispatch(const std::string& action, const Arguments& o, const Options& options,
                  Streams& streams) {
    const bool removes = action == "remove";
    const bool named = !o.words.empty() || !o.documents.empty();
    if (!removes && (named || !o.collection.empty()))
        return options.usageError("only remove takes files, documents or a collection", streams);
    if (action == "status") return runStatus(o, streams);
    if (action == "verify") return runVerify(o, streams);
    if (action == "rebuild") return finish(rebuild(o, streams), streams);
    if (!removes)
        return options.usageError("'" + action + "' is not one of status, verify, rebuild, remove",
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
        "library status|verify|rebuild|remove --library DIR [PATH…]",
        "status   what the library holds, what was read with warnings, what was refused and why\n"
        "verify   looks at everything; exit code 1 when something is wrong\n"
        "rebuild  makes full text and vector indexes again; leaves no trace of what was removed\n"
        "remove   takes files, folders or a collection out; the files themselves stay");
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
