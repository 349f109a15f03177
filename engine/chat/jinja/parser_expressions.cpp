#include <array>

#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/parser.h"

namespace alcove::engine::jinja {

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
    whole->text = dottedName("the name of a filter");
    whole->filter = findFilter(whole->text);
    if (now().isOperator("(")) callArguments(*whole);
    return whole;
}

ExprPtr Parser::testOf(ExprPtr expr) {
    const int line = take().line;
    const bool negated = takeName("not");
    ExprPtr whole = make(ExprKind::Test, line, {&expr});
    whole->text = dottedName("the name of a test");
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

}  // namespace alcove::engine::jinja
