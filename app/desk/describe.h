// What a library tells, as JSON: the same words in the command line's --json and on the host's
// socket. Texts may hold what is not UTF-8; dump() replaces it.
#pragma once

#include <string>

#include "app/answer/answer.h"
#include "app/api/fields.h"
#include "app/library/index_observer.h"
#include "app/library/library.h"

namespace alcove::app {

[[nodiscard]] Json describe(const rag::Passage& passage, size_t number);
/// `boxes`: with where each citation stands on a PDF's page.
[[nodiscard]] Json describe(const Answer& answer, bool boxes);
[[nodiscard]] Json describe(const FileProgress& progress);
[[nodiscard]] Json describe(const IndexSummary& summary);
[[nodiscard]] Json describeNote(const std::string& sentence);
/// All that is held, what was read with warnings, what was refused and why.
[[nodiscard]] Result<Json> describe(Library& library);

/// "2024-02-29": its first second, UTC, since 1970.
[[nodiscard]] Result<int64_t> parseDate(const std::string& word);
[[nodiscard]] std::string formatDate(int64_t seconds);

}  // namespace alcove::app
