// Lines and blocks of PDF pages, from text and boxes as PDFium gives them.
#include "rag/reader/pdf/layout.h"

#include <QtTest>

using namespace alcove;
using namespace alcove::rag;
using namespace alcove::rag::pdf;

namespace {

/// How high and deep the letters of a text reach, for an em of 1 and from the line they stand on.
Box reach(const QString& text, float x, float base, float em) {
    const bool tall = text.contains(QRegularExpression("[A-Z0-9bdfhklti•]"));
    const bool deep = text.contains(QRegularExpression("[gjpqy,]"));
    const float top = em * (tall ? 0.72F : 0.5F), below = em * (deep ? 0.2F : 0.0F);
    return {x, base - top, static_cast<float>(text.size()) * em * 0.45F, top + below};
}

/// A page made of lines; y is the line that letters stand on.
class PageMaker {
public:
    PageMaker& line(const QString& text, float x, float y, float em = 11) {
        separate();
        m_page.text += text.toStdU16String();
        m_page.boxes.push_back(reach(text, x, y, em));
        return *this;
    }
    /// Parts of one line with gaps between.
    PageMaker& parts(const QList<QPair<QString, float>>& parts, float y) {
        separate();
        bool first = true;
        for (const auto& [text, x] : parts) {
            if (!first) m_page.text += u' ';
            first = false;
            m_page.text += text.toStdU16String();
            m_page.boxes.push_back(reach(text, x, y, 11));
        }
        return *this;
    }
    [[nodiscard]] RawPage page() const {
        RawPage page = m_page;
        page.width = 600;
        page.height = 800;
        return page;
    }

private:
    void separate() {
        if (!m_page.text.empty()) m_page.text += u"\r\n";
    }
    RawPage m_page;
};

QStringList blocksOf(const RawPage& page, const Context& context = {}) {
    QStringList out;
    for (const TextBlock& block : findBlocks(page, findLines(page), context)) {
        QString kind = QString::fromStdString(std::string(name(block.kind)));
        if (block.level > 0) kind += QString::number(block.level);
        out << kind + " | " + QString::fromStdString(block.text).replace('\t', u'→');
    }
    return out;
}

}  // namespace

class LayoutTest : public QObject {
    Q_OBJECT
private slots:
    void joinsLines();
    void growsWordsTogether();
    void keepsCompounds();
    void takesLigaturesApart();
    void readsColumns();
    void findsTables();
    void findsListsAndHeadings();
    void piecesCoverTheirText();
    void headersGo();
    void numbersThatAreNoPagesStay_data();
    void numbersThatAreNoPagesStay();
    void pagesThatAreAlikeKeepTheirText();
    void emptyAndStrange();
};

void LayoutTest::joinsLines() {
    const auto page = PageMaker()
                          .line("This is a paragraph that goes over two lines", 50, 100)
                          .line("of the page and ends here.", 50, 114)
                          .line("The next one begins after an early end.", 50, 128)
                          .line("Far below is another.", 50, 200)
                          .page();
    QCOMPARE(blocksOf(page).join("\n"),
             "paragraph | This is a paragraph that goes over two lines of the page and ends here.\n"
             "paragraph | The next one begins after an early end.\n"
             "paragraph | Far below is another.");
}

void LayoutTest::growsWordsTogether() {
    const auto page = PageMaker()
                          .line("The lines end with a part of a para-", 50, 100)
                          .line("graph and with the name Miller-", 50, 114)
                          .line("Smith in it.", 50, 128)
                          .page();
    QCOMPARE(blocksOf(page).join("\n"),
             "paragraph | The lines end with a part of a paragraph and with the name Miller- Smith "
             "in it.");
    // As PDFium joins lines itself.
    RawPage joined = page;
    joined.text =
        u"The lines end with a part of a para\uFFFEgraph and with the name Miller-\r\nSmith in it.";
    QCOMPARE(blocksOf(joined).join("\n"), blocksOf(page).join("\n"));
    QCOMPARE(findLines(joined).size(), 3U);
}

void LayoutTest::keepsCompounds() {
    const auto page = PageMaker()
                          .line("A rule that everybody finds well-", 50, 100)
                          .line("known to all.", 50, 114)
                          .page();
    Context context;
    QCOMPARE(blocksOf(page, context).first(),
             "paragraph | A rule that everybody finds wellknown to all.");
    RawPage other;
    other.text = u"It is well-known.";
    collectHyphenated(other, context.hyphenated);
    QCOMPARE(blocksOf(page, context).first(),
             "paragraph | A rule that everybody finds well-known to all.");
}

void LayoutTest::takesLigaturesApart() {
    QCOMPARE(toText(u"e\uFB03cient \uFB01rst a\u00ADb"), "efficient first ab");
    // Arabic letters as shapes: lam-alef, beh.
    QCOMPARE(toText(u"\uFEFB\uFE91"), "\u0644\u0627\u0628");
    std::vector<uint32_t> from;
    QCOMPARE(toText(u"a\uFB01 b", &from), "afi b");
    QCOMPARE(from, (std::vector<uint32_t>{0, 1, 1, 3, 3}));
}

void LayoutTest::readsColumns() {
    PageMaker maker;
    const QString left = "left column line of text %1 goes",
                  right = "right column line number %1 is";
    for (int i = 0; i < 6; ++i)
        maker.parts({{left.arg(i), 40.0F}, {right.arg(i), 320.0F}},
                    100 + 14.0F * static_cast<float>(i));
    const QString text = blocksOf(maker.page()).join("\n");
    QVERIFY2(
        text.indexOf("left column line of text 5") < text.indexOf("right column line number 0"),
        qPrintable(text));
    QVERIFY(text.contains("text 0 goes left column line of text 1 goes"));
}

void LayoutTest::findsTables() {
    const auto page = PageMaker()
                          .line("The prices are these, as of today and until they change:", 40, 80)
                          .parts({{"Item", 40}, {"Price", 200}, {"Stock", 300}}, 120)
                          .parts({{"Green apple", 40}, {"1.20", 200}, {"14", 300}}, 134)
                          .parts({{"Pear", 40}, {"2.10", 200}, {"7", 300}}, 148)
                          .line("That was the table.", 40, 190)
                          .page();
    QCOMPARE(blocksOf(page).join("\n"),
             "paragraph | The prices are these, as of today and until they change:\n"
             "table_header | Item→Price→Stock\n"
             "table_row | Green apple→1.20→14\n"
             "table_row | Pear→2.10→7\n"
             "paragraph | That was the table.");
}

void LayoutTest::findsListsAndHeadings() {
    const auto page = PageMaker()
                          .line("Large Title", 50, 60, 22)
                          .line("Some text below the title of the page.", 50, 100)
                          .line("• first point of the list", 50, 120)
                          .line("that goes on", 60, 134)
                          .line("2. second point", 50, 148)
                          .line("An entry of the outline", 50, 190)
                          .line("and text.", 50, 210)
                          .page();
    Context context;
    context.bodyEm = 11;
    context.outline[titleKey(u"An Entry, of the Outline")] = 2;
    QCOMPARE(blocksOf(page, context).join("\n"),
             "heading1 | Large Title\nparagraph | Some text below the title of the page.\n"
             "list_item1 | • first point of the list that goes on\nlist_item1 | 2. second point\n"
             "heading2 | An entry of the outline\nparagraph | and text.");
}

void LayoutTest::piecesCoverTheirText() {
    const auto page = PageMaker()
                          .line("One line of the text that is e\uFB03-", 50, 100)
                          .line("cient enough.", 50, 114)
                          .page();
    const auto blocks = findBlocks(page, findLines(page), {});
    QCOMPARE(blocks.size(), 1U);
    QCOMPARE(blocks[0].pieces.size(), 2U);
    QCOMPARE(blocks[0].text.substr(blocks[0].pieces[1].out.begin), "cient enough.");
    QVERIFY(std::abs(blocks[0].pieces[1].box.y - 106) < 1);
    QCOMPARE(page.text.substr(blocks[0].pieces[1].begin, 5), u"cient");
}

void LayoutTest::headersGo() {
    std::vector<LinedPage> pages;
    for (int i = 0; i < 5; ++i) {
        LinedPage page;
        page.raw = PageMaker()
                       .line("Report of the year", 50, 20)
                       .line(QString("What stands on page %1 alone").arg(QChar('a' + i)), 50, 40)
                       .line("The same in the middle", 50, 400)
                       .line(QString("%1 / 5").arg(i + 1), 280, 780)
                       .page();
        page.lines = findLines(page.raw);
        pages.push_back(std::move(page));
    }
    std::vector<const LinedPage*> window;
    for (const LinedPage& page : pages) window.push_back(&page);
    for (size_t i = 0; i < pages.size(); ++i) QCOMPARE(withoutRunning(window, i, 5).size(), 2U);
    QCOMPARE(withoutRunning({&pages[0]}, 0, 1).size(), 4U);
}

/// What counts pages may go; the numbers of invoices and of pages in a bundle are looked for.
void LayoutTest::numbersThatAreNoPagesStay_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("first");
    QTest::addColumn<int>("step");
    QTest::addColumn<bool>("stays");
    QTest::newRow("page") << "Page %1 of 40" << 7 << 1 << false;
    QTest::newRow("page of a case") << "Case 1:23-cv-04567 Page %1 of 40" << 7 << 1 << false;
    QTest::newRow("number alone") << "%1" << 1187 << 1 << false;
    QTest::newRow("invoices") << "Invoice No. %1" << 1187 << 37 << true;
    QTest::newRow("invoices in a row") << "Invoice No. %1" << 1187 << 1 << true;
    QTest::newRow("backwards") << "Level %1" << 40 << -1 << true;
    QTest::newRow("sums") << "Total %1.50 euros" << 3 << 2 << true;
    QTest::newRow("bundle") << "ABC %1" << 123'456 << 1 << true;
}

void LayoutTest::numbersThatAreNoPagesStay() {
    QFETCH(QString, line);
    QFETCH(int, first);
    QFETCH(int, step);
    QFETCH(bool, stays);
    std::vector<LinedPage> pages;
    for (int i = 0; i < 5; ++i) {
        LinedPage page;
        page.raw = PageMaker()
                       .line(line.arg(first + i * step), 50, 20)
                       .line("The same in the middle", 50, 400)
                       .page();
        page.lines = findLines(page.raw);
        pages.push_back(std::move(page));
    }
    std::vector<const LinedPage*> window;
    for (const LinedPage& page : pages) window.push_back(&page);
    for (size_t i = 0; i < pages.size(); ++i)
        QCOMPARE(withoutRunning(window, i, 40).size(), stays ? 2U : 1U);
}

void LayoutTest::pagesThatAreAlikeKeepTheirText() {
    std::vector<LinedPage> pages(4);
    for (LinedPage& page : pages) {
        page.raw =
            PageMaker().line("Receipt", 50, 20).line("Paid", 50, 40).line("Ulm", 50, 60).page();
        page.lines = findLines(page.raw);
    }
    std::vector<const LinedPage*> window;
    for (const LinedPage& page : pages) window.push_back(&page);
    for (size_t i = 0; i < pages.size(); ++i) QCOMPARE(withoutRunning(window, i, 4).size(), 3U);
}

void LayoutTest::emptyAndStrange() {
    RawPage page;
    QVERIFY(findLines(page).empty());
    page.text = u"text without boxes\r\n\r\nmore";
    QCOMPARE(blocksOf(page).size(), 1);
    page.boxes.assign(500, Box{0, 0, 0, 0});
    QVERIFY(!blocksOf(page).isEmpty());
    page.boxes = {{1e6F, -1e6F, 0, 1e6F}, {0, 0, 1e6F, 0}};
    page.text = u"\xD800\r\n\xDC00 a\r\n\xFFFE\x2\r\nb";
    blocksOf(page);
    page.text.assign(20'000, u'\n');
    page.boxes.assign(20'000, Box{0, 0, 1, 1});
    QVERIFY(findLines(page).empty());
}

QTEST_GUILESS_MAIN(LayoutTest)
#include "layout_test.moc"
