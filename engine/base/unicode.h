// Code points: UTF-8 in and out, general categories, white space, lower case and base letters.
//
// The tables hold Unicode 15.1 (unicode_tables.py makes them); a tokenizer must agree with the
// version its reference uses, so take care when raising it. Look-ups are two array reads in tables
// unfolded once, at first use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alcove {

/// The first letter of the general category: every code point has exactly one.
enum class UnicodeCategory : uint8_t {
    Unassigned,
    Letter,
    Number,
    Mark,
    Punctuation,
    Symbol,
    Separator,
    Control  // Cc, Cf, Co and Cs
};

constexpr char32_t kReplacementCharacter = 0xFFFD;
constexpr char32_t kUnicodeLimit = 0x110000;

/// Categories as bits, so that one test covers a set of them, and White_Space beside them.
struct CharClass {
    enum : uint8_t {
        Letter = 1,
        Number = 2,
        Mark = 4,
        Punctuation = 8,
        Symbol = 16,
        Control = 32,
        White = 64,  // the property White_Space; such a character has its category's bit too
    };
};

/// Two-level table of CharClass bits for all code points.
class CharClassTable {
public:
    CharClassTable();
    [[nodiscard]] uint8_t operator[](char32_t code) const {
        return code < kUnicodeLimit ? m_pages[m_pageOf[code >> 8]][code & 255] : 0;
    }

private:
    std::array<uint16_t, kUnicodeLimit / 256> m_pageOf{};
    std::vector<std::array<uint8_t, 256>> m_pages;
};

/// The one table; keep the reference where characters are looked up in a loop.
[[nodiscard]] const CharClassTable& charClasses();

[[nodiscard]] UnicodeCategory unicodeCategory(char32_t code);
[[nodiscard]] bool isUnicodeWhite(char32_t code);
/// Simple lower case: one code point to one.
[[nodiscard]] char32_t unicodeLower(char32_t code);
/// The first code point of the canonical decomposition: é gives e, 각 gives ᄀ.
[[nodiscard]] char32_t unicodeBase(char32_t code);

/// A decoded character and how many bytes it took; code is U+FFFD and bytes 1 where no sequence
/// begins.
struct Utf8Char {
    char32_t code;
    uint32_t bytes;
    bool valid;
};

/// Decodes by the bit patterns alone, as tokenizers do: surrogates and overlong forms pass.
/// `at` must be inside the text.
[[nodiscard]] Utf8Char decodeUtf8Loosely(std::string_view text, size_t at);

/// Bytes of a sequence that begins with `lead`, 1 for bytes that begin none.
[[nodiscard]] constexpr size_t utf8Length(char lead) {
    const auto byte = static_cast<uint8_t>(lead);
    return byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}
/// Bytes that encode `code` (below kUnicodeLimit).
[[nodiscard]] constexpr size_t utf8Size(char32_t code) {
    return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
void appendUtf8(std::string& out, char32_t code);

/// Foreign text made fit to be shown: what could control a terminal (control and format characters,
/// broken UTF-8) is written as \x1b, byte by byte, and what comes after `longest` bytes is cut.
[[nodiscard]] std::string printable(std::string_view text, size_t longest = 64);
constexpr size_t kUncut = std::string_view::npos;
/// The same for prose: line feeds, tabs and the marks that steer writing from right to left stay.
[[nodiscard]] std::string printableText(std::string_view text);

/// How the bytes at the start of `text` look to a strict decoder (Unicode, table 3-7).
struct Utf8Prefix {
    enum class State : uint8_t { Whole, Broken, Unfinished } state;
    size_t bytes;  // of the character; of the longest part of one to replace by one U+FFFD
};
[[nodiscard]] Utf8Prefix strictUtf8Prefix(std::string_view text);

}  // namespace alcove
