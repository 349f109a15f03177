// alcove-cli search: passages of a library.
#include <algorithm>
#include <iomanip>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/library_line.h"
#include "app/library/source_file.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

struct SearchOptions {
    LibraryArguments library;
    FilterWords filter;
    std::vector<std::string> words;
    std::string mode = "hybrid";
    int64_t count = 10;
    bool json = false;
};

/// What a reader would call the place: "page 12", "sheet Budget".
std::string placeOf(const Json& part) {
    const std::string label = part["label"];
    return label.empty() ? std::to_string(part["page"].get<int64_t>()) : label;
}

void print(const Json& passages, std::ostream& out) {
    for (const Json& passage : passages) {
        const int64_t n = passage["n"];
        const std::string heading = passage["heading"];
        out << (n == 1 ? "[" : "\n[") << n << "] " << shownName(passage["path"].get<std::string>());
        if (!passage["parts"].empty())
            out << ", page " << printable(placeOf(passage["parts"].front()));
        if (!heading.empty()) out << ", " << printable(heading, kUncut);
        out << " (" << std::fixed << std::setprecision(3) << passage["score"].get<double>() << ")\n"
            << printableText(passage["text"].get<std::string>()) << '\n';
    }
}

Result<void> search(const SearchOptions& o, Streams& streams) {
    std::string query;
    for (const std::string& word : o.words) query += (query.empty() ? "" : " ") + word;
    LibraryLine line(streams, {.threads = o.library.threads});
    ALCOVE_TRY(const Json found, line.call("search", {{"library", wholePath(o.library.folder)},
                                                      {"query", query},
                                                      {"mode", o.mode},
                                                      {"count", o.count},
                                                      {"model", modelPlace(o.library.model)},
                                                      {"reranker", modelPlace(o.library.reranker)},
                                                      {"filter", describe(o.filter)}}));
    if (o.json) {
        streams.out << dump(found) << '\n';
        return {};
    }
    print(found["passages"], streams.out);
    if (found["passages"].empty()) streams.error << "alcove-cli: nothing was found\n";
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
    addRerankOption(options, o.library.reranker);
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
