// What the embedded store finds: by words with FTS5, by vectors with the index, both filtered.
//
// A filter becomes a set of ranges of chunk ids first (document_table.h), which costs nothing at
// each chunk; both ways of finding pass over what is not in it.
//
// Scoring takes about two microseconds for each chunk that has any of the words, so a question of
// common words would cost the more, the larger the library is. The rarest words lead: only chunks
// that have one of them are scored, by all the words. Another word leads too as long as they are in
// no more than kMostLeading chunks together, or were in fewer than kLeastLeading without it. On
// SciFact, leading words in 6 % of the texts find as well as all do (nDCG@10 0.697 and 0.693);
// leaving the other words out altogether would give 0.638.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "rag/store/sqlite_store.h"
#include "rag/vector/distances.h"

namespace alcove::rag {
namespace {

constexpr size_t kMostTerms = 64;
constexpr double kLeastLeading = 50;
constexpr double kMostLeading = 6'000;
constexpr size_t kLeastAllowed = 30;     // of what leading words find, where a filter is
constexpr int64_t kMostCounted = 6'000;  // beyond, a count is estimated
constexpr int64_t kSamples = 16;         // from so many places,
constexpr int64_t kSampled = 256;        // of so many ids each
constexpr int64_t kNewLibrary = 50;      // counts are made anew when one chunk of so many is
constexpr size_t kMostCommonTerms = 10'000;
constexpr size_t kMostSpans = 4;          // looked at one by one, instead of all between them
constexpr size_t kLeastCandidates = 200;  // scored exactly for a search among vectors

// Parameters 1 to 5 are the filter: three JSON arrays and two times, each NULL where it does not
// restrict. Where documents are named, no others are looked at.
#define ALCOVE_DOCUMENTS(named)                                                                 \
    "SELECT documents.id, collections.name, path, title, kind, modified, bytes, hash, "         \
    "chunk_count, stamp FROM documents JOIN collections ON collections.id = "                   \
    "documents.collection WHERE documents.id " named                                            \
    " AND (?1 IS NULL OR collections.name IN (SELECT value FROM json_each(?1))) "               \
    "AND (?3 IS NULL OR documents.kind IN (SELECT value FROM json_each(?3))) "                  \
    "AND (?4 IS NULL OR documents.modified >= ?4) AND (?5 IS NULL OR documents.modified < ?5) " \
    "ORDER BY collections.name, path"
constexpr const char* kRecords = ALCOVE_DOCUMENTS("IS NOT ?2");
constexpr const char* kNamedRecords = ALCOVE_DOCUMENTS("IN (SELECT value FROM json_each(?2))");
#undef ALCOVE_DOCUMENTS

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

Result<std::vector<DocumentRecord>> SqliteStore::documents(const Filter& filter) {
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const auto select,
               m_reader.database.statement(filter.documents.empty() ? kRecords : kNamedRecords));
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
        record.stamp = select->integer(9);
        records.push_back(std::move(record));
    }
}

Result<double> SqliteStore::countOf(const std::string& expression, int64_t first, int64_t last) {
    int64_t counted = 0, reached = 0;
    {
        ALCOVE_TRY(const auto select, m_reader.database.statement(
                                          "SELECT count(*), max(id) FROM (SELECT rowid AS id FROM "
                                          "chunk_text WHERE chunk_text MATCH ?1 LIMIT ?2)"));
        ALCOVE_TRY(const bool row, select->bind(1, expression).bind(2, kMostCounted).step());
        if (row) counted = select->integer(0), reached = select->integer(1);
    }
    auto count = static_cast<double>(counted);
    if (counted < kMostCounted || reached >= last) return count;
    // The rest by samples: what is alike lies together, so a density holds for no other place.
    ALCOVE_TRY(const auto select,
               m_reader.database.statement("SELECT count(*) FROM chunk_text WHERE chunk_text MATCH "
                                           "?1 AND rowid BETWEEN ?2 AND ?3"));
    first = reached + 1;
    const int64_t stride = std::max((last - first) / kSamples + 1, kSampled);
    for (int64_t begin = first;; begin += stride) {
        const int64_t part = std::min(stride - 1, last - begin) + 1;
        const int64_t looked = std::min(kSampled, part);
        const int64_t middle = begin + (part - looked) / 2;
        select->bind(1, expression).bind(2, middle).bind(3, middle + looked - 1);
        ALCOVE_TRY(const bool row, select->step());
        if (row)
            count += static_cast<double>(select->integer(0)) * static_cast<double>(part) /
                     static_cast<double>(looked);
        select->reset();
        if (last - begin < stride) return count;
    }
}

Result<std::vector<SqliteStore::CountedTerm>> SqliteStore::countTerms(const TextTerms& terms) {
    int64_t first = 0, last = 0;
    {
        // Two looks at the ends of the tree; min and max in one statement would walk all of it.
        ALCOVE_TRY(const auto ends,
                   m_reader.database.statement("SELECT (SELECT min(id) FROM chunks), "
                                               "(SELECT max(id) FROM chunks)"));
        ALCOVE_TRY(const bool row, ends->step());
        if (row) first = std::max<int64_t>(ends->integer(0), 0), last = ends->integer(1);
    }
    // What is common stays so until a part of the library is another: new chunks have higher ids.
    const auto chunks = static_cast<int64_t>(m_documents.extent({}).chunks);
    const int64_t few = chunks / kNewLibrary;
    const bool changed =
        std::abs(chunks - m_common.chunks) > few || std::abs(last - m_common.last) > few;
    if (changed || m_common.counts.size() > kMostCommonTerms) m_common = {{}, chunks, last};
    std::vector<CountedTerm> known;
    for (size_t i = 0; i < std::min(terms.size(), kMostTerms); ++i) {
        std::string expression = ftsString(terms[i]);
        const auto common = m_common.counts.find(expression);
        double count = common == m_common.counts.end() ? 0 : common->second;
        if (common == m_common.counts.end()) {
            ALCOVE_TRY(count, countOf(expression, first, last));
            if (count >= kMostCounted) m_common.counts[expression] = count;
        }
        if (count > 0) known.push_back({std::move(expression), count});
    }
    std::sort(known.begin(), known.end(), [](const CountedTerm& a, const CountedTerm& b) {
        return a.count != b.count ? a.count < b.count : a.expression < b.expression;
    });
    return known;
}

SqliteStore::TextSearch SqliteStore::textSearch(const std::vector<CountedTerm>& terms,
                                                double mostLeading) {
    TextSearch search;
    std::string leading, all;
    std::vector<double> counts;
    double matches = 0;
    size_t leaders = 0;
    for (const CountedTerm& term : terms) {
        const bool tooFew = matches < kLeastLeading;
        matches += term.count;
        all += (all.empty() ? "" : " OR ") + term.expression;
        counts.push_back(term.count);
        if (tooFew || matches <= mostLeading) {
            leading = all;
            ++leaders;
        }
    }
    search.complete = leaders == terms.size();
    if (search.complete) {
        search.expression = all;
        search.counts = counts;
    } else {  // those that lead are there a second time, to be scored with the others
        search.expression = "(" + leading + ") AND (" + all + ")";
        search.counts.assign(leaders, 0.0);
        search.counts.insert(search.counts.end(), counts.begin(), counts.end());
    }
    return search;
}

Result<std::vector<Found>> SqliteStore::searchText(const TextSearch& search,
                                                   const IdRanges* allowed, size_t count) {
    std::vector<Found> found;
    if (search.expression.empty()) return found;
    std::vector<IdRanges::Range> spans = {{0, INT64_MAX}};
    if (allowed != nullptr) spans = allowed->spans(kMostSpans);
    TextScoring scoring{search.counts, allowed, &m_lengths};
    ALCOVE_TRY(const auto select,
               m_reader.database.statement(
                   "SELECT rowid, alcove_rank(chunk_text, ?2) FROM chunk_text WHERE chunk_text "
                   "MATCH ?1 AND rowid BETWEEN ?3 AND ?4"));
    for (const IdRanges::Range& span : spans) {
        select->bind(1, search.expression).bindPointer(2, &scoring, TextScoring::kType);
        select->bind(3, span.first).bind(4, span.end - 1);
        for (;;) {
            ALCOVE_TRY(const bool row, select->step());
            if (!row) break;
            const double score = select->real(1);
            if (score > 0) found.push_back({select->integer(0), 0, 0, score});  // else not allowed
        }
        select->reset();
    }
    keepBest(found, count);
    return found;
}

void SqliteStore::keepBest(std::vector<Found>& found, size_t count) const {
    const auto better = [](const Found& a, const Found& b) {
        return a.score != b.score ? a.score > b.score : a.chunk < b.chunk;
    };
    count = std::min(count, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count),
                      found.end(), better);
    found.resize(count);
    std::erase_if(found, [this](Found& one) { return !m_documents.locate(one); });
}

Result<std::vector<Found>> SqliteStore::findText(const TextTerms& terms, const Filter& filter,
                                                 size_t count) {
    IdRanges ranges;
    if (!filter.empty()) ranges = m_documents.allowed(filter);
    const IdRanges* allowed = filter.empty() ? nullptr : &ranges;
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const ReadTransaction together, ReadTransaction::begin(m_reader.database));
    ALCOVE_TRY(const std::vector<CountedTerm> known, countTerms(terms));
    const size_t enough = std::min(count, kLeastAllowed);
    for (double most = kMostLeading;;) {
        const TextSearch search = textSearch(known, most);
        ALCOVE_TRY(std::vector<Found> found, searchText(search, allowed, count));
        if (allowed == nullptr || search.complete || found.size() >= enough) return found;
        // What is allowed has too few of the words that lead: more of them, by what came of these.
        const double lacking =
            1.5 * static_cast<double>(enough) / static_cast<double>(found.size() + 1);
        most *= std::max(2.0, lacking);
    }
}

Result<std::vector<Found>> SqliteStore::findNear(const EmbedderKey& embedder,
                                                 std::span<const float> query, const Filter& filter,
                                                 size_t count) {
    const std::shared_ptr<const VectorIndex> index = m_indexes.find(embedder);
    std::vector<Found> found;
    if (index == nullptr) return found;
    IdRanges allowed;
    if (!filter.empty()) allowed = m_documents.allowed(filter);
    const size_t candidates = std::max(kLeastCandidates, count + count / 2);
    std::vector<VectorHit> hits =
        index->find(query, candidates, filter.empty() ? nullptr : &allowed);
    // As they lie in the database, so that a page of it is read once.
    std::sort(hits.begin(), hits.end(),
              [](const VectorHit& a, const VectorHit& b) { return a.id < b.id; });

    ALCOVE_TRY(const Distances* distances, selectDistances());
    const double length = std::sqrt(distances->dot(query.data(), query.data(), query.size()));
    const std::scoped_lock lock(m_reader.mutex);
    ALCOVE_TRY(const ReadTransaction together, ReadTransaction::begin(m_reader.database));
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
        found.push_back({hit.id, 0, 0, own > 0 && length > 0 ? product / (own * length) : 0});
    }
    keepBest(found, count);
    return found;
}

}  // namespace alcove::rag
