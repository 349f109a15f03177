// A library that is open: what was read of the user's files, and how it is found.
//
// One process has a library open at a time; inside it all calls may come from several threads. An
// Indexer (indexer.h) fills it; whoever asks meanwhile does not wait for that: questions are
// embedded before passages, and reading the database does not wait for writing.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/library/priority_embedder.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rag/embedder.h"
#include "rag/retrieve/retriever.h"
#include "rag/store/sqlite_store.h"

namespace alcove::app {

struct LibraryOptions {
    bool create = false;         // the folder, where there is none
    std::string cpu;             // as ALCOVE_CPU
    ThreadPool* pool = nullptr;  // makes indexes quicker, while the library is opened
};

/// How the file of a document is now, by a look at its size and time.
enum class SourceState : uint8_t { Unchanged, Changed, Missing };

class Library {
public:
    /// A second process is told which one has the library open.
    static Result<std::unique_ptr<Library>> open(const std::filesystem::path& folder,
                                                 const LibraryOptions& options = {});

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder; }  // real path
    [[nodiscard]] rag::SqliteStore& store() { return *m_store; }
    /// Null: there is no model, only words find, and what is read gets no vectors. embedQuestion()
    /// comes before what is being indexed.
    [[nodiscard]] rag::Embedder* embedder() { return m_embedder.get(); }
    /// The file the embedder was made from; recorded as a hint.
    [[nodiscard]] const std::string& model() const { return m_model; }
    /// Before other threads use the library; choose_embedder.h asks it which one it wants.
    void useEmbedder(std::unique_ptr<rag::Embedder> embedder, std::string model);
    [[nodiscard]] rag::Retriever retriever() { return {*m_store, m_embedder.get()}; }

    [[nodiscard]] Result<std::vector<rag::DocumentRecord>> documents(
        const rag::Filter& filter = {}) {
        return m_store->documents(filter);
    }
    /// An error where there is none of this id.
    [[nodiscard]] Result<rag::DocumentRecord> document(rag::DocumentId id);
    /// The whole text of a page, from 0.
    [[nodiscard]] Result<std::string> pageText(rag::DocumentId document, uint32_t page);

    /// The file that a document was read from.
    [[nodiscard]] static std::filesystem::path fileOf(const rag::DocumentRecord& document);
    [[nodiscard]] static SourceState sourceState(const rag::DocumentRecord& document);

    /// Where what models computed of whole documents is kept, for the next question to them.
    [[nodiscard]] std::filesystem::path prefillFolder() const { return m_folder / "prefill"; }
    /// It holds the documents' words, so it goes when one of them does.
    void forgetPrefill() const;

    /// How often something was taken out of the library by the user's order. Who reads files in
    /// looks again, where this has risen, whether they are still wanted.
    [[nodiscard]] uint64_t removals() const { return m_removals; }
    /// Between forbidding it and deleting what is there.
    void noteRemoval() { ++m_removals; }

    /// What opening had to mend, in sentences.
    [[nodiscard]] const std::vector<std::string>& notes() const { return m_store->notes(); }

private:
    Library() = default;

    std::filesystem::path m_folder;
    std::string m_model;
    std::atomic<uint64_t> m_removals{0};
    std::unique_ptr<PriorityEmbedder> m_embedder;
    std::unique_ptr<rag::SqliteStore> m_store;
};

}  // namespace alcove::app
