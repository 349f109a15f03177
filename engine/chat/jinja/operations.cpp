// Python's operators and item access.
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {

bool truth(const Value& value) {
    switch (value.kind) {
        case Kind::Undefined:
        case Kind::None:
            return false;
        case Kind::Bool:
            return value.boolean;
        case Kind::Int:
            return value.integer != 0;
        case Kind::Float:
            return value.real != 0;
        case Kind::String:
        case Kind::List:
        case Kind::Tuple:
            return value.length != 0;
        case Kind::Dict:
        case Kind::View:
            return !value.dict->entries.empty();
        case Kind::Range:
            return value.range->count != 0;
        default:
            return true;
    }
}

void failUndefined(const State& state, const Value& value) {
    const UndefinedInfo* info = value.undefined;
    if (!info) state.fail("a value is undefined");
    if (!info->hint.empty()) state.fail(info->hint);
    const std::string_view name = info->name.isString() ? info->name.str() : "this item";
    if (!info->hasOwner) state.fail("'", name, "' is undefined");
    const std::string_view owner = info->owner.isNone() ? "none" : typeName(info->owner);
    if (info->name.is(Kind::Int)) state.fail("a ", owner, " has no item ", info->name.asInteger());
    state.fail(owner == "none" ? "" : "a ", owner, " has no attribute or key '",
               name.substr(0, 100), "'");
}

void mustBeDefined(const State& state, const Value& value) {
    if (value.isUndefined()) failUndefined(state, value);
}

// ---- Arithmetic

namespace {

std::string_view symbol(Op op) {
    static constexpr std::string_view kSymbols[] = {
        "+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in"};
    return kSymbols[static_cast<size_t>(op)];
}

[[noreturn]] void tooLarge(const State& state) { state.fail("a whole number outgrows 64 bits"); }

int64_t addIntegers(const State& state, int64_t a, int64_t b) {
    const int64_t sum = static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    if ((a >= 0) == (b >= 0) && (sum >= 0) != (a >= 0)) tooLarge(state);
    return sum;
}

int64_t multiplyIntegers(const State& state, int64_t a, int64_t b) {
    constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
    constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
    if (a == 0 || b == 0) return 0;
    const bool overflows =
        a > 0 ? (b > 0 ? a > kMax / b : b < kMin / a) : (b > 0 ? a < kMin / b : b < kMax / a);
    if (overflows) tooLarge(state);
    return a * b;
}

int64_t floorDivide(const State& state, int64_t a, int64_t b) {
    if (b == 0) state.fail("division by zero");
    if (b == -1) {
        if (a == std::numeric_limits<int64_t>::min()) tooLarge(state);
        return -a;
    }
    const int64_t quotient = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

int64_t floorModulo(const State& state, int64_t a, int64_t b) {
    if (b == 0) state.fail("modulo by zero");
    if (b == -1) return 0;
    const int64_t rest = a % b;
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

int64_t integerPower(const State& state, int64_t base, int64_t exponent) {
    int64_t result = 1;
    while (exponent > 0) {
        if (exponent & 1) result = multiplyIntegers(state, result, base);
        exponent >>= 1;
        if (exponent > 0) base = multiplyIntegers(state, base, base);
    }
    return result;
}

/// Quotient, rounded down, and rest, with the sign of b.
std::pair<double, double> divideReals(const State& state, double a, double b) {
    if (b == 0) state.fail("division by zero");
    double rest = std::fmod(a, b);
    double quotient = (a - rest) / b;
    if (rest != 0) {
        if ((b < 0) != (rest < 0)) {
            rest += b;
            quotient -= 1;
        }
    } else {
        rest = std::copysign(0.0, b);
    }
    if (quotient == 0) return {std::copysign(0.0, a / b), rest};
    const double floored = std::floor(quotient);
    return {quotient - floored > 0.5 ? floored + 1 : floored, rest};
}

Value powerOf(const State& state, const Value& a, const Value& b) {
    if (a.isIntegral() && b.isIntegral() && b.asInteger() >= 0) {
        return Value::of(integerPower(state, a.asInteger(), b.asInteger()));
    }
    const double base = a.asReal();
    const double exponent = b.asReal();
    if (base == 0 && exponent < 0) state.fail("division by zero");
    if (base < 0 && exponent != std::floor(exponent)) {
        state.fail("a negative number has no real power of ", exponent);
    }
    const double result = std::pow(base, exponent);
    if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) {
        state.fail("a number is too large");
    }
    return Value::of(result);
}

Value integerArithmetic(const State& state, Op op, int64_t a, int64_t b) {
    switch (op) {
        case Op::Add:
            return Value::of(addIntegers(state, a, b));
        case Op::Sub:
            if (b == std::numeric_limits<int64_t>::min()) tooLarge(state);
            return Value::of(addIntegers(state, a, -b));
        case Op::Mul:
            return Value::of(multiplyIntegers(state, a, b));
        case Op::FloorDiv:
            return Value::of(floorDivide(state, a, b));
        case Op::Mod:
            return Value::of(floorModulo(state, a, b));
        default:
            if (b == 0) state.fail("division by zero");
            return Value::of(static_cast<double>(a) / static_cast<double>(b));
    }
}

Value arithmetic(const State& state, Op op, const Value& a, const Value& b) {
    if (op == Op::Pow) return powerOf(state, a, b);
    if (a.isIntegral() && b.isIntegral()) {
        return integerArithmetic(state, op, a.asInteger(), b.asInteger());
    }
    const double x = a.asReal();
    const double y = b.asReal();
    switch (op) {
        case Op::Add:
            return Value::of(x + y);
        case Op::Sub:
            return Value::of(x - y);
        case Op::Mul:
            return Value::of(x * y);
        case Op::FloorDiv:
            return Value::of(divideReals(state, x, y).first);
        case Op::Mod:
            return Value::of(divideReals(state, x, y).second);
        default:
            if (y == 0) state.fail("division by zero");
            return Value::of(x / y);
    }
}

Value concatenated(State& state, const Value& a, const Value& b) {
    if (a.isString()) {
        const bool markup = a.markup || b.markup;
        std::string_view parts[] = {a.str(), b.str()};
        state.meter.spendBytes(a.length + b.length);
        if (markup && !a.markup) parts[0] = state.arena.copy(escapeHtml(parts[0]));
        if (markup && !b.markup) parts[1] = state.arena.copy(escapeHtml(parts[1]));
        return Value::of(state.arena.join(parts), markup);
    }
    const std::span<Value> items = state.arena.array<Value>(a.length + b.length);
    std::copy(a.elements().begin(), a.elements().end(), items.begin());
    std::copy(b.elements().begin(), b.elements().end(),
              items.begin() + static_cast<ptrdiff_t>(a.length));
    state.meter.spend(static_cast<int64_t>(items.size() / 8));
    return a.is(Kind::List) ? Value::list(items) : Value::tuple(items);
}

/// "ab" * 3, [0] * 3.
Value repeated(State& state, const Value& what, int64_t times) {
    const size_t count = times < 0 ? 0 : static_cast<size_t>(times);
    const size_t total = what.length * count;
    if (what.length != 0 && count > state.limits.memory / what.length) {
        state.fail("a repetition is too large");
    }
    if (what.isString()) {
        state.meter.spendBytes(total);
        const std::span<char> bytes = state.arena.array<char>(total);
        for (size_t i = 0; i < total; ++i) bytes[i] = what.text[i % what.length];
        return Value::of(std::string_view(bytes.data(), total), what.markup);
    }
    state.meter.spend(static_cast<int64_t>(total / 8));
    const std::span<Value> items = state.arena.array<Value>(total);
    for (size_t i = 0; i < total; ++i) items[i] = what.items[i % what.length];
    return what.is(Kind::List) ? Value::list(items) : Value::tuple(items);
}

bool isRepeatable(const Value& value) { return value.isString() || value.isSequence(); }

}  // namespace

Value binary(State& state, Op op, const Value& a, const Value& b) {
    if (op == Op::Mod && a.isString()) return formatPercent(state, a, b);
    mustBeDefined(state, a);
    mustBeDefined(state, b);
    if (a.isNumber() && b.isNumber()) return arithmetic(state, op, a, b);
    if (op == Op::Add && a.kind == b.kind && isRepeatable(a)) return concatenated(state, a, b);
    if (op == Op::Mul && isRepeatable(a) && b.isIntegral())
        return repeated(state, a, b.asInteger());
    if (op == Op::Mul && isRepeatable(b) && a.isIntegral())
        return repeated(state, b, a.asInteger());
    state.fail("'", symbol(op), "' does not work on a ", typeName(a), " and a ", typeName(b));
}

Value negative(State& state, const Value& value) {
    mustBeDefined(state, value);
    if (value.is(Kind::Float)) return Value::of(-value.real);
    if (!value.isIntegral()) state.fail("'-' needs a number, not a ", typeName(value));
    if (value.asInteger() == std::numeric_limits<int64_t>::min()) tooLarge(state);
    return Value::of(-value.asInteger());
}

// ---- Comparison

namespace {

bool lessNumbers(const Value& a, const Value& b) {
    if (a.isIntegral() && b.isIntegral()) return a.asInteger() < b.asInteger();
    return a.asReal() < b.asReal();
}

/// Whether a < b, or a <= b if `orEqual`, as Python orders them.
bool ordered(State& state, const Value& a, const Value& b, bool orEqual, std::string_view name) {
    const Deeper deeper(state);
    mustBeDefined(state, a);
    mustBeDefined(state, b);
    if (a.isNumber() && b.isNumber()) {
        return lessNumbers(a, b) || (orEqual && equal(a, b, state.meter));
    }
    if (a.isString() && b.isString()) {
        state.meter.spendBytes(std::min(a.length, b.length));
        return orEqual ? a.str() <= b.str() : a.str() < b.str();
    }
    if (a.isSequence() && a.kind == b.kind) {
        for (size_t i = 0; i < std::min(a.length, b.length); ++i) {
            if (!equal(a.items[i], b.items[i], state.meter)) {
                return ordered(state, a.items[i], b.items[i], orEqual, name);
            }
        }
        return orEqual ? a.length <= b.length : a.length < b.length;
    }
    state.fail("'", name, "' does not work on a ", typeName(a), " and a ", typeName(b));
}

}  // namespace

bool less(State& state, const Value& a, const Value& b) { return ordered(state, a, b, false, "<"); }

bool contains(State& state, const Value& container, const Value& item) {
    if (container.isString()) {
        mustBeDefined(state, item);
        if (!item.isString())
            state.fail("only a string can be in a string, not a ", typeName(item));
        state.meter.spendBytes(container.length * 2);
        return container.str().find(item.str()) != std::string_view::npos;
    }
    const bool hashed =
        container.is(Kind::Dict) || (container.is(Kind::View) && container.view == ViewOf::Keys);
    if (hashed) {
        if (!isHashable(item, state.meter)) {
            state.fail("a ", typeName(item), " can not be the key of a dict");
        }
        return find(*container.dict, item, state.meter) != nullptr;
    }
    Iterator iterator(state, container);
    for (Value other; iterator.next(state, other);) {
        if (equal(other, item, state.meter)) return true;
    }
    return false;
}

bool compare(State& state, Op op, const Value& a, const Value& b) {
    switch (op) {
        case Op::Eq:
            return equal(a, b, state.meter);
        case Op::Ne:
            return !equal(a, b, state.meter);
        case Op::Lt:
            return ordered(state, a, b, false, "<");
        case Op::Le:
            return ordered(state, a, b, true, "<=");
        case Op::Gt:
            return ordered(state, b, a, false, ">");
        case Op::Ge:
            return ordered(state, b, a, true, ">=");
        case Op::In:
            return contains(state, b, a);
        default:
            return !contains(state, b, a);
    }
}

// ---- Items

bool isIterable(const Value& value) {
    switch (value.kind) {
        case Kind::Undefined:
        case Kind::String:
        case Kind::List:
        case Kind::Tuple:
        case Kind::Dict:
        case Kind::View:
        case Kind::Range:
        case Kind::Generator:
            return true;
        default:
            return false;
    }
}

bool hasLength(const Value& value) {
    return isIterable(value) ? !value.is(Kind::Generator) : value.is(Kind::Loop);
}

int64_t lengthOf(State& state, const Value& value) {
    switch (value.kind) {
        case Kind::Undefined:
            return 0;
        case Kind::String:
            state.meter.spendBytes(value.length);
            return static_cast<int64_t>(countCodePoints(value.str()));
        case Kind::List:
        case Kind::Tuple:
            return static_cast<int64_t>(value.length);
        case Kind::Dict:
        case Kind::View:
            return static_cast<int64_t>(value.dict->entries.size());
        case Kind::Range:
            return value.range->count;
        case Kind::Loop:
            return getAttribute(state, value, "length").integer;
        default:
            state.fail("a ", typeName(value), " has no length");
    }
}

namespace {

/// The item at an index, which may count from the end; false if there is none.
bool itemAt(State& state, const Value& owner, int64_t index, Value& out) {
    const int64_t length = lengthOf(state, owner);
    if (index < 0) index += length;
    if (index < 0 || index >= length) return false;
    const size_t at = static_cast<size_t>(index);
    if (owner.is(Kind::Range)) {
        out = Value::of(owner.range->at(index));
    } else if (owner.isSequence()) {
        out = owner.items[at];
    } else {
        const std::string_view text = owner.str();
        const size_t offset = static_cast<size_t>(length) == text.size() ? at : offsetOf(text, at);
        out = Value::of(text.substr(offset, decode(text.substr(offset)).bytes), owner.markup);
    }
    return true;
}

Value methodOr(State& state, const Value& owner, std::string_view name) {
    Value method;
    if (findMethod(state, owner, name, method)) return method;
    return state.missing(owner, Value::of(name));
}

}  // namespace

Value getItem(State& state, const Value& owner, const Value& key) {
    mustBeDefined(state, owner);
    if (owner.is(Kind::Dict)) {
        if (isHashable(key, state.meter)) {
            if (const Value* found = find(*owner.dict, key, state.meter)) return *found;
        }
    } else if (key.isIntegral() && (isRepeatable(owner) || owner.is(Kind::Range))) {
        Value item;
        if (itemAt(state, owner, key.asInteger(), item)) return item;
    }
    if (key.isString()) return methodOr(state, owner, key.str());
    return state.missing(owner, key);
}

Value getAttribute(State& state, const Value& owner, std::string_view name) {
    mustBeDefined(state, owner);
    Value method;
    if (findMethod(state, owner, name, method)) return method;
    if (owner.is(Kind::Dict)) {
        if (const Value* found = find(*owner.dict, Value::of(name), state.meter)) return *found;
    }
    return state.missing(owner, Value::of(name));
}

namespace {

/// Python's slice.indices(): where to start, the step, and how many items there are.
Range sliceOf(State& state, int64_t length, const Value& start, const Value& stop,
              const Value& step) {
    const auto part = [&state](const Value& value, int64_t otherwise) {
        return value.isNone() ? otherwise : integerOf(state, value, "the bound of a slice");
    };
    const int64_t by = part(step, 1);
    if (by == 0) state.fail("the step of a slice is zero");
    const int64_t lowest = by < 0 ? -1 : 0;
    const int64_t highest = by < 0 ? length - 1 : length;
    const auto bound = [&](const Value& value, int64_t otherwise) {
        if (value.isNone()) return otherwise;
        int64_t at = part(value, 0);
        if (at < 0) at = at < -length ? lowest : std::max(at + length, lowest);
        return std::min(at, highest);
    };
    const int64_t from = bound(start, by < 0 ? highest : lowest);
    const int64_t to = bound(stop, by < 0 ? lowest : highest);
    int64_t count = 0;
    if (by > 0 && from < to) count = (to - from - 1) / by + 1;
    if (by < 0 && to < from) count = (from - to - 1) / -std::max(by, -length - 1) + 1;
    return {from, count > 1 ? by : 1, count};
}

Value sliceText(State& state, const Value& what, const Range& range, size_t length) {
    const std::string_view text = what.str();
    const bool ascii = length == text.size();
    const auto at = [&](int64_t index) {
        return ascii ? static_cast<size_t>(index) : offsetOf(text, static_cast<size_t>(index));
    };
    if (range.count == 0) return Value::of(std::string_view(), what.markup);
    if (range.step == 1) {
        const size_t from = at(range.start);
        const std::string_view tail = text.substr(from);
        const size_t count = static_cast<size_t>(range.count);
        return Value::of(tail.substr(0, ascii ? count : offsetOf(tail, count)), what.markup);
    }
    std::vector<size_t> offsets(ascii ? 0 : length);
    state.arena.charge(offsets.size() * sizeof(size_t));
    for (size_t i = 0, offset = 0; i < offsets.size(); ++i) {
        offsets[i] = offset;
        offset += decode(text.substr(offset)).bytes;
    }
    std::string out;
    for (int64_t i = 0; i < range.count; ++i) {
        const size_t index = static_cast<size_t>(range.at(i));
        const size_t offset = ascii ? index : offsets[index];
        out += text.substr(offset, ascii ? 1 : decode(text.substr(offset)).bytes);
    }
    return state.text(out, what.markup);
}

}  // namespace

Value slice(State& state, const Value& what, const Value& start, const Value& stop,
            const Value& step) {
    mustBeDefined(state, what);
    if (!isRepeatable(what) && !what.is(Kind::Range)) {
        state.fail("a ", typeName(what), " can not be sliced");
    }
    const int64_t length = lengthOf(state, what);
    const Range range = sliceOf(state, length, start, stop, step);
    state.meter.spend(range.count / 16);
    if (what.isString()) return sliceText(state, what, range, static_cast<size_t>(length));
    if (what.is(Kind::Range)) {
        if (range.count == 0) return state.range(0, 1, 0);
        return state.range(what.range->at(range.start), what.range->step * range.step, range.count);
    }
    std::span<const Value> items = what.elements();
    if (range.step == 1) {
        items = items.subspan(range.count ? static_cast<size_t>(range.start) : 0,
                              static_cast<size_t>(range.count));
    } else {
        const std::span<Value> copied = state.arena.array<Value>(static_cast<size_t>(range.count));
        for (int64_t i = 0; i < range.count; ++i) {
            copied[static_cast<size_t>(i)] = items[static_cast<size_t>(range.at(i))];
        }
        items = copied;
    }
    return what.is(Kind::List) ? Value::list(items) : Value::tuple(items);
}

int64_t integerOf(State& state, const Value& value, std::string_view what) {
    mustBeDefined(state, value);
    if (!value.isIntegral()) state.fail(what, " has to be a whole number, not a ", typeName(value));
    return value.asInteger();
}

std::string_view stringOf(State& state, const Value& value, std::string_view what) {
    mustBeDefined(state, value);
    if (!value.isString()) state.fail(what, " has to be a string, not a ", typeName(value));
    return value.str();
}

}  // namespace alcove::engine::jinja
