#include "app/library/removal.h"

#include "app/library/scan.h"

namespace alcove::app {
namespace {

/// What lies in `path`; all of the collection where it is empty.
Result<void> removeDocuments(Library& library, const std::string& collection,
                             const std::string& path, Removal& removal) {
    const auto lies = [&](const std::string& name) { return path.empty() || isWithin(name, path); };
    rag::Filter filter;
    filter.collections = {collection};
    ALCOVE_TRY(const std::vector<rag::DocumentRecord> documents, library.documents(filter));
    for (const rag::DocumentRecord& document : documents) {
        if (!lies(document.path)) continue;
        ALCOVE_TRY(const bool removed, library.store().remove(document.id));
        removal.documents += removed;
    }
    ALCOVE_TRY(const std::vector<rag::FailureRecord> failures, library.store().failures());
    for (const rag::FailureRecord& failure : failures) {
        if (failure.collection != collection || !lies(failure.path)) continue;
        ALCOVE_CHECK(library.store().forgetFailure(collection, failure.path));
        ++removal.failures;
    }
    return {};
}

Result<void> removeFrom(Library& library, const rag::CollectionRecord& collection,
                        const std::string& path, Removal& removal) {
    // First what decides whether it comes back: a kill in between leaves nothing that returns.
    bool held = false;
    for (const std::string& root : collection.roots) {
        if (isWithin(root, path)) {
            ALCOVE_CHECK(library.store().forgetPath(collection.name, root));
            removal.known = true;
        } else {
            held = held || isWithin(path, root);
        }
    }
    std::error_code ignored;
    Result<void> excluded;
    if (held && std::filesystem::exists(pathFrom(path), ignored)) {
        excluded = library.store().exclude(collection.name, path);
        removal.known = true;
    }
    library.noteRemoval();  // of the roots at least, which are forgotten already
    ALCOVE_CHECK(excluded);
    const size_t before = removal.documents + removal.failures;
    ALCOVE_CHECK(removeDocuments(library, collection.name, path, removal));
    removal.known = removal.known || removal.documents + removal.failures > before;
    return {};
}

}  // namespace

Result<Removal> removePath(Library& library, const std::string& path,
                           const std::string& collection) {
    Removal removal;
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    for (const rag::CollectionRecord& record : collections)
        if (collection.empty() || record.name == collection)
            ALCOVE_CHECK(removeFrom(library, record, path, removal));
    if (removal.documents > 0) library.forgetPrefill();
    return removal;
}

Result<Removal> removeCollection(Library& library, const std::string& name) {
    Removal removal;
    ALCOVE_TRY(const std::vector<rag::CollectionRecord> collections, library.store().collections());
    for (const rag::CollectionRecord& record : collections) {
        if (record.name != name) continue;
        removal.known = true;
        for (const std::string& root : record.roots)
            ALCOVE_CHECK(library.store().forgetPath(name, root));
        library.noteRemoval();
        ALCOVE_CHECK(removeDocuments(library, name, {}, removal));
        ALCOVE_CHECK(library.store().removeCollection(name));
    }
    if (removal.documents > 0) library.forgetPrefill();
    return removal;
}

}  // namespace alcove::app
