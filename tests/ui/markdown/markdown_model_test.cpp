// The rows of a growing answer: right for any view, and no more is told than what changed.
#include "ui/markdown/markdown_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>

#include "describe.h"
#include "documents.h"

using namespace alcove::ui;

namespace {

QStringList rowsOf(const MarkdownModel& model) {
    QStringList rows;
    for (int row = 0; row < model.rowCount(); ++row)
        rows << describe(
            model.data(model.index(row), MarkdownModel::BlockRole).value<MarkdownBlock>().block());
    return rows;
}

}  // namespace

class MarkdownModelTest : public QObject {
    Q_OBJECT

private slots:
    void holdsForAnyView();
    void aGrowingParagraphChangesOneRow();
    void newBlocksAreInserted();
    void anotherKindIsAnotherRow();
    void spacesAndQuotes();
    void unsupportedRangesAreMarked();
    void streamingEnds();
};

void MarkdownModelTest::holdsForAnyView() {
    std::mt19937 random(11);
    for (int i = 0; i < 30; ++i) {
        MarkdownModel model;
        QAbstractItemModelTester tester(&model,
                                        QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setStreaming(true);
        model.setCitations(2);
        const QString text =
            randomDocument(random) + QStringLiteral("\n\n") + randomDocument(random);
        for (qsizetype size = 0; size <= text.size(); ++size) {
            model.setText(text.first(size));
            QCOMPARE(rowsOf(model), describe(parseMarkdown(text.first(size),
                                                           {.citations = 2, .unfinished = true})));
        }
        model.setStreaming(false);
        QCOMPARE(rowsOf(model), describe(parseMarkdown(text, {.citations = 2})));
        model.setText({});
        QCOMPARE(model.rowCount(), 0);
    }
}

void MarkdownModelTest::aGrowingParagraphChangesOneRow() {
    MarkdownModel model;
    model.setText("# a\n\nb\n\nc");
    QSignalSpy changed(&model, &MarkdownModel::dataChanged);
    QSignalSpy inserted(&model, &MarkdownModel::rowsInserted);
    QSignalSpy removed(&model, &MarkdownModel::rowsRemoved);
    model.setText("# a\n\nb\n\nc more");
    QCOMPARE(changed.size(), 1);
    QCOMPARE(changed[0][0].toModelIndex().row(), 2);
    QVERIFY(inserted.isEmpty() && removed.isEmpty());
    model.setText("# a\n\nb\n\nc more");
    QCOMPARE(changed.size(), 1);
}

void MarkdownModelTest::newBlocksAreInserted() {
    MarkdownModel model;
    model.setText("a");
    QSignalSpy changed(&model, &MarkdownModel::dataChanged);
    QSignalSpy inserted(&model, &MarkdownModel::rowsInserted);
    model.setText("a\n\nb\n\n```\nc");
    QCOMPARE(inserted.size(), 2);
    QVERIFY(changed.isEmpty());
}

void MarkdownModelTest::anotherKindIsAnotherRow() {
    MarkdownModel model;
    model.setText("a\n\n| x |");
    QSignalSpy inserted(&model, &MarkdownModel::rowsInserted);
    QSignalSpy removed(&model, &MarkdownModel::rowsRemoved);
    model.setText("a\n\n| x |\n|---|");
    QCOMPARE(inserted.size(), 1);
    QCOMPARE(removed.size(), 1);
    QCOMPARE(model.data(model.index(1), MarkdownModel::KindRole).toInt(),
             int(MarkdownModel::Table));
}

void MarkdownModelTest::spacesAndQuotes() {
    MarkdownModel model;
    model.setText("a\n\nb\n- x\n- y\n\n# h\n\nc\n\n> q\n> > r");
    QList<int> spaces, shared;
    for (int row = 0; row < model.rowCount(); ++row) {
        spaces << model.data(model.index(row), MarkdownModel::SpaceRole).toInt();
        shared << model.data(model.index(row), MarkdownModel::SharedQuotesRole).toInt();
    }
    QCOMPARE(spaces, (QList<int>{0, 2, 2, 1, 3, 1, 2, 2}));
    QCOMPARE(shared, (QList<int>{0, 0, 0, 0, 0, 0, 0, 1}));
}

void MarkdownModelTest::unsupportedRangesAreMarked() {
    MarkdownModel model;
    model.setText("One. Two.\n\nThree.");
    model.setUnsupported({11, 17, 5, 9, 7, 3});
    QCOMPARE(model.unsupported(), (QList<int>{5, 9, 11, 17}));
    QCOMPARE(rowsOf(model), (QStringList{"p: One. {? Two.}", "p: {? Three.}"}));
    model.setText("One. Two.\n\nThree. Four.");
    QCOMPARE(rowsOf(model)[1], QString("p: {? Three.} Four."));
    model.setUnsupported({});
    QCOMPARE(rowsOf(model), (QStringList{"p: One. Two.", "p: Three. Four."}));
}

void MarkdownModelTest::streamingEnds() {
    MarkdownModel model;
    model.setStreaming(true);
    model.setText("a **b");
    QCOMPARE(rowsOf(model), QStringList{"p: a {b b}"});
    model.setStreaming(false);
    QCOMPARE(rowsOf(model), QStringList{"p: a **b"});
}

QTEST_APPLESS_MAIN(MarkdownModelTest)
#include "markdown_model_test.moc"
