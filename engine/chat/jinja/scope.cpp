// Which variable a name means, decided before running, by the rules of jinja2's compiler.
//
// Each scope (template, body of a for, macro, call, set block, filter block, with) has a table of
// symbols. A name that is only read in a scope means the nearest scope around it that knows it,
// else the variables handed to the template. A name that is assigned anywhere in a scope is a
// variable of that scope everywhere in it; it starts as a copy of the outer one, or as undefined.
// So an assignment in a loop is lost at the end of the round, and a macro sees the values that the
// template's variables have when it is called. Branches of an `if` share their scope, but a name
// assigned in some of them only starts with its outer value, for the case that none runs.
//
// A variable's slot is chosen by its level of nesting and its name within its function, so scopes
// side by side share slots; every scope initializes its own when it is entered.
#include <map>
#include <set>
#include <string>

#include "engine/chat/jinja/ast.h"
#include "engine/chat/jinja/failure.h"

namespace alcove::engine::jinja {
namespace {

constexpr size_t kMostCopies =
    4'000'000;  // of table entries: bounds the time of a hostile template

struct FunctionScope {
    FunctionScope* parent = nullptr;
    int depth = 0;
    std::map<std::pair<int, std::string>, int, std::less<>> slots;

    int slot(int level, const std::string& name) {
        return slots.emplace(std::pair(level, name), static_cast<int>(slots.size())).first->second;
    }
};

struct Ref {
    FunctionScope* function = nullptr;
    int index = 0;
    auto operator<=>(const Ref&) const = default;
};

struct Origin {
    enum class Kind : uint8_t { Parameter, Context, Outer, Nothing } kind = Kind::Nothing;
    Ref outer;
    std::string name;
};

struct Symbols {
    Symbols* parent = nullptr;
    FunctionScope* function = nullptr;
    int level = 0;
    std::map<std::string, Ref, std::less<>> refs;
    std::map<Ref, Origin> loads;
    std::set<std::string, std::less<>> stores;

    [[nodiscard]] const Ref* find(const std::string& name) const {
        for (const Symbols* scope = this; scope; scope = scope->parent) {
            const auto found = scope->refs.find(name);
            if (found != scope->refs.end()) return &found->second;
        }
        return nullptr;
    }

    void define(const std::string& name, Origin origin) {
        const Ref ref{function, function->slot(level, name)};
        refs[name] = ref;
        loads[ref] = std::move(origin);
    }

    void load(const std::string& name) {
        if (!find(name)) define(name, {Origin::Kind::Context, {}, name});
    }

    void parameter(const std::string& name) {
        stores.insert(name);
        define(name, {Origin::Kind::Parameter, {}, {}});
    }

    void store(const std::string& name) {
        stores.insert(name);
        if (refs.contains(name)) return;
        const Ref* outer = parent ? parent->find(name) : nullptr;
        define(name, outer ? Origin{Origin::Kind::Outer, *outer, {}} : Origin{});
    }

    void merge(std::initializer_list<Symbols*> branches) {
        std::set<std::string, std::less<>> stored;
        for (Symbols* branch : branches)
            stored.insert(branch->stores.begin(), branch->stores.end());
        for (const std::string& name : stores) stored.erase(name);
        for (Symbols* branch : branches) {
            for (const auto& [name, ref] : branch->refs) refs[name] = ref;
            for (const auto& [ref, origin] : branch->loads) loads[ref] = origin;
            stores.insert(branch->stores.begin(), branch->stores.end());
        }
        for (const std::string& name : stored) {
            const Ref* outer = parent ? parent->find(name) : nullptr;
            loads[*find(name)] = outer ? Origin{Origin::Kind::Outer, *outer, {}}
                                       : Origin{Origin::Kind::Context, {}, name};
        }
    }
};

template <typename Use>
void forEachKid(const Expr& expr, Use use) {
    for (const ExprPtr& kid : expr.kids) {
        if (kid) use(*kid);
    }
    for (const ExprPtr& argument : expr.arguments) use(*argument);
    for (const Keyword& keyword : expr.keywords) use(*keyword.value);
    if (expr.moreArguments) use(*expr.moreArguments);
    if (expr.moreKeywords) use(*expr.moreKeywords);
}

bool reads(const Expr* expr, std::string_view name) {
    if (!expr) return false;
    if (expr->kind == ExprKind::Name && expr->text == name) return true;
    bool found = false;
    forEachKid(*expr, [&](const Expr& kid) { found = found || reads(&kid, name); });
    return found;
}

bool reads(const Block& block, std::string_view name);

bool reads(const Stmt& stmt, std::string_view name) {
    if (reads(stmt.expr.get(), name) || reads(stmt.filter.get(), name)) return true;
    for (const ExprPtr& value : stmt.defaults) {
        if (reads(value.get(), name)) return true;
    }
    for (const Branch& branch : stmt.branches) {
        if (reads(branch.test.get(), name) || reads(branch.body, name)) return true;
    }
    return reads(stmt.body, name) || reads(stmt.otherwise, name);
}

bool reads(const Block& block, std::string_view name) {
    for (const StmtPtr& stmt : block) {
        if (reads(*stmt, name)) return true;
    }
    return false;
}

/// First pass over one scope: fills its symbols, without entering the scopes inside it.
class Analysis {
public:
    Analysis(Symbols& symbols, size_t& copies) : m_symbols(&symbols), m_copies(copies) {}

    void block(const Block& statements) {
        for (const StmtPtr& stmt : statements) statement(*stmt);
    }

    void expression(const Expr* expr) {
        if (!expr) return;
        if (expr->kind == ExprKind::Name) {
            m_symbols->load(expr->text);
            return;
        }
        forEachKid(*expr, [this](const Expr& kid) { expression(&kid); });
    }

    void target(const Expr& expr, bool asParameter) {
        if (expr.kind == ExprKind::Name) {
            asParameter ? m_symbols->parameter(expr.text) : m_symbols->store(expr.text);
        } else if (expr.kind == ExprKind::Attribute) {
            expression(expr.kids[0].get());
        } else {
            for (const ExprPtr& kid : expr.kids) target(*kid, asParameter);
        }
    }

private:
    void statement(const Stmt& stmt) {
        switch (stmt.kind) {
            case StmtKind::If:
                branches(stmt);
                break;
            case StmtKind::Set:
                expression(stmt.expr.get());
                target(*stmt.target, false);
                break;
            case StmtKind::SetBlock:
                target(*stmt.target, false);
                break;
            case StmtKind::Macro:
                m_symbols->store(stmt.text);
                break;
            case StmtKind::With:
                for (const ExprPtr& value : stmt.defaults) expression(value.get());
                break;
            default:
                expression(stmt.expr.get());
        }
    }

    Symbols copy() {
        m_copies += m_symbols->refs.size() + m_symbols->loads.size() + m_symbols->stores.size() + 1;
        if (m_copies > kMostCopies) giveUp("the template has too many variables and branches");
        return *m_symbols;
    }

    template <typename Visit>
    Symbols branch(Visit visit) {
        Symbols inner = copy();
        Symbols* outer = std::exchange(m_symbols, &inner);
        visit();
        m_symbols = outer;
        return inner;
    }

    void branches(const Stmt& stmt) {
        expression(stmt.branches[0].test.get());
        Symbols first = branch([&] { block(stmt.branches[0].body); });
        Symbols rest = branch([&] {
            for (size_t i = 1; i < stmt.branches.size(); ++i) {
                expression(stmt.branches[i].test.get());
                Symbols one = branch([&] { block(stmt.branches[i].body); });
                m_symbols->merge({&one});
            }
        });
        Symbols last = branch([&] { block(stmt.otherwise); });
        m_symbols->merge({&first, &rest, &last});
    }

    Symbols* m_symbols;
    size_t& m_copies;
};

/// Second pass: gives names their slots, scope by scope.
class Resolver {
public:
    explicit Resolver(Program& program) : m_program(program) {}

    void run() {
        FunctionScope function;
        Symbols symbols;
        symbols.function = &function;
        analyze(symbols).block(m_program.body);
        block(m_program.body, symbols, false);
        m_program.loads = loadsOf(symbols);
        m_program.function.slotCount = static_cast<int>(function.slots.size());
    }

private:
    Analysis analyze(Symbols& symbols) { return {symbols, m_copies}; }

    static Symbols inner(Symbols& outer, FunctionScope* function = nullptr) {
        Symbols symbols;
        symbols.parent = &outer;
        symbols.function = function ? function : outer.function;
        symbols.level = outer.level + 1;
        return symbols;
    }

    static FunctionScope innerFunction(Symbols& outer) {
        FunctionScope function;
        function.parent = outer.function;
        function.depth = outer.function->depth + 1;
        return function;
    }

    static Slot slotOf(const Ref& ref, const Symbols& from) {
        return {from.function->depth - ref.function->depth, ref.index};
    }

    static Slot slotOf(const std::string& name, const Symbols& from) {
        const Ref* ref = from.find(name);
        if (!ref) giveUp("the variable ", name, " can not be placed");
        return slotOf(*ref, from);
    }

    static Loads loadsOf(const Symbols& symbols) {
        Loads loads;
        for (const auto& [ref, origin] : symbols.loads) {
            Load load;
            load.index = ref.index;
            switch (origin.kind) {
                case Origin::Kind::Parameter:
                    continue;
                case Origin::Kind::Context:
                    load.from = Load::From::Context;
                    load.name = origin.name;
                    break;
                case Origin::Kind::Outer:
                    load.from = Load::From::Outer;
                    load.outer = slotOf(origin.outer, symbols);
                    break;
                case Origin::Kind::Nothing:
                    break;
            }
            loads.push_back(std::move(load));
        }
        return loads;
    }

    [[noreturn]] static void fail(int line, std::string message) {
        throw Failure{std::move(message), line};
    }

    /// `soft`: in an if or a conditional, where an unknown filter only matters when it is reached.
    void expression(Expr* expr, Symbols& symbols, bool soft) {
        if (!expr) return;
        if (expr->kind == ExprKind::Name) {
            expr->slot = slotOf(expr->text, symbols);
            UndefinedInfo& info = m_program.undefinedNames.emplace_back();
            info.name = Value::of(std::string_view(expr->text));
            expr->constant = Value{};
            expr->constant.undefined = &info;
            return;
        }
        if (!soft && expr->kind == ExprKind::Filter && !expr->filter) {
            fail(expr->line, concat("there is no filter named ", expr->text));
        }
        if (!soft && expr->kind == ExprKind::Test && !expr->test) {
            fail(expr->line, concat("there is no test named ", expr->text));
        }
        soft = soft || expr->kind == ExprKind::Conditional;
        forEachKid(*expr,
                   [&](const Expr& kid) { expression(const_cast<Expr*>(&kid), symbols, soft); });
    }

    void target(Expr& expr, Symbols& symbols) {
        if (m_fors > 0 && expr.kind == ExprKind::Name && expr.text == "loop") {
            fail(expr.line, "the variable loop can not be assigned to inside a for");
        }
        if (expr.kind == ExprKind::Name || expr.kind == ExprKind::Attribute) {
            expression(expr.kind == ExprKind::Name ? &expr : expr.kids[0].get(), symbols, true);
        } else {
            for (const ExprPtr& kid : expr.kids) target(*kid, symbols);
        }
    }

    void block(Block& statements, Symbols& symbols, bool soft) {
        for (const StmtPtr& stmt : statements) statement(*stmt, symbols, soft);
    }

    void statement(Stmt& stmt, Symbols& symbols, bool soft) {
        switch (stmt.kind) {
            case StmtKind::If:
                for (Branch& branch : stmt.branches) {
                    expression(branch.test.get(), symbols, true);
                    block(branch.body, symbols, true);
                }
                block(stmt.otherwise, symbols, true);
                break;
            case StmtKind::For:
                forLoop(stmt, symbols, soft);
                break;
            case StmtKind::Set:
                target(*stmt.target, symbols);
                expression(stmt.expr.get(), symbols, soft);
                break;
            case StmtKind::SetBlock:
                target(*stmt.target, symbols);
                capture(stmt, symbols);
                break;
            case StmtKind::FilterBlock:
                capture(stmt, symbols);
                break;
            case StmtKind::Macro:
                stmt.slot = slotOf(stmt.text, symbols);
                macro(stmt, symbols);
                break;
            case StmtKind::CallBlock:
                expression(stmt.expr.get(), symbols, soft);
                macro(stmt, symbols);
                break;
            case StmtKind::With:
                with(stmt, symbols, soft);
                break;
            default:
                expression(stmt.expr.get(), symbols, soft);
        }
    }

    void forLoop(Stmt& stmt, Symbols& symbols, bool soft) {
        expression(stmt.expr.get(), symbols, soft);
        ++m_fors;
        filterOf(stmt, symbols);
        FunctionScope function = innerFunction(symbols);
        FunctionScope* own = stmt.recursive ? &function : nullptr;
        Symbols body = inner(symbols, own);
        stmt.usesLoop = stmt.recursive || reads(stmt.body, "loop");
        if (stmt.usesLoop) {
            body.parameter("loop");
            stmt.slot = slotOf("loop", body);
        }
        Analysis analysis = analyze(body);
        analysis.target(*stmt.target, true);
        analysis.block(stmt.body);
        Symbols otherwise = inner(symbols, own);
        analyze(otherwise).block(stmt.otherwise);
        target(*stmt.target, body);
        block(stmt.body, body, false);
        block(stmt.otherwise, otherwise, false);
        stmt.loads = loadsOf(body);
        stmt.elseLoads = loadsOf(otherwise);
        stmt.function.slotCount = static_cast<int>(function.slots.size());
        --m_fors;
    }

    /// The `if` of a for is a function of its own, called while the loop goes on.
    void filterOf(Stmt& stmt, Symbols& symbols) {
        if (!stmt.filter) return;
        FunctionScope function = innerFunction(symbols);
        Symbols test = inner(symbols, &function);
        Analysis analysis = analyze(test);
        analysis.target(*stmt.filterTarget, true);
        analysis.expression(stmt.filter.get());
        target(*stmt.filterTarget, test);
        expression(stmt.filter.get(), test, false);
        stmt.filterLoads = loadsOf(test);
        stmt.filterFunction.slotCount = static_cast<int>(function.slots.size());
    }

    /// The body of a set or filter block.
    void capture(Stmt& stmt, Symbols& symbols) {
        Symbols body = inner(symbols);
        Analysis analysis = analyze(body);
        analysis.block(stmt.body);
        analysis.expression(stmt.expr.get());
        expression(stmt.expr.get(), body, false);
        block(stmt.body, body, false);
        stmt.loads = loadsOf(body);
    }

    void with(Stmt& stmt, Symbols& symbols, bool soft) {
        for (const ExprPtr& value : stmt.defaults) expression(value.get(), symbols, soft);
        Symbols body = inner(symbols);
        for (const std::string& name : stmt.parameters) {
            body.parameter(name);
            stmt.parameterSlots.push_back(slotOf(name, body).index);
        }
        analyze(body).block(stmt.body);
        block(stmt.body, body, false);
        stmt.loads = loadsOf(body);
    }

    void macro(Stmt& stmt, Symbols& symbols) {
        FunctionScope function = innerFunction(symbols);
        Symbols body = inner(symbols, &function);
        for (const std::string& name : stmt.parameters) {
            body.parameter(name);
            stmt.parameterSlots.push_back(slotOf(name, body).index);
        }
        specials(stmt, body);
        Analysis analysis = analyze(body);
        for (const ExprPtr& value : stmt.defaults) analysis.expression(value.get());
        analysis.block(stmt.body);
        for (const ExprPtr& value : stmt.defaults) expression(value.get(), body, false);
        block(stmt.body, body, false);
        stmt.loads = loadsOf(body);
        stmt.function.slotCount = static_cast<int>(function.slots.size());
    }

    /// caller, kwargs and varargs, where the macro's body reads them.
    void specials(Stmt& stmt, Symbols& body) {
        const auto declared = [&stmt](std::string_view name) {
            for (const std::string& parameter : stmt.parameters) {
                if (parameter == name) return true;
            }
            return false;
        };
        const auto special = [&](std::string_view name) {
            if (declared(name) || !reads(stmt.body, name)) return -1;
            body.parameter(std::string(name));
            return slotOf(std::string(name), body).index;
        };
        stmt.explicitCaller = declared("caller");
        if (stmt.explicitCaller && reads(stmt.body, "caller")) {
            const size_t plain = stmt.parameters.size() - stmt.defaults.size();
            for (size_t i = 0; i < plain; ++i) {
                if (stmt.parameters[i] == "caller") {
                    fail(stmt.line, "the parameter caller of a macro needs a default");
                }
            }
        }
        stmt.callerSlot = special("caller");
        stmt.keywordsSlot = special("kwargs");
        stmt.positionalSlot = special("varargs");
    }

    Program& m_program;
    size_t m_copies = 0;
    int m_fors = 0;  // loops around the statement
};

}  // namespace

void resolveNames(Program& program) { Resolver(program).run(); }

}  // namespace alcove::engine::jinja
