// Blocks of documents, word by word; against md4c's own events; and texts meant to hurt.
#include "ui/markdown/markdown_parser.h"

#include <md4c.h>

#include <QtTest>

#include "describe.h"
#include "documents.h"
#include "ui/markdown/prepared_text.h"
#include "ui/markdown/rich_text.h"

using namespace alcove::ui;

class MarkdownParserTest : public QObject {
    Q_OBJECT

private slots:
    void readsBlocks_data();
    void readsBlocks();
    void closesWhatIsOpen_data();
    void closesWhatIsOpen();
    void agreesWithMd4c();
    void runsTellTheirPlace();
    void marksUnsupported();
    void citationsOnlyWhenAsked();
    void anyByte();
    void hostile_data();
    void hostile();
    void growsNoLargerThanItsText();
    void richTextIsEscaped();
    void plainTextIsMarkdown();
};

void MarkdownParserTest::readsBlocks_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("blocks");
    const auto row = [](const char* name, const char* text, QStringList blocks) {
        QTest::newRow(name) << QString::fromUtf8(text) << blocks;
    };
    row("paragraphs", "one\ntwo\n\nthree", {"p: one two", "p: three"});
    row("headings", "# a\n###### b\n\nc\n===", {"h1: a", "h6: b", "h1: c"});
    row("emphasis", "*i* **b** ***x*** ~~s~~ `c` a_b_c 2 * 3",
        {"p: {i i} {b b} {i {b x}} {s s} `c` a_b_c 2 * 3"});
    row("hard breaks", "a  \nb\\\nc", {"p: a{br}b{br}c"});
    row("lists", "- a\n  1. b\n  2. c\n- d",
        {"li list1 *: a", "li list2 1.: b", "li list2 2.: c", "li list1 *: d"});
    row("loose list", "3. a\n\n   more\n\n4. b",
        {"li list1 3.: a", "p list1: more", "li list1 4.: b"});
    row("tasks", "- [ ] a\n- [x] b", {"li list1 [ ]: a", "li list1 [x]: b"});
    row("empty item", "- \n- x", {"li list1 *:", "li list1 *: x"});
    row("item with code", "- ```sh\n  x\n  ```", {"li list1 *:", "code list1 sh: x"});
    row("heading in an item", "1. # a\n   b", {"h1 list1 1.: a", "p list1: b"});
    row("quotes", "> a\n> > b\n\nc", {"q quote1: a", "q quote2: b", "p: c"});
    row("list in a quote", "> - a", {"li list1 quote1 *: a"});
    row("code", "```cpp\nint a;\n\n  b\n```\n    c", {"code cpp: int a;\n\n  b", "code: c"});
    row("open fence", "```py\nx = 1", {"code py: x = 1"});
    row("table", "| a | b |\n|:--|--:|\n| **1** | `x` |\n| 2 |",
        {"table:<> / a | b | / {b 1} | `x` | / 2 |  |"});
    row("rule", "a\n\n---", {"p: a", "hr:"});
    row("html is text", "<b>x</b> <br>\n\n<div>\ny\n</div>",
        {"p: <b>x</b> <br>", "p: <div> y </div>"});
    row("entities", "&lt;&copy;&#955;&#x3bb;&nope; &amp;amp;", {"p: <©λλ&nope; &amp;"});
    row("links", "[a](http://x.y) <http://z>", {"p: {a http://x.y a} {a http://z http://z}"});
    row("bare addresses", "see https://a.b/c_d(e). (http://x.y/?a=1&b=2), x://no",
        {"p: see {a https://a.b/c_d(e) https://a.b/c_d(e)}. ({a http://x.y/?a=1&b=2 "
         "http://x.y/?a=1&b=2}), x://no"});
    row("reference", "[a]\n\n[a]: http://r", {"p: {a http://r a}"});
    row("image", "![al *t*](p.png)", {"p: {a p.png {image al t}}"});
    row("image without words", "![](p.png)", {"p: {a p.png {image p.png}}"});
    row("inline math", "a $x_1$ b \\(y*z*\\) c", {"p: a $x_1$ b $y*z*$ c"});
    row("money", "$5 and $6, or 7$ and 8$; US$4", {"p: $5 and $6, or 7$ and 8$; US$4"});
    row("no math in code", "`$x$` \\$y$\n\n    $z$\n\n```\n$$q$$\n```",
        {"p: `$x$` $y$", "code: $z$", "code: $$q$$"});
    row("display math", "a\n$$\n- x\n+ y\n$$\nb", {"p: a", "math: - x\n+ y", "p: b"});
    row("display in brackets", "- \\[\n  x\n  \\] then",
        {"li list1 *:", "math list1: x", "p list1: then"});
    row("display in a quote", "> \\[ a\n> = b \\]", {"math quote1: a\n= b"});
    row("display in a heading", "# $$z$$", {"h1: $z$"});
    row("math in cells", "| $a$ | b$ |\n|---|---|\n| 1 | \\(y\\) |",
        {"table:-- / $a$ | b$ | / 1 | $y$ |"});
    row("citations", "x [1]. y [2][3], [1, 2] [9] `[1]` [1](u)",
        {"p: x {cite 1}. y {cite 2}{cite 3}, {cite 1}{cite 2} [9] `[1]` {a u 1}"});
    row("escaped citation", "\\[1\\]", {"p: [1]"});
    row("line ends", "a\r\nb\r\rc", {"p: a b", "p: c"});
    row("nothing", "\n \n", {});
}

void MarkdownParserTest::readsBlocks() {
    QFETCH(QString, text);
    QFETCH(QStringList, blocks);
    QCOMPARE(describe(parseMarkdown(text, {.citations = 3})), blocks);
}

void MarkdownParserTest::closesWhatIsOpen_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QStringList>("blocks");
    const auto row = [](const char* text, QStringList blocks) {
        QTest::newRow(text) << QString::fromUtf8(text) << blocks;
    };
    row("a **b", {"p: a {b b}"});
    row("a **b*", {"p: a {b b}"});
    row("a **b ", {"p: a {b b}"});
    row("a **", {"p: a"});
    row("a *b **c", {"p: a {i b }{i {b c}}"});
    row("a `b", {"p: a `b`"});
    row("a `", {"p: a"});
    row("a ~~b", {"p: a {s b}"});
    row("2 * 3", {"p: 2 * 3"});
    row("see [text](http://exa", {"p: see text"});
    row("see [text](http://exa)", {"p: see {a http://exa text}"});
    row("fact [1", {"p: fact"});
    row("fact [1]", {"p: fact {cite 1}"});
    row("text\n-", {"p: text"});
    row("text\n- i", {"p: text", "li list1 *: i"});
    row("text\n1.", {"p: text"});
    row("a\n\n| x | y |", {"p: a"});
    row("a\n\n| x | y |\n", {"p: a"});
    row("a\n\n| x | y |\n|--", {"p: a"});
    row("| x | y |\n|---|---|\n", {"table:-- / x | y |"});
    row("| x | y |\n|---|---|\n| 1", {"table:-- / x | y | / 1 |  |"});
    row("```\nx\n``", {"code: x"});
    row("```", {"code:"});
    row("a\n$$\nx + y", {"p: a", "math open: x + y"});
    row("a\\", {"p: a"});
}

void MarkdownParserTest::closesWhatIsOpen() {
    QFETCH(QString, text);
    QFETCH(QStringList, blocks);
    QCOMPARE(describe(parseMarkdown(text, {.citations = 3, .unfinished = true})), blocks);
}

namespace {

/// What md4c says of a text, without our reading of it: its words, and how many of each block.
struct Counted {
    QByteArray words;
    QMap<int, int> blocks;
};

Counted countWithMd4c(const QByteArray& text) {
    Counted counted;
    MD_PARSER parser{};
    parser.flags = MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS | MD_FLAG_NOHTML;
    parser.enter_block = [](MD_BLOCKTYPE type, void*, void* data) {
        ++static_cast<Counted*>(data)->blocks[type];
        return 0;
    };
    parser.leave_block = [](MD_BLOCKTYPE, void*, void*) { return 0; };
    parser.enter_span = [](MD_SPANTYPE, void*, void*) { return 0; };
    parser.leave_span = [](MD_SPANTYPE, void*, void*) { return 0; };
    parser.text = [](MD_TEXTTYPE, const MD_CHAR* words, MD_SIZE size, void* data) {
        static_cast<Counted*>(data)->words += QByteArray(words, qsizetype(size));
        return 0;
    };
    md_parse(text.constData(), MD_SIZE(text.size()), &parser, &counted);
    return counted;
}

Counted count(const Blocks& blocks) {
    Counted counted;
    for (const Block& block : blocks) {
        QString words = block.kind == BlockKind::Code ? block.text : QString();
        for (const Run& run : block.runs) words += run.text;
        for (const auto& row : block.rows)
            for (const Runs& cell : row)
                for (const Run& run : cell) words += run.text;
        counted.words += words.toUtf8();
        if (block.marker != ItemMarker::None) ++counted.blocks[MD_BLOCK_LI];
        if (block.kind == BlockKind::Heading) ++counted.blocks[MD_BLOCK_H];
        if (block.kind == BlockKind::Code) ++counted.blocks[MD_BLOCK_CODE];
        if (block.kind == BlockKind::Rule) ++counted.blocks[MD_BLOCK_HR];
        if (block.kind == BlockKind::Table) ++counted.blocks[MD_BLOCK_TABLE];
    }
    return counted;
}

QByteArray withoutBlanks(QByteArray text) {
    for (const char c : {' ', '\n', '\t'}) text.replace(c, "");
    return text;
}

}  // namespace

void MarkdownParserTest::agreesWithMd4c() {
    int compared = 0;
    for (const QString& text : sampleDocuments()) {
        // What we read otherwise: formulas, entities, pictures without words; and where md4c 0.4.8
        // takes a line of backticks for the end of a fence that has ended already.
        const PreparedText prepared = prepareText(text, false);
        if (!prepared.formulas.empty() || text.contains(u'&') || text.contains("![") ||
            text.contains("x[1:]") || text.contains("col 0")) {
            continue;
        }
        QString plain = text;
        plain.replace("\r\n", "\n").replace(u'\r', u'\n');
        const Counted theirs = countWithMd4c(plain.toUtf8());
        const Counted ours = count(parseMarkdown(text));
        QCOMPARE(withoutBlanks(ours.words), withoutBlanks(theirs.words));
        for (const int type : {MD_BLOCK_LI, MD_BLOCK_H, MD_BLOCK_CODE, MD_BLOCK_HR, MD_BLOCK_TABLE})
            QVERIFY2(ours.blocks.value(type) == theirs.blocks.value(type),
                     qPrintable(QString("%1 of type %2 in\n%3")
                                    .arg(ours.blocks.value(type))
                                    .arg(type)
                                    .arg(text)));
        ++compared;
    }
    QVERIFY(compared > 30);
}

void MarkdownParserTest::runsTellTheirPlace() {
    for (const QString& text : sampleDocuments())
        for (const Block& block : parseMarkdown(text, {.citations = 3})) {
            qsizetype last = 0;
            for (const Run& run : block.runs) {
                QVERIFY(run.begin >= last - 1 && run.end <= text.size());
                last = run.begin;
                if (run.kind != RunKind::Text || run.text.size() != run.end - run.begin) continue;
                QString source = text.mid(run.begin, run.text.size());
                source.replace(u'\n', u' ').replace(u'\r', u' ');
                if (run.text != " ") QCOMPARE(run.text, source);
            }
        }
}

void MarkdownParserTest::marksUnsupported() {
    const QString text = "One is so. **Two** is [not](u). `Three`";
    Blocks blocks = parseMarkdown(text);
    markUnsupported(blocks[0], {{11, 31}});
    QCOMPARE(describe(blocks[0]),
             QString("p: One is so. {? {b Two}}{?  is }{a u {? not}}{? .} `Three`"));
    markUnsupported(blocks[0], {});
    QCOMPARE(describe(blocks[0]), describe(parseMarkdown(text)[0]));
}

void MarkdownParserTest::citationsOnlyWhenAsked() {
    QCOMPARE(describe(parseMarkdown(u"a [1]")), QStringList{"p: a [1]"});
    QCOMPARE(describe(parseMarkdown(u"a [2]", {.citations = 1})), QStringList{"p: a [2]"});
    QCOMPARE(describe(parseMarkdown(u"a [99999999999]", {.citations = 9})),
             QStringList{"p: a [99999999999]"});
}

void MarkdownParserTest::anyByte() {
    for (int a = 0; a < 256; ++a)
        for (int b = 0; b < 256; b += 5) {
            const QString text = QStringLiteral("x") + QChar(a) + QChar(b) + QStringLiteral("\ny");
            QVERIFY(parseMarkdown(text, {.citations = 2, .unfinished = true}).size() < 4);
        }
    // Half a pair, what no text may hold, and our own mark.
    const char16_t odd[] = {u'a', 0xD800, 0xDC00, 0xDC00, 0xFDD0, 0xFFFF, 0, u'b'};
    const Blocks blocks = parseMarkdown(QStringView(odd, 8));
    QCOMPARE(blocks.size(), size_t(1));
    QVERIFY(describe(blocks[0]).endsWith(u'b'));
    QVERIFY(!describe(blocks[0]).contains(QChar(0xFDD0)));
}

void MarkdownParserTest::hostile_data() {
    QTest::addColumn<QString>("text");
    const auto row = [](const char* name, QString piece, qsizetype size = 1) {
        QTest::newRow(name) << piece.repeated(std::max<qsizetype>(1, size / piece.size()));
    };
    // Ten million characters where that is quick; else what took minutes before it was bounded.
    row("plain", "word ", 10'000'000);
    row("lines", "a [b] *c*\n", 2'000'000);
    row("quotes", ">", 100'000);
    row("lists", "- ", 100'000);
    row("numbers", "1. ", 100'000);
    row("opened brackets", "[", 100'000);
    row("opened and closed", QString(100'000, '[') + QString(100'000, ']'));
    row("closed brackets in lines", "[a]\n", 1'000'000);
    row("links that do not end", "[a](", 100'000);
    row("stars", "*a **b ", 200'000);
    row("ticks", "`a ``b ", 200'000);
    row("dollars", "$a $$b ", 500'000);
    row("backslashes", "\\[ \\( ", 500'000);
    row("table", "|a", 20'000);
    row("entities", "&amp;", 500'000);
    row("fences", "```\na\n", 500'000);
    row("definitions", "[a]: b\n", 200'000);
    row("fences in items", "- ```\n", 200'000);
    row("wide table", QString("|a").repeated(500) + "\n" + QString("|---").repeated(500) + "\n" +
                          QString("|\n").repeated(20'000));
    row("one long address",
        "[a]: " + QString(100'000, 'x') + "\n\n" + QString("[a]").repeated(50'000));
}

void MarkdownParserTest::hostile() {
    QFETCH(QString, text);
    const Blocks blocks = parseMarkdown(text, {.citations = 3, .unfinished = true});
    // The size of what comes out is the measure of what was done.
    size_t units = 0;
    for (const Block& block : blocks) {
        QVERIFY(block.listDepth <= 40 && block.quoteDepth <= 40);
        units += 1 + size_t(block.text.size());
        for (const Run& run : block.runs) units += 1 + size_t(run.text.size());
        for (const auto& cells : block.rows) units += 1 + cells.size();
    }
    QVERIFY(units <= 20 * size_t(text.size()) + 10'000);
}

void MarkdownParserTest::growsNoLargerThanItsText() {
    const QString table = QString("|a").repeated(2000) + "\n" + QString("|---").repeated(2000) +
                          "\n" + QString("|\n").repeated(20'000);
    const Blocks blocks = parseMarkdown(table);
    QCOMPARE(blocks.size(), size_t(1));
    QVERIFY(blocks[0].kind == BlockKind::Code);
    QCOMPARE(blocks[0].text, table);
}

void MarkdownParserTest::richTextIsEscaped() {
    const Blocks blocks =
        parseMarkdown(u"**<b>** [x](http://a\"b) `<c>` $<$ [1]", {.citations = 1});
    QCOMPARE(
        toRichText(blocks[0].runs,
                   {.link = "#111111", .code = {}, .codeGround = {}, .unsupported = {}}),
        QString("<b>&lt;b&gt;</b> <a href=\"http://a&quot;b\"><span style=\"color: #111111;\">x"
                "</span></a> <code>&lt;c&gt;</code> <code>&lt;</code> [1]"));
}

void MarkdownParserTest::plainTextIsMarkdown() {
    const Blocks blocks = parseMarkdown(u"a **b** $x$ [1]  \nc", {.citations = 1});
    QCOMPARE(toPlainText(blocks[0].runs), QString("a b $x$ [1]\nc"));
}

QTEST_APPLESS_MAIN(MarkdownParserTest)
#include "markdown_parser_test.moc"
