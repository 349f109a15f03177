// PDFs through the whole reader: written by hand (pdf_maker.h) and by Qt, whose writer draws glyph
// by glyph.
#include <QBuffer>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QImage>
#include <QPainter>
#include <QPdfWriter>

#include "pdf_maker.h"
#include "reading.h"

using namespace alcove;
using test::outlineOf;
using test::PdfMaker;
using test::Reading;

namespace {

std::string cut(const rag::Page& page, rag::TextRange range) {
    return page.text.substr(range.begin, range.size());
}

/// Drawn by Qt, on A4 at 72 dots an inch.
template <typename Draw>
QByteArray drawn(const Draw& draw) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setResolution(72);
    writer.setPageMargins({});
    writer.setTitle("Drawn");
    QPainter painter(&writer);
    draw(painter, writer);
    painter.end();
    return bytes;
}

}  // namespace

class PdfTest : public QObject {
    Q_OBJECT

    Reading m_reading;

private slots:
    void blocksAndPlaces();
    void runningLinesGo();
    void outlineMakesHeadings();
    void drawnByQt();
    void rightToLeft();
    void scansAreReported();
    void scansAreRead();
    void scansWithAStampAreScans();
    void picturesAreNoScans_data();
    void picturesAreNoScans();
    void rendersPages();
    void locatesExactly();
    void pagesThatAreNotThere();
};

void PdfTest::blocksAndPlaces() {
    const auto document = m_reading.read(
        "a.pdf", PdfMaker()
                     .page(PdfMaker::show("A Title", 72, 760, 22, "F2") +
                           PdfMaker::show("The first line of a paragraph that is as wide as others",
                                          72, 700) +
                           PdfMaker::show("and its second line with an ex-", 72, 686) +
                           PdfMaker::show("ample in it.", 72, 672))
                     .page(PdfMaker::show("Second page.", 72, 700))
                     .bytes());
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(outlineOf(*document).join("\n"),
             "[page 1]\nheading1 | A Title\nparagraph | The first line of a paragraph that is as "
             "wide as others and its second line with an example in it.\n[page 2]\nparagraph | "
             "Second page.");
    const rag::Page& page = document->pages[0];
    QCOMPARE(page.width, 595);
    QCOMPARE(page.lines.size(), 4U);
    QCOMPARE(cut(page, page.lines[3].range), "ample in it.");
    // 672 from below is 170 from above; the letters stand on it.
    const rag::Box box = page.lines[3].box;
    QVERIFY(std::abs(box.x - 72) < 2 && std::abs(box.y + box.height - 170) < 4);
    QVERIFY(box.width > 40 && box.width < 80);
}

void PdfTest::runningLinesGo() {
    PdfMaker maker;
    for (int i = 0; i < 6; ++i)
        maker.page(PdfMaker::show("The running head", 72, 810) +
                   PdfMaker::show("Text of page " + QByteArray(1, static_cast<char>('a' + i)) + ".",
                                  72, 600) +
                   PdfMaker::show(QByteArray::number(i + 1), 300, 30));
    const auto document = m_reading.read("a.pdf", maker.bytes());
    QVERIFY(document);
    for (size_t i = 0; i < 6; ++i)
        QCOMPARE(document->pages[i].text,
                 std::string("Text of page ") + static_cast<char>('a' + i) + ".");
}

void PdfTest::outlineMakesHeadings() {
    const auto document =
        m_reading.read("a.pdf", PdfMaker()
                                    .page(PdfMaker::show("1. Scope", 72, 700) +
                                          PdfMaker::show("It holds for all.", 72, 660))
                                    .outline("1. Scope", 0)
                                    .bytes());
    QVERIFY(document);
    QCOMPARE(outlineOf(*document).join("\n"), "heading1 | 1. Scope\nparagraph | It holds for all.");
    QCOMPARE(document->headingPath(document->blocks[1]).size(), 1U);
}

void PdfTest::drawnByQt() {
    if (QFontDatabase::families().isEmpty()) QSKIP("no fonts are installed");
    const QByteArray pdf = drawn([](QPainter& painter, QPdfWriter&) {
        painter.setFont(QFont(painter.font().family(), 11));
        painter.drawText(
            QRect(60, 100, 480, 400), Qt::TextWordWrap,
            "An efficient office waffles often about the first and final affair, "
            "so that lines are broken and ligatures are drawn where the font has them.");
    });
    const auto document = m_reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QCOMPARE(document->title, "Drawn");
    QCOMPARE(outlineOf(*document).join("\n"),
             "paragraph | An efficient office waffles often about the first and final affair, so "
             "that lines are broken and ligatures are drawn where the font has them.");
    QVERIFY(document->pages[0].lines.size() >= 2);
}

void PdfTest::rightToLeft() {
    const QString hebrew = "שלום עולם זה מסמך";
    const QString arabic = "مرحبا بالعالم";
    const QFont font("DejaVu Sans", 14);
    if (QFontInfo(font).family() != "DejaVu Sans") QSKIP("DejaVu Sans is not installed");
    const QByteArray pdf = drawn([&](QPainter& painter, QPdfWriter&) {
        painter.setFont(font);
        painter.drawText(QRect(60, 100, 480, 30), Qt::AlignRight, hebrew);
        painter.drawText(QRect(60, 300, 480, 30), Qt::AlignRight, arabic);
    });
    const auto document = m_reading.read("a.pdf", pdf);
    QVERIFY(document);
    const QString text = QString::fromStdString(document->pages[0].text);
    QCOMPARE(text, hebrew + "\n\n" + arabic);
}

void PdfTest::scansAreReported() {
    const QByteArray pdf = drawn([](QPainter& painter, QPdfWriter&) {
        QImage image(300, 100, QImage::Format_RGB32);
        image.fill(Qt::white);
        for (int x = 20; x < 280; ++x) image.setPixel(x, 50, 0xFF000000);
        for (int i = 0; i < 20; ++i) painter.drawImage(QRect(50, 50 + 30 * i, 400, 60), image);
    });
    Reading reading;
    reading.options.ocr = false;
    const auto document = reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QVERIFY(document->pages[0].scanned);
    QCOMPARE(document->warnings.size(), 1U);
    QVERIFY(document->warnings[0].message.find("scan") != std::string::npos);
    // A page with nothing on it is no scan.
    const auto empty = reading.read("a.pdf", PdfMaker().page("").bytes());
    QVERIFY(empty);
    QVERIFY(!empty->pages[0].scanned);
    QVERIFY(empty->warnings.empty());
}

void PdfTest::scansAreRead() {
    if (QFontDatabase::families().isEmpty()) QSKIP("no fonts are installed");
    const QByteArray pdf = drawn([](QPainter& painter, QPdfWriter&) {
        QImage image(1240, 400, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter onImage(&image);
        QFont font = onImage.font();
        font.setPixelSize(48);
        onImage.setFont(font);
        onImage.setPen(Qt::black);
        onImage.drawText(60, 120, "The quick brown fox");
        onImage.drawText(60, 180, "jumps over the dog.");
        onImage.end();
        painter.drawImage(QRect(0, 0, 595, 192), image);
    });
    const auto document = m_reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QVERIFY(document->pages[0].scanned);
    if (!document->warnings.empty() &&
        document->warnings[0].message.find("installed") != std::string::npos)
        QSKIP(document->warnings[0].message.c_str());
    QCOMPARE(document->pages[0].text, "The quick brown fox jumps over the dog.");
    QCOMPARE(document->pages[0].lines.size(), 2U);
    const rag::Box box = document->pages[0].lines[0].box;
    QVERIFY(box.x > 20 && box.x < 40 && box.y > 30 && box.y + box.height < 75);
}

/// Offices and courts write a line on each page they take in; the page is a scan all the same.
void PdfTest::scansWithAStampAreScans() {
    if (QFontDatabase::families().isEmpty()) QSKIP("no fonts are installed");
    const QByteArray pdf = drawn([](QPainter& painter, QPdfWriter&) {
        QImage image(1240, 1000, QImage::Format_RGB32);
        image.fill(0xFFEEEADD);  // paper is not white
        QPainter onImage(&image);
        QFont font = onImage.font();
        font.setPixelSize(48);
        onImage.setFont(font);
        onImage.setPen(Qt::black);
        for (int i = 0; i < 8; ++i)
            onImage.drawText(60, 120 + 100 * i, "The quick brown fox jumps over it");
        onImage.end();
        painter.drawImage(QRect(0, 100, 595, 480), image);
        painter.drawText(60, 60, "Received 4 May 2021, file 1187");
        painter.drawText(60, 760, "Seen");
    });
    Reading without;
    without.options.ocr = false;
    const auto reported = without.read("a.pdf", pdf);
    QVERIFY2(reported, reported ? "" : reported.message().c_str());
    QVERIFY(reported->pages[0].scanned);
    QVERIFY(reported->pages[0].text.find("file 1187") != std::string::npos);
    QCOMPARE(reported->warnings.size(), 1U);
    QVERIFY(reported->warnings[0].message.find("a few words") != std::string::npos);

    const auto document = m_reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    if (!document->warnings.empty() &&
        document->warnings[0].message.find("installed") != std::string::npos)
        QSKIP(document->warnings[0].message.c_str());
    const QString text = QString::fromStdString(document->pages[0].text);
    QCOMPARE(text.count("The quick brown fox jumps over it"), 8);
    QCOMPARE(text.count("1187"), 1);  // what is text already is not recognised again
    QCOMPARE(text.count("Seen"), 1);
}

void PdfTest::picturesAreNoScans_data() {
    QTest::addColumn<QString>("kind");
    for (const char* kind : {"photograph", "background", "logo", "chart", "form", "page of text"})
        QTest::newRow(kind) << QString(kind);
}

/// To look for words in them takes seconds a page.
void PdfTest::picturesAreNoScans() {
    QFETCH(const QString, kind);
    if (QFontDatabase::families().isEmpty()) QSKIP("no fonts are installed");
    const QByteArray pdf = drawn([&](QPainter& painter, QPdfWriter&) {
        if (kind == "photograph") {
            QImage image(400, 400, QImage::Format_RGB32);
            for (int y = 0; y < 400; ++y)
                for (int x = 0; x < 400; ++x) {
                    const double wave = std::sin(x / 9.0) + std::cos(y / 7.0 + x / 31.0);
                    const int gray = static_cast<int>(127 + 63 * wave);
                    image.setPixel(x, y, qRgb(gray, gray, gray));
                }
            painter.drawImage(QRect(50, 200, 500, 500), image);
        } else if (kind == "background") {
            painter.fillRect(0, 0, 595, 842, QColor(20, 40, 90));
            painter.setPen(Qt::white);
        } else if (kind == "logo") {
            painter.drawEllipse(500, 20, 40, 40);
        } else if (kind == "chart") {
            for (int i = 0; i < 100; ++i)
                painter.drawLine(60 + 4 * i, 600, 64 + 4 * i, 300 + 37 * i % 280);
        } else if (kind == "form") {
            for (int i = 0; i < 30; ++i) painter.drawLine(60, 100 + 20 * i, 535, 100 + 20 * i);
            for (int i = 0; i < 12; ++i) painter.drawLine(60 + 40 * i, 100, 60 + 40 * i, 680);
        } else {
            for (int i = 0; i < 40; ++i)
                painter.drawText(60, 120 + 15 * i, "A line of the text that was typed.");
        }
        painter.drawText(60, 60, "Spring in the mountains");
    });
    const auto document = m_reading.read("a.pdf", pdf);
    QVERIFY2(document, document ? "" : document.message().c_str());
    QVERIFY(!document->pages[0].scanned);
    QVERIFY(document->pages[0].text.find("Spring in the mountains") != std::string::npos);
}

void PdfTest::rendersPages() {
    const auto path =
        m_reading.save("a.pdf", PdfMaker().page("0 0 0 rg 0 421 595 421 re f").bytes());
    const auto image = rag::renderPage(path, 0, 200, m_reading.options);
    QVERIFY2(image, image ? "" : image.message().c_str());
    const QImage decoded = QImage::fromData(QByteArray::fromStdString(*image), "PNG");
    QCOMPARE(decoded.size(), QSize(200, 283));
    QCOMPARE(qGray(decoded.pixel(100, 50)), 0);
    QCOMPARE(qGray(decoded.pixel(100, 250)), 255);
    // So large that Qt would work in threads, which the sandbox does not let it have.
    const auto large = rag::renderPage(path, 0, 3000, m_reading.options);
    QVERIFY2(large, large ? "" : large.message().c_str());
    QCOMPARE(QImage::fromData(QByteArray::fromStdString(*large), "PNG").width(), 3000);
    QVERIFY(!rag::renderPage(path, 1, 200, m_reading.options));
    QVERIFY(!rag::renderPage(path, 0, 1'000'000, m_reading.options));
}

void PdfTest::locatesExactly() {
    const QByteArray text = "Alpha beta gamma delta";
    const auto path =
        m_reading.save("a.pdf", PdfMaker()
                                    .page(PdfMaker::show("First.", 72, 700))
                                    .page(PdfMaker::show(text, 72, 700) +
                                          PdfMaker::show("epsilon zeta and more of it", 72, 686))
                                    .bytes());
    const auto document = rag::readDocument(path, m_reading.options);
    QVERIFY(document);
    const rag::Page& page = document->pages[1];
    const auto begin = page.text.find("gamma");
    const auto end = page.text.find("epsilon") + 7;
    const auto boxes = rag::locate(path, 1, {begin, end}, m_reading.options);
    QVERIFY2(boxes, boxes ? "" : boxes.message().c_str());
    QCOMPARE(boxes->size(), 2U);
    QCOMPARE(cut(page, (*boxes)[0].range), "gamma delta");
    QCOMPARE(cut(page, (*boxes)[1].range), "epsilon");
    // Helvetica: "Alpha beta " is about half of its line.
    const rag::Box line = page.lines[0].box, part = (*boxes)[0].box;
    QVERIFY(part.x > line.x + 0.35F * line.width && part.x < line.x + 0.6F * line.width);
    QVERIFY(std::abs(part.x + part.width - line.x - line.width) < 1);
    QVERIFY((*boxes)[1].box.width < 60);
}

void PdfTest::pagesThatAreNotThere() {
    const auto path = m_reading.save("a.pdf", PdfMaker().page("").bytes());
    QVERIFY(!rag::locate(path, 7, {0, 1}, m_reading.options));
    const auto nothing = rag::locate(path, 0, {5, 9}, m_reading.options);
    QVERIFY(nothing);
    QVERIFY(nothing->empty());
}

QTEST_MAIN(PdfTest)
#include "pdf_test.moc"
