// A claim is held against windows of one to three sentences. Numbers, dates and names in it are
// what a wrong answer gets wrong, and what can be checked exactly: each must stand in the window
// (a name or a year also in the title or the headings above). Of the other words a share must be
// there, less where the meaning (cosine) is near. A negation on one side alone, or a word against
// its opposite, breaks what the words would support.
//
// Words are matched one by one, so a claim that exchanges two names of one sentence is not seen.
#include "rag/answer/support.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "rag/answer/related.h"
#include "rag/answer/sentences.h"

namespace alcove::rag {
namespace {

constexpr size_t kLongestWindow = 3;  // sentences
// Measured on tests/data/ask/claims.json.
constexpr double kEnough = 0.84;        // of the words, by themselves
constexpr double kEnoughIfNear = 0.60;  // where the meaning is near
constexpr double kNear = 0.80;
constexpr double kDenies = 0.75;  // of the words, for a sentence to deny the claim
constexpr double kAbove = 0.8;    // for a word in the title or a heading
constexpr double kNameWeight = 1.5, kNumberWeight = 1.5;

/// Words that carry no claim of their own beside others.
bool isFiller(const Word& word) {
    constexpr std::array<std::string_view, 36> kFillers = {
        "according", "document", "passage",   "text",        "states",    "stated",
        "says",      "said",     "mentioned", "mentions",    "provided",  "based",
        "context",   "question", "answer",    "following",   "therefore", "thus",
        "also",      "that",     "specified", "indicates",   "agreement", "contract",
        "report",    "section",  "given",     "information", "shows",     "excerpt",
        "may",       "might",    "must",      "shall",       "should",    "can"};
    return word.stop || std::find(kFillers.begin(), kFillers.end(), word.text) != kFillers.end();
}

bool hasWord(const std::vector<Word>& words, const Word& wanted) {
    return std::any_of(words.begin(), words.end(), [&](const Word& word) {
        return word.text == wanted.text || word.stem == wanted.stem;
    });
}

bool hasNumber(const Facts& facts, double value) {
    return std::any_of(facts.numbers.begin(), facts.numbers.end(),
                       [&](const Facts::Number& n) { return sameNumber(n.value, value); });
}

bool hasDate(const Facts& facts, const Date& asked) {
    return std::any_of(facts.dates.begin(), facts.dates.end(),
                       [&](const Facts::DateAt& d) { return covers(d.date, asked); });
}

bool isYear(double value) { return value >= 1000 && value <= 2999 && value == std::floor(value); }

bool hasYear(const Facts& facts, double value) {
    return hasDate(facts, {static_cast<int>(value), 0, 0}) || hasNumber(facts, value);
}

/// "no later than" and "not only" deny nothing.
bool denies(std::string_view text, const std::vector<Word>& words) {
    for (size_t i = 0; i < words.size(); ++i) {
        if (!negates(words[i].text)) continue;
        const std::string_view next =
            i + 1 < words.size() ? std::string_view(words[i + 1].text) : "";
        if (next == "later" || next == "more" || next == "less" || next == "only" ||
            next == "earlier" || next == "fewer" || next == "least")
            continue;
        // "No. 5": the abbreviation of a number
        if (words[i].text == "no" && text.substr(words[i].range.end, 1) == "." &&
            i + 1 < words.size() && words[i + 1].number)
            continue;
        return true;
    }
    return false;
}

/// The word in the singular, if numbers count it: "week" of "weeks"; else empty.
std::string_view unitOf(const Word& word) {
    constexpr std::array<std::string_view, 34> kUnits = {
        "second", "minute", "hour",   "day",   "week",  "month",  "quarter", "year",   "percent",
        "euro",   "pound",  "dollar", "crown", "cent",  "kg",     "g",       "mg",     "ml",
        "litre",  "liter",  "km",     "metre", "meter", "cm",     "mm",      "degree", "kilometre",
        "gram",   "ton",    "mile",   "franc", "kw",    "person", "piece"};
    std::string_view text = word.text;
    for (int plural = 0; plural < 2; ++plural) {
        const auto* const found = std::find(kUnits.begin(), kUnits.end(), text);
        if (found != kUnits.end()) return *found;
        if (!text.ends_with('s')) break;
        text.remove_suffix(1);
    }
    return {};
}

/// The unit that stands right behind a number: "week" of "six weeks"; empty: none.
std::string_view unitAfter(const std::vector<Word>& words, TextRange number) {
    size_t at = 0;
    while (at < words.size() && words[at].range.begin < number.end) ++at;
    for (size_t i = at; i < std::min(at + 2, words.size()); ++i)
        if (const std::string_view unit = unitOf(words[i]); !unit.empty()) return unit;
    return {};
}

/// A year that stands right behind a number, "97,500 in 2021"; 0: none.
int yearAfter(const Facts& facts, const std::vector<Word>& words, TextRange number) {
    size_t at = 0;
    while (at < words.size() && words[at].range.begin < number.end) ++at;
    const uint64_t end = at + 2 < words.size() ? words[at + 2].range.end : UINT64_MAX;
    for (const Facts::Number& other : facts.numbers)
        if (isYear(other.value) && other.range.begin >= number.end && other.range.end <= end)
            return static_cast<int>(other.value);
    return 0;
}

/// Whether the window has the number with the same unit, and of no other year than the claim's.
bool saysNumber(const Facts::Number& wanted, const std::vector<Word>& claim,
                const Facts& claimFacts, const std::vector<Word>& words, const Facts& facts) {
    const std::string_view unit = unitAfter(claim, wanted.range);
    for (const Facts::Number& number : facts.numbers) {
        if (!sameNumber(number.value, wanted.value)) continue;
        if (!unit.empty() && unit != unitAfter(words, number.range)) continue;
        const int year = yearAfter(facts, words, number.range);
        const bool otherYear = year != 0 && !hasYear(claimFacts, year) &&
                               std::any_of(claimFacts.numbers.begin(), claimFacts.numbers.end(),
                                           [](const Facts::Number& n) { return isYear(n.value); });
        if (!otherYear) return true;
    }
    return false;
}

}  // namespace

std::string_view name(Doubt doubt) {
    switch (doubt) {
        case Doubt::None:
            return "none";
        case Doubt::NoClaim:
            return "no claim";
        case Doubt::Number:
            return "number";
        case Doubt::Date:
            return "date";
        case Doubt::Name:
            return "name";
        case Doubt::Negation:
            return "negation";
        case Doubt::Opposite:
            return "opposite";
        case Doubt::Words:
            return "words";
    }
    return "words";
}

struct SupportCheck::Claim {
    std::string text;
    std::vector<Word> words;    // all
    std::vector<Word> content;  // without fillers, numbers and dates
    Facts facts;
    bool denies = false;
    std::optional<std::vector<float>> vector;
};

SupportCheck::SupportCheck(const std::vector<Source>& sources, Embedder* embedder,
                           std::stop_token stop)
    : m_sources(sources), m_embedder(embedder), m_stop(std::move(stop)) {
    for (size_t at = 0; at < sources.size(); ++at) {
        const Source& source = sources[at];
        const std::string above = source.title + "\n" + source.heading;
        m_context.push_back(wordsOf(above));
        m_contextFacts.push_back(factsOf(above, m_context.back()));
        const std::vector<TextRange> sentences = sentencesOf(source);
        std::vector<bool> heads;
        for (const TextRange sentence : sentences) heads.push_back(isHeadingLine(source, sentence));
        std::vector<Word> over;
        for (size_t first = 0; first < sentences.size(); ++first) {
            if (heads[first])
                over = wordsOf(std::string_view(source.text)
                                   .substr(sentences[first].begin, sentences[first].size()));
            for (size_t count = 1; count <= kLongestWindow && first + count <= sentences.size();
                 ++count) {
                const uint64_t end = sentences[first + count - 1].end;
                const bool cut = std::any_of(
                    source.cuts.begin(), source.cuts.end(),
                    [&](size_t place) { return place > sentences[first].begin && place < end; });
                if (cut) break;  // what is cited stands on one page,
                if (count > 1 && heads[first + count - 1]) break;  // and under one heading
                Window window;
                window.source = at;
                window.sentences = count;
                window.range = {sentences[first].begin, sentences[first + count - 1].end};
                const std::string text =
                    count == 1 ? readable(source, window.range)
                               : source.text.substr(window.range.begin, window.range.size());
                if (count > 1 && text.find('\t') != std::string::npos) break;
                window.words = wordsOf(text);
                window.facts = factsOf(text, window.words);
                window.over = over;
                m_windows.push_back(std::move(window));
            }
        }
    }
}

bool SupportCheck::standsAlone(std::string_view text) {
    size_t telling = 0, common = 0;  // words that claim something; those that are no names
    for (const Word& word : wordsOf(text)) {
        double value = 0;
        const bool counted = word.number || numberOf(word.text, value) || !unitOf(word).empty();
        if (isFiller(word) || counted) continue;
        ++telling;
        common += word.large ? 0 : 1;
    }
    return telling >= 2 && common >= 1;
}

Support SupportCheck::judge(const Claim& claim, const Window& window) const {
    Support support;
    support.source = window.source;
    support.evidence = window.range;
    support.doubt = Doubt::None;
    const std::vector<Word>& context = m_context[window.source];
    const Facts& contextFacts = m_contextFacts[window.source];
    double have = 0, all = 0;
    const auto count = [&](double weight, double match) {
        all += weight;
        have += weight * match;
    };
    for (const Facts::Number& number : claim.facts.numbers) {
        const bool there =
            saysNumber(number, claim.words, claim.facts, window.words, window.facts) ||
            (isYear(number.value) &&
             (hasYear(window.facts, number.value) || hasYear(contextFacts, number.value)));
        count(kNumberWeight, there ? 1 : 0);
        if (!there) support.doubt = Doubt::Number;
    }
    for (const Facts::DateAt& date : claim.facts.dates) {
        const bool there = hasDate(window.facts, date.date) || hasDate(contextFacts, date.date);
        count(kNumberWeight, there ? 1 : 0);
        if (!there && support.doubt == Doubt::None) support.doubt = Doubt::Date;
    }
    for (const Word& word : claim.facts.names) {
        const bool there =
            hasWord(window.words, word) || hasWord(context, word) || hasWord(window.over, word);
        count(kNameWeight, there ? 1 : 0);
        if (!there && support.doubt == Doubt::None) support.doubt = Doubt::Name;
    }
    for (const Word& word : claim.content) {
        double match = 0;
        for (const Word& other : window.words) {
            match = std::max(match, word.text == other.text ? 1.0 : related(word.stem, other.stem));
        }
        if (match < kAbove && (hasWord(context, word) || hasWord(window.over, word)))
            match = kAbove;
        // A large word at the beginning may be a name: it weighs as one.
        count(word.large && word.opens && !word.stop ? kNameWeight : 1.0, match);
    }
    support.score = all > 0 ? have / all : 0;
    for (const Word& word : claim.words)
        for (const Word& other : window.words)
            if (support.doubt == Doubt::None && !word.stop && opposite(word.stem, other.stem) &&
                !(claim.denies && word.text == "may") &&  // "may not" is "must not"
                !hasWord(window.words, word) && !hasWord(claim.words, other))
                support.doubt = Doubt::Opposite;
    if (support.doubt == Doubt::None && window.sentences == 1) {
        const std::string_view text = std::string_view(m_sources[window.source].text)
                                          .substr(window.range.begin, window.range.size());
        const std::string readableText(text);
        const bool denied = denies(readableText, wordsOf(readableText));
        if (denied != claim.denies) support.doubt = Doubt::Negation;
    }
    return support;
}

Result<double> SupportCheck::meaning(const Claim& claim, Window& window) {
    if (m_embedder == nullptr || !claim.vector) return 0.0;
    if (!window.vector) {
        const std::string text =
            window.sentences == 1
                ? readable(m_sources[window.source], window.range)
                : m_sources[window.source].text.substr(window.range.begin, window.range.size());
        ALCOVE_TRY(window.vector, m_embedder->embedPassages(std::span(&text, 1), m_stop));
    }
    return cosine(*claim.vector, *window.vector);
}

Result<Support> SupportCheck::check(std::string_view text, const std::vector<size_t>& among) {
    Claim claim;
    claim.text = text;
    claim.words = wordsOf(text);
    claim.facts = factsOf(text, claim.words);
    claim.denies = denies(text, claim.words);
    const auto inside = [](const Word& word, TextRange range) {
        return word.range.begin >= range.begin && word.range.end <= range.end;
    };
    for (const Word& word : claim.words) {
        const bool counted = isFiller(word) ||
                             std::any_of(claim.facts.numbers.begin(), claim.facts.numbers.end(),
                                         [&](const auto& n) { return inside(word, n.range); }) ||
                             std::any_of(claim.facts.dates.begin(), claim.facts.dates.end(),
                                         [&](const auto& d) { return inside(word, d.range); }) ||
                             std::any_of(claim.facts.names.begin(), claim.facts.names.end(),
                                         [&](const auto& n) { return n.range == word.range; });
        if (!counted) claim.content.push_back(word);
    }
    Support best;
    if (claim.content.empty() && claim.facts.numbers.empty() && claim.facts.dates.empty() &&
        claim.facts.names.empty()) {
        best.doubt = Doubt::NoClaim;
        return best;
    }
    if (m_embedder != nullptr) {
        ALCOVE_TRY(claim.vector, m_embedder->embedPassages(std::span(&claim.text, 1), m_stop));
    }
    // The shortest window that has it all is what should be cited; what is denied in a sentence of
    // its own stays denied in a longer window.
    std::vector<std::pair<Support, Window*>> found;
    for (Window& window : m_windows) {
        if (!among.empty() && std::find(among.begin(), among.end(), window.source) == among.end())
            continue;
        Support support = judge(claim, window);
        support.score -= 0.04 * static_cast<double>(window.sentences - 1);
        found.emplace_back(support, &window);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
        if (a.first.score != b.first.score) return a.first.score > b.first.score;
        return a.second < b.second;  // as they stand
    });
    std::vector<const Window*> denied;  // sentences that say the reverse
    const Support* reverse = nullptr;
    for (const auto& [support, window] : found) {
        const bool against = support.doubt == Doubt::Negation || support.doubt == Doubt::Opposite;
        if (!against || window->sentences > 1 || support.score < kDenies) continue;
        denied.push_back(window);
        if (reverse == nullptr) reverse = &support;
    }
    for (size_t i = 0; i < std::min<size_t>(found.size(), 12); ++i) {
        auto& [support, window] = found[i];
        if (i == 0) best = support;
        const bool holdsDenied = std::any_of(denied.begin(), denied.end(), [&](const Window* one) {
            return one->source == window->source && one->range.begin >= window->range.begin &&
                   one->range.end <= window->range.end;
        });
        if (support.doubt != Doubt::None || holdsDenied) continue;
        bool enough = support.score >= kEnough;
        if (!enough && support.score >= kEnoughIfNear) {
            ALCOVE_TRY(const double near, meaning(claim, *window));
            enough = near >= kNear;
        }
        if (enough) return support;
        if (best.doubt == Doubt::None) best.doubt = Doubt::Words;
    }
    if (reverse != nullptr && reverse->score >= kEnough) return *reverse;
    if (best.doubt == Doubt::None) best.doubt = reverse != nullptr ? reverse->doubt : Doubt::Words;
    return best;
}

}  // namespace alcove::rag
