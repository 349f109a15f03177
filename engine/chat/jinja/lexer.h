// Cuts a template into tokens, as jinja2's lexer does with trim_blocks and lstrip_blocks on:
// `{% … %}` also takes the newline after it and the blanks before it on its line, `-` takes all
// white space on its side, `+` keeps it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace alcove::engine::jinja {

enum class TokenType : uint8_t {
    Data,
    BlockBegin,
    BlockEnd,
    VariableBegin,
    VariableEnd,
    Name,
    String,
    Integer,
    Float,
    Operator,
    End,
};

struct Token {
    TokenType type = TokenType::End;
    int line = 0;
    std::string text;     // the value of a String; the operator; the name; the template's own text
    int64_t integer = 0;  // of an Integer
    double real = 0;      // of a Float

    [[nodiscard]] bool isOperator(std::string_view op) const {
        return type == TokenType::Operator && text == op;
    }
    [[nodiscard]] bool isName(std::string_view name) const {
        return type == TokenType::Name && text == name;
    }
};

/// The last token is End. Throws Failure.
[[nodiscard]] std::vector<Token> tokenize(std::string_view source);

}  // namespace alcove::engine::jinja
