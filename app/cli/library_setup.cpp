#include "app/cli/library_setup.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ostream>

#include "app/library/scan.h"

namespace alcove::app {

void addLibraryOptions(Options& options, LibraryArguments& target, bool model) {
    options.name("--library", "DIR", "the library's folder", target.folder);
    options.required("--library");
    if (!model) return;
    options.name("-m, --model", "MODEL",
                 "the embedding model (that of the library, or the starter)", target.model);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", target.threads, 0, 1024);
}

void addFilterOptions(Options& options, FilterArguments& target) {
    options.section("Which documents");
    options.texts("--collection", "NAME", "of this collection; may be repeated",
                  target.collections);
    options.texts("--document", "ID|PATH", "this one, by id, path or the path's end; likewise",
                  target.documents);
    options.texts("--type", "T", "of this kind (pdf, docx, text, …); likewise", target.kinds);
    options.text("--from", "DATE", "changed on this day (2024-12-31) or later", target.from);
    options.text("--before", "DATE", "changed before this day", target.before);
}

namespace {

/// A word misspelled must not look like a library that holds nothing.
Result<void> checkCollections(const std::vector<std::string>& names, Library& library) {
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> all, library.store().collections());
    for (const std::string& name : names) {
        if (std::any_of(all.begin(), all.end(),
                        [&](const rag::CollectionRecord& one) { return one.name == name; }))
            continue;
        std::string known;
        for (const rag::CollectionRecord& one : all)
            known += (known.empty() ? "" : ", ") + shownName(one.name);
        return fail("the library has no collection ", shownName(name), "; it has ",
                    known.empty() ? "none" : known);
    }
    return {};
}

Result<std::vector<std::string>> kindsNamed(const std::vector<std::string>& words) {
    std::vector<std::string> kinds;
    for (std::string word : words) {
        for (char& c : word) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
        std::string known;
        bool found = false;
        for (auto kind = rag::SourceKind::Pdf; kind <= rag::SourceKind::Code;
             kind = static_cast<rag::SourceKind>(static_cast<int>(kind) + 1)) {
            known += (known.empty() ? "" : ", ") + std::string(name(kind));
            found = found || word == name(kind);
        }
        if (!found) return fail("no document is of type ", shownName(word), "; types are ", known);
        kinds.push_back(std::move(word));
    }
    return kinds;
}

}  // namespace

Result<rag::Filter> filterOf(const FilterArguments& arguments, Library& library) {
    rag::Filter filter;
    filter.collections = arguments.collections;
    ALCOVE_CHECK(checkCollections(filter.collections, library));
    ALCOVE_TRY(filter.kinds, kindsNamed(arguments.kinds));
    if (!arguments.from.empty()) {
        ALCOVE_TRY(filter.modifiedFrom, parseDate(arguments.from));
    }
    if (!arguments.before.empty()) {
        ALCOVE_TRY(filter.modifiedBefore, parseDate(arguments.before));
    }
    if (arguments.documents.empty()) return filter;
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> all, library.documents());
    for (const std::string& word : arguments.documents) {
        const std::string real = nameOf(realPath(typedPath(word)));
        const size_t before = filter.documents.size();
        for (const rag::DocumentRecord& record : all)
            if (std::to_string(record.id) == word || record.path == word || record.path == real ||
                (record.path.size() > word.size() && record.path.ends_with(word) &&
                 record.path[record.path.size() - word.size() - 1] == '/'))
                filter.documents.push_back(record.id);
        if (filter.documents.size() == before)
            return fail("the library has no document ", shownName(word));
    }
    return filter;
}

Result<OpenedLibrary> openLibrary(const LibraryArguments& arguments, bool create, bool needsModel,
                                  Streams& streams) {
    LibraryChoice choice;
    choice.folder = typedPath(arguments.folder);
    choice.create = create;
    choice.model = arguments.model;
    choice.needsModel = needsModel;
    choice.threads = static_cast<int>(arguments.threads);
    const char* cpu = std::getenv("ALCOVE_CPU");
    choice.cpu = cpu ? cpu : "";
    std::vector<std::string> notes;
    auto opened = openLibrary(choice, notes);
    for (const std::string& note : notes)
        streams.error << "alcove-cli: " << shownName(note) << '\n';
    return opened;
}

std::filesystem::path typedPath(const std::string& word) { return pathFrom(word); }

Result<int64_t> parseDate(const std::string& word) {
    int year = 0;
    unsigned month = 0, day = 0;
    char after = 0;
    const int read = std::sscanf(word.c_str(), "%4d-%2u-%2u%c", &year, &month, &day, &after);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(day)};
    if (read != 3 || year < 1 || !date.ok())
        return fail("'", word, "' is not a day like 2024-12-31");
    return std::chrono::sys_seconds(std::chrono::sys_days(date)).time_since_epoch().count();
}

std::string formatDate(int64_t seconds) {
    const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return text;
}

std::string dumped(const nlohmann::ordered_json& json) {
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace alcove::app
