// Which documents are looked at, as somebody named them.
#pragma once

#include <string>
#include <vector>

#include "app/api/fields.h"
#include "app/library/library.h"

namespace alcove::app {

struct FilterWords {
    std::vector<std::string> collections, documents, kinds;
    std::string from, before;  // days
    std::string folder;        // what relative paths begin at; empty: where this process works
};

/// The kind of documents that a word means.
[[nodiscard]] Result<std::string> kindNamed(std::string word);

[[nodiscard]] Json describe(const FilterWords& words);
/// The "filter" of a request; an error of `fields` where it is something else.
[[nodiscard]] FilterWords readFilter(Fields& fields);

/// A document may be named by its id, its path, or the end of that.
[[nodiscard]] Result<rag::Filter> filterOf(const FilterWords& words, Library& library);

}  // namespace alcove::app
