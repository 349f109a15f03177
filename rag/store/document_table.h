// Where the chunks of each document lie, and what filters ask of documents, in memory (about 40
// bytes for each): asking the database for all that a filter allows, or for the document of each
// candidate, would take longer than the search itself.
//
// The database is the truth; whoever changes it tells the table right after the commit. A search
// that runs in between may meet a chunk that the table does not know, and passes over it.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/id_ranges.h"
#include "rag/store/chunk_store.h"
#include "rag/store/sqlite.h"

namespace alcove::rag {

class DocumentTable {
public:
    [[nodiscard]] Result<void> load(Database& database);
    /// A document that was just filed; its id, and its chunks', are higher than all before.
    void add(const DocumentRecord& record, ChunkId firstChunk);
    void remove(DocumentId document);
    void restamp(DocumentId document, int64_t modified);

    /// The chunks of the documents that a filter allows.
    [[nodiscard]] IdRanges allowed(const Filter& filter) const;
    [[nodiscard]] StoreExtent extent(const Filter& filter) const;
    /// Sets document and ordinal of a chunk; false: it is gone.
    [[nodiscard]] bool locate(Found& found) const;

private:
    using Name = uint32_t;  // index into m_names
    struct Row {
        DocumentId document = 0;
        ChunkId firstChunk = 0;
        int64_t modified = 0;
        uint32_t chunks = 0;
        Name collection = 0, kind = 0;
        bool gone = false;
    };

    // All under m_mutex.
    [[nodiscard]] Name nameOf(std::string_view text);
    void append(const DocumentRecord& record, ChunkId firstChunk);
    [[nodiscard]] Row* find(DocumentId document);
    template <typename Take>
    void eachAllowed(const Filter& filter, const Take& take) const;

    mutable std::mutex m_mutex;  // guards all below
    std::vector<Row> m_rows;     // by document, and so by first chunk
    size_t m_gone = 0;           // rows that are
    StoreExtent m_extent;        // of the others
    std::vector<std::string> m_names;
};

}  // namespace alcove::rag
