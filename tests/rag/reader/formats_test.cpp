// One small document of each format, written here, and what a reader finds in it.
#include "reading.h"
#include "zip_maker.h"

using namespace alcove;
using test::outlineOf;
using test::Reading;
using test::ZipMaker;

namespace {

const QByteArray kWord =
    R"(<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"
 xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>)";
const QByteArray kWordEnd = "</w:body></w:document>";

QByteArray docx(const QByteArray& body) {
    return ZipMaker()
        .add("[Content_Types].xml", "<Types/>")
        .add("docProps/core.xml",
             R"(<c:coreProperties xmlns:c="c" xmlns:dc="d"><dc:title>The lease</dc:title>)"
             R"(<dc:creator>A. Author</dc:creator></c:coreProperties>)")
        .add(
            "word/styles.xml",
            R"(<w:styles xmlns:w="w"><w:style w:styleId="T1"><w:name w:val="heading 2"/></w:style>)"
            R"(<w:style w:styleId="X"><w:name w:val="Mine"/><w:basedOn w:val="T1"/></w:style></w:styles>)")
        .add("word/document.xml", kWord + body + kWordEnd)
        .add(
            "word/footnotes.xml",
            R"(<w:footnotes xmlns:w="w"><w:footnote w:type="separator"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>)"
            R"(<w:footnote><w:p><w:r><w:t>See annex.</w:t></w:r></w:p></w:footnote></w:footnotes>)")
        .bytes();
}

QByteArray odf(const QByteArray& type, const QByteArray& body) {
    return ZipMaker()
        .add("mimetype", "application/vnd.oasis.opendocument." + type)
        .add("meta.xml", R"(<m xmlns:dc="d"><dc:title>Open</dc:title></m>)")
        .add("content.xml",
             R"(<o:document-content xmlns:o="o" xmlns:text="t" xmlns:table="b" xmlns:office="f">)" +
                 body + "</o:document-content>")
        .bytes();
}

QByteArray pptx() {
    const QByteArray relations = R"(<Relationships xmlns="r">)";
    return ZipMaker()
        .add(
            "ppt/presentation.xml",
            R"(<p:presentation xmlns:p="p" xmlns:r="http://r"><p:sldIdLst>)"
            R"(<p:sldId id="256" r:id="rId9"/><p:sldId id="257" r:id="rId3"/></p:sldIdLst></p:presentation>)")
        .add(
            "ppt/_rels/presentation.xml.rels",
            relations +
                R"(<Relationship Id="rId3" Type="x/slide" Target="slides/slide1.xml"/>)"
                R"(<Relationship Id="rId9" Type="x/slide" Target="slides/slide2.xml"/></Relationships>)")
        .add(
            "ppt/slides/slide1.xml",
            R"(<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="body"/></p:nvPr><p:txBody>)"
            R"(<a:p><a:r><a:t>first point</a:t></a:r></a:p>)"
            R"(<a:p><a:pPr lvl="1"/><a:r><a:t>below</a:t></a:r></a:p></p:txBody></p:sp></p:sld>)")
        .add(
            "ppt/slides/slide2.xml",
            R"(<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr><p:txBody>)"
            R"(<a:p><a:r><a:t>Opening</a:t></a:r></a:p></p:txBody></p:sp>)"
            R"(<p:sp><p:nvPr><p:ph type="sldNum"/></p:nvPr><p:txBody><a:p><a:r><a:t>7</a:t></a:r></a:p></p:txBody></p:sp></p:sld>)")
        .add(
            "ppt/slides/_rels/slide2.xml.rels",
            relations +
                R"(<Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/n1.xml"/></Relationships>)")
        .add(
            "ppt/notesSlides/n1.xml",
            R"(<p:notes xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="body"/></p:nvPr><p:txBody>)"
            R"(<a:p><a:r><a:t>say hello</a:t></a:r></a:p></p:txBody></p:sp></p:notes>)")
        .bytes();
}

QByteArray xlsx() {
    return ZipMaker()
        .add(
            "xl/workbook.xml",
            R"(<workbook xmlns="w" xmlns:r="http://r"><sheets><sheet name="Budget" sheetId="1" r:id="a"/></sheets></workbook>)")
        .add(
            "xl/_rels/workbook.xml.rels",
            R"(<Relationships xmlns="r"><Relationship Id="a" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>)")
        .add(
            "xl/sharedStrings.xml",
            R"(<sst xmlns="s"><si><t>Item</t></si><si><r><t>Due </t></r><r><t>date</t></r></si><si><t>Rent</t></si></sst>)")
        .add(
            "xl/styles.xml",
            R"(<styleSheet xmlns="s"><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts>)"
            R"(<cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>)")
        .add(
            "xl/worksheets/sheet1.xml",
            R"(<worksheet xmlns="s"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c></row>)"
            R"(<row r="2"><c r="A2" t="s"><v>2</v></c><c r="B2"><v>12.5</v></c><c r="C2" s="1"><v>45292</v></c></row>)"
            R"(<row r="9"><c r="B9" t="b"><v>1</v></c><c r="C9" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>)")
        .bytes();
}

QByteArray epub() {
    return ZipMaker()
        .add("mimetype", "application/epub+zip")
        .add(
            "META-INF/container.xml",
            R"(<container xmlns="c"><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>)")
        .add(
            "O/p.opf",
            R"(<package xmlns="o" xmlns:dc="d"><metadata><dc:title>Book</dc:title></metadata><manifest>)"
            R"(<item id="one" href="a%20b.xhtml" media-type="application/xhtml+xml"/>)"
            R"(<item id="two" href="../two.xhtml" media-type="application/xhtml+xml"/></manifest>)"
            R"(<spine><itemref idref="two"/><itemref idref="one"/></spine></package>)")
        .add("O/a b.xhtml", "<html><body><h2>End</h2><p>last&nbsp;words</p></body></html>")
        .add("two.xhtml", "<html><body><h1>Start</h1><p>first words</p></body></html>")
        .bytes();
}

const QByteArray kMail =
    "Received: by somewhere\r\nFrom: =?utf-8?B?SsO8cmdlbg==?= <j@example.org>\r\nTo: "
    "all@example.org\r\n"
    "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n =?iso-8859-1?Q?_aus_Ulm?=\r\nDate: Mon, 1 Jan 2024\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\npreamble\r\n"
    "--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n"
    "--c\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
    "quoted-printable\r\n\r\n"
    "Long=\r\n line with caf=C3=A9.\r\n--c\r\nContent-Type: text/html\r\n\r\n<p>the "
    "same</p>\r\n--c--\r\n"
    "--b\r\nContent-Type: text/csv; name=\"list.csv\"\r\nContent-Disposition: attachment; "
    "filename=\"list.csv\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nTmFtZSxBZ2UKQW5uYSw1Cg==\r\n"
    "--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"x.png\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgoAAAANSUhEUgAA\r\n--b--\r\n";

}  // namespace

class FormatsTest : public QObject {
    Q_OBJECT

    Reading m_reading;

private slots:
    void reads_data();
    void reads();
    void metadata();
    void headingPaths();
    void encodings_data();
    void encodings();
    void tablesHaveHeaders();
    void longTextsAreCutAndWhole();
    void longTextsAreReadAsFarAsTheyMay_data();
    void longTextsAreReadAsFarAsTheyMay();
    void badLinesOfJsonAreNamed_data();
    void badLinesOfJsonAreNamed();
    void attachmentsKeepTheirName();
    void badAttachmentsAreWarnings();
    void nameOrContentDecides_data();
    void nameOrContentDecides();
};

void FormatsTest::reads_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("expected");
    const auto add = [](const char* tag, const QString& name, const QByteArray& bytes,
                        const QStringList& expected) {
        QTest::newRow(tag) << name << bytes << expected;
    };
    add("text", "a.txt", "First line\r\nsecond\r\n\r\n  \r\nNext  one.",
        {"paragraph | First line⏎second", "paragraph | Next one."});
    add("text of an old Mac", "a.txt", "one\rtwo\r\rthree",
        {"paragraph | one⏎two", "paragraph | three"});
    add("markdown", "a.md",
        "---\ntitle: x\n---\n# One `two`\nSome *soft* **text** with [a link](http://a.b) and 2 * 3 "
        "snake_case_name.\n"
        "- item\n  - inner\n1. first\n\n```c\nint  x;\n\n  y\n```\nUnder\n=====\n\n| A | B "
        "|\n|---|--:|\n| 1 | a\\|b |\n\n---\n> quoted\n\n    indented code\n",
        {"heading1 | One two", "paragraph | Some soft text with a link and 2 * 3 snake_case_name.",
         "list_item1 | item", "list_item2 | inner", "list_item1 | 1. first", "code | int  x;⏎⏎  y",
         "heading1 | Under", "table_header | A→B", "table_row | 1→a|b", "paragraph | quoted",
         "code |     indented code"});
    add("csv", "a.csv", "Name;Note\n\"Smith; J.\";\"says \"\"hi\"\"\nthere\"\nLee;\n",
        {"table_header | Name→Note", "table_row | Smith; J.→says \"hi\" there", "table_row | Lee"});
    add("csv without header", "a.csv", "1,2\n3,4\n", {"table_row | 1→2", "table_row | 3→4"});
    add("tsv", "a.tsv", "k\tv,w\nx\t5\n", {"table_header | k→v,w", "table_row | x→5"});
    add("json", "a.json",
        R"({"name":"Anna","tags":["a","b"],"rooms":[{"n":"hall","m2":5},{"n":"bath","m2":3}]})",
        {"paragraph | name: Anna", "heading1 | tags", "paragraph | a⏎b", "heading1 | rooms",
         "table_header | n→m2", "table_row | hall→5", "table_row | bath→3"});
    add("json lines", "a.jsonl", "{\"a\":1}\n\n{\"a\":\"x\"}\n",
        {"paragraph | a: 1", "paragraph | a: x"});
    add("code", "a.py",
        "import os\n\n\ndef f(x):\n    return x\n\n    # more\n\ndef g():\n\tpass\n",
        {"code | import os", "code | def f(x):⏎    return x⏎⏎    # more",
         "code | def g():⏎\tpass"});
    add("html", "a.html",
        "<!doctype html><title>T</title><style>x{}</style><h1>A &amp; B</h1><p>one\n two<br>three"
        "<ul><li>x<ul><li>y</ul></ul><pre>a\n  b</pre><script>no()</script><div hidden>no</div>"
        "<table><tr><th>K<th>V<tr><td>1<td>2</table><table><tr><td><h2>Layout</h2><p>text</table>",
        {"heading1 | A & B", "paragraph | one two⏎three", "list_item1 | x", "list_item2 | y",
         "code | a⏎  b", "table_header | K→V", "table_row | 1→2", "heading2 | Layout",
         "paragraph | text"});
    add("rtf", "a.rtf",
        R"({\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 A;}{\f1 B;}}{\info{\title T}}{\*\generator x}\f1 caf\'e9 \u8364?{\b bold}\par )"
        R"(\f0\'cf\'f0\f1{\footnote\pard a note}\par\pard\outlinelevel1 Head\par\pard\intbl Key\cell Value\cell\row\intbl a\cell 1\cell\row\pard end{\v hidden}.\par})",
        {"paragraph | café €bold", "paragraph | Пр", "note | a note", "heading2 | Head",
         "table_header | Key→Value", "table_row | a→1", "paragraph | end."});
    add("docx", "a.docx",
        docx(
            R"(<w:p><w:pPr><w:pStyle w:val="X"/></w:pPr><w:r><w:t>Term</w:t></w:r></w:p>)"
            R"(<w:p><w:r><w:t xml:space="preserve">Two </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del></w:p>)"
            R"(<w:p><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr></w:pPr><w:r><w:t>point</w:t></w:r></w:p>)"
            R"(<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Who</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>What</w:t></w:r></w:p></w:tc></w:tr>)"
            R"(<w:tr><w:tc><w:p><w:r><w:t>A</w:t></w:r></w:p><w:p><w:r><w:t>B</w:t></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl>)"
            R"(<w:p><w:r><w:lastRenderedPageBreak/><w:t>over</w:t></w:r></w:p><w:p><w:r><w:t>next page</w:t></w:r></w:p>)"),
        {"[page 1]", "heading2 | Term", "paragraph | Two new", "list_item2 | point",
         "table_header | Who→What", "table_row | A B", "paragraph | over", "[page 2]",
         "paragraph | next page", "note | See annex."});
    add("odt", "a.odt",
        odf("text",
            R"(<text:h text:outline-level="2">Head</text:h><text:p>a<text:s text:c="3"/>b<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>foot</text:p></text:note-body></text:note> c</text:p>)"
            R"(<text:list><text:list-item><text:p>i</text:p></text:list-item></text:list>)"
            R"(<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>H</text:p></table:table-cell></table:table-row></table:table-header-rows>)"
            R"(<table:table-row><table:table-cell><text:p>v</text:p></table:table-cell></table:table-row></table:table>)"),
        {"heading2 | Head", "paragraph | a b c", "note | foot", "list_item1 | i",
         "table_header | H", "table_row | v"});
    add("ods", "a.ods",
        odf("spreadsheet",
            R"(<table:table table:name="S1"><table:table-row><table:table-cell><text:p>K</text:p></table:table-cell><table:table-cell><text:p>D</text:p></table:table-cell></table:table-row>)"
            R"(<table:table-row><table:table-cell table:number-columns-repeated="1"><text:p>x</text:p></table:table-cell><table:table-cell office:value-type="date" office:date-value="2024-01-01"><text:p>1 Jan</text:p></table:table-cell></table:table-row>)"
            R"(<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>)"),
        {"table_header | K→D", "table_row | x→2024-01-01"});
    add("pptx", "a.pptx", pptx(),
        {"[slide 1]", "heading1 | Opening", "note | say hello", "[slide 2]",
         "list_item1 | first point", "list_item2 | below"});
    add("xlsx", "a.xlsx", xlsx(),
        {"table_header | Item→→Due date", "table_row | Rent→12.5→2024-01-01",
         "table_row | →TRUE→x"});
    add("epub", "a.epub", epub(),
        {"[chapter 1]", "heading1 | Start", "paragraph | first words", "[chapter 2]",
         "heading2 | End", "paragraph | last words"});
    add("eml", "a.eml", kMail,
        {"[message ]", "heading1 | Grüße aus Ulm",
         "note | From: Jürgen <j@example.org>⏎To: all@example.org⏎Date: Mon, 1 Jan 2024",
         "paragraph | Long line with café.", "[sheet attachment list.csv]",
         "table_header | Name→Age", "table_row | Anna→5"});
    add("mbox", "a.mbox",
        "From a Mon\nFrom: x@y\nSubject: one\n\nbody\nFrom here on it goes on\n\nFrom b "
        "Tue\nSubject: two\n\nlast\n",
        {"[message 1]", "heading1 | one", "note | From: x@y",
         "paragraph | body⏎From here on it goes on", "[message 2]", "heading1 | two",
         "paragraph | last"});
}

void FormatsTest::reads() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, expected);
    for (QString& line : expected) line.replace('\t', u'→');
    const auto document = m_reading.read(name, bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(outlineOf(*document).join("\n"), expected.join("\n"));
    // A citation is a range: it must cut exactly the block out of the page.
    uint64_t end = 0;
    uint32_t page = 0;
    for (const rag::Block& block : document->blocks) {
        if (block.page != page) end = 0;
        page = block.page;
        QVERIFY(block.range.begin >= end && block.range.end > block.range.begin);
        const std::string& text = document->pages[page].text;
        QVERIFY(block.range.end <= text.size());
        QVERIFY(text.substr(end, block.range.begin - end).find_first_not_of('\n') ==
                std::string::npos);
        end = block.range.end;
    }
}

void FormatsTest::metadata() {
    const auto word = m_reading.read("a.docx", docx(""));
    QVERIFY(word);
    QCOMPARE(word->title, "The lease");
    QCOMPARE(word->author, "A. Author");
    const auto mail = m_reading.read("a.eml", kMail);
    QCOMPARE(mail->title, "Grüße aus Ulm");
    QCOMPARE(mail->date, "Mon, 1 Jan 2024");
    QCOMPARE(m_reading.read("a.cpp", "int x;")->language, "cpp");
    QCOMPARE(m_reading.read("a.html", "<title>A\n b</title>x")->title, "A b");
    QCOMPARE(m_reading.read("a.odt", odf("text", ""))->title, "Open");
}

void FormatsTest::headingPaths() {
    const auto document = m_reading.read("a.md", "# A\nx\n## B\ny\n### C\n## D\nz\n# E\n");
    QVERIFY(document);
    QStringList paths;
    for (const rag::Block& block : document->blocks) {
        QStringList path;
        for (const std::string_view part : document->headingPath(block))
            path << QString::fromStdString(std::string(part));
        paths << path.join("/");
    }
    QCOMPARE(paths.join("|"), "|A|A|A/B|A/B|A|A/D|");
}

void FormatsTest::encodings_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected");
    const QString german = "Ärger über größere Öfen – „wirklich“ schön. ";
    QTest::newRow("utf-8 with mark") << QByteArray("\xEF\xBB\xBFgr\xC3\xBC") << QString("grü");
    QTest::newRow("utf-16 with mark") << QByteArray("\xFF\xFEg\0r\0\xFC\0", 8) << QString("grü");
    QTest::newRow("utf-16 big, with mark")
        << QByteArray("\xFE\xFF\0g\0r\0\xFC", 8) << QString("grü");
    QTest::newRow("utf-16 without mark")
        << QByteArray("p\0l\0a\0i\0n\0 \0t\0e\0x\0t\0", 20) << QString("plain text");
    QTest::newRow("utf-32") << QByteArray("\xFF\xFE\0\0a\0\0\0\xFC\0\0\0", 12) << QString("aü");
    QTest::newRow("windows-1252") << QByteArray(
                                         "\xC4rger \xFC\x62\x65r gr\xF6\xDF\x65re \xD6\x66\x65n "
                                         "\x96 \x84wirklich\x93 sch\xF6n.")
                                  << german.trimmed();
    QTest::newRow("koi8-r")
        << QByteArray(
               "\xF0\xD2\xC9\xD7\xC5\xD4, \xDC\xD4\xCF \xD0\xD2\xCF\xD3\xD4\xCF\xCA "
               "\xD4\xC5\xCB\xD3\xD4 \xCE\xC1 \xD2\xD5\xD3\xD3\xCB\xCF\xCD \xD1\xDA\xD9\xCB\xC5.")
        << QString("Привет, это простой текст на русском языке.");
    QTest::newRow("shift_jis") << QByteArray(
                                      "\x82\xB1\x82\xEA\x82\xCD\x93\xFA\x96{"
                                      "\x8C\xEA\x82\xCC\x95\xB6\x8F\x91\x82\xC5\x82\xB7\x81"
                                      "B\x82\xB1\x82\xEA\x82\xCD\x93\xFA\x96{"
                                      "\x8C\xEA\x82\xCC\x95\xB6\x8F\x91\x82\xC5\x82\xB7\x81"
                                      "B")
                               << QString("これは日本語の文書です。これは日本語の文書です。");
}

void FormatsTest::encodings() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    const auto document = m_reading.read("a.txt", bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(QString::fromStdString(document->pages[0].text), expected);
}

void FormatsTest::tablesHaveHeaders() {
    const auto document = m_reading.read("a.csv", "Name,Age\nAnna,5\nBert,6\n");
    QVERIFY(document);
    QCOMPARE(document->blocks.size(), 3U);
    for (const rag::Block& block : document->blocks)
        QCOMPARE(document->tables[block.table].header, (std::vector<std::string>{"Name", "Age"}));
}

void FormatsTest::longTextsAreCutAndWhole() {
    QByteArray line;
    while (line.size() < 3'000'000) line += "wörter " + QByteArray::number(line.size()) + " ";
    const auto document = m_reading.read("a.json", "[\"" + line + "\", 1]");
    QVERIFY2(document, document ? "" : document.message().c_str());
    QVERIFY(document->blocks.size() > 10);
    const QByteArray text = QByteArray::fromStdString(document->pages[0].text);
    QCOMPARE(text.size(), line.size() - 1 + 2);
    QVERIFY(text.startsWith(line.trimmed()));
}

void FormatsTest::longTextsAreReadAsFarAsTheyMay_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("line");
    QTest::newRow("text") << "a.txt" << QByteArray("some words of a line\n\n");
    QTest::newRow("one line") << "a.log" << QByteArray("w\xc3\xb6rter ohne ende ");
    QTest::newRow("table") << "a.csv" << QByteArray("a,b,c\n");
    QTest::newRow("json lines") << "a.jsonl" << QByteArray("{\"some\":\"words of a line\"}\n");
    QTest::newRow("code") << "a.py" << QByteArray("def some():\n    return words\n\n");
    QTest::newRow("markdown") << "a.md" << QByteArray("# Some\n\nwords of a line\n\n");
}

void FormatsTest::longTextsAreReadAsFarAsTheyMay() {
    QFETCH(QString, name);
    QFETCH(QByteArray, line);
    Reading reading;
    reading.options.limits.output = 600'000;
    const QByteArray bytes = line.repeated(1 + 2'000'000 / line.size());
    const auto document = reading.read(name, bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QVERIFY(document->pages[0].text.size() > 10'000);
    QCOMPARE(document->warnings.size(), 1U);
    QVERIFY2(document->warnings[0].message.find("only the beginning was read") != std::string::npos,
             document->warnings[0].message.c_str());
    reading.options.limits.output = 60'000'000;
    const auto whole = reading.read(name, bytes);
    QVERIFY(whole);
    QVERIFY(whole->warnings.empty());
    QVERIFY(whole->pages[0].text.starts_with(document->pages[0].text));
}

void FormatsTest::badLinesOfJsonAreNamed_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QStringList>("outline");
    QTest::addColumn<QStringList>("warnings");
    QTest::newRow("one line") << "a.jsonl" << QByteArray("{\"a\":1}\n{\"a\":\n\n{\"a\":3}\n")
                              << QStringList{"paragraph | a: 1", "paragraph | a: 3"}
                              << QStringList{"line 2 is not JSON and was left out"};
    QTest::newRow("the last, cut off")
        << "a.ndjson" << QByteArray("{\"a\":1}\n{\"a\":2}\n{\"a\":\"wo")
        << QStringList{"paragraph | a: 1", "paragraph | a: 2"}
        << QStringList{"line 3 is not JSON and was left out"};
    QByteArray many = "{\"a\":1}\n";
    QStringList left;
    for (int i = 0; i < 24; ++i) {
        many += "{\"a\":2}\nx\n";
        if (i < 20) left << QString("line %1 is not JSON and was left out").arg(2 * i + 3);
    }
    QTest::newRow("many") << "a.jsonl" << many
                          << QStringList{"paragraph | a: 1"} +
                                 QStringList(QList<QString>(24, "paragraph | a: 2"))
                          << left + QStringList{"4 more lines are not JSON and were left out"};
    QTest::newRow("in the midst of a value")
        << "a.json" << QByteArray("{\n  \"name\": \"Anna\",\n  \"age\": 5,,\n  \"x\": 1\n}\n")
        << QStringList{"paragraph | {⏎\"name\": \"Anna\",⏎\"age\": 5,,⏎\"x\": 1⏎}"}
        << QStringList{"it is not JSON from line 3 on; all of it was read as plain text"};
}

void FormatsTest::badLinesOfJsonAreNamed() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QStringList, outline);
    QFETCH(QStringList, warnings);
    const auto document = m_reading.read(name, bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(outlineOf(*document), outline);
    QStringList said;
    for (const rag::Warning& warning : document->warnings)
        said << QString::fromStdString(warning.message);
    QCOMPARE(said, warnings);
}

void FormatsTest::attachmentsKeepTheirName() {
    const auto mail = m_reading.read("a.eml", kMail);
    QVERIFY(mail);
    QCOMPARE(mail->pages.size(), 2U);
    QCOMPARE(mail->pages[1].label, "attachment list.csv");
}

void FormatsTest::badAttachmentsAreWarnings() {
    const auto mail = m_reading.read("a.eml", kMail);
    QVERIFY(mail);
    QCOMPARE(mail->warnings.size(), 1U);
    QVERIFY(mail->warnings[0].message.find("x.png") != std::string::npos);
}

void FormatsTest::nameOrContentDecides_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("kind");
    QTest::newRow("docx without a name") << "a" << docx("<w:p/>") << "docx";
    QTest::newRow("unknown extension") << "a.part" << pptx() << "pptx";
    QTest::newRow("html") << "index" << QByteArray("  <!DOCTYPE HTML><p>x") << "html";
    QTest::newRow("mail") << "msg" << QByteArray("Return-Path: <a>\nSubject: b\n\nc") << "eml";
    QTest::newRow("rtf") << "x" << QByteArray("{\\rtf1 a}") << "rtf";
    QTest::newRow("text that speaks of PDF")
        << "a.txt" << QByteArray("A file begins with %PDF-1.4.") << "text";
}

void FormatsTest::nameOrContentDecides() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(QString, kind);
    const auto document = m_reading.read(name, bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(QString::fromStdString(std::string(rag::name(document->kind))), kind);
}

QTEST_GUILESS_MAIN(FormatsTest)
#include "formats_test.moc"
