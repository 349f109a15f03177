#include "rag/answer/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <utility>

#include "engine/base/unicode.h"
#include "rag/retrieve/query.h"

namespace alcove::rag {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Forms that no ending explains, of verbs that contracts, reports and minutes use.
constexpr std::array kIrregular = {
    Pair{"paid", "pay"},       Pair{"held", "hold"},     Pair{"met", "meet"},
    Pair{"sold", "sell"},      Pair{"bought", "buy"},    Pair{"took", "take"},
    Pair{"taken", "take"},     Pair{"chose", "choose"},  Pair{"chosen", "choose"},
    Pair{"began", "begin"},    Pair{"begun", "begin"},   Pair{"gave", "give"},
    Pair{"given", "give"},     Pair{"made", "make"},     Pair{"sent", "send"},
    Pair{"spent", "spend"},    Pair{"grew", "grow"},     Pair{"grown", "grow"},
    Pair{"rose", "rise"},      Pair{"risen", "rise"},    Pair{"fell", "fall"},
    Pair{"fallen", "fall"},    Pair{"left", "leave"},    Pair{"lost", "lose"},
    Pair{"won", "win"},        Pair{"wrote", "write"},   Pair{"written", "write"},
    Pair{"led", "lead"},       Pair{"kept", "keep"},     Pair{"built", "build"},
    Pair{"brought", "bring"},  Pair{"became", "become"}, Pair{"came", "come"},
    Pair{"went", "go"},        Pair{"ran", "run"},       Pair{"said", "say"},
    Pair{"told", "tell"},      Pair{"drawn", "draw"},    Pair{"drew", "draw"},
    Pair{"borne", "bear"},     Pair{"broken", "break"},  Pair{"broke", "break"},
    Pair{"children", "child"}, Pair{"people", "person"}, Pair{"men", "man"},
    Pair{"women", "woman"},    Pair{"cost", "cost"},     Pair{"costs", "cost"},
    Pair{"highest", "high"},   Pair{"lowest", "low"},    Pair{"largest", "large"},
};

constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};
constexpr std::array<Pair, 9> kOtherMonths = {
    Pair{"januar", "january"},  Pair{"februar", "february"},  Pair{"märz", "march"},
    Pair{"mai", "may"},         Pair{"juni", "june"},         Pair{"juli", "july"},
    Pair{"oktober", "october"}, Pair{"dezember", "december"}, Pair{"sept", "september"}};

struct NumberWord {
    std::string_view word;
    double value;
};
constexpr std::array kNumberWords = {
    NumberWord{"zero", 0},      NumberWord{"one", 1},       NumberWord{"two", 2},
    NumberWord{"three", 3},     NumberWord{"four", 4},      NumberWord{"five", 5},
    NumberWord{"six", 6},       NumberWord{"seven", 7},     NumberWord{"eight", 8},
    NumberWord{"nine", 9},      NumberWord{"ten", 10},      NumberWord{"eleven", 11},
    NumberWord{"twelve", 12},   NumberWord{"thirteen", 13}, NumberWord{"fourteen", 14},
    NumberWord{"fifteen", 15},  NumberWord{"sixteen", 16},  NumberWord{"seventeen", 17},
    NumberWord{"eighteen", 18}, NumberWord{"nineteen", 19}, NumberWord{"twenty", 20},
    NumberWord{"thirty", 30},   NumberWord{"forty", 40},    NumberWord{"fifty", 50},
    NumberWord{"sixty", 60},    NumberWord{"seventy", 70},  NumberWord{"eighty", 80},
    NumberWord{"ninety", 90},   NumberWord{"twice", 2},     NumberWord{"half", 0.5},
    NumberWord{"dozen", 12},    NumberWord{"first", 1},     NumberWord{"second", 2},
    NumberWord{"third", 3},     NumberWord{"fourth", 4},    NumberWord{"fifth", 5},
    NumberWord{"sixth", 6},     NumberWord{"seventh", 7},   NumberWord{"eighth", 8},
    NumberWord{"ninth", 9},     NumberWord{"tenth", 10},
};
constexpr std::array kFactors = {NumberWord{"hundred", 1e2}, NumberWord{"thousand", 1e3},
                                 NumberWord{"million", 1e6}, NumberWord{"millions", 1e6},
                                 NumberWord{"billion", 1e9}, NumberWord{"bn", 1e9},
                                 NumberWord{"mio", 1e6},     NumberWord{"mrd", 1e9}};

bool endsWith(std::string_view word, std::string_view ending) {
    return word.size() >= ending.size() + 3 && word.ends_with(ending);
}

bool hasVowel(std::string_view word) {
    return word.find_first_of("aeiouyäöü") != std::string_view::npos;
}

/// What -ed and -ing leave: "stopp" and "stop", "pric" and "price" become one.
std::string tidy(std::string stem) {
    const size_t n = stem.size();
    if (n > 3 && stem[n - 1] == stem[n - 2] &&
        std::string_view("bdfgmnprt").find(stem[n - 1]) != std::string_view::npos)
        stem.pop_back();
    if (stem.size() > 3 && stem.back() == 'e') stem.pop_back();
    if (stem.size() > 3 && stem.back() == 'y') stem.back() = 'i';
    return stem;
}

bool isWordCharacter(char32_t code) {
    constexpr uint8_t kWord = CharClass::Letter | CharClass::Number | CharClass::Mark;
    return (charClasses()[code] & kWord) != 0;
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// A point, a comma, a colon or a dash inside a number or a date holds it together.
bool joins(std::string_view text, size_t at) {
    if (at == 0 || at + 1 >= text.size() || !isDigit(text[at - 1]) || !isDigit(text[at + 1]))
        return false;
    const char c = text[at];
    return c == '.' || c == ',' || c == ':' || c == '-' || c == '/' || c == '\'';
}

bool opensSentence(std::string_view text, size_t at) {
    while (at > 0) {
        const char before = text[at - 1];
        if (before == '\n' || before == '\t') return true;
        if (before == '.' || before == '!' || before == '?' || before == ':') return true;
        const bool passed = before == ' ' || before == '"' || before == '(' || before == '*' ||
                            before == '-' || before == '\'' || before == '#';
        if (!passed) return false;
        --at;
    }
    return true;
}

int toInt(std::string_view digits) {
    int value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size() ? value : -1;
}

bool isYear(int value) { return value >= 1000 && value <= 2999; }
bool isDay(int value) { return value >= 1 && value <= 31; }

/// "2021-03-04", "04.03.2021", "4/3/2021": the year tells the order; without a word to the contrary
/// the day comes before the month.
bool numericDate(std::string_view word, Date& date) {
    std::array<int, 3> parts{};
    size_t count = 0, begin = 0;
    char separator = 0;
    for (size_t i = 0; i <= word.size(); ++i) {
        if (i < word.size() && isDigit(word[i])) continue;
        if (i < word.size() && word[i] != '-' && word[i] != '.' && word[i] != '/') return false;
        if (i < word.size() && separator != 0 && word[i] != separator) return false;
        if (i < word.size()) separator = word[i];
        if (count == 3) return false;
        parts[count++] = toInt(word.substr(begin, i - begin));
        begin = i + 1;
    }
    if (count != 3) return false;
    if (isYear(parts[0]))
        date = {parts[0], parts[1], parts[2]};
    else if (isYear(parts[2]))
        date = {parts[2], parts[1], parts[0]};
    else
        return false;
    if (date.month > 12 && isDay(date.month) && date.day <= 12) std::swap(date.month, date.day);
    return date.month >= 1 && date.month <= 12 && isDay(date.day);
}

/// The day of a month as it is written: "3", "3rd", "03".
int dayOf(std::string_view word) {
    size_t digits = 0;
    while (digits < word.size() && isDigit(word[digits])) ++digits;
    if (digits == 0 || digits > 2) return -1;
    const std::string_view rest = word.substr(digits);
    if (!rest.empty() && rest != "st" && rest != "nd" && rest != "rd" && rest != "th") return -1;
    const int day = toInt(word.substr(0, digits));
    return isDay(day) ? day : -1;
}

int yearOf(const std::vector<Word>& words, size_t at) {
    if (at >= words.size() || words[at].text.size() != 4) return -1;
    const int year = toInt(words[at].text);
    return isYear(year) ? year : -1;
}

}  // namespace

std::string stemOf(std::string_view word) {
    for (const auto& [form, regular] : kIrregular)
        if (form == word) word = regular;
    std::string stem(word);
    if (stem.size() < 4 || std::any_of(stem.begin(), stem.end(), isDigit)) return stem;
    if (endsWith(stem, "'s")) stem.resize(stem.size() - 2);
    if (endsWith(stem, "ies"))
        stem.replace(stem.size() - 3, 3, "y");
    else if (endsWith(stem, "sses") || endsWith(stem, "xes") || endsWith(stem, "ches") ||
             endsWith(stem, "shes"))
        stem.resize(stem.size() - 2);
    else if (stem.back() == 's' && !stem.ends_with("ss") && !stem.ends_with("us") &&
             !stem.ends_with("is"))
        stem.pop_back();
    const auto strip = [&](std::initializer_list<std::string_view> endings) {
        for (const std::string_view ending : endings) {
            if (!endsWith(stem, ending)) continue;
            const std::string cut = stem.substr(0, stem.size() - ending.size());
            if (!hasVowel(cut)) continue;
            stem = cut;
            return;
        }
    };
    // What inflects comes off first: "ordered" and "orders" meet at "order".
    strip({"ing", "ed"});
    strip({"ization", "ation", "ment", "able", "ible", "ion", "ive", "ance", "ence", "ate", "ize",
           "ise", "or", "er", "ly"});
    return tidy(std::move(stem));
}

std::vector<Word> wordsOf(std::string_view text) {
    std::vector<Word> words;
    const auto& classes = charClasses();
    for (size_t at = 0; at < text.size();) {
        Utf8Char c = decodeUtf8Loosely(text, at);
        if (!c.valid || c.code >= kUnicodeLimit || !isWordCharacter(c.code)) {
            at += c.bytes;
            continue;
        }
        Word word;
        word.range.begin = at;
        word.large = unicodeLower(c.code) != c.code;
        word.number = (classes[c.code] & CharClass::Number) != 0;
        size_t letters = 0, capitals = 0, digits = 0;
        while (at < text.size()) {
            c = decodeUtf8Loosely(text, at);
            if (c.valid && c.code < kUnicodeLimit && isWordCharacter(c.code)) {
                const char32_t lower = unicodeLower(c.code);
                if (classes[c.code] & CharClass::Letter) ++letters;
                if (classes[c.code] & CharClass::Number) ++digits;
                if (lower != c.code) ++capitals;
                appendUtf8(word.text, lower);
            } else if (joins(text, at)) {
                word.text += text[at];
            } else if ((text[at] == '\'' || c.code == 0x2019) && letters > 0 &&
                       text.substr(at + c.bytes, 1) == "t") {
                word.text += '\'';  // isn't
            } else {
                break;
            }
            at += c.bytes;
        }
        word.range.end = at;
        word.code = (letters > 0 && digits > 0 && dayOf(word.text) < 0) ||
                    (capitals >= 2 && capitals == letters);
        word.stop = isStopWord(word.text) || negates(word.text);
        word.opens = opensSentence(text, word.range.begin);
        word.stem = stemOf(word.text);
        words.push_back(std::move(word));
    }
    return words;
}

bool numberOf(std::string_view word, double& value) {
    for (const NumberWord& known : kNumberWords) {
        if (known.word != word) continue;
        value = known.value;
        return true;
    }
    if (word.empty() || !isDigit(word.front())) return false;
    // "3rd", "5th": the number is what counts; "5kg" and "3x" likewise.
    size_t end = 0;
    while (end < word.size() &&
           (isDigit(word[end]) || word[end] == '.' || word[end] == ',' || word[end] == '\''))
        ++end;
    if (end < word.size() && word.size() - end > 2) return false;
    std::string digits(word.substr(0, end));
    std::erase(digits, '\'');
    const size_t point = digits.find_last_of(".,");
    if (point != std::string::npos) {
        const char mark = digits[point];
        const bool both = digits.find(mark == '.' ? ',' : '.') != std::string::npos;
        const bool several = std::count(digits.begin(), digits.end(), mark) > 1;
        // "1,250" has a thousand; "1.250" too where several groups say so; "0.250" never.
        const bool grouped = digits.size() - point == 4 && mark == ',' && digits.front() != '0';
        if (several || (!both && grouped)) {
            std::erase(digits, mark);
            if (several && both) std::replace(digits.begin(), digits.end(), ',', '.');
        } else {
            std::string plain;
            for (size_t i = 0; i < digits.size(); ++i)
                if (isDigit(digits[i]))
                    plain += digits[i];
                else if (i == point)
                    plain += '.';
            digits = plain;
        }
    }
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
}

int monthOf(std::string_view word) {
    for (const auto& [other, english] : kOtherMonths)
        if (word == other) word = english;
    for (size_t i = 0; i < kMonths.size(); ++i)
        if (word == kMonths[i] || (word.size() == 3 && kMonths[i].starts_with(word)))
            return static_cast<int>(i) + 1;
    return 0;
}

bool negates(std::string_view word) {
    constexpr std::array<std::string_view, 22> kNo = {
        "not",    "no",      "never",   "none",  "nobody", "nothing", "neither", "nor",
        "cannot", "without", "nowhere", "nicht", "kein",   "keine",   "niemals", "ohne",
        "ne",     "pas",     "sans",    "sin",   "nunca",  "hardly"};
    return word.ends_with("n't") || std::find(kNo.begin(), kNo.end(), word) != kNo.end();
}

bool covers(const Date& said, const Date& asked) {
    const auto part = [](int is, int wanted) { return wanted == 0 || is == wanted; };
    return part(said.year, asked.year) && part(said.month, asked.month) &&
           part(said.day, asked.day);
}

bool sameNumber(double a, double b) {
    return std::abs(a - b) <= 1e-9 * std::max({1.0, std::abs(a), std::abs(b)});
}

namespace {

/// Reads the date that begins at a word; returns how many words it has, 0: there is none.
size_t dateAt(const std::vector<Word>& words, size_t at, Date& date) {
    if (words[at].number && numericDate(words[at].text, date)) return 1;
    // "May" is a month beside a day or a year only.
    const auto month = [&](size_t i) { return i < words.size() ? monthOf(words[i].text) : 0; };
    if (const int day = dayOf(words[at].text); day > 0) {
        const size_t next = at + 1 < words.size() && words[at + 1].text == "of" ? at + 2 : at + 1;
        if (month(next) == 0) return 0;
        const int year = yearOf(words, next + 1);
        date = {std::max(year, 0), month(next), day};
        return next - at + (year > 0 ? 2 : 1);
    }
    if (month(at) == 0 || !words[at].large) return 0;
    const int day = at + 1 < words.size() ? dayOf(words[at + 1].text) : -1;
    const int year = yearOf(words, day > 0 ? at + 2 : at + 1);
    if (day <= 0 && year <= 0 && words[at].text == "may") return 0;
    date = {std::max(year, 0), month(at), std::max(day, 0)};
    return 1 + (day > 0 ? 1 : 0) + (year > 0 ? 1 : 0);
}

double factorOf(std::string_view word) {
    for (const NumberWord& factor : kFactors)
        if (factor.word == word) return factor.value;
    return 0;
}

}  // namespace

Facts factsOf(std::string_view text, const std::vector<Word>& words) {
    Facts facts;
    for (size_t i = 0; i < words.size();) {
        const Word& word = words[i];
        Date date;
        if (const size_t length = dateAt(words, i, date); length > 0) {
            facts.dates.push_back({date, {word.range.begin, words[i + length - 1].range.end}});
            i += length;
            continue;
        }
        double value = 0;
        // "one" is an article as often as a number.
        if (word.text != "one" && numberOf(word.text, value)) {
            size_t next = i + 1;
            double units = 0;
            if (!word.number && value >= 20 && next < words.size() && !words[next].number &&
                numberOf(words[next].text, units) && units >= 1 && units < 10) {
                value += units;  // twenty-four
                ++next;
            }
            if (word.code && !word.text.empty() && factorOf(word.text) == 0 &&
                word.text.find_first_not_of("0123456789.,'") != std::string::npos) {
                const char unit = word.text.back();
                if (unit == 'k' && word.text.size() > 1) value *= 1e3;
                if (unit == 'm' && text.substr(word.range.end - 1, 1) == "M") value *= 1e6;
            }
            for (double factor = 0;
                 next < words.size() && (factor = factorOf(words[next].text)) > 0; ++next)
                value *= factor;
            facts.numbers.push_back({value, {word.range.begin, words[next - 1].range.end}});
            i = next;
            continue;
        }
        const bool name = word.code || (word.large && !word.opens);
        if (name && !word.stop && !word.number) facts.names.push_back(word);
        ++i;
    }
    return facts;
}

Facts factsOf(std::string_view text) { return factsOf(text, wordsOf(text)); }

}  // namespace alcove::rag
