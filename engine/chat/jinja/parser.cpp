// Recursive descent over the tokens, by the precedence of Jinja: if-else, or, and, not,
// comparisons,
// + -, ~, * / // %, **, unary, postfix, filters and tests. (So unlike in Python, `~` binds tighter
// than +, ** groups to the left, and -x|f filters -x, but -x.y takes the attribute first.)
//
// The depth of the tree is bounded, both where the parser recurses and where left-recursive chains
// such as a+b+c+… grow it, so that neither parsing, running nor freeing can exhaust the stack.
#include <algorithm>
#include <array>
#include <initializer_list>

#include "engine/chat/jinja/ast.h"
#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/failure.h"
#include "engine/chat/jinja/lexer.h"

namespace alcove::engine::jinja {
namespace {

constexpr int kDeepestExpression = 200;                    // levels of the tree
constexpr int kDeepestRecursion = 2 * kDeepestExpression;  // a pair of parentheses takes two
constexpr int kDeepestBlocks = 80;

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

std::string Parser::describe(const Token& token) {
    switch (token.type) {
        case TokenType::Data:
            return "text";
        case TokenType::BlockBegin:
            return "{%";
        case TokenType::BlockEnd:
            return "%}";
        case TokenType::VariableBegin:
            return "{{";
        case TokenType::VariableEnd:
            return "}}";
        case TokenType::String:
            return "a string";
        case TokenType::End:
            return "the end of the template";
        default:
            return concat("'", token.text.substr(0, 60), "'");
    }
}

// ---- Statements

StmtPtr Parser::make(StmtKind kind) {
    auto stmt = std::make_unique<Stmt>();
    stmt->kind = kind;
    stmt->line = now().line;
    return stmt;
}

/// Up to one of the tags in `ends`, which is left to be taken; to the end of the template if none.
Block Parser::statements(Names ends) {
    const Level level(*this, m_blocks, kDeepestBlocks);
    Block block;
    while (now().type != TokenType::End) {
        switch (now().type) {
            case TokenType::Data:
                block.push_back(make(StmtKind::Text));
                block.back()->text = take().text;
                break;
            case TokenType::VariableBegin:
                take();
                block.push_back(make(StmtKind::Output));
                block.back()->expr = tuple(true, {});
                expect(TokenType::VariableEnd, "}}");
                break;
            default:
                expect(TokenType::BlockBegin, "{%");
                if (now().type != TokenType::Name)
                    fail("expected the name of a tag, but found ", describe(now()));
                if (std::find(ends.begin(), ends.end(), now().text) != ends.end()) return block;
                if (now().isName("print")) {
                    print(block);
                } else {
                    block.push_back(statement());
                }
                expect(TokenType::BlockEnd, "%}");
        }
    }
    if (ends.size() != 0) {
        fail("the template ends inside {% ",
             m_openTags.empty() ? std::string("?") : m_openTags.back(), " %}: {% ",
             *(ends.end() - 1), " %} is missing");
    }
    return block;
}

/// The rest of a tag, then its body up to one of the tags in `ends`.
Block Parser::body(Names ends) {
    takeOperator(":");
    expect(TokenType::BlockEnd, "%}");
    return statements(ends);
}

StmtPtr Parser::statement() {
    const std::string tag = now().text;
    m_openTags.push_back(tag);
    StmtPtr stmt;
    if (tag == "for") {
        stmt = forLoop();
    } else if (tag == "if") {
        stmt = ifElse();
    } else if (tag == "set") {
        stmt = set();
    } else if (tag == "macro") {
        stmt = macro();
    } else if (tag == "call") {
        stmt = callBlock();
    } else if (tag == "generation") {
        stmt = generation();
    } else if (tag == "filter") {
        stmt = filterBlock();
    } else if (tag == "with") {
        stmt = with();
    } else if (tag == "break" || tag == "continue") {
        if (m_loops == 0) fail("{% ", tag, " %} stands outside a loop");
        stmt = make(tag == "break" ? StmtKind::Break : StmtKind::Continue);
        take();
    } else {
        static constexpr std::array<std::string_view, 6> kRefused = {
            "include", "import", "from", "extends", "block", "autoescape"};
        m_openTags.pop_back();
        if (std::find(kRefused.begin(), kRefused.end(), tag) != kRefused.end()) {
            fail("{% ", tag, " %} is not supported in chat templates");
        }
        fail("unknown tag {% ", tag.substr(0, 60), " %}",
             m_openTags.empty() ? "" : concat(" inside {% ", m_openTags.back(), " %}"));
    }
    m_openTags.pop_back();
    return stmt;
}

StmtPtr Parser::forLoop() {
    StmtPtr stmt = make(StmtKind::For);
    take();
    const size_t targetAt = m_at;
    stmt->target = target(false, {"in"});
    if (!takeName("in")) fail("expected 'in' but found ", describe(now()));
    stmt->expr = tuple(false, {"recursive"});
    if (takeName("if")) {
        stmt->filter = expression();
        const size_t after = m_at;  // the filter has variables of its own: parse the target again
        m_at = targetAt;
        stmt->filterTarget = target(false, {"in"});
        m_at = after;
    }
    stmt->recursive = takeName("recursive");
    const int outerLoops = m_loops;
    m_loops = stmt->recursive ? 1 : m_loops + 1;
    stmt->body = body({"else", "endfor"});
    m_loops = stmt->recursive ? 0 : outerLoops;  // the else of a recursive loop is in its function
    if (take().text == "else") {
        stmt->otherwise = body({"endfor"});
        take();
    }
    m_loops = outerLoops;
    return stmt;
}

StmtPtr Parser::ifElse() {
    StmtPtr stmt = make(StmtKind::If);
    do {
        take();
        Branch branch;
        branch.test = tuple(false, {});
        branch.body = body({"elif", "else", "endif"});
        stmt->branches.push_back(std::move(branch));
    } while (now().isName("elif"));
    if (take().text == "else") {
        stmt->otherwise = body({"endif"});
        take();
    }
    return stmt;
}

StmtPtr Parser::set() {
    StmtPtr stmt = make(StmtKind::Set);
    take();
    stmt->target = target(true, {});
    if (takeOperator("=")) {
        stmt->expr = tuple(true, {});
        return stmt;
    }
    stmt->kind = StmtKind::SetBlock;
    stmt->expr = filters(nullptr);
    stmt->body = body({"endset"});
    take();
    return stmt;
}

/// Parameters in parentheses, the last of them with defaults.
void Parser::signature(Stmt& stmt) {
    expectOperator("(");
    while (!now().isOperator(")")) {
        if (!stmt.parameters.empty()) expectOperator(",");
        stmt.parameters.push_back(expectName("a parameter"));
        if (takeOperator("=")) {
            stmt.defaults.push_back(expression());
        } else if (!stmt.defaults.empty()) {
            fail("a parameter without a default follows one with a default");
        }
    }
    take();
}

StmtPtr Parser::macro() {
    StmtPtr stmt = make(StmtKind::Macro);
    take();
    stmt->text = expectName("the name of the macro");
    signature(*stmt);
    const int outerLoops = std::exchange(m_loops, 0);
    stmt->body = body({"endmacro"});
    m_loops = outerLoops;
    take();
    return stmt;
}

StmtPtr Parser::callBlock() {
    StmtPtr stmt = make(StmtKind::CallBlock);
    take();
    if (now().isOperator("(")) signature(*stmt);
    stmt->expr = expression();
    if (stmt->expr->kind != ExprKind::Call) fail("{% call %} needs a call");
    const int outerLoops = std::exchange(m_loops, 0);
    stmt->body = body({"endcall"});
    m_loops = outerLoops;
    take();
    return stmt;
}

/// {% generation %} marks what the assistant wrote; it renders as its body, in a scope of its own.
StmtPtr Parser::generation() {
    StmtPtr stmt = make(StmtKind::CallBlock);
    take();
    const int outerLoops = std::exchange(m_loops, 0);
    stmt->body = body({"endgeneration"});
    m_loops = outerLoops;
    take();
    return stmt;
}

StmtPtr Parser::filterBlock() {
    StmtPtr stmt = make(StmtKind::FilterBlock);
    take();
    stmt->expr = filters(filterOf(nullptr));
    stmt->body = body({"endfilter"});
    take();
    return stmt;
}

StmtPtr Parser::with() {
    StmtPtr stmt = make(StmtKind::With);
    take();
    while (now().type != TokenType::BlockEnd) {
        if (!stmt->parameters.empty()) expectOperator(",");
        stmt->parameters.push_back(expectName("a variable"));
        expectOperator("=");
        stmt->defaults.push_back(expression());
    }
    stmt->body = body({"endwith"});
    take();
    return stmt;
}

void Parser::print(Block& block) {
    take();
    for (bool first = true; now().type != TokenType::BlockEnd; first = false) {
        if (!first) expectOperator(",");
        block.push_back(make(StmtKind::Output));
        block.back()->expr = expression();
    }
}

// ---- Expressions

void Parser::checkDepth(const Expr& expr) const {
    if (expr.depth > kDeepestExpression) fail("an expression is nested too deep");
}

void Parser::adopt(Expr& parent, ExprPtr kid) {
    if (kid) parent.depth = std::max(parent.depth, kid->depth + 1);
    parent.kids.push_back(std::move(kid));
    checkDepth(parent);
}

ExprPtr Parser::make(ExprKind kind, int line, std::initializer_list<ExprPtr*> kids) {
    auto expr = std::make_unique<Expr>();
    expr->kind = kind;
    expr->line = line;
    for (ExprPtr* kid : kids) adopt(*expr, std::move(*kid));
    return expr;
}

ExprPtr Parser::constant(int line, const Value& value) {
    ExprPtr expr = make(ExprKind::Const, line);
    expr->constant = value;
    return expr;
}

ExprPtr Parser::expression(bool withConditional) {
    return withConditional ? conditional() : orElse();
}

ExprPtr Parser::conditional() {
    const Level level(*this, m_expressions, kDeepestRecursion);
    int line = now().line;
    ExprPtr expr = orElse();
    while (takeName("if")) {
        ExprPtr test = orElse();
        ExprPtr otherwise;
        const bool hasElse = takeName("else");
        if (hasElse) otherwise = conditional();
        ExprPtr whole = make(ExprKind::Conditional, line, {&test, &expr});
        if (hasElse) adopt(*whole, std::move(otherwise));
        expr = std::move(whole);
        line = now().line;
    }
    return expr;
}

ExprPtr Parser::orElse() {
    ExprPtr left = andThen();
    while (now().isName("or")) {
        const int line = take().line;
        ExprPtr right = andThen();
        left = make(ExprKind::Or, line, {&left, &right});
    }
    return left;
}

ExprPtr Parser::andThen() {
    ExprPtr left = notThat();
    while (now().isName("and")) {
        const int line = take().line;
        ExprPtr right = notThat();
        left = make(ExprKind::And, line, {&left, &right});
    }
    return left;
}

ExprPtr Parser::notThat() {
    if (!now().isName("not")) return comparison();
    const Level level(*this, m_expressions, kDeepestRecursion);
    const int line = take().line;
    ExprPtr kid = notThat();
    return make(ExprKind::Not, line, {&kid});
}

ExprPtr Parser::comparison() {
    static constexpr std::array<std::pair<std::string_view, Op>, 6> kOperators = {{{"==", Op::Eq},
                                                                                   {"!=", Op::Ne},
                                                                                   {"<", Op::Lt},
                                                                                   {"<=", Op::Le},
                                                                                   {">", Op::Gt},
                                                                                   {">=", Op::Ge}}};
    const int line = now().line;
    ExprPtr first = sum();
    ExprPtr whole;
    while (true) {
        Op op = Op::In;
        const auto* found =
            std::find_if(kOperators.begin(), kOperators.end(),
                         [this](const auto& row) { return now().isOperator(row.first); });
        if (found != kOperators.end()) {
            op = found->second;
            take();
        } else if (now().isName("not") && ahead().isName("in")) {
            op = Op::NotIn;
            take();
            take();
        } else if (!takeName("in")) {
            break;
        }
        if (!whole) whole = make(ExprKind::Compare, line, {&first});
        whole->operators.push_back(op);
        adopt(*whole, sum());
    }
    return whole ? std::move(whole) : std::move(first);
}

template <typename Next>
ExprPtr Parser::leftToRight(Next next,
                            std::initializer_list<std::pair<std::string_view, Op>> operators) {
    int line = now().line;
    ExprPtr left = (this->*next)();
    while (true) {
        const auto* found =
            std::find_if(operators.begin(), operators.end(),
                         [this](const auto& row) { return now().isOperator(row.first); });
        if (found == operators.end()) return left;
        take();
        ExprPtr right = (this->*next)();
        left = make(ExprKind::Binary, line, {&left, &right});
        left->operators.push_back(found->second);
        line = now().line;
    }
}

ExprPtr Parser::sum() {
    return leftToRight(&Parser::concatenation, {{"+", Op::Add}, {"-", Op::Sub}});
}

ExprPtr Parser::concatenation() {
    const int line = now().line;
    ExprPtr first = product();
    if (!now().isOperator("~")) return first;
    ExprPtr whole = make(ExprKind::Concat, line, {&first});
    while (takeOperator("~")) adopt(*whole, product());
    return whole;
}

ExprPtr Parser::product() {
    return leftToRight(&Parser::power,
                       {{"*", Op::Mul}, {"/", Op::Div}, {"//", Op::FloorDiv}, {"%", Op::Mod}});
}

ExprPtr Parser::power() {
    int line = now().line;
    ExprPtr left = unary();
    while (takeOperator("**")) {
        ExprPtr right = unary();
        left = make(ExprKind::Binary, line, {&left, &right});
        left->operators.push_back(Op::Pow);
        line = now().line;
    }
    return left;
}

ExprPtr Parser::unary(bool withFilters) {
    const Level level(*this, m_expressions, kDeepestRecursion);
    ExprPtr expr;
    if (now().isOperator("-") || now().isOperator("+")) {
        const Token& sign = take();
        ExprPtr kid = unary(false);
        expr = make(sign.text == "-" ? ExprKind::Negate : ExprKind::Plus, sign, {&kid});
    } else {
        expr = primary();
    }
    expr = postfix(std::move(expr));
    return withFilters ? filtersAndTests(std::move(expr)) : std::move(expr);
}

ExprPtr Parser::named(bool asTarget) {
    const Token& token = take();
    const std::string& name = token.text;
    if (name == "true" || name == "True") return constant(token.line, Value::of(true));
    if (name == "false" || name == "False") return constant(token.line, Value::of(false));
    if (name == "none" || name == "None") return constant(token.line, Value::none());
    ExprPtr expr = make(ExprKind::Name, token);
    expr->text = name;
    if (asTarget && takeOperator(".")) {
        ExprPtr attribute = make(ExprKind::Attribute, token, {&expr});
        attribute->text = expectName("the attribute of a namespace");
        return attribute;
    }
    return expr;
}

ExprPtr Parser::primary(bool asTarget) {
    const Token& token = now();
    switch (token.type) {
        case TokenType::Name:
            return named(asTarget);
        case TokenType::String: {
            std::string text;
            while (now().type == TokenType::String) text += take().text;
            return constant(
                token.line,
                Value::of(std::string_view(m_program->strings.emplace_back(std::move(text)))));
        }
        case TokenType::Integer:
            return constant(take().line, Value::of(token.integer));
        case TokenType::Float:
            return constant(take().line, Value::of(token.real));
        default:
            break;
    }
    if (takeOperator("(")) {
        ExprPtr expr = tuple(true, {}, true);
        expectOperator(")");
        return expr;
    }
    if (now().isOperator("[")) return list();
    if (now().isOperator("{")) return dict();
    fail("expected an expression but found ", describe(now()));
}

bool Parser::tupleEnds(Names ends) const {
    const Token& token = now();
    return token.type == TokenType::VariableEnd || token.type == TokenType::BlockEnd ||
           token.isOperator(")") ||
           (token.type == TokenType::Name &&
            std::find(ends.begin(), ends.end(), token.text) != ends.end());
}

/// One expression, or several with commas between them, which make a tuple.
ExprPtr Parser::tuple(bool withConditional, Names ends, bool parenthesized) {
    ExprPtr whole = make(ExprKind::Tuple, now());
    bool isTuple = false;
    while (!tupleEnds(ends)) {
        adopt(*whole, expression(withConditional));
        if (!now().isOperator(",")) break;
        isTuple = true;
        take();
    }
    if (isTuple) return whole;
    if (!whole->kids.empty()) return std::move(whole->kids[0]);
    if (!parenthesized) fail("expected an expression but found ", describe(now()));
    return whole;
}

ExprPtr Parser::list() {
    ExprPtr whole = make(ExprKind::List, take());
    while (!now().isOperator("]")) {
        if (!whole->kids.empty()) expectOperator(",");
        if (now().isOperator("]")) break;
        adopt(*whole, expression());
    }
    expectOperator("]");
    return whole;
}

ExprPtr Parser::dict() {
    ExprPtr whole = make(ExprKind::Dict, take());
    while (!now().isOperator("}")) {
        if (!whole->kids.empty()) expectOperator(",");
        if (now().isOperator("}")) break;
        adopt(*whole, expression());
        expectOperator(":");
        adopt(*whole, expression());
    }
    expectOperator("}");
    return whole;
}

ExprPtr Parser::postfix(ExprPtr expr) {
    while (true) {
        if (now().isOperator(".") || now().isOperator("[")) {
            expr = subscript(std::move(expr));
        } else if (now().isOperator("(")) {
            expr = call(std::move(expr));
        } else {
            return expr;
        }
    }
}

ExprPtr Parser::subscript(ExprPtr expr) {
    const Token& token = take();
    if (token.text == ".") {
        const Token& name = take();
        if (name.type == TokenType::Name) {
            ExprPtr whole = make(ExprKind::GetAttribute, token, {&expr});
            whole->text = name.text;
            return whole;
        }
        if (name.type != TokenType::Integer) fail("expected a name or a number after '.'");
        ExprPtr index = constant(name.line, Value::of(name.integer));
        return make(ExprKind::GetItem, token, {&expr, &index});
    }
    ExprPtr index = subscripted();
    if (now().isOperator(",")) {
        ExprPtr several = make(ExprKind::Tuple, token, {&index});
        while (takeOperator(",")) adopt(*several, subscripted());
        index = std::move(several);
        for (const ExprPtr& kid : index->kids) {
            if (kid->kind == ExprKind::Slice) fail("a slice can not be part of a tuple");
        }
    }
    expectOperator("]");
    if (index->kind == ExprKind::Slice) {
        index->depth = std::max(index->depth, expr->depth + 1);
        checkDepth(*index);
        index->kids[0] = std::move(expr);
        return index;
    }
    return make(ExprKind::GetItem, token, {&expr, &index});
}

/// What stands in brackets: an expression, or start:stop:step. kids[0] of a slice is left free.
ExprPtr Parser::subscripted() {
    const int line = now().line;
    ExprPtr start;
    if (!now().isOperator(":")) {
        start = expression();
        if (!now().isOperator(":")) return start;
    }
    ExprPtr slice = make(ExprKind::Slice, line);
    adopt(*slice, nullptr);
    adopt(*slice, std::move(start));
    for (int part = 0; part < 2; ++part) {
        ExprPtr value;
        if (takeOperator(":") && !now().isOperator(":") && !now().isOperator("]") &&
            !now().isOperator(",")) {
            value = expression();
        }
        adopt(*slice, std::move(value));
    }
    return slice;
}

ExprPtr Parser::filtersAndTests(ExprPtr expr) {
    while (true) {
        if (now().isOperator("|")) {
            expr = filters(std::move(expr));
        } else if (now().isName("is")) {
            expr = testOf(std::move(expr));
        } else if (now().isOperator("(")) {
            expr = call(std::move(expr));
        } else {
            return expr;
        }
    }
}

ExprPtr Parser::filters(ExprPtr expr) {
    while (takeOperator("|")) expr = filterOf(std::move(expr));
    return expr;
}

/// A filter's name and arguments; `expr` may be null, where a block is filtered.
ExprPtr Parser::filterOf(ExprPtr expr) {
    const int line = now().line;
    ExprPtr whole = make(ExprKind::Filter, line, {&expr});
    whole->text = expectName("the name of a filter");
    while (takeOperator(".")) whole->text += "." + expectName("the name of a filter");
    whole->filter = findFilter(whole->text);
    if (now().isOperator("(")) callArguments(*whole);
    return whole;
}

ExprPtr Parser::testOf(ExprPtr expr) {
    const int line = take().line;
    const bool negated = takeName("not");
    ExprPtr whole = make(ExprKind::Test, line, {&expr});
    whole->text = expectName("the name of a test");
    while (takeOperator(".")) whole->text += "." + expectName("the name of a test");
    whole->test = findTest(whole->text);
    const Token& next = now();
    if (next.isOperator("(")) {
        callArguments(*whole);
    } else if ((next.type == TokenType::Name && next.text != "else" && next.text != "or" &&
                next.text != "and") ||
               next.type == TokenType::String || next.type == TokenType::Integer ||
               next.type == TokenType::Float || next.isOperator("[") || next.isOperator("{")) {
        if (next.isName("is")) fail("tests can not be chained with 'is'");
        ExprPtr argument = postfix(primary());
        whole->depth = std::max(whole->depth, argument->depth + 1);
        whole->arguments.push_back(std::move(argument));
        checkDepth(*whole);
    }
    if (!negated) return whole;
    return make(ExprKind::Not, line, {&whole});
}

ExprPtr Parser::call(ExprPtr callee) {
    ExprPtr whole = make(ExprKind::Call, now(), {&callee});
    callArguments(*whole);
    return whole;
}

void Parser::callArguments(Expr& callee) {
    expectOperator("(");
    const auto deeper = [&](const ExprPtr& argument) {
        callee.depth = std::max(callee.depth, argument->depth + 1);
        checkDepth(callee);
    };
    for (bool first = true; !now().isOperator(")"); first = false) {
        if (!first) expectOperator(",");
        if (now().isOperator(")")) break;
        const bool onlyNamed = callee.moreArguments || callee.moreKeywords;
        if (now().isOperator("*") && !onlyNamed) {
            take();
            callee.moreArguments = expression();
            deeper(callee.moreArguments);
        } else if (now().isOperator("**") && !callee.moreKeywords) {
            take();
            callee.moreKeywords = expression();
            deeper(callee.moreKeywords);
        } else if (now().type == TokenType::Name && ahead().isOperator("=") &&
                   !callee.moreKeywords) {
            std::string name = take().text;
            take();
            for (const Keyword& keyword : callee.keywords) {
                if (keyword.name == name) fail("the argument ", name, " is given twice");
            }
            callee.keywords.push_back({std::move(name), expression()});
            deeper(callee.keywords.back().value);
        } else if (!onlyNamed && callee.keywords.empty()) {
            callee.arguments.push_back(expression());
            deeper(callee.arguments.back());
        } else {
            fail("the arguments of a call are out of order");
        }
    }
    take();
}

/// What a set or a for assigns to.
ExprPtr Parser::target(bool namespaces, Names ends) {
    ExprPtr whole = make(ExprKind::Tuple, now());
    bool isTuple = false;
    while (!tupleEnds(ends)) {
        adopt(*whole, primary(namespaces));
        if (!now().isOperator(",")) break;
        isTuple = true;
        take();
    }
    if (whole->kids.empty()) fail("expected a variable but found ", describe(now()));
    ExprPtr result = isTuple ? std::move(whole) : std::move(whole->kids[0]);
    checkTarget(*result);
    return result;
}

void Parser::checkTarget(const Expr& expr) const {
    if (expr.kind == ExprKind::Name || expr.kind == ExprKind::Attribute) return;
    if (expr.kind != ExprKind::Tuple) {
        fail("only variables and attributes of namespaces can be assigned to");
    }
    for (const ExprPtr& kid : expr.kids) checkTarget(*kid);
}

}  // namespace

std::unique_ptr<Program> parseTemplate(std::string_view source) {
    std::unique_ptr<Program> program = Parser(source).run();
    resolveNames(*program);
    return program;
}

}  // namespace alcove::engine::jinja
