#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "made_up.h"
#include "rag/store/sqlite.h"
#include "rag/store/sqlite_store.h"
#include "tests/support/must.h"

using namespace alcove;
using namespace alcove::rag;
using namespace alcove::rag::test;
namespace fs = std::filesystem;

namespace {

#define QVERIFY_OK(result)                                                \
    do {                                                                  \
        const auto& outcome = (result);                                   \
        QVERIFY2(outcome.ok(), outcome ? "" : outcome.message().c_str()); \
    } while (false)

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::unique_ptr<SqliteStore> open(const fs::path& folder) {
    auto store = SqliteStore::open(folder);
    if (!store.ok()) qFatal("%s", store.message().c_str());
    return std::move(*store);
}

DocumentId put(SqliteStore& store, const DocumentContent& content) {
    const auto id = store.put(content);
    if (!id.ok()) qFatal("%s", id.message().c_str());
    return *id;
}

/// The bodies of what is found, the best first.
std::vector<std::string> bodies(SqliteStore& store, const Result<std::vector<Found>>& found) {
    if (!found.ok()) qFatal("%s", found.message().c_str());
    std::vector<ChunkId> ids;
    for (const Found& one : *found) ids.push_back(one.chunk);
    const auto chunks = store.chunks(ids);
    if (!chunks.ok()) qFatal("%s", chunks.message().c_str());
    std::vector<std::string> texts;
    for (const StoredChunk& chunk : *chunks) texts.push_back(chunk.chunk.body);
    return texts;
}

fs::path indexIn(const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".index") return entry.path();
    return {};
}

bool fullRun() { return qEnvironmentVariableIsSet("ALCOVE_TEST_FULL"); }

}  // namespace

class StoreTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder;
    int m_tests = 0;

    /// All that two libraries of the same documents have in common: ids may differ.
    static std::vector<std::string> everything(SqliteStore& store) {
        std::vector<std::string> all;
        const auto records = store.documents({});
        if (!records.ok()) qFatal("%s", records.message().c_str());
        for (const DocumentRecord& record : *records) {
            all.push_back(concat(record.collection, '|', record.path, '|', record.title, '|',
                                 record.hash, '|', record.chunks));
            Filter one;
            one.documents = {record.id};
            for (const std::string& body :
                 bodies(store, store.findText({"number", "word1", "word2", "word7"}, one, 100)))
                all.push_back("text " + body);
            auto near = bodies(store, store.findNear(kEmbedder, vectorOf(1), one, 100));
            for (const std::string& body : near) all.push_back("near " + body);
            for (uint32_t page = 0; page < 3; ++page) {
                const auto text = store.pageText(record.id, page, {0, 1u << 20});
                if (text.ok()) all.push_back("page " + *text);
            }
        }
        return all;
    }

private slots:
    void init() { m_folder = fs::path(m_dir.path().toStdString()) / std::to_string(m_tests++); }

    void keepsWhatItIsGiven() {
        DocumentContent content = documentOf("a.txt", {"first line\nsecond line", "", "third"});
        addVectors(content, 1);
        {
            const auto store = open(m_folder);
            put(*store, content);
        }
        const auto store = open(m_folder);
        QVERIFY(store->notes().empty());
        const auto records = store->documents({});
        QVERIFY_OK(records);
        QCOMPARE(records->size(), size_t{1});
        const DocumentRecord& record = records->front();
        QCOMPARE(record.path, content.record.path);
        QCOMPARE(record.title, content.record.title);
        QCOMPARE(record.collection, content.record.collection);
        QCOMPARE(record.kind, content.record.kind);
        QCOMPARE(record.hash, content.record.hash);
        QCOMPARE(record.modified, content.record.modified);
        QCOMPARE(record.bytes, content.record.bytes);
        QCOMPARE(record.chunks, 3u);
        const auto whole = store->documentChunks(record.id, 0, 10);
        QVERIFY_OK(whole);
        QCOMPARE(whole->size(), size_t{3});
        for (uint32_t i = 0; i < 3; ++i) {
            QCOMPARE((*whole)[i].ordinal, i);
            QCOMPARE((*whole)[i].chunk.body, content.chunks[i].body);
            QCOMPARE((*whole)[i].document, record.id);
        }
        const auto middle = store->documentChunks(record.id, 1, 1);
        QVERIFY_OK(middle);
        QCOMPARE(middle->size(), size_t{1});
        QCOMPARE(middle->front().id, (*whole)[1].id);
        QVERIFY(store->documentChunks(record.id, 3, 10)->empty());
        QVERIFY(store->documentChunks(record.id + 1, 0, 10)->empty());
        const auto found = store->findText({"line", "third"}, {}, 10);
        QVERIFY_OK(found);
        QCOMPARE(found->size(), size_t{3});
        for (const Found& one : *found) {
            const ChunkId ids[] = {one.chunk, 999999};
            const auto chunks = store->chunks(ids);
            QVERIFY_OK(chunks);
            QCOMPARE(chunks->size(), size_t{1});
            const Chunk& chunk = chunks->front().chunk;
            QCOMPARE(chunks->front().ordinal, one.ordinal);
            const Chunk& given = content.chunks[one.ordinal];
            QCOMPARE(chunk.body, given.body);
            QCOMPARE(chunk.heading, given.heading);
            QVERIFY(chunk.kind == given.kind && chunk.range == given.range &&
                    chunk.page == given.page);
            const auto cut = store->pageText(one.document, chunk.page, chunk.range);
            QVERIFY_OK(cut);
            QCOMPARE(*cut, chunk.body);
        }
        QCOMPARE(*store->pageLabel(record.id, 2), std::string("3"));
        QVERIFY(!store->pageText(record.id, 3, {0, 1}).ok());
        QCOMPARE(*store->pageText(record.id, 0, {6, 1u << 30}), std::string("line\nsecond line"));
        const auto findings = store->verify();
        QVERIFY_OK(findings);
        QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().c_str());
    }

    void vectorsComeBackBitForBit() {
        DocumentContent content = documentOf("a.txt", {"one\ntwo\nthree"});
        addVectors(content, 3);
        content.vectors[4] = -0.0f;
        content.vectors[5] = 1e-42f;  // subnormal
        put(*open(m_folder), content);
        auto database = Database::open(m_folder / "library.db");
        QVERIFY_OK(database);
        auto select = database->prepare("SELECT vector FROM vectors ORDER BY chunk");
        QVERIFY_OK(select);
        for (size_t i = 0; i < 3; ++i) {
            QVERIFY(*select->step());
            const auto row = std::as_bytes(std::span(content.vectors))
                                 .subspan(i * kDimension * 4, kDimension * 4);
            const auto blob = select->blob(0);
            QVERIFY(std::equal(blob.begin(), blob.end(), row.begin(), row.end()));
        }
    }

    void nearIsByExactCosine() {
        const auto store = open(m_folder);
        for (unsigned i = 0; i < 60; ++i) put(*store, madeUp(i));
        const std::vector<float> query = vectorOf(5);
        const auto found = store->findNear(kEmbedder, query, {}, 7);
        QVERIFY_OK(found);
        std::vector<double> all;
        for (unsigned i = 0; i < 60; ++i) {
            const DocumentContent content = madeUp(i);
            for (size_t row = 0; row < content.chunks.size(); ++row) {
                double product = 0, a = 0, b = 0;
                for (size_t k = 0; k < kDimension; ++k) {
                    const double x = query[k], y = content.vectors[row * kDimension + k];
                    product += x * y;
                    a += x * x;
                    b += y * y;
                }
                all.push_back(product / std::sqrt(a * b));
            }
        }
        std::sort(all.rbegin(), all.rend());
        QCOMPARE(found->size(), size_t{7});
        for (size_t i = 0; i < 7; ++i) QVERIFY(std::abs((*found)[i].score - all[i]) < 1e-6);
        QVERIFY(store->findNear({"another", kDimension}, query, {}, 7)->empty());
    }

    void aDocumentIsReplacedWhole() {
        const auto store = open(m_folder);
        DocumentContent before = documentOf("a", {"alpha\nbeta\ngamma"});
        addVectors(before, 1);
        const DocumentId first = put(*store, before);
        DocumentContent after = documentOf("a", {"delta"});
        addVectors(after, 2);
        const DocumentId second = put(*store, after);
        QVERIFY(first != second);
        QCOMPARE(store->documents({})->size(), size_t{1});
        QVERIFY(store->findText({"alpha", "beta"}, {}, 10)->empty());
        QCOMPARE(bodies(*store, store->findText({"delta"}, {}, 10)),
                 std::vector<std::string>{"delta"});
        QCOMPARE(bodies(*store, store->findNear(kEmbedder, vectorOf(1000), {}, 10)),
                 std::vector<std::string>{"delta"});
        QVERIFY(*store->remove(second));
        QVERIFY(!*store->remove(second));
        QVERIFY(store->findText({"delta"}, {}, 10)->empty());
        QVERIFY(store->findNear(kEmbedder, vectorOf(1000), {}, 10)->empty());
        QVERIFY(store->verify()->empty());
        const auto status = store->status();
        QVERIFY_OK(status);
        QCOMPARE(status->documents + status->chunks + status->vectors, uint64_t{0});
    }

    void wrongContentIsRefusedWhole_data() {
        QTest::addColumn<int>("mistake");
        for (int i = 0; i < 5; ++i) QTest::addRow("%d", i) << i;
    }
    void wrongContentIsRefusedWhole() {
        QFETCH(const int, mistake);
        const auto store = open(m_folder);
        put(*store, madeUp(1));
        DocumentContent content = documentOf("a", {"alpha\nbeta"});
        addVectors(content, 1);
        if (mistake == 0) content.vectors.pop_back();
        if (mistake == 1) content.chunks[1].page = 1;
        if (mistake == 2) content.chunks[1].range.end += 1;
        if (mistake == 3) content.chunks[1].body = "bets";
        if (mistake == 4) {
            content.embedder.dimension = kDimension * 2;  // the library knows it with another
            content.vectors.resize(content.vectors.size() * 2);
        }
        QVERIFY(!store->put(content).ok());
        QCOMPARE(store->documents({})->size(), size_t{1});
        put(*store, madeUp(2));  // and the store goes on
    }

    void filtersRestrict_data() {
        QTest::addColumn<int>("row");
        for (const char* name : {"nothing", "collection", "two collections", "kind", "from",
                                 "before", "between", "document", "no such", "quote"})
            QTest::newRow(name) << 0;
    }
    void filtersRestrict() {
        const auto store = open(m_folder);
        std::vector<DocumentId> ids;
        for (int i = 0; i < 6; ++i) {
            DocumentContent content = documentOf(std::to_string(i), {"shared words"});
            content.record.collection = i < 3 ? "letters" : i < 5 ? "bills" : "o'clock \"x\"";
            content.record.kind = i % 2 ? "pdf" : "text";
            content.record.modified = 100 * i;
            addVectors(content, static_cast<unsigned>(i));
            ids.push_back(put(*store, content));
        }
        const QByteArray tag = QTest::currentDataTag();
        Filter filter;
        std::vector<std::string> expected = {"0", "1", "2", "3", "4", "5"};
        if (tag == "collection") filter.collections = {"bills"}, expected = {"3", "4"};
        if (tag == "two collections")
            filter.collections = {"bills", "letters"}, expected = {"0", "1", "2", "3", "4"};
        if (tag == "kind") filter.kinds = {"pdf"}, expected = {"1", "3", "5"};
        if (tag == "from") filter.modifiedFrom = 300, expected = {"3", "4", "5"};
        if (tag == "before") filter.modifiedBefore = 300, expected = {"0", "1", "2"};
        if (tag == "between")
            filter.modifiedFrom = 100, filter.modifiedBefore = 200, expected = {"1"};
        if (tag == "document") filter.documents = {ids[4], ids[1]}, expected = {"1", "4"};
        if (tag == "no such") filter.collections = {"' OR 1=1 --"}, expected = {};
        if (tag == "quote") filter.collections = {"o'clock \"x\""}, expected = {"5"};

        std::vector<std::string> listed, text, near;
        for (const DocumentRecord& record : must(store->documents(filter)))
            listed.push_back(record.path);
        const auto pathOf = [&](const Found& found) {
            return std::to_string(std::find(ids.begin(), ids.end(), found.document) - ids.begin());
        };
        for (const Found& found : must(store->findText({"shared"}, filter, 10)))
            text.push_back(pathOf(found));
        for (const Found& found : must(store->findNear(kEmbedder, vectorOf(3), filter, 10)))
            near.push_back(pathOf(found));
        for (auto* paths : {&listed, &text, &near}) {
            std::sort(paths->begin(), paths->end());
            QCOMPARE(*paths, expected);
        }
    }

    void noTextReachesTheQueryLanguage_data() {
        QTest::addColumn<QByteArray>("term");
        for (const char* term : {"\"",
                                 "\"\"",
                                 "a\" OR \"b",
                                 "NEAR(",
                                 "alpha NOT beta",
                                 "title:",
                                 "title : alpha",
                                 "alpha*",
                                 "^alpha",
                                 "(",
                                 ")",
                                 "-alpha",
                                 "+",
                                 "AND",
                                 "OR",
                                 "NOT",
                                 "{title body}",
                                 "alpha' OR '1'='1",
                                 "; DROP TABLE chunks; --",
                                 "\\",
                                 "\xff\xfe",
                                 "\xc3",
                                 "%",
                                 "é",
                                 " ",
                                 ""})
            QTest::newRow(QByteArray("<") + term + ">") << QByteArray(term);
        QTest::newRow("null") << QByteArray("al\0pha", 6);
        QTest::newRow("long") << QByteArray(100000, 'x');
    }
    void noTextReachesTheQueryLanguage() {
        QFETCH(const QByteArray, term);
        const auto store = open(m_folder);
        put(*store, documentOf("a", {"alpha\nbeta\nNEAR title OR AND NOT é"}));
        const std::string text(term.data(), static_cast<size_t>(term.size()));
        QVERIFY_OK(store->findText({text}, {}, 10));
        QVERIFY_OK(store->findText({text, "alpha", text}, {}, 10));
        // A term is a phrase: what looks like an operator is a word to find.
        if (term == "alpha NOT beta" || term == "title:")
            QVERIFY(store->findText({text}, {}, 10)->size() <= 1 ||
                    term == "title:");  // every title has that word
        QCOMPARE(bodies(*store, store->findText({"beta"}, {}, 10)),
                 std::vector<std::string>{"beta"});
    }

    void aPhraseMustStandSo() {
        const auto store = open(m_folder);
        put(*store, documentOf("a", {"red green blue\nblue green red\ngreens"}));
        QCOMPARE(bodies(*store, store->findText({"green blue"}, {}, 10)),
                 std::vector<std::string>{"red green blue"});
        QCOMPARE(store->findText({"greens"}, {}, 10)->size(), size_t{3});  // by its stem
    }

    /// FTS5's own function is the truth.
    void scoresAreBm25() {
        std::map<ChunkId, double> found;
        {
            const auto store = open(m_folder);
            for (unsigned i = 0; i < 60; ++i) put(*store, madeUp(i));
            const TextTerms terms = {"word3", "word17", "nowhere", "word1 word2", "number7"};
            for (const Found& one : must(store->findText(terms, {}, 1000)))
                found[one.chunk] = one.score;
        }
        auto database = Database::open(m_folder / "library.db");
        QVERIFY_OK(database);
        auto select = database->prepare(
            "SELECT rowid, -bm25(chunk_text, 2.0, 1.5, 1.0) FROM chunk_text WHERE chunk_text MATCH "
            "'word3 OR word17 OR \"word1 word2\" OR number7'");
        QVERIFY_OK(select);
        size_t rows = 0;
        for (; *select->step(); ++rows) {
            const auto same = found.find(select->integer(0));
            QVERIFY(same != found.end());
            QVERIFY(std::abs(same->second - select->real(1)) <= 1e-9 * same->second);
        }
        QVERIFY(rows > 20);
        QCOMPARE(rows, found.size());
    }

    /// Where words are in very many chunks, the rarer ones choose what is scored, by all of them.
    void theRarestWordsLead() {
        const auto store = open(m_folder);
        std::string page;
        for (int i = 0; i < 8000; ++i) page += i % 100 == 0 ? "usual rare x\n" : "usual y\n";
        page += "rare z z z z z z z z z z\nrare usual other";
        put(*store, documentOf("a", {page}));
        DocumentContent small = documentOf("b", {"usual alone"});
        const DocumentId other = put(*store, small);
        const auto both = bodies(*store, store->findText({"usual", "rare"}, {}, 9000));
        QCOMPARE(both.size(), size_t{82});
        QCOMPARE(both.back(), std::string("rare z z z z z z z z z z"));
        // Too few to choose from: the next word leads too.
        QCOMPARE(store->findText({"usual", "other"}, {}, 9000)->size(), size_t{8002});
        // What a filter leaves may have the common word alone.
        Filter one;
        one.documents = {other};
        QCOMPARE(bodies(*store, store->findText({"usual", "rare"}, one, 10)),
                 std::vector<std::string>{"usual alone"});
    }

    void aSecondProcessIsTold() {
        const auto store = open(m_folder);
        QProcess writer;
        writer.start(STORE_WRITER, {QString::fromStdString(m_folder.string()), "1"});
        QVERIFY(writer.waitForFinished());
        QCOMPARE(writer.exitCode(), 1);
        const QByteArray message = writer.readAllStandardError();
        QVERIFY2(message.contains("open in another program") &&
                     message.contains(QByteArray::number(QCoreApplication::applicationPid())),
                 message.constData());
        QVERIFY(store->documents({})->empty());
    }

    void aSecondOpenerIsTold() {
        const auto store = open(m_folder);
        const auto second = SqliteStore::open(m_folder);
        QVERIFY(!second.ok());
        const QString message = QString::fromStdString(second.message());
        QVERIFY2(message.contains("open in another program"), qPrintable(message));
        QVERIFY2(message.contains(QString::number(QCoreApplication::applicationPid())),
                 qPrintable(message));
        QVERIFY2(message.contains(QString::fromStdString(m_folder.string())), qPrintable(message));
    }

    void onlyALibraryIsOpened() {
        QVERIFY(!SqliteStore::open(m_folder, {false, {}, nullptr}).ok());
        QVERIFY(!fs::exists(m_folder));
        fs::create_directories(m_folder);
        write(m_folder / "library.db", std::string(5000, 'x'));
        const auto garbage = SqliteStore::open(m_folder);
        QVERIFY(!garbage.ok());
        QVERIFY2(garbage.message().find("library.db") != std::string::npos,
                 garbage.message().c_str());
        QCOMPARE(contents(m_folder / "library.db"), std::string(5000, 'x'));
        write(m_folder / "file", "");
        QVERIFY(!SqliteStore::open(m_folder / "file").ok());
    }

    void abandonedIndexesAreMadeAgain_data() {
        QTest::addColumn<QString>("fate");
        for (const char* fate : {"missing", "empty", "half", "changed", "older", "foreign"})
            QTest::newRow(fate) << QString(fate);
    }
    void abandonedIndexesAreMadeAgain() {
        QFETCH(const QString, fate);
        std::vector<std::string> before;
        std::string older, foreign;
        if (fate == "foreign") {  // the same documents in another library
            for (unsigned i = 0; i < 40; ++i) put(*open(m_folder / "other"), madeUp(i + 1));
            foreign = contents(indexIn(m_folder / "other"));
        }
        {
            const auto store = open(m_folder);
            for (unsigned i = 0; i < 20; ++i) put(*store, madeUp(i));
            QVERIFY(store->flush().ok());
            older = contents(indexIn(m_folder));
            for (unsigned i = 20; i < 40; ++i) put(*store, madeUp(i));
            QVERIFY(*store->remove(store->documents({})->front().id));
            before = everything(*store);
        }
        const fs::path index = indexIn(m_folder);
        const std::string whole = contents(index);
        QVERIFY(whole.size() > 1000);
        if (fate == "missing") fs::remove(index);
        if (fate == "empty") write(index, "");
        if (fate == "half") write(index, whole.substr(0, whole.size() / 2));
        if (fate == "changed") write(index, whole.substr(0, 900) + '!' + whole.substr(901));
        if (fate == "older") write(index, older);
        if (fate == "foreign") write(index, foreign);
        {
            const auto store = open(m_folder);
            QCOMPARE(everything(*store), before);
            QCOMPARE(store->notes().empty(), fate == "missing" || fate == "older");
        }
        const auto store = open(m_folder);  // what was made again was saved
        QVERIFY(store->notes().empty());
        QCOMPARE(everything(*store), before);
        QVERIFY(store->rebuild().ok());
        QCOMPARE(everything(*store), before);
        QVERIFY(store->verify()->empty());
    }

    void verifyFindsDamage() {
        put(*open(m_folder), madeUp(1));
        {
            auto database = Database::open(m_folder / "library.db");
            QVERIFY_OK(database);
            QVERIFY(database->execute("UPDATE chunks SET body = 'forged' WHERE ordinal = 0").ok());
        }
        const auto findings = open(m_folder)->verify();
        QVERIFY_OK(findings);
        QVERIFY(findings->size() >= 2);  // its page and the full text disagree
    }

    void theCatalogueKeepsWhatItIsTold() {
        const std::string strange = "/caf\xe9/\xff";  // names need not be UTF-8
        {
            const auto store = open(m_folder);
            QVERIFY_OK(store->addRoot("papers", strange));
            QVERIFY_OK(store->addRoot("papers", "/a"));
            QVERIFY_OK(store->exclude("papers", "/a/b"));
            QVERIFY_OK(store->addRoot("letters", "/a"));
            QVERIFY_OK(store->setEmbedder("papers", "made up", "/models/m.gguf"));
            QVERIFY_OK(store->recordFailure({"papers", strange, 5, 6, "damaged", "damaged: x"}));
            QVERIFY_OK(store->recordFailure({"papers", strange, 7, 8, "empty", "empty: y"}));
        }
        const auto store = open(m_folder);
        const auto collections = must(store->collections());
        QCOMPARE(collections.size(), size_t{2});
        QCOMPARE(collections[0].name, std::string("letters"));
        QCOMPARE(collections[1].roots, (std::vector<std::string>{strange, "/a"}));
        QCOMPARE(collections[1].excluded, std::vector<std::string>{"/a/b"});
        QCOMPARE(collections[1].embedder, std::string("made up"));
        QCOMPARE(collections[1].model, std::string("/models/m.gguf"));
        const auto failures = must(store->failures());
        QCOMPARE(failures.size(), size_t{1});
        QCOMPARE(failures[0].path, strange);
        QCOMPARE(failures[0].stamp, int64_t{8});
        QCOMPARE(failures[0].message, std::string("empty: y"));

        DocumentContent content = documentOf(strange, {"line"});
        content.record.stamp = 9;
        content.warnings = {{0, "blurred"}, {kNone, "as a whole"}};
        const DocumentId id = put(*store, content);
        QVERIFY(must(store->failures()).empty());  // it was read after all
        QCOMPARE(must(store->documents({}))[0].path, strange);
        QCOMPARE(must(store->documents({}))[0].stamp, int64_t{9});
        const auto warnings = must(store->warnings());
        QCOMPARE(warnings.size(), size_t{2});
        QCOMPARE(warnings[0].warning.page, 0u);
        QCOMPARE(warnings[1].warning.page, kNone);
        QCOMPARE(warnings[1].warning.message, std::string("as a whole"));
        QVERIFY_OK(store->restamp(id, 10, 11));
        QCOMPARE(must(store->documents({}))[0].stamp, int64_t{11});
        QVERIFY(!store->removeCollection("papers").ok());  // not before its documents
        QVERIFY(*store->remove(id));
        QVERIFY(must(store->warnings()).empty());
        QVERIFY_OK(store->forgetPath("papers", "/a/b"));
        QVERIFY(must(store->collections())[1].excluded.empty());
        QVERIFY_OK(store->removeCollection("papers"));
        QCOMPARE(must(store->collections()).size(), size_t{1});
    }

    void vectorsMayComeLater() {
        const auto store = open(m_folder);
        DocumentContent bare = documentOf("bare", {"one\ntwo\nthree"});
        const DocumentId id = put(*store, bare);
        DocumentContent full = documentOf("full", {"four"});
        addVectors(full, 4);
        put(*store, full);
        auto lacking = must(store->lackingVectors(kEmbedder));
        QCOMPARE(lacking.size(), size_t{1});
        QCOMPARE(lacking[0].document, id);
        QCOMPARE(lacking[0].chunks, uint64_t{3});
        std::vector<ChunkId> ids = must(store->chunksLackingVectors(kEmbedder, id));
        QCOMPARE(ids.size(), size_t{3});
        std::vector<float> rows;
        for (unsigned i = 0; i < 4; ++i) {
            const auto row = vectorOf(i);
            rows.insert(rows.end(), row.begin(), row.end());
        }
        QVERIFY(!store->putVectors(kEmbedder, ids, rows).ok());  // one row too many
        ids.push_back(123456);                                   // a chunk that is gone
        QVERIFY_OK(store->putVectors(kEmbedder, ids, rows));
        QVERIFY(must(store->lackingVectors(kEmbedder)).empty());
        QCOMPARE(bodies(*store, store->findNear(kEmbedder, vectorOf(1), {}, 1)),
                 std::vector<std::string>{"two"});
        QVERIFY(store->verify()->empty());
        // Again; and an index that was saved between, with what had been removed from it.
        ids.pop_back();
        rows.resize(3 * kDimension);
        QVERIFY_OK(store->putVectors(kEmbedder, ids, rows));
        QCOMPARE(store->findNear(kEmbedder, vectorOf(1), {}, 10)->size(), size_t{4});

        // Another embedder takes their place.
        const EmbedderKey other{"other", kDimension};
        QCOMPARE(must(store->lackingVectors(other)).size(), size_t{2});
        QVERIFY_OK(store->putVectors(other, ids, rows));
        QCOMPARE(store->findNear(other, vectorOf(1), {}, 10)->size(), size_t{3});
        QCOMPARE(store->findNear(kEmbedder, vectorOf(1), {}, 10)->size(), size_t{1});
        QVERIFY_OK(store->forgetUnusedEmbedders());
        QCOMPARE(store->findNear(kEmbedder, vectorOf(1), {}, 10)->size(), size_t{1});
        for (const DocumentRecord& record : must(store->documents({})))
            QVERIFY(*store->remove(record.id));
        QVERIFY_OK(store->forgetUnusedEmbedders());
        QVERIFY_OK(store->flush());
        QVERIFY(indexIn(m_folder).empty());
        QVERIFY(store->verify()->empty());
    }

    void anEmbedderMayComeBack() {
        const EmbedderKey other{"other", kDimension};
        DocumentContent content = documentOf("a", {"one\ntwo\nthree"});
        addVectors(content, 1);
        std::vector<ChunkId> ids;
        {
            const auto store = open(m_folder);
            const DocumentId id = put(*store, content);
            DocumentContent beside = documentOf("b", {"four"});  // keeps the first embedder known
            addVectors(beside, 2);
            put(*store, beside);
            ids = must(store->chunksLackingVectors(other, id));
            QVERIFY_OK(store->putVectors(other, ids, content.vectors));
            QVERIFY_OK(store->flush());  // the first one's index knows that they were removed
        }
        fs::copy(m_folder, m_folder.string() + "-before");
        {
            const auto store = open(m_folder);
            QVERIFY_OK(store->putVectors(kEmbedder, ids, content.vectors));
            QCOMPARE(store->findNear(kEmbedder, vectorOf(1), {}, 10)->size(), size_t{4});
            QVERIFY(store->verify()->empty());
        }
        // The same after a kill, which left the indexes as they were.
        for (const auto& entry : fs::directory_iterator(m_folder.string() + "-before"))
            if (entry.path().extension() == ".index")
                fs::copy_file(entry.path(), m_folder / entry.path().filename(),
                              fs::copy_options::overwrite_existing);
        const auto store = open(m_folder);
        QCOMPARE(store->findNear(kEmbedder, vectorOf(1), {}, 10)->size(), size_t{4});
        QVERIFY(store->findNear(other, vectorOf(1), {}, 10)->empty());
        QVERIFY(store->verify()->empty());
    }

    void aKilledWriterLosesNothingCommitted() {
        const unsigned count = 60;
        const int kills = fullRun() ? 200 : 6;
        const fs::path whole = m_folder / "whole", killed = m_folder / "killed";
        fs::create_directories(m_folder);
        const auto start = [&](QProcess& writer, const fs::path& folder) {
            writer.start(STORE_WRITER,
                         {QString::fromStdString(folder.string()), QString::number(count)});
        };
        const auto runToTheEnd = [&](const fs::path& folder) {
            QProcess writer;
            start(writer, folder);
            return writer.waitForFinished() && writer.exitCode() == 0;
        };
        QVERIFY(runToTheEnd(whole));

        std::mt19937 random(4);
        int done = 0;
        while (done < kills) {
            std::set<unsigned> committed;
            if (fs::exists(killed) && random() % 8 == 0) fs::remove_all(killed);  // anew
            QProcess writer;
            start(writer, killed);
            QVERIFY(writer.waitForStarted());
            const unsigned lines = random() % 8;
            while (committed.size() < lines && writer.waitForReadyRead())
                while (writer.canReadLine()) committed.insert(writer.readLine().toUInt());
            const bool ended = writer.state() == QProcess::NotRunning;
            writer.kill();
            QVERIFY(writer.waitForFinished());
            while (writer.canReadLine()) committed.insert(writer.readLine().toUInt());
            ++done;

            const auto store = open(killed);
            std::set<std::string> there;
            for (const DocumentRecord& record : must(store->documents({})))
                if (record.hash != "earlier") there.insert(record.path);
            for (const unsigned number : committed)
                QVERIFY(there.count("document " + std::to_string(number)) == 1);
            const auto findings = store->verify();
            QVERIFY_OK(findings);
            QVERIFY2(findings->empty(), findings->empty() ? "" : findings->front().c_str());
            if (ended || there.size() == count) {
                const auto truth = open(whole);
                QCOMPARE(everything(*store), everything(*truth));
                fs::remove_all(killed);
            } else {
                // An earlier form whose later one did not come is in work, not done.
                for (const DocumentRecord& record : must(store->documents({})))
                    if (record.hash == "earlier") QVERIFY(*store->remove(record.id));
            }
        }
        QVERIFY(runToTheEnd(killed));
        QCOMPARE(everything(*open(killed)), everything(*open(whole)));
    }
};

QTEST_GUILESS_MAIN(StoreTest)
#include "store_test.moc"
