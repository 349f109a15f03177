// The parser's shape, for its two files: statements (parser.cpp) and expressions
// (parser_expressions.cpp).
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/jinja/ast.h"
#include "engine/chat/jinja/failure.h"
#include "engine/chat/jinja/lexer.h"

namespace alcove::engine::jinja {

inline constexpr int kDeepestExpression = 200;                    // levels of the tree
inline constexpr int kDeepestRecursion = 2 * kDeepestExpression;  // a pair of parentheses takes two
inline constexpr int kDeepestBlocks = 80;

using Names = std::initializer_list<std::string_view>;

class Parser {
public:
    explicit Parser(std::string_view source)
        : m_tokens(tokenize(source)), m_program(std::make_unique<Program>()) {}

    std::unique_ptr<Program> run() {
        m_program->body = statements({});
        return std::move(m_program);
    }

private:
    // Tokens
    [[nodiscard]] const Token& now() const { return m_tokens[m_at]; }
    [[nodiscard]] const Token& ahead() const {
        return m_tokens[std::min(m_at + 1, m_tokens.size() - 1)];
    }
    const Token& take() {
        const Token& token = m_tokens[m_at];
        if (m_at + 1 < m_tokens.size()) ++m_at;
        return token;
    }
    bool takeOperator(std::string_view op) {
        if (!now().isOperator(op)) return false;
        take();
        return true;
    }
    bool takeName(std::string_view name) {
        if (!now().isName(name)) return false;
        take();
        return true;
    }
    void expectOperator(std::string_view op) {
        if (!takeOperator(op)) fail("expected '", op, "' but found ", describe(now()));
    }
    void expect(TokenType type, std::string_view what) {
        if (now().type != type) fail("expected ", what, " but found ", describe(now()));
        take();
    }
    std::string expectName(std::string_view what) {
        if (now().type != TokenType::Name) fail("expected ", what, " but found ", describe(now()));
        return take().text;
    }
    std::string dottedName(std::string_view what) {
        std::string name = expectName(what);
        while (takeOperator(".")) name.append(1, '.').append(expectName(what));
        return name;
    }
    static std::string describe(const Token& token);
    template <typename... Parts>
    [[noreturn]] void fail(const Parts&... parts) const {
        throw Failure{concat(parts...), now().line};
    }

    // Statements
    Block statements(Names ends);
    Block body(Names ends);
    StmtPtr statement();
    StmtPtr make(StmtKind kind);
    StmtPtr forLoop();
    StmtPtr ifElse();
    StmtPtr set();
    StmtPtr macro();
    StmtPtr callBlock();
    StmtPtr generation();
    StmtPtr filterBlock();
    StmtPtr with();
    void print(Block& block);
    void signature(Stmt& stmt);

    // Expressions
    ExprPtr make(ExprKind kind, int line, std::initializer_list<ExprPtr*> kids = {});
    ExprPtr make(ExprKind kind, const Token& token, std::initializer_list<ExprPtr*> kids = {}) {
        return make(kind, token.line, kids);
    }
    ExprPtr constant(int line, const Value& value);
    void adopt(Expr& parent, ExprPtr kid);
    void checkDepth(const Expr& expr) const;
    ExprPtr expression(bool conditional = true);
    ExprPtr conditional();
    ExprPtr orElse();
    ExprPtr andThen();
    ExprPtr notThat();
    ExprPtr comparison();
    ExprPtr sum();
    ExprPtr concatenation();
    ExprPtr product();
    ExprPtr power();
    ExprPtr unary(bool withFilters = true);
    ExprPtr primary(bool asTarget = false);
    ExprPtr named(bool asTarget);
    ExprPtr tuple(bool conditional, Names ends, bool parenthesized = false);
    ExprPtr list();
    ExprPtr dict();
    ExprPtr postfix(ExprPtr expr);
    ExprPtr subscript(ExprPtr expr);
    ExprPtr subscripted();
    ExprPtr filtersAndTests(ExprPtr expr);
    ExprPtr filters(ExprPtr expr);
    ExprPtr filterOf(ExprPtr expr);
    ExprPtr testOf(ExprPtr expr);
    ExprPtr call(ExprPtr callee);
    void callArguments(Expr& callee);
    ExprPtr target(bool namespaces, Names ends);
    void checkTarget(const Expr& expr) const;
    template <typename Next>
    ExprPtr leftToRight(Next next,
                        std::initializer_list<std::pair<std::string_view, Op>> operators);
    [[nodiscard]] bool tupleEnds(Names ends) const;

    /// Counts a level of recursion for as long as it lives.
    struct Level {
        Level(const Parser& parser, int& count, int most) : m_count(count) {
            if (++count > most) {
                --count;
                parser.fail("the template is nested too deep here");
            }
        }
        ~Level() { --m_count; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        int& m_count;
    };

    std::vector<Token> m_tokens;
    size_t m_at = 0;
    std::unique_ptr<Program> m_program;
    std::vector<std::string> m_openTags;
    int m_blocks = 0;
    int m_expressions = 0;
    int m_loops = 0;  // of the function being parsed, for break and continue
};

}  // namespace alcove::engine::jinja
