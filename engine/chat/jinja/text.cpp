#include "engine/chat/jinja/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "engine/chat/jinja/unicode_tables.h"

namespace alcove::engine::jinja {
namespace {

bool contains(std::span<const CodeRange> table, char32_t c) {
    const auto found = std::upper_bound(table.begin(), table.end(), c,
                                        [](char32_t v, const CodeRange& r) { return v < r.first; });
    return found != table.begin() && c <= std::prev(found)->last;
}

void appendCased(std::string& out, char32_t c, std::span<const CaseRange> table,
                 std::span<const SpecialCase> specials) {
    const auto special =
        std::lower_bound(specials.begin(), specials.end(), c,
                         [](const SpecialCase& row, char32_t v) { return row.from < v; });
    if (special != specials.end() && special->from == c) {
        for (uint32_t to : special->to) {
            if (to != 0) append(out, to);
        }
        return;
    }
    const auto found = std::upper_bound(table.begin(), table.end(), c,
                                        [](char32_t v, const CaseRange& r) { return v < r.first; });
    if (found != table.begin()) {
        const CaseRange& run = *std::prev(found);
        if (c <= run.last && (c - run.first) % run.step == 0) {
            c = static_cast<char32_t>(static_cast<int32_t>(c) + run.delta);
        }
    }
    append(out, c);
}

/// Calls use(code point, its bytes, offset) for each code point.
template <typename Use>
void forEach(std::string_view text, Use use) {
    for (size_t at = 0; at < text.size();) {
        const CodePoint c = decode(text.substr(at));
        use(c.value, text.substr(at, c.bytes), at);
        at += c.bytes;
    }
}

bool isBroken(char32_t value, std::string_view bytes) {
    return value == 0xFFFD && bytes.size() == 1;
}

bool isCased(char32_t c) { return isUpper(c) || isLower(c) || isTitle(c); }

/// A capital sigma ends a word if a letter comes before it and none after it, not counting marks.
bool isFinalSigma(std::string_view text, size_t at) {
    size_t before = at;
    bool cased = false;
    while (before > 0 && !cased) {
        size_t start = before - 1;
        while (start > 0 && (text[start] & 0xC0) == 0x80) --start;
        const char32_t c = decode(text.substr(start)).value;
        before = start;
        if (contains(kCaseIgnorable, c)) continue;
        if (!isCased(c)) return false;
        cased = true;
    }
    if (!cased) return false;
    for (size_t after = at + 2; after < text.size();) {  // sigma takes two bytes
        const CodePoint c = decode(text.substr(after));
        if (!contains(kCaseIgnorable, c.value)) return !isCased(c.value);
        after += c.bytes;
    }
    return true;
}

void appendLower(std::string& out, char32_t c, std::string_view text, size_t at) {
    if (c == 0x3A3) {
        append(out, isFinalSigma(text, at) ? 0x3C2 : 0x3C3);
    } else {
        appendCased(out, c, kToLower, kToLowerSpecial);
    }
}

}  // namespace

CodePoint decode(std::string_view text) {
    if (text.empty()) return {0xFFFD, 0};
    const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0xFFFD, 1};
    char32_t value = lead & (0x7Fu >> length);
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1};
        value = value << 6 | (byte(i) & 0x3Fu);
    }
    const bool tooLong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
    if (tooLong || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {0xFFFD, 1};
    return {value, length};
}

void append(std::string& out, char32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = 0xFFFD;
    const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | c >> 6);
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | c >> 12);
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | c >> 18);
        put(0x80 | (c >> 12 & 0x3F));
        put(0x80 | (c >> 6 & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

bool isAscii(std::string_view text) {
    unsigned char any = 0;
    for (char c : text) any |= static_cast<unsigned char>(c);
    return any < 0x80;
}

size_t countCodePoints(std::string_view text) {
    if (isAscii(text)) return text.size();
    size_t count = 0;
    forEach(text, [&count](char32_t, std::string_view, size_t) { ++count; });
    return count;
}

size_t offsetOf(std::string_view text, size_t index) {
    size_t at = 0;
    for (; index > 0 && at < text.size(); --index) at += decode(text.substr(at)).bytes;
    return at;
}

bool isSpace(char32_t c) {
    return c < 0x80 ? (c >= 9 && c <= 13) || (c >= 28 && c <= 32) : contains(kSpace, c);
}
bool isAlpha(char32_t c) { return contains(kAlpha, c); }
bool isDecimal(char32_t c) { return contains(kDecimal, c); }
bool isDigit(char32_t c) { return contains(kDigit, c); }
bool isNumeric(char32_t c) { return contains(kNumeric, c); }
bool isUpper(char32_t c) { return contains(kUpper, c); }
bool isLower(char32_t c) { return contains(kLower, c); }
bool isTitle(char32_t c) { return contains(kTitle, c); }
bool isPrintable(char32_t c) { return contains(kPrintable, c); }

int digitValue(char32_t c) {
    // The digits of a script are ten neighbours; some scripts' tens are neighbours in turn.
    const auto found = std::upper_bound(kDecimal.begin(), kDecimal.end(), c,
                                        [](char32_t v, const CodeRange& r) { return v < r.first; });
    return static_cast<int>((c - std::prev(found)->first) % 10);
}

std::string_view trimLeft(std::string_view text) {
    while (!text.empty()) {
        const CodePoint c = decode(text);
        if (!isSpace(c.value)) break;
        text.remove_prefix(c.bytes);
    }
    return text;
}

namespace {

size_t lastCodePointAt(std::string_view text) {
    size_t at = text.size() - 1;
    while (at > 0 && text.size() - at < 4 &&
           (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) {
        --at;
    }
    return decode(text.substr(at)).bytes == text.size() - at ? at : text.size() - 1;
}

/// A set of ASCII or of few code points is what templates strip; searching it suffices.
bool isIn(std::string_view set, std::string_view codePoint) {
    for (size_t at = 0; at < set.size();) {
        const size_t bytes = decode(set.substr(at)).bytes;
        if (set.substr(at, bytes) == codePoint) return true;
        at += bytes;
    }
    return false;
}

}  // namespace

std::string_view trimRight(std::string_view text) {
    while (!text.empty()) {
        const size_t at = lastCodePointAt(text);
        if (!isSpace(decode(text.substr(at)).value)) break;
        text = text.substr(0, at);
    }
    return text;
}

std::string_view trimLeft(std::string_view text, std::string_view set) {
    while (!text.empty()) {
        const size_t bytes = decode(text).bytes;
        if (!isIn(set, text.substr(0, bytes))) break;
        text.remove_prefix(bytes);
    }
    return text;
}

std::string_view trimRight(std::string_view text, std::string_view set) {
    while (!text.empty()) {
        const size_t at = lastCodePointAt(text);
        if (!isIn(set, text.substr(at))) break;
        text = text.substr(0, at);
    }
    return text;
}

std::string toUpper(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    forEach(text, [&](char32_t c, std::string_view bytes, size_t) {
        if (isBroken(c, bytes)) {
            out += bytes;
        } else {
            appendCased(out, c, kToUpper, kToUpperSpecial);
        }
    });
    return out;
}

std::string toLower(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    forEach(text, [&](char32_t c, std::string_view bytes, size_t at) {
        if (isBroken(c, bytes)) {
            out += bytes;
        } else {
            appendLower(out, c, text, at);
        }
    });
    return out;
}

std::string toTitle(std::string_view text) {
    std::string out;
    bool inWord = false;
    forEach(text, [&](char32_t c, std::string_view bytes, size_t at) {
        if (isBroken(c, bytes)) {
            out += bytes;
        } else if (inWord) {
            appendLower(out, c, text, at);
        } else {
            appendCased(out, c, kToTitle, kToTitleSpecial);
        }
        inWord = isCased(c);
    });
    return out;
}

std::string capitalized(std::string_view text) {
    std::string out;
    forEach(text, [&](char32_t c, std::string_view bytes, size_t at) {
        if (isBroken(c, bytes)) {
            out += bytes;
        } else if (at == 0) {
            appendCased(out, c, kToTitle, kToTitleSpecial);
        } else {
            appendLower(out, c, text, at);
        }
    });
    return out;
}

std::string swapCase(std::string_view text) {
    std::string out;
    forEach(text, [&](char32_t c, std::string_view bytes, size_t at) {
        if (isUpper(c)) {
            appendLower(out, c, text, at);
        } else if (isLower(c)) {
            appendCased(out, c, kToUpper, kToUpperSpecial);
        } else {
            out += bytes;
        }
    });
    return out;
}

namespace {

int hexValue(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Reads `digits` hexadecimal digits at the front of `rest` and removes them.
std::optional<char32_t> takeHex(std::string_view& rest, size_t digits) {
    if (rest.size() < digits) return std::nullopt;
    char32_t value = 0;
    for (size_t i = 0; i < digits; ++i) {
        const int digit = hexValue(rest[i]);
        if (digit < 0) return std::nullopt;
        value = value << 4 | static_cast<char32_t>(digit);
    }
    rest.remove_prefix(digits);
    return value;
}

bool takeCodePoint(std::string_view& rest, size_t digits, std::string& out) {
    std::optional<char32_t> c = takeHex(rest, digits);
    if (!c || *c > 0x10FFFF) return false;
    if (*c >= 0xD800 && *c < 0xDC00 && rest.starts_with("\\u")) {  // a surrogate pair
        std::string_view after = rest.substr(2);
        const std::optional<char32_t> low = takeHex(after, 4);
        if (low && *low >= 0xDC00 && *low < 0xE000) {
            c = 0x10000 + ((*c - 0xD800) << 10) + (*low - 0xDC00);
            rest = after;
        }
    }
    append(out, *c);
    return true;
}

bool takeOctal(std::string_view& rest, std::string& out) {
    char32_t value = 0;
    for (int i = 0; i < 3 && !rest.empty() && rest[0] >= '0' && rest[0] <= '7'; ++i) {
        value = value * 8 + static_cast<char32_t>(rest[0] - '0');
        rest.remove_prefix(1);
    }
    append(out, value);
    return true;
}

}  // namespace

bool unescape(std::string_view rest, std::string& out) {
    static constexpr std::string_view kLetters = "ntrabfv\\'\"";
    static constexpr std::string_view kMeanings = "\n\t\r\a\b\f\v\\'\"";
    while (!rest.empty()) {
        const char c = rest[0];
        rest.remove_prefix(1);
        if (c != '\\' || rest.empty()) {
            out += c;
            continue;
        }
        const char mark = rest[0];
        if (const size_t simple = kLetters.find(mark); simple != std::string_view::npos) {
            out += kMeanings[simple];
            rest.remove_prefix(1);
        } else if (mark == '\n') {  // a continued line
            rest.remove_prefix(1);
        } else if (mark == 'x' || mark == 'u' || mark == 'U') {
            rest.remove_prefix(1);
            if (!takeCodePoint(rest, mark == 'x' ? 2 : mark == 'u' ? 4 : 8, out)) return false;
        } else if (mark >= '0' && mark <= '7') {
            takeOctal(rest, out);
        } else if (mark == 'N') {  // names of characters: no template needs their table
            return false;
        } else {
            out += '\\';
        }
    }
    return true;
}

void appendQuoted(std::string& out, std::string_view text) {
    const bool doubled =
        text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
    const char quote = doubled ? '"' : '\'';
    static constexpr char kHex[] = "0123456789abcdef";
    out += quote;
    forEach(text, [&](char32_t c, std::string_view bytes, size_t) {
        if (c == static_cast<char32_t>(quote) || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c == '\n' || c == '\r' || c == '\t') {
            out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t";
        } else if (isPrintable(c)) {
            out += bytes;
        } else {
            const int digits = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
            out += c < 0x100 ? "\\x" : c < 0x10000 ? "\\u" : "\\U";
            for (int i = digits - 1; i >= 0; --i) out += kHex[c >> (4 * i) & 15];
        }
    });
    out += quote;
}

std::string realToString(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    std::array<char, 40> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                   std::chars_format::scientific)
                         .ptr;
    const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
    const size_t mark = text.find('e');
    int exponent = 0;
    const size_t sign = text[mark + 1] == '+' ? 2 : 1;
    std::from_chars(text.data() + mark + sign, text.data() + text.size(), exponent);
    if (exponent < -4 || exponent >= 16) {  // as Python chooses; its exponent has two digits, too
        return std::string(text);
    }
    std::string digits;
    for (char c : text.substr(0, mark)) {
        if (c != '.' && c != '-') digits += c;
    }
    std::string out(text[0] == '-' ? 1 : 0, '-');
    if (exponent < 0) {
        return out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits);
    }
    const size_t whole = static_cast<size_t>(exponent) + 1;
    if (digits.size() <= whole)
        return out + digits + std::string(whole - digits.size(), '0') + ".0";
    return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

namespace {

/// The digits of any script as ASCII, without the underscores between digits; nothing if an
/// underscore stands elsewhere.
std::optional<std::string> plainDigits(std::string_view text) {
    std::string out;
    bool wasDigit = false;
    bool good = true;
    size_t left = text.size();
    forEach(text, [&](char32_t c, std::string_view bytes, size_t) {
        left -= bytes.size();
        if (c == '_') {
            good = good && wasDigit && left > 0 && text[text.size() - left] != '_';
            wasDigit = false;
            return;
        }
        if (c >= 0x80 && isDecimal(c)) {
            out += static_cast<char>('0' + digitValue(c));
        } else {
            out += bytes;
        }
        wasDigit =
            c < 0x80 ? hexValue(static_cast<char>(c)) >= 0 || (c | 0x20) == 'x' || (c | 0x20) == 'o'
                     : true;
    });
    if (!good) return std::nullopt;
    return out;
}

bool equalIgnoringCase(std::string_view a, std::string_view lower) {
    return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(),
                                                  [](char x, char y) { return (x | 0x20) == y; });
}

}  // namespace

std::optional<double> parseReal(std::string_view text) {
    const std::optional<std::string> plain = plainDigits(trimLeft(trimRight(text)));
    if (!plain || plain->empty()) return std::nullopt;
    std::string_view digits = *plain;
    const bool negative = digits[0] == '-';
    if (digits[0] == '-' || digits[0] == '+') digits.remove_prefix(1);
    if (digits.empty()) return std::nullopt;
    double value = 0;
    if (equalIgnoringCase(digits, "inf") || equalIgnoringCase(digits, "infinity")) {
        value = std::numeric_limits<double>::infinity();
    } else if (equalIgnoringCase(digits, "nan")) {
        value = std::numeric_limits<double>::quiet_NaN();
    } else {
        if (hexValue(digits[0]) > 9 || (digits[0] != '.' && hexValue(digits[0]) < 0))
            return std::nullopt;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (end != digits.data() + digits.size()) return std::nullopt;
        if (error == std::errc::result_out_of_range) {
            const size_t mark = digits.find_first_of("eE");
            const bool tiny =
                mark != std::string_view::npos ? digits[mark + 1] == '-' : digits[0] == '0';
            value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
        } else if (error != std::errc{}) {
            return std::nullopt;
        }
    }
    return negative ? -value : value;
}

std::optional<int64_t> parseInteger(std::string_view text, int base) {
    const std::optional<std::string> plain = plainDigits(trimLeft(trimRight(text)));
    if (!plain || plain->empty() || base < 0 || base == 1 || base > 36) return std::nullopt;
    std::string_view digits = *plain;
    const bool negative = digits[0] == '-';
    if (digits[0] == '-' || digits[0] == '+') digits.remove_prefix(1);
    if (digits.size() > 2 && digits[0] == '0') {
        const char mark = static_cast<char>(digits[1] | 0x20);
        const int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
        if (marked != 0 && (base == marked || base == 0)) {
            digits.remove_prefix(2);
            base = marked;
        }
    }
    if (base == 0) {
        const bool zeros = digits.find_first_not_of('0') == std::string_view::npos;
        if (!digits.empty() && digits[0] == '0' && !zeros) return std::nullopt;
        base = 10;
    }
    uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    const uint64_t most =
        static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (negative ? 1 : 0);
    if (digits.empty() || end != digits.data() + digits.size() || error != std::errc{} ||
        value > most) {
        return std::nullopt;
    }
    return static_cast<int64_t>(negative ? 0 - value : value);
}

}  // namespace alcove::engine::jinja
