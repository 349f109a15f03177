#include "app/conversations/search_words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

constexpr size_t kMostTyped = 512;  // bytes; nobody types more to search
constexpr size_t kMostTerms = 16;
constexpr size_t kLongestWord = 64;  // bytes; what is longer is looked for by its beginning
constexpr size_t kExcerpt = 180;     // bytes
constexpr size_t kBefore = 40;       // of them before what was found
constexpr size_t kMostFound = 512;   // places in one text: enough to choose among

struct Range {
    char32_t first, last;
};

/// Scripts without blanks between words.
bool standsAlone(char32_t code) {
    constexpr std::array kRanges = {
        Range{0x0E00, 0x0EFF},    // Thai, Lao
        Range{0x1000, 0x109F},    // Myanmar
        Range{0x1780, 0x17FF},    // Khmer
        Range{0x2E80, 0x9FFF},    // radicals, kana, bopomofo, Han
        Range{0xF900, 0xFAFF},    // Han
        Range{0xFF66, 0xFF9F},    // kana of half width
        Range{0x1B000, 0x1B16F},  // kana
        Range{0x20000, 0x3FFFF},  // Han
    };
    return std::any_of(kRanges.begin(), kRanges.end(),
                       [&](Range range) { return code >= range.first && code <= range.last; });
}

bool hasAccents(char32_t code) { return code < 0x0530 || (code >= 0x1E00 && code < 0x2000); }
bool isAccent(char32_t code) { return code >= 0x0300 && code < 0x0370; }

size_t quotationMarks(std::string_view text) {
    size_t count = 0;
    for (const std::string_view mark : {"\"", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E"})
        for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + 1)) ++count;
    return count;
}

bool isBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

bool WordReader::next(SearchWord& word) {
    const CharClassTable& classes = charClasses();
    constexpr uint8_t kOfWords = CharClass::Letter | CharClass::Number | CharClass::Mark;
    word.text.clear();
    while (m_at < m_text.size()) {
        const auto byte = static_cast<unsigned char>(m_text[m_at]);
        if (byte < 0x80) {  // nearly all of most texts
            const bool capital = byte >= 'A' && byte <= 'Z';
            const bool plain =
                capital || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
            if (!plain) {
                if (!word.text.empty()) break;
                ++m_at;
                continue;
            }
            if (word.text.empty()) word.begin = m_at;
            if (word.text.size() < kLongestWord)
                word.text += static_cast<char>(capital ? byte + ('a' - 'A') : byte);
            ++m_at;
            continue;
        }
        const Utf8Prefix whole = strictUtf8Prefix(m_text.substr(m_at));
        const char32_t code = whole.state == Utf8Prefix::State::Whole
                                  ? decodeUtf8Loosely(m_text, m_at).code
                                  : kReplacementCharacter;
        const size_t bytes = std::max<size_t>(whole.bytes, 1);
        if (isAccent(code)) {  // goes with the letter before it
            m_at += bytes;
            continue;
        }
        const bool alone = standsAlone(code) && (classes[code] & kOfWords) != 0;
        if ((classes[code] & kOfWords) == 0 || (alone && !word.text.empty())) {
            if (!word.text.empty()) break;
            m_at += bytes;
            continue;
        }
        if (word.text.empty()) word.begin = m_at;
        m_at += bytes;
        const char32_t folded = hasAccents(code) ? unicodeBase(unicodeLower(code)) : code;
        if (word.text.size() < kLongestWord) appendUtf8(word.text, unicodeLower(folded));
        if (alone) break;
    }
    if (word.text.empty()) return false;
    word.end = m_at;
    word.joined = word.begin == m_lastEnd;
    m_lastEnd = word.end;
    return true;
}

std::string searchable(std::string_view text) {
    std::string words;
    words.reserve(text.size() + text.size() / 8);
    WordReader reader(text);
    for (SearchWord word; reader.next(word);) {
        if (!words.empty()) words += ' ';
        words += word.text;
    }
    return words;
}

SearchQuery::SearchQuery(std::string_view typed) {
    typed = typed.substr(0, kMostTyped);  // a character that is cut is no word
    bool quoted = false;
    size_t looked = 0;
    WordReader reader(typed);
    for (SearchWord word; reader.next(word);) {
        const size_t marks = quotationMarks(typed.substr(looked, word.begin - looked));
        const bool together = word.joined || (quoted && marks == 0);
        quoted = quoted != (marks % 2 == 1);
        looked = word.end;
        if (together && !m_terms.empty()) {
            m_terms.back().push_back(word.text);
            continue;
        }
        if (m_terms.size() == kMostTerms) break;
        m_terms.push_back({word.text});
    }
}

std::string SearchQuery::expression(bool goesOn) const {
    // Between quotes FTS5 sees words alone, and these hold neither quotes nor signs.
    std::string text;
    for (const std::vector<std::string>& term : m_terms) {
        text += text.empty() ? "\"" : " AND \"";
        for (const std::string& word : term) {
            if (text.back() != '"') text += ' ';
            text += word;
        }
        text += '"';
    }
    if (goesOn) text += " *";
    return text;
}

SearchQuery SearchQuery::inRow() const {
    SearchQuery row;
    row.m_terms.emplace_back();
    for (const std::vector<std::string>& term : m_terms)
        row.m_terms[0].insert(row.m_terms[0].end(), term.begin(), term.end());
    return row;
}

std::vector<SearchQuery::Found> SearchQuery::find(std::string_view text, bool all) const {
    // For each term how many of its words the last words were; where the first of them began.
    // A term's words seldom repeat, so a beginning that fails is not looked at again.
    struct Progress {
        size_t words = 0, begin = 0;
    };
    std::vector<Progress> progress(m_terms.size());
    std::vector<bool> seen(m_terms.size());
    size_t missing = m_terms.size();
    std::vector<Found> found;
    if (m_terms.empty()) return found;
    WordReader reader(text);
    for (SearchWord word; found.size() < kMostFound && reader.next(word);) {
        for (size_t i = 0; i < m_terms.size(); ++i) {
            const std::vector<std::string>& term = m_terms[i];
            const auto fits = [&](size_t at) {
                const bool last = i + 1 == m_terms.size() && at + 1 == term.size();
                return last ? word.text.compare(0, term[at].size(), term[at]) == 0
                            : word.text == term[at];
            };
            Progress& so = progress[i];
            if (so.words > 0 && !fits(so.words)) so.words = 0;
            if (so.words == 0) {
                if (!fits(0)) continue;
                so.begin = word.begin;
            }
            if (++so.words < term.size()) continue;
            so.words = 0;
            found.push_back({i, so.begin, word.end});
            if (!seen[i]) seen[i] = true, --missing;
        }
        // What comes later is not shown, but for what stands beside the last one.
        if (!all && missing == 0 && word.begin > found.back().end + kExcerpt) break;
    }
    return found;
}

SearchQuery::Excerpt SearchQuery::excerpt(std::string_view text, bool whole) const {
    const std::vector<Found> found = find(text, whole);
    size_t best = 0, most = 0;
    for (size_t i = 0; i < found.size(); ++i) {
        uint32_t terms = 0;
        for (size_t j = i; j < found.size() && found[j].end <= found[i].begin + kExcerpt - kBefore;
             ++j)
            terms |= uint32_t{1} << found[j].term;
        const auto count = static_cast<size_t>(std::popcount(terms));
        if (count > most) most = count, best = i;
    }
    size_t begin = 0, end = text.size();
    if (!whole) {
        if (!found.empty() && found[best].begin > kBefore) {
            begin = found[best].begin - kBefore;
            while (begin < found[best].begin && !isBlank(text[begin - 1])) ++begin;
            if (begin == found[best].begin) begin -= std::min(begin, kBefore);  // no blanks there
            while (begin < text.size() && continues(text[begin])) ++begin;
        }
        end = std::min(text.size(), begin + kExcerpt);
        if (!found.empty()) end = std::max(end, std::min(text.size(), found[best].end));
        while (end < text.size() && continues(text[end])) ++end;
    }

    Excerpt excerpt;
    if (begin > 0) excerpt.text = "…";
    size_t next = 0;  // of found
    std::vector<std::pair<size_t, size_t>> places;
    for (const Found& one : found)
        if (one.begin >= begin && one.end <= end) places.emplace_back(one.begin, one.end);
    std::sort(places.begin(), places.end());
    bool open = false;
    for (size_t at = begin; at < end; ++at) {
        if (open && at >= places[next].second) {
            excerpt.marks.back().second = excerpt.text.size();
            open = false;
            ++next;
        }
        while (!open && next < places.size() && places[next].first < at) ++next;  // overlapping
        if (!open && next < places.size() && places[next].first == at) {
            excerpt.marks.emplace_back(excerpt.text.size(), 0);
            open = true;
        }
        const bool blank = isBlank(text[at]);
        if (blank && (excerpt.text.empty() || excerpt.text.back() == ' ')) continue;
        excerpt.text += blank ? ' ' : text[at];
    }
    if (open) excerpt.marks.back().second = excerpt.text.size();
    if (end < text.size()) excerpt.text += "…";
    return excerpt;
}

}  // namespace alcove::app
