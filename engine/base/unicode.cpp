#include "engine/base/unicode.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <span>

namespace alcove {
namespace {

struct UnicodeRun {
    uint32_t first, last, step, target;
    uint32_t moves;  // 1: target grows with the code point
};

#include "engine/base/unicode_tables.inc"

constexpr char32_t kWhite[] = {0x09,   0x0A,   0x0B,   0x0C,   0x0D,   0x20,   0x85,
                               0xA0,   0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004,
                               0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200A, 0x2028,
                               0x2029, 0x202F, 0x205F, 0x3000};

uint8_t classOf(uint32_t category) {
    switch (static_cast<UnicodeCategory>(category)) {
        case UnicodeCategory::Letter:
            return CharClass::Letter;
        case UnicodeCategory::Number:
            return CharClass::Number;
        case UnicodeCategory::Mark:
            return CharClass::Mark;
        case UnicodeCategory::Punctuation:
            return CharClass::Punctuation;
        case UnicodeCategory::Symbol:
            return CharClass::Symbol;
        case UnicodeCategory::Control:
            return CharClass::Control;
        default:
            return 0;
    }
}

char32_t mapped(std::span<const UnicodeRun> runs, char32_t code) {
    const auto after =
        std::upper_bound(runs.begin(), runs.end(), code,
                         [](char32_t value, const UnicodeRun& run) { return value < run.first; });
    if (after == runs.begin()) return code;
    const UnicodeRun& run = *std::prev(after);
    if (code > run.last || (code - run.first) % run.step != 0) return code;
    return run.moves != 0 ? run.target + (code - run.first) : run.target;
}

bool isContinuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0) == 0x80; }

}  // namespace

CharClassTable::CharClassTable() {
    std::map<std::array<uint8_t, 256>, uint16_t> known;
    size_t run = 0;
    for (uint32_t page = 0; page < m_pageOf.size(); ++page) {
        std::array<uint8_t, 256> classes{};
        for (uint32_t i = 0; i < 256; ++i) {
            const uint32_t code = page * 256 + i;
            while (run + 1 < std::size(kCategoryRuns) && kCategoryRuns[run + 1] >> 3 <= code) ++run;
            classes[i] = classOf(kCategoryRuns[run] & 7);
        }
        for (const char32_t white : kWhite) {
            if (white >> 8 == page) classes[white & 255] |= CharClass::White;
        }
        const auto [place, fresh] = known.try_emplace(classes, static_cast<uint16_t>(known.size()));
        if (fresh) m_pages.push_back(classes);
        m_pageOf[page] = place->second;
    }
}

const CharClassTable& charClasses() {
    static const CharClassTable table;
    return table;
}

UnicodeCategory unicodeCategory(char32_t code) {
    if (code >= kUnicodeLimit) return UnicodeCategory::Unassigned;
    const auto after =
        std::upper_bound(std::begin(kCategoryRuns), std::end(kCategoryRuns), code << 3 | 7);
    return static_cast<UnicodeCategory>(*std::prev(after) & 7);
}

bool isUnicodeWhite(char32_t code) {
    return std::binary_search(std::begin(kWhite), std::end(kWhite), code);
}

char32_t unicodeLower(char32_t code) {
    if (code < 0x80) return code >= 'A' && code <= 'Z' ? code + 32 : code;
    return mapped(kLowerRuns, code);
}

char32_t unicodeBase(char32_t code) { return code < 0xC0 ? code : mapped(kBaseRuns, code); }

Utf8Char decodeUtf8Loosely(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
    const uint8_t lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const size_t length = utf8Length(text[at]);
    if (length == 1 || lead >= 0xF8 || text.size() - at < length) {
        return {kReplacementCharacter, 1, false};
    }
    char32_t code = lead & (0x7FU >> length);
    for (size_t i = 1; i < length; ++i) {
        if (!isContinuation(text[at + i])) return {kReplacementCharacter, 1, false};
        code = code << 6 | (byte(i) & 0x3FU);
    }
    if (code >= kUnicodeLimit) return {kReplacementCharacter, 1, false};
    return {code, static_cast<uint32_t>(length), true};
}

void appendUtf8(std::string& out, char32_t code) {
    const auto put = [&](char32_t bits) { out.push_back(static_cast<char>(bits)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18 & 7));
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

Utf8Prefix strictUtf8Prefix(std::string_view text) {
    using State = Utf8Prefix::State;
    if (text.empty()) return {State::Unfinished, 0};
    const auto lead = static_cast<uint8_t>(text[0]);
    if (lead < 0x80) return {State::Whole, 1};
    if (lead < 0xC2 || lead > 0xF4) return {State::Broken, 1};
    // The second byte's range is narrower after four leads: no overlong form, no surrogate, nothing
    // above U+10FFFF.
    const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    const size_t length = utf8Length(text[0]);
    for (size_t i = 1; i < length; ++i) {
        if (i == text.size()) return {State::Unfinished, i};
        const auto byte = static_cast<uint8_t>(text[i]);
        const bool fits = i == 1 ? byte >= low && byte <= high : isContinuation(text[i]);
        if (!fits) return {State::Broken, i};
    }
    return {State::Whole, length};
}

namespace {

/// They join letters, or keep them apart, as some scripts and many emoji need it.
bool isJoiner(char32_t code) { return code == 0x200C || code == 0x200D; }

/// C0 and C1: what terminals obey.
bool isTerminalControl(char32_t code) { return code < 0x20 || (code >= 0x7F && code < 0xA0); }

template <typename IsShown>
std::string escaped(std::string_view text, size_t longest, const IsShown& isShown) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    size_t at = 0;
    for (size_t bytes = 0; at < text.size(); at += bytes) {
        const Utf8Prefix next = strictUtf8Prefix(text.substr(at));
        bytes = next.bytes;
        if (at + bytes > longest) break;
        const std::string_view character = text.substr(at, bytes);
        if (next.state == Utf8Prefix::State::Whole && isShown(decodeUtf8Loosely(text, at).code)) {
            out += character;
            continue;
        }
        for (const char c : character) {
            const auto byte = static_cast<uint8_t>(c);
            out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    if (at < text.size()) out += "…";
    return out;
}

}  // namespace

std::string printable(std::string_view text, size_t longest) {
    return escaped(text, longest, [](char32_t code) {
        return unicodeCategory(code) != UnicodeCategory::Control || isJoiner(code);
    });
}

std::string printableText(std::string_view text) {
    return escaped(text, kUncut, [](char32_t code) {
        return !isTerminalControl(code) || code == '\n' || code == '\t';
    });
}

}  // namespace alcove
