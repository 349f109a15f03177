#include "ui/chat/message_model.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QtTest>

using namespace alcove;
using ui::AnswerJob;
using ui::MessageModel;

namespace {

app::StoredMessage message(int64_t id, bool fromUser, std::string text) {
    app::StoredMessage made;
    made.id = id;
    made.fromUser = fromUser;
    made.text = std::move(text);
    return made;
}

app::StoredMessage growing(int64_t id) {
    app::StoredMessage made = message(id, false, "");
    made.state = app::MessageState::Growing;
    return made;
}

}  // namespace

class MessageModelTest : public QObject {
    Q_OBJECT

private slots:
    void rowsComeAndGo() {
        MessageModel model;
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.append(message(1, true, "a"));
        model.append(growing(2));
        QCOMPARE(model.count(), 2);
        model.removeLast(1);
        QCOMPARE(model.rowOf(2), -1);
        QCOMPARE(model.rowOf(1), 0);
        model.reset({message(3, true, "b"), message(4, false, "c"), message(5, true, "d")});
        QCOMPARE(model.rowOf(4), 1);
        model.removeLast(99);
        QCOMPARE(model.count(), 0);
        model.removeLast(1);
    }

    /// A page that is told of more than what changed would draw it all again for each token.
    void whatChangesIsToldAlone() {
        MessageModel model;
        model.reset({message(1, true, "a"), growing(2)});
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy spy(&model, &QAbstractItemModel::dataChanged);
        const auto rolesAfter = [&](const AnswerJob::State& state) {
            spy.clear();
            model.update(2, state);
            return spy.isEmpty() ? QList<int>{-1} : spy.front().at(2).value<QList<int>>();
        };
        AnswerJob::State state;
        QCOMPARE(rolesAfter(state), QList<int>{-1});
        state.thought = QStringLiteral("hm");
        QCOMPARE(rolesAfter(state),
                 (QList<int>{MessageModel::ThoughtRole, MessageModel::ThoughtLineRole}));
        QCOMPARE(model.data(model.index(1), MessageModel::ThoughtLineRole).toString(),
                 QStringLiteral("Thinking"));
        state.text = QStringLiteral("b");
        state.thoughtSeconds = 4.2;
        QCOMPARE(rolesAfter(state), (QList<int>{MessageModel::TextRole, Qt::DisplayRole,
                                                MessageModel::ThoughtLineRole}));
        QCOMPARE(model.data(model.index(1), MessageModel::ThoughtLineRole).toString(),
                 QStringLiteral("Thought for 4 seconds"));
        state.text += QStringLiteral("c");
        QCOMPARE(rolesAfter(state), (QList<int>{MessageModel::TextRole, Qt::DisplayRole}));
        state.ended = true;
        state.end = app::MessageState::Complete;
        QCOMPARE(rolesAfter(state), QList<int>{});
        QCOMPARE(model.data(model.index(1), MessageModel::GrowingRole).toBool(), false);
        QCOMPARE(model.at(1).text, std::string("bc"));
        spy.clear();
        model.update(7, state);  // of a conversation that is not shown
        QVERIFY(spy.isEmpty());
    }

    void howItEndedIsSaid() {
        using enum app::MessageState;
        MessageModel model;
        for (const auto state : {Complete, Limit, Stopped, Interrupted, Failed}) {
            app::StoredMessage made = message(1, false, "x");
            made.state = state;
            made.error = state == Failed ? "no memory" : "";
            model.reset({made});
            const auto at = [&](int role) { return model.data(model.index(0), role).toString(); };
            QCOMPARE(at(MessageModel::NoteRole).isEmpty(), state == Complete || state == Failed);
            QCOMPARE(at(MessageModel::ErrorRole),
                     state == Failed ? QStringLiteral("no memory") : QString());
        }
    }
};

QTEST_GUILESS_MAIN(MessageModelTest)

#include "message_model_test.moc"
