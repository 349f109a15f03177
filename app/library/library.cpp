#include "app/library/library.h"

#include "app/library/scan.h"
#include "app/library/source_file.h"

namespace alcove::app {

namespace fs = std::filesystem;

Result<std::unique_ptr<Library>> Library::open(const fs::path& folder,
                                               const LibraryOptions& options) {
    std::unique_ptr<Library> library(new Library);
    ALCOVE_TRY(library->m_store,
               rag::SqliteStore::open(folder, {options.create, options.cpu, options.pool}));
    library->m_folder = realPath(folder);
    return library;
}

void Library::useEmbedder(std::unique_ptr<rag::Embedder> embedder, std::string model) {
    if (embedder != nullptr)
        m_embedder = std::make_unique<PriorityEmbedder>(std::move(embedder));
    else
        m_embedder.reset();
    m_model = std::move(model);
}

Result<rag::DocumentRecord> Library::document(rag::DocumentId id) {
    rag::Filter one;
    one.documents = {id};
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> found, m_store->documents(one));
    if (found.empty()) return fail("the library has no document ", id);
    return found.front();
}

Result<std::string> Library::pageText(rag::DocumentId document, uint32_t page) {
    return m_store->pageText(document, page, {0, UINT64_MAX});
}

void Library::forgetPrefill() const {
    std::error_code ignored;
    fs::remove_all(prefillFolder(), ignored);
}

fs::path Library::fileOf(const rag::DocumentRecord& document) { return pathFrom(document.path); }

SourceState Library::sourceState(const rag::DocumentRecord& document) {
    const auto stamp = stampOf(fileOf(document));
    if (!stamp) return SourceState::Missing;
    const bool same = stamp->bytes == document.bytes && stamp->seconds() == document.modified;
    return same ? SourceState::Unchanged : SourceState::Changed;
}

}  // namespace alcove::app
