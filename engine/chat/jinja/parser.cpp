// Recursive descent over the tokens, by the precedence of Jinja: if-else, or, and, not,
// comparisons,
// + -, ~, * / // %, **, unary, postfix, filters and tests. (So unlike in Python, `~` binds tighter
// than +, ** groups to the left, and -x|f filters -x, but -x.y takes the attribute first.)
//
// The depth of the tree is bounded, both where the parser recurses and where left-recursive chains
// such as a+b+c+… grow it, so that neither parsing, running nor freeing can exhaust the stack.
#include "engine/chat/jinja/parser.h"

#include <array>

namespace alcove::engine::jinja {

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

std::unique_ptr<Program> parseTemplate(std::string_view source) {
    std::unique_ptr<Program> program = Parser(source).run();
    resolveNames(*program);
    return program;
}

}  // namespace alcove::engine::jinja
