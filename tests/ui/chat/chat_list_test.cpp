#include "ui/chat/chat_list.h"

#include <QAbstractItemModelTester>

#include "chat_setup.h"

using namespace alcove;
using ui::ChatList;
using ui::ChatSearch;

class ChatListTest : public QObject {
    Q_OBJECT

private:
    static QStringList titles(const ChatList& list) {
        QStringList all;
        for (int row = 0; row < list.count(); ++row)
            all << list.data(list.index(row), ChatList::SectionRole).toString() + "/" +
                       list.data(list.index(row), ChatList::TitleRole).toString();
        return all;
    }

private slots:
    void groups() {
        ChatSetup setup;
        ChatList list(*setup.store, *setup.background);
        const QAbstractItemModelTester tester(
            &list, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const qint64 one = *setup.store->create("one");
        const qint64 two = *setup.store->create("two");
        const qint64 three = *setup.store->create("three");
        const qint64 four = *setup.store->create("four");
        list.setPinned(two, true);
        list.moveTo(three, QStringLiteral("Work"));
        list.moveTo(four, QStringLiteral("Home"));
        setup.settle();
        setup.settle();
        QCOMPARE(titles(list), (QStringList{"Pinned/two", "Home/four", "Work/three", "Today/one"}));
        QCOMPARE(list.folders().size(), 2);
        QCOMPARE(list.at(3), one);
        QCOMPARE(list.at(4), 0);
        list.moveTo(four, QStringLiteral("Work"));  // a folder that is there
        setup.settle();
        setup.settle();
        QCOMPARE(list.folders().size(), 2);
        list.moveTo(four, {});
        list.setClock([] { return QDateTime::currentDateTime().addDays(1); });
        setup.settle();
        setup.settle();
        QVERIFY(titles(list).contains("Yesterday/four"));
        setup.background->end();
    }

    void removedAndBroughtBack() {
        ChatSetup setup;
        ChatList list(*setup.store, *setup.background);
        const qint64 one = *setup.store->create("one");
        list.refresh();
        setup.settle();
        QSignalSpy removed(&list, &ChatList::removed);
        list.remove(one);
        setup.settle();
        setup.settle();
        QCOMPARE(list.count(), 0);
        QCOMPARE(removed.front().at(1).toString(), QStringLiteral("one"));
        list.restore(one);
        setup.settle();
        setup.settle();
        QCOMPARE(list.count(), 1);
        list.setArchived(one, true);
        setup.settle();
        setup.settle();
        QCOMPARE(list.count(), 0);
        list.setArchive(true);
        setup.settle();
        QCOMPARE(list.count(), 1);
        list.rename(one, QStringLiteral("  another \n name "));
        setup.settle();
        setup.settle();
        QCOMPARE(titles(list).front().section('/', 1), QStringLiteral("another name"));
        list.rename(4711, QStringLiteral("nobody"));
        setup.settle();
        setup.settle();
        setup.background->end();
    }

    void searchAsOneTypes() {
        ChatSetup setup;
        setup.ask(QStringLiteral("The walrus and the carpenter"));
        ChatSearch search(*setup.store, *setup.background);
        const QAbstractItemModelTester tester(
            &search, QAbstractItemModelTester::FailureReportingMode::QtTest);
        search.setTyped(QStringLiteral("walr"));
        setup.settle();
        QVERIFY(search.count() > 0);
        QCOMPARE(search.conversationAt(0), setup.chat->conversation());
        bool marked = false;
        for (int row = 0; row < search.count(); ++row)
            marked |= search.data(search.index(row), ChatSearch::ExcerptRole)
                          .toString()
                          .contains(QStringLiteral("<b>walrus</b>"));
        QVERIFY(marked);
        search.setTyped(QStringLiteral("unicorn"));
        setup.settle();
        QVERIFY(search.nothing());
        for (const char* typed : {"\"", "*", "(", "a AND", "NEAR(", "'; DROP TABLE", "-"}) {
            search.setTyped(QString::fromUtf8(typed));
            setup.settle();
        }
        search.setTyped({});
        QVERIFY(!search.nothing());
        setup.background->end();
    }

    void excerptsAreEscaped() {
        app::SearchHit hit;
        hit.excerpt = "<i>a</i> & grün";
        hit.marks = {{3, 4}, {90, 99}};
        QCOMPARE(ui::markedExcerpt(hit), QStringLiteral("&lt;i&gt;<b>a</b>&lt;/i&gt; &amp; grün"));
    }
};

QTEST_MAIN(ChatListTest)

#include "chat_list_test.moc"
