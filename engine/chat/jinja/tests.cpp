// The tests of `is`, and the globals.
#include <algorithm>
#include <cmath>

#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

void noArguments(State& state, const Args& args) { const Bound none(state, "the test", args, {}); }

template <bool (*predicate)(const Value&)>
bool simple(State& state, const Value& input, const Args& args) {
    noArguments(state, args);
    return predicate(input);
}

bool isDefined(const Value& v) { return !v.isUndefined(); }
bool isUndefinedValue(const Value& v) { return v.isUndefined(); }
bool isNone(const Value& v) { return v.isNone(); }
bool isBoolean(const Value& v) { return v.is(Kind::Bool); }
bool isTrue(const Value& v) { return v.is(Kind::Bool) && v.boolean; }
bool isFalse(const Value& v) { return v.is(Kind::Bool) && !v.boolean; }
bool isInteger(const Value& v) { return v.is(Kind::Int); }
bool isReal(const Value& v) { return v.is(Kind::Float); }
bool isStringValue(const Value& v) { return v.isString(); }
bool isMapping(const Value& v) { return v.is(Kind::Dict); }
bool isNumber(const Value& v) { return v.isNumber(); }
bool isEscaped(const Value& v) { return v.isString() && v.markup; }
bool isCallable(const Value& v) {
    return v.is(Kind::Callable) || v.is(Kind::Loop) || v.isUndefined() ||
           (v.is(Kind::Counter) && v.counter->joiner);
}
/// What has a length and can be indexed, in Python: an undefined value has neither attribute.
bool isSequence(const Value& v) {
    return v.isString() || v.isSequence() || v.is(Kind::Dict) || v.is(Kind::Range) ||
           v.isUndefined();
}
bool isIterableValue(const Value& v) { return isIterable(v) || v.is(Kind::Loop); }

Value remainder(State& state, const Value& input, const Value& by) {
    return binary(state, Op::Mod, input, by);
}

template <bool odd>
bool parity(State& state, const Value& input, const Args& args) {
    noArguments(state, args);
    return equal(remainder(state, input, Value::of(int64_t{2})), Value::of(int64_t{odd ? 1 : 0}),
                 state.meter);
}

bool divisibleBy(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "divisibleby", args, {"num"}, 1);
    return equal(remainder(state, input, *bound.get(0)), Value::of(int64_t{0}), state.meter);
}

bool isFilterName(State& state, const Value& input, const Args& args) {
    noArguments(state, args);
    return input.isString() && findFilter(input.str());
}

bool isTestName(State& state, const Value& input, const Args& args) {
    noArguments(state, args);
    return input.isString() && findTest(input.str());
}

template <bool upper>
bool textCase(State& state, const Value& input, const Args& args) {
    noArguments(state, args);
    const Value text = Value::of(toText(state, input));
    return truth(call(state, getAttribute(state, text, upper ? "isupper" : "islower"), {}));
}

bool sameAs(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "sameas", args, {"other"}, 1);
    const Value& other = *bound.get(0);
    if (input.kind != other.kind) return false;
    switch (input.kind) {
        case Kind::None:
            return true;
        case Kind::Bool:
            return input.boolean == other.boolean;
        case Kind::Int:
            return input.integer == other.integer && std::abs(input.integer) <= 256;
        case Kind::String:
            return input.text == other.text && input.length == other.length;
        case Kind::Float:
            return input.real == other.real;
        default:
            return input.dict == other.dict;
    }
}

bool isIn(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "in", args, {"seq"}, 1);
    return contains(state, *bound.get(0), input);
}

template <Op op>
bool comparison(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "the comparison", args, {"other"}, 1);
    return compare(state, op, input, *bound.get(0));
}

struct NamedTest {
    std::string_view name;
    TestFn function;
};

constexpr NamedTest kTests[] = {
    {"!=", comparison<Op::Ne>},
    {"<", comparison<Op::Lt>},
    {"<=", comparison<Op::Le>},
    {"==", comparison<Op::Eq>},
    {">", comparison<Op::Gt>},
    {">=", comparison<Op::Ge>},
    {"boolean", simple<isBoolean>},
    {"callable", simple<isCallable>},
    {"defined", simple<isDefined>},
    {"divisibleby", divisibleBy},
    {"eq", comparison<Op::Eq>},
    {"equalto", comparison<Op::Eq>},
    {"escaped", simple<isEscaped>},
    {"even", parity<false>},
    {"false", simple<isFalse>},
    {"filter", isFilterName},
    {"float", simple<isReal>},
    {"ge", comparison<Op::Ge>},
    {"greaterthan", comparison<Op::Gt>},
    {"gt", comparison<Op::Gt>},
    {"in", isIn},
    {"integer", simple<isInteger>},
    {"iterable", simple<isIterableValue>},
    {"le", comparison<Op::Le>},
    {"lessthan", comparison<Op::Lt>},
    {"lower", textCase<false>},
    {"lt", comparison<Op::Lt>},
    {"mapping", simple<isMapping>},
    {"ne", comparison<Op::Ne>},
    {"none", simple<isNone>},
    {"number", simple<isNumber>},
    {"odd", parity<true>},
    {"sameas", sameAs},
    {"sequence", simple<isSequence>},
    {"string", simple<isStringValue>},
    {"test", isTestName},
    {"true", simple<isTrue>},
    {"undefined", simple<isUndefinedValue>},
    {"upper", textCase<true>},
};

// ---- Globals

Value rangeGlobal(State& state, const Value&, const Args& args) {
    const Bound bound(state, "range", args, {"start", "stop", "step"}, 1);
    if (!args.named.empty()) state.fail("range takes no named arguments");
    int64_t start = 0;
    int64_t stop = integerOf(state, *bound.get(0), "a bound of range");
    if (bound.get(1)) {
        start = stop;
        stop = integerOf(state, *bound.get(1), "a bound of range");
    }
    const int64_t step = integerOf(state, bound.get(2, Value::of(int64_t{1})), "the step of range");
    if (step == 0) state.fail("the step of range is zero");
    uint64_t count = 0;  // unsigned: the distance of two bounds may need all 64 bits
    const uint64_t stride =
        step > 0 ? static_cast<uint64_t>(step) : 0 - static_cast<uint64_t>(step);
    const uint64_t from = static_cast<uint64_t>(start);
    const uint64_t to = static_cast<uint64_t>(stop);
    if (step > 0 && start < stop) count = (to - from - 1) / stride + 1;
    if (step < 0 && start > stop) count = (from - to - 1) / stride + 1;
    if (count > static_cast<uint64_t>(state.limits.range)) {
        state.fail("range has ", count, " items; at most ", state.limits.range, " are allowed");
    }
    return state.range(start, step, static_cast<int64_t>(count));
}

/// What dict(…) and namespace(…) are made of: a dict or pairs, and named values.
const Dict* dictFrom(State& state, std::string_view function, const Args& args) {
    if (args.positional.size() > 1) state.fail(function, " takes at most one value in order");
    DictBuilder builder(state.arena);
    if (!args.positional.empty() && args.positional[0].is(Kind::Dict)) {
        for (const Entry& entry : args.positional[0].dict->entries)
            builder.set(entry.key, entry.value);
    } else if (!args.positional.empty()) {
        for (const Value& pair : collect(state, args.positional[0])) {
            const std::vector<Value> two = collect(state, pair);
            if (two.size() != 2) state.fail(function, " needs pairs of a key and a value");
            builder.set(two[0], two[1]);
        }
    }
    for (const NamedValue& named : args.named) builder.set(Value::of(named.name), named.value);
    return builder.finish();
}

Value dictGlobal(State& state, const Value&, const Args& args) {
    return Value::of(dictFrom(state, "dict", args));
}

Value namespaceGlobal(State& state, const Value&, const Args& args) {
    const Dict* dict = dictFrom(state, "namespace", args);
    state.arena.charge(sizeof(Namespace) + dict->entries.size() * sizeof(Entry));
    state.namespaces.push_back(std::make_unique<Namespace>());
    Value value;
    value.kind = Kind::Namespace;
    value.space = state.namespaces.back().get();
    for (const Entry& entry : dict->entries) {
        const std::string_view name = stringOf(state, entry.key, "the name of an attribute");
        if (name.starts_with('_')) {
            state.fail("the attribute ", name, " of a namespace begins with an underscore");
        }
        value.space->attributes.emplace_back(name, entry.value);
    }
    return value;
}

Value raiseGlobal(State& state, const Value&, const Args& args) {
    const Bound bound(state, "raise_exception", args, {"message"}, 1);
    state.fail(toText(state, *bound.get(0)));
}

Value strftimeGlobal(State& state, const Value&, const Args& args) {
    const Bound bound(state, "strftime_now", args, {"format"}, 1);
    return state.text(
        formatTime(stringOf(state, *bound.get(0), "the format of strftime_now"), state.now));
}

Value counterOf(State& state, std::vector<Value> values, bool joiner) {
    state.arena.charge(sizeof(Counter) + values.size() * sizeof(Value));
    state.counters.push_back(std::make_unique<Counter>(Counter{std::move(values), 0, joiner}));
    Value value;
    value.kind = Kind::Counter;
    value.counter = state.counters.back().get();
    return value;
}

Value cyclerGlobal(State& state, const Value&, const Args& args) {
    if (args.positional.empty()) state.fail("cycler needs something to go through");
    return counterOf(state, {args.positional.begin(), args.positional.end()}, false);
}

Value joinerGlobal(State& state, const Value&, const Args& args) {
    const Bound bound(state, "joiner", args, {"sep"});
    return counterOf(state, {bound.get(0, Value::of(std::string_view(", ")))}, true);
}

struct Global {
    std::string_view name;
    NativeFn function;
};

constexpr Global kGlobals[] = {
    {"cycler", cyclerGlobal},         {"dict", dictGlobal},
    {"joiner", joinerGlobal},         {"namespace", namespaceGlobal},
    {"raise_exception", raiseGlobal}, {"range", rangeGlobal},
    {"strftime_now", strftimeGlobal},
};

}  // namespace

TestFn findTest(std::string_view name) {
    for (const NamedTest& test : kTests) {
        if (test.name == name) return test.function;
    }
    return nullptr;
}

bool findGlobal(State& state, std::string_view name, Value& out) {
    for (const Global& global : kGlobals) {
        if (global.name != name) continue;
        out = state.callable(global.name, global.function);
        return true;
    }
    return false;
}

}  // namespace alcove::engine::jinja
