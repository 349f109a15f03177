#include "rag/answer/related.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rag/answer/words.h"

namespace alcove::rag {
namespace {

constexpr double kUsedForAnother = 0.7;
constexpr double kSameBeginning = 0.85;

// A row: words that a question and its answer use for the same thing.
constexpr std::array<std::string_view, 46> kGroups = {
    "price cost fee charge amount rate",
    "cost expense expenditure spending",
    "salary wage pay remuneration",
    "rent rental",
    "pay owe settle",
    "start begin commence launch open",
    "end finish expire stop close terminate",
    "terminate cancel cancellation notice",
    "big large size",
    "high maximum greatest top",
    "low minimum least",
    "many number count",
    "long duration length last period",
    "phone telephone call",
    "mail email e-mail",
    "buy purchase acquire",
    "sell sale sold",
    "revenue turnover sales income",
    "profit earnings surplus",
    "staff employee worker personnel",
    "boss manager head director chief",
    "chair chairperson preside chairman",
    "write author draft prepare",
    "car vehicle",
    "flat apartment dwelling",
    "tenant lessee renter",
    "landlord lessor",
    "deposit security",
    "repair fix maintenance mend",
    "holiday vacation leave",
    "sick ill illness sickness",
    "doctor physician",
    "dose dosage",
    "allow permit may",
    "forbid prohibit ban",
    "need require must necessary",
    "decide resolve decision agree approve",
    "attend present participate",
    "absent apology excuse",
    "store keep retain save",
    "delete erase remove destroy",
    "place location site where locate",
    "address street",
    "deadline due until latest",
    "increase rise grow raise growth",
    "decrease fall drop decline reduce reduction",
};

constexpr std::array<std::string_view, 34> kOpposites = {
    "before after",      "more less",       "more fewer",      "above below",
    "increase decrease", "rise fall",       "grow shrink",     "increase fall",
    "rise drop",         "minimum maximum", "least most",      "high low",
    "landlord tenant",   "buyer seller",    "lessor lessee",   "employer employee",
    "accept reject",     "approve reject",  "include exclude", "allow forbid",
    "permit prohibit",   "open close",      "first last",      "always never",
    "early late",        "import export",   "morning evening", "day night",
    "begin end",         "start end",       "start finish",    "may must",
    "may shall",         "surplus deficit",
};

using Rows = std::map<std::string, std::set<int>, std::less<>>;

template <size_t N>
Rows tableOf(const std::array<std::string_view, N>& rows) {
    Rows table;
    for (size_t row = 0; row < rows.size(); ++row)
        for (const Word& word : wordsOf(rows[row])) table[word.stem].insert(static_cast<int>(row));
    return table;
}

bool shareRow(const Rows& table, std::string_view a, std::string_view b) {
    const auto inA = table.find(a), inB = table.find(b);
    if (inA == table.end() || inB == table.end()) return false;
    return std::any_of(inA->second.begin(), inA->second.end(),
                       [&](int row) { return inB->second.contains(row); });
}

}  // namespace

double related(std::string_view a, std::string_view b) {
    if (a == b) return 1;
    const size_t shorter = std::min(a.size(), b.size()), longer = std::max(a.size(), b.size());
    if (shorter >= 5 && longer - shorter <= 4 && a.substr(0, shorter) == b.substr(0, shorter))
        return kSameBeginning;
    static const Rows kRows = tableOf(kGroups);
    return shareRow(kRows, a, b) ? kUsedForAnother : 0;
}

bool opposite(std::string_view a, std::string_view b) {
    if (a == b) return false;
    static const Rows kRows = tableOf(kOpposites);
    return shareRow(kRows, a, b);
}

}  // namespace alcove::rag
