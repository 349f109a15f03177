// The bundled fonts are there, small, and have what texts need.
#include "ui/controls/fonts.h"

#include <QDir>
#include <QFontDatabase>
#include <QFontInfo>
#include <QFontMetricsF>
#include <QGlyphRun>
#include <QGuiApplication>
#include <QRawFont>
#include <QTest>
#include <QTextLayout>
#include <cmath>

namespace {

const QString kFolder = QStringLiteral(":/alcove/fonts/");
const QString kSample = QStringLiteral(
    "Grüße façade Œuvre ŁódźřŤ ßẞĐ Ελληνικά Кириллица Ґїє Việt ữ ộ – — … “” ‘’ «» • "
    "← ↑ → ↓ ↔ ⇒ − × ÷ ± ≤ ≥ ≠ ≈ ∞ ∑ √ ∂ € £ ¥ ₂ ² ½ ™ © § ¶ ° µ");
const QString kBoxes = QStringLiteral("─│┌┐└┘├┤┬┴┼═║╔╗╚╝█▀▄░▒▓");

QVector<quint32> glyphs(const QString& text, const QFont& font) {
    QTextLayout layout(text, font);
    layout.beginLayout();
    layout.createLine();
    layout.endLayout();
    QVector<quint32> found;
    for (const QGlyphRun& run : layout.glyphRuns()) found += run.glyphIndexes();
    return found;
}

double width(const QString& text, const QFont& font) {
    return QFontMetricsF(font).horizontalAdvance(text);
}

QFont sized(const char* family, int pixels, QFont::Weight weight = QFont::Normal) {
    QFont font(QString::fromLatin1(family));
    font.setPixelSize(pixels);
    font.setWeight(weight);
    font.setHintingPreference(QFont::PreferNoHinting);
    return font;
}

}  // namespace

class FontsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { QCOMPARE(alcove::ui::loadFonts(), 0); }
    void filesAreSmall();
    void applicationUsesInter();
    void familiesAndWeights_data();
    void familiesAndWeights();
    void glyphsAreThere_data();
    void glyphsAreThere();
    void tabularFiguresAreEquallyWide();
    void kerningAndMarksStay();
    void codeShowsWhatIsWritten();
    void weightsDiffer();
};

void FontsTest::filesAreSmall() {
    const QFileInfoList files = QDir(kFolder).entryInfoList();
    QCOMPARE(files.size(), 9);
    for (const QFileInfo& file : files)
        QVERIFY2(file.size() > 10'000 && file.size() < 200 * 1024, qPrintable(file.fileName()));
}

void FontsTest::applicationUsesInter() {
    QCOMPARE(QGuiApplication::font().family(), QStringLiteral("Inter Alcove"));
    QCOMPARE(QGuiApplication::font().pixelSize(), 14);
    QCOMPARE(QFontInfo(QGuiApplication::font()).family(), QStringLiteral("Inter Alcove"));
}

void FontsTest::familiesAndWeights_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("family");
    QTest::addColumn<int>("weight");
    QTest::addColumn<bool>("italic");
    const auto row = [](const char* file, const char* family, int weight, bool italic = false) {
        QTest::newRow(file) << QString::fromLatin1(file) << QString::fromLatin1(family) << weight
                            << italic;
    };
    row("Inter-Regular.otf", "Inter Alcove", 400);
    row("Inter-Medium.otf", "Inter Alcove", 500);
    row("Inter-SemiBold.otf", "Inter Alcove", 600);
    row("Inter-Italic.otf", "Inter Alcove", 400, true);
    row("Inter-SemiBoldItalic.otf", "Inter Alcove", 600, true);
    row("InterTabular-Regular.otf", "Inter Tabular", 400);
    row("InterTabular-Medium.otf", "Inter Tabular", 500);
    row("JetBrainsMono-Regular.ttf", "JetBrains Mono Alcove", 400);
    row("JetBrainsMono-SemiBold.ttf", "JetBrains Mono Alcove", 600);
}

void FontsTest::familiesAndWeights() {
    QFETCH(QString, file);
    QFETCH(QString, family);
    QFETCH(int, weight);
    QFETCH(bool, italic);
    const QRawFont raw(kFolder + file, 16);
    QVERIFY(raw.isValid());
    QCOMPARE(raw.style(), italic ? QFont::StyleItalic : QFont::StyleNormal);
    QFont font = sized(family.toLatin1().constData(), 16, QFont::Weight(weight));
    font.setItalic(italic);
    const QFontInfo info(font);
    QCOMPARE(info.family(), family);
    QCOMPARE(info.weight(), weight);
    QCOMPARE(info.italic(), italic);
}

void FontsTest::glyphsAreThere_data() {
    QTest::addColumn<QString>("file");
    for (const QFileInfo& file : QDir(kFolder).entryInfoList())
        QTest::newRow(qPrintable(file.fileName())) << file.fileName();
}

void FontsTest::glyphsAreThere() {
    QFETCH(QString, file);
    const QRawFont font(kFolder + file, 16);
    const bool mono = file.startsWith(QStringLiteral("JetBrains"));
    for (const QChar character : mono ? kSample + kBoxes : kSample)
        if (!character.isSpace())
            QVERIFY2(font.supportsCharacter(character),
                     qPrintable(QStringLiteral("%1 (U+%2)")
                                    .arg(character)
                                    .arg(character.unicode(), 4, 16, QLatin1Char('0'))));
}

void FontsTest::tabularFiguresAreEquallyWide() {
    for (const QFont::Weight weight : {QFont::Normal, QFont::Medium}) {
        const QFont tabular = sized("Inter Tabular", 16, weight);
        const double zeros = width(QStringLiteral("0000"), tabular);
        for (char digit = '0'; digit <= '9'; ++digit) {
            const QString text(4, QLatin1Char(digit));
            QVERIFY2(std::abs(width(text, tabular) - zeros) < 0.01, qPrintable(text));
        }
        QCOMPARE(width(QStringLiteral("1,714"), tabular), width(QStringLiteral("8,069"), tabular));
        const QFont usual = sized("Inter Alcove", 16, weight);
        QVERIFY(width(QStringLiteral("1111"), usual) + 1 < width(QStringLiteral("0000"), usual));
    }
}

void FontsTest::kerningAndMarksStay() {
    const QFont font = sized("Inter Alcove", 100);
    const double apart = width(QStringLiteral("A"), font) + width(QStringLiteral("V"), font);
    QVERIFY(width(QStringLiteral("AV"), font) < apart - 1);
    QCOMPARE(width(QStringLiteral("q\u0301"), font), width(QStringLiteral("q"), font));
}

void FontsTest::codeShowsWhatIsWritten() {
    const QFont mono = sized("JetBrains Mono Alcove", 16);
    for (const char* pair : {"->", "!=", "==", "=>", "<=", "//", "::", "www", "fi"}) {
        const QString text = QString::fromLatin1(pair);
        QVector<quint32> single;
        for (const QChar character : text) single += glyphs(character, mono);
        QCOMPARE(glyphs(text, mono), single);
        QCOMPARE(width(text, mono), width(QStringLiteral("m"), mono) * double(text.size()));
    }
    const QFont inter = sized("Inter Alcove", 16);
    QCOMPARE(glyphs(QStringLiteral("->"), inter),
             glyphs(QStringLiteral("-"), inter) + glyphs(QStringLiteral(">"), inter));
}

void FontsTest::weightsDiffer() {
    const QString text = QStringLiteral("Everything stays on this computer");
    const double normal = width(text, sized("Inter Alcove", 16));
    const double medium = width(text, sized("Inter Alcove", 16, QFont::Medium));
    const double strong = width(text, sized("Inter Alcove", 16, QFont::DemiBold));
    QVERIFY2(normal < medium && medium < strong,
             qPrintable(QStringLiteral("%1 %2 %3").arg(normal).arg(medium).arg(strong)));
}

QTEST_MAIN(FontsTest)
#include "fonts_test.moc"
