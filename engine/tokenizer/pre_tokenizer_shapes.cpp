// The shapes of words. Each function is one splitting expression written out by hand; the
// expression stands above it (L, N, M, P, S are Unicode categories, \s is White_Space). Where an
// expression has alternatives, the first that matches wins, as in the engines the models were
// trained with.
#include <algorithm>
#include <iterator>

#include "engine/base/unicode.h"
#include "engine/tokenizer/pre_tokenizer.h"

namespace alcove::engine {
namespace {

constexpr int kLetter = CharClass::Letter;
constexpr int kNumber = CharClass::Number;
constexpr int kMark = CharClass::Mark;
constexpr int kSymbol = CharClass::Symbol | CharClass::Punctuation;
constexpr int kWhite = CharClass::White;

struct CodeRange {
    char32_t first, last;
};

bool inRanges(char32_t code, std::span<const CodeRange> ranges) {
    const auto after = std::upper_bound(
        ranges.begin(), ranges.end(), code,
        [](char32_t value, const CodeRange& range) { return value < range.first; });
    return after != ranges.begin() && code <= std::prev(after)->last;
}

size_t skip(const SplitWindow& w, size_t at, int bits) {
    while (w.is(at, bits)) ++at;
    return at;
}

/// Characters that have none of the classes.
size_t skipOthers(const SplitWindow& w, size_t at, int bits) {
    while (at < w.end && (w.classes[at] & bits) == 0) ++at;
    return at;
}

bool isNewline(const SplitWindow& w, size_t at) { return w.isCode(at, '\r') || w.isCode(at, '\n'); }

size_t skipNewlines(const SplitWindow& w, size_t at) {
    while (isNewline(w, at)) ++at;
    return at;
}

bool isAscii(const SplitWindow& w, size_t at, char32_t first, char32_t last) {
    return at < w.end && w.code[at] >= first && w.code[at] <= last;
}
bool isAsciiUpper(const SplitWindow& w, size_t at) { return isAscii(w, at, 'A', 'Z'); }
bool isAsciiLower(const SplitWindow& w, size_t at) { return isAscii(w, at, 'a', 'z'); }

/// 's|'t|'re|'ve|'m|'ll|'d, in any case or only the lower one.
size_t matchContraction(const SplitWindow& w, size_t at, bool anyCase) {
    if (!w.isCode(at, '\'') || at + 1 >= w.end) return at;
    const auto letter = [&](size_t i) -> char32_t {
        if (i >= w.end) return 0;
        return anyCase && isAsciiUpper(w, i) ? w.code[i] + 32 : w.code[i];
    };
    const char32_t a = letter(at + 1);
    const char32_t b = letter(at + 2);
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return at + 2;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return at + 3;
    return at;
}

/// \s+(?!\S)|\s+, and before them \s*[\r\n]+ where asked for.
size_t matchBlanks(const SplitWindow& w, size_t at, bool newlines) {
    const size_t end = skip(w, at, kWhite);
    if (newlines) {
        for (size_t last = end; last > at; --last) {
            if (isNewline(w, last - 1)) return last;
        }
    }
    return end > at + 1 && end < w.end ? end - 1 : end;
}

/// N{1,digits}
size_t matchNumber(const SplitWindow& w, size_t at, size_t digits) {
    const size_t begin = at;
    while (w.is(at, kNumber) && (digits == 0 || at - begin < digits)) ++at;
    return at;
}

/// \s? and then one or more characters that `belongs` holds for.
template <typename Belongs>
size_t matchAfterBlank(const SplitWindow& w, size_t at, bool blank, Belongs belongs) {
    const size_t begin = at + (blank ? 1 : 0);
    size_t end = begin;
    while (end < w.end && belongs(end)) ++end;
    return end > begin ? end : at;
}

template <typename Belongs>
size_t matchRun(size_t at, size_t end, Belongs belongs) {
    while (at < end && belongs(at)) ++at;
    return at;
}

/// Upper*Lower+ | Upper+Lower*, where a letter without case is both. ASCII alone has case here: so
/// the reference reads the expression.
size_t matchCased(const SplitWindow& w, size_t at, const SplitStep& step) {
    const int letters = kLetter | (step.has(SplitStep::Marks) ? kMark : 0);
    if (step.has(SplitStep::Uncased)) return skip(w, at, letters);
    const auto upper = [&](size_t i) { return w.is(i, letters) && !isAsciiLower(w, i); };
    const auto lower = [&](size_t i) { return w.is(i, letters) && !isAsciiUpper(w, i); };
    const size_t upperEnd = matchRun(at, w.end, upper);
    const size_t lowerEnd = matchRun(upperEnd, w.end, lower);
    if (lowerEnd > upperEnd) return lowerEnd;
    // Give letters back until one can be the lower part.
    for (size_t i = upperEnd; i > at; --i) {
        if (lower(i - 1)) return i;
    }
    return upperEnd;
}

constexpr CodeRange kEastAsian[] = {{0x0800, 0x9FA5}, {0xAC00, 0xD7FF}};
constexpr CodeRange kIdeographsAndKana[] = {{0x3040, 0x30FF}, {0x4E00, 0x9FA5}};
constexpr CodeRange kDeepSeekPunctuation[] = {{'!', '/'},       {':', '~'},       {0x2018, 0x201F},
                                              {0x3000, 0x3002}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF5E}};
// Letters with case, as of the Unicode version the expression was written with.
constexpr CodeRange kDeepSeekLetters[] = {
#include "engine/tokenizer/deepseek_letters.inc"
};

}  // namespace

// 's|'t|'re|'ve|'m|'ll|'d| ?L+| ?N+| ?[^\sLN]+|\s+(?!\S)|\s+
size_t matchGpt2(const SplitWindow& w, size_t at, const SplitStep&) {
    if (const size_t end = matchContraction(w, at, false); end > at) return end;
    const size_t begin = at + (w.isCode(at, ' ') ? 1 : 0);
    if (w.is(begin, kLetter)) return skip(w, begin, kLetter);
    if (w.is(begin, kNumber)) return skip(w, begin, kNumber);
    const size_t end = skipOthers(w, begin, kWhite | kLetter | kNumber);
    return end > begin ? end : matchBlanks(w, at, false);
}

// '(?i:s|t|re|ve|m|ll|d)|[^\r\nLN]?L+|N{1,k}| ?[^\sLN]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
// With Marks a letter may be a mark. Without Contractions or NewlineTail those parts are missing;
// where the tail is, symbols do not run over newlines anyway, because these are blanks.
size_t matchCl100k(const SplitWindow& w, size_t at, const SplitStep& step) {
    if (step.has(SplitStep::Contractions)) {
        if (const size_t end = matchContraction(w, at, true); end > at) return end;
    }
    const int letters = kLetter | (step.has(SplitStep::Marks) ? kMark : 0);
    if (w.is(at, letters)) return skip(w, at, letters);
    if (w.is(at, kNumber)) return matchNumber(w, at, step.digits);
    if (!isNewline(w, at) && w.is(at + 1, letters)) return skip(w, at + 1, letters);
    const size_t begin = at + (w.isCode(at, ' ') ? 1 : 0);
    const size_t end = skipOthers(w, begin, kWhite | letters | kNumber);
    if (end == begin) return matchBlanks(w, at, true);
    return step.has(SplitStep::NewlineTail) ? skipNewlines(w, end) : end;
}

// [^\r\nLN]?Upper*Lower+(contraction)?|[^\r\nLN]?Upper+Lower*(contraction)?
// |N{1,k}| ?[^\sLN]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
size_t matchCaseAware(const SplitWindow& w, size_t at, const SplitStep& step) {
    const auto word = [&](size_t begin) {
        const size_t end = matchCased(w, begin, step);
        if (end == begin || !step.has(SplitStep::Contractions)) return end;
        return matchContraction(w, end, true);
    };
    if (!isNewline(w, at) && !w.is(at, kLetter | kNumber)) {
        if (const size_t end = word(at + 1); end > at + 1) return end;
    }
    if (const size_t end = word(at); end > at) return end;
    if (w.is(at, kNumber)) return matchNumber(w, at, step.digits);
    const size_t begin = at + (w.isCode(at, ' ') ? 1 : 0);
    size_t end = skipOthers(w, begin, kWhite | kLetter | kNumber);
    if (end == begin) return matchBlanks(w, at, true);
    while (isNewline(w, end) || w.isCode(end, '/')) ++end;
    return end;
}

// [ASCII punctuation][A-Za-z]+|[^\r\nLPS]?[LM]+| ?[PS]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
size_t matchDeepSeekWords(const SplitWindow& w, size_t at, const SplitStep&) {
    const auto asciiLetter = [&](size_t i) { return isAsciiUpper(w, i) || isAsciiLower(w, i); };
    if (w.code[at] < 0x80 && w.is(at, kSymbol) && asciiLetter(at + 1)) {
        return matchRun(at + 1, w.end, asciiLetter);
    }
    constexpr int kWord = kLetter | kMark;
    if (w.is(at, kWord)) return skip(w, at, kWord);
    if (!isNewline(w, at) && !w.is(at, kSymbol) && w.is(at + 1, kWord)) {
        return skip(w, at + 1, kWord);
    }
    const size_t begin = at + (w.isCode(at, ' ') ? 1 : 0);
    const size_t end = skip(w, begin, kSymbol);
    return end > begin ? skipNewlines(w, end) : matchBlanks(w, at, true);
}

// N{1,k}
size_t matchDigits(const SplitWindow& w, size_t at, const SplitStep& step) {
    return matchNumber(w, at, step.digits);
}

// A run of N in threes, counted from its right end: after its first group whole threes are left.
size_t matchDigitsFromRight(const SplitWindow& w, size_t at, const SplitStep&) {
    if (at > w.begin && w.is(at - 1, kNumber)) return w.is(at, kNumber) ? at + 3 : at;
    const size_t digits = skip(w, at, kNumber) - at;
    return at + (digits % 3 != 0 ? digits % 3 : std::min<size_t>(digits, 3));
}

// [0-9][0-9][0-9]
size_t matchThreeAsciiDigits(const SplitWindow& w, size_t at, const SplitStep&) {
    for (size_t i = at; i < at + 3; ++i) {
        if (!isAscii(w, i, '0', '9')) return at;
    }
    return at + 3;
}

// [P$+<=>^~|]+, and ` with Backtick
size_t matchLegacyPunctuation(const SplitWindow& w, size_t at, const SplitStep& step) {
    constexpr std::string_view kAlso = "$+<=>^~|`";
    const std::string_view also = kAlso.substr(0, step.has(SplitStep::Backtick) ? 9 : 8);
    return matchRun(at, w.end, [&](size_t i) {
        return w.is(i, CharClass::Punctuation) ||
               (w.code[i] < 0x80 && also.find(static_cast<char>(w.code[i])) != also.npos);
    });
}

// [\r\n]
size_t matchNewline(const SplitWindow& w, size_t at, const SplitStep&) {
    return at + (isNewline(w, at) ? 1 : 0);
}

// [^\n]+|\n+
size_t matchLine(const SplitWindow& w, size_t at, const SplitStep&) {
    const bool newline = w.isCode(at, '\n');
    return matchRun(at, w.end, [&](size_t i) { return (w.code[i] == '\n') == newline; });
}

// \s?L+
size_t matchLetters(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchAfterBlank(w, at, w.is(at, kWhite), [&](size_t i) { return w.is(i, kLetter); });
}

// \s?P+
size_t matchPunctuation(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchAfterBlank(w, at, w.is(at, kWhite),
                           [&](size_t i) { return w.is(i, CharClass::Punctuation); });
}

// \s?[letters with case]+
size_t matchDeepSeekLetters(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchAfterBlank(w, at, w.is(at, kWhite),
                           [&](size_t i) { return inRanges(w.code[i], kDeepSeekLetters); });
}

// \s?[!-/:-~！-／：-～‘-‟　-。]+, where U+3000 counts as a blank first
size_t matchDeepSeekPunctuation(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchAfterBlank(w, at, w.is(at, kWhite), [&](size_t i) {
        return !w.is(i, kWhite) && inRanges(w.code[i], kDeepSeekPunctuation);
    });
}

// \s+$; only a run's first blank can begin it, the others need not look for the end again.
size_t matchBlanksAtEnd(const SplitWindow& w, size_t at, const SplitStep&) {
    if (!w.is(at, kWhite) || (at > w.begin && w.is(at - 1, kWhite))) return at;
    return skip(w, at, kWhite) == w.end ? w.end : at;
}

// [U+0800-U+9FA5, U+AC00-U+D7FF]+ without blanks
size_t matchEastAsian(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchRun(at, w.end,
                    [&](size_t i) { return !w.is(i, kWhite) && inRanges(w.code[i], kEastAsian); });
}

// [U+4E00-U+9FA5, U+3040-U+30FF]+
size_t matchIdeographsAndKana(const SplitWindow& w, size_t at, const SplitStep&) {
    return matchRun(at, w.end, [&](size_t i) { return inRanges(w.code[i], kIdeographsAndKana); });
}

//  ?[^(\s|.,!?…。，、।۔،)]+
size_t matchBloomWord(const SplitWindow& w, size_t at, const SplitStep&) {
    constexpr std::u32string_view kStops = U"(|.,!?…。，、।۔،)";
    return matchAfterBlank(w, at, w.isCode(at, ' '), [&](size_t i) {
        return !w.is(i, kWhite) && kStops.find(w.code[i]) == kStops.npos;
    });
}

void splitWords(std::span<const char32_t> code, std::span<const uint8_t> classes,
                std::span<const SplitStep> steps, std::vector<uint32_t>& ends) {
    ends.assign(1, static_cast<uint32_t>(code.size()));
    std::vector<uint32_t> next;
    for (const SplitStep& step : steps) {
        next.clear();
        size_t begin = 0;
        for (const uint32_t end : ends) {
            const SplitWindow window{code.data(), classes.data(), begin, end};
            size_t gap = begin;  // where the unmatched characters before `at` begin
            for (size_t at = begin; at < end;) {
                const size_t match = step.match(window, at, step);
                if (match == at) {
                    ++at;
                    continue;
                }
                if (gap < at && !step.has(SplitStep::JoinGap))
                    next.push_back(static_cast<uint32_t>(at));
                next.push_back(static_cast<uint32_t>(match));
                at = gap = match;
            }
            if (gap < end) next.push_back(end);
            begin = end;
        }
        ends.swap(next);
    }
}

}  // namespace alcove::engine
