// "Keep these chunks, find these passages": what the rest of rag knows of a store.
//
// The embedded store (sqlite_store.h) is one; a server of a team can stand behind the same calls.
// Nothing here speaks SQL or of an index. All calls may come from several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/document.h"

namespace alcove::rag {

using DocumentId = int64_t;
using ChunkId = int64_t;

/// A piece of a document that is embedded and found as one.
struct Chunk {
    uint32_t page = 0;
    TextRange range;                        // in the text of the page: body is exactly that
    BlockKind kind = BlockKind::Paragraph;  // of its first block
    std::string heading;                    // path of the headings above it, " › " between two
    std::string body;
};

/// A document as the store files it.
struct DocumentRecord {
    DocumentId id = 0;  // given by the store
    std::string collection;
    std::string path;  // with the collection it names the document
    std::string title;
    std::string kind;      // as name(SourceKind)
    int64_t modified = 0;  // seconds since 1970
    /// The same in nanoseconds, to be compared for equality alone; 0 equals nothing.
    int64_t stamp = 0;
    uint64_t bytes = 0;
    std::string hash;
    uint32_t chunks = 0;  // counted by the store
};

struct PageRecord {
    std::string kind;  // as name(PageKind)
    std::string label;
    std::string text;
};

/// What gives vectors. Two with different names are never compared with each other.
struct EmbedderKey {
    std::string name;
    size_t dimension = 0;
};

/// All that is kept of one document. `vectors` has a row for each chunk, or is empty.
struct DocumentContent {
    DocumentRecord record;
    std::vector<PageRecord> pages;
    std::vector<Chunk> chunks;
    std::vector<Warning> warnings;
    EmbedderKey embedder;
    std::vector<float> vectors;
};

/// What is empty or absent does not restrict.
struct Filter {
    std::vector<std::string> collections;
    std::vector<DocumentId> documents;
    std::vector<std::string> kinds;  // as name(SourceKind)
    std::optional<int64_t> modifiedFrom, modifiedBefore;

    [[nodiscard]] bool empty() const {
        return collections.empty() && documents.empty() && kinds.empty() && !modifiedFrom &&
               !modifiedBefore;
    }
};

/// Words that a passage should have, in any number; a term of several words stands for these words
/// one after the other. Terms hold letters, digits and single blanks only, whatever a user typed.
using TextTerms = std::vector<std::string>;

struct Found {
    ChunkId chunk = 0;
    DocumentId document = 0;
    uint32_t ordinal = 0;
    double score = 0;  // more is better; BM25, or cosine
};

struct StoredChunk {
    ChunkId id = 0;
    DocumentId document = 0;
    uint32_t ordinal = 0;  // place in its document, from 0
    Chunk chunk;
};

struct StoreStatus {
    uint64_t documents = 0, chunks = 0, vectors = 0, bytes = 0;  // bytes on disk
};

struct StoreExtent {
    uint64_t documents = 0, chunks = 0;
};

class ChunkStore {
public:
    virtual ~ChunkStore() = default;

    /// Replaces what was there of the same collection and path. All of it is kept, or nothing
    /// changes.
    [[nodiscard]] virtual Result<DocumentId> put(const DocumentContent& content) = 0;
    /// False: there was none.
    [[nodiscard]] virtual Result<bool> remove(DocumentId document) = 0;
    [[nodiscard]] virtual Result<std::vector<DocumentRecord>> documents(const Filter& filter) = 0;
    /// How much a filter allows; quicker than the documents themselves.
    [[nodiscard]] virtual StoreExtent extent(const Filter& filter) = 0;

    /// The best `count`, the best first.
    [[nodiscard]] virtual Result<std::vector<Found>> findText(const TextTerms& terms,
                                                              const Filter& filter,
                                                              size_t count) = 0;
    /// The same by exact cosine; chunks without a vector of this embedder are not found.
    [[nodiscard]] virtual Result<std::vector<Found>> findNear(const EmbedderKey& embedder,
                                                              std::span<const float> query,
                                                              const Filter& filter,
                                                              size_t count) = 0;

    /// In the order asked for, without those that are gone.
    [[nodiscard]] virtual Result<std::vector<StoredChunk>> chunks(std::span<const ChunkId> ids) = 0;
    /// The chunks of a document in reading order, from the given ordinal on, `count` at most.
    [[nodiscard]] virtual Result<std::vector<StoredChunk>> documentChunks(DocumentId document,
                                                                          uint32_t from,
                                                                          size_t count) = 0;
    /// A part of a page's text, cut to what is there.
    [[nodiscard]] virtual Result<std::string> pageText(DocumentId document, uint32_t page,
                                                       TextRange range) = 0;
    [[nodiscard]] virtual Result<std::string> pageLabel(DocumentId document, uint32_t page) = 0;

    [[nodiscard]] virtual Result<StoreStatus> status() = 0;
};

}  // namespace alcove::rag
