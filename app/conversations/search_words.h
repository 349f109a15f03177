// Words as the search sees them, in what was said and in what is typed.
//
// A word is a run of letters, numbers and marks, in lower case; Latin, Greek and Cyrillic letters
// lose their accents. In scripts that set no blanks between words (Chinese, Japanese, Thai and
// their like) each character is a word, and what is typed of them without a gap is looked for side
// by side.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace alcove::app {

struct SearchWord {
    std::string text;           // folded; never empty
    size_t begin = 0, end = 0;  // its bytes in what was read
    bool joined = false;        // nothing lies between it and the word before
};

class WordReader {
public:
    explicit WordReader(std::string_view text) : m_text(text) {}
    /// False: there are no more. `word` is used again, so that reading needs no memory.
    bool next(SearchWord& word);

private:
    std::string_view m_text;
    size_t m_at = 0;
    size_t m_lastEnd = static_cast<size_t>(-1);
};

/// The words of a text with blanks between: what the index is given.
[[nodiscard]] std::string searchable(std::string_view text);

/// What was typed. Words between quotation marks are looked for side by side.
class SearchQuery {
public:
    explicit SearchQuery(std::string_view typed);

    [[nodiscard]] bool empty() const { return m_terms.empty(); }
    [[nodiscard]] size_t terms() const { return m_terms.size(); }

    /// As FTS5 reads it. `goesOn`: the last word may be the beginning of one.
    [[nodiscard]] std::string expression(bool goesOn) const;
    /// All words side by side.
    [[nodiscard]] SearchQuery inRow() const;
    /// One of the terms, the last word as a beginning.
    [[nodiscard]] bool isIn(std::string_view text) const { return !find(text, false).empty(); }

    struct Excerpt {
        std::string text;
        std::vector<std::pair<size_t, size_t>> marks;
    };
    /// Where most of the terms stand close together, on one line, cut with "…"; the beginning where
    /// none does. `whole`: nothing is cut.
    [[nodiscard]] Excerpt excerpt(std::string_view text, bool whole = false) const;

private:
    SearchQuery() = default;
    struct Found {
        size_t term, begin, end;
    };
    [[nodiscard]] std::vector<Found> find(std::string_view text, bool all) const;

    std::vector<std::vector<std::string>> m_terms;  // each of words side by side; none is empty
};

}  // namespace alcove::app
