// Files made-up documents one by one until all are there, and says each on standard output once it
// is committed. The test kills it on the way and starts it again.
//
//   store_writer FOLDER COUNT
#include <cstdio>
#include <cstdlib>
#include <set>

#include "made_up.h"
#include "rag/store/sqlite_store.h"

using namespace alcove;
using namespace alcove::rag;

namespace {

Result<void> writeAll(const char* folder, unsigned count) {
    ALCOVE_TRY(const auto store, SqliteStore::open(folder));
    ALCOVE_TRY(const std::vector<DocumentRecord> held, store->documents({}));
    std::set<std::string> there;
    for (const DocumentRecord& record : held) there.insert(record.path);
    for (unsigned i = 0; i < count; ++i) {
        DocumentContent content = test::madeUp(i);
        if (there.count(content.record.path) > 0) continue;
        // Every third replaces an earlier form of itself, so that a kill meets a removal too.
        if (i % 3 == 0) {
            DocumentContent earlier = test::documentOf(content.record.path, {"earlier form"});
            test::addVectors(earlier, 7);
            earlier.record.hash = "earlier";
            ALCOVE_TRY(const DocumentId replaced, store->put(earlier));
            (void)replaced;
        }
        ALCOVE_TRY(const DocumentId id, store->put(content));
        (void)id;
        std::printf("%u\n", i);
        std::fflush(stdout);
        if (i % 5 == 4) ALCOVE_CHECK(store->flush());
    }
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const Result<void> done = writeAll(argv[1], static_cast<unsigned>(std::atoi(argv[2])));
    if (!done.ok()) std::fprintf(stderr, "%s\n", done.message().c_str());
    return done.ok() ? 0 : 1;
}
