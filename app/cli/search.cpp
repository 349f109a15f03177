// alcove-cli search: passages of a library.
#include <algorithm>
#include <chrono>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/library_setup.h"
#include "app/library/source_file.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

using Json = nlohmann::ordered_json;

struct SearchOptions {
    LibraryArguments library;
    FilterArguments filter;
    std::vector<std::string> words;
    std::string mode = "hybrid";
    int64_t count = 10;
    bool json = false;
};

rag::SearchMode modeNamed(const std::string& mode) {
    if (mode == "text") return rag::SearchMode::Text;
    return mode == "vector" ? rag::SearchMode::Vector : rag::SearchMode::Hybrid;
}

/// What a reader would call the place: "page 12", "sheet Budget".
std::string placeOf(const rag::Passage::Part& part) {
    return part.label.empty() ? std::to_string(part.page + 1) : part.label;
}

Json describe(const rag::Passage& passage, size_t number) {
    const rag::DocumentRecord& document = passage.document;
    Json json = {{"n", number}, {"score", passage.score}};
    if (passage.bm25) json["bm25"] = *passage.bm25;
    if (passage.cosine) json["cosine"] = *passage.cosine;
    json["document"] = document.id;
    json["collection"] = document.collection;
    json["path"] = document.path;
    json["title"] = document.title;
    json["type"] = document.kind;
    json["modified"] = formatDate(document.modified);
    json["heading"] = passage.heading;
    json["parts"] = Json::array();
    for (const rag::Passage::Part& part : passage.parts)
        json["parts"].push_back({{"page", part.page + 1},
                                 {"label", part.label},
                                 {"begin", part.range.begin},
                                 {"end", part.range.end}});
    json["text"] = passage.text;
    return json;
}

void print(const std::vector<rag::Passage>& passages, std::ostream& out) {
    for (size_t i = 0; i < passages.size(); ++i) {
        const rag::Passage& passage = passages[i];
        out << (i == 0 ? "[" : "\n[") << i + 1 << "] " << shownName(passage.document.path);
        if (!passage.parts.empty()) out << ", page " << printable(placeOf(passage.parts.front()));
        if (!passage.heading.empty()) out << ", " << printable(passage.heading, kUncut);
        out << " (" << std::fixed << std::setprecision(3) << passage.score << ")\n"
            << printableText(passage.text) << '\n';
    }
}

Result<void> search(const SearchOptions& o, Streams& streams) {
    ALCOVE_TRY(const OpenedLibrary opened,
               openLibrary(o.library, false, o.mode != "text", streams));
    Library& library = *opened.library;
    rag::RetrieveOptions options;
    options.mode = modeNamed(o.mode);
    options.passages = static_cast<size_t>(o.count);
    options.candidates = std::max<size_t>(options.candidates, 4 * options.passages);
    ALCOVE_TRY(options.filter, filterOf(o.filter, library));
    std::string query;
    for (const std::string& word : o.words) query += (query.empty() ? "" : " ") + word;
    const auto started = std::chrono::steady_clock::now();
    ALCOVE_TRY(const std::vector<rag::Passage> passages, library.passages(query, options));
    const std::chrono::duration<double, std::milli> took =
        std::chrono::steady_clock::now() - started;
    if (!o.json) {
        print(passages, streams.out);
        if (passages.empty()) streams.error << "alcove-cli: nothing was found\n";
        return {};
    }
    Json json = {{"query", query}, {"mode", o.mode}, {"took_ms", took.count()}};
    json["model"] = library.embedder() ? Json(library.embedder()->name()) : Json(nullptr);
    json["passages"] = Json::array();
    for (size_t i = 0; i < passages.size(); ++i)
        json["passages"].push_back(describe(passages[i], i + 1));
    streams.out << dumped(json) << '\n';
    return {};
}

}  // namespace

ExitCode runSearch(Words words, Streams& streams) {
    SearchOptions o;
    Options options("search --library DIR QUERY [-k 10] [--mode hybrid|text|vector] [--json]",
                    "Prints the passages of a library that fit a question best, each with its "
                    "document and page.");
    options.rest("QUERY", "a question, or words", o.words);
    addLibraryOptions(options, o.library, true);
    options.integer("-k, --count", "N", "passages at most (10)", o.count, 1, 1000);
    options.choice("--mode", "by words, by meaning, or by both (hybrid)",
                   {"hybrid", "text", "vector"}, o.mode);
    options.flag("--json", "one JSON object", o.json);
    addFilterOptions(options, o.filter);
    if (const auto code = options.parse(words, streams)) return *code;
    if (std::all_of(o.words.begin(), o.words.end(), [](const std::string& word) {
            return word.find_first_not_of(" \t\r\n") == std::string::npos;
        }))
        return options.usageError("QUERY is empty", streams);
    return finish(search(o, streams), streams);
}

}  // namespace alcove::app
