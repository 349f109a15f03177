// Anything in any order, beside a model in memory that does the same in the simplest way.
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>

#include "app/conversations/conversation_store.h"
#include "talk.h"

using namespace alcove;
using namespace alcove::app;
using namespace alcove::app::test;
namespace fs = std::filesystem;

namespace {

struct ModelMessage {
    int64_t conversation = 0, parent = 0;
    bool fromUser = false, shown = true;
    std::string text, thought, error;
    MessageState state = MessageState::Complete;
    int rating = 0;
    nlohmann::ordered_json details;
};

struct ModelTalk {
    std::string title, draft;
    bool titled = false, pinned = false, archived = false, removed = false;
    int64_t folder = 0;
};

/// Ids are the store's.
struct Model {
    std::map<int64_t, ModelTalk> talks;
    std::map<int64_t, ModelMessage> messages;
    std::map<int64_t, std::string> folders;
    std::string draft;

    std::vector<int64_t> siblings(int64_t conversation, int64_t parent) const {
        std::vector<int64_t> ids;
        for (const auto& [id, message] : messages)
            if (message.conversation == conversation && message.parent == parent) ids.push_back(id);
        return ids;
    }
    void show(int64_t id) {
        const ModelMessage& one = messages.at(id);
        for (const int64_t each : siblings(one.conversation, one.parent))
            messages.at(each).shown = each == id;
    }
    void forget(int64_t conversation) {
        talks.erase(conversation);
        std::erase_if(messages,
                      [&](const auto& each) { return each.second.conversation == conversation; });
    }
};

}  // namespace

class ConversationRandomTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_dir;
    fs::path m_file;
    Store m_store;
    Model m_model;
    std::mt19937 m_random;

    unsigned any(size_t below) { return static_cast<unsigned>(m_random() % below); }
    bool chance(unsigned one) { return m_random() % one == 0; }
    template <typename Map>
    int64_t anyId(const Map& map) {
        return map.empty() ? 1234 : std::next(map.begin(), any(map.size()))->first;
    }
    std::string anyText() {
        const std::vector<std::string> words = {"red",  "redder", "fox", "天气", "Über",  "a",
                                                "sea.", "\n",     "",    "NEAR", "\"x\"", "foxes"};
        std::string text;
        for (auto n = any(8); n > 0; --n) text += words[any(words.size())] + " ";
        return text;
    }

    void changeTalks() {
        const int64_t id = anyId(m_model.talks);
        const bool there = m_model.talks.count(id) > 0;
        const bool yes = chance(2);
        switch (any(9)) {
            case 0:
            case 1: {
                const std::string title = anyText();
                m_model.talks[must(m_store->create(title))].title = title;
                return;
            }
            case 2: {
                const std::string title = anyText();
                QCOMPARE(m_store->rename(id, title, yes).ok(), there);
                if (there) m_model.talks[id].title = title, m_model.talks[id].titled = yes;
                return;
            }
            case 3:
                QCOMPARE(m_store->setPinned(id, yes).ok(), there);
                if (there) m_model.talks[id].pinned = yes;
                return;
            case 4:
                QCOMPARE(m_store->setArchived(id, yes).ok(), there);
                if (there) m_model.talks[id].archived = yes;
                return;
            case 5:
                QCOMPARE((yes ? m_store->remove(id) : m_store->restore(id)).ok(), there);
                if (there) m_model.talks[id].removed = yes;
                return;
            case 6: {
                const std::string text = anyText();
                if (chance(3)) {
                    done(m_store->setDraft(0, text));
                    m_model.draft = text;
                    return;
                }
                QCOMPARE(m_store->setDraft(id, text).ok(), there || text.empty());
                if (there) m_model.talks[id].draft = text;
                return;
            }
            case 7: {
                const int64_t folder = chance(3) ? 0 : anyId(m_model.folders);
                const bool known = folder == 0 || m_model.folders.count(folder) > 0;
                QCOMPARE(m_store->setFolder(id, folder).ok(), there && known);
                if (there && known) m_model.talks[id].folder = folder;
                return;
            }
            default:
                changeFolders();
        }
    }

    void changeFolders() {
        const std::string name = "folder " + std::to_string(any(6));
        const bool taken = std::any_of(m_model.folders.begin(), m_model.folders.end(),
                                       [&](const auto& each) { return each.second == name; });
        const int64_t id = anyId(m_model.folders);
        const bool there = m_model.folders.count(id) > 0;
        switch (any(3)) {
            case 0: {
                const auto made = m_store->addFolder(name);
                QCOMPARE(made.ok(), !taken);
                if (made) m_model.folders[*made] = name;
                return;
            }
            case 1: {
                const bool same = there && m_model.folders[id] == name;
                QCOMPARE(m_store->renameFolder(id, name).ok(), there && (!taken || same));
                if (there && !taken) m_model.folders[id] = name;
                return;
            }
            default:
                QCOMPARE(m_store->removeFolder(id).ok(), there);
                m_model.folders.erase(id);
                for (auto& [each, talk] : m_model.talks)
                    if (talk.folder == id) talk.folder = 0;
        }
    }

    void addMessage() {
        const int64_t conversation = anyId(m_model.talks);
        const int64_t parent = chance(5) ? 0 : anyId(m_model.messages);
        NewMessage message;
        message.parent = parent;
        message.fromUser = chance(2);
        message.text = anyText();
        message.state = static_cast<MessageState>(any(6));
        if (chance(3)) message.details = {{"n", any(100)}};
        const auto before = m_model.messages.find(parent);
        const bool fits = m_model.talks.count(conversation) > 0 &&
                          (parent == 0 || (before != m_model.messages.end() &&
                                           before->second.conversation == conversation));
        const auto added = m_store->add(conversation, message);
        QCOMPARE(added.ok(), fits);
        if (!fits) return;
        m_model.messages[*added] = {conversation, parent, message.fromUser, true, message.text,
                                    "",           "",     message.state,    0,    message.details};
        m_model.show(*added);
    }

    void changeMessage() {
        const int64_t id = anyId(m_model.messages);
        const auto at = m_model.messages.find(id);
        const bool there = at != m_model.messages.end();
        const bool grows = there && at->second.state == MessageState::Growing;
        switch (any(6)) {
            case 0:
            case 1: {
                const std::string thought = anyText(), text = anyText();
                QCOMPARE(m_store->grow(id, thought, text).ok(), grows);
                if (grows) at->second.thought += thought, at->second.text += text;
                return;
            }
            case 2: {
                const auto state = static_cast<MessageState>(1 + any(5));
                const std::string error = anyText();
                const nlohmann::ordered_json details =
                    chance(2) ? nlohmann::ordered_json() : nlohmann::ordered_json{{"m", any(9)}};
                QCOMPARE(m_store->finish(id, state, error, details).ok(), there);
                if (!there) return;
                at->second.state = state;
                at->second.error = error;
                if (!details.is_null()) at->second.details = details;
                return;
            }
            case 3: {
                const auto all = there
                                     ? m_model.siblings(at->second.conversation, at->second.parent)
                                     : std::vector<int64_t>();
                const unsigned version = any(all.size() + 2);
                QCOMPARE(m_store->choose(id, static_cast<int>(version)).ok(),
                         there && version < all.size());
                if (there && version < all.size()) m_model.show(all[version]);
                return;
            }
            case 4: {
                const int rating = static_cast<int>(any(3)) - 1;
                QCOMPARE(m_store->rate(id, rating).ok(), there);
                if (there) at->second.rating = rating;
                return;
            }
            default:
                if (chance(2)) {
                    QCOMPARE(m_store->resume(id).ok(), there);
                    if (there && !grows)
                        at->second.state = MessageState::Growing, at->second.error.clear();
                    return;
                }
                QCOMPARE(m_store->reveal(id).ok(), there);
                for (int64_t each = there ? id : 0; each != 0;
                     each = m_model.messages.at(each).parent)
                    m_model.show(each);
        }
    }

    void seldom() {
        if (chance(3)) {
            m_store.reset();
            m_store = open(m_file);
            for (auto& [id, message] : m_model.messages)
                if (message.state == MessageState::Growing)
                    message.state = MessageState::Interrupted;
        } else if (chance(2)) {
            int64_t count = 0;
            for (auto talk = m_model.talks.begin(); talk != m_model.talks.end();) {
                const auto [id, removed] = std::pair((*talk).first, (*talk).second.removed);
                ++talk;
                if (removed) m_model.forget(id), ++count;
            }
            QCOMPARE(must(m_store->purgeRemoved(INT64_MAX)), count);
        } else if (chance(6)) {
            done(m_store->removeEverything());
            m_model = {};
        }
    }

    void comparePath(int64_t id) {
        const auto path = must(m_store->path(id));
        int64_t parent = 0;
        for (const StoredMessage& message : path) {
            const auto all = m_model.siblings(id, parent);
            const auto shown = std::find_if(all.begin(), all.end(), [&](int64_t each) {
                return m_model.messages.at(each).shown;
            });
            QVERIFY(shown != all.end());
            const ModelMessage& expected = m_model.messages.at(*shown);
            QCOMPARE(message.id, *shown);
            QCOMPARE(message.parent, parent);
            QCOMPARE(message.version, static_cast<int>(shown - all.begin()));
            QCOMPARE(message.versions, static_cast<int>(all.size()));
            QCOMPARE(message.fromUser, expected.fromUser);
            QCOMPARE(message.text, expected.text);
            QCOMPARE(message.thought, expected.thought);
            QCOMPARE(message.error, expected.error);
            QCOMPARE(message.state, expected.state);
            QCOMPARE(message.rating, expected.rating);
            QCOMPARE(message.details.dump(), expected.details.dump());
            parent = message.id;
        }
        QVERIFY(m_model.siblings(id, parent).empty());
        QCOMPARE(must(m_store->tree(id)).messages.size(),
                 static_cast<size_t>(std::count_if(
                     m_model.messages.begin(), m_model.messages.end(),
                     [&](const auto& each) { return each.second.conversation == id; })));
    }

    void compareSearch() {
        const std::map<std::string, std::string> beginnings = {
            {"redd", "redder"}, {"fox", "fox"}, {"天", "天"}, {"u", "Über"}, {"near", "NEAR"}};
        for (const auto& [typed, held] : beginnings) {
            std::set<int64_t> expected, found;
            for (const auto& [id, talk] : m_model.talks)
                if (!talk.removed && talk.title.find(held) != std::string::npos)
                    expected.insert(id);
            for (const auto& [id, message] : m_model.messages)
                if (message.state != MessageState::Growing &&
                    !m_model.talks.at(message.conversation).removed &&
                    message.text.find(held) != std::string::npos)
                    expected.insert(message.conversation);
            for (const SearchHit& hit : must(m_store->search(typed, 1000)))
                found.insert(hit.conversation);
            QCOMPARE(found, expected);
        }
    }

    void compare() {
        std::map<int64_t, Shelf> shelves;
        for (const Shelf shelf : {Shelf::Active, Shelf::Archived, Shelf::Removed}) {
            bool pinned = true;
            int64_t changed = INT64_MAX;
            for (const ConversationEntry& entry : must(m_store->list(shelf))) {
                QVERIFY(shelves.emplace(entry.id, shelf).second);
                if (pinned && !entry.pinned) changed = INT64_MAX;
                QVERIFY(pinned || !entry.pinned);
                QVERIFY(entry.changed <= changed);
                pinned = entry.pinned;
                changed = entry.changed;
                QCOMPARE(entry.title, m_model.talks.at(entry.id).title);
            }
        }
        QCOMPARE(shelves.size(), m_model.talks.size());
        for (const auto& [id, talk] : m_model.talks) {
            QCOMPARE(shelves.at(id), talk.removed    ? Shelf::Removed
                                     : talk.archived ? Shelf::Archived
                                                     : Shelf::Active);
            const ConversationEntry entry = must(m_store->entry(id));
            QCOMPARE(entry.titled, talk.titled);
            QCOMPARE(entry.pinned, talk.pinned);
            QCOMPARE(entry.archived, talk.archived);
            QCOMPARE(entry.folder, talk.folder);
            QCOMPARE(must(m_store->draft(id)), talk.draft);
            comparePath(id);
        }
        QCOMPARE(must(m_store->draft(0)), m_model.draft);
        std::map<int64_t, std::string> folders;
        for (const FolderEntry& folder : must(m_store->folders())) folders[folder.id] = folder.name;
        QCOMPARE(folders, m_model.folders);
        compareSearch();
    }

private slots:
    void anythingInAnyOrder_data() {
        QTest::addColumn<unsigned>("seed");
        const unsigned runs = qEnvironmentVariableIsSet("ALCOVE_TEST_FULL") ? 60 : 6;
        for (unsigned seed = 1; seed <= runs; ++seed) QTest::addRow("%u", seed) << seed;
    }
    void anythingInAnyOrder() {
        QFETCH(unsigned, seed);
        m_random.seed(seed);
        m_model = {};
        m_file = fs::path(m_dir.path().toStdString()) / std::to_string(seed) / "c.db";
        m_store = open(m_file);
        for (int step = 0; step < 600; ++step) {
            const unsigned what = any(20);
            if (what < 6)
                changeTalks();
            else if (what < 12)
                addMessage();
            else if (what < 19 || !chance(4))
                changeMessage();
            else
                seldom();
            if (step % 20 == 0) compare();
            if (QTest::currentTestFailed()) {
                qWarning("at step %d", step);
                return;
            }
        }
        compare();
        m_store.reset();
    }
};

QTEST_GUILESS_MAIN(ConversationRandomTest)
#include "conversation_random_test.moc"
