// A text that grows must at each moment be what it is when it is read whole.
#include "ui/markdown/markdown_document.h"

#include <QtTest>

#include "describe.h"
#include "documents.h"

using namespace alcove::ui;

namespace {

QByteArray difference(const QString& text, const Blocks& grown, const Blocks& whole) {
    return QStringLiteral("%1\ngrown: %2\nwhole: %3")
        .arg(QString(text).replace(u'\n', QStringLiteral("\\n")), describe(grown).join(u'\n'),
             describe(whole).join(u'\n'))
        .toUtf8();
}

/// Grows by `step` characters at a time; returns what differs first.
QByteArray grow(const QString& text, ParseOptions options, qsizetype step) {
    MarkdownDocument document;
    Blocks before;
    for (qsizetype size = 0;; size = std::min(size + step, text.size())) {
        const QString prefix = text.first(size);
        const size_t kept = document.setText(prefix, options);
        const Blocks whole = parseMarkdown(prefix, options);
        if (document.blocks() != whole) return difference(prefix, document.blocks(), whole);
        if (kept > before.size() ||
            !std::equal(before.begin(), before.begin() + long(kept), whole.begin()))
            return "kept what changed: " + prefix.toUtf8();
        before = document.blocks();
        if (size == text.size()) return {};
    }
}

}  // namespace

class MarkdownDocumentTest : public QObject {
    Q_OBJECT

private slots:
    void growsAsTheWhole_data();
    void growsAsTheWhole();
    void growsAsTheWholeAnyText();
    void startsAgainWhenTextIsReplaced();
    void finishedTextIsAsRead();
    void workOfAppendingStaysSmall();
};

void MarkdownDocumentTest::growsAsTheWhole_data() {
    QTest::addColumn<QString>("text");
    const QStringList documents = sampleDocuments();
    for (qsizetype i = 0; i < documents.size(); ++i) QTest::addRow("%d", int(i)) << documents[i];
    QTest::addRow("all") << documents.join("\n\n");
    QTest::addRow("all, close") << documents.join("\n");
}

void MarkdownDocumentTest::growsAsTheWhole() {
    QFETCH(QString, text);
    for (const bool unfinished : {false, true})
        for (const qsizetype step : {qsizetype(1), qsizetype(7)}) {
            const QByteArray failure = grow(text, {.citations = 3, .unfinished = unfinished}, step);
            QVERIFY2(failure.isEmpty(), failure);
        }
}

void MarkdownDocumentTest::growsAsTheWholeAnyText() {
    std::mt19937 random(7);
    for (int i = 0; i < 1500; ++i) {
        const QString text = randomDocument(random);
        const QByteArray failure = grow(text, {.citations = 2, .unfinished = i % 2 == 1}, 1);
        QVERIFY2(failure.isEmpty(), failure);
    }
}

void MarkdownDocumentTest::startsAgainWhenTextIsReplaced() {
    MarkdownDocument document;
    document.setText("# one\n\ntwo\n\nthree", {});
    QCOMPARE(document.setText("# other", {}), size_t(0));
    QCOMPARE(describe(document.blocks()), QStringList{"h1: other"});
    document.setText("", {});
    QVERIFY(document.blocks().empty());
}

void MarkdownDocumentTest::finishedTextIsAsRead() {
    MarkdownDocument document;
    document.setText("a **b", {.unfinished = true});
    QCOMPARE(describe(document.blocks()), QStringList{"p: a {b b}"});
    document.setText("a **b", {});
    QCOMPARE(describe(document.blocks()), QStringList{"p: a **b"});
}

void MarkdownDocumentTest::workOfAppendingStaysSmall() {
    QString text;
    for (int i = 0; text.size() < 20'000; ++i)
        text += QStringLiteral("Paragraph %1 with some words in it.\n\n- item\n- item\n\n").arg(i);
    MarkdownDocument document;
    document.setText(text, {.unfinished = true});
    const qsizetype before = document.parsedUnits();
    for (int i = 0; i < 100; ++i) {
        text += QStringLiteral("token ");
        document.setText(text, {.unfinished = true});
    }
    QVERIFY2(document.parsedUnits() - before < 100 * 800,
             qPrintable(QString::number(document.parsedUnits() - before)));
}

QTEST_APPLESS_MAIN(MarkdownDocumentTest)
#include "markdown_document_test.moc"
