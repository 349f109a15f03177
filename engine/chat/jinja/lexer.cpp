#include "engine/chat/jinja/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/chat/jinja/failure.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

/// Line ends become \n, and one at the very end is dropped.
std::string normalized(std::string_view source) {
    std::string text;
    text.reserve(source.size());
    for (size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            text += '\n';
            if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
        } else {
            text += source[i];
        }
    }
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

bool isNameByte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool isDigitByte(char c) { return c >= '0' && c <= '9'; }

class Lexer {
public:
    explicit Lexer(std::string text) : m_text(std::move(text)) {}

    std::vector<Token> run() {
        while (m_at < m_text.size()) root();
        emit(TokenType::End);
        return std::move(m_tokens);
    }

private:
    [[noreturn]] void fail(std::string message) const { throw Failure{std::move(message), m_line}; }
    [[nodiscard]] std::string_view rest() const { return std::string_view(m_text).substr(m_at); }
    [[nodiscard]] bool at(std::string_view what) const { return rest().starts_with(what); }

    Token& emit(TokenType type, std::string text = {}) {
        m_tokens.push_back({type, m_line, std::move(text)});
        return m_tokens.back();
    }

    void advance(size_t bytes) {
        m_line += static_cast<int>(std::count(m_text.begin() + static_cast<ptrdiff_t>(m_at),
                                              m_text.begin() + static_cast<ptrdiff_t>(m_at + bytes),
                                              '\n'));
        m_at += bytes;
        m_lineStarts = m_at > 0 && m_text[m_at - 1] == '\n';
    }

    void skipSpace() { advance(rest().size() - trimLeft(rest()).size()); }

    void root();
    void data(std::string_view text, char sign, bool strippable);
    void comment();
    bool rawBlock(size_t tag);
    void inside(bool block);
    bool closing(bool block);
    void number();
    void string();
    void oper();

    std::string m_text;
    size_t m_at = 0;
    int m_line = 1;
    bool m_lineStarts = true;  // the last thing consumed ended its line
    std::vector<char> m_open;  // brackets waiting for their partner
    std::vector<Token> m_tokens;
};

char signAt(std::string_view text, size_t at) {
    return at < text.size() && (text[at] == '-' || text[at] == '+') ? text[at] : '\0';
}

/// Text up to the next tag, then that tag.
void Lexer::root() {
    size_t tag = m_at;
    while (true) {
        tag = m_text.find('{', tag);
        if (tag == std::string::npos || tag + 1 >= m_text.size()) {
            data(rest(), '\0', false);
            return;
        }
        const char next = m_text[tag + 1];
        if (next == '%' || next == '{' || next == '#') break;
        ++tag;
    }
    if (m_text[tag + 1] == '%' && rawBlock(tag)) return;
    const char kind = m_text[tag + 1];
    const char sign = signAt(m_text, tag + 2);
    data(std::string_view(m_text).substr(m_at, tag - m_at), sign, kind != '{');
    if (kind == '#') {
        advance(sign ? 3 : 2);
        comment();
        return;
    }
    emit(kind == '%' ? TokenType::BlockBegin : TokenType::VariableBegin);
    advance(sign ? 3 : 2);
    inside(kind == '%');
}

/// Emits the text before a tag with that tag's sign. A tag that is alone on its line so far loses
/// the blanks before it, if it is `strippable`.
void Lexer::data(std::string_view text, char sign, bool strippable) {
    std::string_view kept = text;
    if (sign == '-') {
        kept = trimRight(text);
    } else if (strippable && sign != '+') {
        const size_t newline = text.rfind('\n');
        const size_t lineAt = newline == std::string_view::npos ? 0 : newline + 1;
        if ((lineAt > 0 || m_lineStarts) && trimLeft(text.substr(lineAt)).empty()) {
            kept = text.substr(0, lineAt);
        }
    }
    if (!kept.empty()) emit(TokenType::Data, std::string(kept));
    advance(text.size());
}

void Lexer::comment() {
    const size_t end = m_text.find("#}", m_at);
    if (end == std::string::npos) fail("a comment {# is not closed");
    const char sign = end > m_at ? m_text[end - 1] : '\0';
    advance(end + 2 - m_at);
    if (sign == '-') {
        skipSpace();
    } else if (sign != '+' && at("\n")) {
        advance(1);
    }
}

/// `{% raw %} … {% endraw %}`, if that is what begins at `tag`.
bool Lexer::rawBlock(size_t tag) {
    const std::string_view text = m_text;
    // Matches `word %}` after `{%`; returns where the tag ends, npos if it is another tag.
    const auto match = [text](size_t from, std::string_view word, char& first, char& last) {
        size_t p = from + 2;
        first = signAt(text, p);
        if (first) ++p;
        p = text.size() - trimLeft(text.substr(p)).size();
        if (!text.substr(p).starts_with(word)) return std::string::npos;
        p = text.size() - trimLeft(text.substr(p + word.size())).size();
        last = signAt(text, p);
        if (last) ++p;
        return text.substr(p).starts_with("%}") ? p + 2 : std::string::npos;
    };
    char sign = 0;
    char last = 0;
    const size_t bodyAt = match(tag, "raw", sign, last);
    if (bodyAt == std::string::npos || last == '+') return false;
    data(text.substr(m_at, tag - m_at), sign, true);
    advance(bodyAt - m_at);
    if (last == '-') skipSpace();
    for (size_t end = m_at; (end = text.find("{%", end)) != std::string::npos; ++end) {
        const size_t after = match(end, "endraw", sign, last);
        if (after == std::string::npos) continue;
        data(text.substr(m_at, end - m_at), sign, true);
        advance(after - m_at);
        if (last == '-') skipSpace();
        if (last == '\0' && at("\n")) advance(1);
        return true;
    }
    fail("{% raw %} is not closed by {% endraw %}");
}

/// The end of the tag, with the white space that it takes along; only where no bracket is open.
bool Lexer::closing(bool block) {
    if (!m_open.empty()) return false;
    const std::string_view mark = block ? "%}" : "}}";
    const char sign = signAt(m_text, m_at);
    const bool signedEnd =
        (sign == '-' || (sign == '+' && block)) && rest().substr(1).starts_with(mark);
    if (!signedEnd && !at(mark)) return false;
    emit(block ? TokenType::BlockEnd : TokenType::VariableEnd);
    advance(signedEnd ? 3 : 2);
    if (signedEnd && sign == '-') {
        skipSpace();
    } else if (!signedEnd && block && at("\n")) {
        advance(1);
    }
    return true;
}

void Lexer::inside(bool block) {
    while (m_at < m_text.size()) {
        if (closing(block)) return;
        const char c = m_text[m_at];
        if (trimLeft(rest()).size() != rest().size()) {
            skipSpace();
        } else if (isDigitByte(c)) {
            number();
        } else if (isNameByte(c)) {
            size_t end = m_at;
            while (end < m_text.size() && isNameByte(m_text[end])) ++end;
            emit(TokenType::Name, m_text.substr(m_at, end - m_at));
            advance(end - m_at);
        } else if (c == '\'' || c == '"') {
            string();
        } else {
            oper();
        }
    }
}

/// Digits, which single underscores may part, from `at`; returns where they end.
size_t digitsEnd(std::string_view text, size_t at, bool (*isOne)(char)) {
    size_t end = at;
    while (end < text.size() &&
           (isOne(text[end]) ||
            (text[end] == '_' && end > at && end + 1 < text.size() && isOne(text[end + 1])))) {
        ++end;
    }
    return end;
}

bool isHexDigit(char c) {
    return isDigitByte(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool isOctalDigit(char c) { return c >= '0' && c <= '7'; }
bool isBinaryDigit(char c) { return c == '0' || c == '1'; }

void Lexer::number() {
    const std::string_view text = rest();
    size_t end = digitsEnd(text, 0, isDigitByte);
    bool real = false;
    const bool afterDot = m_at > 0 && m_text[m_at - 1] == '.';
    if (!afterDot && end + 1 < text.size() && text[end] == '.' && isDigitByte(text[end + 1])) {
        real = true;
        end = digitsEnd(text, end + 1, isDigitByte);
    }
    if (!afterDot && end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
        const size_t digits = end + (signAt(text, end + 1) ? 2 : 1);
        if (digits < text.size() && isDigitByte(text[digits])) {
            real = true;
            end = digitsEnd(text, digits, isDigitByte);
        }
    }
    int base = 10;
    size_t from = 0;
    if (!real && text[0] == '0' && text.size() > 1) {
        const char mark = static_cast<char>(text[1] | 0x20);
        base = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 10;
        from = base == 10 ? 0 : text.size() > 2 && text[2] == '_' ? 3 : 2;
        const size_t digits = digitsEnd(text, from,
                                        base == 16  ? isHexDigit
                                        : base == 8 ? isOctalDigit
                                        : base == 2 ? isBinaryDigit
                                                    : isDigitByte);
        if (base != 10 && digits == from) {
            base = 10;
            from = 0;
        } else {
            end = digits;
        }
        if (base == 10) {  // a decimal number that begins with 0 is made of zeros
            from = 0;
            end = digitsEnd(text, 0, [](char c) { return c == '0'; });
        }
    }
    std::string digits(text.substr(from, end - from));
    std::erase(digits, '_');
    Token& token = emit(real ? TokenType::Float : TokenType::Integer, digits);
    const char* last = digits.data() + digits.size();
    if (real) {
        // Too large is infinite and too small is zero, as in Python; strtod says so, from_chars
        // not.
        token.real = parseReal(digits).value_or(0.0);
    } else if (std::from_chars(digits.data(), last, token.integer, base).ec != std::errc{}) {
        fail(concat("the number ", digits, " is too large"));
    }
    advance(end);
}

void Lexer::string() {
    const char quote = m_text[m_at];
    size_t end = m_at + 1;
    while (end < m_text.size() && m_text[end] != quote) end += m_text[end] == '\\' ? 2 : 1;
    if (end >= m_text.size()) fail("a string is not closed");
    const std::string_view body = std::string_view(m_text).substr(m_at + 1, end - m_at - 1);
    std::string value;
    if (!unescape(body, value)) fail(concat("a string has a broken escape: ", body.substr(0, 80)));
    emit(TokenType::String, std::move(value));
    advance(end + 1 - m_at);
}

void Lexer::oper() {
    static constexpr std::array<std::string_view, 26> kOperators = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    const auto* found = std::find_if(kOperators.begin(), kOperators.end(),
                                     [this](std::string_view op) { return at(op); });
    if (found == kOperators.end()) {
        fail(concat("unexpected character ", rest().substr(0, decode(rest()).bytes)));
    }
    const char c = (*found)[0];
    if (c == '(' || c == '[' || c == '{') {
        m_open.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
        if (m_open.empty()) fail(concat("unexpected '", c, "'"));
        if (m_open.back() != c)
            fail(concat("unexpected '", c, "' where '", m_open.back(), "' is due"));
        m_open.pop_back();
    }
    emit(TokenType::Operator, std::string(*found));
    advance(found->size());
}

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(normalized(source)).run(); }

}  // namespace alcove::engine::jinja
