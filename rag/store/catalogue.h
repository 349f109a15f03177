// What a library was told to hold, and what became of files that are not in it: the part of a store
// that the indexing of files needs beside the documents themselves. Nothing here speaks SQL.
//
// Names of files are kept as they are given, also where they are not UTF-8. All calls may come from
// several threads.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "rag/document.h"
#include "rag/store/chunk_store.h"

namespace alcove::rag {

struct CollectionRecord {
    std::string name;
    std::string embedder;               // EmbedderKey::name of its vectors; empty: none yet
    std::string model;                  // the file that embedder was made from, as a hint
    std::vector<std::string> roots;     // files and folders that it holds
    std::vector<std::string> excluded;  // files and folders in them that it does not
};

/// A file that was refused. It names the state of the file that was tried.
struct FailureRecord {
    std::string collection, path;
    uint64_t bytes = 0;
    int64_t stamp = 0;    // as DocumentRecord::stamp
    std::string refusal;  // as name(Refusal)
    std::string message;
};

struct DocumentWarning {
    DocumentId document = 0;
    Warning warning;
};

/// A document some of whose chunks have no vector of the embedder asked for.
struct LackingDocument {
    DocumentId document = 0;
    uint64_t chunks = 0;  // so many
};

class Catalogue {
public:
    virtual ~Catalogue() = default;

    [[nodiscard]] virtual Result<std::vector<CollectionRecord>> collections() = 0;
    /// Makes the collection where there is none. A path that was excluded is so no more.
    [[nodiscard]] virtual Result<void> addRoot(const std::string& collection,
                                               const std::string& path) = 0;
    [[nodiscard]] virtual Result<void> exclude(const std::string& collection,
                                               const std::string& path) = 0;
    /// Neither root nor excluded any more.
    [[nodiscard]] virtual Result<void> forgetPath(const std::string& collection,
                                                  const std::string& path) = 0;
    /// The collection itself; an error while it holds documents.
    [[nodiscard]] virtual Result<void> removeCollection(const std::string& name) = 0;
    [[nodiscard]] virtual Result<void> setEmbedder(const std::string& collection,
                                                   const std::string& embedder,
                                                   const std::string& model) = 0;

    [[nodiscard]] virtual Result<std::vector<FailureRecord>> failures() = 0;
    /// Replaces what was known of the same collection and path; put() forgets it.
    [[nodiscard]] virtual Result<void> recordFailure(const FailureRecord& failure) = 0;
    [[nodiscard]] virtual Result<void> forgetFailure(const std::string& collection,
                                                     const std::string& path) = 0;
    [[nodiscard]] virtual Result<std::vector<DocumentWarning>> warnings() = 0;
    /// The file has another time and the same content.
    [[nodiscard]] virtual Result<void> restamp(DocumentId document, int64_t modified,
                                               int64_t stamp) = 0;

    /// In the order in which documents were filed.
    [[nodiscard]] virtual Result<std::vector<LackingDocument>> lackingVectors(
        const EmbedderKey& embedder) = 0;
    /// Its chunks without a vector of this embedder, in reading order.
    [[nodiscard]] virtual Result<std::vector<ChunkId>> chunksLackingVectors(
        const EmbedderKey& embedder, DocumentId document) = 0;
    /// A row for each chunk; what vectors they had are replaced. All is kept, or nothing. Chunks
    /// that are gone are passed over.
    [[nodiscard]] virtual Result<void> putVectors(const EmbedderKey& embedder,
                                                  std::span<const ChunkId> chunks,
                                                  std::span<const float> vectors) = 0;
    /// Embedders that no vector is of any more, with their indexes.
    [[nodiscard]] virtual Result<void> forgetUnusedEmbedders() = 0;
};

}  // namespace alcove::rag
