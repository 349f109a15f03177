// Every colour of text against every ground that it stands on: at least 4.5 : 1, whatever is
// chosen.
#include <QColor>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QTest>
#include <cmath>
#include <memory>

namespace {

double linear(double channel) {
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

/// The relative luminance of the web's contrast guidelines (WCAG 2).
double luminance(const QColor& color) {
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

double contrast(const QColor& one, const QColor& other) {
    const double a = luminance(one);
    const double b = luminance(other);
    return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

/// What is seen of `ground` under the half-transparent `veil`.
QColor under(const QColor& veil, const QColor& ground) {
    const double a = veil.alphaF();
    const auto mixed = [a](double over, double below) { return float(over * a + below * (1 - a)); };
    return QColor::fromRgbF(mixed(veil.redF(), ground.redF()),
                            mixed(veil.greenF(), ground.greenF()),
                            mixed(veil.blueF(), ground.blueF()));
}

struct Pairs {
    const char* text;
    QStringList grounds;  // "a+b": b lies over a
};

const Pairs kPairs[] = {
    {"ink",
     {"background", "sidebar", "card", "softAccent", "softWarning", "markedText", "ownMessage",
      "code", "selection", "background+hovered", "background+pressed", "sidebar+hovered",
      "sidebar+pressed", "card+hovered", "card+pressed", "softAccent+hovered"}},
    {"muted",
     {"background", "sidebar", "card", "ownMessage", "code", "background+hovered",
      "background+pressed", "sidebar+hovered", "sidebar+pressed", "card+hovered"}},
    {"faint", {"background", "sidebar", "card", "code", "sidebar+hovered"}},
    {"accent", {"background", "sidebar", "card", "softAccent", "card+hovered"}},
    {"warning", {"background", "sidebar", "card", "softWarning", "card+hovered"}},
    {"accentInk", {"accent", "accentHovered", "accentPressed"}},
    {"background", {"ink"}},
    {"codeComment", {"code"}},
    {"codeString", {"code"}},
    {"codeNumber", {"code"}},
    {"codeKeyword", {"code"}},
    {"codeType", {"code"}},
    {"codeFunction", {"code"}},
    {"codeAttribute", {"code"}},
    {"codeKey", {"code"}},
    {"codeAdded", {"code"}},
    {"codeRemoved", {"code"}},
    {"codeHeading", {"code"}},
    {"paperInk", {"paper", "markedPaper"}},
};

}  // namespace

class ThemeTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void textCanBeRead_data();
    void textCanBeRead();
    void contrastIsMeasuredAsTheGuidelinesSay();
    void nothingMovesWithReducedMotion();
    void sizesFollowTheTextScale();

private:
    QColor color(const QString& name) const {
        return m_theme->property(name.toLatin1().constData()).value<QColor>();
    }
    QColor ground(const QString& name) const {
        const QStringList layers = name.split(QLatin1Char('+'));
        return layers.size() == 1 ? color(name) : under(color(layers[1]), color(layers[0]));
    }

    QQmlEngine m_engine;
    std::unique_ptr<QObject> m_page;
    QObject* m_theme = nullptr;
};

void ThemeTest::initTestCase() {
    m_engine.addImportPath(QStringLiteral("qrc:/qt/qml"));
    QQmlComponent component(&m_engine);
    component.setData(
        "import QtQml\nimport Alcove.Controls\nQtObject { property QtObject theme: Theme }",
        QUrl());
    m_page.reset(component.create());
    QVERIFY2(m_page, qPrintable(component.errorString()));
    m_theme = m_page->property("theme").value<QObject*>();
    QVERIFY(m_theme);
}

void ThemeTest::textCanBeRead_data() {
    QTest::addColumn<bool>("dark");
    QTest::addColumn<bool>("highContrast");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("behind");
    for (const bool dark : {false, true})
        for (const bool high : {false, true})
            for (const Pairs& pairs : kPairs)
                for (const QString& behind : pairs.grounds)
                    QTest::addRow("%s%s: %s on %s", dark ? "dark" : "light",
                                  high ? ", high contrast" : "", pairs.text, qPrintable(behind))
                        << dark << high << QString::fromLatin1(pairs.text) << behind;
}

void ThemeTest::textCanBeRead() {
    QFETCH(bool, dark);
    QFETCH(bool, highContrast);
    QFETCH(QString, text);
    QFETCH(QString, behind);
    m_theme->setProperty("dark", dark);
    m_theme->setProperty("highContrast", highContrast);
    QVERIFY2(color(text).isValid() && ground(behind).isValid(), "no such colour");
    QCOMPARE(color(text).alpha(), 255);
    const double ratio = contrast(color(text), ground(behind));
    QVERIFY2(ratio >= 4.5, qPrintable(QStringLiteral("%1 on %2: %3 : 1")
                                          .arg(color(text).name(), ground(behind).name())
                                          .arg(ratio, 0, 'f', 2)));
}

void ThemeTest::contrastIsMeasuredAsTheGuidelinesSay() {
    QCOMPARE(contrast(Qt::black, Qt::white), 21.0);
    QVERIFY(std::abs(contrast(QColor(0x77, 0x77, 0x77), Qt::white) - 4.48) < 0.01);
}

void ThemeTest::nothingMovesWithReducedMotion() {
    QVERIFY(m_theme->property("duration").toInt() > 0);
    m_theme->setProperty("reduceMotion", true);
    QCOMPARE(m_theme->property("duration").toInt(), 0);
    m_theme->setProperty("reduceMotion", false);
}

void ThemeTest::sizesFollowTheTextScale() {
    const char* const sizes[] = {"listSize", "titleSize", "largeTitleSize", "iconSize",
                                 "controlHeight"};
    for (const char* size : sizes) {
        m_theme->setProperty("textScale", 1.0);
        const double before = m_theme->property(size).toDouble();
        m_theme->setProperty("textScale", 1.5);
        QCOMPARE(m_theme->property(size).toDouble(), before * 1.5);
    }
    m_theme->setProperty("textScale", 1.0);
}

QTEST_MAIN(ThemeTest)
#include "theme_test.moc"
