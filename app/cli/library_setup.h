// What the commands share that work on a library.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/options.h"
#include "app/library/open_library.h"
#include "rag/store/chunk_store.h"

namespace alcove::app {

struct LibraryArguments {
    std::string folder, model;
    int64_t threads = 0;
};
/// --library, and with `model` also -m and -t.
void addLibraryOptions(Options& options, LibraryArguments& target, bool model);

/// Which documents are looked at.
struct FilterArguments {
    std::vector<std::string> collections, documents, kinds;
    std::string from, before;
};
void addFilterOptions(Options& options, FilterArguments& target);
/// A document may be named by its id, its path, or the end of that.
[[nodiscard]] Result<rag::Filter> filterOf(const FilterArguments& arguments, Library& library);

/// Notes go to standard error. `create`: the library is made where there is none.
[[nodiscard]] Result<OpenedLibrary> openLibrary(const LibraryArguments& arguments, bool create,
                                                bool needsModel, Streams& streams);

/// A path as it was typed.
[[nodiscard]] std::filesystem::path typedPath(const std::string& word);
/// "2024-02-29": its first second, UTC, since 1970.
[[nodiscard]] Result<int64_t> parseDate(const std::string& word);
[[nodiscard]] std::string formatDate(int64_t seconds);
/// For texts that may not be UTF-8.
[[nodiscard]] std::string dumped(const nlohmann::ordered_json& json);

}  // namespace alcove::app
