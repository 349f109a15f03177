// Search as one types. FTS5 gives what matches from the latest row on, one by one, so common words
// cost no more than rare ones: nothing is counted or scored. Whole words are asked for first, then
// the last one as a beginning. Whether all words stand side by side is not asked of FTS5, which may
// have to look it up in nearly all messages (for "what is the" it takes 60 ms among 200,000), but
// looked up in what was found, up to a measure of text.
#include <algorithm>
#include <map>
#include <set>

#include "app/conversations/conversation_store.h"
#include "app/conversations/search_words.h"

namespace alcove::app {
using rag::Database;

namespace {

constexpr size_t kMostHits = 1000;
constexpr int kMostLooked = 1000;        // rows for each way of asking
constexpr size_t kMostFound = 300;       // messages of those to choose among, at least
constexpr int kMostOfOne = 10;           // of them in one conversation,
constexpr int kShownOfOne = 3;           // and of these are given
constexpr size_t kMostRead = 1'000'000;  // bytes of text to see what stands side by side

// CROSS JOIN: the full text leads.
constexpr const char* kTitles =
    "SELECT 0, conversations.id, title, changed FROM title_words CROSS JOIN conversations ON "
    "conversations.id = title_words.rowid WHERE title_words.words MATCH ?1 AND removed = 0 "
    "ORDER BY title_words.rowid DESC";
constexpr const char* kMessages =
    "SELECT messages.id, conversations.id, title, changed FROM message_words CROSS JOIN messages "
    "ON messages.id = message_words.rowid CROSS JOIN conversations ON conversations.id = "
    "messages.conversation WHERE message_words.words MATCH ?1 AND removed = 0 ORDER BY "
    "message_words.rowid DESC";

struct Found {
    SearchHit hit;
    int rank = 0;  // the lower the better
};

/// Adds up to `most` new finds.
Result<void> look(Database& database, const char* sql, const std::string& expression, int rank,
                  size_t most, std::vector<Found>& all) {
    std::set<std::pair<int64_t, int64_t>> seen;  // conversation, message
    std::map<int64_t, int> counts;               // of a conversation's messages
    for (const Found& found : all) {
        seen.emplace(found.hit.conversation, found.hit.message);
        ++counts[found.hit.conversation];
    }
    ALCOVE_TRY(const auto select, database.statement(sql));
    select->bind(1, expression);
    for (int looked = 0; most > 0 && looked < kMostLooked; ++looked) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) break;
        Found found;
        found.rank = rank;
        found.hit.message = select->integer(0);
        found.hit.conversation = select->integer(1);
        if (!seen.emplace(found.hit.conversation, found.hit.message).second) continue;
        if (++counts[found.hit.conversation] > kMostOfOne) continue;
        found.hit.title = select->text(2);
        found.hit.changed = select->integer(3);
        all.push_back(std::move(found));
        --most;
    }
    return {};
}

/// Lets those that have all words side by side come before all others.
Result<void> rankByText(Database& database, const SearchQuery& query, std::vector<Found>& all) {
    if (query.terms() < 2) return {};
    const SearchQuery inRow = query.inRow();
    size_t read = 0;
    ALCOVE_TRY(const auto select, database.statement("SELECT text FROM messages WHERE id = ?1"));
    for (Found& found : all) {
        found.rank += 2;
        if (read > kMostRead) continue;
        ALCOVE_TRY(const bool row, select->bind(1, found.hit.message).step());
        if (!row) continue;
        read += select->text(0).size();
        if (inRow.isIn(select->text(0))) found.rank -= 2;
        select->reset();
    }
    return {};
}

/// The best, then the latest, and not too many of one conversation.
std::vector<SearchHit> best(std::vector<Found> all, size_t most) {
    std::sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
        if (a.rank != b.rank) return a.rank < b.rank;
        return std::pair(a.hit.changed, a.hit.message) > std::pair(b.hit.changed, b.hit.message);
    });
    std::vector<SearchHit> hits;
    std::map<int64_t, int> counts;
    for (Found& found : all)
        if (hits.size() < most && ++counts[found.hit.conversation] <= kShownOfOne)
            hits.push_back(std::move(found.hit));
    return hits;
}

Result<void> addExcerpt(Database& database, const SearchQuery& query, SearchHit& hit) {
    SearchQuery::Excerpt excerpt;
    if (hit.message == 0) {
        excerpt = query.excerpt(hit.title, true);
    } else {
        ALCOVE_TRY(const auto select,
                   database.statement("SELECT text FROM messages WHERE id = ?1"));
        ALCOVE_TRY(const bool row, select->bind(1, hit.message).step());
        if (row) excerpt = query.excerpt(select->text(0));
    }
    hit.excerpt = std::move(excerpt.text);
    hit.marks = std::move(excerpt.marks);
    return {};
}

}  // namespace

Result<std::vector<SearchHit>> ConversationStore::search(std::string_view typed, int limit) const {
    const SearchQuery query(typed);
    if (query.empty() || limit <= 0) return std::vector<SearchHit>();
    const size_t most = std::min(static_cast<size_t>(limit), kMostHits);

    const std::scoped_lock lock(m_mutex);
    ALCOVE_TRY(const auto together, rag::ReadTransaction::begin(m_database));
    std::vector<Found> titles, messages;
    for (const bool goesOn : {false, true}) {
        const std::string expression = query.expression(goesOn);
        ALCOVE_CHECK(look(m_database, kTitles, expression, goesOn, most, titles));
        ALCOVE_CHECK(
            look(m_database, kMessages, expression, goesOn, std::max(most, kMostFound), messages));
    }
    ALCOVE_CHECK(rankByText(m_database, query, messages));
    std::vector<SearchHit> hits = best(std::move(titles), most),
                           others = best(std::move(messages), most);
    // Half of the place is for what was said, where there is so much of it.
    const size_t room = std::max(most - most / 2, most - std::min(most, others.size()));
    hits.resize(std::min(hits.size(), room));
    others.resize(std::min(others.size(), most - hits.size()));
    hits.insert(hits.end(), std::make_move_iterator(others.begin()),
                std::make_move_iterator(others.end()));
    for (SearchHit& hit : hits) ALCOVE_CHECK(addExcerpt(m_database, query, hit));
    return hits;
}

}  // namespace alcove::app
