// Opening what is no whole library any more, or lies where nothing can be written.
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "engine/base/file_lock.h"
#include "engine/base/paths.h"
#include "made_up.h"
#include "rag/store/schema.h"
#include "rag/store/sqlite_store.h"
#include "tests/support/must.h"

#ifdef __unix__
#include <unistd.h>
#endif

using namespace alcove;
using namespace alcove::rag;
using namespace alcove::rag::test;
namespace fs = std::filesystem;

namespace {

Result<std::unique_ptr<SqliteStore>> openThere(const fs::path& folder) {
    SqliteStoreOptions options;
    options.create = false;
    return SqliteStore::open(folder, options);
}

void makeLibrary(const fs::path& folder) {
    const auto store = must(SqliteStore::open(folder));
    DocumentContent content = documentOf("a", {"some words\nother words"});
    addVectors(content, 1);
    (void)must(store->put(content));
}

void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

#ifdef __unix__
/// Takes the permission to write in a folder, also from root; gives it back at the end.
class NotWritable {
public:
    explicit NotWritable(fs::path folder) : m_folder(std::move(folder)) {
        constexpr auto kRead =
            fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
        constexpr auto kEnter =
            fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
        for (const auto& entry : fs::directory_iterator(m_folder))
            fs::permissions(entry.path(), kRead);
        fs::permissions(m_folder, kRead | kEnter);
        fs::permissions(m_folder.parent_path(), fs::perms::owner_all | kRead | kEnter);
        constexpr uid_t kNobody = 65534;
        if (m_user == 0 && ::seteuid(kNobody) != 0) qFatal("root cannot be left");
    }
    ~NotWritable() {
        if (m_user == 0 && ::seteuid(0) != 0) qFatal("root cannot be had back");
        fs::permissions(m_folder, fs::perms::owner_all);
    }
    NotWritable(const NotWritable&) = delete;
    NotWritable& operator=(const NotWritable&) = delete;

private:
    fs::path m_folder;
    uid_t m_user = ::geteuid();
};
#endif

}  // namespace

class OpeningTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder;

private slots:
    void init() {
        m_folder = fs::path(m_dir.path().toStdString()) /
                   (std::string(QTest::currentTestFunction()) + " a%20?#\xc3\xbc");
    }

    void anEmptyDatabaseIsNoLibrary() {
        makeLibrary(m_folder);
        write(m_folder / "library.db", "");
        auto opened = openThere(m_folder);
        QVERIFY(!opened.ok());
        QVERIFY2(opened.message().find("library.db: is empty") != std::string::npos,
                 opened.message().c_str());
        // Its index tells that it held something: nothing is begun anew in silence.
        opened = SqliteStore::open(m_folder);
        QVERIFY(!opened.ok());
        QVERIFY2(opened.message().find("though it did once") != std::string::npos,
                 opened.message().c_str());
        QCOMPARE(fs::file_size(m_folder / "library.db"), uintmax_t{0});
    }

    void aLibraryKilledWhileItWasMadeIsMadeAgain() {
        fs::create_directories(m_folder);
        write(m_folder / "library.db", "");
        QVERIFY(!openThere(m_folder).ok());
        makeLibrary(m_folder);
        QCOMPARE(must(openThere(m_folder))->extent({}).documents, uint64_t{1});
    }

#ifdef __unix__
    void whatCannotBeWrittenIsSearched() {
        makeLibrary(m_folder);
        const NotWritable closed(m_folder);
        QVERIFY(!mayWriteIn(m_folder));
        const auto store = must(openThere(m_folder));
        QVERIFY(store->readOnly());
        QCOMPARE(store->notes(), std::vector<std::string>());
        QCOMPARE(must(store->findText({"words"}, {}, 10)).size(), size_t{2});
        QCOMPARE(must(store->findNear(kEmbedder, vectorOf(1), {}, 10)).size(), size_t{2});
        QCOMPARE(must(store->documents({})).size(), size_t{1});
        QCOMPARE(must(openThere(m_folder))->extent({}).chunks, uint64_t{2});  // a second one, too
        const auto kept = store->put(documentOf("b", {"more"}));
        QVERIFY(!kept.ok());
        QVERIFY2(kept.message().find("where this user may write") != std::string::npos,
                 kept.message().c_str());
        QVERIFY(!store->verify().ok());
        QVERIFY(!store->rebuild().ok());
        QVERIFY(store->flush().ok());
        QVERIFY(!SqliteStore::open(m_folder).ok());  // to be filled
    }

    void whatWasNotClosedIsTold() {
        makeLibrary(m_folder);
        write(m_folder / "library.db-wal", "what was changed last");
        const NotWritable closed(m_folder);
        const auto store = must(openThere(m_folder));
        QCOMPARE(store->notes().size(), size_t{1});
        QVERIFY(store->notes()[0].find("was not closed") != std::string::npos);
        QCOMPARE(must(store->findText({"words"}, {}, 10)).size(), size_t{2});
    }

    void whoWritesIsNotDisturbed() {
        makeLibrary(m_folder);
        const auto writer = must(FileLock::tryAcquire(m_folder / "lock"));
        QVERIFY(writer.has_value());
        const NotWritable closed(m_folder);
        const auto opened = openThere(m_folder);
        QVERIFY(!opened.ok());
        QVERIFY2(opened.message().find("open in another program") != std::string::npos,
                 opened.message().c_str());
    }

    void anOlderOneMustBeWritten() {
        fs::create_directories(m_folder);
        {
            auto database = must(Database::open(m_folder / "library.db"));
            QVERIFY(migrate(database, 1).ok());
        }
        const NotWritable closed(m_folder);
        const auto opened = openThere(m_folder);
        QVERIFY(!opened.ok());
        QVERIFY2(opened.message().find("older Alcove") != std::string::npos,
                 opened.message().c_str());
    }
#endif
};

QTEST_GUILESS_MAIN(OpeningTest)
#include "opening_test.moc"
