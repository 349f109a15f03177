// What is to be done so that a library holds what lies in its folders now.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "app/library/library.h"
#include "app/library/source_file.h"

namespace alcove::app {

/// A file to be read, unless its content turns out to be what the library holds.
struct FileTask {
    std::string collection, path;
    FileStamp stamp;
    rag::DocumentId document = 0;  // what is held of it; 0: nothing
    uint64_t bytes = 0;            // of that
    std::string hash;              // of that; empty: it is read in any case
};

struct Plan {
    std::vector<FileTask> tasks;
    std::vector<rag::DocumentRecord> removed;      // their files are gone
    std::vector<rag::FailureRecord> failuresGone;  // likewise
    std::vector<std::string> unreadable;           // folders; what is held of them stays
    size_t unchanged = 0;                          // files
    size_t refused = 0;                            // files that have not changed since
};

struct PlanOptions {
    /// Folders to look at, with all in them; empty: everything that the library holds.
    std::vector<std::string> scopes;
    bool retry = false;        // also what was refused and has not changed
    bool retryLocked = false;  // of that what a password may open
    /// Called with each folder before it is looked into.
    std::function<void(const std::filesystem::path&)> entering;
    std::stop_token stop;
};

/// Tasks are in the order of their collections and paths.
[[nodiscard]] Result<Plan> makePlan(Library& library, const PlanOptions& options);

}  // namespace alcove::app
