// The conversation page's state: what is asked, kept, stopped, asked anew.
#include "ui/chat/chat.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QGuiApplication>

#include "chat_setup.h"

using namespace alcove;
using ui::MessageModel;

class ChatTest : public QObject {
    Q_OBJECT

private slots:
    void aQuestionIsAnsweredAndKept() {
        ChatSetup setup;
        const QAbstractItemModelTester tester(
            setup.chat->messages(), QAbstractItemModelTester::FailureReportingMode::QtTest);
        setup.ask(QStringLiteral("  hello\nthere "));
        QCOMPARE(setup.chat->messages()->count(), 2);
        QCOMPARE(setup.text(0), QStringLiteral("hello\nthere"));
        QCOMPARE(setup.text(1), QStringLiteral("You said: hello\nthere"));
        QCOMPARE(setup.chat->draft(), QString());
        QVERIFY(setup.chat->conversation() != 0);
        const auto path = setup.store->path(setup.chat->conversation());
        QVERIFY(path.ok());
        QCOMPARE(path->size(), size_t{2});
        QCOMPARE((*path)[1].text, std::string("You said: hello\nthere"));
        QCOMPARE((*path)[1].state, app::MessageState::Complete);
        QCOMPARE((*path)[1].model, setup.models->current().id);
        QVERIFY(setup.chat->contextUsed().startsWith(QStringLiteral("2,3")));
    }

    void theModelSeesWhatWasSaid() {
        ChatSetup setup;
        setup.ask(QStringLiteral("one"));
        setup.ask(QStringLiteral("two"));
        QCOMPARE(setup.chat->messages()->count(), 4);
        QCOMPARE(setup.text(3), QStringLiteral("You said: two"));
        const auto path = setup.store->path(setup.chat->conversation());
        QCOMPARE(path->size(), size_t{4});
        QCOMPARE((*path)[2].parent, (*path)[1].id);
    }

    void nothingIsAskedOfBlanks() {
        ChatSetup setup;
        setup.chat->setDraft(QStringLiteral(" \n\t"));
        setup.chat->ask();
        setup.settle();
        QCOMPARE(setup.chat->messages()->count(), 0);
        QCOMPARE(setup.chat->draft(), QStringLiteral(" \n\t"));
    }

    void aThoughtComesApart() {
        ChatSetup setup;
        setup.ask(QStringLiteral("think"));
        QVERIFY(setup.at(1, MessageModel::ThoughtRole).toString().startsWith("Two trains"));
        QVERIFY(setup.text(1).startsWith("They meet"));
        QVERIFY(setup.at(1, MessageModel::ThoughtLineRole).toString().startsWith("Thought for a"));
        // It is there after opening again, too.
        setup.chat->open(setup.chat->conversation());
        setup.settle();
        QVERIFY(setup.at(1, MessageModel::ThoughtLineRole).toString().startsWith("Thought for a"));
    }

    void stoppingKeepsWhatCame() {
        ChatSetup setup(std::chrono::milliseconds(2));
        setup.chat->setDraft(QStringLiteral("long"));
        setup.chat->ask();
        QVERIFY(QTest::qWaitFor([&] { return setup.text(1).size() > 20; }, kPatience));
        setup.chat->stop();
        setup.waitUntilIdle();
        QCOMPARE(setup.at(1, MessageModel::NoteRole).toString(), QStringLiteral("Stopped."));
        const auto path = setup.store->path(setup.chat->conversation());
        QCOMPARE((*path)[1].state, app::MessageState::Stopped);
        QCOMPARE(QString::fromStdString((*path)[1].text), setup.text(1));
    }

    void aFailureStandsWhereItHappened() {
        ChatSetup setup;
        setup.ask(QStringLiteral("fail"));
        QCOMPARE(setup.text(1), QStringLiteral("The beginning stands. "));
        QVERIFY(setup.at(1, MessageModel::ErrorRole).toString().contains("ask again"));
        setup.chat->retry(1);
        setup.waitUntilIdle();
        QCOMPARE(setup.at(1, MessageModel::VersionsRole).toInt(), 2);
    }

    void versionsStandSideBySide() {
        ChatSetup setup;
        setup.ask(QStringLiteral("one"));
        setup.ask(QStringLiteral("two"));
        setup.chat->edit(0, QStringLiteral("three"));
        setup.waitUntilIdle();
        QCOMPARE(setup.chat->messages()->count(), 2);
        QCOMPARE(setup.text(1), QStringLiteral("You said: three"));
        QCOMPARE(setup.at(0, MessageModel::VersionRole).toInt(), 1);
        QCOMPARE(setup.at(0, MessageModel::VersionsRole).toInt(), 2);
        setup.chat->retry(1);
        setup.waitUntilIdle();
        QCOMPARE(setup.at(1, MessageModel::VersionsRole).toInt(), 2);
        setup.chat->showVersion(0, 0);
        setup.settle();
        setup.settle();
        QCOMPARE(setup.chat->messages()->count(), 4);  // what followed the first version
        QCOMPARE(setup.text(2), QStringLiteral("two"));
    }

    void answersGoOnBehind() {
        ChatSetup setup(std::chrono::milliseconds(1));
        setup.chat->setDraft(QStringLiteral("long"));
        setup.chat->ask();
        QVERIFY(QTest::qWaitFor([&] { return setup.chat->conversation() != 0; }, kPatience));
        const qint64 first = setup.chat->conversation();
        setup.chat->open(0);
        setup.settle();
        QCOMPARE(setup.chat->messages()->count(), 0);
        QVERIFY(!setup.chat->busy());
        setup.ask(QStringLiteral("short"));
        QVERIFY(setup.chat->conversation() != first);
        setup.chat->open(first);
        setup.settle();
        QVERIFY(QTest::qWaitFor([&] { return setup.chat->conversation() == first; }, kPatience));
        setup.waitUntilIdle();
        QVERIFY(setup.text(1).contains("Part 60"));
    }

    void whatIsTypedFirstIsNotLost() {
        ChatSetup setup;
        QVERIFY(setup.store->setDraft(0, "of yesterday").ok());
        setup.chat->open(0);
        setup.chat->setDraft(QStringLiteral("faster than the disk"));
        setup.settle();
        QCOMPARE(setup.chat->draft(), QStringLiteral("faster than the disk"));
        setup.settle();
        QCOMPARE(*setup.store->draft(0), std::string("faster than the disk"));
    }

    void draftsStay() {
        ChatSetup setup;
        setup.chat->setDraft(QStringLiteral("not yet asked"));
        setup.settle();
        QCOMPARE(*setup.store->draft(0), std::string("not yet asked"));
        setup.ask(QStringLiteral("asked"));
        setup.chat->setDraft(QStringLiteral("next"));
        setup.settle();
        QCOMPARE(*setup.store->draft(0), std::string());
        const qint64 conversation = setup.chat->conversation();
        setup.chat->open(0);
        setup.settle();
        QCOMPARE(setup.chat->draft(), QString());
        setup.chat->open(conversation);
        setup.settle();
        QCOMPARE(setup.chat->draft(), QStringLiteral("next"));
    }

    void theModelGivesATitle() {
        ChatSetup setup;
        setup.ask(QStringLiteral("What is a title?"));
        QVERIFY(QTest::qWaitFor(
            [&] { return setup.chat->title() == QStringLiteral("About What is a"); }, kPatience));
        const qint64 conversation = setup.chat->conversation();
        QVERIFY(setup.store->entry(conversation)->titled);
        // What the user calls it stays.
        QVERIFY(setup.store->rename(conversation, "Mine", true).ok());
        setup.chat->retry(1);
        setup.waitUntilIdle();
        setup.settle();
        QCOMPARE(setup.store->entry(conversation)->title, std::string("Mine"));
    }

    void ratingsAndCopies() {
        ChatSetup setup;
        setup.ask(QStringLiteral("one"));
        setup.chat->rate(1, 1);
        QCOMPARE(setup.at(1, MessageModel::RatingRole).toInt(), 1);
        setup.chat->rate(1, 1);  // again: taken back
        QCOMPARE(setup.at(1, MessageModel::RatingRole).toInt(), 0);
        setup.chat->rate(1, -1);
        setup.settle();
        QCOMPARE((*setup.store->path(setup.chat->conversation()))[1].rating, -1);
        setup.chat->copy(1);
        QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("You said: one"));
    }

    void rowsThatAreNotThere() {
        ChatSetup setup;
        for (const int row : {-1, 0, 7}) {
            setup.chat->retry(row);
            setup.chat->edit(row, QStringLiteral("x"));
            setup.chat->showVersion(row, 1);
            setup.chat->rate(row, 1);
            setup.chat->copy(row);
        }
        setup.settle();
        QCOMPARE(setup.chat->messages()->count(), 0);
        QCOMPARE(setup.chat->problem(), QString());
    }

    void aConversationThatIsGone() {
        ChatSetup setup;
        setup.chat->open(4711);
        setup.settle();
        QVERIFY(!setup.chat->problem().isEmpty());
        setup.ask(QStringLiteral("one"));
        setup.chat->forget(setup.chat->conversation());
        setup.settle();
        QCOMPARE(setup.chat->conversation(), 0);
        QCOMPARE(setup.chat->messages()->count(), 0);
    }
};

QTEST_MAIN(ChatTest)

#include "chat_test.moc"
