#include "engine/chat/jinja/runtime.h"

#include <algorithm>

#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {

// ---- State

Value State::list(std::span<const Value> copied) {
    const std::span<Value> items = arena.array<Value>(copied.size());
    std::copy(copied.begin(), copied.end(), items.begin());
    meter.spend(static_cast<int64_t>(copied.size() / 8));
    return Value::list(items);
}

Value State::tuple(std::span<const Value> copied) {
    Value value = list(copied);
    value.kind = Kind::Tuple;
    return value;
}

Value State::undefined(std::string_view hint) {
    Value value;
    value.undefined = arena.make(UndefinedInfo{hint, {}, {}, false});
    return value;
}

Value State::missing(const Value& owner, const Value& name) {
    Value value;
    value.undefined = arena.make(UndefinedInfo{{}, owner, name, true});
    return value;
}

Value State::callable(std::string_view name, NativeFn native, const Value& self) {
    Callable made;
    made.name = name;
    made.native = native;
    made.self = self;
    Value value;
    value.kind = Kind::Callable;
    value.callable = arena.make(made);
    return value;
}

Value State::generator(std::unique_ptr<Generator> made) {
    arena.charge(256);
    generators.push_back(std::move(made));
    Value value;
    value.kind = Kind::Generator;
    value.generator = generators.back().get();
    return value;
}

Value State::range(int64_t start, int64_t step, int64_t count) {
    Value value;
    value.kind = Kind::Range;
    value.range = arena.make(Range{start, step, count});
    return value;
}

// ---- Iterator

Iterator::Iterator(State& state, const Value& source) : m_source(source) {
    if (!isIterable(source))
        state.fail("a ", typeName(source), " can not be gone through item by item");
}

bool Iterator::next(State& state, Value& out) {
    state.meter.spend(1);
    switch (m_source.kind) {
        case Kind::List:
        case Kind::Tuple:
            if (m_at >= m_source.length) return false;
            out = m_source.items[m_at++];
            return true;
        case Kind::String: {
            const std::string_view rest = m_source.str().substr(m_at);
            if (rest.empty()) return false;
            const size_t bytes = decode(rest).bytes;
            out = Value::of(rest.substr(0, bytes), m_source.markup);
            m_at += bytes;
            return true;
        }
        case Kind::Dict:
        case Kind::View: {
            if (m_at >= m_source.dict->entries.size()) return false;
            const Entry& entry = m_source.dict->entries[m_at++];
            if (m_source.is(Kind::Dict) || m_source.view == ViewOf::Keys) {
                out = entry.key;
            } else {
                out = m_source.view == ViewOf::Values ? entry.value
                                                      : state.tuple({entry.key, entry.value});
            }
            return true;
        }
        case Kind::Range:
            if (static_cast<int64_t>(m_at) >= m_source.range->count) return false;
            out = Value::of(m_source.range->at(static_cast<int64_t>(m_at++)));
            return true;
        case Kind::Generator:
            return m_source.generator->next(out);
        default:
            return false;
    }
}

std::vector<Value> collect(State& state, const Value& iterable) {
    if (iterable.isSequence()) {
        state.arena.charge(iterable.length * sizeof(Value));
        return {iterable.elements().begin(), iterable.elements().end()};
    }
    std::vector<Value> items;
    Iterator iterator(state, iterable);
    for (Value item; iterator.next(state, item);) {
        state.arena.charge(sizeof(Value));
        items.push_back(item);
    }
    return items;
}

// ---- LoopState

bool LoopState::fetch(State& state, Value& out) {
    if (bufferedAt < buffered.size()) {
        out = buffered[bufferedAt++];
        return true;
    }
    if (ended || !iterator.next(state, out)) {
        ended = true;
        return false;
    }
    return true;
}

bool LoopState::peek(State& state) {
    if (!hasAfter) hasAfter = fetch(state, after);
    return hasAfter;
}

bool LoopState::advance(State& state) {
    Value item;
    if (hasAfter) {
        item = after;
        hasAfter = false;
    } else if (!fetch(state, item)) {
        return false;
    }
    ++index;
    before = current;
    current = item;
    return true;
}

// ---- Bound

Bound::Bound(State& state, std::string_view function, const Args& args,
             std::initializer_list<std::string_view> parameters, size_t required)
    : m_values(parameters.size(), nullptr) {
    if (args.positional.size() > parameters.size()) {
        state.fail(function, " takes at most ", parameters.size(), " arguments, not ",
                   args.positional.size());
    }
    for (size_t i = 0; i < args.positional.size(); ++i) m_values[i] = &args.positional[i];
    for (const NamedValue& named : args.named) {
        const auto* found = std::find(parameters.begin(), parameters.end(), named.name);
        if (found == parameters.end()) {
            state.fail(function, " has no argument named ", named.name);
        }
        const Value*& slot = m_values[static_cast<size_t>(found - parameters.begin())];
        if (slot) state.fail(function, " gets its argument ", named.name, " twice");
        slot = &named.value;
    }
    for (size_t i = 0; i < required; ++i) {
        if (!m_values[i]) {
            state.fail(function, " needs its argument ", *(parameters.begin() + i));
        }
    }
}

// ---- Sorting

namespace {

/// Whether the keys of a come before those of b.
bool before(State& state, const Keyed& a, const Keyed& b) {
    state.meter.spend(1);
    for (size_t i = 0; i < a.keys.size(); ++i) {
        if (!equal(a.keys[i], b.keys[i], state.meter)) return less(state, a.keys[i], b.keys[i]);
    }
    return false;
}

}  // namespace

/// Merge sort: an order that contradicts itself (nan) must not lead it astray, as it would
/// std::sort.
void sortKeyed(State& state, std::vector<Keyed>& rows, bool reversed) {
    std::vector<Keyed> other(rows.size());
    for (size_t width = 1; width < rows.size(); width *= 2) {
        for (size_t from = 0; from < rows.size(); from += 2 * width) {
            size_t left = from;
            size_t right = std::min(from + width, rows.size());
            const size_t middle = right;
            const size_t end = std::min(from + 2 * width, rows.size());
            for (size_t at = from; at < end; ++at) {
                const bool takeRight =
                    right < end &&
                    (left >= middle || (reversed ? before(state, rows[left], rows[right])
                                                 : before(state, rows[right], rows[left])));
                other[at] = std::move(takeRight ? rows[right++] : rows[left++]);
            }
        }
        rows.swap(other);
    }
}

}  // namespace alcove::engine::jinja
