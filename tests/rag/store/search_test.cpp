// Searching a store that changes, with filters: what it answers from memory against the database.
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <random>
#include <set>

#include "made_up.h"
#include "rag/store/sqlite_store.h"
#include "tests/support/must.h"

using namespace alcove;
using namespace alcove::rag;
using namespace alcove::rag::test;
namespace fs = std::filesystem;

namespace {

constexpr std::array kKinds = {"pdf", "text", "mail"};
constexpr std::array kCollections = {"papers", "letters"};

Filter filterFrom(std::mt19937& random, const std::vector<DocumentId>& documents) {
    Filter filter;
    if (random() % 3 == 0) filter.collections = {kCollections[random() % kCollections.size()]};
    if (random() % 3 == 0) filter.kinds = {kKinds[random() % kKinds.size()], "no such"};
    if (random() % 3 == 0) filter.modifiedFrom = random() % 100;
    if (random() % 3 == 0) filter.modifiedBefore = random() % 100;
    if (random() % 4 == 0)
        for (int i = 0; i < 4; ++i)
            filter.documents.push_back(documents[random() % documents.size()]);
    return filter;
}

}  // namespace

class SearchTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder;

    /// What is in memory says the same as the database.
    static void compare(SqliteStore& store, const Filter& filter) {
        const std::vector<DocumentRecord> allowed = must(store.documents(filter));
        const StoreExtent extent = store.extent(filter);
        QCOMPARE(extent.documents, uint64_t(allowed.size()));
        uint64_t chunks = 0;
        std::set<DocumentId> ids;
        for (const DocumentRecord& record : allowed) {
            chunks += record.chunks;
            ids.insert(record.id);
        }
        QCOMPARE(extent.chunks, chunks);
        // Every chunk has this word; and among few all vectors are looked at.
        for (const bool near : {false, true}) {
            if (near && filter.empty()) continue;
            const auto found = near ? must(store.findNear(kEmbedder, vectorOf(1), filter, 100'000))
                                    : must(store.findText({"shared"}, filter, 100'000));
            QCOMPARE(found.size(), size_t(chunks));
            for (const Found& one : found) {
                QVERIFY(ids.contains(one.document));
                const std::vector<StoredChunk> stored =
                    must(store.chunks(std::span(&one.chunk, 1)));
                QCOMPARE(stored.size(), size_t{1});
                QCOMPARE(one.document, stored[0].document);
                QCOMPARE(one.ordinal, stored[0].ordinal);
            }
        }
    }

private slots:
    void init() { m_folder = fs::path(m_dir.path().toStdString()) / QTest::currentTestFunction(); }

    void memoryFollowsTheDatabase() {
        std::mt19937 random(5);
        std::vector<DocumentId> given;
        auto store = must(SqliteStore::open(m_folder));
        for (int step = 0; step < 400; ++step) {
            const auto choice = random() % 10;
            if (choice < 7 || given.empty()) {
                std::string page;
                for (auto lines = random() % 4; lines > 0; --lines)  // also none
                    page += "shared word" + std::to_string(random() % 9) + "\n";
                // Some paths come again: these documents are replaced.
                DocumentContent content = documentOf(std::to_string(random() % 150), {page});
                content.record.collection = kCollections[random() % kCollections.size()];
                content.record.kind = kKinds[random() % kKinds.size()];
                content.record.modified = random() % 100;
                addVectors(content, static_cast<unsigned>(step));
                given.push_back(must(store->put(content)));
            } else if (choice < 9) {
                (void)must(store->remove(given[random() % given.size()]));
            } else {
                const DocumentId document = given[random() % given.size()];
                QVERIFY(store->restamp(document, random() % 100, step).ok());
            }
            if (step % 100 == 99) {
                store.reset();
                store = must(SqliteStore::open(m_folder));
            }
            if (step % 10 == 0) compare(*store, filterFrom(random, given));
        }
        // Nearly all go: what is left of them in memory is tidied up.
        std::vector<DocumentRecord> left = must(store->documents({}));
        while (left.size() > 3) {
            QVERIFY(must(store->remove(left.back().id)));
            left.pop_back();
        }
        compare(*store, {});
        for (int i = 0; i < 20; ++i) compare(*store, filterFrom(random, given));
    }

    void damagedPlacesAreToldAndDoNoHarm() {
        {
            const auto store = must(SqliteStore::open(m_folder));
            for (const char* path : {"a", "b", "c"})
                (void)must(store->put(documentOf(path, {"shared line\nshared other"})));
        }
        for (const char* place : {"first_chunk = 9223372036854775807", "first_chunk = -5",
                                  "first_chunk = 3, chunk_count = -2", "first_chunk = 1"}) {
            {
                auto database = must(Database::open(m_folder / "library.db"));
                const std::string sql =
                    std::string("UPDATE documents SET ") + place + " WHERE path = 'b'";
                QVERIFY(database.execute(sql.c_str()).ok());
            }
            const auto store = must(SqliteStore::open(m_folder));
            Filter some;
            some.kinds = {"text"};
            QVERIFY(must(store->findText({"shared"}, {}, 10)).size() >= 4);
            QVERIFY(must(store->findText({"shared"}, some, 10)).size() >= 4);
            QVERIFY(!must(store->verify()).empty());
            (void)must(store->put(documentOf("b", {"shared line\nshared other"})));
            QCOMPARE(must(store->verify()), std::vector<std::string>());
        }
    }

    /// Leading words that are common elsewhere may be rare in what a filter leaves, or absent.
    void aFilterGetsItsShareOfCommonWords() {
        const auto store = must(SqliteStore::open(m_folder));
        std::string page;
        for (int i = 0; i < 12'000; ++i) page += i % 2 == 0 ? "rare usual\n" : "usual x\n";
        (void)must(store->put(documentOf("many", {page})));
        std::vector<DocumentId> few;
        for (int i = 0; i < 60; ++i) {  // scattered among others
            DocumentContent one = documentOf("few " + std::to_string(i), {"usual y\nother"});
            one.record.kind = "mail";
            few.push_back(must(store->put(one)));
            (void)must(store->put(documentOf("between " + std::to_string(i), {"rare usual"})));
        }
        Filter mail;
        mail.kinds = {"mail"};
        const auto found = must(store->findText({"usual", "rare"}, mail, 200));
        QCOMPARE(found.size(), size_t{60});
        for (const Found& one : found)
            QVERIFY(std::find(few.begin(), few.end(), one.document) != few.end());
    }

    /// A word that stands in the first chunks alone is not taken for one that stands everywhere.
    void countsOfCommonWordsAreNearlyRight() {
        const auto store = must(SqliteStore::open(m_folder));
        std::string page;
        constexpr int kChunks = 60'000, kWith = 9'000;
        for (int i = 0; i < kChunks; ++i)
            page +=
                std::string(i < kWith ? "early" : "later") + (i % 2 == 0 ? " even\n" : " odd\n");
        (void)must(store->put(documentOf("a", {page})));
        // All chunks have two words in the body, a title and a heading, and so the average length:
        // a word that stands once in the body has the score of its rarity.
        const auto score = [&](const char* word) {
            return must(store->findText({word}, {}, 1))[0].score;
        };
        const auto rarity = [&](double with) {
            return std::log((kChunks - with + 0.5) / (with + 0.5));
        };
        QVERIFY2(std::abs(score("early") / rarity(kWith) - 1) < 0.1,
                 qPrintable(QString::number(score("early"))));
        QVERIFY(score("later") < 0.01);  // in more than half
        // Once counted, it is counted anew when the library has become another.
        std::string other;
        for (int i = 0; i < 6'500; ++i) other += "early even\n";
        (void)must(store->put(documentOf("a", {other + "later odd\nlater odd"})));
        QVERIFY(score("early") < 0.01);
        QVERIFY(score("later") > 5);
    }

    void spansHoldAllAndFewOthers() {
        std::mt19937 random(3);
        for (int round = 0; round < 300; ++round) {
            std::vector<IdRanges::Range> ranges;
            for (auto count = random() % 12; count > 0; --count) {
                const int64_t first = random() % 1000;
                ranges.push_back({first, first + int64_t(random() % 30)});
            }
            const IdRanges ids(ranges);
            const size_t most = 1 + random() % 5;
            const auto spans = ids.spans(most);
            QVERIFY(spans.size() <= most);
            QCOMPARE(spans.empty(), ids.count() == 0);
            const IdRanges all(spans);
            IdRanges::Cursor cursor(ids);
            for (int64_t id = 0; id < 1040; ++id) {
                QVERIFY(!ids.contains(id) || all.contains(id));
                QCOMPARE(cursor.contains(id), ids.contains(id));
                const auto other = static_cast<int64_t>(random() % 1040);
                if (id % 7 == 0) QCOMPARE(cursor.contains(other), ids.contains(other));
            }
            if (!spans.empty()) {
                QCOMPARE(spans.front().first, ids.ranges().front().first);
                QCOMPARE(spans.back().end, ids.ranges().back().end);
            }
        }
        const IdRanges apart({{1, 2}, {5, 6}, {100, 120}, {121, 122}});
        QCOMPARE(apart.spans(2).size(), size_t{2});
        QCOMPARE(apart.spans(2)[0].end, int64_t{6});
        QCOMPARE(apart.spans(8).size(), size_t{4});
    }
};

QTEST_GUILESS_MAIN(SearchTest)
#include "search_test.moc"
