#include "app/conversations/conversation_store.h"

#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <thread>

#include "app/conversations/conversation_rows.h"
#include "app/conversations/conversation_schema.h"
#include "talk.h"

#ifdef __unix__
#include <sys/stat.h>
#include <unistd.h>
#endif

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;
using Ids = std::vector<int64_t>;
using Texts = std::vector<std::string>;

namespace {

constexpr int64_t kEver = std::numeric_limits<int64_t>::max();

std::string everythingIn(const fs::path& folder) {
    std::string all;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file()) all += contents(entry.path());
    return all;
}

#ifdef __unix__
unsigned modeOf(const fs::path& path) {
    struct stat told{};
    return ::stat(path.c_str(), &told) == 0 ? told.st_mode & 0777u : 0;
}

/// Acts as a user who may not write it, also where root runs the tests.
class NotWritable {
public:
    NotWritable(const fs::path& file, bool folderToo) : m_folder(file.parent_path()) {
        constexpr auto kAllRead =
            fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;
        constexpr auto kAllEnter =
            fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
        fs::permissions(file, kAllRead);
        fs::permissions(m_folder, folderToo ? kAllRead | kAllEnter : fs::perms::all);
        for (fs::path above = m_folder.parent_path(); above.string().size() > 5;
             above = above.parent_path())
            fs::permissions(above, fs::perms::owner_all | kAllRead | kAllEnter);
        constexpr uid_t kNobody = 65534;
        if (m_user == 0 && ::seteuid(kNobody) != 0) qFatal("root cannot be left");
    }
    ~NotWritable() {
        if (m_user == 0 && ::seteuid(0) != 0) qFatal("root cannot be had back");
        fs::permissions(m_folder, fs::perms::owner_all);
    }
    NotWritable(const NotWritable&) = delete;
    NotWritable& operator=(const NotWritable&) = delete;

private:
    fs::path m_folder;
    uid_t m_user = ::geteuid();
};
#endif

}  // namespace

class ConversationStoreTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_folder, m_file;

private slots:
    void init() {
        m_folder = fs::path(m_dir.path().toStdString()) / QTest::currentTestFunction() / "alcove";
        m_file = m_folder / "conversations.db";
    }

    void keepsWhatItIsGiven() {
        int64_t id = 0, question = 0, reply = 0;
        const nlohmann::ordered_json details = {{"sources", {{{"page", 3}}}}, {"a", 1.5}};
        {
            const Store store = open(m_file);
            id = must(store->create("A beginning"));
            question = say(*store, id, 0, std::string("With a zero: \0, and ü€😀", 27));
            reply = begin(*store, id, question);
            done(store->grow(reply, "Hm. ", ""));
            done(store->grow(reply, "Yes.", "It "));
            done(store->grow(reply, "", "is."));
            done(store->finish(reply, MessageState::Limit, "", details));
            done(store->rate(reply, -1));
            done(store->rename(id, "A title", true));
        }
        const Store store = open(m_file);
        const ConversationEntry entry = must(store->entry(id));
        QCOMPARE(entry.title, std::string("A title"));
        QVERIFY(entry.titled);
        QVERIFY(!entry.pinned && !entry.archived);
        QCOMPARE(entry.folder, int64_t{0});
        QVERIFY(entry.created > 1'600'000'000'000);
        QVERIFY(entry.changed >= entry.created);
        const auto path = must(store->path(id));
        QCOMPARE(path.size(), size_t{2});
        QCOMPARE(path[0].id, question);
        QCOMPARE(path[0].text, std::string("With a zero: \0, and ü€😀", 27));
        QVERIFY(path[0].fromUser);
        QVERIFY(path[0].details.is_null());
        QCOMPARE(path[1].id, reply);
        QCOMPARE(path[1].parent, question);
        QVERIFY(!path[1].fromUser);
        QCOMPARE(path[1].text, std::string("It is."));
        QCOMPARE(path[1].thought, std::string("Hm. Yes."));
        QCOMPARE(path[1].model, std::string("small"));
        QCOMPARE(path[1].state, MessageState::Limit);
        QCOMPARE(path[1].rating, -1);
        QCOMPARE(path[1].details.dump(), details.dump());
        QCOMPARE(path[1].version, 0);
        QCOMPARE(path[1].versions, 1);
    }

    void showsOneVersionAtEachFork() {
        const Store store = open(m_file);
        const int64_t id = must(store->create("t"));
        const int64_t q1 = say(*store, id, 0, "q1");
        const int64_t a1 = answer(*store, id, q1, "a1");
        const int64_t q2 = say(*store, id, a1, "q2");
        (void)answer(*store, id, q2, "a2");
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1", "q2", "a2"}));
        // Asked again: another answer, nothing after it yet.
        const int64_t other = answer(*store, id, q1, "a1 again");
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1 again"}));
        auto path = must(store->path(id));
        QCOMPARE(path[1].version, 1);
        QCOMPARE(path[1].versions, 2);
        // Back: what followed it follows it still.
        done(store->choose(other, 0));
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1", "q2", "a2"}));
        // The first question edited.
        const int64_t edited = say(*store, id, 0, "q1 edited");
        QCOMPARE(texts(*store, id), (Texts{"q1 edited"}));
        done(store->choose(edited, 0));
        done(store->choose(a1, 1));
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1 again"}));
        // A find in what is not shown is shown with all that leads to it.
        done(store->choose(q1, 1));
        done(store->reveal(q2));
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1", "q2", "a2"}));
        QVERIFY_FAILS(store->choose(q1, 2), "has no version 2");
        QVERIFY_FAILS(store->choose(q1, -1), "has no version -1");
        QCOMPARE(texts(*store, id), (Texts{"q1", "a1", "q2", "a2"}));
    }

    void whatGrowsIsThere() {
        int64_t id = 0, reply = 0, begun = 0;
        {
            const Store store = open(m_file);
            id = must(store->create("t"));
            reply = begin(*store, id, say(*store, id, 0, "q"));
            done(store->grow(reply, "", "half an "));
            done(store->grow(reply, "", "umbrella"));
            QCOMPARE(must(store->path(id))[1].text, std::string("half an umbrella"));
            QCOMPARE(must(store->path(id))[1].state, MessageState::Growing);
            QVERIFY(must(store->search("umbrella", 9)).empty());
            begun = begin(*store, id, reply);
        }
        const Store store = open(m_file);
        const auto path = must(store->path(id));
        QCOMPARE(path[1].text, std::string("half an umbrella"));
        QCOMPARE(path[1].state, MessageState::Interrupted);
        QCOMPARE(path[2].id, begun);
        QCOMPARE(path[2].state, MessageState::Interrupted);
        QCOMPARE(must(store->search("umbrella", 9)).size(), size_t{1});
        QVERIFY_FAILS(store->grow(reply, "", "more"), "there is no growing message");
        // It goes on where it ended.
        done(store->resume(reply));
        QVERIFY(must(store->search("umbrella", 9)).empty());
        done(store->grow(reply, "", " is a stick"));
        done(store->resume(reply));  // it grows already
        done(store->finish(reply, MessageState::Failed, "no more power", nullptr));
        QCOMPARE(must(store->path(id))[1].text, std::string("half an umbrella is a stick"));
        QCOMPARE(must(store->path(id))[1].error, std::string("no more power"));
        QCOMPARE(must(store->search("stick", 9)).size(), size_t{1});
        // Said again: only what it is about changes.
        done(store->finish(reply, MessageState::Stopped, "", {{"n", 1}}));
        done(store->finish(reply, MessageState::Complete, "", nullptr));
        const StoredMessage last = must(store->path(id))[1];
        QCOMPARE(last.text, std::string("half an umbrella is a stick"));
        QCOMPARE(last.state, MessageState::Complete);
        QCOMPARE(last.error, std::string());
        QCOMPARE(last.details.dump(), std::string("{\"n\":1}"));
        QVERIFY_FAILS(store->finish(reply, MessageState::Growing, "", nullptr), "not finished");
    }

    void shelvesAndTheirOrder() {
        const Store store = open(m_file);
        const int64_t a = must(store->create("a")), b = must(store->create("b")),
                      c = must(store->create("c"));
        QCOMPARE(ids(*store, Shelf::Active).size(), size_t{3});
        ConversationTree old;  // with dates of its own
        old.identity = "old";
        old.title = "old";
        old.created = old.changed = 1000;
        QCOMPARE(must(store->takeIn(std::span(&old, 1))).conversations, int64_t{1});
        const int64_t d = ids(*store, Shelf::Active).back();
        QCOMPARE(must(store->entry(d)).title, std::string("old"));
        done(store->setPinned(d, true));
        QCOMPARE(ids(*store, Shelf::Active).front(), d);
        done(store->setArchived(b, true));
        QCOMPARE(ids(*store, Shelf::Archived), Ids{b});
        done(store->remove(b));
        QCOMPARE(ids(*store, Shelf::Archived), Ids{});
        QCOMPARE(ids(*store, Shelf::Removed), Ids{b});
        done(store->restore(b));
        QCOMPARE(ids(*store, Shelf::Archived), Ids{b});  // where it was
        done(store->setArchived(b, false));
        done(store->setPinned(d, false));
        const Ids all = ids(*store, Shelf::Active);
        QCOMPARE(all.size(), size_t{4});
        QCOMPARE(all.back(), d);
        // What happens in one brings it to the front; what is done with it does not.
        const int64_t before = must(store->entry(a)).changed;
        QTRY_VERIFY(now() > must(store->entry(c)).changed);
        done(store->rename(a, "renamed", true));
        done(store->rate(say(*store, a, 0, "q"), 1));
        QCOMPARE(ids(*store, Shelf::Active).front(), a);
        QVERIFY(must(store->entry(a)).changed > before);
    }

    void folders() {
        const Store store = open(m_file);
        const int64_t id = must(store->create("t"));
        const int64_t work = must(store->addFolder("Work")), home = must(store->addFolder("home"));
        QVERIFY_FAILS(store->addFolder("Work"), "already");
        QVERIFY_FAILS(store->addFolder(" \t"), "needs a name");
        QVERIFY_FAILS(store->renameFolder(home, "Work"), "already");
        done(store->renameFolder(home, "Archive"));
        done(store->renameFolder(home, "Archive"));
        const auto folders = must(store->folders());
        QCOMPARE(folders.size(), size_t{2});
        QCOMPARE(folders[0].name, std::string("Archive"));
        QCOMPARE(folders[1].id, work);
        done(store->setFolder(id, work));
        QCOMPARE(must(store->entry(id)).folder, work);
        QVERIFY_FAILS(store->setFolder(id, 99), "no folder 99");
        done(store->removeFolder(work));
        QCOMPARE(must(store->entry(id)).folder, int64_t{0});
        done(store->setFolder(id, home));
        done(store->setFolder(id, 0));
        QCOMPARE(must(store->entry(id)).folder, int64_t{0});
    }

    void drafts() {
        int64_t id = 0;
        {
            const Store store = open(m_file);
            id = must(store->create("t"));
            QCOMPARE(must(store->draft(0)), std::string());
            done(store->setDraft(0, "not begu"));
            done(store->setDraft(0, "not begun"));
            done(store->setDraft(id, "half"));
        }
        const Store store = open(m_file);
        QCOMPARE(must(store->draft(0)), std::string("not begun"));
        QCOMPARE(must(store->draft(id)), std::string("half"));
        done(store->setDraft(id, ""));
        QCOMPARE(must(store->draft(id)), std::string());
        QVERIFY_FAILS(store->setDraft(99, "x"), "no conversation 99");
        done(store->setDraft(99, ""));
    }

    void whatIsNotThereIsSaid() {
        const Store store = open(m_file);
        const int64_t id = must(store->create("t")), other = must(store->create("u"));
        const int64_t message = say(*store, id, 0, "q");
        NewMessage stray;
        stray.parent = message;
        QVERIFY_FAILS(store->add(other, stray), "belongs to another conversation");
        stray.parent = 99;
        QVERIFY_FAILS(store->add(id, stray), "no message 99");
        QVERIFY_FAILS(store->add(99, NewMessage()), "no conversation 99");
        QVERIFY_FAILS(store->entry(99), "no conversation 99");
        QVERIFY_FAILS(store->path(99), "no conversation 99");
        QVERIFY_FAILS(store->tree(99), "no conversation 99");
        QVERIFY_FAILS(store->rename(99, "x", true), "no conversation 99");
        QVERIFY_FAILS(store->setPinned(99, true), "no conversation 99");
        QVERIFY_FAILS(store->remove(99), "no conversation 99");
        QVERIFY_FAILS(store->finish(99, MessageState::Complete, "", nullptr), "no message 99");
        QVERIFY_FAILS(store->choose(99, 0), "no message 99");
        QVERIFY_FAILS(store->reveal(99), "no message 99");
        QVERIFY_FAILS(store->resume(99), "no message 99");
        QVERIFY_FAILS(store->rate(99, 1), "no message 99");
        QVERIFY_FAILS(store->rate(message, 2), "-1, 0 or 1");
        QVERIFY_FAILS(store->renameFolder(99, "x"), "no folder 99");
        QVERIFY_FAILS(store->removeFolder(99), "no folder 99");
        // And nothing of it was done.
        QCOMPARE(texts(*store, id), Texts{"q"});
        QCOMPARE(texts(*store, other), Texts{});
        QCOMPARE(must(store->path(id))[0].rating, 0);
    }

    void whatIsPurgedIsGoneFromTheFile() {
        const Store store = open(m_file);
        const int64_t kept = must(store->create("Kept rhododendron"));
        (void)say(*store, kept, 0, "A word that stays: marzipan");
        Ids gone;
        for (int i = 0; i < 40; ++i) {
            const int64_t id = must(store->create("Vanishing xylophone"));
            const int64_t question = say(*store, id, 0, "Where is the quokka hiding?");
            const int64_t reply = begin(*store, id, question);
            for (int j = 0; j < 50; ++j)
                done(store->grow(reply, "Pondering zeppelins. ", "Under the juniper. "));
            // One of them grows still.
            if (i > 0) done(store->finish(reply, MessageState::Complete, "", {{"k", "wyvern"}}));
            done(store->setDraft(id, "unsent gnocchi"));
            gone.push_back(id);
        }
        const auto words = {"xylophone", "quokka",  "juniper", "zeppelin",
                            "wyvern",    "gnocchi", "Quokka"};
        for (const int64_t id : gone) done(store->remove(id));
        QCOMPARE(must(store->purgeRemoved(0)), int64_t{0});
        QCOMPARE(ids(*store, Shelf::Removed).size(), gone.size());
        QVERIFY(everythingIn(m_folder).find("quokka") != std::string::npos);
        QCOMPARE(must(store->purgeRemoved(kEver)), static_cast<int64_t>(gone.size()));
        QCOMPARE(ids(*store, Shelf::Removed), Ids{});
        QVERIFY_FAILS(store->restore(gone[0]), "(any more)");
        const std::string bytes = everythingIn(m_folder);
        for (const char* word : words) QVERIFY2(bytes.find(word) == std::string::npos, word);
        QVERIFY(bytes.find("marzipan") != std::string::npos);
        QCOMPARE(must(store->search("marzipan", 9)).size(), size_t{1});
        QCOMPARE(must(store->search("rhodo", 9)).size(), size_t{1});
        QVERIFY(must(store->search("quokka", 9)).empty());
        QCOMPARE(must(store->draft(gone[0])), std::string());
        // Ids are not given again.
        QVERIFY(must(store->create("new")) > gone.back());
    }

    void historyIsForgottenByAge() {
        const Store store = open(m_file);
        std::vector<ConversationTree> trees(3);
        for (size_t i = 0; i < trees.size(); ++i) {
            trees[i].identity = trees[i].title = std::string(1, static_cast<char>('a' + i));
            trees[i].created = 1;
            trees[i].changed = static_cast<int64_t>(1000 * (i + 1));
            trees[i].pinned = i == 0;
        }
        QCOMPARE(must(store->takeIn(trees)).conversations, int64_t{3});
        QCOMPARE(must(store->forgetOlderThan(1000)), int64_t{0});
        QCOMPARE(must(store->forgetOlderThan(2500)), int64_t{2});
        const auto left = must(store->list(Shelf::Active));
        QCOMPARE(left.size(), size_t{1});
        QCOMPARE(left[0].title, std::string("c"));
    }

    void everythingIsRemoved() {
        {
            const Store store = open(m_file);
            const int64_t id = must(store->create("Vanishing xylophone"));
            (void)say(*store, id, 0, "Where is the quokka?");
            done(store->setFolder(id, must(store->addFolder("gnocchi"))));
            done(store->setDraft(0, "wyvern"));
            done(store->removeEverything());
            QCOMPARE(ids(*store, Shelf::Active), Ids{});
            QVERIFY(must(store->folders()).empty());
            QCOMPARE(must(store->draft(0)), std::string());
            const std::string bytes = everythingIn(m_folder);
            for (const char* word : {"xylophone", "quokka", "gnocchi", "wyvern"})
                QVERIFY2(bytes.find(word) == std::string::npos, word);
            QVERIFY(must(store->search("quokka", 9)).empty());
            (void)say(*store, must(store->create("new")), 0, "another quokka");
            QCOMPARE(must(store->search("quokka", 9)).size(), size_t{1});
        }
        QCOMPARE(must(open(m_file)->search("quokka", 9)).size(), size_t{1});
    }

    void oneHasItAtATime() {
        const Store store = open(m_file);
        QVERIFY_FAILS(ConversationStore::open(m_file), "open in another window");
        QVERIFY_FAILS(ConversationStore::putAside(m_file), "open in another window");
    }

    void anyThreadMayAsk() {
        const Store store = open(m_file);
        const int64_t id = must(store->create("t"));
        const int64_t question = say(*store, id, 0, "q");
        std::vector<std::thread> threads;
        std::array<int64_t, 4> replies{};
        for (size_t t = 0; t < replies.size(); ++t)
            threads.emplace_back([&, t] {
                replies[t] = begin(*store, id, question);
                for (int i = 0; i < 50; ++i) {
                    done(store->grow(replies[t], "", std::to_string(t)));
                    (void)must(store->path(id));
                    (void)must(store->search("t", 3));
                    done(store->setDraft(id, "draft"));
                }
                done(store->finish(replies[t], MessageState::Complete, "", nullptr));
            });
        for (std::thread& thread : threads) thread.join();
        for (size_t t = 0; t < replies.size(); ++t) {
            done(store->reveal(replies[t]));
            QCOMPARE(texts(*store, id)[1], std::string(50, static_cast<char>('0' + t)));
        }
    }

    void anotherFileIsLeftAsItIs_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        QTest::newRow("text") << QByteArray("Dear diary, ").repeated(30)
                              << "is damaged, or no file";
        QTest::newRow("short") << QByteArray("SQLite format 3") << "is damaged, or no file";
        QByteArray foreign(4096, '\0');
        foreign.replace(0, 15, "SQLite format 3");
        QTest::newRow("another program's") << foreign << "of another program";
    }
    void anotherFileIsLeftAsItIs() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        fs::create_directories(m_folder);
        write(m_file, bytes.toStdString());
        QVERIFY_FAILS(ConversationStore::open(m_file), words.toStdString());
        QCOMPARE(contents(m_file), bytes.toStdString());
        for (const char* more : {"-wal", "-shm"}) QVERIFY(!fs::exists(m_file.string() + more));
        fs::remove_all(m_folder);
    }

    void aForeignDatabaseIsLeftAsItIs() {
        fs::create_directories(m_folder);
        {
            auto database = must(rag::Database::open(m_file));
            done(database.execute("CREATE TABLE conversations (mine)"));
        }
        const std::string before = contents(m_file);
        QVERIFY_FAILS(ConversationStore::open(m_file), "of another program");
        QCOMPARE(contents(m_file), before);
    }

    void aLaterVersionIsLeftAsItIs() {
        (void)must(open(m_file)->create("kept"));
        const std::string later = concat("PRAGMA user_version = ", newestConversations() + 1);
        done(must(rag::Database::open(m_file)).execute(later.c_str()));
        const std::string before = contents(m_file);
        QVERIFY_FAILS(ConversationStore::open(m_file), "later version of Alcove");
        QCOMPARE(contents(m_file), before);
        const std::string back = concat("PRAGMA user_version = ", newestConversations());
        done(must(rag::Database::open(m_file)).execute(back.c_str()));
        QCOMPARE(must(open(m_file)->list(Shelf::Active)).size(), size_t{1});
    }

    void aBrokenFileIsPutAsideIfThatIsWanted() {
        (void)must(open(m_file)->create("kept"));
        std::string bytes = contents(m_file);
        for (size_t i = 100; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31);
        write(m_file, bytes);
        const auto opened = ConversationStore::open(m_file);
        QVERIFY_FAILS(opened, "is damaged; it was left as it is");
        QVERIFY_FAILS(opened, m_file.string());
        QCOMPARE(contents(m_file), bytes);
        const fs::path aside = must(ConversationStore::putAside(m_file));
        QCOMPARE(aside.string(), m_file.string() + ".broken-1");
        QCOMPARE(contents(aside), bytes);
        QVERIFY(must(open(m_file)->list(Shelf::Active)).empty());
        write(m_file, bytes);
        QCOMPARE(must(ConversationStore::putAside(m_file)).string(), m_file.string() + ".broken-2");
    }

    void damageIsSaidWhenItIsMet() {
        int64_t id = 0;
        {
            const Store store = open(m_file);
            id = must(store->create("kept"));
            for (int i = 0; i < 50; ++i) (void)say(*store, id, 0, std::string(5000, 'x'));
        }
        std::string bytes = contents(m_file);
        // All pages but those that opening looks at.
        for (size_t at = bytes.size() / 2; at < bytes.size(); ++at) bytes[at] = '\x55';
        write(m_file, bytes);
        auto opened = ConversationStore::open(m_file);
        if (opened.ok()) {
            const auto tree = (*opened)->tree(id);
            QVERIFY_FAILS(tree, "is damaged; it was left as it is");
        } else {
            QVERIFY_FAILS(opened, "is damaged; it was left as it is");
        }
    }

    void anEmptyFileBesideItsLogIsNoNewOne() {
        fs::create_directories(m_folder);
        write(m_file, "");
        write(m_file.string() + "-wal", "what was said");
        QVERIFY_FAILS(ConversationStore::open(m_file), "though it held conversations once");
        QCOMPARE(contents(m_file.string() + "-wal"), std::string("what was said"));
        fs::remove(m_file.string() + "-wal");
        QVERIFY_OK(ConversationStore::open(m_file));  // made, and killed before a byte was in it
    }

    void whatIsNoFileIsSaid() {
        fs::create_directories(m_file);
        QVERIFY_FAILS(ConversationStore::open(m_file), "not an ordinary file");
        QVERIFY_FAILS(ConversationStore::open({}), "ALCOVE_CONVERSATIONS");
        write(m_folder / "file", "");
        QVERIFY_FAILS(ConversationStore::open(m_folder / "file" / "x.db"), "cannot be made");
    }

    void theFileIsWhereItBelongs() {
        const QByteArray before = qgetenv("ALCOVE_CONVERSATIONS"), data = qgetenv("XDG_DATA_HOME");
        qputenv("ALCOVE_CONVERSATIONS", "/somewhere/else.db");
        QCOMPARE(conversationsFile(), fs::path("/somewhere/else.db"));
        qunsetenv("ALCOVE_CONVERSATIONS");
        qputenv("XDG_DATA_HOME", "/data");
#if defined(__unix__) && !defined(__APPLE__)
        QCOMPARE(conversationsFile(), fs::path("/data/alcove/conversations.db"));
#endif
        before.isNull() ? qunsetenv("ALCOVE_CONVERSATIONS")
                        : qputenv("ALCOVE_CONVERSATIONS", before);
        data.isNull() ? qunsetenv("XDG_DATA_HOME") : qputenv("XDG_DATA_HOME", data);
    }

#ifdef __unix__
    void itsOwnerAloneMayReadIt() {
        const mode_t before = ::umask(0);
        const Store store = open(m_file);
        ::umask(before);
        (void)must(store->create("t"));
        QCOMPARE(modeOf(m_folder), 0700u);
        for (const char* more : {"", "-wal", "-shm"})
            QCOMPARE(modeOf(m_file.string() + more), 0600u);
    }

    void rightsThatAreTooWideAreMended() {
        (void)open(m_file);
        fs::permissions(m_file, static_cast<fs::perms>(0666));
        fs::permissions(m_folder, fs::perms::all);
        const Store store = open(m_file);
        QCOMPARE(modeOf(m_file), 0600u);
        QCOMPARE(modeOf(m_folder), 0777u);  // it may hold what others are to have
    }

    void aFileThatCannotBeWrittenIsSaid_data() {
        QTest::addColumn<bool>("folderToo");
        QTest::newRow("the file") << false;
        QTest::newRow("its folder") << true;
    }
    void aFileThatCannotBeWrittenIsSaid() {
        QFETCH(bool, folderToo);
        (void)must(open(m_file)->create("kept"));
        const std::string before = contents(m_file);
        fs::remove(m_file.string() + ".lock");
        {
            const NotWritable closed(m_file, folderToo);
            const auto opened = ConversationStore::open(m_file);
            QVERIFY_FAILS(opened, "must lie where this user may write");
            QVERIFY_FAILS(opened, m_file.string());
        }
        QCOMPARE(contents(m_file), before);
        fs::permissions(m_file, fs::perms::owner_read | fs::perms::owner_write);
        fs::remove(m_file.string() + ".lock");
        QVERIFY(!must(open(m_file)->list(Shelf::Active)).empty());
    }
#endif
};

QTEST_GUILESS_MAIN(ConversationStoreTest)
#include "conversation_store_test.moc"
