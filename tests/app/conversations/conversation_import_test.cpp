// Conversations of other programs, as those write them and as nobody should.
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

#include "app/conversations/export.h"
#include "app/conversations/import.h"
#include "engine/import/json.h"
#include "talk.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kNow = 1'750'000'000'000;

std::string fileOf(const char* name) {
    const std::string text = contents(fs::path(CONVERSATION_DATA) / name);
    if (text.empty()) qFatal("%s is missing", name);
    return text;
}

/// Instructions, a question with two versions, a thought, a call of a tool and what it said, two
/// answers, a picture, what is hidden.
const std::string kChatGpt = fileOf("chatgpt.json");
/// A question with a picture and a file, an answer with a thought and one that failed.
const std::string kOpenWebUi = fileOf("open_webui.json");

std::vector<std::string> shownIn(const ConversationTree& tree) {
    std::vector<std::string> texts;
    for (size_t at = TreeMessage::kFirst;;) {
        size_t next = TreeMessage::kFirst;
        for (size_t i = 0; i < tree.messages.size(); ++i)
            if (tree.messages[i].parent == at && tree.messages[i].shown) next = i;
        if (next == TreeMessage::kFirst) return texts;
        texts.push_back(tree.messages[next].text);
        at = next;
    }
}

/// What every import promises, whatever was in the file.
void isWellFormed(const ImportedFile& file) {
    std::set<std::string> identities;
    for (const ConversationTree& tree : file.trees) {
        QVERIFY(!tree.identity.empty());
        QVERIFY(identities.insert(tree.identity).second);
        std::map<size_t, int> shown;
        for (size_t i = 0; i < tree.messages.size(); ++i) {
            const TreeMessage& message = tree.messages[i];
            QVERIFY(message.parent == TreeMessage::kFirst || message.parent < i);
            shown[message.parent] += message.shown;
            QVERIFY(message.state != MessageState::Growing);
            for (const std::string* text : {&message.text, &message.thought, &message.model})
                QVERIFY(engine::isUtf8(*text));
        }
        for (const auto& [parent, count] : shown) QCOMPARE(count, 1);
        QVERIFY(engine::isUtf8(tree.title));
    }
}

}  // namespace

class ConversationImportTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    int m_files = 0;

    fs::path newFile(std::string_view bytes) {
        const fs::path file =
            fs::path(m_dir.path().toStdString()) / (std::to_string(m_files++) + ".json");
        write(file, bytes);
        return file;
    }

    static ImportedFile read(std::string_view text) {
        return must(readConversations(text, "file", kNow));
    }

    static std::string chatGpt(const std::string& mapping, const std::string& more = "") {
        return "[{\"id\": \"x\"" + more + ", \"mapping\": {" + mapping + "}}]";
    }
    static std::string node(const std::string& id, const std::string& parent,
                            const std::string& children = "") {
        return '"' + id + "\": {\"parent\": " + (parent.empty() ? "null" : '"' + parent + '"') +
               ", \"children\": [" + children +
               "], \"message\": {\"author\": {\"role\": \"user\"}, \"content\": {\"parts\": [\"" +
               id + "\"]}}}";
    }

private slots:
    void chatGptsExport() {
        const ImportedFile file = read(kChatGpt);
        isWellFormed(file);
        QCOMPARE(file.source, ImportSource::ChatGpt);
        QCOMPARE(file.trees.size(), size_t{1});
        const ConversationTree& tree = file.trees[0];
        QCOMPARE(tree.identity, std::string("chatgpt:c-1"));
        QCOMPARE(tree.title, std::string("Stars above"));
        QVERIFY(tree.titled && tree.archived && !tree.pinned);
        QCOMPARE(tree.created, int64_t{1709294400500});
        QCOMPARE(tree.changed, int64_t{1709298000000});
        QCOMPARE(tree.messages.size(), size_t{4});
        QCOMPARE(shownIn(tree), (std::vector<std::string>{"What star is this?", "Vega."}));
        const TreeMessage& question = tree.messages[0];
        QVERIFY(question.fromUser);
        QCOMPARE(question.created, int64_t{1709294401250});
        QCOMPARE(question.details.dump(),
                 std::string("{\"attachments\":[{\"kind\":\"image/png\",\"name\":\"sky.png\"}]}"));
        const TreeMessage &first = tree.messages[1], &second = tree.messages[2];
        QCOMPARE(first.text, std::string("Sirius."));
        QCOMPARE(first.parent, size_t{0});
        QCOMPARE(first.model, std::string("gpt-9-mini"));
        QCOMPARE(first.state, MessageState::Limit);
        QCOMPARE(first.thought, std::string("It is bright.\n\nNaming"));
        QCOMPARE(second.parent, size_t{0});
        QCOMPARE(second.model, std::string("gpt-9"));
        QCOMPARE(second.thought, std::string());
        QCOMPARE(second.created, tree.created);  // it has no date
        QCOMPARE(tree.messages[3].text, std::string("Edited?"));
        QCOMPARE(tree.messages[3].parent, TreeMessage::kFirst);
        const LeftOutCounts leftOut = {{LeftOut::Instructions, 1},
                                       {LeftOut::Tools, 2},
                                       {LeftOut::Hidden, 1},
                                       {LeftOut::Attachments, 1}};
        QCOMPARE(file.leftOut, leftOut);
    }

    void openWebUisExport() {
        const ImportedFile file = read(kOpenWebUi);
        isWellFormed(file);
        QCOMPARE(file.source, ImportSource::OpenWebUi);
        const ConversationTree& tree = file.trees.at(0);
        QCOMPARE(tree.identity, std::string("openwebui:w-1"));
        QCOMPARE(tree.title, std::string("A talk"));
        QVERIFY(tree.pinned);
        QCOMPARE(tree.created, int64_t{1709294400000});
        QCOMPARE(shownIn(tree), (std::vector<std::string>{"How?", "Like this.", "And now?"}));
        QCOMPARE(tree.messages.size(), size_t{4});
        const TreeMessage& reply = tree.messages[1];
        QCOMPARE(reply.thought, std::string("If 1 &lt; 2\nthen so."));
        QCOMPARE(reply.model, std::string("llama3:8b"));
        QCOMPARE(reply.rating, 1);
        QCOMPARE(reply.created, int64_t{1709294402000});
        const TreeMessage& failed = tree.messages[3];
        QCOMPARE(failed.state, MessageState::Failed);
        QCOMPARE(failed.error, std::string("out of memory"));
        QCOMPARE(tree.messages[0].details.dump(),
                 std::string("{\"attachments\":[{\"kind\":\"image\"},{\"kind\":\"file\",\"name\":"
                             "\"plan.pdf\"}]}"));
        const LeftOutCounts leftOut = {{LeftOut::Attachments, 3}, {LeftOut::Sources, 1}};
        QCOMPARE(file.leftOut, leftOut);
    }

    void ourOwnFormatStays() {
        const std::string text = fileOf("alcove.json");
        const ImportedFile file = read(text);
        isWellFormed(file);
        QCOMPARE(file.source, ImportSource::Alcove);
        const ConversationTree& tree = file.trees.at(0);
        QCOMPARE(tree.folder, std::string("Home"));
        QCOMPARE(shownIn(tree),
                 (std::vector<std::string>{"What does it say of dogs?", "They may stay [1]."}));
        QCOMPARE(tree.messages.at(1).state, MessageState::Failed);
        QCOMPARE(tree.messages[1].rating, -1);
        QCOMPARE(conversationsToJson(file.trees), text);
    }

    void anOlderOpenWebUi() {
        const ImportedFile file = read(fileOf("open_webui_old.json"));
        isWellFormed(file);
        const ConversationTree& tree = file.trees.at(0);
        QCOMPARE(shownIn(tree), (std::vector<std::string>{"Hi, you", "Hello"}));
        QCOMPARE(tree.messages[1].thought, std::string("Hm.\n"));
        QCOMPARE(tree.title, std::string("Hi, you"));
        QVERIFY(!tree.titled);
        QCOMPARE(tree.created, kNow);
        QVERIFY(tree.identity.rfind("openwebui:#", 0) == 0);
        const LeftOutCounts leftOut = {{LeftOut::Instructions, 1}, {LeftOut::Broken, 1}};
        QCOMPARE(file.leftOut, leftOut);
    }

    void theSameFileTwiceAddsNothing() {
        const fs::path folder = fs::path(m_dir.path().toStdString()) / "twice";
        const Store store = open(folder / "c.db");
        for (const std::string& text : {kChatGpt, kOpenWebUi}) {
            const fs::path file = newFile(text);
            QCOMPARE(must(importConversations(*store, file)).taken.conversations, int64_t{1});
            const auto again = must(importConversations(*store, file));
            QCOMPARE(again.taken.conversations, int64_t{0});
            QCOMPARE(again.taken.known, int64_t{1});
        }
        QCOMPARE(ids(*store, Shelf::Active).size() + ids(*store, Shelf::Archived).size(),
                 size_t{2});
        QCOMPARE(must(store->search("vega", 9)).size(), size_t{1});
        const int64_t id = ids(*store, Shelf::Archived).at(0);
        const auto path = must(store->path(id));
        QCOMPARE(path.size(), size_t{2});
        QCOMPARE(path[1].versions, 2);
        QCOMPARE(path[1].version, 1);
    }

    void circlesAndStrays() {
        // a follows itself; b and c each other; d follows them; e follows nobody who is there;
        // f is only named by g.
        const ImportedFile file =
            read(chatGpt(node("a", "a") + "," + node("b", "c") + "," + node("c", "b") + "," +
                             node("d", "c") + "," + node("e", "nobody") + "," + node("f", "") +
                             "," + node("g", "", "\"f\", \"f\", \"e\", \"nobody\", 3, \"g\""),
                         ", \"current_node\": \"f\""));
        isWellFormed(file);
        QCOMPARE(file.leftOut.at(LeftOut::Circles), int64_t{4});
        const ConversationTree& tree = file.trees.at(0);
        QCOMPARE(tree.messages.size(), size_t{3});
        QCOMPARE(shownIn(tree), (std::vector<std::string>{"g", "f"}));
    }

    void everythingInACircleIsNothing() {
        const ImportedFile file = read(chatGpt(node("a", "b") + "," + node("b", "a")));
        QVERIFY(file.trees.empty());
        QCOMPARE(file.leftOut.at(LeftOut::Empty), int64_t{1});
        QCOMPARE(file.leftOut.at(LeftOut::Circles), int64_t{2});
    }

    void aLongChainIsNoDepth() {
        std::string mapping;
        for (int i = 0; i < 100'000; ++i)
            mapping += (i ? "," : "") +
                       node("n" + std::to_string(i), i ? "n" + std::to_string(i - 1) : "");
        const ImportedFile file = read(chatGpt(mapping));
        QCOMPARE(file.trees.at(0).messages.size(), size_t{100'000});
        QCOMPARE(file.trees[0].messages.back().text, std::string("n99999"));
    }

    void brokenLettersAreMended() {
        const ImportedFile file = read(
            chatGpt(node("a \xFF\xC3 \\ud83d\\ude00 \\ud83d. \\udc00 \\\\ud83d \xED\xA0\x80", "")));
        isWellFormed(file);
        QCOMPARE(file.leftOut.at(LeftOut::Signs), int64_t{1});
        QCOMPARE(file.trees.at(0).messages.at(0).text,
                 std::string("a \xEF\xBF\xBD\xEF\xBF\xBD 😀 \xEF\xBF\xBD. \xEF\xBF\xBD \\ud83d "
                             "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"));
    }

    void datesOutOfRange_data() {
        QTest::addColumn<QString>("date");
        QTest::addColumn<qint64>("created");
        QTest::newRow("seconds") << "1700000000" << qint64{1700000000000};
        QTest::newRow("a fraction") << "1700000000.123" << qint64{1700000000123};
        QTest::newRow("milliseconds") << "1700000000123" << qint64{1700000000123};
        QTest::newRow("microseconds") << "1700000000123456" << qint64{1700000000123};
        QTest::newRow("nanoseconds") << "1700000000123456789" << qint64{1700000000123};
        for (const char* none : {"0", "-5", "1e300", "-1e300", "99999999999999999999999", "null",
                                 "\"2024\"", "[]", "1e-9", "4000000000", "18446744073709551615"})
            QTest::newRow(none) << none << qint64{kNow};
    }
    void datesOutOfRange() {
        QFETCH(QString, date);
        QFETCH(qint64, created);
        const ImportedFile file =
            read(chatGpt(node("a", ""), ", \"create_time\": " + date.toStdString()));
        QCOMPARE(file.trees.at(0).created, int64_t{created});
        QCOMPARE(file.trees.at(0).messages.at(0).created, int64_t{created});
    }

    void whatIsReadHasAnEnd() {
        // A title and a name of a model of any length; a text that is longer than any.
        const std::string longText(17u << 20, 'y');
        const ImportedFile file =
            read(chatGpt("\"a\": {\"message\": {\"author\": {\"role\": \"assistant\"}, "
                         "\"content\": {\"parts\": [\"" +
                             longText + "\"]}, \"metadata\": {\"model_slug\": \"" +
                             std::string(9000, 'm') + "\"}}}",
                         ", \"title\": \"" + std::string(5000, 't') + '"'));
        const ConversationTree& tree = file.trees.at(0);
        QCOMPARE(tree.title.size(), size_t{200});
        QCOMPARE(tree.messages.at(0).model.size(), size_t{200});
        QCOMPARE(tree.messages[0].text.size(), size_t{16} << 20);
        QCOMPARE(file.leftOut.at(LeftOut::Cut), int64_t{1});
        // Cut between characters.
        QVERIFY(engine::isUtf8(
            read(chatGpt(node("a", ""), ", \"title\": \"" + std::string(199, 't') + "€\""))
                .trees.at(0)
                .title));
    }

    void manyAttachmentsAreCounted() {
        std::string parts;
        for (int i = 0; i < 5000; ++i) parts += "{\"content_type\": \"image_asset_pointer\"},";
        const ImportedFile file = read(chatGpt(
            "\"a\": {\"message\": {\"author\": {\"role\": \"user\"}, \"content\": {\"parts\": [" +
            parts + "\"x\"]}}}"));
        QCOMPARE(file.leftOut.at(LeftOut::Attachments), int64_t{5000});
        QCOMPARE(file.trees.at(0).messages.at(0).details["attachments"].size(), size_t{100});
    }

    void whatIsNoneOfThemIsSaid_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("words");
        QTest::newRow("nothing") << QByteArray() << "not valid JSON at byte";
        QTest::newRow("text") << QByteArray("Dear diary") << "not valid JSON";
        QTest::newRow("cut") << QByteArray::fromStdString(kChatGpt).left(900)
                             << "not valid JSON at byte";
        QTest::newRow("a number") << QByteArray("3") << "holds no conversations";
        QTest::newRow("a list of nothing") << QByteArray("[]") << "holds no conversations";
        QTest::newRow("other items") << QByteArray("[{}, 3, null]") << "holds no conversations";
        QTest::newRow("an archive") << QByteArray("PK\x03\x04....") << "unpack it";
        QTest::newRow("deep") << QByteArray("[").repeated(100'000) << "nested deeper";
        QTest::newRow("later")
            << QByteArray(
                   "{\"format\":\"alcove-conversations\",\"version\":2,\"conversations\":[]}")
            << "later version of Alcove";
        QTest::newRow("says it is ours")
            << QByteArray("{\"format\":\"alcove-conversations\",\"version\":1}") << "and does not";
    }
    void whatIsNoneOfThemIsSaid() {
        QFETCH(QByteArray, text);
        QFETCH(QString, words);
        QVERIFY_FAILS(readConversations(text.toStdString(), "the file", kNow), words.toStdString());
        QVERIFY_FAILS(readConversations(text.toStdString(), "the file", kNow), "the file");
    }

    void brokenItemsOfAListAreCounted() {
        const std::string list = "[3, {\"mapping\": 3}, {\"mapping\": {}}, " + kChatGpt.substr(1);
        const ImportedFile file = read(list);
        QCOMPARE(file.trees.size(), size_t{1});
        QCOMPARE(file.leftOut.at(LeftOut::Conversations), int64_t{2});
        QCOMPARE(file.leftOut.at(LeftOut::Empty), int64_t{1});
    }

    void ourOwnMustBeWhole_data() {
        QTest::addColumn<QString>("from");
        QTest::addColumn<QString>("to");
        QTest::newRow("after itself") << "\"parent\": 0" << "\"parent\": 1";
        QTest::newRow("before all") << "\"parent\": 0" << "\"parent\": -1";
        QTest::newRow("no place") << "\"parent\": 0" << "\"parent\": \"0\"";
        QTest::newRow("whose") << "\"by\": \"model\"" << "\"by\": \"me\"";
        QTest::newRow("no text") << "\"text\": \"b\"" << "\"text\": 3";
        QTest::newRow("growing") << "\"state\": \"stopped\"" << "\"state\": \"growing\"";
        QTest::newRow("rated") << "\"rating\": -1" << "\"rating\": 99";
        QTest::newRow("when") << "\"created\": 7" << "\"created\": -7";
        QTest::newRow("late") << "\"changed\": 9" << "\"changed\": 9223372036854775807";
        QTest::newRow("who") << "\"id\": \"i\"" << "\"id\": \"\"";
    }
    void ourOwnMustBeWhole() {
        QFETCH(QString, from);
        QFETCH(QString, to);
        ConversationTree tree;
        tree.identity = "i";
        tree.changed = 9;
        tree.messages.resize(2);
        tree.messages[0].text = "a";
        tree.messages[1].text = "b";
        tree.messages[1].parent = 0;
        tree.messages[1].created = 7;
        tree.messages[1].rating = -1;
        tree.messages[1].state = MessageState::Stopped;
        const auto json = QString::fromStdString(conversationsToJson(std::span(&tree, 1)));
        QCOMPARE(read(json.toStdString()).trees.size(), size_t{1});
        QString broken = json;
        QVERIFY(broken.contains(from));
        broken.replace(from, to);
        const ImportedFile file = read(broken.toStdString());
        QVERIFY(file.trees.empty());
        QCOMPARE(file.leftOut.at(LeftOut::Conversations), int64_t{1});
    }

    void detailsThatAreTooManyStayOut() {
        ConversationTree tree;
        tree.identity = "i";
        tree.messages.resize(2);
        for (int i = 0; i < 1001; ++i) tree.messages[0].details["k" + std::to_string(i)] = i;
        tree.messages[1].details = {{"text", std::string(2u << 20, 'x')}};
        const ImportedFile file = read(conversationsToJson(std::span(&tree, 1)));
        QCOMPARE(file.leftOut.at(LeftOut::Details), int64_t{2});
        QVERIFY(file.trees.at(0).messages.at(0).details.is_null());
    }

    void anyChangeOfAFileIsRead() {
        std::mt19937 random(9);
        const Store store = open(fs::path(m_dir.path().toStdString()) / "any" / "c.db");
        for (int i = 0; i < 3000; ++i) {
            std::string text = i % 2 ? kChatGpt : kOpenWebUi;
            for (auto n = random() % 4 + 1; n > 0; --n) {
                const size_t at = random() % text.size();
                switch (random() % 4) {
                    case 0:
                        text[at] = static_cast<char>(random() % 256);
                        break;
                    case 1:
                        text.erase(at, random() % 40);
                        break;
                    case 2:
                        text.insert(at, text, random() % text.size(), random() % 60);
                        break;
                    default:  // one id for another
                        for (const char* id : {"\"a1\"", "\"u1\"", "\"q\""})
                            if (const size_t there = text.find(id, at); there != std::string::npos)
                                text.replace(there, std::string_view(id).size(), "\"a2\"");
                }
            }
            const auto file = readConversations(text, "file", kNow);
            if (!file) {
                QVERIFY(!file.message().empty());
                continue;
            }
            isWellFormed(*file);
            if (QTest::currentTestFailed()) return;
            if (i % 20 == 0) QVERIFY_OK(store->takeIn(file->trees));
        }
    }
};

QTEST_GUILESS_MAIN(ConversationImportTest)
#include "conversation_import_test.moc"
