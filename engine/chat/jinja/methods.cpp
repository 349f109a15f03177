// The methods of Python's types that templates may call. Those that would change a list or a dict
// are undefined, as in jinja2's immutable sandbox; so is what begins with an underscore.
#include "engine/chat/jinja/methods.h"

#include <algorithm>
#include <cmath>

namespace alcove::engine::jinja {
namespace {

// Those of str are in methods_text.cpp.

Value dictGet(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "get", args, {"key", "default"}, 1);
    if (!isHashable(*bound.get(0), state.meter)) {
        state.fail("a ", typeName(*bound.get(0)), " can not be the key of a dict");
    }
    const Value* found = find(*self.dict, *bound.get(0), state.meter);
    return found ? *found : bound.get(1, Value::none());
}

template <ViewOf which>
Value dictView(State& state, const Value& self, const Args& args) {
    const Bound none(state, "a view of a dict", args, {});
    return Value::viewOf(self.dict, which);
}

Value copySelf(State& state, const Value& self, const Args& args) {
    const Bound none(state, "copy", args, {});
    return self.is(Kind::List) ? state.list(self.elements())
                               : Value::of(state.arena.make(Dict(*self.dict)));
}

Value countItems(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "count", args, {"value"}, 1);
    int64_t count = 0;
    Iterator iterator(state, self);
    for (Value item; iterator.next(state, item);) count += equal(item, *bound.get(0), state.meter);
    return Value::of(count);
}

Value indexOf(State& state, const Value& self, const Args& args) {
    const Bound bound(state, "index", args, {"value", "start", "stop"}, 1);
    const Value part =
        slice(state, self, bound.get(1, Value::none()), bound.get(2, Value::none()), Value::none());
    const int64_t length = lengthOf(state, self);
    int64_t at = integerOf(state, bound.get(1, Value::of(int64_t{0})), "the start");
    at = at < 0 ? std::max<int64_t>(at + length, 0) : at;
    Iterator iterator(state, part);
    for (Value item; iterator.next(state, item); ++at) {
        if (equal(item, *bound.get(0), state.meter)) return Value::of(at);
    }
    state.fail("the list does not contain what index looks for");
}

// ---- numbers

Value isWhole(State& state, const Value& self, const Args& args) {
    const Bound none(state, "is_integer", args, {});
    return Value::of(!self.is(Kind::Float) ||
                     (std::isfinite(self.real) && self.real == std::floor(self.real)));
}

Value bitLength(State& state, const Value& self, const Args& args) {
    const Bound none(state, "bit_length", args, {});
    const int64_t value = self.asInteger();
    uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    int64_t bits = 0;
    for (; size != 0; size >>= 1) ++bits;
    return Value::of(bits);
}

// ---- loop, cycler

Value loopCycle(State& state, const Value& self, const Args& args) {
    if (args.positional.empty()) state.fail("loop.cycle needs something to go through");
    return args.positional[static_cast<size_t>(self.loop->index) % args.positional.size()];
}

Value loopChanged(State& state, const Value& self, const Args& args) {
    LoopState& loop = *self.loop;
    const std::vector<Value> now(args.positional.begin(), args.positional.end());
    const bool same =
        loop.changedOnce && equal(Value::list(now), Value::list(loop.lastChanged), state.meter);
    loop.lastChanged = now;
    loop.changedOnce = true;
    return Value::of(!same);
}

Value cyclerNext(State&, const Value& self, const Args&) {
    Counter& counter = *self.counter;
    const Value value = counter.values[counter.position];
    counter.position = (counter.position + 1) % counter.values.size();
    return value;
}

Value cyclerReset(State&, const Value& self, const Args&) {
    self.counter->position = 0;
    return Value::none();
}

constexpr Method kDict[] = {
    {"get", dictGet},
    {"items", dictView<ViewOf::Items>},
    {"keys", dictView<ViewOf::Keys>},
    {"values", dictView<ViewOf::Values>},
    {"copy", copySelf},
    {"clear", nullptr},
    {"pop", nullptr},
    {"popitem", nullptr},
    {"setdefault", nullptr},
    {"update", nullptr},
};

constexpr Method kList[] = {
    {"copy", copySelf},  {"count", countItems}, {"index", indexOf},  {"append", nullptr},
    {"clear", nullptr},  {"extend", nullptr},   {"insert", nullptr}, {"pop", nullptr},
    {"remove", nullptr}, {"reverse", nullptr},  {"sort", nullptr},
};

constexpr Method kFixed[] = {{"count", countItems}, {"index", indexOf}};
constexpr Method kNumber[] = {{"bit_length", bitLength}, {"is_integer", isWhole}};
constexpr Method kReal[] = {{"is_integer", isWhole}};
constexpr Method kLoop[] = {{"cycle", loopCycle}, {"changed", loopChanged}};
constexpr Method kCycler[] = {{"next", cyclerNext}, {"reset", cyclerReset}};

std::span<const Method> methodsOf(const Value& owner) {
    switch (owner.kind) {
        case Kind::String:
            return textMethods();
        case Kind::Dict:
            return kDict;
        case Kind::List:
            return kList;
        case Kind::Tuple:
        case Kind::Range:
            return kFixed;
        case Kind::Int:
        case Kind::Bool:
            return kNumber;
        case Kind::Float:
            return kReal;
        case Kind::Loop:
            return kLoop;
        case Kind::Counter:
            return owner.counter->joiner ? std::span<const Method>() : kCycler;
        default:
            return {};
    }
}

int64_t loopLength(State& state, LoopState& loop) {
    if (loop.length >= 0) return loop.length;
    if (hasLength(loop.source)) {
        loop.length = lengthOf(state, loop.source);
        return loop.length;
    }
    // A generator: read all of it ahead.
    std::vector<Value> rest(loop.buffered.begin() + static_cast<ptrdiff_t>(loop.bufferedAt),
                            loop.buffered.end());
    for (Value item; !loop.ended && loop.iterator.next(state, item);) {
        state.arena.charge(sizeof(Value));
        rest.push_back(item);
    }
    loop.ended = true;
    loop.buffered = std::move(rest);
    loop.bufferedAt = 0;
    loop.length =
        static_cast<int64_t>(loop.buffered.size()) + loop.index + 1 + (loop.hasAfter ? 1 : 0);
    return loop.length;
}

bool loopAttribute(State& state, LoopState& loop, std::string_view name, Value& out) {
    if (name == "index") {
        out = Value::of(loop.index + 1);
    } else if (name == "index0") {
        out = Value::of(loop.index);
    } else if (name == "first") {
        out = Value::of(loop.index == 0);
    } else if (name == "last") {
        out = Value::of(!loop.peek(state));
    } else if (name == "length") {
        out = Value::of(loopLength(state, loop));
    } else if (name == "revindex") {
        out = Value::of(loopLength(state, loop) - loop.index);
    } else if (name == "revindex0") {
        out = Value::of(loopLength(state, loop) - loop.index - 1);
    } else if (name == "depth") {
        out = Value::of(int64_t{loop.depth} + 1);
    } else if (name == "depth0") {
        out = Value::of(int64_t{loop.depth});
    } else if (name == "previtem") {
        out = loop.index == 0 ? state.undefined("there is no previous item") : loop.before;
    } else if (name == "nextitem") {
        out = loop.peek(state) ? loop.after : state.undefined("there is no next item");
    } else {
        return false;
    }
    return true;
}

bool specialAttribute(State& state, const Value& owner, std::string_view name, Value& out) {
    switch (owner.kind) {
        case Kind::Namespace:
            if (const Value* value = owner.space->find(name)) {
                state.meter.spend(static_cast<int64_t>(owner.space->attributes.size() / 8));
                out = *value;
                return true;
            }
            return false;
        case Kind::Loop:
            return loopAttribute(state, *owner.loop, name, out);
        case Kind::Callable:
            if (name != "name" || !owner.callable->macro) return false;
            out = owner.callable->macro->kind == StmtKind::Macro ? Value::of(owner.callable->name)
                                                                 : Value::none();
            return true;
        case Kind::Counter:
            if (name != "current" || owner.counter->joiner) return false;
            out = owner.counter->values[owner.counter->position];
            return true;
        case Kind::Range:
            if (name == "start" || name == "step") {
                out = Value::of(name == "start" ? owner.range->start : owner.range->step);
                return true;
            }
            return false;
        default:
            return false;
    }
}

}  // namespace

bool findMethod(State& state, const Value& owner, std::string_view name, Value& out) {
    if (specialAttribute(state, owner, name, out)) return true;
    for (const Method& method : methodsOf(owner)) {
        if (method.name != name) continue;
        if (method.function) {
            out = state.callable(method.name, method.function, owner);
        } else {
            out = state.undefined(state.arena.copy(
                concat("a ", typeName(owner), " can not be changed in a chat template: ", name,
                       " is not allowed")));
        }
        return true;
    }
    return false;
}

}  // namespace alcove::engine::jinja
