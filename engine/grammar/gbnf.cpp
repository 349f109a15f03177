#include "engine/grammar/gbnf.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "engine/base/unicode.h"

namespace alcove::engine::grammar {
namespace {

constexpr int kMostNesting = 200;
constexpr int kMostCounts = 4;  // of one item
constexpr uint32_t kMostTurns = 1'000'000'000;

bool isNameCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

class GbnfParser {
public:
    explicit GbnfParser(std::string_view text) : m_text(text) {}

    Result<Rules> parse() {
        static_cast<void>(numberOf("root"));
        skipLines();
        while (!atEnd()) {
            ALCOVE_CHECK(parseRule());
            skipLines();
        }
        if (m_places[0].definition == kNowhere)
            return fail("there is no rule 'root', with which the text would begin");
        for (size_t rule = 0; rule < m_rules.size(); ++rule)
            if (m_places[rule].definition == kNowhere)
                return errorAt(m_places[rule].use, "there is no rule '", m_rules[rule].name, "'");
        return std::move(m_rules);
    }

private:
    static constexpr size_t kNowhere = std::string_view::npos;
    struct Places {
        size_t definition = kNowhere, use = kNowhere;  // offsets in the text
    };

    [[nodiscard]] bool atEnd() const { return m_at >= m_text.size(); }
    [[nodiscard]] char here() const { return atEnd() ? '\0' : m_text[m_at]; }

    template <typename... Parts>
    [[nodiscard]] Error errorAt(size_t at, const Parts&... parts) const {
        const std::string_view before = m_text.substr(0, at);
        const auto line = 1 + std::count(before.begin(), before.end(), '\n');
        const size_t begin = before.rfind('\n') == kNowhere ? 0 : before.rfind('\n') + 1;
        const auto column =
            1 + std::count_if(before.begin() + static_cast<ptrdiff_t>(begin), before.end(),
                              [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; });
        return fail("line ", line, ", column ", column, ": ", parts...);
    }
    template <typename... Parts>
    [[nodiscard]] Error error(const Parts&... parts) const {
        return errorAt(m_at, parts...);
    }
    /// What stands here, to be shown.
    [[nodiscard]] std::string found() const {
        if (atEnd()) return "the end of the text";
        if (here() == '\n' || here() == '\r') return "the end of the line";
        const size_t length = std::min(utf8Length(here()), m_text.size() - m_at);
        return "'" + printable(m_text.substr(m_at, length)) + "'";
    }

    void skipBlanks() {
        while (here() == ' ' || here() == '\t') ++m_at;
        if (here() == '#')
            while (!atEnd() && here() != '\n') ++m_at;
    }
    void skipLines() {
        for (skipBlanks(); here() == '\n' || here() == '\r'; skipBlanks()) ++m_at;
    }
    void skip(bool overLines) { overLines ? skipLines() : skipBlanks(); }

    std::string_view takeName() {
        const size_t begin = m_at;
        while (!atEnd() && isNameCharacter(here())) ++m_at;
        return m_text.substr(begin, m_at - begin);
    }

    uint32_t numberOf(std::string_view name) {
        const auto [at, isNew] = m_numbers.emplace(name, m_rules.size());
        if (isNew) {
            m_rules.push_back({std::string(name), nothing()});
            m_places.emplace_back();
        }
        return at->second;
    }

    Result<void> parseRule() {
        const size_t begin = m_at;
        const std::string_view name = takeName();
        if (name.empty())
            return error("the name of a rule and '::=' are expected, not ", found(),
                         "; what belongs to the rule above goes into round brackets");
        skipBlanks();
        if (m_text.substr(m_at, 3) != "::=")
            return error("'::=' is expected after the name '", name, "', not ", found());
        m_at += 3;
        const uint32_t rule = numberOf(name);
        if (m_places[rule].definition != kNowhere)
            return errorAt(begin, "the rule '", name, "' has been defined above already");
        m_places[rule].definition = begin;
        skipLines();
        ALCOVE_TRY(Expr expr, parseChoice(0));
        m_rules[rule].expr = std::move(expr);
        if (!atEnd() && here() != '\n' && here() != '\r')
            return error(found(), " is not expected here");
        return {};
    }

    /// A line that begins with "|" goes on with the rule of the line before.
    bool atBar() {
        const size_t before = m_at;
        skipLines();
        if (here() == '|') return true;
        m_at = before;
        return false;
    }

    Result<Expr> parseChoice(int depth) {
        if (depth > kMostNesting)
            return error("more than ", kMostNesting, " brackets are open at once");
        std::vector<Expr> parts;
        for (;;) {
            ALCOVE_TRY(Expr part, parseSequence(depth));
            parts.push_back(std::move(part));
            if (!atBar()) break;
            ++m_at;
            skipLines();
        }
        return choice(std::move(parts));
    }

    Result<Expr> parseSequence(int depth) {
        std::vector<Expr> parts;
        for (;;) {
            skip(depth > 0);
            const char c = here();
            if (atEnd() || c == '\n' || c == '\r' || c == '|' || c == ')') break;
            ALCOVE_TRY(Expr part, parseItem(depth));
            skipBlanks();
            for (int counts = 0; here() == '*' || here() == '+' || here() == '?' || here() == '{';
                 ++counts) {
                if (counts == kMostCounts)
                    return error("more than ", kMostCounts, " counts follow one another");
                ALCOVE_TRY(part, parseCount(std::move(part)));
                skipBlanks();
            }
            parts.push_back(std::move(part));
        }
        return sequence(std::move(parts));
    }

    Result<Expr> parseItem(int depth) {
        const size_t begin = m_at;
        switch (here()) {
            case '"':
                return parseLiteral();
            case '[':
                return parseSet();
            case '.':
                ++m_at;
                return oneOf(CodeSet::all());
            case '(': {
                ++m_at;
                ALCOVE_TRY(Expr group, parseChoice(depth + 1));
                if (here() != ')')
                    return errorAt(begin, "this bracket is not closed: ')' is expected where ",
                                   found(), " stands");
                ++m_at;
                return group;
            }
            case '*':
            case '+':
            case '?':
            case '{':
                return error(found(), " says how often something comes, but nothing is before it");
            case '<':
            case '!':
                return error("tokens as in <name> or <[id]> are not read: write the text instead");
            default:
                break;
        }
        const std::string_view name = takeName();
        if (name.empty()) return error(found(), " is not expected here");
        const uint32_t rule = numberOf(name);
        if (m_places[rule].use == kNowhere) m_places[rule].use = begin;
        return ruleCall(rule);
    }

    Result<Expr> parseLiteral() {
        const size_t begin = m_at++;
        std::string bytes;
        while (here() != '"') {
            if (atEnd() || here() == '\n')
                return errorAt(begin, "this quotation mark is not closed on its line");
            ALCOVE_TRY(const char32_t code, parseCharacter());
            appendUtf8(bytes, code);
        }
        ++m_at;
        return text(std::move(bytes));
    }

    Result<Expr> parseSet() {
        const size_t begin = m_at++;
        const bool others = here() == '^';
        if (others) ++m_at;
        std::vector<CodeRange> ranges;
        while (here() != ']') {
            if (atEnd() || here() == '\n')
                return errorAt(begin, "this square bracket is not closed on its line");
            const size_t at = m_at;
            ALCOVE_TRY(const char32_t first, parseCharacter());
            char32_t last = first;
            if (here() == '-' && m_at + 1 < m_text.size() && m_text[m_at + 1] != ']') {
                ++m_at;
                ALCOVE_TRY(last, parseCharacter());
            }
            if (last < first) return errorAt(at, "this range ends before it begins");
            ranges.push_back({first, last});
        }
        ++m_at;
        CodeSet set(std::move(ranges));
        if (others) set = set.complement();
        if (set.empty()) return errorAt(begin, "no character is in this set");
        return oneOf(std::move(set));
    }

    Result<char32_t> parseCharacter() {
        if (here() == '\\') return parseEscape();
        const Utf8Prefix prefix = strictUtf8Prefix(m_text.substr(m_at));
        if (prefix.state != Utf8Prefix::State::Whole)
            return error("the text is not valid UTF-8 here");
        const char32_t code = decodeUtf8Loosely(m_text, m_at).code;
        m_at += prefix.bytes;
        return code;
    }

    Result<char32_t> parseEscape() {
        const size_t begin = m_at++;
        const char kind = here();
        ++m_at;
        switch (kind) {
            case 'n':
                return U'\n';
            case 'r':
                return U'\r';
            case 't':
                return U'\t';
            case '\\':
            case '"':
            case '[':
            case ']':
            case '-':
            case '^':
                return static_cast<char32_t>(kind);
            case 'x':
                return parseHex(begin, 2);
            case 'u':
                return parseHex(begin, 4);
            case 'U':
                return parseHex(begin, 8);
            default:
                return errorAt(begin,
                               "this escape is not known; known are \\n \\r \\t \\\\ \\\" \\[ ",
                               "\\] \\- \\^ \\xHH \\uHHHH \\UHHHHHHHH");
        }
    }

    Result<char32_t> parseHex(size_t begin, int digits) {
        uint64_t code = 0;
        for (int i = 0; i < digits; ++i, ++m_at) {
            const int digit = hexDigit(here());
            if (digit < 0)
                return errorAt(begin, "this escape needs ", digits, " hexadecimal digits");
            code = code * 16 + static_cast<uint64_t>(digit);
        }
        if (code >= kUnicodeLimit || (code >= 0xD800 && code < 0xE000))
            return errorAt(begin, "this escape names no character");
        return static_cast<char32_t>(code);
    }

    Result<uint32_t> parseNumber() {
        if (here() < '0' || here() > '9') return error("a number is expected, not ", found());
        uint64_t number = 0;
        const size_t begin = m_at;
        for (; here() >= '0' && here() <= '9'; ++m_at) {
            number = number * 10 + static_cast<uint64_t>(here() - '0');
            if (number > kMostTurns)
                return errorAt(begin, "this is more than ", kMostTurns, ", the most that is read");
        }
        return static_cast<uint32_t>(number);
    }

    Result<Expr> parseCount(Expr part) {
        const size_t begin = m_at;
        const char kind = here();
        ++m_at;
        if (kind == '*') return repeat(std::move(part), 0, kUnlimited);
        if (kind == '+') return repeat(std::move(part), 1, kUnlimited);
        if (kind == '?') return optional(std::move(part));
        skipBlanks();
        ALCOVE_TRY(const uint32_t minimum, parseNumber());
        uint32_t maximum = minimum;
        skipBlanks();
        if (here() == ',') {
            ++m_at;
            skipBlanks();
            maximum = kUnlimited;
            if (here() != '}') {
                ALCOVE_TRY(maximum, parseNumber());
            }
            skipBlanks();
        }
        if (here() != '}') return error("'}' is expected, not ", found());
        ++m_at;
        if (maximum < minimum)
            return errorAt(begin, "at least ", minimum, " and at most ", maximum,
                           " times cannot both be");
        return repeat(std::move(part), minimum, maximum);
    }

    std::string_view m_text;
    size_t m_at = 0;
    Rules m_rules;
    std::vector<Places> m_places;  // beside m_rules
    std::unordered_map<std::string_view, uint32_t> m_numbers;
};

}  // namespace

Result<Rules> parseGbnf(std::string_view text) {
    if (text.size() > kMostGbnfBytes)
        return fail("the grammar has ", text.size(), " bytes; ", kMostGbnfBytes,
                    " are the most that is read");
    return GbnfParser(text).parse();
}

}  // namespace alcove::engine::grammar
