#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

#include "app/conversations/conversation_store.h"
#include "app/conversations/search_words.h"
#include "talk.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;
using Ids = std::vector<int64_t>;

namespace {

Ids found(const ConversationStore& store, std::string_view typed, int limit = 50) {
    Ids messages;
    for (const SearchHit& hit : must(store.search(typed, limit))) messages.push_back(hit.message);
    return messages;
}

/// The excerpt with what is marked in brackets.
std::string marked(const std::string& text, const std::vector<std::pair<size_t, size_t>>& marks) {
    std::string shown;
    size_t at = 0;
    for (const auto& [begin, end] : marks) {
        shown += text.substr(at, begin - at) + "[" + text.substr(begin, end - begin) + "]";
        at = end;
    }
    return shown + text.substr(at);
}

std::string excerpt(std::string_view typed, std::string_view text) {
    const auto made = SearchQuery(typed).excerpt(text);
    return marked(made.text, made.marks);
}

}  // namespace

class ConversationSearchTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    Store m_store;
    int m_tests = 0;

private slots:
    void init() {
        m_store = open(fs::path(m_dir.path().toStdString()) / std::to_string(m_tests++) / "c.db");
    }

    void wordsAsTheyAreSearched_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("words");
        QTest::newRow("signs") << "Don't-stop: it's 3.5%!" << "don t stop it s 3 5";
        QTest::newRow("accents") << "Ångström ÉCOLE niño Ἀθῆναι Ёлка"
                                 << "angstrom ecole nino αθηναι елка";
        QTest::newRow("apart") << QString::fromUtf8("Cafe\u0301 nai\u0308ve") << "cafe naive";
        QTest::newRow("Chinese") << "今天GPT4模型。好" << "今 天 gpt4 模 型 好";
        QTest::newRow("Japanese") << "カタカナと" << "カ タ カ ナ と";
        QTest::newRow("Korean") << "안녕하세요 세계" << "안녕하세요 세계";
        QTest::newRow("Hindi") << "हिन्दी भाषा" << "हिन्दी भाषा";
        QTest::newRow("none") << " …!? 🙂" << "";
    }
    void wordsAsTheyAreSearched() {
        QFETCH(QString, text);
        QFETCH(QString, words);
        QCOMPARE(QString::fromStdString(searchable(text.toStdString())), words);
    }

    void brokenTextIsRead() {
        QCOMPARE(searchable("a\xFF"
                            "b \xC3"),
                 std::string("a b"));
        QCOMPARE(searchable(std::string_view("a\0b", 3)), std::string("a b"));
        QCOMPARE(searchable(std::string(300, 'x')).size(), size_t{64});
    }

    void findsAsOneTypes() {
        const int64_t id = must(m_store->create("Holiday"));
        const int64_t one = say(*m_store, id, 0, "The *umbrella* stands in the corner.");
        const int64_t two = say(*m_store, id, one, "An umbrage taken; the Café is closed.");
        QCOMPARE(found(*m_store, "umbr"), (Ids{two, one}));
        QCOMPARE(found(*m_store, "umbrella"), Ids{one});
        QCOMPARE(found(*m_store, "UMBRELLA "), Ids{one});
        QCOMPARE(found(*m_store, "corner umbr"), Ids{one});
        QCOMPARE(found(*m_store, "umbr corner"), Ids{});  // only the last is a beginning
        QCOMPARE(found(*m_store, "cafe"), Ids{two});
        QCOMPARE(found(*m_store, "CAFÉ clos"), Ids{two});
        QCOMPARE(found(*m_store, "holi"), Ids{0});
        QCOMPARE(found(*m_store, "umbrella umbrage"), Ids{});
        QCOMPARE(found(*m_store, "t").size(), size_t{2});
    }

    void quotedWordsStandSideBySide() {
        const int64_t id = must(m_store->create("t"));
        const int64_t one = say(*m_store, id, 0, "to be or not to be");
        const int64_t two = say(*m_store, id, one, "or to be not");
        QCOMPARE(found(*m_store, "be or not"), (Ids{one, two}));
        QCOMPARE(found(*m_store, "\"be or not\""), Ids{one});
        QCOMPARE(found(*m_store, "\"be or no"), Ids{one});  // not closed yet
        QCOMPARE(found(*m_store, "“or not” be"), Ids{one});
        QCOMPARE(found(*m_store, "\"not\" or \"to be\""), (Ids{two, one}));
        QCOMPARE(found(*m_store, "\"not or\""), Ids{});
    }

    void findsWithinWritingWithoutBlanks() {
        const int64_t id = must(m_store->create("聊天"));
        const int64_t one = say(*m_store, id, 0, "今天天气很好，我们去公园吧");
        const int64_t two = say(*m_store, id, one, "气象局说天要下雨");
        QCOMPARE(found(*m_store, "天气"), Ids{one});
        QCOMPARE(found(*m_store, "公园"), Ids{one});
        QCOMPARE(found(*m_store, "天 气"), (Ids{one, two}));  // side by side, anywhere
        QCOMPARE(found(*m_store, "园公"), Ids{});
        const auto hits = must(m_store->search("天气", 9));
        QCOMPARE(marked(hits[0].excerpt, hits[0].marks),
                 std::string("今天[天气]很好，我们去公园吧"));
    }

    void nothingThatIsTypedIsAnError() {
        const int64_t id = must(m_store->create("t"));
        (void)say(*m_store, id, 0, "plain NEAR words AND others OR \"quoted\" NOT here");
        const std::vector<std::string> typed = {"",
                                                " ",
                                                "\"",
                                                "\"\"",
                                                "*",
                                                "a*",
                                                "^a",
                                                "-a",
                                                "+",
                                                "NEAR(",
                                                "AND",
                                                "OR OR",
                                                "NOT x",
                                                "words:",
                                                "{a}",
                                                "a AND",
                                                "(",
                                                ")",
                                                "a\"b",
                                                "\xFF\xFE",
                                                "%",
                                                "_",
                                                std::string("a\0b", 3),
                                                std::string(100'000, 'a'),
                                                std::string(5'000, '"'),
                                                "words : plain",
                                                "'"};
        for (const std::string& each : typed) QVERIFY_OK(m_store->search(each, 10));
        std::mt19937 random(7);
        for (int i = 0; i < 2000; ++i) {
            std::string any;
            for (auto n = random() % 12; n > 0; --n)
                any += random() % 2 ? " \"*^+-(){}:,'"[random() % 13]
                                    : static_cast<char>(random() % 256);
            QVERIFY_OK(m_store->search(any, 10));
        }
        QCOMPARE(found(*m_store, "near").size(), size_t{1});
        QCOMPARE(found(*m_store, "\"quoted").size(), size_t{1});
        QCOMPARE(found(*m_store, "words", 0), Ids{});
        QCOMPARE(found(*m_store, "words", -5), Ids{});
    }

    void theBestAndLatestFirst() {
        const auto talk = [&](const char* title, std::vector<std::string> said, int64_t changed) {
            ConversationTree tree;
            tree.identity = tree.title = title;
            tree.created = tree.changed = changed;
            for (std::string& text : said) {
                TreeMessage message;
                message.text = std::move(text);
                message.parent =
                    tree.messages.empty() ? TreeMessage::kFirst : tree.messages.size() - 1;
                message.shown = true;
                tree.messages.push_back(std::move(message));
            }
            return tree;
        };
        const std::vector<ConversationTree> trees = {
            talk("one", {"a cold red fox"}, 5000), talk("two", {"the red cold sea"}, 9000),
            talk("cold redwood", {"nothing"}, 1), talk("four", {"some cold redwood"}, 7000),
            talk("five", {"very cold red wine"}, 8000)};
        QCOMPARE(must(m_store->takeIn(trees)).conversations, int64_t{5});
        std::vector<std::string> titles;
        for (const SearchHit& hit : must(m_store->search("cold red", 10)))
            titles.push_back(hit.title);
        // In a title; side by side and whole, the latest first; side by side with a longer one;
        // anywhere.
        QCOMPARE(titles, (std::vector<std::string>{"cold redwood", "five", "one", "four", "two"}));
    }

    void oneConversationDoesNotFillTheList() {
        const int64_t quiet = must(m_store->create("quiet"));
        const int64_t only = say(*m_store, quiet, 0, "a needle");
        const int64_t loud = must(m_store->create("loud"));
        for (int64_t i = 0, last = 0; i < 40; ++i) last = say(*m_store, loud, last, "needle");
        const Ids messages = found(*m_store, "needle", 10);
        QCOMPARE(messages.size(), size_t{4});
        QCOMPARE(messages.back(), only);
        // Titles leave room for what was said.
        for (int i = 0; i < 20; ++i) (void)must(m_store->create("needle"));
        const Ids both = found(*m_store, "needle", 6);
        QCOMPARE(both.size(), size_t{6});
        QCOMPARE(std::count(both.begin(), both.end(), 0), std::ptrdiff_t{3});
    }

    void whatIsRemovedIsNotFound() {
        const int64_t id = must(m_store->create("title"));
        const int64_t said = say(*m_store, id, 0, "said");
        done(m_store->setArchived(id, true));
        QCOMPARE(found(*m_store, "said"), Ids{said});
        done(m_store->remove(id));
        QCOMPARE(found(*m_store, "said"), Ids{});
        QCOMPARE(found(*m_store, "title"), Ids{});
        done(m_store->restore(id));
        QCOMPARE(found(*m_store, "said"), Ids{said});
        done(m_store->rename(id, "another", true));
        QCOMPARE(found(*m_store, "title"), Ids{});
        QCOMPARE(found(*m_store, "anoth"), Ids{0});
    }

    void excerpts() {
        QCOMPARE(excerpt("red", "A red fox.\n\n  Reddish, too."),
                 std::string("A [red] fox. [Reddish], too."));
        QCOMPARE(excerpt("red fo", "A red fox and a red"),
                 std::string("A [red] [fox] and a [red]"));
        QCOMPARE(excerpt("nothing", "A red fox"), std::string("A red fox"));
        const std::string far = std::string(60, 'a') + " " + std::string(300, 'b');
        QCOMPARE(excerpt("needle", far + " the needle is " + far),
                 "…the [needle] is " + std::string(60, 'a') + " " +
                     std::string(300, 'b').substr(0, 180 - 4 - 6 - 4 - 61) + "…");
        // Where most of the words stand.
        const std::string gap(400, '.');
        QCOMPARE(excerpt("cat dog", "a cat" + gap + " the dog and the cat" + gap).substr(3, 25),
                 std::string("the [dog] and the [cat]...").substr(0, 25));
    }

    void excerptsAreWholeCharacters() {
        std::mt19937 random(3);
        const std::vector<std::string> pieces = {"a", "é", "天", "😀", " ", "\n", "ß", ".", "x"};
        for (int i = 0; i < 3000; ++i) {
            std::string text, typed;
            for (auto n = random() % 400; n > 0; --n) text += pieces[random() % pieces.size()];
            for (auto n = random() % 4 + 1; n > 0; --n) typed += pieces[random() % pieces.size()];
            const auto made = SearchQuery(typed).excerpt(text);
            const QByteArray bytes = QByteArray::fromStdString(made.text);
            QCOMPARE(QString::fromUtf8(bytes).toUtf8(), bytes);
            QVERIFY(!QString::fromUtf8(bytes).contains(QChar::ReplacementCharacter));
            QVERIFY(made.text.size() < 400 || made.text.find(' ') == std::string::npos);
            size_t last = 0;
            for (const auto& [begin, end] : made.marks) {
                QVERIFY(begin >= last && begin < end && end <= made.text.size());
                last = end;
            }
        }
    }
};

QTEST_GUILESS_MAIN(ConversationSearchTest)
#include "conversation_search_test.moc"
