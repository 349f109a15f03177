// The icons are one family, and come out sharp in any colour and size.
#include <QImage>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QQuickView>
#include <QTest>
#include <QXmlStreamReader>
#include <cmath>
#include <memory>

#include "ui/controls/icon_shape.h"

using alcove::ui::IconShape;

namespace {

const QStringList kWanted = QStringLiteral(
                                "logo new search folder document paperclip model settings send "
                                "stop copy retry edit continue thumb-up thumb-down chevron-left "
                                "chevron-right chevron-up chevron-down close more pin archive "
                                "trash undo check warning info link image menu sidebar panel sun "
                                "moon download pause play drag history compare chart key globe "
                                "shield text-size keyboard tag export import lock eye")
                                .split(QLatin1Char(' '));

bool hasInk(const QImage& image, const QRect& part) {
    for (int y = part.top(); y <= part.bottom(); ++y)
        for (int x = part.left(); x <= part.right(); ++x)
            if (qAlpha(image.pixel(x, y)) > 0) return true;
    return false;
}

}  // namespace

class IconsTest : public QObject {
    Q_OBJECT

private slots:
    void allAreThere();
    void oneFamily_data();
    void oneFamily();
    void inkWithinTheGrid_data() { oneFamily_data(); }
    void inkWithinTheGrid();
    void mirrored();
    void unknownIsNothing();
    void shownInItsColour();
};

void IconsTest::allAreThere() {
    const QStringList names = IconShape::names();
    for (const QString& name : kWanted) QVERIFY2(names.contains(name), qPrintable(name));
}

void IconsTest::oneFamily_data() {
    QTest::addColumn<QString>("name");
    for (const QString& name : IconShape::names()) QTest::newRow(qPrintable(name)) << name;
}

void IconsTest::oneFamily() {
    QFETCH(QString, name);
    QFile file(QStringLiteral(":/alcove/icons/%1.svg").arg(name));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QXmlStreamReader xml(&file);
    QVERIFY(xml.readNextStartElement());
    QCOMPARE(xml.name(), QStringLiteral("svg"));
    const QXmlStreamAttributes root = xml.attributes();
    QCOMPARE(root.value(QStringLiteral("viewBox")), QStringLiteral("0 0 16 16"));
    QCOMPARE(root.value(QStringLiteral("stroke-width")), QStringLiteral("1.4"));
    QCOMPARE(root.value(QStringLiteral("stroke-linecap")), QStringLiteral("round"));
    QCOMPARE(root.value(QStringLiteral("stroke-linejoin")), QStringLiteral("round"));
    QCOMPARE(root.value(QStringLiteral("fill")), QStringLiteral("none"));
    int shapes = 0;
    while (xml.readNextStartElement()) {
        ++shapes;
        const QXmlStreamAttributes shape = xml.attributes();
        QVERIFY(xml.name() == QStringLiteral("path") || xml.name() == QStringLiteral("circle"));
        QVERIFY(!shape.hasAttribute(QStringLiteral("stroke-width")));
        QVERIFY(!shape.hasAttribute(QStringLiteral("transform")));
        QVERIFY(!shape.hasAttribute(QStringLiteral("style")));
        if (shape.hasAttribute(QStringLiteral("fill"))) {  // a dot
            QCOMPARE(xml.name(), QStringLiteral("circle"));
            QCOMPARE(shape.value(QStringLiteral("stroke")), QStringLiteral("none"));
            QVERIFY(shape.value(QStringLiteral("r")).toDouble() <= 1.6);
        }
        xml.skipCurrentElement();
    }
    QVERIFY2(!xml.hasError(), qPrintable(xml.errorString()));
    QVERIFY(shapes > 0);
}

void IconsTest::inkWithinTheGrid() {
    QFETCH(QString, name);
    for (const int pixels : {16, 24, 32, 64}) {
        const QImage image = IconShape::draw(name, Qt::red, pixels, false);
        QCOMPARE(image.size(), QSize(pixels, pixels));
        QVERIFY(hasInk(image, image.rect()));
        for (int y = 0; y < pixels; ++y)
            for (int x = 0; x < pixels; ++x)
                if (qAlpha(image.pixel(x, y)) == 255)
                    QCOMPARE(image.pixelColor(x, y), QColor(Qt::red));
    }
    const QImage large = IconShape::draw(name, Qt::black, 64, false);
    QVERIFY2(!hasInk(large, {0, 0, 64, 2}) && !hasInk(large, {0, 62, 64, 2}) &&
                 !hasInk(large, {0, 0, 2, 64}) && !hasInk(large, {62, 0, 2, 64}),
             "ink at the very edge");
}

void IconsTest::mirrored() {
    const QImage left = IconShape::draw(QStringLiteral("chevron-left"), Qt::black, 64, false);
    const QImage turned = IconShape::draw(QStringLiteral("chevron-right"), Qt::black, 64, true);
    int different = 0;
    for (int y = 0; y < 64; ++y)
        for (int x = 0; x < 64; ++x)
            different += std::abs(qAlpha(left.pixel(x, y)) - qAlpha(turned.pixel(x, y))) > 64;
    QVERIFY2(different < 20, qPrintable(QString::number(different)));
    QVERIFY(left != IconShape::draw(QStringLiteral("chevron-right"), Qt::black, 64, false));
}

void IconsTest::unknownIsNothing() {
    QVERIFY(IconShape::draw(QStringLiteral("no-such"), Qt::black, 16, false).isNull());
    QVERIFY(IconShape::draw(QStringLiteral("../fonts/OFL"), Qt::black, 16, false).isNull());
}

void IconsTest::shownInItsColour() {
    QQuickView view;
    view.engine()->addImportPath(QStringLiteral("qrc:/qt/qml"));
    view.setColor(Qt::white);
    QQmlComponent component(view.engine());
    component.setData(
        "import QtQuick\nimport Alcove.Controls\n"
        "Icon { name: 'minus'; size: 32; color: '#ff0000' }",
        QUrl());
    auto* icon = qobject_cast<QQuickItem*>(component.create());
    QVERIFY2(icon, qPrintable(component.errorString()));
    view.setContent(QUrl(), &component, icon);
    view.resize(32, 32);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    const auto middle = [&view] {
        const QImage seen = view.grabWindow();
        return seen.pixelColor(seen.width() / 2, seen.height() / 2);
    };
    QCOMPARE(middle(), QColor(Qt::red));
    icon->setProperty("color", QColor(Qt::blue));
    QCOMPARE(middle(), QColor(Qt::blue));
    icon->setProperty("name", QStringLiteral("new"));
    icon->setProperty("name", QString());
    QCOMPARE(middle(), QColor(Qt::white));
}

QTEST_MAIN(IconsTest)
#include "icons_test.moc"
