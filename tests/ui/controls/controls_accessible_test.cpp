// What a screen reader is told of each control: its role, its name, its state, and what it can do
// to it.
#include <QAccessible>
#include <QQmlComponent>
#include <QQmlEngine>
#include <QQuickItem>
#include <QQuickView>
#include <QSignalSpy>
#include <QTest>
#include <memory>

#include "ui/controls/fonts.h"

class ControlsAccessibleTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void cleanup() { m_item = nullptr; }
    void roleAndName_data();
    void roleAndName();
    void aButtonCanBePressed();
    void aSwitchSaysWhetherItIsOn();
    void aFieldTellsAndTakesItsText();
    void aRowSaysThatItIsTheCurrentOne();
    void aMenuEntryIsFoundInItsMenu();
    void valuesAreTold();
    void decorationIsNotRead();

private:
    QAccessibleInterface* show(const QByteArray& control);

    std::unique_ptr<QQuickView> m_view;
    QQuickItem* m_item = nullptr;
};

void ControlsAccessibleTest::initTestCase() {
    QCOMPARE(alcove::ui::loadFonts(), 0);
    QAccessible::setActive(true);
}

QAccessibleInterface* ControlsAccessibleTest::show(const QByteArray& control) {
    m_view = std::make_unique<QQuickView>();
    m_view->engine()->addImportPath(QStringLiteral("qrc:/qt/qml"));
    QQmlComponent component(m_view->engine());
    component.setData("import QtQuick\nimport Alcove.Controls\n" + control, QUrl());
    m_item = qobject_cast<QQuickItem*>(component.create());
    if (!m_item) {
        qWarning() << component.errorString();
        return nullptr;
    }
    m_view->setContent(QUrl(), &component, m_item);
    m_view->resize(400, 300);
    m_view->show();
    if (!QTest::qWaitForWindowExposed(m_view.get())) return nullptr;
    return QAccessible::queryAccessibleInterface(m_item);
}

void ControlsAccessibleTest::roleAndName_data() {
    QTest::addColumn<QByteArray>("control");
    QTest::addColumn<QAccessible::Role>("role");
    QTest::addColumn<QString>("name");
    QTest::addColumn<bool>("focusable");
    const auto row = [](const char* control, QAccessible::Role role, const char* name,
                        bool focusable = true) {
        QTest::newRow(control) << QByteArray(control) << role << QString::fromUtf8(name)
                               << focusable;
    };
    row("PrimaryButton { text: 'Download' }", QAccessible::Button, "Download");
    row("OutlineButton { text: 'In use' }", QAccessible::Button, "In use");
    row("PlainButton { text: 'Copy' }", QAccessible::Button, "Copy");
    row("CardButton { text: 'New chat'; note: 'Ctrl N' }", QAccessible::Button, "New chat");
    row("SuggestionCard { text: 'Rewrite'; detail: 'Paste it' }", QAccessible::Button, "Rewrite");
    row("IconButton { icon.name: 'copy'; text: 'Copy' }", QAccessible::Button, "Copy");
    row("RoundButton {}", QAccessible::Button, "Send");
    row("RoundButton { busy: true }", QAccessible::Button, "Stop");
    row("Pill { text: 'Manuals'; closable: true }", QAccessible::Button, "Manuals");
    row("SidebarItem { text: 'Lease' }", QAccessible::ListItem, "Lease");
    row("Switch { text: 'History' }", QAccessible::CheckBox, "History");
    row("Check { text: 'Watch it' }", QAccessible::CheckBox, "Watch it");
    row("Radio { text: 'Dark' }", QAccessible::RadioButton, "Dark");
    row("Slider { label: 'Size' }", QAccessible::Slider, "Size");
    row("Select { label: 'Language'; model: ['a', 'b'] }", QAccessible::ComboBox, "Language");
    row("TextInputField { label: 'Name' }", QAccessible::EditableText, "Name");
    row("TextInputField { placeholderText: 'Name' }", QAccessible::EditableText, "Name");
    row("SearchField {}", QAccessible::EditableText, "Search");
    row("MenuEntry { text: 'Rename' }", QAccessible::MenuItem, "Rename");
    row("TableRow { text: 'Offer v2.docx' }", QAccessible::ListItem, "Offer v2.docx");
    row("SplitHandle { label: 'Width' }", QAccessible::Splitter, "Width");
    row("HeaderCell { text: 'Pages' }", QAccessible::ColumnHeader, "Pages", false);
    row("SectionLabel { text: 'Today' }", QAccessible::Heading, "Today", false);
    row("Title { text: 'Models' }", QAccessible::Heading, "Models", false);
    row("LargeTitle { text: 'Hello' }", QAccessible::Heading, "Hello", false);
    row("Heading { text: 'Qwen3' }", QAccessible::Heading, "Qwen3", false);
    row("Body { text: 'Text' }", QAccessible::StaticText, "Text", false);
    row("Note { text: 'Text' }", QAccessible::StaticText, "Text", false);
    row("Banner { text: 'It stopped' }", QAccessible::AlertMessage, "It stopped", false);
    row("Banner { text: 'Good'; warning: false }", QAccessible::Note, "Good", false);
    row("Toast { text: 'Deleted'; shown: true }", QAccessible::AlertMessage, "Deleted", false);
    row("Spinner {}", QAccessible::Animation, "Working", false);
}

void ControlsAccessibleTest::roleAndName() {
    QFETCH(QByteArray, control);
    QFETCH(QAccessible::Role, role);
    QFETCH(QString, name);
    QFETCH(bool, focusable);
    const QAccessibleInterface* seen = show(control);
    QVERIFY(seen);
    QCOMPARE(seen->role(), role);
    QCOMPARE(seen->text(QAccessible::Name), name);
    QCOMPARE(m_item->activeFocusOnTab(), focusable);
}

void ControlsAccessibleTest::aButtonCanBePressed() {
    QAccessibleInterface* seen = show("IconButton { icon.name: 'copy'; text: 'Copy' }");
    QVERIFY(seen && seen->actionInterface());
    QSignalSpy clicked(m_item, SIGNAL(clicked()));
    seen->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(clicked.count(), 1);
    m_item->setEnabled(false);
    seen->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(clicked.count(), 1);
}

void ControlsAccessibleTest::aSwitchSaysWhetherItIsOn() {
    QAccessibleInterface* seen = show("Switch { text: 'History' }");
    QVERIFY(seen && seen->actionInterface());
    QVERIFY(seen->state().checkable);
    QVERIFY(!seen->state().checked);
    seen->actionInterface()->doAction(QAccessibleActionInterface::toggleAction());
    QVERIFY(m_item->property("checked").toBool());
    QVERIFY(seen->state().checked);
}

void ControlsAccessibleTest::aFieldTellsAndTakesItsText() {
    QAccessibleInterface* seen = show("TextInputField { label: 'Name'; text: 'Lease' }");
    QVERIFY(seen);
    QCOMPARE(seen->text(QAccessible::Value), QStringLiteral("Lease"));
    QVERIFY(seen->state().editable);
    QVERIFY(seen->state().focusable);
    seen->setText(QAccessible::Value, QStringLiteral("Offer"));
    QCOMPARE(m_item->property("text").toString(), QStringLiteral("Offer"));

    show("TextBox { label: 'Question'; text: 'How long?' }");
    QVERIFY(m_item);
    QQuickItem* area = m_item->property("area").value<QQuickItem*>();
    QAccessibleInterface* box = QAccessible::queryAccessibleInterface(area);
    QVERIFY(box);
    QCOMPARE(box->role(), QAccessible::EditableText);
    QCOMPARE(box->text(QAccessible::Name), QStringLiteral("Question"));
    QVERIFY(box->state().multiLine);
}

void ControlsAccessibleTest::aRowSaysThatItIsTheCurrentOne() {
    QAccessibleInterface* seen = show("SidebarItem { text: 'Case files'; count: 38 }");
    QVERIFY(seen);
    QVERIFY(seen->state().selectable);
    QVERIFY(!seen->state().selected);
    m_item->setProperty("current", true);
    QVERIFY(seen->state().selected);
    QCOMPARE(seen->text(QAccessible::Description), QStringLiteral("38"));
}

void ControlsAccessibleTest::aMenuEntryIsFoundInItsMenu() {
    show(
        "Item { property QtObject menu: MenuPanel { MenuEntry { objectName: 'entry'; text: "
        "'Rename'; shortcutText: 'F2' } } }");
    QVERIFY(m_item);
    QObject* menu = m_item->property("menu").value<QObject*>();
    QVERIFY(menu);
    QVERIFY(menu->setProperty("parent", QVariant::fromValue(m_item)));
    QMetaObject::invokeMethod(menu, "open");
    QTRY_VERIFY(menu->property("opened").toBool());
    QQuickItem* entry = menu->property("contentItem")
                            .value<QQuickItem*>()
                            ->findChild<QQuickItem*>(QStringLiteral("entry"));
    if (!entry) entry = menu->findChild<QQuickItem*>(QStringLiteral("entry"));
    QVERIFY(entry);
    const QAccessibleInterface* seen = QAccessible::queryAccessibleInterface(entry);
    QVERIFY(seen);
    QCOMPARE(seen->role(), QAccessible::MenuItem);
    QCOMPARE(seen->text(QAccessible::Name), QStringLiteral("Rename"));
    QCOMPARE(seen->text(QAccessible::Description), QStringLiteral("F2"));
}

void ControlsAccessibleTest::valuesAreTold() {
    QAccessibleInterface* slider = show("Slider { label: 'Size'; from: 1; to: 3; value: 2 }");
    QVERIFY(slider && slider->valueInterface());
    QCOMPARE(slider->valueInterface()->currentValue().toDouble(), 2.0);
    QCOMPARE(slider->valueInterface()->maximumValue().toDouble(), 3.0);

    QAccessibleInterface* line = show("ProgressLine { value: 0.25; Accessible.name: 'Reading' }");
    QVERIFY(line);
    QCOMPARE(line->role(), QAccessible::ProgressBar);
    QCOMPARE(line->text(QAccessible::Name), QStringLiteral("Reading"));
    QCOMPARE(line->text(QAccessible::Description), QStringLiteral("25 %"));
}

void ControlsAccessibleTest::decorationIsNotRead() {
    const QAccessibleInterface* seen = show("CardButton { text: 'New chat'; note: 'Ctrl N' }");
    QVERIFY(seen);
    QCOMPARE(seen->childCount(), 0);
    QCOMPARE(seen->text(QAccessible::Description), QStringLiteral("Ctrl N"));
}

QTEST_MAIN(ControlsAccessibleTest)
#include "controls_accessible_test.moc"
