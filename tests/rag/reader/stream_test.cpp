// The stream from the reader: what BlockWriter writes StreamParser understands, and what no reader
// should send is refused.
#include <QtTest>

#include "rag/reader/block_writer.h"
#include "rag/reader_client/stream_parser.h"

using namespace alcove;
using namespace alcove::rag;

namespace {
const std::string kHead =
    "{\"document\":{\"version\":1,\"kind\":\"text\"}}\n{\"page\":{\"kind\":\"flow\"}}\n";
}

class StreamTest : public QObject {
    Q_OBJECT
private slots:
    void goesThere();
    void anyPieces();
    void refuses_data();
    void refuses();
    void limitHolds();
    void cleans_data();
    void cleans();
};

void StreamTest::goesThere() {
    std::string stream;
    BlockWriter out([&](std::string_view bytes) { stream += bytes; }, 1 << 20);
    out.document(SourceKind::Pdf, {"Ti\"tle", "\xC3\xBC", "", ""});
    out.page(PageKind::Page, "xii", 595.28F, 841.89F, true);
    out.heading(2, "Head\n\\ing");
    out.table({"a", "b", ""});
    const std::vector<std::string> cells = {"1", "", "x\ty\nz", ""};
    out.row(cells);
    out.row(std::vector<std::string>{"", ""});
    out.note("  keep\n\n\n  this ");
    const LineBox line{{0, 4}, {1.5F, -2.25F, 3, 4}};
    out.lines({&line, 1});
    out.warning("w");
    out.end();
    StreamParser parser;
    const auto fed = parser.feed(stream);
    QVERIFY2(fed, fed ? "" : fed.error().message.c_str());
    QVERIFY(parser.complete());
    const Document& document = parser.document();
    QCOMPARE(document.title, "Ti\"tle");
    QCOMPARE(document.author, "\xC3\xBC");
    QCOMPARE(document.pages[0].label, "xii");
    QCOMPARE(document.pages[0].width, 595.28F);
    QVERIFY(document.pages[0].scanned);
    QCOMPARE(document.pages[0].text, "Head \\ing\n\na\tb\n1\t\tx y z\n\n  keep\n\n\n  this");
    QCOMPARE(document.tables[0].header, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(document.blocks.size(), 4U);
    QCOMPARE(document.blocks[2].heading, 0U);
    QCOMPARE(document.pages[0].lines[0].box.y, -2.25F);
    QCOMPARE(document.warnings[0].page, 0U);
}

void StreamTest::anyPieces() {
    const std::string stream = kHead +
                               "{\"block\":{\"kind\":\"paragraph\",\"begin\":0,\"text\":"
                               "\"\xC3\xBC\"}}\n{\"end\":{\"blocks\":1}}\n";
    for (size_t size = 1; size < stream.size(); ++size) {
        StreamParser parser;
        for (size_t at = 0; at < stream.size(); at += size)
            QVERIFY(parser.feed(std::string_view(stream).substr(at, size)));
        QVERIFY(parser.complete());
    }
}

void StreamTest::refuses_data() {
    QTest::addColumn<QByteArray>("line");
    const auto add = [](const char* line) { QTest::newRow(line) << QByteArray(line); };
    add("nonsense");
    add("[]");
    add("{}");
    add("{\"a\":1,\"b\":2}");
    add("{\"unknown\":{}}");
    add("{\"document\":{\"version\":1,\"kind\":\"text\"}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":3,\"text\":\"x\"}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":-1,\"text\":\"x\"}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":18446744073709551615,\"text\":\"x\"}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":0,\"text\":\"\"}}");
    add("{\"block\":{\"kind\":\"poem\",\"begin\":0,\"text\":\"x\"}}");
    add("{\"block\":{\"kind\":\"heading\",\"begin\":0,\"text\":\"x\"}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":0,\"text\":\"x\",\"heading\":0}}");
    add("{\"block\":{\"kind\":\"table_row\",\"begin\":0,\"text\":\"x\",\"table\":0}}");
    add("{\"block\":{\"kind\":\"paragraph\",\"begin\":0,\"text\":\"x\",\"level\":10}}");
    add("{\"lines\":[[0,1,0,0,0,0]]}");
    add("{\"lines\":[[0]]}");
    add("{\"table\":{\"header\":[1]}}");
    add("{\"warning\":{\"page\":1,\"message\":\"x\"}}");
    add("{\"end\":{\"blocks\":1}}");
    add("{\"refused\":{\"reason\":\"encrypted\",\"message\":\"encrypted: x\"}}");
    QTest::newRow("broken UTF-8") << QByteArray(
        "{\"block\":{\"kind\":\"paragraph\",\"begin\":0,\"text\":\"\xff\"}}");
    QTest::newRow("no end of line") << QByteArray("x").repeated(StreamParser::kLongestLine + 1);
    QTest::newRow("deep") << QByteArray("[").repeated(1'000'000);
}

void StreamTest::refuses() {
    QFETCH(QByteArray, line);
    StreamParser parser;
    QVERIFY(parser.feed(kHead));
    QVERIFY(!parser.feed(line.toStdString() + "\n"));
    QVERIFY(!parser.complete());
}

void StreamTest::limitHolds() {
    std::string stream;
    BlockWriter out([&](std::string_view bytes) { stream += bytes; }, 1000);
    out.document(SourceKind::Text, {});
    out.page(PageKind::Flow, "");
    for (int i = 0; i < 100; ++i) out.paragraph("twenty bytes of text");
    QVERIFY(stream.size() < 1000);
    const auto status = out.status();
    QVERIFY(!status);
    QCOMPARE(refusalOf(status.error()), Refusal::TooLarge);
    out.refused(status.error());
    StreamParser parser;
    const auto fed = parser.feed(stream);
    QVERIFY(!fed);
    QCOMPARE(refusalOf(fed.error()), Refusal::TooLarge);
}

void StreamTest::cleans_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("prose");
    QTest::addColumn<QByteArray>("verbatim");
    QTest::newRow("blanks") << QByteArray(" a \t b \n  c\r\n\r\n\r\nd ")
                            << QByteArray("a b\nc\n\nd") << QByteArray(" a \t b\n  c\n\n\nd");
    QTest::newRow("control") << QByteArray("a\0b\x1b[1m\x7f", 7) << QByteArray("ab[1m")
                             << QByteArray("ab[1m");
    QTest::newRow("invalid") << QByteArray("a\xff\xc3") << QByteArray("a\xEF\xBF\xBD\xEF\xBF\xBD")
                             << QByteArray("a\xEF\xBF\xBD\xEF\xBF\xBD");
    QTest::newRow("invisible") << QByteArray(
                                      "so\xC2\xAD"
                                      "ft\xE2\x80\x8B")
                               << QByteArray("soft") << QByteArray("soft");
    QTest::newRow("nothing") << QByteArray(" \n\t ") << QByteArray("") << QByteArray("");
}

void StreamTest::cleans() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, prose);
    QFETCH(QByteArray, verbatim);
    QCOMPARE(QByteArray::fromStdString(cleanProse(text.toStdString())), prose);
    QCOMPARE(QByteArray::fromStdString(cleanVerbatim(text.toStdString())), verbatim);
}

QTEST_GUILESS_MAIN(StreamTest)
#include "stream_test.moc"
