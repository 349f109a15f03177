#include "rag/store/text_rank.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <optional>
#include <vector>

namespace alcove::rag {
namespace {

constexpr double kSaturation = 1.2;                     // k1
constexpr double kLengthShare = 0.75;                   // b
constexpr double kLeastInverse = 1e-6;                  // of a word that is nearly everywhere
constexpr std::array kColumnWeights = {2.0, 1.5, 1.0};  // title, heading, body

/// What is the same for all rows of one search.
struct Search {
    TextScoring* scoring = nullptr;           // the caller's
    std::optional<IdRanges::Cursor> allowed;  // rows come by their ids
    double averageLength = 1;
    std::vector<double> inverses;  // inverse document frequency of each phrase; 0: not scored
};

int prepare(const Fts5ExtensionApi* api, Fts5Context* context, TextScoring* scoring,
            Search& search) {
    if (scoring == nullptr) return SQLITE_MISUSE;
    search.scoring = scoring;
    if (scoring->allowed != nullptr) search.allowed.emplace(*scoring->allowed);
    sqlite3_int64 rows = 0, tokens = 0;
    if (const int error = api->xRowCount(context, &rows); error != SQLITE_OK) return error;
    if (const int error = api->xColumnTotalSize(context, -1, &tokens); error != SQLITE_OK)
        return error;
    const auto all = static_cast<double>(std::max<sqlite3_int64>(rows, 1));
    search.averageLength = std::max(1.0, static_cast<double>(tokens) / all);
    if (static_cast<size_t>(api->xPhraseCount(context)) != scoring->counts.size())
        return SQLITE_MISUSE;
    for (const double given : scoring->counts) {
        const double count = std::min(given, all);
        search.inverses.push_back(
            count > 0 ? std::max(kLeastInverse, std::log((all - count + 0.5) / (count + 0.5)))
                      : 0.0);
    }
    return SQLITE_OK;
}

/// How often a phrase stands in the row, by the weights of its columns.
int weighedCount(const Fts5ExtensionApi* api, Fts5Context* context, int phrase, double& count) {
    Fts5PhraseIter iterator;
    int column = 0, offset = 0;
    count = 0;
    const int error = api->xPhraseFirst(context, phrase, &iterator, &column, &offset);
    if (error != SQLITE_OK) return error;
    while (column >= 0) {
        count += kColumnWeights[std::min(static_cast<size_t>(column), kColumnWeights.size() - 1)];
        api->xPhraseNext(context, &iterator, &column, &offset);
    }
    return SQLITE_OK;
}

int scoreRow(const Fts5ExtensionApi* api, Fts5Context* context, const Search& search,
             double& score) {
    uint32_t& length = search.scoring->lengths->of(api->xRowid(context));
    if (length == 0) {
        int tokens = 0;
        const int error = api->xColumnSize(context, -1, &tokens);
        if (error != SQLITE_OK) return error;
        length = static_cast<uint32_t>(std::max(tokens, 1));
    }
    const double norm =
        kSaturation * (1 - kLengthShare + kLengthShare * length / search.averageLength);
    score = 0;
    for (size_t i = 0; i < search.inverses.size(); ++i) {
        if (search.inverses[i] == 0) continue;
        double count = 0;
        const int error = weighedCount(api, context, static_cast<int>(i), count);
        if (error != SQLITE_OK) return error;
        score += search.inverses[i] * count * (kSaturation + 1) / (count + norm);
    }
    return SQLITE_OK;
}

void rank(const Fts5ExtensionApi* api, Fts5Context* context, sqlite3_context* result, int arguments,
          sqlite3_value** values) {
    if (arguments != 1) {
        sqlite3_result_error(result, "alcove_rank takes what to score by", -1);
        return;
    }
    auto* search = static_cast<Search*>(api->xGetAuxdata(context, 0));
    int error = SQLITE_OK;
    if (search == nullptr) {
        search = new (std::nothrow) Search;
        if (search == nullptr) {
            sqlite3_result_error_nomem(result);
            return;
        }
        error =
            prepare(api, context,
                    static_cast<TextScoring*>(sqlite3_value_pointer(values[0], TextScoring::kType)),
                    *search);
        const auto drop = [](void* data) { delete static_cast<Search*>(data); };
        if (error == SQLITE_OK)
            error = api->xSetAuxdata(context, search, drop);  // owns it, also when it fails
        else
            drop(search);
    }
    if (error == SQLITE_OK && search->allowed && !search->allowed->contains(api->xRowid(context)))
        return;  // NULL
    double score = 0;
    if (error == SQLITE_OK) error = scoreRow(api, context, *search, score);
    if (error == SQLITE_OK)
        sqlite3_result_double(result, score);
    else
        sqlite3_result_error_code(result, error);
}

/// FTS5 hands out its functions through a statement.
fts5_api* apiOf(sqlite3* database) {
    fts5_api* api = nullptr;
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) == SQLITE_OK) {
        sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
        sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return api;
}

}  // namespace

uint32_t& TextLengths::of(int64_t chunk) {
    const int64_t block = chunk / kBlock;
    if (m_lastBlock == nullptr || block != m_last) {
        m_lastBlock = &m_blocks[block];
        m_last = block;
        m_lastBlock->resize(kBlock);
    }
    return (*m_lastBlock)[static_cast<size_t>(chunk % kBlock)];
}

Result<void> addTextRank(sqlite3* database) {
    fts5_api* api = apiOf(database);
    if (api == nullptr) return fail("this SQLite was built without FTS5");
    if (api->xCreateFunction(api, "alcove_rank", nullptr, rank, nullptr) != SQLITE_OK)
        return fail("FTS5 does not take the ranking: ", sqlite3_errmsg(database));
    return {};
}

}  // namespace alcove::rag
