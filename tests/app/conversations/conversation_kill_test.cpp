// What was kept is there, whenever the process ends and however full the disk is.
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <map>
#include <random>
#include <sstream>
#include <string>

#include "app/conversations/conversation_store.h"
#include "rag/store/sqlite.h"
#include "talk.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;

namespace {

bool fullRun() { return qEnvironmentVariableIsSet("ALCOVE_TEST_FULL"); }

/// What the writer said.
struct Journal {
    struct Said {
        int64_t conversation = 0;
        std::string text;  // at least
        bool reply = false, finished = false;
    };
    std::map<int64_t, int64_t> drafts;  // of each conversation
    std::map<int64_t, Said> said;       // by number
    std::string error;

    void add(const QByteArray& line) {
        if (!line.endsWith('\n')) return;  // cut by the kill
        std::istringstream in(line.toStdString());
        char what = 0;
        int64_t first = 0;
        std::string second;
        in >> what;
        if (what == 'E') {
            std::getline(in, error);
            return;
        }
        in >> first >> second;
        if (what == 'C') drafts.emplace(first, 0);
        if (what == 'D') drafts[first] = std::stoll(second);
        if (what == 'S') said[std::stoll(second)] = {first, second + ": a question", false, true};
        if (what == 'B') said[std::stoll(second)] = {first, second + ":", true, false};
        if (what == 'G') said[first].text += second;
        if (what == 'F') said[first].finished = true;
    }
};

void isSound(const fs::path& file) {
    auto database = must(rag::Database::open(file));
    auto check = must(database.prepare("PRAGMA integrity_check"));
    QVERIFY(must(check.step()));
    QCOMPARE(std::string(check.text(0)), std::string("ok"));
    check.reset();
    done(
        database.execute("INSERT INTO message_words (message_words) VALUES ('integrity-check');"
                         "INSERT INTO title_words (title_words) VALUES ('integrity-check')"));
}

/// All that was said is there, and hardly more: one thing may have been kept and not been told.
void isThere(const ConversationStore& store, const Journal& journal) {
    std::map<int64_t, TreeMessage> there;  // by number
    std::map<int64_t, int64_t> where;
    for (const ConversationEntry& entry : must(store.list(Shelf::Active))) {
        for (TreeMessage& message : must(store.tree(entry.id)).messages) {
            const int64_t number = std::stoll(message.text);
            QVERIFY(there.emplace(number, std::move(message)).second);
            where[number] = entry.id;
        }
    }
    for (const auto& [conversation, number] : journal.drafts) {
        const std::string draft = must(store.draft(conversation));
        QVERIFY(number == 0 || std::stoll(draft) >= number);
    }
    for (const auto& [number, said] : journal.said) {
        QVERIFY2(there.count(number) == 1, std::to_string(number).c_str());
        const TreeMessage& message = there[number];
        QCOMPARE(where[number], said.conversation);
        QCOMPARE(message.text.substr(0, said.text.size()), said.text);
        QVERIFY(message.text.size() <= said.text.size() + 4);  // a piece
        QVERIFY(message.state == MessageState::Complete ||
                (message.state == MessageState::Interrupted && !said.finished));
    }
    // And it is found.
    std::mt19937 random(static_cast<unsigned>(journal.said.size()));
    for (int i = 0; i < 20 && !journal.said.empty(); ++i) {
        const auto at = std::next(journal.said.begin(), random() % journal.said.size());
        bool found = false;
        for (const SearchHit& hit : must(store.search(std::to_string(at->first), 100)))
            found |= hit.conversation == at->second.conversation;
        QVERIFY2(found, std::to_string(at->first).c_str());
    }
}

}  // namespace

class ConversationKillTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;

    fs::path fileOf(const char* name) {
        return fs::path(m_dir.path().toStdString()) / name / "conversations.db";
    }

private slots:
    void aKilledWriterLosesNothing() {
        const fs::path file = fileOf("killed");
        const int kills = fullRun() ? 100 : 20;
        std::mt19937 random(11);
        Journal journal;
        size_t most = 0;
        for (int i = 0; i < kills; ++i) {
            if (random() % 10 == 0) {  // anew
                fs::remove_all(file.parent_path());
                journal = {};
            }
            QProcess writer;
            writer.start(CONVERSATION_WRITER, {QString::fromStdString(file.string()),
                                               QString::number((i + 1) * 1'000'000)});
            QVERIFY(writer.waitForStarted());
            // The writer is ahead of what is read, so the moment is any.
            auto lines = random() % 5 == 0 ? random() % 3 : random() % 700;
            while (lines > 0 && (writer.canReadLine() || writer.waitForReadyRead()))
                for (; lines > 0 && writer.canReadLine(); --lines) journal.add(writer.readLine());
            QCOMPARE(writer.state(), QProcess::Running);
            writer.kill();
            QVERIFY(writer.waitForFinished());
            while (writer.canReadLine()) journal.add(writer.readLine());
            QCOMPARE(journal.error, std::string());
            {
                const Store store = open(file);
                isThere(*store, journal);
                // What has ended grows no more.
                for (auto& [number, said] : journal.said) said.finished |= !said.reply;
            }
            isSound(file);
            if (QTest::currentTestFailed()) return;
            most = std::max(most, journal.said.size());
        }
        QVERIFY(most > 100);
    }

    void aFullDiskLosesNothing() {
        Journal journal;
        const fs::path file = fileOf("full");
        for (int i = 1; i <= 6; ++i) {
            // The log is what grows first; later the file itself cannot take what the log holds.
            const int bytes = i * 500'000;
            QProcess writer;
            writer.start(CONVERSATION_WRITER,
                         {QString::fromStdString(file.string()), QString::number(i * 1'000'000),
                          QString::number(bytes)});
            QVERIFY(writer.waitForFinished(120'000));
            QCOMPARE(writer.exitCode(), 0);
            while (writer.canReadLine()) journal.add(writer.readLine());
            QVERIFY2(journal.error.find(file.string()) != std::string::npos, journal.error.c_str());
            QVERIFY2(journal.error.find("what was done before is kept") != std::string::npos,
                     journal.error.c_str());
            {
                const Store store = open(file);  // there is room again
                isThere(*store, journal);
            }
            isSound(file);
            if (QTest::currentTestFailed()) return;
        }
        QVERIFY(journal.said.size() > 20);
    }
};

QTEST_GUILESS_MAIN(ConversationKillTest)
#include "conversation_kill_test.moc"
