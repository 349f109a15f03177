#include "engine/grammar/regex.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/unicode.h"

namespace alcove::engine::grammar {
namespace {

constexpr int kMostNesting = 100;
constexpr uint32_t kMostTurns = 100'000;
constexpr size_t kMostBytes = size_t{1} << 16;

CodeSet digits() { return CodeSet(U'0', U'9'); }
CodeSet wordCharacters() {
    return CodeSet({{U'0', U'9'}, {U'A', U'Z'}, {U'_', U'_'}, {U'a', U'z'}});
}
/// U+FEFF is a blank to ECMA-262 and none to others: it is neither in \s nor in \S.
CodeSet blanks() {
    return CodeSet({{0x09, 0x0D},
                    {0x20, 0x20},
                    {0xA0, 0xA0},
                    {0x1680, 0x1680},
                    {0x2000, 0x200A},
                    {0x2028, 0x2029},
                    {0x202F, 0x202F},
                    {0x205F, 0x205F},
                    {0x3000, 0x3000}});
}
CodeSet lineEnds() { return CodeSet({{U'\n', U'\n'}, {U'\r', U'\r'}, {0x2028, 0x2029}}); }

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

uint64_t sum(uint64_t a, uint64_t b) { return std::min<uint64_t>(a + b, kUnlimited); }
uint64_t product(uint64_t a, uint64_t b) {
    if (a == 0 || b == 0) return 0;
    return a >= kUnlimited || b >= kUnlimited ? kUnlimited : std::min<uint64_t>(a * b, kUnlimited);
}

/// A part of the expression, with how many characters it may have.
struct Part {
    Expr expr;
    uint64_t shortest = 0, longest = 0;
    std::vector<Regex::Run> run = {};  // where the part is one set, this often
};

class RegexParser {
public:
    RegexParser(std::string_view pattern, const CodeSet& any, const WriteSet& write)
        : m_text(pattern), m_any(any), m_write(write) {}

    Result<Regex> parse() {
        if (m_text.size() > kMostBytes)
            return fail("it has ", m_text.size(), " bytes; ", kMostBytes, " are the most read");
        std::vector<Part> ways;
        for (;;) {
            ALCOVE_TRY(Part way, parseWay());
            ways.push_back(std::move(way));
            if (atEnd()) break;
            if (here() == ')') return error("this bracket was not opened");
            ++m_at;  // "|"
        }
        Part all = joinWays(std::move(ways));
        return Regex{std::move(all.expr), all.shortest, all.longest, std::move(all.run)};
    }

private:
    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] char here() const { return atEnd() ? '\0' : m_text[m_at]; }
    [[nodiscard]] bool take(std::string_view word) {
        if (!m_text.substr(m_at).starts_with(word)) return false;
        m_at += word.size();
        return true;
    }
    template <typename... Parts>
    [[nodiscard]] Error error(const Parts&... parts) const {
        return fail("at byte ", m_at, " of '", printable(m_text, 200), "': ", parts...);
    }

    Part partOf(const CodeSet& set) {
        Expr expr = m_write(set);
        if (isNothing(expr)) return {expr, 0, 0};
        return {std::move(expr), 1, 1, {{set, 1, 1}}};
    }
    Part anything() {
        Part any = partOf(m_any);
        return {repeat(any.expr, 0, kUnlimited), 0, kUnlimited, {{m_any, 0, kUnlimited}}};
    }

    /// One of the ways that the outermost `|` divide.
    Result<Part> parseWay() {
        std::vector<Part> parts;
        if (!take("^")) parts.push_back(anything());
        ALCOVE_CHECK(parseParts(parts, 0));
        if (take("$")) {
            if (!atEnd() && here() != '|') return error("'$' is read only at the end");
        } else {
            parts.push_back(anything());
        }
        return joinParts(std::move(parts));
    }

    static Part joinParts(std::vector<Part> parts) {
        if (parts.size() == 1) return parts.front();
        Part out{nullptr, 0, 0};
        std::vector<Expr> exprs;
        for (Part& part : parts) {
            exprs.push_back(std::move(part.expr));
            out.shortest = sum(out.shortest, part.shortest);
            out.longest = sum(out.longest, part.longest);
        }
        out.expr = sequence(std::move(exprs));
        return out;
    }

    static Part joinWays(std::vector<Part> ways) {
        if (ways.size() == 1) return ways.front();
        Part out{nullptr, kUnlimited, 0};
        std::vector<Expr> exprs;
        for (Part& way : ways) {
            if (isNothing(way.expr)) continue;
            exprs.push_back(std::move(way.expr));
            out.shortest = std::min(out.shortest, way.shortest);
            out.longest = std::max(out.longest, way.longest);
        }
        out.expr = choice(std::move(exprs));
        return out;
    }

    Result<void> parseParts(std::vector<Part>& parts, int depth) {
        while (!atEnd() && here() != '|' && here() != ')' && here() != '$') {
            ALCOVE_TRY(Part part, parseItem(depth));
            for (int counts = 0;; ++counts) {
                const size_t before = m_at;
                ALCOVE_TRY(part, parseCount(std::move(part)));
                if (m_at == before) break;
                if (counts > 0) return error("two counts follow one another");
            }
            parts.push_back(std::move(part));
        }
        return {};
    }

    Result<Part> parseGroup(int depth) {
        if (depth >= kMostNesting)
            return error("more than ", kMostNesting, " brackets are open at once");
        if (here() == '?') {
            if (take("?=") || take("?!")) return error("looking ahead is not supported");
            if (take("?<=") || take("?<!")) return error("looking behind is not supported");
            if (take("?<") || take("?P<")) {
                while (!atEnd() && here() != '>') ++m_at;
                if (!take(">")) return error("the name of the group does not end");
            } else if (!take("?:")) {
                return error("this kind of group is not supported");
            }
        }
        std::vector<Part> ways;
        for (;;) {
            std::vector<Part> parts;
            if (here() == '^') return error("'^' is read only at the beginning");
            ALCOVE_CHECK(parseParts(parts, depth));
            if (here() == '$') return error("'$' is read only at the end");
            ways.push_back(joinParts(std::move(parts)));
            if (take(")")) return joinWays(std::move(ways));
            if (!take("|")) return error("a bracket is not closed");
        }
    }

    Result<Part> parseItem(int depth) {
        switch (here()) {
            case '(':
                ++m_at;
                return parseGroup(depth + 1);
            case '[': {
                ALCOVE_TRY(const CodeSet set, parseSet());
                return partOf(set);
            }
            case '.':
                ++m_at;
                return partOf(lineEnds().complement());
            case '^':
                return error("'^' is read only at the beginning");
            case '*':
            case '+':
            case '?':
                return error("this count has nothing before it");
            case '\\': {
                ALCOVE_TRY(const CodeSet set, parseEscape(false));
                return partOf(set);
            }
            default: {
                ALCOVE_TRY(const char32_t code, parseCharacter());
                return partOf(CodeSet(code, code));
            }
        }
    }

    Result<char32_t> parseCharacter() {
        const Utf8Prefix prefix = strictUtf8Prefix(m_text.substr(m_at));
        if (prefix.state != Utf8Prefix::State::Whole) return error("this is not valid UTF-8");
        const char32_t code = decodeUtf8Loosely(m_text, m_at).code;
        m_at += prefix.bytes;
        return code;
    }

    /// What a backslash names: one character, or a kind of characters.
    Result<CodeSet> parseEscape(bool inSet) {
        const size_t begin = m_at++;
        const char kind = here();
        ++m_at;
        const auto one = [](char32_t code) { return CodeSet(code, code); };
        switch (kind) {
            case 'd':
                return digits();
            case 'D':
                return digits().complement();
            case 'w':
                return wordCharacters();
            case 'W':
                return wordCharacters().complement();
            case 's':
                return blanks();
            case 'S':
                return blanks().with(CodeSet(0xFEFF, 0xFEFF)).complement();
            case 't':
                return one(U'\t');
            case 'n':
                return one(U'\n');
            case 'r':
                return one(U'\r');
            case 'f':
                return one(U'\f');
            case 'v':
                return one(U'\v');
            case 'x':
                return parseHex(2);
            case 'u':
                return take("{") ? parseBraced() : parseHex(4);
            default:
                break;
        }
        m_at = begin;
        if (kind == '0' &&
            (begin + 2 >= m_text.size() || m_text[begin + 2] < '0' || m_text[begin + 2] > '9')) {
            m_at = begin + 2;
            return one(0);
        }
        if (kind == 'b' && inSet) {
            m_at = begin + 2;
            return one(U'\b');
        }
        if (kind == 'b' || kind == 'B') return error("word boundaries are not supported");
        if (kind == 'k' || (kind >= '0' && kind <= '9'))
            return error("back references are not supported");
        if (kind == 'p' || kind == 'P') return error("classes of Unicode (\\p) are not supported");
        if ((kind >= 'a' && kind <= 'z') || (kind >= 'A' && kind <= 'Z') ||
            begin + 1 >= m_text.size())
            return error("this escape is not supported");
        m_at = begin + 1;
        ALCOVE_TRY(const char32_t code, parseCharacter());
        return one(code);
    }

    Result<CodeSet> characterOf(char32_t code) {
        if (code >= kUnicodeLimit || (code >= 0xD800 && code < 0xE000))
            return error("this escape names no character");
        return CodeSet(code, code);
    }
    Result<CodeSet> parseHex(int count) {
        char32_t code = 0;
        for (int i = 0; i < count; ++i, ++m_at) {
            if (hexDigit(here()) < 0) return error(count, " hexadecimal digits are expected");
            code = code * 16 + static_cast<char32_t>(hexDigit(here()));
        }
        return characterOf(code);
    }
    Result<CodeSet> parseBraced() {
        char32_t code = 0;
        for (; hexDigit(here()) >= 0 && code < kUnicodeLimit; ++m_at)
            code = code * 16 + static_cast<char32_t>(hexDigit(here()));
        if (!take("}")) return error("'}' is expected");
        return characterOf(code);
    }

    /// One member of a set in brackets.
    Result<CodeSet> parseMember() {
        if (here() == '\\') return parseEscape(true);
        ALCOVE_TRY(const char32_t code, parseCharacter());
        return CodeSet(code, code);
    }

    Result<CodeSet> parseSet() {
        ++m_at;
        const bool others = take("^");
        std::vector<CodeRange> ranges;
        while (here() != ']') {
            if (atEnd()) return error("a square bracket is not closed");
            ALCOVE_TRY(const CodeSet first, parseMember());
            if (here() == '-' && m_at + 1 < m_text.size() && m_text[m_at + 1] != ']') {
                ++m_at;
                ALCOVE_TRY(const CodeSet last, parseMember());
                if (first.size() != 1 || last.size() != 1)
                    return error("a range needs one character at each end");
                const CodeRange range{first.ranges()[0].first, last.ranges()[0].first};
                if (range.last < range.first) return error("this range ends before it begins");
                ranges.push_back(range);
            } else {
                ranges.insert(ranges.end(), first.ranges().begin(), first.ranges().end());
            }
        }
        ++m_at;
        const CodeSet set(std::move(ranges));
        return others ? set.complement() : set;
    }

    /// A number inside of braces; nothing where there is none.
    std::optional<uint32_t> parseNumber() {
        if (here() < '0' || here() > '9') return std::nullopt;
        uint32_t number = 0;
        for (; here() >= '0' && here() <= '9'; ++m_at)
            number = std::min(number * 10 + static_cast<uint32_t>(here() - '0'), kMostTurns + 1);
        return number;
    }

    Result<Part> parseCount(Part part) {
        const size_t begin = m_at;
        uint32_t minimum = 0, maximum = kUnlimited;
        if (take("+")) {
            minimum = 1;
        } else if (take("?")) {
            maximum = 1;
        } else if (take("{")) {
            const auto least = parseNumber();
            minimum = maximum = least.value_or(0);
            if (least && take(",")) maximum = parseNumber().value_or(kUnlimited);
            if (!least || !take("}")) {
                m_at = begin;
                return error("'{' begins no count here: write '\\{' for the bracket itself");
            }
            if (minimum > kMostTurns || (maximum > kMostTurns && maximum != kUnlimited))
                return error("more than ", kMostTurns, " times are not supported");
            if (maximum < minimum) return error("this count ends before it begins");
        } else if (!take("*")) {
            return part;
        }
        static_cast<void>(take("?"));  // lazy: the same texts
        Part out{repeat(part.expr, minimum, maximum), product(part.shortest, minimum),
                 product(part.longest, maximum)};
        if (part.run.size() == 1 && part.run[0].minimum == 1 && part.run[0].maximum == 1)
            out.run = {{part.run[0].set, minimum, maximum}};
        return out;
    }

    std::string_view m_text;
    const CodeSet& m_any;
    const WriteSet& m_write;
    size_t m_at = 0;
};

}  // namespace

Result<Regex> parseRegex(std::string_view pattern, const CodeSet& any, const WriteSet& write) {
    return RegexParser(pattern, any, write).parse();
}

}  // namespace alcove::engine::grammar
