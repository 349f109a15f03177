#include "rag/store/schema.h"

#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <string>

#include "rag/store/sqlite.h"

using namespace alcove;
using namespace alcove::rag;
namespace fs = std::filesystem;

class SchemaTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_file;

    Database open() {
        auto database = Database::open(m_file);
        if (!database.ok()) qFatal("%s", database.message().c_str());
        return std::move(*database);
    }

    static std::string layout(Database& database) {
        auto select = database.prepare(
            "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema "
            "ORDER BY type, name");
        if (!select.ok()) qFatal("%s", select.message().c_str());
        std::string all;
        while (*select->step()) all += std::string(select->text(0)) + '\n';
        return all;
    }

private slots:
    void init() {
        QByteArray name = QTest::currentTestFunction();
        if (QTest::currentDataTag()) name += QTest::currentDataTag();
        m_file = fs::path(m_dir.path().toStdString()) / name.toStdString();
    }

    void aNewDatabaseGetsAllSteps() {
        Database database = open();
        QVERIFY(migrate(database).ok());
        QCOMPARE(*database.number("PRAGMA user_version"), newestSchema());
        QCOMPARE(*database.number("PRAGMA application_id"), kApplicationId);
        const std::string before = layout(database);
        QVERIFY(before.find("chunk_text") != std::string::npos);
        QVERIFY(migrate(database).ok());  // again changes nothing
        QCOMPARE(layout(database), before);
    }

    void everyOlderVersionIsBroughtUp_data() {
        QTest::addColumn<int64_t>("version");
        for (int64_t version = 0; version <= newestSchema(); ++version)
            QTest::addRow("%d", static_cast<int>(version)) << version;
    }
    void everyOlderVersionIsBroughtUp() {
        QFETCH(const int64_t, version);
        Database database = open();
        QVERIFY(migrate(database, version).ok());
        QCOMPARE(*database.number("PRAGMA user_version"), version);
        if (version >= 1)
            QVERIFY(database
                        .execute("INSERT INTO collections (name) VALUES ('kept');"
                                 "INSERT INTO documents (collection, path, title, kind, modified, "
                                 "bytes, hash, first_chunk, chunk_count) "
                                 "VALUES (1, 'a.txt', 'A', 'text', 7, 8, 'h', 0, 0)")
                        .ok());
        QVERIFY(migrate(database).ok());
        if (version >= 1)
            QCOMPARE(*database.number("SELECT count(*) FROM collections WHERE name = 'kept'"),
                     int64_t{1});
        // A document of before has no stamp: its file is looked at again.
        if (version == 1)
            QCOMPARE(*database.number("SELECT count(*) FROM documents WHERE path = 'a.txt' AND "
                                      "modified = 7 AND stamp = 0"),
                     int64_t{1});
        auto another = Database::open(m_file.string() + "-new");
        QVERIFY(another.ok() && migrate(*another).ok());
        QCOMPARE(layout(database), layout(*another));
    }

    void aStepThatFailsLeavesTheOldVersion() {
        Database database = open();
        QVERIFY(database.execute(concat("PRAGMA application_id = ", kApplicationId).c_str()).ok());
        QVERIFY(database.execute("CREATE TABLE chunks (id)").ok());  // in the way of step 1
        const std::string before = layout(database);
        QVERIFY(!migrate(database).ok());
        QCOMPARE(*database.number("PRAGMA user_version"), int64_t{0});
        QCOMPARE(layout(database), before);
    }

    void aNewerOneIsLeftAsItIs() {
        Database database = open();
        QVERIFY(migrate(database).ok());
        QVERIFY(database.execute("PRAGMA user_version = 9999").ok());
        const auto result = migrate(database);
        QVERIFY(!result.ok());
        QVERIFY(result.message().find("newer Alcove") != std::string::npos);
    }

    void anotherProgramsIsLeftAsItIs() {
        Database database = open();
        QVERIFY(database.execute("CREATE TABLE theirs (id)").ok());
        QVERIFY(!migrate(database).ok());
        QCOMPARE(layout(database), std::string("table theirs CREATE TABLE theirs (id)\n"));
    }
};

QTEST_GUILESS_MAIN(SchemaTest)
#include "schema_test.moc"
