// Conversations out of a store, as pages for people and as JSON that is read again.
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <random>
#include <string>

#include "app/conversations/export.h"
#include "app/conversations/import.h"
#include "talk.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string jsonOf(const ConversationStore& store) {
    std::vector<ConversationTree> trees;
    for (const Shelf shelf : {Shelf::Active, Shelf::Archived})
        for (const ConversationEntry& entry : must(store.list(shelf)))
            trees.push_back(must(store.tree(entry.id)));
    return conversationsToJson(trees);
}

}  // namespace

class ConversationTransferTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    int m_stores = 0;

    fs::path newFile(const char* name = "c.db") {
        return fs::path(m_dir.path().toStdString()) / std::to_string(m_stores++) / name;
    }

    static StoredMessage said(bool fromUser, std::string text) {
        StoredMessage message;
        message.fromUser = fromUser;
        message.text = std::move(text);
        message.created = 1'709'294'400'000;  // 2024-03-01 12:00 UTC
        return message;
    }

private slots:
    void markdown() {
        ConversationEntry entry;
        entry.title = "On *stars*\nand <b>";
        entry.created = 1'709'294'400'000;
        std::vector<StoredMessage> path = {said(true, "What is `x`?"),
                                           said(false, "It is:\n\n```cpp\nint x;")};
        path[1].model = "small_one";
        path[1].thought = "Hm.\n\nx?";
        path[1].state = MessageState::Stopped;
        ExportOptions options;
        options.notes = [](const StoredMessage& message) {
            return message.fromUser ? std::vector<std::string>()
                                    : std::vector<std::string>{"[1] a_b.pdf, page 3"};
        };
        QCOMPARE(conversationToMarkdown(entry, path, options),
                 std::string("# On \\*stars\\* and \\<b\\>\n\n2024-03-01 12:00 UTC\n\n## You\n\n"
                             "What is `x`?\n\n## small\\_one\n\n> **Thought**\n>\n> Hm.\n>\n> x?\n"
                             "\nIt is:\n\n```cpp\nint x;\n```\n\n*The answer was stopped.*\n\n"
                             "- \\[1\\] a\\_b.pdf, page 3\n"));
    }

    void openFencesAreClosed_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("fence");
        QTest::newRow("none") << "a ``` b" << "";
        QTest::newRow("closed") << "```\na\n```" << "";
        QTest::newRow("open") << "```\na" << "```";
        QTest::newRow("longer") << "`````\n```\na" << "`````";
        QTest::newRow("tildes") << "~~~ x\n```\n" << "~~~";
        QTest::newRow("in the text") << "``` a ` b\nc" << "";
        QTest::newRow("indented too far") << "    ```\na" << "";
        QTest::newRow("not a close") << "```\n``` x\n" << "```";
        QTest::newRow("CRLF") << "```\r\na\r\n```\r\n" << "";
    }
    void openFencesAreClosed() {
        QFETCH(QString, text);
        QFETCH(QString, fence);
        const std::vector<StoredMessage> path = {said(false, text.toStdString()),
                                                 said(true, "after")};
        const std::string made = conversationToMarkdown({}, path);
        const std::string end = (text.endsWith('\n') ? "" : "\n") + fence.toStdString() +
                                (fence.isEmpty() ? "\n## You" : "\n\n## You");
        QVERIFY2(has(made, text.toStdString() + end), made.c_str());
    }

    void htmlRunsAndFetchesNothing() {
        ConversationEntry entry;
        entry.title = "</title><script>alert(1)</script>";
        std::vector<StoredMessage> path = {
            said(true, "<img src=\"http://x/y.png\" onerror='z'> & \xFF \x01"),
            said(false, "<script src=//x></script>")};
        path[1].model = "<i>";
        path[1].thought = "</details><script>";
        path[1].state = MessageState::Failed;
        path[1].error = "<b>broken</b>";
        ExportOptions options;
        options.words.user = "<Du>";
        options.words.date = [](int64_t) { return std::string("\"heute\""); };
        options.notes = [](const StoredMessage&) { return std::vector<std::string>{"<li>"}; };
        const std::string page = conversationToHtml(entry, path, options);
        QVERIFY(!has(page, "<script"));
        QVERIFY(!has(page, "<img"));
        QVERIFY(!has(page, "<b>") && !has(page, "<i>") && !has(page, "<Du>"));
        QVERIFY(has(page,
                    "&lt;img src=&quot;http://x/y.png&quot; onerror=&#39;z&#39;&gt; &amp; "
                    "\xEF\xBF\xBD \xEF\xBF\xBD"));
        QVERIFY(has(page, "The answer failed. &lt;b&gt;broken&lt;/b&gt;"));
        QVERIFY(has(page, "&quot;heute&quot;"));
        QVERIFY(has(page, "<li>&lt;li&gt;</li>"));
        QVERIFY(has(page, "default-src 'none'"));
        // The window draws Markdown itself.
        options.render = [](const StoredMessage& message) {
            return "<p>" + std::to_string(message.text.size()) + "</p>";
        };
        QVERIFY(has(conversationToHtml(entry, path, options),
                    "<div class=\"text\" dir=\"auto\"><p>25</p></div>"));
    }

    void jsonIsReadAgainWithoutLoss() {
        const Store store = open(newFile());
        const int64_t id = must(store->create("Übersicht \"1\""));
        done(store->rename(id, "Two\nlines", true));
        done(store->setFolder(id, must(store->addFolder("Work"))));
        done(store->setPinned(id, true));
        const int64_t q = say(*store, id, 0, std::string("zero \0 and 😀", 15));
        const int64_t a = begin(*store, id, q);
        done(store->grow(a, "thinking", "answering"));
        done(store->finish(a, MessageState::Failed, "no power",
                           {{"z", {1, 2.5, nullptr}}, {"a", {{"b", "c"}}}}));
        done(store->rate(a, 1));
        (void)answer(*store, id, q, "another");
        (void)say(*store, id, 0, "another beginning");
        done(store->reveal(a));
        const int64_t archived = must(store->create("archived"));
        done(store->setArchived(archived, true));
        (void)begin(*store, must(store->create("growing")), 0);

        const std::string json = jsonOf(*store);
        const fs::path file = newFile("export.json");
        fs::create_directories(file.parent_path());
        write(file, json);
        const fs::path copy = newFile();
        {
            const Store other = open(copy);
            const auto report = must(importConversations(*other, file));
            QCOMPARE(report.source, ImportSource::Alcove);
            QCOMPARE(report.taken.conversations, int64_t{3});
            QCOMPARE(report.taken.messages, int64_t{5});
            QVERIFY(report.leftOut.empty());
            QCOMPARE(jsonOf(*other), json);
            QCOMPARE(must(other->search("answering", 9)).size(), size_t{1});
            // The same once more; and into the one that it came from.
            for (ConversationStore* each : {other.get(), store.get()}) {
                const auto again = must(importConversations(*each, file));
                QCOMPARE(again.taken.conversations, int64_t{0});
                QCOMPARE(again.taken.known, int64_t{3});
            }
            QCOMPARE(jsonOf(*other), json);
        }
        // What was removed comes back by it.
        const Store other = open(copy);
        const int64_t gone = ids(*other, Shelf::Archived).front();
        done(other->remove(gone));
        QCOMPARE(must(importConversations(*other, file)).taken.restored, int64_t{1});
        QCOMPARE(jsonOf(*other), json);
        // And what was purged is taken over anew.
        done(other->removeEverything());
        QCOMPARE(must(importConversations(*other, file)).taken.conversations, int64_t{3});
        QCOMPARE(jsonOf(*other), json);
    }

    void anyTreeIsReadAgainWithoutLoss() {
        std::mt19937 random(5);
        const auto any = [&](unsigned below) { return random() % below; };
        for (int round = 0; round < 200; ++round) {
            std::vector<ConversationTree> trees(any(4));
            for (size_t t = 0; t < trees.size(); ++t) {
                ConversationTree& tree = trees[t];
                tree.identity = "id " + std::to_string(t);
                tree.title = any(3) ? "title \\ \"\t" : "";
                tree.titled = any(2) != 0;
                tree.folder = any(2) ? "f" : "";
                tree.pinned = any(2) != 0;
                tree.archived = any(2) != 0;
                tree.created = any(1000);
                tree.changed = any(1000);
                for (auto n = any(30); n > 0; --n) {
                    TreeMessage message;
                    const size_t before = any(static_cast<unsigned>(tree.messages.size()) + 1);
                    if (before < tree.messages.size()) message.parent = before;
                    message.shown = any(2) != 0;
                    message.fromUser = any(2) != 0;
                    message.text = std::string(any(5), static_cast<char>(any(128)));
                    message.thought = any(3) ? "" : "t";
                    message.model = any(3) ? "" : "m";
                    message.state = static_cast<MessageState>(1 + any(5));
                    message.error = any(3) ? "" : "e";
                    message.rating = static_cast<int>(any(3)) - 1;
                    if (any(3) == 0)
                        message.details = {{"a", any(1000)},
                                           {"b", 0.1 * static_cast<double>(any(9))}};
                    message.created = any(100'000);
                    tree.messages.push_back(std::move(message));
                }
                settleShown(tree);
            }
            const std::string json = conversationsToJson(trees);
            const ImportedFile file = must(readConversations(json, "x", 1));
            QVERIFY(file.leftOut.empty());
            QCOMPARE(conversationsToJson(file.trees), json);
        }
    }

    void allOrNothing() {
        const Store store = open(newFile());
        std::vector<ConversationTree> trees(3);
        for (size_t i = 0; i < trees.size(); ++i) trees[i].identity = std::to_string(i);
        trees[2].messages.resize(1);
        trees[2].messages[0].parent = 0;  // itself
        QVERIFY_FAILS(store->takeIn(trees), "nothing was taken over");
        QVERIFY(ids(*store, Shelf::Active).empty());
        trees[2].messages[0].parent = TreeMessage::kFirst;
        std::vector<size_t> steps;
        const auto stop = store->takeIn(trees, [&](size_t at) {
            steps.push_back(at);
            return at < 2;
        });
        QVERIFY_FAILS(stop, "was ended");
        QCOMPARE(steps, (std::vector<size_t>{0, 1, 2}));
        QVERIFY(ids(*store, Shelf::Active).empty());
        QCOMPARE(must(store->takeIn(trees)).conversations, int64_t{3});
        trees[0].identity.clear();
        QVERIFY_FAILS(store->takeIn(trees), "no identity");
    }
};

QTEST_GUILESS_MAIN(ConversationTransferTest)
#include "conversation_transfer_test.moc"
