#include "app/library/choose_embedder.h"

#include <utility>

#include "app/models/folder.h"

namespace alcove::app {
namespace fs = std::filesystem;

namespace {

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

}  // namespace

Result<void> chooseEmbedder(Library& library, const std::string& asked, const EmbedderLoader& load,
                            std::vector<std::string>& notes) {
    ALCOVE_TRY(const Recorded before, recorded(library));
    fs::path file;
    std::error_code ignored;
    if (!asked.empty()) {
        ALCOVE_TRY(file, findModel(asked, modelsFolder()));
    } else if (!before.file.empty() && fs::is_regular_file(before.file, ignored)) {
        file = before.file;
    } else if (auto starter = findModel(std::string(kStarterEmbeddingModel), modelsFolder())) {
        file = *starter;
    }
    library.useEmbedder(nullptr, {});
    if (file.empty()) {
        notes.push_back(concat("there is no embedding model (", kStarterEmbeddingModel,
                               " is not in the models' folder): passages are found by their words "
                               "alone"));
        return {};
    }
    auto embedder = load(file);
    if (!embedder) {
        if (!asked.empty()) return embedder.error();
        notes.push_back(embedder.message() + "; passages are found by their words alone");
        return {};
    }
    if (!before.embedder.empty() && before.embedder != (*embedder)->name())
        notes.push_back(concat("the vectors of this library are of ", before.embedder, ", not of ",
                               (*embedder)->name(),
                               ": until ingest has made others, its passages are found by their "
                               "words"));
    library.useEmbedder(std::move(*embedder), fs::absolute(file, ignored).string());
    return {};
}

}  // namespace alcove::app
