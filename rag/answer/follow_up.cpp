// Two ways of leaving things out are resolved, by rules and not by a model, so that what is
// searched can be shown and foretold:
//
//   a fragment ("and in 2021?", "what about Bergen?") takes the place of what the earlier question
//   had of the same kind: a year, a date, a number, a name; or of its last words;
//   a pronoun ("when does it end?", "who is she?") stands for the subject of the earlier question,
//   or for a person its answer named; "there" for the place it named.
#include "rag/answer/follow_up.h"

#include <algorithm>
#include <array>
#include <optional>

#include "rag/answer/question.h"

namespace alcove::rag {
namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlanks = " \t\r\n";
    const size_t begin = text.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string_view withoutMark(std::string_view text) {
    text = trimmed(text);
    while (!text.empty() && (text.back() == '?' || text.back() == '.' || text.back() == '!'))
        text = trimmed(text.substr(0, text.size() - 1));
    return text;
}

bool opensWith(const std::vector<Word>& words, std::initializer_list<std::string_view> opening) {
    if (words.size() < opening.size()) return false;
    return std::equal(opening.begin(), opening.end(), words.begin(),
                      [](std::string_view a, const Word& b) { return a == b.text; });
}

std::string cut(std::string_view text, const Word& from) {
    return std::string(trimmed(text.substr(from.range.begin)));
}

/// What a fragment is about, without "and", "what about" and their like; nothing: it is none.
std::optional<std::string> fragmentOf(std::string_view question, const std::vector<Word>& words) {
    const auto rest = [&](size_t skip) -> std::optional<std::string> {
        if (words.size() <= skip) return std::nullopt;
        return cut(withoutMark(question), words[skip]);
    };
    if (opensWith(words, {"and", "what", "about"}) || opensWith(words, {"and", "how", "about"}))
        return rest(3);
    if (opensWith(words, {"what", "about"}) || opensWith(words, {"how", "about"})) return rest(2);
    const bool joined = opensWith(words, {"and"}) || opensWith(words, {"or"}) ||
                        opensWith(words, {"but"}) || opensWith(words, {"und"});
    const size_t skip = joined ? 1 : 0;
    if (std::all_of(words.begin(), words.end(), [](const Word& word) { return word.stop; }))
        return std::nullopt;  // "and why?" asks anew about the same
    if (words.size() > skip + 5 || words.size() <= skip) return std::nullopt;
    constexpr std::array<std::string_view, 26> kWholeQuestions = {
        "who", "what", "when", "where",   "why",  "how",  "which", "whose", "whom",
        "is",  "are",  "was",  "were",    "does", "do",   "did",   "can",   "may",
        "has", "have", "list", "compare", "show", "tell", "will",  "must"};
    const bool whole = std::find(kWholeQuestions.begin(), kWholeQuestions.end(),
                                 words[skip].text) != kWholeQuestions.end();
    // "and who?" asks anew about the same; "who chairs it?" is a question with a pronoun.
    if (whole || (!joined && words[skip].large && words.size() > 2)) return std::nullopt;
    if (!joined && words.size() > 3 && words[0].text != "in" && words[0].text != "for" &&
        words[0].text != "on" && words[0].text != "at")
        return std::nullopt;
    return rest(skip);
}

std::string replaced(std::string_view text, TextRange range, std::string_view by) {
    return std::string(text.substr(0, range.begin)) + std::string(by) +
           std::string(text.substr(range.end));
}

/// Names that stand side by side are one.
std::vector<TextRange> nameRanges(std::string_view text, const Facts& facts) {
    std::vector<TextRange> ranges;
    for (const Word& name : facts.names) {
        const bool follows = !ranges.empty() && name.range.begin >= ranges.back().end &&
                             text.substr(ranges.back().end, name.range.begin - ranges.back().end)
                                     .find_first_not_of(" .&'-") == std::string_view::npos;
        if (follows)
            ranges.back().end = name.range.end;
        else
            ranges.push_back(name.range);
    }
    return ranges;
}

bool isYearNumber(const Facts::Number& number) {
    return number.value >= 1000 && number.value <= 2999;
}

/// Puts the fragment where the earlier question had something of its kind.
std::string substituted(std::string_view earlier, const std::string& fragment) {
    const Facts before = factsOf(earlier), now = factsOf(fragment);
    const std::vector<Word> words = wordsOf(fragment);
    const auto part = [&](TextRange range) { return fragment.substr(range.begin, range.size()); };
    // Years stand for years, also inside a date with nothing but a year in the fragment.
    for (const Facts::Number& number : now.numbers) {
        for (const Facts::DateAt& date : before.dates)
            if (isYearNumber(number) && date.date.year > 0) {
                const std::string_view said = earlier.substr(date.range.begin, date.range.size());
                const size_t year = said.find(std::to_string(date.date.year));
                if (year != std::string_view::npos)
                    return replaced(earlier, {date.range.begin + year, date.range.begin + year + 4},
                                    part(number.range));
            }
        for (const Facts::Number& old : before.numbers)
            if (isYearNumber(old) == isYearNumber(number))
                return replaced(earlier, old.range, part(number.range));
    }
    if (!now.dates.empty()) {
        if (!before.dates.empty())
            return replaced(earlier, before.dates.back().range, part(now.dates.front().range));
        for (const Facts::Number& old : before.numbers)
            if (isYearNumber(old))
                return replaced(earlier, old.range, part(now.dates.front().range));
    }
    const std::vector<TextRange> names = nameRanges(earlier, before);
    const bool fragmentIsName = now.numbers.empty() && now.dates.empty() &&
                                std::any_of(words.begin(), words.end(), [](const Word& word) {
                                    return word.large && !word.stop;
                                });
    if (fragmentIsName && !names.empty()) {
        // Without the little word before it: "for Bergen" takes the place of "Oslo".
        size_t first = 0;
        while (first + 1 < words.size() && words[first].stop) ++first;
        return replaced(earlier, names.back(), cut(fragment, words[first]));
    }
    const std::string_view body = withoutMark(earlier);
    const bool preposition = !words.empty() && (words[0].text == "in" || words[0].text == "for" ||
                                                words[0].text == "at" || words[0].text == "on" ||
                                                words[0].text == "of" || words[0].text == "by" ||
                                                words[0].text == "from" || words[0].text == "to");
    if (preposition) {
        // The earlier question's last phrase with the same preposition gives way.
        const std::vector<Word> old = wordsOf(body);
        for (size_t i = old.size(); i-- > 1;)
            if (old[i].text == words[0].text && i + 4 >= old.size())
                return std::string(trimmed(body.substr(0, old[i].range.begin))) + " " + fragment +
                       "?";
        return std::string(body) + " " + fragment + "?";
    }
    // "What is the price of a chair?" — "and a desk?": the last noun gives way.
    const std::vector<Word> old = wordsOf(body);
    for (size_t i = old.size(); i-- > 1;) {
        const bool article = old[i].text == "the" || old[i].text == "a" || old[i].text == "an" ||
                             old[i].text == "of" || old[i].text == "many" || old[i].text == "much";
        if (article && i + 1 < old.size()) {
            const bool ownArticle =
                !words.empty() &&
                (words[0].text == "the" || words[0].text == "a" || words[0].text == "an");
            const size_t from =
                ownArticle && old[i].text != "of" && old[i].text != "many" && old[i].text != "much"
                    ? old[i].range.begin
                    : old[i].range.end;
            return std::string(trimmed(body.substr(0, from))) + " " + fragment + "?";
        }
    }
    return std::string(body) + " " + fragment + "?";
}

/// What the earlier question was about: its last name, or its last "the …".
std::string subjectOf(std::string_view question) {
    const std::string_view body = withoutMark(question);
    const std::vector<Word> words = wordsOf(body);
    const std::vector<TextRange> names = nameRanges(body, factsOf(body, words));
    if (!names.empty()) {
        TextRange range = names.back();
        // With the article before it: "the Board".
        for (const Word& word : words)
            if (word.text == "the" && word.range.end + 1 == range.begin)
                range.begin = word.range.begin;
        return std::string(body.substr(range.begin, range.size()));
    }
    constexpr std::array<std::string_view, 14> kEnds = {"in",   "on",   "at",   "by",  "for",
                                                        "from", "with", "to",   "of",  "is",
                                                        "are",  "was",  "were", "have"};
    for (size_t i = words.size(); i-- > 0;) {
        if (words[i].text != "the" || i + 1 >= words.size()) continue;
        size_t last = i + 1;
        while (last + 1 < words.size() && !words[last + 1].stop && last - i < 4 &&
               !words[last + 1].text.ends_with("ed") &&
               std::find(kEnds.begin(), kEnds.end(), words[last + 1].text) == kEnds.end())
            ++last;
        // "When does the lease begin": its last word is what the subject does.
        const auto helps = [](const Word& word) {
            return word.text == "does" || word.text == "do" || word.text == "did" ||
                   word.text == "will" || word.text == "must" || word.text == "may";
        };
        const bool verbLast =
            std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(i), helps);
        if (verbLast && last + 1 == words.size() && last > i + 1) --last;
        return std::string(
            body.substr(words[i].range.begin, words[last].range.end - words[i].range.begin));
    }
    for (size_t i = words.size(); i-- > 0;)
        if (!words[i].stop)
            return std::string(body.substr(words[i].range.begin, words[i].range.size()));
    return {};
}

/// A person named in the answer: two names side by side.
std::string personOf(std::string_view answer) {
    const std::vector<Word> words = wordsOf(answer);
    for (size_t i = 0; i + 1 < words.size(); ++i) {
        const Word &a = words[i], &b = words[i + 1];
        const bool two = a.large && b.large && !a.stop && !b.stop && !a.number && !b.number &&
                         a.range.end + 1 == b.range.begin && !a.code && !b.code;
        if (two) return std::string(answer.substr(a.range.begin, b.range.end - a.range.begin));
    }
    return {};
}

bool isOneOf(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

/// "Is there a mayor" and "there are two" point at no place, and "who is there" hardly.
bool isEmptyThere(const std::vector<Word>& words, size_t at) {
    const auto isVerb = [](const Word& word) {
        return isOneOf(word.text, {"is", "are", "was", "were", "be", "been", "will", "has", "have",
                                   "had", "would", "can", "must", "should", "may", "might"});
    };
    return (at > 0 && isVerb(words[at - 1])) || (at + 1 < words.size() && isVerb(words[at + 1]));
}

/// "in Oslo": the last name of the earlier question behind a word for a place; else nothing.
std::string placeOf(std::string_view question) {
    const std::string_view body = withoutMark(question);
    const std::vector<Word> words = wordsOf(body);
    const std::vector<TextRange> names = nameRanges(body, factsOf(body, words));
    for (size_t n = names.size(); n-- > 0;) {
        size_t first = 0;
        while (first < words.size() && words[first].range.begin < names[n].begin) ++first;
        size_t before = first;
        if (before > 0 && words[before - 1].text == "the") --before;
        if (before == 0) continue;
        const std::string_view word = words[before - 1].text;
        if (isOneOf(word, {"in", "at", "on", "near", "inside", "outside"}))
            return std::string(body.substr(words[before - 1].range.begin,
                                           names[n].end - words[before - 1].range.begin));
        // What one comes from or goes to, one is in.
        if (isOneOf(word, {"to", "from", "of", "into", "through"}))
            return "in " + std::string(body.substr(words[before].range.begin,
                                                   names[n].end - words[before].range.begin));
    }
    return {};
}

/// "What is it that …" and "is it true" refer to nothing.
bool isEmptyIt(const std::vector<Word>& words, size_t at) {
    const auto next = [&](size_t by) {
        return at + by < words.size() ? std::string_view(words[at + by].text) : std::string_view();
    };
    return words[at].text == "it" && (isOneOf(next(1), {"true", "possible", "that", "allowed"}) ||
                                      isOneOf(next(2), {"that"}));
}

}  // namespace

std::string resolveFollowUp(std::string_view question, const std::vector<Turn>& turns) {
    const std::string asked(trimmed(question));
    if (turns.empty()) return asked;
    const Turn& last = turns.back();
    const std::vector<Word> words = wordsOf(asked);
    if (words.empty() || trimmed(last.question).empty()) return asked;
    if (const auto fragment = fragmentOf(asked, words))
        return substituted(trimmed(last.question), *fragment);
    const Facts own = factsOf(asked, words);
    const std::string subject = subjectOf(last.question);
    const std::string person = personOf(last.answer);
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& text = words[i].text;
        const bool possessive = isOneOf(text, {"its", "their", "his"});
        const bool animate =
            isOneOf(text, {"he", "she", "him", "his", "they", "them", "their"}) || (text == "her");
        const bool thing = (text == "it" || text == "its") && !isEmptyIt(words, i);
        const bool pointing = isOneOf(text, {"that", "this", "those", "these"}) &&
                              (i + 1 == words.size() || words[i + 1].stop) && own.names.empty();
        if (text == "there" && !isEmptyThere(words, i)) {
            const std::string place = placeOf(last.question);
            if (!place.empty()) return replaced(asked, words[i].range, place);
        }
        if (!animate && !thing && !pointing) continue;
        // Who stands before the pronoun in the same question is meant: "Does Ms. Pohl say why she
        // …"
        if (animate && std::any_of(own.names.begin(), own.names.end(), [&](const Word& name) {
                return name.range.begin < words[i].range.begin;
            }))
            continue;
        std::string stands = animate && !person.empty() ? person : subject;
        if (stands.empty()) continue;
        const bool her = text == "her" && i + 1 < words.size() && !words[i + 1].stop;
        if (possessive || her) stands += stands.back() == 's' ? "'" : "'s";
        return replaced(asked, words[i].range, stands);
    }
    // "and who?", "since when?", "why?": the earlier question's words with another question word.
    const bool bare =
        std::all_of(words.begin(), words.end(), [](const Word& word) { return word.stop; });
    if (bare && words.size() <= 3) {
        const std::vector<Word> old = wordsOf(last.question);
        std::string rest;
        for (const Word& word : old)
            if (!word.stop) rest += " " + last.question.substr(word.range.begin, word.range.size());
        return std::string(withoutMark(asked)) + rest + "?";
    }
    return asked;
}

}  // namespace alcove::rag
