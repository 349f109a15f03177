// Splits text into the words that byte-pair encoding works on.
//
// Every model was trained with its own splitting expression, a regular expression over Unicode
// categories, or several one after the other. They all are compositions of few shapes; a shape here
// is a function that matches one word at a place, and a pre-tokenizer is a list of them. Each is
// applied to the pieces the one before left, as a search: what lies between two matches stays
// together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace alcove::engine {

/// What a shape looks at: characters and their CharClass bits, up to the end of a piece.
struct SplitWindow {
    const char32_t* code;
    const uint8_t* classes;
    size_t begin, end;

    /// False beyond the end.
    [[nodiscard]] bool is(size_t at, int bits) const {
        return at < end && (classes[at] & bits) != 0;
    }
    [[nodiscard]] bool isCode(size_t at, char32_t wanted) const {
        return at < end && code[at] == wanted;
    }
};

struct SplitStep {
    // Flags that vary a shape.
    enum : uint8_t {
        Contractions = 1,
        Marks = 2,        // marks count as letters
        Uncased = 4,      // a letter is upper and lower at once
        NewlineTail = 8,  // symbols take the newlines after them
        Backtick = 16,
        JoinGap = 32,  // what lies between two matches belongs to the second
    };
    using Match = size_t (*)(const SplitWindow& window, size_t at, const SplitStep& step);

    Match match;         // the end of the word that begins at `at`, or `at`
    uint8_t digits = 0;  // the longest group of digits; 0: no limit
    uint8_t flags = 0;

    [[nodiscard]] bool has(int flag) const { return (flags & flag) != 0; }
};

struct PreTokenizer {
    std::string_view name;
    std::span<const SplitStep> steps;
    // What a file with this pre-tokenizer wants besides.
    enum : uint8_t {
        WholeWords = 1,    // a word that is a piece needs no merges
        AddBos = 2,        // unless the file says otherwise
        AddSeparator = 4,  // likewise
        RawBytes = 8,      // pieces are UTF-8 with ▁ for blanks and <0xXX> for lost bytes
        ForceBos = 16,     // whatever the file says
    };
    uint8_t traits = 0;

    [[nodiscard]] bool has(int trait) const { return (traits & trait) != 0; }
};

/// Null for a name that is not known; the empty name is the legacy default.
[[nodiscard]] const PreTokenizer* findPreTokenizer(std::string_view name);
[[nodiscard]] std::span<const PreTokenizer> allPreTokenizers();

/// The ends of the words of a text, as counts of characters from its start.
void splitWords(std::span<const char32_t> code, std::span<const uint8_t> classes,
                std::span<const SplitStep> steps, std::vector<uint32_t>& ends);

// The shapes.
size_t matchGpt2(const SplitWindow&, size_t at, const SplitStep&);
size_t matchCl100k(const SplitWindow&, size_t at, const SplitStep&);
size_t matchCaseAware(const SplitWindow&, size_t at, const SplitStep&);
size_t matchDeepSeekWords(const SplitWindow&, size_t at, const SplitStep&);
size_t matchDigits(const SplitWindow&, size_t at, const SplitStep&);
size_t matchDigitsFromRight(const SplitWindow&, size_t at, const SplitStep&);
size_t matchThreeAsciiDigits(const SplitWindow&, size_t at, const SplitStep&);
size_t matchLegacyPunctuation(const SplitWindow&, size_t at, const SplitStep&);
size_t matchNewline(const SplitWindow&, size_t at, const SplitStep&);
size_t matchLine(const SplitWindow&, size_t at, const SplitStep&);
size_t matchLetters(const SplitWindow&, size_t at, const SplitStep&);
size_t matchPunctuation(const SplitWindow&, size_t at, const SplitStep&);
size_t matchDeepSeekLetters(const SplitWindow&, size_t at, const SplitStep&);
size_t matchDeepSeekPunctuation(const SplitWindow&, size_t at, const SplitStep&);
size_t matchBlanksAtEnd(const SplitWindow&, size_t at, const SplitStep&);
size_t matchEastAsian(const SplitWindow&, size_t at, const SplitStep&);
size_t matchIdeographsAndKana(const SplitWindow&, size_t at, const SplitStep&);
size_t matchBloomWord(const SplitWindow&, size_t at, const SplitStep&);

}  // namespace alcove::engine
