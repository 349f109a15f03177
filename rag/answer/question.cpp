#include "rag/answer/question.h"

#include <algorithm>
#include <array>
#include <set>

namespace alcove::rag {
namespace {

std::string plain(const std::vector<Word>& words) {
    std::string text = " ";
    for (const Word& word : words) text += word.text + " ";
    return text;
}

bool has(const std::string& text, std::string_view phrase) {
    return text.find(" " + std::string(phrase) + " ") != std::string::npos;
}

template <size_t N>
bool hasAny(const std::string& text, const std::array<std::string_view, N>& phrases) {
    return std::any_of(phrases.begin(), phrases.end(),
                       [&](std::string_view phrase) { return has(text, phrase); });
}

template <size_t N>
bool opensWith(const std::string& text, const std::array<std::string_view, N>& phrases) {
    return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
        return text.starts_with(" " + std::string(phrase) + " ");
    });
}

Asks asksOf(const std::string& text) {
    constexpr std::array<std::string_view, 17> kTime = {
        "when",          "what date",    "what day",   "which date",  "which day",
        "what year",     "which year",   "what month", "which month", "what time",
        "until when",    "since when",   "by when",    "how soon",    "what is the deadline",
        "which weekday", "what deadline"};
    constexpr std::array<std::string_view, 20> kAmount = {"how much",
                                                          "how many",
                                                          "how long",
                                                          "how often",
                                                          "how far",
                                                          "how high",
                                                          "how large",
                                                          "how big",
                                                          "how old",
                                                          "how heavy",
                                                          "how fast",
                                                          "how tall",
                                                          "what percentage",
                                                          "what share",
                                                          "what amount",
                                                          "which percentage",
                                                          "at what temperature",
                                                          "what number",
                                                          "what is the price",
                                                          "what is the cost"};
    constexpr std::array<std::string_view, 8> kPerson = {
        "who", "whom", "whose", "by whom", "which person", "to whom", "what person", "wer"};
    constexpr std::array<std::string_view, 6> kPlace = {"where",      "what place", "which city",
                                                        "which room", "what city",  "which place"};
    if (hasAny(text, kAmount)) return Asks::Amount;
    if (hasAny(text, kTime)) return Asks::Time;
    if (hasAny(text, kPerson)) return Asks::Person;
    if (hasAny(text, kPlace)) return Asks::Place;
    if (has(text, "why")) return Asks::Reason;
    return Asks::Fact;
}

Whole wholeOf(std::string text) {
    for (const std::string_view bound : {" at most ", " at least "})
        if (const size_t at = text.find(bound); at != std::string::npos)
            text.replace(at, bound.size(), " ");
    constexpr std::array<std::string_view, 5> kCompare = {"compare", "compared", "comparison",
                                                          "difference between", "versus"};
    constexpr std::array<std::string_view, 6> kAverage = {"average",  "mean",     "on average",
                                                          "averages", "per head", "durchschnitt"};
    constexpr std::array<std::string_view, 8> kSum = {"total",  "sum",    "altogether", "in total",
                                                      "in all", "sum up", "add up",     "summe"};
    constexpr std::array<std::string_view, 15> kGreatest = {
        "highest", "largest", "greatest", "biggest",  "most expensive",
        "maximum", "longest", "latest",   "heaviest", "newest",
        "most",    "dearest", "tallest",  "oldest",   "best paid"};
    constexpr std::array<std::string_view, 11> kLeast = {
        "lowest",   "smallest",        "least",    "cheapest", "minimum", "shortest",
        "earliest", "least expensive", "lightest", "fewest",   "youngest"};
    constexpr std::array<std::string_view, 15> kList = {
        "list",         "list all",      "list every", "show all",   "name all",
        "give all",     "enumerate",     "all the",    "find all",   "show every",
        "what are all", "which are all", "name every", "find every", "show me all"};
    constexpr std::array<std::string_view, 4> kCount = {"how many", "number of", "count",
                                                        "wie viele"};
    if (hasAny(text, kCompare)) return Whole::Compare;
    if (hasAny(text, kAverage)) return Whole::Average;
    if (hasAny(text, kCount)) return Whole::Count;
    if (hasAny(text, kGreatest)) return Whole::Greatest;  // also of totals
    if (hasAny(text, kLeast)) return Whole::Least;
    if (hasAny(text, kSum)) return Whole::Sum;
    if (hasAny(text, kList) || has(text, "every") || text.starts_with(" all ")) return Whole::List;
    // "Which orders are open": the plural of what follows asks for all of them.
    if (text.starts_with(" which ") && (has(text, "are") || has(text, "were") || has(text, "have")))
        return Whole::List;
    return Whole::No;
}

const std::set<std::string, std::less<>>& metaWords() {
    static const std::set<std::string, std::less<>> kMeta = [] {
        std::set<std::string, std::less<>> stems;
        for (const Word& word : wordsOf(
                 "name names person people date day days year years month months week weeks hour "
                 "hours time times amount number many much long often far high large big old "
                 "percentage percent share kind type sort document documents file files text "
                 "according mention mentioned say says said state stated happen happened "
                 "exactly mean means called happens did does"))
            stems.insert(word.stem);
        return stems;
    }();
    return kMeta;
}

/// What a phrase of a question wants to be told in.
struct Wanted {
    std::string_view phrase;
    std::vector<std::string_view> units;
};
const std::vector<Wanted>& wantedUnits() {
    static const std::vector<std::string_view> kTimes = {
        "second", "seconds", "minute", "minutes", "hour", "hours", "day",     "days",
        "week",   "weeks",   "month",  "months",  "year", "years", "quarter", "until"};
    static const std::vector<std::string_view> kShares = {"percent", "%",       "half",
                                                          "third",   "quarter", "share"};
    static const std::vector<Wanted> kWanted = {
        {"how long", kTimes},
        {"how old", {"age", "aged", "old", "born", "years"}},
        {"what percentage", kShares},
        {"which percentage", kShares},
        {"what share", kShares},
        {"how often",
         {"once", "twice", "times", "every", "daily", "weekly", "monthly", "yearly", "annually",
          "each", "day", "week", "month", "year", "quarter"}}};
    return kWanted;
}

bool isUnitOfTime(std::string_view word) {
    constexpr std::array<std::string_view, 14> kUnits = {
        "second", "seconds", "minute", "minutes", "hour",   "hours", "day",
        "days",   "week",    "weeks",  "month",   "months", "year",  "years"};
    return std::find(kUnits.begin(), kUnits.end(), word) != kUnits.end();
}

}  // namespace

bool isMetaWord(std::string_view stem) { return metaWords().contains(stem); }

Question parseQuestion(std::string_view text) {
    Question question;
    question.text = text;
    const std::vector<Word> words = wordsOf(text);
    const std::string all = plain(words);
    question.asks = asksOf(all);
    question.whole = wholeOf(all);
    constexpr std::array<std::string_view, 16> kVerbs = {
        "is",  "are", "was",  "were", "does",   "do",   "did", "can",
        "may", "has", "have", "will", "should", "must", "had", "am"};
    question.yesOrNo = opensWith(all, kVerbs);
    question.facts = factsOf(text, words);
    for (const Wanted& wanted : wantedUnits())
        if (has(all, wanted.phrase)) question.units = wanted.units;
    constexpr std::array<std::string_view, 6> kModal = {"may",   "might",  "must",
                                                        "shall", "should", "need"};
    for (const Word& word : words) {
        const bool modal = std::find(kModal.begin(), kModal.end(), word.text) != kModal.end() &&
                           (word.opens || !word.large);  // and not the month
        if ((!word.stop && !modal) || word.code) question.words.push_back(word);
    }
    if (question.words.empty()) question.words = words;
    question.verb = question.words.size();
    const bool supported =
        has(all, "does") || has(all, "do") || has(all, "did") || has(all, "will");
    if (supported && !words.empty() && question.words.back().range == words.back().range)
        --question.verb;
    return question;
}

bool fits(const Question& question, std::string_view text, const std::vector<Word>& words,
          const Facts& facts) {
    if (!question.units.empty() &&
        std::none_of(question.units.begin(), question.units.end(), [&](std::string_view unit) {
            return unit == "%" ? text.find('%') != std::string_view::npos
                               : std::any_of(words.begin(), words.end(),
                                             [&](const Word& word) { return word.text == unit; });
        }))
        return false;
    switch (question.asks) {
        case Asks::Time:
            return !facts.dates.empty() ||
                   std::any_of(
                       words.begin(), words.end(),
                       [](const Word& word) {
                           return (word.number && word.text.find(':') != std::string::npos) ||
                                  (word.number && word.text.size() == 4) || word.stem == "monday" ||
                                  word.text.ends_with("day") || monthOf(word.text) > 0;
                       }) ||
                   (!facts.numbers.empty() &&
                    std::any_of(words.begin(), words.end(),
                                [](const Word& word) { return isUnitOfTime(word.text); }));
        case Asks::Amount:
            return !facts.numbers.empty() ||
                   std::any_of(words.begin(), words.end(), [](const Word& word) {
                       return word.text == "once" || word.text == "daily" ||
                              word.text == "weekly" || word.text == "monthly" ||
                              word.text == "yearly" || word.text == "annually" ||
                              word.text == "quarterly";
                   });
        case Asks::Person:
            return !facts.names.empty() ||
                   std::any_of(words.begin(), words.end(), [](const Word& word) {
                       return word.large && word.opens && !word.stop;
                   });
        case Asks::Place:
            return !facts.names.empty() || text.find("room") != std::string_view::npos ||
                   text.find(" in ") != std::string_view::npos ||
                   text.find(" at ") != std::string_view::npos;
        case Asks::Reason:
            return text.find("because") != std::string_view::npos ||
                   text.find("due to") != std::string_view::npos ||
                   text.find("since") != std::string_view::npos ||
                   text.find("reason") != std::string_view::npos ||
                   text.find(" so ") != std::string_view::npos ||
                   text.find("therefore") != std::string_view::npos;
        case Asks::Fact:
            break;
    }
    return true;
}

}  // namespace alcove::rag
