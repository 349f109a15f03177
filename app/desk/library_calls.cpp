// status, verify, rebuild; remove: {"paths", "documents", "collection"}.
#include "app/desk/describe.h"
#include "app/desk/desk.h"
#include "app/desk/filter.h"
#include "app/library/removal.h"
#include "app/library/scan.h"

namespace alcove::app {
namespace {

LibraryWish withoutModel() {
    LibraryWish wish;
    wish.needsModel = false;
    return wish;
}

}  // namespace

Result<Json> Desk::status(const DeskCall& call) {
    ALCOVE_TRY(const OpenLibraries::Use use, open(call, withoutModel()));
    return describe(use.library());
}

Result<Json> Desk::verify(const DeskCall& call) {
    // What opening has to mend is not as it should be, either.
    Fields fields(call.request);
    LibraryWish wish = withoutModel();
    wish.afresh = true;
    wish.folder = pathFrom(fields.requiredText("library"));
    ALCOVE_CHECK(checked(fields));
    ALCOVE_TRY(const OpenLibraries::Use use, m_libraries.use(wish));
    std::vector<std::string> findings = use.notes();
    rag::SqliteStore& store = use.library().store();
    ALCOVE_TRY(const std::vector<std::string> found, store.verify());
    findings.insert(findings.end(), found.begin(), found.end());
    ALCOVE_TRY(const rag::StoreStatus status, store.status());
    return Json{{"sound", findings.empty()},
                {"documents", status.documents},
                {"passages", status.chunks},
                {"vectors", status.vectors},
                {"findings", findings}};
}

Result<Json> Desk::rebuild(const DeskCall& call) {
    ALCOVE_TRY(const OpenLibraries::Use use, open(call, withoutModel()));
    rag::SqliteStore& store = use.library().store();
    ALCOVE_CHECK(store.rebuild());
    ALCOVE_TRY(const rag::StoreStatus status, store.status());
    return Json{{"passages", status.chunks}, {"vectors", status.vectors}};
}

Result<Json> Desk::remove(const DeskCall& call) {
    constexpr size_t kMost = 100'000;
    Fields fields(call.request);
    std::vector<std::string> paths = fields.texts("paths", kMost);
    FilterWords words;
    words.documents = fields.texts("documents", kMost);
    words.folder = fields.text("folder");
    const std::string collection = fields.text("collection");
    ALCOVE_CHECK(checked(fields));
    ALCOVE_TRY(const OpenLibraries::Use use, open(call, withoutModel()));
    Library& library = use.library();
    if (!words.documents.empty()) {
        ALCOVE_TRY(const rag::Filter filter, filterOf(words, library));
        ALCOVE_TRY(const std::vector<rag::DocumentRecord> documents, library.documents(filter));
        for (const rag::DocumentRecord& document : documents) paths.push_back(document.path);
    }
    size_t documents = 0;
    Json unknown = Json::array();
    for (const std::string& path : paths) {
        ALCOVE_TRY(const Removal removal, removePath(library, path, collection));
        documents += removal.documents;
        if (!removal.known) unknown.push_back(shownName(path));
    }
    if (paths.empty()) {
        ALCOVE_TRY(const Removal removal, removeCollection(library, collection));
        documents += removal.documents;
        if (!removal.known) unknown.push_back("collection " + collection);
    }
    return Json{{"documents", documents}, {"unknown", unknown}};
}

}  // namespace alcove::app
