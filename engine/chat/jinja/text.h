// Text as Python's str sees it: code points, Unicode white space, case and character classes.
// A byte that is no UTF-8 counts as one code point and is passed on untouched.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace alcove::engine::jinja {

struct CodePoint {
    char32_t value = 0xFFFD;  // U+FFFD for a byte that is no UTF-8
    size_t bytes = 0;         // 0 at the end of the text
};

[[nodiscard]] CodePoint decode(std::string_view text);
void append(std::string& out, char32_t codePoint);

[[nodiscard]] bool isAscii(std::string_view text);
[[nodiscard]] size_t countCodePoints(std::string_view text);
/// Byte offset of the index-th code point; the size of the text when it has no more than that.
[[nodiscard]] size_t offsetOf(std::string_view text, size_t index);

// str.isspace() and so on for one code point.
[[nodiscard]] bool isSpace(char32_t c);
[[nodiscard]] bool isAlpha(char32_t c);
[[nodiscard]] bool isDecimal(char32_t c);
[[nodiscard]] bool isDigit(char32_t c);
[[nodiscard]] bool isNumeric(char32_t c);
[[nodiscard]] bool isUpper(char32_t c);
[[nodiscard]] bool isLower(char32_t c);
[[nodiscard]] bool isTitle(char32_t c);
[[nodiscard]] bool isPrintable(char32_t c);
/// 0 to 9 of a decimal digit of any script.
[[nodiscard]] int digitValue(char32_t c);

[[nodiscard]] std::string_view trimLeft(std::string_view text);
[[nodiscard]] std::string_view trimRight(std::string_view text);
/// Without the code points in `set` at its ends.
[[nodiscard]] std::string_view trimLeft(std::string_view text, std::string_view set);
[[nodiscard]] std::string_view trimRight(std::string_view text, std::string_view set);

[[nodiscard]] std::string toUpper(std::string_view text);
[[nodiscard]] std::string toLower(std::string_view text);
[[nodiscard]] std::string toTitle(std::string_view text);  // str.title(): each run of letters
[[nodiscard]] std::string capitalized(std::string_view text);
[[nodiscard]] std::string swapCase(std::string_view text);

/// Undoes the escapes of a Python string literal; false if one is broken.
[[nodiscard]] bool unescape(std::string_view body, std::string& out);
/// Python's repr() of a string, quotes and all.
void appendQuoted(std::string& out, std::string_view text);
/// Python's repr() of a float: the shortest digits that read back the same.
[[nodiscard]] std::string realToString(double value);
/// As float(text) of Python reads it: blanks around it, underscores, inf and nan.
[[nodiscard]] std::optional<double> parseReal(std::string_view text);
/// As int(text, base) of Python reads it; nothing if it is no number or does not fit.
[[nodiscard]] std::optional<int64_t> parseInteger(std::string_view text, int base);

}  // namespace alcove::engine::jinja
