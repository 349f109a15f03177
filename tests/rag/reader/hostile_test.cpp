// Files that were made to do harm, or are just broken: each ends soon, in a refusal with its name.
#include <QElapsedTimer>

#include "pdf_maker.h"
#include "reading.h"
#include "zip_maker.h"

using namespace alcove;
using rag::Refusal;
using test::outlineOf;
using test::PdfMaker;
using test::Reading;
using test::ZipMaker;

namespace {

QByteArray word(const QByteArray& document) {
    return ZipMaker()
        .add("[Content_Types].xml", "<Types/>")
        .add("word/document.xml", document)
        .bytes();
}

QByteArray entityBomb() {
    QByteArray text = "<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaa\">";
    for (char c = 'b'; c < 'k'; ++c) {
        text += "<!ENTITY ";
        text += c;
        text += " \"";
        for (int i = 0; i < 20; ++i) text += QByteArray("&") + static_cast<char>(c - 1) + ";";
        text += "\">";
    }
    return text + "]><d>&j;</d>";
}

/// A DOCX of a few hundred KB that unpacks to 600 MB of blanks.
QByteArray zipBomb(qint64 claimed) {
    ZipMaker::Options options;
    options.claimedSize = claimed;
    return ZipMaker()
        .add("[Content_Types].xml", "<Types/>")
        .add("word/document.xml", "<d>" + QByteArray(600 << 20, ' ') + "</d>", options)
        .bytes();
}

/// An EPUB of these chapters, with a list of what is locked.
QByteArray book(const QList<QPair<QByteArray, QByteArray>>& chapters, const QByteArray& locked,
                int mentions = 1) {
    QByteArray items, spine;
    ZipMaker zip;
    zip.add("mimetype", "application/epub+zip")
        .add("META-INF/container.xml",
             "<container><rootfiles><rootfile full-path=\"p.opf\"/></rootfiles></container>")
        .add("META-INF/encryption.xml",
             "<encryption><EncryptedData><CipherData><CipherReference URI=\"" + locked +
                 "\"/></CipherData></EncryptedData></encryption>");
    for (const auto& [name, content] : chapters) {
        items += "<item id=\"" + name + "\" href=\"" + name +
                 "\" media-type=\"application/xhtml+xml\"/>";
        spine += QByteArray("<itemref idref=\"" + name + "\"/>").repeated(mentions);
        zip.add(name, content);
    }
    zip.add("p.opf",
            "<package><manifest>" + items + "</manifest><spine>" + spine + "</spine></package>");
    return zip.bytes();
}

}  // namespace

class HostileTest : public QObject {
    Q_OBJECT

    Reading m_reading;

private slots:
    void isRefused_data();
    void isRefused();
    void isReadAllTheSame_data();
    void isReadAllTheSame();
    void everyPrefix_data();
    void everyPrefix();
    void flippedBytes_data();
    void flippedBytes();
    void passwordsOpen();
    void passwordIsNotOnTheCommandLine();
    void chaptersAreReadOnce();
    void lockedChaptersAreLeftOut();
    void silenceEndsIt();
    void outputIsLimited();
    void stops();
    void cutWhileItIsRead();
    void readerThatIsMissing();
    void readerThatLies();
};

void HostileTest::isRefused_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<int>("refusal");
    QTest::addColumn<QString>("words");
    const auto add = [](const char* tag, const QString& name, const QByteArray& bytes,
                        Refusal refusal, const QString& words) {
        QTest::newRow(tag) << name << bytes << static_cast<int>(refusal) << words;
    };
    add("empty", "a.pdf", "", Refusal::Empty, "empty");
    add("text called pdf", "a.pdf", "hello", Refusal::Mislabelled, "not a PDF");
    add("zip called pdf", "a.pdf", word("<d/>"), Refusal::Mislabelled, "not a PDF");
    add("pdf called docx", "a.docx", PdfMaker().page("").bytes(), Refusal::Mislabelled,
        "not a DOCX file: it is a PDF");
    add("pdf called txt", "a.txt", PdfMaker().page("").bytes(), Refusal::Mislabelled,
        "it is a PDF");
    add("docx called xlsx", "a.xlsx", word("<d/>"), Refusal::Mislabelled, "it is a DOCX");
    for (const char* extension : {"docx", "odt", "pptx", "xlsx", "ods", "epub", "rtf"})
        add(qPrintable(QString("text called %1").arg(extension)), QString("a.%1").arg(extension),
            "hello", Refusal::Mislabelled, "it does not begin as one");
    add("rtf called docx", "a.docx", "{\\rtf1 hello}", Refusal::Mislabelled, "not a DOCX");
    add("other zip called docx", "a.docx", ZipMaker().add("x", "y").bytes(), Refusal::Mislabelled,
        "ZIP archive");
    add("zip", "a.zip", ZipMaker().add("x", "y").bytes(), Refusal::Unsupported, "no document");
    add("picture called txt", "a.txt", QByteArray("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16),
        Refusal::Mislabelled, "not a text");
    add("unknown", "a.bin", QByteArray("\1\2\3\0\5\6", 6), Refusal::Unsupported, "neither");
    add("old Office", "a.doc",
        QByteArray("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) + QByteArray(600, 0),
        Refusal::Unsupported, "before 2007");
    QByteArray wrapped("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8);
    wrapped += QByteArray(600, 0);
    for (const char c : std::string("EncryptedPackage")) wrapped.append(c).append('\0');
    add("encrypted Office", "a.docx", wrapped, Refusal::Encrypted, "password");
    add("pdf head only", "a.pdf", "%PDF-1.7\n", Refusal::Damaged, "no pages");
    add("cyclic page tree", "a.pdf", PdfMaker().page("").kids("2 0 R 2 0 R").bytes(),
        Refusal::Damaged, "in circles");
    add("encrypted pdf", "a.pdf", PdfMaker().page("").password("open").bytes(), Refusal::Encrypted,
        "password");
    add("entity bomb", "a.docx", word(entityBomb()), Refusal::Bomb, "entities");
    add("external entity", "a.docx",
        word("<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><d>&x;</d>"), Refusal::Bomb,
        "entities");
    add("zip bomb", "a.docx", zipBomb(-1), Refusal::Bomb, "unpacks to more");
    add("zip bomb that lies", "a.docx", zipBomb(100), Refusal::Bomb, "unpacks to more");
    add("zip slip", "a.docx",
        ZipMaker().add("word/document.xml", "<d/>").add("../../evil", "x").bytes(), Refusal::Unsafe,
        "leads out");
    add("absolute zip slip", "a.epub", ZipMaker().add("/etc/cron.d/x", "x").bytes(),
        Refusal::Unsafe, "leads out");
    add("zip cut off", "a.docx", word("<d/>").left(80), Refusal::Damaged, "archive");
    add("broken xml", "a.docx", word("<d><e></d>"), Refusal::Damaged, "line 1");
    add("deep xml", "a.docx", word(QByteArray("<a>").repeated(2000)), Refusal::Damaged, "deeper");
    add("encrypted odf", "a.odt",
        ZipMaker()
            .add("mimetype", "application/vnd.oasis.opendocument.text")
            .add("META-INF/manifest.xml", "<m><encryption-data/></m>")
            .add("content.xml", "noise")
            .bytes(),
        Refusal::Encrypted, "password");
    add("locked epub", "a.epub", book({{"a.xhtml", "noise < without sense"}}, "a.xhtml"),
        Refusal::Encrypted, "DRM");
    add("json that is none", "a.json", "{\"a\":", Refusal::Mislabelled, "not JSON");
    add("text as json", "a.json", "Dear Anna,\n\n[1] is {2}.\n", Refusal::Mislabelled, "line 1");
    add("text as json lines", "a.jsonl", "a\nb\n{}\n", Refusal::Mislabelled, "not JSON");
    add("deep rtf", "a.rtf", "{\\rtf1" + QByteArray("{").repeated(100000), Refusal::Damaged,
        "deeper");
    add("mbox that is none", "a.mbox", "no mail", Refusal::Mislabelled, "not an MBOX");
}

void HostileTest::isRefused() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    QFETCH(int, refusal);
    QFETCH(QString, words);
    const auto document = m_reading.read(name, bytes);
    QVERIFY(!document);
    const QString message = QString::fromStdString(document.message());
    QVERIFY2(message.contains(words), qPrintable(message));
    QVERIFY2(message.contains(name + ": "), qPrintable(message));
    QCOMPARE(static_cast<int>(m_reading.refusal), refusal);
}

void HostileTest::isReadAllTheSame_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("deep html") << "a.html" << QByteArray("<div>").repeated(30'000) + "x";
    QTest::newRow("deep json") << "a.json"
                               << QByteArray("[").repeated(150) + QByteArray("]").repeated(150);
    QTest::newRow("long line") << "a.txt" << QByteArray("x").repeated(5'000'000);
    QTest::newRow("many pages") << "a.eml"
                                << "Subject: x\n\n" + QByteArray("a\n\n").repeated(20'000);
    QTest::newRow("boundary in itself")
        << "a.eml"
        << QByteArray("From: a\nContent-Type: multipart/mixed; boundary=\"\"\n\n----\n\n--\n");
    QTest::newRow("quote not closed")
        << "a.csv" << "a,b\n\"c,d\ne,f\n" + QByteArray("x,y\n").repeated(1000);
    QTest::newRow("nul in html") << "a.html" << QByteArray("<p>a\xff\xfe<p>b");
    QTest::newRow("docx without blocks") << "a.docx" << word("<d/>");
}

void HostileTest::isReadAllTheSame() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    const auto document = m_reading.read(name, bytes);
    QVERIFY2(document, document ? "" : document.message().c_str());
}

void HostileTest::everyPrefix_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("pdf")
        << "a.pdf" << PdfMaker().page(PdfMaker::show("words", 72, 700)).outline("t", 0).bytes();
    QTest::newRow("docx") << "a.docx" << word("<d><p><t>x</t></p></d>");
    QTest::newRow("rtf") << "a.rtf"
                         << QByteArray(R"({\rtf1\u8364 ?\'e9{\footnote x}\par\cell\row})");
    QTest::newRow("html") << "a.html"
                          << QByteArray("<table><tr><th colspan=3>a<td>b</table><ul><li>");
    QTest::newRow("eml") << "a.eml"
                         << QByteArray(
                                "Subject: =?utf-8?B?eA==?=\nContent-Type: multipart/mixed; "
                                "boundary=b\n\n--b\nContent-Type: text/html\n\n<p>x\n--b--");
}

void HostileTest::everyPrefix() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    const qsizetype step = bytes.size() > 300 ? bytes.size() / 100 : 1;
    for (qsizetype size = 0; size < bytes.size(); size += step) {
        const auto document = m_reading.read(name, bytes.left(size));
        if (!document)
            QVERIFY2(m_reading.refusal != Refusal::Crashed && m_reading.refusal != Refusal::TooSlow,
                     document.message().c_str());
    }
}

void HostileTest::flippedBytes_data() { everyPrefix_data(); }

void HostileTest::flippedBytes() {
    QFETCH(QString, name);
    QFETCH(QByteArray, bytes);
    uint32_t random = 12345;
    for (int round = 0; round < 60; ++round) {
        QByteArray broken = bytes;
        for (int i = 0; i < 4; ++i) {
            random = random * 1664525 + 1013904223;
            broken[static_cast<qsizetype>(random >> 8) % broken.size()] = static_cast<char>(random);
        }
        const auto document = m_reading.read(name, broken);
        if (!document)
            QVERIFY2(m_reading.refusal != Refusal::Crashed && m_reading.refusal != Refusal::TooSlow,
                     document.message().c_str());
    }
}

void HostileTest::passwordsOpen() {
    Reading reading;
    const QByteArray pdf =
        PdfMaker().page(PdfMaker::show("secret words", 72, 700)).password("open").bytes();
    reading.options.password = "wrong";
    QVERIFY(!reading.read("a.pdf", pdf));
    QCOMPARE(reading.refusal, Refusal::WrongPassword);
    reading.options.password = "open";
    const auto document = reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(document->pages[0].text, "secret words");
}

void HostileTest::passwordIsNotOnTheCommandLine() {
#ifdef Q_OS_LINUX
    // A reader that answers with its own command line.
    Reading reading;
    const auto spy =
        reading.save("spy", "#!/bin/sh\ntr '\\0' ' ' </proc/$$/cmdline >\"$0.words\"\n");
    std::filesystem::permissions(spy, std::filesystem::perms::owner_all);
    reading.options.reader = spy;
    reading.options.password = "sesame";
    QVERIFY(!reading.read("a.txt", "x"));
    QFile words(QString::fromStdString(spy.string() + ".words"));
    QVERIFY(words.open(QIODevice::ReadOnly));
    const QByteArray line = words.readAll();
    QVERIFY2(line.contains("--name a.txt"), line.constData());
    QVERIFY2(!line.contains("sesame"), line.constData());
#else
    QSKIP("only Linux shows command lines as files");
#endif
}

/// A list of chapters that names one a thousand times is no book of a thousand chapters.
void HostileTest::chaptersAreReadOnce() {
    const auto document = m_reading.read(
        "a.epub", book({{"a.xhtml", "<p>one</p>"}, {"b.xhtml", "<p>two</p>"}}, "a.ttf", 1000));
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(outlineOf(*document).join("; "),
             QString("[chapter 1]; paragraph | one; [chapter 2]; paragraph | two"));
    QVERIFY(document->warnings.empty());  // a scrambled font locks nothing
}

void HostileTest::lockedChaptersAreLeftOut() {
    const auto document = m_reading.read(
        "a.epub", book({{"a.xhtml", "<p>one</p>"}, {"b c.xhtml", "<p>noise</p>"}}, "b%20c.xhtml"));
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(document->pages[0].text, std::string("one"));
    QCOMPARE(document->pages[1].text, std::string());
    QCOMPARE(document->warnings.size(), size_t{1});
    QVERIFY(document->warnings[0].message.find("locked") != std::string::npos);
}

void HostileTest::silenceEndsIt() {
    Reading reading;
    const auto sleeper = reading.save("sleeper", "#!/bin/sh\nexec sleep 1000\n");
    std::filesystem::permissions(sleeper, std::filesystem::perms::owner_all);
    reading.options.reader = sleeper;
    reading.options.limits.silence = std::chrono::seconds(1);
    QVERIFY(!reading.read("a.txt", "x"));
    QCOMPARE(reading.refusal, Refusal::TooSlow);
}

void HostileTest::outputIsLimited() {
    Reading reading;
    reading.options.limits.output = 1 << 20;
    QVERIFY(!reading.read("a.html", QByteArray("<p>word word word</p>").repeated(100'000)));
    QCOMPARE(reading.refusal, Refusal::TooLarge);
    // A reader that does not hold itself to it.
    const auto flood = reading.save("flood", "#!/bin/sh\nexec yes '{\"document\"'\n");
    std::filesystem::permissions(flood, std::filesystem::perms::owner_all);
    reading.options.reader = flood;
    QVERIFY(!reading.read("a.txt", "x"));
}

void HostileTest::stops() {
    Reading reading;
    std::stop_source source;
    source.request_stop();
    reading.options.stop = source.get_token();
    QVERIFY(!reading.read("a.txt", "x"));
    QCOMPARE(reading.refusal, Refusal::Cancelled);
}

/// The reader maps the file: what is cut off kills it, and the file is not to blame.
void HostileTest::cutWhileItIsRead() {
    Reading reading;
    const auto path = reading.save("a.txt", "words");
    const auto cutter =
        reading.save("cutter", "#!/bin/sh\n: >'" + QByteArray::fromStdString(path.string()) +
                                   "'\nkill -BUS $$\n");
    std::filesystem::permissions(cutter, std::filesystem::perms::owner_all);
    reading.options.reader = cutter;
    const auto document = rag::readDocument(path, reading.options, &reading.refusal);
    QVERIFY(!document);
    QCOMPARE(reading.refusal, Refusal::Unreadable);
    QVERIFY2(document.message().find("changed while it was read") != std::string::npos,
             document.message().c_str());
}

void HostileTest::readerThatIsMissing() {
    Reading reading;
    reading.options.reader = "/no/such/reader";
    const auto document = reading.read("a.txt", "x");
    QVERIFY(!document);
    QCOMPARE(reading.refusal, Refusal::Unreadable);
}

void HostileTest::readerThatLies() {
    Reading reading;
    const QByteArrayList answers = {"", "{}", "{\"end\":{\"blocks\":0}}",
                                    "{\"document\":{\"version\":1,\"kind\":\"text\"}}",
                                    "{\"refused\":{\"reason\":\"because\"}}"};
    for (const QByteArray& answer : answers) {
        const auto liar = reading.save("liar", "#!/bin/sh\necho '" + answer + "'\n");
        std::filesystem::permissions(liar, std::filesystem::perms::owner_all);
        reading.options.reader = liar;
        QVERIFY(!reading.read("a.txt", "x"));
        QCOMPARE(reading.refusal, Refusal::Crashed);
    }
}

QTEST_GUILESS_MAIN(HostileTest)
#include "hostile_test.moc"
