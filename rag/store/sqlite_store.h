// The embedded store: one folder with one SQLite database, which holds everything, and the vector
// indexes made from it.
//
//   library.db           chunks, pages, full text (FTS5), vectors; write-ahead log
//   vectors-….index      HNSW graphs; may be deleted at any time
//   lock                 held by the process that has the library open
//
// Where nothing can be written (a medium that is read-only, another user's folder) a library that
// is there is opened all the same, and only searched; any number of processes may.
//
// Two connections: one writes, one reads while the other writes. Each document is one transaction.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/base/file_lock.h"
#include "engine/base/thread_pool.h"
#include "rag/id_ranges.h"
#include "rag/store/catalogue.h"
#include "rag/store/chunk_store.h"
#include "rag/store/document_table.h"
#include "rag/store/embedder_indexes.h"
#include "rag/store/sqlite.h"
#include "rag/store/text_rank.h"

namespace alcove::rag {

struct SqliteStoreOptions {
    bool create = true;          // the folder and the database, where there are none
    std::string cpu;             // as selectDistances() takes it
    ThreadPool* pool = nullptr;  // makes indexes quicker while the library is opened or rebuilt
    bool saveIndexes = true;     // when it is closed; of no use to a library that is thrown away
};

class SqliteStore final : public ChunkStore, public Catalogue {
public:
    using Options = SqliteStoreOptions;

    /// One process at a time: a second one is told so.
    static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& folder,
                                                     Options options = {});
    /// Saves the indexes, as flush() does; a failure only costs time at the next opening.
    ~SqliteStore() override;
    /// The files of a library in a folder, without saved indexes.
    [[nodiscard]] static std::vector<std::filesystem::path> files(
        const std::filesystem::path& folder);

    Result<DocumentId> put(const DocumentContent& content) override;
    Result<bool> remove(DocumentId document) override;
    Result<std::vector<DocumentRecord>> documents(const Filter& filter) override;
    StoreExtent extent(const Filter& filter) override { return m_documents.extent(filter); }
    Result<std::vector<Found>> findText(const TextTerms& terms, const Filter& filter,
                                        size_t count) override;
    Result<std::vector<Found>> findNear(const EmbedderKey& embedder, std::span<const float> query,
                                        const Filter& filter, size_t count) override;
    Result<std::vector<StoredChunk>> chunks(std::span<const ChunkId> ids) override;
    Result<std::vector<StoredChunk>> documentChunks(DocumentId document, uint32_t from,
                                                    size_t count) override;
    Result<std::string> pageText(DocumentId document, uint32_t page, TextRange range) override;
    Result<std::string> pageLabel(DocumentId document, uint32_t page) override;
    Result<StoreStatus> status() override;

    Result<std::vector<CollectionRecord>> collections() override;
    Result<void> addRoot(const std::string& collection, const std::string& path) override;
    Result<void> exclude(const std::string& collection, const std::string& path) override;
    Result<void> forgetPath(const std::string& collection, const std::string& path) override;
    Result<void> removeCollection(const std::string& name) override;
    Result<void> setEmbedder(const std::string& collection, const std::string& embedder,
                             const std::string& model) override;
    Result<std::vector<FailureRecord>> failures() override;
    Result<void> recordFailure(const FailureRecord& failure) override;
    Result<void> forgetFailure(const std::string& collection, const std::string& path) override;
    Result<std::vector<DocumentWarning>> warnings() override;
    Result<void> restamp(DocumentId document, int64_t modified, int64_t stamp) override;
    Result<std::vector<LackingDocument>> lackingVectors(const EmbedderKey& embedder) override;
    Result<std::vector<ChunkId>> chunksLackingVectors(const EmbedderKey& embedder,
                                                      DocumentId document) override;
    Result<void> putVectors(const EmbedderKey& embedder, std::span<const ChunkId> chunks,
                            std::span<const float> vectors) override;
    Result<void> forgetUnusedEmbedders() override;

    /// Writes the indexes that changed.
    [[nodiscard]] Result<void> flush();
    /// Looks at everything: SQLite's own check, the full text against the chunks, every chunk
    /// against its page, every vector, the indexes and their files. Each finding is a sentence;
    /// none: all is well. Nothing is changed.
    [[nodiscard]] Result<std::vector<std::string>> verify();
    /// Makes full text and indexes again from what the database holds; afterwards nothing of what
    /// was removed is left in the files.
    [[nodiscard]] Result<void> rebuild();
    /// True: it lies where nothing can be written, and what would change it fails.
    [[nodiscard]] bool readOnly() const { return m_readOnly; }
    /// What opening had to mend, in sentences.
    [[nodiscard]] const std::vector<std::string>& notes() const { return m_notes; }

private:
    struct Connection {
        Database database;
        std::mutex mutex;  // guards the database
    };

    SqliteStore(std::filesystem::path folder, std::optional<FileLock> lock, Database writer,
                Database reader, const Options& options);
    static Result<std::unique_ptr<SqliteStore>> openToRead(const std::filesystem::path& folder,
                                                           Options options);
    [[nodiscard]] Result<void> load();

    /// Adds the root, or the exclusion.
    [[nodiscard]] Result<void> addPath(const std::string& collection, const std::string& path,
                                       bool excluded);
    struct CountedTerm {
        std::string expression;  // as MATCH takes it
        double count = 0;        // of chunks that have it
    };
    /// The MATCH expression of terms, and what alcove_rank() wants beside it.
    struct TextSearch {
        std::string expression;      // empty: nothing can be found
        std::vector<double> counts;  // of its phrases
        bool complete = true;        // what has common words alone is found, too
    };
    /// Those that stand anywhere, the rarest first. Under m_reader.mutex, as what follows.
    [[nodiscard]] Result<std::vector<CountedTerm>> countTerms(const TextTerms& terms);
    [[nodiscard]] Result<double> countOf(const std::string& expression, int64_t first,
                                         int64_t last);
    [[nodiscard]] static TextSearch textSearch(const std::vector<CountedTerm>& terms,
                                               double mostLeading);
    [[nodiscard]] Result<std::vector<Found>> searchText(const TextSearch& search,
                                                        const IdRanges* allowed, size_t count);
    /// The best `count`, the best first, each with its place; without those that are gone.
    void keepBest(std::vector<Found>& found, size_t count) const;

    std::filesystem::path m_folder;
    std::optional<FileLock> m_lock;  // nothing: it cannot be locked, nor changed
    Connection m_writer, m_reader;
    bool m_saveIndexes;
    bool m_readOnly = false;
    DocumentTable m_documents;
    // Guarded by m_reader.mutex:
    TextLengths m_lengths;
    struct {
        std::unordered_map<std::string, double> counts;  // by CountedTerm::expression
        int64_t chunks = 0, last = 0;                    // what the library had, up to which id
    } m_common;                                          // words that take long to count
    EmbedderIndexes m_indexes;
    std::vector<std::string> m_notes;
};

}  // namespace alcove::rag
