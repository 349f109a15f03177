// Walks the tree. Expressions become Values, statements append to state.out. What a macro, a call
// block, a set block or a filter block writes goes to a buffer of its own and becomes a string.
#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

enum class Flow : uint8_t { Normal, Break, Continue };

Flow execute(State& state, const Block& block, Env& env);

/// Sends the output to a buffer for as long as it lives.
class Capture {
public:
    explicit Capture(State& state)
        : m_state(state), m_before(std::exchange(state.out, &m_buffer)) {}
    ~Capture() { m_state.out = m_before; }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    [[nodiscard]] Value text() { return m_state.text(m_buffer); }

private:
    State& m_state;
    std::string m_buffer;
    std::string* m_before;
};

Value& slotOf(Env& env, const Slot& slot) {
    Env* at = &env;
    for (int hop = 0; hop < slot.hops; ++hop) at = at->outer;
    return at->values[static_cast<size_t>(slot.index)];
}

Value fromContext(State& state, std::string_view name) {
    const auto found = state.context.find(name);
    if (found != state.context.end()) return found->second;
    Value global;
    if (!findGlobal(state, name, global)) return {};
    state.context.emplace(name, global);
    return global;
}

void enter(State& state, const Loads& loads, Env& env) {
    for (const Load& load : loads) {
        Value& slot = env.values[static_cast<size_t>(load.index)];
        switch (load.from) {
            case Load::From::Context:
                slot = fromContext(state, load.name);
                break;
            case Load::From::Outer:
                slot = slotOf(env, load.outer);
                break;
            case Load::From::Nothing:
                slot = Value{};
                break;
        }
    }
}

Env* newEnv(State& state, const Function& function, Env* outer) {
    const std::span<Value> slots =
        state.arena.array<Value>(static_cast<size_t>(function.slotCount));
    state.meter.spend(function.slotCount);
    return state.arena.make(Env{slots, outer});
}

void assign(State& state, const Expr& target, const Value& value, Env& env) {
    if (target.kind == ExprKind::Name) {
        slotOf(env, target.slot) = value;
        return;
    }
    state.line = target.line;
    if (target.kind == ExprKind::Attribute) {
        const Value& owner = slotOf(env, target.kids[0]->slot);
        if (!owner.is(Kind::Namespace)) {
            state.fail(target.kids[0]->text, " is no namespace; its attribute ", target.text,
                       " can not be set");
        }
        if (target.text.starts_with('_')) {
            state.fail("the attribute ", target.text, " of a namespace begins with an underscore");
        }
        if (Value* slot = owner.space->find(target.text)) {
            *slot = value;
        } else {
            state.arena.charge(sizeof(std::pair<std::string_view, Value>));
            owner.space->attributes.emplace_back(target.text, value);
        }
        return;
    }
    const std::vector<Value> values = collect(state, value);
    if (values.size() != target.kids.size()) {
        state.fail("expected ", target.kids.size(), " values to unpack but got ", values.size());
    }
    for (size_t i = 0; i < values.size(); ++i) assign(state, *target.kids[i], values[i], env);
}

// ---- Expressions

/// The arguments of a call, a filter or a test, evaluated. `caller` is that of a call block.
struct Arguments {
    std::vector<Value> positional;
    std::vector<NamedValue> named;
    [[nodiscard]] Args args() const { return {positional, named}; }

    Arguments(State& state, const Expr& expr, Env& env, const Value* caller = nullptr) {
        positional.reserve(expr.arguments.size());
        for (const ExprPtr& argument : expr.arguments) {
            positional.push_back(evaluate(state, *argument, env));
        }
        for (const Keyword& keyword : expr.keywords) {
            named.push_back({keyword.name, evaluate(state, *keyword.value, env)});
        }
        if (caller) named.push_back({"caller", *caller});
        if (expr.moreArguments) {
            const std::vector<Value> more =
                collect(state, evaluate(state, *expr.moreArguments, env));
            positional.insert(positional.end(), more.begin(), more.end());
        }
        if (expr.moreKeywords) addKeywords(state, evaluate(state, *expr.moreKeywords, env));
    }

    void addKeywords(State& state, const Value& more) {
        if (!more.is(Kind::Dict)) state.fail("** needs a dict, not a ", typeName(more));
        for (const Entry& entry : more.dict->entries) {
            if (!entry.key.isString()) state.fail("the keys of a dict after ** have to be strings");
            for (const NamedValue& other : named) {
                if (other.name == entry.key.str()) {
                    state.fail("the argument ", other.name, " is given twice");
                }
            }
            state.meter.spend(static_cast<int64_t>(named.size()));
            named.push_back({entry.key.str(), entry.value});
        }
    }
};

Value evaluateCall(State& state, const Expr& expr, Env& env, const Value* caller = nullptr) {
    const Value callee = evaluate(state, *expr.kids[0], env);
    const Arguments arguments(state, expr, env, caller);
    state.line = expr.line;
    return call(state, callee, arguments.args());
}

/// `captured` is the text of a filter block, which the innermost filter works on.
Value evaluateFilter(State& state, const Expr& expr, Env& env, const Value* captured) {
    const Deeper deeper(state);
    Value input;
    if (!expr.kids[0]) {
        input = captured ? *captured : Value{};
    } else if (captured && expr.kids[0]->kind == ExprKind::Filter) {
        input = evaluateFilter(state, *expr.kids[0], env, captured);
    } else {
        input = evaluate(state, *expr.kids[0], env);
    }
    state.line = expr.line;
    if (!expr.filter) state.fail("there is no filter named ", expr.text);
    const Arguments arguments(state, expr, env);
    state.line = expr.line;
    return expr.filter(state, input, arguments.args());
}

Value evaluateTest(State& state, const Expr& expr, Env& env) {
    const Value input = evaluate(state, *expr.kids[0], env);
    if (!expr.test) state.fail("there is no test named ", expr.text);
    const Arguments arguments(state, expr, env);
    state.line = expr.line;
    return Value::of(expr.test(state, input, arguments.args()));
}

Value evaluateCompare(State& state, const Expr& expr, Env& env) {
    Value left = evaluate(state, *expr.kids[0], env);
    for (size_t i = 0; i < expr.operators.size(); ++i) {
        const Value right = evaluate(state, *expr.kids[i + 1], env);
        if (!compare(state, expr.operators[i], left, right)) return Value::of(false);
        left = right;
    }
    return Value::of(true);
}

Value evaluateConcat(State& state, const Expr& expr, Env& env) {
    std::vector<std::string_view> parts;
    parts.reserve(expr.kids.size());
    size_t bytes = 0;
    for (const ExprPtr& kid : expr.kids) {
        parts.push_back(toText(state, evaluate(state, *kid, env)));
        bytes += parts.back().size();
    }
    state.meter.spendBytes(bytes);
    return Value::of(state.arena.join(parts));
}

Value evaluateItems(State& state, const Expr& expr, Env& env) {
    const std::span<Value> items = state.arena.array<Value>(expr.kids.size());
    for (size_t i = 0; i < items.size(); ++i) items[i] = evaluate(state, *expr.kids[i], env);
    return expr.kind == ExprKind::List ? Value::list(items) : Value::tuple(items);
}

Value evaluateDict(State& state, const Expr& expr, Env& env) {
    DictBuilder builder(state.arena);
    for (size_t i = 0; i < expr.kids.size(); i += 2) {
        const Value key = evaluate(state, *expr.kids[i], env);
        builder.set(key, evaluate(state, *expr.kids[i + 1], env));
    }
    return Value::of(builder.finish());
}

Value evaluateSlice(State& state, const Expr& expr, Env& env) {
    const auto part = [&](size_t i) {
        return expr.kids[i] ? evaluate(state, *expr.kids[i], env) : Value::none();
    };
    const Value what = part(0);
    const Value start = part(1);
    const Value stop = part(2);
    return slice(state, what, start, stop, part(3));
}

Value evaluateConditional(State& state, const Expr& expr, Env& env) {
    if (truth(evaluate(state, *expr.kids[0], env))) return evaluate(state, *expr.kids[1], env);
    if (expr.kids.size() > 2) return evaluate(state, *expr.kids[2], env);
    return state.undefined("a conditional without else has no value here");
}

Value evaluateBinary(State& state, const Expr& expr, Env& env) {
    const Value left = evaluate(state, *expr.kids[0], env);
    const Value right = evaluate(state, *expr.kids[1], env);
    state.line = expr.line;
    return binary(state, expr.operators[0], left, right);
}

Value evaluateGetItem(State& state, const Expr& expr, Env& env) {
    const Value owner = evaluate(state, *expr.kids[0], env);
    const Value key = evaluate(state, *expr.kids[1], env);
    state.line = expr.line;
    return getItem(state, owner, key);
}

}  // namespace

Value evaluate(State& state, const Expr& expr, Env& env) {
    const Deeper deeper(state);
    state.line = expr.line;
    switch (expr.kind) {
        case ExprKind::Const:
            return expr.constant;
        case ExprKind::Name: {
            const Value& value = slotOf(env, expr.slot);
            return value.isUndefined() && !value.undefined ? expr.constant : value;
        }
        case ExprKind::Tuple:
        case ExprKind::List:
            return evaluateItems(state, expr, env);
        case ExprKind::Dict:
            return evaluateDict(state, expr, env);
        case ExprKind::Conditional:
            return evaluateConditional(state, expr, env);
        case ExprKind::And: {
            const Value left = evaluate(state, *expr.kids[0], env);
            return truth(left) ? evaluate(state, *expr.kids[1], env) : left;
        }
        case ExprKind::Or: {
            const Value left = evaluate(state, *expr.kids[0], env);
            return truth(left) ? left : evaluate(state, *expr.kids[1], env);
        }
        case ExprKind::Not:
            return Value::of(!truth(evaluate(state, *expr.kids[0], env)));
        case ExprKind::Negate:
            return negative(state, evaluate(state, *expr.kids[0], env));
        case ExprKind::Plus: {
            const Value value = evaluate(state, *expr.kids[0], env);
            mustBeDefined(state, value);
            if (!value.isNumber()) state.fail("+ needs a number, not a ", typeName(value));
            return value.is(Kind::Bool) ? Value::of(value.asInteger()) : value;
        }
        case ExprKind::Compare:
            return evaluateCompare(state, expr, env);
        case ExprKind::Binary:
            return evaluateBinary(state, expr, env);
        case ExprKind::Concat:
            return evaluateConcat(state, expr, env);
        case ExprKind::GetAttribute: {
            const Value owner = evaluate(state, *expr.kids[0], env);
            state.line = expr.line;
            return getAttribute(state, owner, expr.text);
        }
        case ExprKind::GetItem:
            return evaluateGetItem(state, expr, env);
        case ExprKind::Slice:
            return evaluateSlice(state, expr, env);
        case ExprKind::Call:
            return evaluateCall(state, expr, env);
        case ExprKind::Filter:
            return evaluateFilter(state, expr, env, nullptr);
        case ExprKind::Test:
            return evaluateTest(state, expr, env);
        case ExprKind::Attribute:
            break;  // only a target
    }
    state.fail("this can not be evaluated");
}

// ---- Calls

namespace {

/// What a call gives to a macro that is no positional parameter: the named values left over.
class Leftovers {
public:
    explicit Leftovers(const Args& args) : m_named(args.named.begin(), args.named.end()) {}

    bool take(std::string_view name, Value& out) {
        for (auto at = m_named.begin(); at != m_named.end(); ++at) {
            if (at->name != name) continue;
            out = at->value;
            m_named.erase(at);
            return true;
        }
        return false;
    }
    [[nodiscard]] const std::vector<NamedValue>& rest() const { return m_named; }

private:
    std::vector<NamedValue> m_named;
};

void bindParameters(State& state, const Stmt& macro, const Args& args, Env& env) {
    Leftovers named(args);
    const size_t count = macro.parameters.size();
    bool callerFound = macro.explicitCaller && args.positional.size() >= count;
    for (size_t i = 0; i < count; ++i) {
        Value& slot = env.values[static_cast<size_t>(macro.parameterSlots[i])];
        if (i < args.positional.size()) {
            slot = args.positional[i];
        } else {
            slot = Value{};
            named.take(macro.parameters[i], slot);
            callerFound = callerFound || macro.parameters[i] == "caller";
        }
    }
    if (macro.callerSlot >= 0 && !callerFound) {
        Value caller;
        if (!named.take("caller", caller))
            caller = state.undefined("the macro was called without a caller");
        env.values[static_cast<size_t>(macro.callerSlot)] = caller;
    }
    if (macro.keywordsSlot >= 0) {
        DictBuilder keywords(state.arena);
        for (const NamedValue& value : named.rest())
            keywords.set(Value::of(value.name), value.value);
        env.values[static_cast<size_t>(macro.keywordsSlot)] = Value::of(keywords.finish());
    } else if (!named.rest().empty()) {
        state.fail("the macro ", macro.text, " takes no argument named ", named.rest()[0].name);
    }
    if (macro.positionalSlot >= 0) {
        env.values[static_cast<size_t>(macro.positionalSlot)] =
            state.tuple(args.positional.subspan(std::min(count, args.positional.size())));
    } else if (args.positional.size() > count) {
        state.fail("the macro ", macro.text, " takes at most ", count, " arguments, not ",
                   args.positional.size());
    }
}

Value callMacro(State& state, const Callable& callee, const Args& args) {
    const Stmt& macro = *callee.macro;
    Env& env = *newEnv(state, macro.function, callee.env);
    bindParameters(state, macro, args, env);
    Capture capture(state);
    enter(state, macro.loads, env);
    const size_t withoutDefault = macro.parameters.size() - macro.defaults.size();
    for (size_t i = 0; i < macro.parameters.size(); ++i) {
        Value& slot = env.values[static_cast<size_t>(macro.parameterSlots[i])];
        if (!slot.isUndefined() || slot.undefined) continue;
        slot = i >= withoutDefault ? evaluate(state, *macro.defaults[i - withoutDefault], env)
                                   : state.undefined(state.arena.copy(concat(
                                         "the parameter ", macro.parameters[i], " was not given")));
    }
    execute(state, macro.body, env);
    return capture.text();
}

Flow runLoop(State& state, const Stmt& stmt, Env& env, Env& outer, const Value& source, int depth);

/// loop(items) in a recursive for: the body once more, with the items of a deeper level.
Value callLoop(State& state, const LoopState& loop, const Args& args) {
    if (!loop.stmt->recursive) {
        state.fail("the loop is not recursive and can not be called");
    }
    const Bound bound(state, "loop", args, {"iterable"}, 1);
    Env& env = *newEnv(state, loop.stmt->function, loop.env);
    Capture capture(state);
    runLoop(state, *loop.stmt, env, *loop.env, *bound.get(0), loop.depth + 1);
    return capture.text();
}

Value callCounter(Counter& counter) {
    if (counter.position == 0) {
        counter.position = 1;
        return Value::of(std::string_view(""));
    }
    return counter.values[0];
}

}  // namespace

Value call(State& state, const Value& callee, const Args& args) {
    const Deeper deeper(state);
    mustBeDefined(state, callee);
    if (callee.is(Kind::Callable)) {
        const Callable& function = *callee.callable;
        return function.macro ? callMacro(state, function, args)
                              : function.native(state, function.self, args);
    }
    if (callee.is(Kind::Loop)) return callLoop(state, *callee.loop, args);
    if (callee.is(Kind::Counter) && callee.counter->joiner) return callCounter(*callee.counter);
    state.fail("a ", typeName(callee), " can not be called");
}

Value applyFilter(State& state, std::string_view name, const Value& input, const Args& args) {
    const FilterFn filter = findFilter(name);
    if (!filter) state.fail("there is no filter named ", name);
    return filter(state, input, args);
}

bool applyTest(State& state, std::string_view name, const Value& input, const Args& args) {
    const TestFn test = findTest(name);
    if (!test) state.fail("there is no test named ", name);
    return test(state, input, args);
}

// ---- Statements

namespace {

/// The items of a for that pass its `if`, tested one by one as the loop asks for them.
class Filtered : public Generator {
public:
    Filtered(State& state, const Stmt& stmt, Env& outer, const Value& source)
        : m_state(state), m_stmt(stmt), m_outer(outer), m_source(state, source) {}

    bool next(Value& out) override {
        if (!m_env) {
            m_env = newEnv(m_state, m_stmt.filterFunction, &m_outer);
            enter(m_state, m_stmt.filterLoads, *m_env);
        }
        while (m_source.next(m_state, out)) {
            assign(m_state, *m_stmt.filterTarget, out, *m_env);
            if (truth(evaluate(m_state, *m_stmt.filter, *m_env))) return true;
        }
        return false;
    }

private:
    State& m_state;
    const Stmt& m_stmt;
    Env& m_outer;
    Env* m_env = nullptr;
    Iterator m_source;
};

/// One round; whether the loop goes on. `ended` becomes true when the body ran to its end.
Flow runRound(State& state, const Stmt& stmt, Env& env, const Value& item, bool& ended) {
    assign(state, *stmt.target, item, env);
    enter(state, stmt.loads, env);
    const Flow flow = execute(state, stmt.body, env);
    ended = ended || flow == Flow::Normal;
    return flow == Flow::Break ? Flow::Break : Flow::Normal;
}

void runRounds(State& state, const Stmt& stmt, Env& env, Env& outer, const Value& source, int depth,
               bool& ended) {
    if (!stmt.usesLoop) {
        Iterator iterator(state, source);
        Value item;
        while (iterator.next(state, item) &&
               runRound(state, stmt, env, item, ended) != Flow::Break) {
        }
        return;
    }
    state.arena.charge(sizeof(LoopState));
    state.loops.push_back(std::make_unique<LoopState>());
    LoopState& loop = *state.loops.back();
    loop.source = source;
    loop.iterator = Iterator(state, source);
    loop.depth = depth;
    loop.stmt = &stmt;
    loop.env = &outer;
    Value& slot = slotOf(env, stmt.slot);
    while (loop.advance(state)) {
        slot = Value{};
        slot.kind = Kind::Loop;
        slot.loop = &loop;
        if (runRound(state, stmt, env, loop.current, ended) == Flow::Break) break;
    }
}

/// jinja2 takes the else when no round came to the end of its body, even if there were rounds.
Flow runLoop(State& state, const Stmt& stmt, Env& env, Env& outer, const Value& source, int depth) {
    const Deeper deeper(state);
    Value items = source;
    if (stmt.filter) {
        items = state.generator(std::make_unique<Filtered>(state, stmt, outer, source));
    }
    bool ended = false;
    runRounds(state, stmt, env, outer, items, depth, ended);
    if (ended || stmt.otherwise.empty()) return Flow::Normal;
    enter(state, stmt.elseLoads, env);
    return execute(state, stmt.otherwise, env);
}

Flow executeFor(State& state, const Stmt& stmt, Env& env) {
    const Value source = evaluate(state, *stmt.expr, env);
    state.line = stmt.line;
    if (!stmt.recursive) return runLoop(state, stmt, env, env, source, 0);
    runLoop(state, stmt, *newEnv(state, stmt.function, &env), env, source, 0);
    return Flow::Normal;
}

Flow executeIf(State& state, const Stmt& stmt, Env& env) {
    for (const Branch& branch : stmt.branches) {
        if (truth(evaluate(state, *branch.test, env))) return execute(state, branch.body, env);
    }
    return execute(state, stmt.otherwise, env);
}

Value callableOf(State& state, const Stmt& stmt, Env& env) {
    Callable callable;
    callable.name = stmt.kind == StmtKind::Macro ? std::string_view(stmt.text) : "caller";
    callable.macro = &stmt;
    callable.env = &env;
    Value value;
    value.kind = Kind::Callable;
    value.callable = state.arena.make(callable);
    return value;
}

void executeCallBlock(State& state, const Stmt& stmt, Env& env) {
    const Value caller = callableOf(state, stmt, env);
    const Value result =
        stmt.expr ? evaluateCall(state, *stmt.expr, env, &caller) : call(state, caller, {});
    state.write(toText(state, result));
}

/// The body of a set or filter block, through its filters.
Flow executeCapture(State& state, const Stmt& stmt, Env& env) {
    enter(state, stmt.loads, env);
    Value text;
    {
        Capture capture(state);
        const Flow flow = execute(state, stmt.body, env);
        if (flow != Flow::Normal) return flow;
        text = capture.text();
    }
    if (stmt.expr) text = evaluateFilter(state, *stmt.expr, env, &text);
    if (stmt.kind == StmtKind::SetBlock) {
        assign(state, *stmt.target, text, env);
    } else {
        state.write(toText(state, text));
    }
    return Flow::Normal;
}

Flow executeWith(State& state, const Stmt& stmt, Env& env) {
    std::vector<Value> values;
    for (const ExprPtr& value : stmt.defaults) values.push_back(evaluate(state, *value, env));
    for (size_t i = 0; i < values.size(); ++i) {
        env.values[static_cast<size_t>(stmt.parameterSlots[i])] = values[i];
    }
    enter(state, stmt.loads, env);
    return execute(state, stmt.body, env);
}

Flow executeOne(State& state, const Stmt& stmt, Env& env) {
    switch (stmt.kind) {
        case StmtKind::Text:
            state.write(stmt.text);
            break;
        case StmtKind::Output: {
            const Value value = evaluate(state, *stmt.expr, env);
            state.write(toText(state, value));
            break;
        }
        case StmtKind::If:
            return executeIf(state, stmt, env);
        case StmtKind::For:
            return executeFor(state, stmt, env);
        case StmtKind::Set:
            assign(state, *stmt.target, evaluate(state, *stmt.expr, env), env);
            break;
        case StmtKind::Macro:
            slotOf(env, stmt.slot) = callableOf(state, stmt, env);
            break;
        case StmtKind::CallBlock:
            executeCallBlock(state, stmt, env);
            break;
        case StmtKind::SetBlock:
        case StmtKind::FilterBlock:
            return executeCapture(state, stmt, env);
        case StmtKind::With:
            return executeWith(state, stmt, env);
        case StmtKind::Break:
            return Flow::Break;
        case StmtKind::Continue:
            return Flow::Continue;
    }
    return Flow::Normal;
}

Flow execute(State& state, const Block& block, Env& env) {
    const Deeper deeper(state);
    for (const StmtPtr& stmt : block) {
        state.line = stmt->line;
        state.meter.spend(1);
        const Flow flow = executeOne(state, *stmt, env);
        if (flow != Flow::Normal) return flow;
    }
    return Flow::Normal;
}

}  // namespace

void runProgram(State& state) {
    Env& env = *newEnv(state, state.program.function, nullptr);
    enter(state, state.program.loads, env);
    execute(state, state.program.body, env);
}

}  // namespace alcove::engine::jinja
