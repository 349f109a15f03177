// Places and sizes of what is laid out, and the ink of what is painted.
#include "ui/math/layout.h"

#include <QFile>
#include <QImage>
#include <QPainter>
#include <QTest>
#include <algorithm>
#include <random>

#include "tests/ui/math/formulas.h"
#include "ui/math/math.h"
#include "ui/math/parser.h"
#include "ui/math/symbols.h"

using namespace alcove::ui;
using namespace alcove::ui::math;

namespace {

constexpr double kSize = 100;

Box laidOut(QStringView tex, bool display = true) {
    const Parsed parsed = parse(tex);
    if (!parsed.root) qFatal("%s", qPrintable(parsed.mistake));
    return Layout(MathFont::ours(), kSize).formula(*parsed.root, display);
}

double constantOf(Constant which) { return MathFont::ours().constant(which) * kSize / 1000; }

std::vector<Mark> marksOf(const Box& box, Mark::What what) {
    std::vector<Mark> found;
    std::copy_if(box.marks.begin(), box.marks.end(), std::back_inserter(found),
                 [what](const Mark& mark) { return mark.what == what; });
    return found;
}

const Mark* markOf(const Box& box, char32_t character) {
    const GlyphId glyph = MathFont::ours().glyph(character);
    const auto found = std::find_if(box.marks.begin(), box.marks.end(),
                                    [glyph](const Mark& mark) { return mark.glyph == glyph; });
    return found == box.marks.end() ? nullptr : &*found;
}

/// The highest and the lowest ink of the marks of a kind.
std::pair<double, double> inkOf(const Box& box, Mark::What what) {
    double top = 1e9, bottom = -1e9;
    for (const Mark& mark : marksOf(box, what)) {
        const GlyphBounds bounds = MathFont::ours().bounds(mark.glyph);
        top = std::min(top, mark.y - bounds.top * mark.stretchY * mark.size / 1000);
        bottom = std::max(bottom, mark.y - bounds.bottom * mark.stretchY * mark.size / 1000);
    }
    return {top, bottom};
}

double inkHeight(const Box& box, Mark::What what) {
    const auto [top, bottom] = inkOf(box, what);
    return bottom - top;
}

QImage painted(const MathPicture& picture, double scale = 1, QPointF at = {}) {
    QImage image((picture.size() * scale).toSize() + QSize(4, 4), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    painter.scale(scale, scale);
    picture.paint(painter, at);
    return image;
}

int darkIn(const QImage& image, QRect area) {
    int dark = 0;
    area &= image.rect();
    for (int y = area.top(); y <= area.bottom(); ++y)
        for (int x = area.left(); x <= area.right(); ++x) dark += qGray(image.pixel(x, y)) < 128;
    return dark;
}

}  // namespace

class MathLayoutTest : public QObject {
    Q_OBJECT

private slots:
    void fontIsWhole();
    void damagedFontsAreHarmless();
    void spacingIsTheTeXbooks();
    void widthsAddUp();
    void operatorsAtTheEdgeAreNone();
    void barOnTheAxis();
    void fractionsKeepTheirGaps();
    void scriptsKeepTheirPlaces();
    void styles();
    void delimitersCoverTheirContent();
    void delimitersGrow();
    void rootCoversItsBody();
    void limits();
    void tables();
    void accentsAreOverTheirLetters();
    void bracesAreAsWideAsTheirBody();
    void everySymbolHasAGlyphOrText();
    void everyCommandLaysOut();
    void everyFormulaHasInk();
    void inkIsWhereItBelongs();
    void rulesAreWholePixels();
    void paintingStaysInside();
    void hostileFormulasStayBounded();
    void mutationsLayOut();
    void spokenWords_data();
    void spokenWords();
};

void MathLayoutTest::fontIsWhole() {
    const MathFont& font = MathFont::ours();
    QVERIFY(font.glyphCount() > 1000);
    QCOMPARE(font.unitsPerEm(), 1000);
    QCOMPARE(font.constant(Constant::AxisHeight), 250);
    QCOMPARE(font.constant(Constant::FractionRuleThickness), 60);
    QCOMPARE(font.constant(Constant::RadicalKernAfterDegree), -344);
    QCOMPARE(font.degreeRaisePercent(), 55);
    QCOMPARE(font.scriptPercent(), 74);
    QCOMPARE(font.glyph(0x10FFFF), GlyphId(0));
    const GlyphId paren = font.glyph('(');
    const auto sizes = font.variants(paren, true);
    QVERIFY(sizes.size() >= 7);
    for (size_t i = 1; i < sizes.size(); ++i) QVERIFY(sizes[i].length > sizes[i - 1].length);
    QCOMPARE(font.parts(paren, true).size(), size_t(3));
    QVERIFY(font.italicCorrection(font.glyph(0x1D453)) > 0);
    QVERIFY(font.topAccent(font.glyph(0x1D465)).has_value());
    // The outline keeps to the box that the font tells.
    for (int i = 0; i < font.glyphCount(); ++i) {
        const GlyphId glyph = static_cast<GlyphId>(i);
        QPainterPath path;
        font.addOutline(path, glyph, {1, 1}, {});
        const GlyphBounds bounds = font.bounds(glyph);
        const QRectF ink = path.boundingRect();
        const QRectF told(QPointF(bounds.left, -bounds.top), QPointF(bounds.right, -bounds.bottom));
        if (!path.isEmpty())
            QVERIFY2(told.adjusted(-2, -2, 2, 2).contains(ink), qPrintable(QString::number(i)));
    }
}

void MathLayoutTest::damagedFontsAreHarmless() {
    QFile file(QStringLiteral(":/alcove/fonts/AlcoveMath.ttf"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QByteArray whole = file.readAll();
    QVERIFY(!MathFont::read({}));
    QVERIFY(!MathFont::read(whole.left(1000)));
    std::mt19937 random(3);
    const Parsed parsed = parse(u"\\left(\\sqrt[3]{\\frac{\\hat a}{\\sum_1^2}}\\right)^2");
    int laid = 0;
    for (int round = 0; round < 300; ++round) {
        // The tables of numbers, and the directory: what leads elsewhere.
        QByteArray damaged =
            round % 3 ? whole : whole.left(static_cast<qsizetype>(random() % whole.size()));
        const qsizetype math = whole.indexOf("MATH");
        QVERIFY(math > 0);
        for (int i = 0; i < 30 && !damaged.isEmpty(); ++i) {
            const qsizetype span = i % 2 ? 300 : damaged.size();
            const qsizetype at = static_cast<qsizetype>(random() % std::min(span, damaged.size()));
            if (at >= 12 + 16 * 12 || i % 4) damaged[at] = static_cast<char>(random());
        }
        const auto font = MathFont::read(damaged);
        if (!font) continue;
        ++laid;
        Layout(*font, 20).formula(*parsed.root, true);
        for (GlyphId glyph = 0; glyph < 300; ++glyph) {
            QPainterPath path;
            font->addOutline(path, glyph, {1, 1}, {});
        }
    }
    QVERIFY(laid > 0);
}

void MathLayoutTest::spacingIsTheTeXbooks() {
    QCOMPARE(spacing(Class::Ord, Class::Ord), 0);
    QCOMPARE(spacing(Class::Ord, Class::Op), 3);
    QCOMPARE(spacing(Class::Ord, Class::Bin), -4);
    QCOMPARE(spacing(Class::Ord, Class::Rel), -5);
    QCOMPARE(spacing(Class::Rel, Class::Rel), 0);
    QCOMPARE(spacing(Class::Op, Class::Open), 0);
    QCOMPARE(spacing(Class::Punct, Class::Ord), -3);
    QCOMPARE(spacing(Class::Open, Class::Inner), 0);
    QCOMPARE(spacing(Class::Close, Class::Inner), -3);
    QCOMPARE(spacing(Class::Inner, Class::Open), -3);
    QCOMPARE(spacing(Class::Inner, Class::Close), 0);
}

void MathLayoutTest::widthsAddUp() {
    const double x = laidOut(u"x").width, two = laidOut(u"2").width, equals = laidOut(u"=").width,
                 plus = laidOut(u"{+}").width;
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-6; };
    QVERIFY(near(laidOut(u"x2").width, x + two));
    QVERIFY(near(laidOut(u"x=2").width, x + equals + two + 10.0 / 18 * kSize));
    QVERIFY(near(laidOut(u"x+2").width, x + plus + two + 8.0 / 18 * kSize));
    QVERIFY(near(laidOut(u"x{+}2").width, x + plus + two));
    QVERIFY(near(laidOut(u"x\\,2").width, x + two + 3.0 / 18 * kSize));
    QVERIFY(near(laidOut(u"x\\!2").width, x + two - 3.0 / 18 * kSize));
    QVERIFY(near(laidOut(u"x\\quad2").width, x + two + kSize));
    QVERIFY(near(laidOut(u"x\\phantom{2}").width, x + two));
    // No space for relations in scripts.
    QVERIFY(near(laidOut(u"\\scriptstyle x=2").width, (x + equals + two) * 0.74));
}

void MathLayoutTest::operatorsAtTheEdgeAreNone() {
    const double x = laidOut(u"x").width, minus = laidOut(u"{-}").width;
    const auto near = [](double a, double b) { return std::abs(a - b) < 1e-6; };
    QVERIFY(near(laidOut(u"-x").width, minus + x));
    QVERIFY(near(laidOut(u"x-").width, minus + x));
    QVERIFY(near(laidOut(u"(-x)").width, laidOut(u"({-}x)").width));
    QVERIFY(near(laidOut(u"x=-x").width, laidOut(u"x={-}x").width));
    QVERIFY(near(laidOut(u"x--x").width, laidOut(u"x-{-}x").width));
}

void MathLayoutTest::barOnTheAxis() {
    for (const QString& tex :
         {u"\\frac{a}{b}"_qs, u"\\frac{\\frac12}{x_i}"_qs, u"\\tfrac{g}{y}"_qs}) {
        const Box box = laidOut(tex);
        const auto rules = marksOf(box, Mark::What::Rule);
        QVERIFY(!rules.empty());
        const Mark& bar = rules.back();  // the outer fraction's
        QVERIFY(std::abs(bar.y + bar.height / 2 + constantOf(Constant::AxisHeight)) < 1e-6);
        QVERIFY(bar.width < box.width);
    }
}

void MathLayoutTest::fractionsKeepTheirGaps() {
    const Box box = laidOut(u"\\frac{g_{y_y}}{\\hat{\\hat A}}");
    const Mark bar = marksOf(box, Mark::What::Rule).front();
    const double gap = constantOf(Constant::FractionNumDisplayStyleGapMin);
    for (const Mark& mark : marksOf(box, Mark::What::Glyph)) {
        const GlyphBounds bounds = MathFont::ours().bounds(mark.glyph);
        const double top = mark.y - bounds.top * mark.stretchY * mark.size / 1000;
        const double bottom = mark.y - bounds.bottom * mark.stretchY * mark.size / 1000;
        QVERIFY(bottom <= bar.y - gap + 1e-6 || top >= bar.y + bar.height + gap - 1e-6);
    }
}

void MathLayoutTest::scriptsKeepTheirPlaces() {
    const Box both = laidOut(u"x_2^3");
    const Mark *up = markOf(both, '3'), *down = markOf(both, '2');
    QVERIFY(up && down);
    QVERIFY(up->y < 0 && down->y > 0);
    QVERIFY(std::abs(up->size - 0.74 * kSize) < 1e-6);
    // Ink to ink at least the gap.
    const double upBottom = up->y,
                 downTop = down->y - MathFont::ours().bounds(down->glyph).top * down->size / 1000;
    QVERIFY(downTop - upBottom >= constantOf(Constant::SubSuperscriptGapMin) - 1);
    // Lower in a denominator, higher on something high.
    const double usual = -markOf(laidOut(u"x^3"), '3')->y;
    QVERIFY(std::abs(usual - constantOf(Constant::SuperscriptShiftUp)) < 1e-6);
    QVERIFY(-markOf(laidOut(u"\\sqrt{x^3}"), '3')->y < usual);
    QVERIFY(-markOf(laidOut(u"\\left(\\frac12\\right)^3"), '3')->y > usual);
    // Beside a leaning letter the superscript stands further right than the subscript.
    const Box leaning = laidOut(u"f_2^3");
    QVERIFY(markOf(leaning, '3')->x > markOf(leaning, '2')->x);
}

void MathLayoutTest::styles() {
    const Box display = laidOut(u"\\frac{2}{3}"), inText = laidOut(u"\\frac{2}{3}", false);
    QVERIFY(std::abs(markOf(display, '2')->size - kSize) < 1e-6);
    QVERIFY(std::abs(markOf(inText, '2')->size - 0.74 * kSize) < 1e-6);
    QVERIFY(std::abs(markOf(laidOut(u"\\dfrac23", false), '2')->size - kSize) < 1e-6);
    QVERIFY(std::abs(markOf(laidOut(u"x^{y^2}"), '2')->size - 0.55 * kSize) < 1e-6);
    QVERIFY(laidOut(u"\\sum").height() > laidOut(u"\\sum", false).height() * 1.2);
}

void MathLayoutTest::delimitersCoverTheirContent() {
    for (const QString& body : {u"x"_qs, u"\\frac12"_qs, u"\\frac{\\frac12}{\\frac{\\frac12}3}"_qs,
                                u"\\begin{matrix}a\\\\b\\\\c\\\\d\\\\e\\\\f\\\\g\\end{matrix}"_qs,
                                u"x_{x_{x_{\\frac12}}}"_qs}) {
        for (const QString& pair :
             {u"()"_qs, u"[]"_qs, u"||"_qs, u"\u2016\u2016"_qs, u"\u230A\u230B"_qs}) {
            const Box inside = laidOut(body);
            const Box box = laidOut(u"\\left%1 %2\\right%3"_qs.arg(pair[0]).arg(body).arg(pair[1]));
            const double axis = constantOf(Constant::AxisHeight);
            const double half = std::max(inside.ascent - axis, inside.descent + axis);
            const double wanted = std::max(2 * half * 0.901, 2 * half - 0.5 * kSize);
            const double got = box.height();
            QVERIFY2(got >= wanted - 1e-6, qPrintable(pair + body));
            QVERIFY2(got <= std::max(wanted * 1.45, 1.2 * kSize) + 2 * (half - axis),
                     qPrintable(pair + body));
        }
    }
    // In the middle of the axis.
    const Box box = laidOut(u"\\left(\\frac{1}{\\frac{1}{2}}\\right.");
    const auto [top, bottom] = inkOf(box, Mark::What::Stretch);
    QVERIFY(std::abs((top + bottom) / 2 + constantOf(Constant::AxisHeight)) < 1e-6);
}

void MathLayoutTest::delimitersGrow() {
    double before = laidOut(u"(").height();
    for (const QString& size : {u"\\big("_qs, u"\\Big("_qs, u"\\bigg("_qs, u"\\Bigg("_qs}) {
        const double height = inkHeight(laidOut(size), Mark::What::Stretch);
        QVERIFY(height > before);
        before = height;
    }
    // Put together from parts that meet: a hole would be seen, and so would two layers.
    QString rows = u"a"_qs;
    for (int i = 0; i < 20; ++i) rows += u"\\\\a"_qs;
    const Box tall = laidOut(u"\\left\\{\\begin{matrix}"_qs + rows + u"\\end{matrix}\\right."_qs);
    std::vector<std::pair<double, double>> inks;
    for (const Mark& mark : marksOf(tall, Mark::What::Stretch)) {
        const GlyphBounds bounds = MathFont::ours().bounds(mark.glyph);
        inks.emplace_back(mark.y - bounds.top * mark.stretchY * 0.1,
                          mark.y - bounds.bottom * mark.stretchY * 0.1);
    }
    QVERIFY(inks.size() > 4);
    std::sort(inks.begin(), inks.end());
    for (size_t i = 1; i < inks.size(); ++i)
        QVERIFY(std::abs(inks[i].first - inks[i - 1].second) < 1e-6);
    QVERIFY(inks.back().second - inks.front().first > 20 * 1.2 * kSize * 0.9);
}

void MathLayoutTest::rootCoversItsBody() {
    for (const QString& body : {u"x"_qs, u"\\frac12"_qs, u"\\frac{\\frac12}{\\frac34}"_qs}) {
        const Box inside = laidOut(body), box = laidOut(u"\\sqrt{"_qs + body + u"}"_qs);
        const Mark line = marksOf(box, Mark::What::Rule).back();
        const double gap = constantOf(Constant::RadicalDisplayStyleVerticalGap);
        QVERIFY(line.y + line.height <= -inside.ascent - gap + 2);
        QVERIFY(line.x + line.width >= box.width - 1e-6);
        const Mark sign = marksOf(box, Mark::What::Radical).front();
        QVERIFY(std::abs(sign.ruleTop - line.y) < 1e-6);
        QVERIFY(box.descent >= inside.descent);
    }
    QVERIFY(laidOut(u"\\sqrt[100]{x}").width > laidOut(u"\\sqrt{x}").width);
}

void MathLayoutTest::limits() {
    const Box display = laidOut(u"\\sum_2^3"), inText = laidOut(u"\\sum_2^3", false);
    QVERIFY(markOf(display, '3')->x < display.width / 2);
    QVERIFY(markOf(inText, '3')->x > inText.width / 2);
    QVERIFY(display.height() > inText.height());
    QVERIFY(markOf(laidOut(u"\\int_2^3"), '3')->x > laidOut(u"\\int").width / 2);
    QVERIFY(laidOut(u"\\int\\limits_2^3").height() > laidOut(u"\\int_2^3").height());
    QVERIFY(laidOut(u"\\sum\\nolimits_2^3").height() < display.height());
    const Box lim = laidOut(u"\\lim_{2}");
    QVERIFY(markOf(lim, '2')->y > 0 && markOf(lim, '2')->x < lim.width * 0.6);
    // Symmetric about the axis.
    const Box sum = laidOut(u"\\sum");
    QVERIFY(std::abs((sum.ascent - sum.descent) / 2 - constantOf(Constant::AxisHeight)) < 1e-6);
}

void MathLayoutTest::tables() {
    const Box box = laidOut(u"\\begin{matrix} 1 & 2 \\\\ 3 & 4 \\end{matrix}");
    const Mark *one = markOf(box, '1'), *two = markOf(box, '2'), *three = markOf(box, '3');
    QCOMPARE(one->y, two->y);
    QVERIFY(std::abs(one->x - three->x) < 1e-6);
    QVERIFY(std::abs(three->y - one->y - 1.2 * kSize) < 1e-6);
    QVERIFY(std::abs((box.ascent - box.descent) / 2 - constantOf(Constant::AxisHeight)) < 1e-6);
    // The relations of aligned lines stand under each other.
    const Box lines = laidOut(u"\\begin{aligned} x+y &= 1 \\\\ z &= 2\\end{aligned}");
    std::vector<double> places;
    for (const Mark& mark : lines.marks)
        if (mark.glyph == MathFont::ours().glyph('=')) places.push_back(mark.x);
    QCOMPARE(places.size(), size_t(2));
    QCOMPARE(places[0], places[1]);
    const Box ruled = laidOut(u"\\begin{array}{l|r} 1 & 2 \\\\ \\hline 3 & 4 \\end{array}");
    QCOMPARE(marksOf(ruled, Mark::What::Rule).size(), size_t(2));
    // A row of fractions does not touch the next.
    const Box high = laidOut(u"\\begin{matrix} \\frac12 \\\\ \\frac34 \\end{matrix}");
    QVERIFY(high.height() > 2 * laidOut(u"\\frac12", false).height());
}

void MathLayoutTest::accentsAreOverTheirLetters() {
    for (const AccentEntry& entry : allAccents()) {
        const Box plain = laidOut(u"x"), box = laidOut(u"\\%1{x}"_qs.arg(entry.name));
        QVERIFY2(box.ascent > plain.ascent, entry.name);
        QVERIFY2(std::abs(box.width - plain.width) < 1e-6, entry.name);
        QCOMPARE(box.marks.size() >= 2, true);
    }
    QVERIFY(laidOut(u"\\hat{A}").ascent > laidOut(u"\\hat{x}").ascent);
    // The dot of an i gives way.
    QVERIFY(!markOf(laidOut(u"\\hat i"), 0x1D456));
    QVERIFY(inkHeight(laidOut(u"\\widehat{xyz}"), Mark::What::Stretch) > 0);
}

void MathLayoutTest::bracesAreAsWideAsTheirBody() {
    for (const QString& body : {u"x"_qs, u"a+b+c"_qs, u"a+b+c+d+e+f+g+h+i+j+k+l"_qs}) {
        const double width = laidOut(body).width;
        const Box over = laidOut(u"\\overbrace{%1}"_qs.arg(body)),
                  under = laidOut(u"\\underbrace{%1}"_qs.arg(body));
        QVERIFY(over.width >= width - 1e-6 && over.width <= width * 1.1 + 0.8 * kSize);
        QVERIFY(over.ascent > laidOut(body).ascent);
        QVERIFY(under.descent > laidOut(body).descent);
    }
    QVERIFY(laidOut(u"\\xrightarrow{abcdefgh}").width > laidOut(u"\\scriptstyle abcdefgh").width);
}

void MathLayoutTest::everySymbolHasAGlyphOrText() {
    // What the font lacks is written in the window's type; that is for the few that nobody uses.
    int missing = 0;
    for (const SymbolEntry& entry : allSymbols()) {
        const Box box = laidOut(u"\\%1 "_qs.arg(entry.name));
        QVERIFY2(box.width > 0 && box.height() > 0 && !box.marks.empty(), entry.name);
        missing += box.marks.front().what == Mark::What::Text;
    }
    QVERIFY2(missing <= 8, qPrintable(QString::number(missing)));
    for (const NameEntry& entry : allNames())
        QVERIFY2(laidOut(u"\\%1 "_qs.arg(entry.name)).width > 0, entry.name);
}

void MathLayoutTest::everyCommandLaysOut() {
    for (const QString& name : commandNames()) {
        for (const bool display : {true, false}) {
            const Parsed parsed = parse(u"x^{\\%1 {a}{b}}"_qs.arg(name));
            if (parsed.root) Layout(MathFont::ours(), 15).formula(*parsed.root, display);
        }
    }
}

void MathLayoutTest::everyFormulaHasInk() {
    for (const char16_t* formula : kFormulas) {
        for (const double size : {15.0, 30.0}) {
            const auto picture = layoutMath(formula, true, size, Qt::black);
            QVERIFY(picture);
            const QImage image = painted(*picture);
            QVERIFY(darkIn(image, image.rect()) > 20);
            QVERIFY(picture->baseline() >= 0 && picture->baseline() <= picture->size().height());
            QVERIFY(!picture->spoken().isEmpty());
        }
    }
}

void MathLayoutTest::inkIsWhereItBelongs() {
    const auto picture = layoutMath(u"\\frac{a}{b}", true, 40, Qt::black);
    QVERIFY(picture);
    const QImage image = painted(*picture);
    const int width = qRound(picture->size().width()), height = qRound(picture->size().height());
    const int axis = qRound(picture->baseline() - 0.25 * 44);
    QVERIFY(darkIn(image, {0, axis - 3, width, 6}) > width / 2);
    QVERIFY(darkIn(image, {0, 0, width, axis - 4}) > 30);
    QVERIFY(darkIn(image, {0, axis + 5, width, height}) > 30);
    // In the ink that was asked for.
    const auto red = layoutMath(u"x", false, 40, Qt::red);
    const QImage coloured = painted(*red);
    bool found = false;
    for (int y = 0; y < coloured.height(); ++y)
        for (int x = 0; x < coloured.width(); ++x) found |= coloured.pixel(x, y) == qRgb(255, 0, 0);
    QVERIFY(found);
}

void MathLayoutTest::rulesAreWholePixels() {
    // At any place and scale each row of a bar's pixels is either inked or not.
    const auto picture = layoutMath(u"\\overline{\\phantom{xxxx}}", true, 15, Qt::black);
    QVERIFY(picture);
    for (const double scale : {1.0, 1.25, 1.5, 2.0, 3.0}) {
        for (const double offset : {0.0, 0.3, 0.5, 0.8}) {
            const QImage image = painted(*picture, scale, QPointF(0, offset));
            const int middle = static_cast<int>(picture->size().width() * scale / 2);
            int rows = 0;
            for (int y = 0; y < image.height(); ++y) {
                const int grey = qGray(image.pixel(middle, y));
                QVERIFY2(grey == 0 || grey == 255, qPrintable(QString::number(grey)));
                rows += grey == 0;
            }
            QCOMPARE(rows, std::max(1, qRound(0.06 * 16.5 * scale)));
        }
    }
}

void MathLayoutTest::paintingStaysInside() {
    for (const char16_t* formula : kFormulas) {
        const auto picture = layoutMath(formula, true, 20, Qt::black);
        const QSize size = picture->size().toSize() + QSize(20, 20);
        QImage image(size, QImage::Format_RGB32);
        image.fill(Qt::white);
        QPainter painter(&image);
        picture->paint(painter, QPointF(10, 10));
        painter.end();
        // Two pixels: snapping to whole ones, and anti-aliasing.
        const QRect inside(8, 8, size.width() - 16, size.height() - 16);
        const int total = darkIn(image, image.rect());
        QVERIFY2(darkIn(image, inside) == total, qPrintable(QString::fromUtf16(formula)));
    }
}

void MathLayoutTest::hostileFormulasStayBounded() {
    QString rows;
    for (int i = 0; i < 290; ++i) rows += u"\\frac12\\\\"_qs;
    const QString table = u"\\left(\\begin{matrix}"_qs + rows + u"\\end{matrix}\\right)"_qs;
    QString nested = table;
    for (int i = 0; i < 20; ++i) nested = u"\\left\\{\\sqrt{"_qs + nested + u"}\\right\\}"_qs;
    QString accents = u"x"_qs;
    for (int i = 0; i < 50; ++i) accents = u"\\hat{"_qs + accents + u"}"_qs;
    for (const QString& tex : {nested, accents, u"\\hspace{99999999em}x"_qs,
                               u"x"_qs.repeated(19'000), u"\\hspace{-99em}x"_qs}) {
        QString mistake;
        const auto picture = layoutMath(tex, true, 15, Qt::black, &mistake);
        QVERIFY2(picture, qPrintable(mistake));
        QVERIFY(std::isfinite(picture->size().width()) && std::isfinite(picture->size().height()));
        QVERIFY(picture->spoken().size() <= 2000);
    }
    QVERIFY(layoutMath(u"x", true, std::numeric_limits<double>::quiet_NaN(), Qt::black));
    QVERIFY(layoutMath(u"x", true, 1e300, Qt::black)->size().width() < 2000);
}

void MathLayoutTest::mutationsLayOut() {
    std::mt19937 random(11);
    int laid = 0;
    for (int round = 0; round < 1500; ++round) {
        QString tex = QString::fromUtf16(kFormulas[random() % std::size(kFormulas)]);
        const QString other = QString::fromUtf16(kFormulas[random() % std::size(kFormulas)]);
        tex.remove(static_cast<qsizetype>(random() % static_cast<unsigned>(tex.size())), 1);
        if (random() % 2) tex = u"\\frac{"_qs + tex + u"}{"_qs + other + u"}"_qs;
        const auto picture = layoutMath(tex, round % 2, 15, Qt::black);
        if (!picture) continue;
        ++laid;
        QVERIFY(picture->size().width() >= 0 && picture->size().height() >= 0);
    }
    QVERIFY(laid > 300);
}

void MathLayoutTest::spokenWords_data() {
    QTest::addColumn<QString>("tex");
    QTest::addColumn<QString>("words");
    QTest::newRow("fraction") << u"\\frac{a}{b}=12"_qs << u"a over b, end of fraction equals 12"_qs;
    QTest::newRow("root") << u"\\sqrt{x^2}"_qs << u"square root of x squared, end of root"_qs;
    QTest::newRow("sum") << u"\\sum_{i=1}^n \\alpha_i"_qs
                         << u"sum from i equals 1 to n alpha sub i"_qs;
    QTest::newRow("power") << u"e^{-x}"_qs << u"e to the power minus x"_qs;
    QTest::newRow("double") << u"x \\in \\mathbb{R}"_qs << u"x in R"_qs;
}

void MathLayoutTest::spokenWords() {
    QFETCH(QString, tex);
    QTEST(layoutMath(tex, true, 15, Qt::black)->spoken(), "words");
}

QTEST_MAIN(MathLayoutTest)

#include "layout_test.moc"
