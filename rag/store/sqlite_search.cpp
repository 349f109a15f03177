// What the embedded store finds: by words with FTS5, by vectors with the index, both filtered.
//
// A filter becomes a set of ranges of chunk ids first, which costs a look at each document and
// nothing at each chunk; both ways of finding pass over what is not in it.
//
// FTS5 scores every chunk that has any of the words, at about a microsecond each, so a question of
// common words would cost the more, the larger the library is. The commonest words, which tell
// chunks apart the least, are left out once all together would be found in more than kMostMatches.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "rag/store/sqlite_store.h"
#include "rag/vector/distances.h"

namespace alcove::rag {
namespace {

constexpr size_t kMostTerms = 64;
constexpr int64_t kMostMatches = 12'000;
constexpr size_t kLeastCandidates = 200;  // scored exactly for a search among vectors

// Parameters 1 to 5 are the filter: three JSON arrays and two times, each NULL where it does not
// restrict.
#define ALCOVE_FILTER                                                            \
    "documents JOIN collections ON collections.id = documents.collection WHERE " \
    "(?1 IS NULL OR collections.name IN (SELECT value FROM json_each(?1))) AND " \
    "(?2 IS NULL OR documents.id IN (SELECT value FROM json_each(?2))) AND "     \
    "(?3 IS NULL OR documents.kind IN (SELECT value FROM json_each(?3))) AND "   \
    "(?4 IS NULL OR documents.modified >= ?4) AND (?5 IS NULL OR documents.modified < ?5)"
constexpr const char* kAllowed = "SELECT first_chunk, chunk_count FROM " ALCOVE_FILTER;
constexpr const char* kDocuments =
    "SELECT documents.id, collections.name, path, title, kind, modified, bytes, hash, chunk_count "
    "FROM " ALCOVE_FILTER " ORDER BY collections.name, path";
#undef ALCOVE_FILTER

template <typename T>
void bindList(Statement& statement, int parameter, const std::vector<T>& values) {
    using Json = nlohmann::json;
    if (!values.empty())
        statement.bind(parameter, std::string_view(Json(values).dump(
                                      -1, ' ', false, Json::error_handler_t::replace)));
}

void bindFilter(Statement& statement, const Filter& filter) {
    bindList(statement, 1, filter.collections);
    bindList(statement, 2, filter.documents);
    bindList(statement, 3, filter.kinds);
    if (filter.modifiedFrom) statement.bind(4, *filter.modifiedFrom);
    if (filter.modifiedBefore) statement.bind(5, *filter.modifiedBefore);
}

/// A term as FTS5 reads a string: nothing in it has a meaning but letters and digits.
std::string ftsString(std::string_view term) {
    std::string text = "\"";
    for (const char c : term) {
        if (c == '\0') continue;  // would end the expression
        if (c == '"') text += '"';
        text += c;
    }
    return text + '"';
}

}  // namespace

Result<IdRanges> SqliteStore::allowedChunks(const Filter& filter) {
    ALCOVE_TRY(const auto select, m_reader.database.statement(kAllowed));
    bindFilter(*select, filter);
    std::vector<IdRanges::Range> ranges;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return IdRanges(std::move(ranges));
        ranges.push_back({select->integer(0), select->integer(0) + select->integer(1)});
    }
}

Result<std::vector<DocumentRecord>> SqliteStore::documents(const Filter& filter) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select, m_reader.database.statement(kDocuments));
    bindFilter(*select, filter);
    std::vector<DocumentRecord> records;
    for (;;) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) return records;
        DocumentRecord record;
        record.id = select->integer(0);
        record.collection = select->text(1);
        record.path = select->text(2);
        record.title = select->text(3);
        record.kind = select->text(4);
        record.modified = select->integer(5);
        record.bytes = static_cast<uint64_t>(select->integer(6));
        record.hash = select->text(7);
        record.chunks = static_cast<uint32_t>(select->integer(8));
        records.push_back(std::move(record));
    }
}

Result<std::string> SqliteStore::textExpression(const TextTerms& terms) {
    struct Term {
        std::string expression;
        int64_t matches;
    };
    ALCOVE_TRY(const auto count,
               m_reader.database.statement("SELECT count(*) FROM (SELECT 1 FROM chunk_text WHERE "
                                           "chunk_text MATCH ?1 LIMIT ?2)"));
    std::vector<Term> known;
    for (size_t i = 0; i < std::min(terms.size(), kMostTerms); ++i) {
        std::string expression = ftsString(terms[i]);
        ALCOVE_TRY(const bool row, count->bind(1, expression).bind(2, kMostMatches + 1).step());
        const int64_t matches = row ? count->integer(0) : 0;
        count->reset();
        if (matches > 0) known.push_back({std::move(expression), matches});
    }
    std::stable_sort(known.begin(), known.end(),
                     [](const Term& a, const Term& b) { return a.matches < b.matches; });
    std::string expression;
    int64_t matches = 0;
    for (const Term& term : known) {
        matches += term.matches;
        if (!expression.empty() && matches > kMostMatches) break;
        expression += (expression.empty() ? "" : " OR ") + term.expression;
    }
    return expression;
}

Result<bool> SqliteStore::locate(Found& found) {
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT document, ordinal FROM chunks WHERE id = ?1"));
    ALCOVE_TRY(const bool row, select->bind(1, found.chunk).step());
    if (!row) return false;
    found.document = select->integer(0);
    found.ordinal = static_cast<uint32_t>(select->integer(1));
    return true;
}

Result<std::vector<Found>> SqliteStore::findText(const TextTerms& terms, const Filter& filter,
                                                 size_t count) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const std::string expression, textExpression(terms));
    std::vector<Found> found;
    if (expression.empty()) return found;
    IdRanges allowed;
    if (!filter.empty()) {
        ALCOVE_TRY(allowed, allowedChunks(filter));
    }
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT rowid, rank FROM chunk_text WHERE chunk_text "
                                           "MATCH ?1 ORDER BY rank"));
    select->bind(1, expression);
    while (found.size() < count) {
        ALCOVE_TRY(const bool row, select->step());
        if (!row) break;
        Found one{select->integer(0), 0, 0, -select->real(1)};  // FTS5's better is less
        if (!filter.empty() && !allowed.contains(one.chunk)) continue;
        ALCOVE_TRY(const bool there, locate(one));
        if (there) found.push_back(one);
    }
    return found;
}

Result<std::vector<Found>> SqliteStore::findNear(const EmbedderKey& embedder,
                                                 std::span<const float> query, const Filter& filter,
                                                 size_t count) {
    const std::shared_ptr<const VectorIndex> index = m_indexes.find(embedder);
    std::vector<Found> found;
    if (index == nullptr) return found;
    const std::scoped_lock lock(m_reader.mutex);
    IdRanges allowed;
    if (!filter.empty()) {
        ALCOVE_TRY(allowed, allowedChunks(filter));
    }
    const size_t candidates = std::max(kLeastCandidates, 2 * count);
    const std::vector<VectorHit> hits =
        index->find(query, candidates, filter.empty() ? nullptr : &allowed);

    ALCOVE_TRY(const Distances* distances, selectDistances());
    const double length = std::sqrt(distances->dot(query.data(), query.data(), query.size()));
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT vector FROM vectors WHERE chunk = ?1"));
    std::vector<float> vector(query.size());
    for (const VectorHit& hit : hits) {
        ALCOVE_TRY(const bool row, select->bind(1, hit.id).step());
        if (!row) continue;  // removed meanwhile
        const auto blob = select->blob(0);
        if (blob.size() != vector.size() * sizeof(float))
            return fail("the vector of chunk ", hit.id, " is damaged; rebuild the library");
        std::memcpy(vector.data(), blob.data(), blob.size());
        select->reset();
        const double own = std::sqrt(distances->dot(vector.data(), vector.data(), vector.size()));
        const double product = distances->dot(query.data(), vector.data(), vector.size());
        Found one{hit.id, 0, 0, own > 0 && length > 0 ? product / (own * length) : 0};
        found.push_back(one);
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const Found& a, const Found& b) { return a.score > b.score; });
    if (found.size() > count) found.resize(count);
    std::vector<Found> located;
    for (Found& one : found) {
        ALCOVE_TRY(const bool there, locate(one));
        if (there) located.push_back(one);
    }
    return located;
}

}  // namespace alcove::rag
