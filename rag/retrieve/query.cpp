#include "rag/retrieve/query.h"

#include <algorithm>
#include <array>

#include "engine/base/unicode.h"

namespace alcove::rag {
namespace {

constexpr double kShare = 0.5;          // of the vectors, where nothing speaks for more or less
constexpr double kQuestionShare = 0.6;  // a sentence that asks
constexpr double kExactShare = 0.25;    // codes alone, or a quoted phrase
constexpr size_t kMostTerms = 64;

struct Word {
    std::string text;                // without marks at its ends
    std::vector<std::string> parts;  // its runs of letters and digits, in lower case
    bool code = false;               // "PrP-7", "§12b", "NF_kB", "GPT4": digits or odd capitals
    bool name = false;               // a capital at its beginning
};

struct Shape {
    size_t upper = 0, lower = 0, digits = 0;
};

bool isPartOfWord(char32_t code) {
    constexpr uint8_t kWord = CharClass::Letter | CharClass::Number | CharClass::Mark;
    return (charClasses()[code] & kWord) != 0;
}

bool looksLikeCode(const Word& word, const Shape& shape) {
    const size_t letters = shape.upper + shape.lower;
    if (word.text.find('_') != std::string::npos) return true;
    if (shape.digits > 0 && letters > 0) return true;
    if (shape.digits > 0 && word.parts.size() > 1) return true;  // 2019/123, 10.1
    return shape.upper >= 2;                                     // BRCA, mRNA
}

/// One run of characters without blanks.
Word readWord(std::string_view text) {
    Word word;
    Shape shape;
    std::string part;
    const auto endPart = [&] {
        if (!part.empty()) word.parts.push_back(std::move(part));
        part.clear();
    };
    bool first = true;
    size_t begin = text.size(), end = 0;
    for (size_t at = 0; at < text.size();) {
        const Utf8Char c = decodeUtf8Loosely(text, at);
        if (c.valid && c.code < kUnicodeLimit && isPartOfWord(c.code)) {
            const char32_t lower = unicodeLower(c.code);
            const uint8_t bits = charClasses()[c.code];
            if (bits & CharClass::Number) ++shape.digits;
            if (bits & CharClass::Letter) ++(lower == c.code ? shape.lower : shape.upper);
            if (first) word.name = lower != c.code;
            first = false;
            appendUtf8(part, lower);
            begin = std::min(begin, at);
            end = at + c.bytes;
        } else {
            endPart();
        }
        at += c.bytes;
    }
    endPart();
    if (begin < end) word.text = text.substr(begin, end - begin);
    word.code = !word.parts.empty() && looksLikeCode(word, shape);
    return word;
}

std::vector<Word> readWords(std::string_view text) {
    std::vector<Word> words;
    for (size_t at = 0; at < text.size();) {
        size_t end = at;
        while (end < text.size()) {
            const Utf8Char c = decodeUtf8Loosely(text, end);
            if (c.valid && isUnicodeWhite(c.code)) break;
            end += c.bytes;
        }
        if (end > at) words.push_back(readWord(text.substr(at, end - at)));
        if (end >= text.size()) break;
        at = end + decodeUtf8Loosely(text, end).bytes;
    }
    std::erase_if(words, [](const Word& word) { return word.parts.empty(); });
    return words;
}

/// Takes what stands between quotation marks out of the text.
std::vector<std::string> takePhrases(std::string& text) {
    struct Marks {
        std::string_view open, close;
    };
    constexpr std::array kMarks = {Marks{"\"", "\""}, Marks{"“", "”"}, Marks{"„", "“"},
                                   Marks{"«", "»"}};
    std::vector<std::string> phrases;
    for (const Marks& marks : kMarks) {
        for (size_t open = text.find(marks.open); open != std::string::npos;
             open = text.find(marks.open, open)) {
            const size_t inside = open + marks.open.size();
            const size_t close = text.find(marks.close, inside);
            if (close == std::string::npos) break;
            phrases.push_back(text.substr(inside, close - inside));
            text.replace(open, close + marks.close.size() - open, " ");
        }
    }
    return phrases;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : " ") + part;
    return all;
}

bool isStop(const Word& word) { return word.parts.size() == 1 && isStopWord(word.parts.front()); }

bool isLarge(const Word& word) {
    return std::none_of(word.text.begin(), word.text.end(),
                        [](char c) { return c >= 'a' && c <= 'z'; });
}

void addTerm(TextTerms& terms, std::string term) {
    if (terms.size() < kMostTerms && !term.empty() &&
        std::find(terms.begin(), terms.end(), term) == terms.end())
        terms.push_back(std::move(term));
}

bool asks(std::string_view text, const std::vector<Word>& words) {
    constexpr std::array<std::string_view, 18> kOpenings = {
        "how", "what", "when", "where", "which", "who", "whom", "whose", "why",
        "is",  "are",  "does", "do",    "can",   "wie", "was",  "wer",   "welche"};
    if (text.find('?') != std::string_view::npos) return true;
    return words.size() > 3 && std::find(kOpenings.begin(), kOpenings.end(),
                                         words.front().parts.front()) != kOpenings.end();
}

}  // namespace

Query parseQuery(std::string_view text) {
    Query query;
    query.text = text;
    std::string rest(text);
    bool phrase = false;
    for (const std::string& quoted : takePhrases(rest)) {
        std::vector<std::string> parts;
        for (const Word& word : readWords(quoted))
            parts.insert(parts.end(), word.parts.begin(), word.parts.end());
        phrase = phrase || parts.size() > 0;
        addTerm(query.terms, joined(parts));
        // A phrase that is nowhere exactly so is still worth its words.
        for (const std::string& part : parts)
            if (!isStopWord(part)) addTerm(query.terms, part);
    }
    std::vector<Word> words = readWords(rest);
    // Where all is written large, capitals say nothing.
    const bool shouted = words.size() > 1 && std::all_of(words.begin(), words.end(), isLarge);
    for (Word& word : words)
        if (shouted || isStop(word)) word.code = word.name = false;
    double exact = 0, counted = 0;
    for (size_t i = 0; i < words.size(); ++i) {
        const Word& word = words[i];
        if (word.parts.size() > 1) addTerm(query.terms, joined(word.parts));
        for (const std::string& part : word.parts)
            if (!isStopWord(part) || (word.code && word.parts.size() > 1))  // the IL of IL-6
                addTerm(query.terms, part);
        if (isStop(word)) continue;
        counted += 1;
        exact += word.code ? 1.0 : word.name && i > 0 ? 0.5 : 0.0;
    }
    if (query.terms.empty())
        for (const Word& word : words) addTerm(query.terms, joined(word.parts));
    const double open = asks(text, words) ? kQuestionShare : kShare;
    const double share = phrase ? 1.0 : counted > 0 ? exact / counted : 0.0;
    query.vectorShare = open + (kExactShare - open) * share;
    return query;
}

}  // namespace alcove::rag
