// What is told of indexing while it goes on: to the command line, later to the window.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace alcove::app {

enum class FileStage : uint8_t { Waiting, Reading, Embedding, Done, Failed, Removed };

struct FileProgress {
    std::string collection, path;  // as in rag::DocumentRecord: perhaps not UTF-8
    FileStage stage = FileStage::Waiting;
    uint64_t done = 0, total = 0;       // Reading: pages, total unknown; Embedding: passages
    uint64_t pages = 0, chunks = 0;     // Done: of the document; 0 where its content was known
    std::string reason;                 // Failed: as a refusal, "encrypted: it needs a password"
    std::vector<std::string> warnings;  // Done
};

/// What came of one round.
struct IndexSummary {
    size_t unchanged = 0;  // files, by their size and time or by their content
    size_t read = 0;       // files, new or changed
    size_t failed = 0;     // files, refused now
    size_t refused = 0;    // files, refused before and not changed
    size_t removed = 0;    // documents whose files are gone
    size_t embedded = 0;   // passages
    size_t left = 0;       // files that were not come to
    bool stopped = false;
};

/// Called on the indexer's threads, by one at a time; it must not wait for the indexer.
class IndexObserver {
public:
    virtual ~IndexObserver() = default;
    virtual void fileChanged(const FileProgress& progress) = 0;
    /// Something that is of no single file: "the folder … cannot be read".
    virtual void note(const std::string& sentence) = 0;
    /// A round is over; while watching there are several.
    virtual void roundEnded(const IndexSummary& summary) { (void)summary; }
};

}  // namespace alcove::app
