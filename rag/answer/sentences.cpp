// A point ends a sentence unless something speaks against it: a known abbreviation, an initial, a
// number of a list, a digit or a small letter after it. Text of a PDF has a line feed at the end of
// each printed line, so a line feed alone proves nothing; a tab proves a row of a table.
#include "rag/answer/sentences.h"

#include <algorithm>
#include <array>
#include <string>

#include "engine/base/unicode.h"
#include "rag/answer/words.h"

namespace alcove::rag {
namespace {

// In lower case, without the last point.
constexpr std::array<std::string_view, 76> kAbbreviations = {
    "mr",   "mrs",  "ms",  "dr",  "prof", "st",     "sr",   "jr",  "rev", "hon", "gen",
    "no",   "nos",  "nr",  "art", "sec",  "para",   "par",  "cl",  "ch",  "fig", "figs",
    "tab",  "eq",   "vol", "pp",  "p",    "ed",     "eds",  "cf",  "vs",  "etc", "e.g",
    "i.e",  "eg",   "ie",  "al",  "ca",   "approx", "est",  "inc", "ltd", "co",  "corp",
    "dept", "univ", "tel", "ext", "ave",  "rd",     "blvd", "jan", "feb", "mar", "apr",
    "jun",  "jul",  "aug", "sep", "sept", "oct",    "nov",  "dec", "z.b", "d.h", "bzw",
    "usw",  "vgl",  "abs", "nro", "bspw", "u.a",    "evtl", "ggf", "max", "gem"};
// These end sentences as often as not: a capital after them decides for the end.
constexpr std::array<std::string_view, 6> kOftenLast = {"etc", "inc", "ltd", "co", "corp", "no"};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

bool isLetter(std::string_view text, size_t at) {
    if (at >= text.size()) return false;
    const Utf8Char c = decodeUtf8Loosely(text, at);
    return c.valid && unicodeCategory(c.code) == UnicodeCategory::Letter;
}

bool isSmall(std::string_view text, size_t at) {
    if (!isLetter(text, at)) return false;
    const char32_t code = decodeUtf8Loosely(text, at).code;
    // A letter of a script without cases begins sentences as well as any.
    return unicodeLower(code) == code && code < 0x530;
}

bool isClosing(std::string_view text, size_t at, size_t& bytes) {
    bytes = 1;
    if (text[at] == '"' || text[at] == '\'' || text[at] == ')' || text[at] == ']') return true;
    for (const std::string_view mark : {"”", "’", "»", "“"})
        if (text.substr(at, mark.size()) == mark) {
            bytes = mark.size();
            return true;
        }
    // A citation of the sentence it follows.
    if (text[at] == '[') {
        size_t end = at + 1;
        while (end < text.size() && (isDigit(text[end]) || text[end] == ',' || text[end] == ' '))
            ++end;
        if (end > at + 1 && end < text.size() && text[end] == ']') {
            bytes = end + 1 - at;
            return true;
        }
    }
    return false;
}

std::string lowerWordBefore(std::string_view text, size_t begin, size_t point) {
    size_t at = point;
    while (at > begin && !isBlank(text[at - 1]) && text[at - 1] != '(' && text[at - 1] != '"') --at;
    std::string word(text.substr(at, point - at));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return word;
}

/// "3. Mai 2021"
bool beginsWithMonth(std::string_view text) {
    const std::vector<Word> words = wordsOf(text);
    return !words.empty() && words[0].range.begin == 0 && monthOf(words[0].text) > 0;
}

/// Whether the point at `point` belongs to its word. `next` is where the following text begins.
bool belongsToWord(std::string_view text, size_t begin, size_t point, size_t next) {
    const std::string word = lowerWordBefore(text, begin, point);
    if (word.empty()) return false;
    const bool listed =
        std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
    if (listed) {
        const bool often =
            std::find(kOftenLast.begin(), kOftenLast.end(), word) != kOftenLast.end();
        return !often || isDigit(next < text.size() ? text[next] : ' ') || isSmall(text, next);
    }
    const bool initial = word.size() == 1 && isLetter(word, 0) && !isDigit(word[0]);
    if (initial && point - 1 >= begin && text[point - 1] >= 'A' && text[point - 1] <= 'Z')
        return true;  // J. Doe
    // "3." at the beginning of a line counts; elsewhere a day ("3. Mai") goes on with a letter,
    // which may well begin a sentence too: a capital then ends it, unless it is short.
    const bool number = std::all_of(word.begin(), word.end(), isDigit);
    if (number && point - word.size() == begin) return true;
    if (number && word.size() <= 2 && beginsWithMonth(text.substr(next, 24))) return true;
    return word.find('.') != std::string::npos && word.size() <= 6 &&
           !isDigit(word.front());  // U.S., a.m.
}

/// A letter of a script that ends sentences with marks of its own.
bool wideMark(std::string_view text, size_t at) {
    for (const std::string_view mark : {"。", "！", "？", "।", "؟"})
        if (text.substr(at, mark.size()) == mark) return true;
    return false;
}

std::string_view lineAt(std::string_view text, size_t at) {
    return text.substr(at, std::min(text.find('\n', at), text.size()) - at);
}

/// Whether the line feed at `at` ends what began at `begin`.
bool lineEnds(std::string_view text, size_t begin, size_t at) {
    size_t next = at + 1;
    if (next >= text.size()) return true;
    if (text[next] == '\n' || text[next] == '\r') return true;
    const std::string_view line = lineAt(text, next);
    const size_t lineBegin = text.rfind('\n', at == 0 ? 0 : at - 1);
    const size_t from = std::max(
        begin, lineBegin == std::string_view::npos || lineBegin >= at ? begin : lineBegin + 1);
    const std::string_view before = text.substr(from, at - from);
    if (line.find('\t') != std::string_view::npos || before.find('\t') != std::string_view::npos)
        return true;
    if (beginsItem(line)) return true;
    size_t last = at;
    while (last > begin && isBlank(text[last - 1])) --last;
    if (last > begin && text[last - 1] == ':') return true;
    while (next < text.size() && (text[next] == ' ' || text[next] == '*')) ++next;
    if (isSmall(text, next)) return false;
    // A heading, or the last line of a paragraph: short, and something new begins.
    if (last > begin && (text[last - 1] == ',' || text[last - 1] == ';')) return false;
    return before.size() < 48;
}

}  // namespace

bool beginsItem(std::string_view line) {
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    for (const std::string_view mark : {"- ", "* ", "• ", "– ", "‣ ", "◦ ", "▪ "})
        if (line.starts_with(mark)) return true;
    size_t at = 0;
    const bool open = !line.empty() && line[0] == '(';
    if (open) ++at;
    const size_t begin = at;
    while (at < line.size() && at - begin < 3 && isDigit(line[at])) ++at;
    while (at < line.size() && at > begin &&
           (line[at] == '.' && at + 1 < line.size() && isDigit(line[at + 1]))) {
        ++at;
        while (at < line.size() && isDigit(line[at])) ++at;
    }
    if (at == begin && at < line.size() && isLetter(line, at) &&
        static_cast<uint8_t>(line[at]) < 0x80)
        ++at;  // one letter
    if (at == begin || at + 1 >= line.size()) return false;
    if (open) return line[at] == ')';
    return (line[at] == '.' || line[at] == ')') && line[at + 1] == ' ';
}

std::vector<TextRange> splitSentences(std::string_view text) {
    std::vector<TextRange> sentences;
    size_t begin = 0;
    const auto finish = [&](size_t end) {
        size_t first = begin;
        while (first < end && isBlank(text[first])) ++first;
        while (end > first && isBlank(text[end - 1])) --end;
        if (end > first) sentences.push_back({first, end});
    };
    for (size_t at = 0; at < text.size();) {
        const char c = text[at];
        while (begin < at && isBlank(text[begin])) ++begin;
        if (c == '\n') {
            if (at > begin && lineEnds(text, begin, at)) {
                finish(at);
                begin = at + 1;
            }
            ++at;
            continue;
        }
        const bool wide = wideMark(text, at);
        if (!wide && c != '.' && c != '!' && c != '?') {
            at += 1;
            continue;
        }
        size_t end = at + (wide ? utf8Length(c) : 1);
        while (end < text.size() && (text[end] == '.' || text[end] == '!' || text[end] == '?'))
            ++end;
        for (size_t next = end, bytes = 0; next < text.size(); next = end) {
            size_t mark = next;
            if (text[mark] == ' ' && mark + 1 < text.size() && text[mark + 1] == '[') ++mark;
            if (!isClosing(text, mark, bytes)) break;
            end = mark + bytes;
        }
        size_t next = end;
        while (next < text.size() && isBlank(text[next])) ++next;
        const bool blank = end >= text.size() || isBlank(text[end]);
        const bool ends =
            wide ||
            (blank && !(c == '.' && end == at + 1 && belongsToWord(text, begin, at, next)) &&
             (next >= text.size() || !isSmall(text, next) || c != '.' ||
              text.substr(end, next - end).find('\n') != std::string_view::npos));
        if (ends) {
            finish(end);
            begin = end;
        }
        at = end;
    }
    finish(text.size());
    return sentences;
}

}  // namespace alcove::rag
