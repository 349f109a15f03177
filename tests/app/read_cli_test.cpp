// alcove-cli read, as people and scripts meet it.
#include <QtTest>

#include "tests/app/cli_process.h"
#include "tests/rag/reader/pdf_maker.h"

using alcove::test::PdfMaker;
using nlohmann::json;

class ReadCliTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    QString save(const char* name, const QByteArray& bytes) {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("the test's folder can not be written to");
        return file.fileName();
    }

private slots:
    void printsText() {
        const Run done = run({"read", save("über.md", "# Head\n\nSome *text*\nof two lines.\n")});
        QCOMPARE(done.error, QByteArray());
        QCOMPARE(done.code, 0);
        QCOMPARE(done.out, QByteArray("Head\n\nSome text\nof two lines.\n"));
    }

    void printsPagesInOrder() {
        const Run done = run({"read", save("a.pdf", PdfMaker()
                                                        .page(PdfMaker::show("One.", 72, 700))
                                                        .page("")
                                                        .page(PdfMaker::show("Two.", 72, 700))
                                                        .bytes())});
        QCOMPARE(done.code, 0);
        QCOMPARE(done.out, QByteArray("One.\n\nTwo.\n"));
    }

    void printsJson() {
        const Run done = run({"read", save("a.csv", "Name,Age\nAnna,5\n"), "--json"});
        QCOMPARE(done.code, 0);
        const json document = parsed(done.out);
        QCOMPARE(document["kind"], json("csv"));
        QCOMPARE(document["pages"][0]["text"], json("Name\tAge\nAnna\t5"));
        const json& row = document["blocks"][1];
        QCOMPARE(row["kind"], json("table_row"));
        QCOMPARE(row["text"], json("Anna\t5"));
        QCOMPARE(row["range"], json({9, 15}));
        QCOMPARE(row["header"], json({"Name", "Age"}));
    }

    void takesAPassword() {
        const QString file =
            save("locked.pdf",
                 PdfMaker().page(PdfMaker::show("Secret.", 72, 700)).password("open").bytes());
        const Run without = run({"read", file});
        QCOMPARE(without.code, 1);
        QVERIFY2(without.error.contains("locked.pdf: encrypted: "), without.error.constData());
        const Run wrong = run({"read", file, "--password", "shut"});
        QCOMPARE(wrong.code, 1);
        QVERIFY2(wrong.error.contains("wrong password"), wrong.error.constData());
        const Run right = run({"read", file, "--password", "open"});
        QCOMPARE(right.code, 0);
        QCOMPARE(right.out, QByteArray("Secret.\n"));
    }

    void refuses_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("missing") << m_folder.filePath("no.txt") << QByteArray("unreadable: ");
        QTest::newRow("folder") << m_folder.path() << QByteArray("it is a folder");
        QTest::newRow("empty") << save("e.txt", "") << QByteArray("empty: ");
        QTest::newRow("mislabelled") << save("m.pdf", "hello") << QByteArray("not a PDF");
    }

    void refuses() {
        QFETCH(QString, file);
        QFETCH(QByteArray, words);
        for (const QStringList& more : {QStringList{}, QStringList{"--json"}}) {
            const Run done = run(QStringList{"read", file} + more);
            QCOMPARE(done.code, 1);
            QCOMPARE(done.out, QByteArray());
            QVERIFY2(
                done.error.startsWith("alcove-cli: " + file.toUtf8()) && done.error.contains(words),
                done.error.constData());
            QCOMPARE(done.error.count('\n'), 1);
        }
    }

    void wrongUse() {
        QCOMPARE(run({"read"}).code, 2);
        QCOMPARE(run({"read", "a", "b"}).code, 2);
        const Run help = run({"read", "--help"});
        QCOMPARE(help.code, 0);
        QVERIFY(help.out.startsWith("usage: alcove-cli read FILE"));
    }
};

QTEST_GUILESS_MAIN(ReadCliTest)
#include "read_cli_test.moc"
