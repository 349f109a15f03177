#include "app/library/open_library.h"

#include <utility>

#include "app/library/engine_embedder.h"
#include "app/models/folder.h"

namespace alcove::app {

namespace fs = std::filesystem;

namespace {

Result<std::unique_ptr<rag::Embedder>> load(const fs::path& file, engine::Runtime& runtime) {
    ALCOVE_TRY(auto model, engine::Model::load(file));
    ALCOVE_TRY(auto embedder, EngineEmbedder::create(std::move(model), runtime));
    return std::unique_ptr<rag::Embedder>(std::move(embedder));
}

/// The model that the collections' vectors were made by.
struct Recorded {
    std::string embedder, file;
};

Result<Recorded> recorded(Library& library) {
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    for (const rag::CollectionRecord& collection : collections)
        if (!collection.embedder.empty()) return Recorded{collection.embedder, collection.model};
    return Recorded{};
}

Result<void> useModel(const LibraryChoice& choice, OpenedLibrary& opened,
                      std::vector<std::string>& notes) {
    ALCOVE_TRY(const Recorded before, recorded(*opened.library));
    fs::path file;
    std::error_code ignored;
    const bool asked = !choice.model.empty();
    if (asked) {
        ALCOVE_TRY(file, findModel(choice.model, modelsFolder()));
    } else if (!before.file.empty() && fs::is_regular_file(before.file, ignored)) {
        file = before.file;
    } else if (auto starter = findModel(std::string(kStarterEmbeddingModel), modelsFolder())) {
        file = *starter;
    }
    if (file.empty()) {
        notes.push_back(concat("there is no embedding model (", kStarterEmbeddingModel,
                               " is not in the models' folder): passages are found by their words "
                               "alone"));
        return {};
    }
    auto embedder = load(file, *opened.runtime);
    if (!embedder) {
        if (asked) return embedder.error();
        notes.push_back(embedder.message() + "; passages are found by their words alone");
        return {};
    }
    if (!before.embedder.empty() && before.embedder != (*embedder)->name())
        notes.push_back(concat("the vectors of this library are of ", before.embedder, ", not of ",
                               (*embedder)->name(),
                               ": until ingest has made others, its passages are found by their "
                               "words"));
    opened.library->useEmbedder(std::move(*embedder), fs::absolute(file, ignored).string());
    return {};
}

}  // namespace

Result<OpenedLibrary> openLibrary(const LibraryChoice& choice, std::vector<std::string>& notes) {
    OpenedLibrary opened;
    ALCOVE_TRY(opened.runtime, engine::Runtime::create(choice.threads, choice.cpu));
    LibraryOptions options;
    options.create = choice.create;
    options.cpu = choice.cpu;
    options.pool = &opened.runtime->pool();
    ALCOVE_TRY(opened.library, Library::open(choice.folder, std::move(options)));
    notes.insert(notes.end(), opened.library->notes().begin(), opened.library->notes().end());
    if (choice.needsModel) ALCOVE_CHECK(useModel(choice, opened, notes));
    return opened;
}

}  // namespace alcove::app
