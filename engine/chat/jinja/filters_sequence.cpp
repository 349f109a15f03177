// The filters on sequences. map, select and their like are generators, as in jinja2: they work when
// someone asks for the next item, are always true, have no length, and are used up by one pass.
#include <algorithm>
#include <functional>

#include "engine/chat/jinja/builtins.h"
#include "engine/chat/jinja/filters.h"
#include "engine/chat/jinja/runtime.h"
#include "engine/chat/jinja/text.h"

namespace alcove::engine::jinja {
namespace {

/// A generator from a function that fetches the next item.
class Lazy : public Generator {
public:
    explicit Lazy(std::function<bool(Value&)> fetch, std::string_view type = "generator")
        : m_fetch(std::move(fetch)), m_type(type) {}
    bool next(Value& out) override { return m_fetch(out); }
    [[nodiscard]] std::string_view typeName() const override { return m_type; }

private:
    std::function<bool(Value&)> m_fetch;
    std::string_view m_type;
};

Value lazy(State& state, std::function<bool(Value&)> fetch, std::string_view type = "generator") {
    return state.generator(std::make_unique<Lazy>(std::move(fetch), type));
}

/// A generator over items that are at hand.
Value lazyOver(State& state, std::vector<Value> items, std::string_view type = "generator") {
    state.arena.charge(items.size() * sizeof(Value));
    return lazy(
        state,
        [items = std::move(items), at = size_t{0}](Value& out) mutable {
            if (at >= items.size()) return false;
            out = items[at++];
            return true;
        },
        type);
}

Value folded(State& state, const Value& value) {
    if (!value.isString()) return value;
    state.meter.spendBytes(value.length * 16);
    return state.text(toLower(value.str()));
}

/// What `attribute` arguments name: "a.b.0" goes down step by step.
class Path {
public:
    Path(State& state, const Value& attribute) {
        if (attribute.isNone()) return;
        if (!attribute.isString()) {
            m_parts.push_back(attribute);
            return;
        }
        std::string_view text = attribute.str();
        while (true) {
            const size_t dot = text.find('.');
            const std::string_view part = text.substr(0, dot);
            const bool digits =
                !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
            const auto number = digits ? parseInteger(part, 10) : std::nullopt;
            m_parts.push_back(number ? Value::of(*number) : Value::of(part));
            if (dot == std::string_view::npos) break;
            text.remove_prefix(dot + 1);
        }
        state.meter.spend(static_cast<int64_t>(m_parts.size()));
    }

    [[nodiscard]] Value of(State& state, const Value& item,
                           const Value& otherwise = Value::none()) const {
        Value value = item;
        for (const Value& part : m_parts) {
            value = getItem(state, value, part);
            if (!otherwise.isNone() && value.isUndefined()) value = otherwise;
        }
        return value;
    }

private:
    std::vector<Value> m_parts;
};

Value join(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "join", args, {"d", "attribute"});
    const std::string_view separator = toText(state, bound.get(0, Value::of(std::string_view(""))));
    const Path path(state, bound.get(1, Value::none()));
    std::string out;
    Iterator iterator(state, input);
    bool first = true;
    for (Value item; iterator.next(state, item); first = false) {
        if (!first) out += separator;
        appendText(state, out, path.of(state, item));
        if (out.size() > state.limits.memory) state.fail("the result of join is too large");
    }
    return state.text(out);
}

Value first(State& state, const Value& input, const Args& args) {
    const Bound none(state, "first", args, {});
    Iterator iterator(state, input);
    Value item;
    return iterator.next(state, item) ? item : state.undefined("there is no first item");
}

Value last(State& state, const Value& input, const Args& args) {
    const Bound none(state, "last", args, {});
    mustBeDefined(state, input);
    if (!isIterable(input) || input.is(Kind::Generator)) {
        state.fail("a ", typeName(input), " has no last item that could be had");
    }
    if (lengthOf(state, input) == 0) return state.undefined("there is no last item");
    if (input.is(Kind::Dict) || input.is(Kind::View)) return collect(state, input).back();
    return getItem(state, input, Value::of(int64_t{-1}));
}

Value list(State& state, const Value& input, const Args& args) {
    const Bound none(state, "list", args, {});
    return state.list(collect(state, input));
}

Value reverse(State& state, const Value& input, const Args& args) {
    const Bound none(state, "reverse", args, {});
    if (input.isString()) {
        return slice(state, input, Value::none(), Value::none(), Value::of(int64_t{-1}));
    }
    std::vector<Value> items = collect(state, input);
    std::reverse(items.begin(), items.end());
    if (input.is(Kind::Generator)) return state.list(items);
    return lazyOver(state, std::move(items), "list_reverseiterator");
}

Value items(State& state, const Value& input, const Args& args) {
    const Bound none(state, "items", args, {});
    if (input.isUndefined()) return lazyOver(state, {});
    return lazy(state, [&state, input, at = size_t{0}](Value& out) mutable {
        if (!input.is(Kind::Dict)) state.fail("items needs a dict, not a ", typeName(input));
        if (at >= input.dict->entries.size()) return false;
        const Entry& entry = input.dict->entries[at++];
        out = state.tuple({entry.key, entry.value});
        return true;
    });
}

Value itemsOf(State& state, const std::vector<Keyed>& rows) {
    std::vector<Value> sorted;
    sorted.reserve(rows.size());
    for (const Keyed& row : rows) sorted.push_back(row.item);
    return state.list(sorted);
}

Value sort(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "sort", args, {"reverse", "case_sensitive", "attribute"});
    const bool sensitive = truth(bound.get(1, Value::of(false)));
    const Value attribute = bound.get(2, Value::none());
    std::vector<Path> paths;
    if (attribute.isString()) {  // several, with commas between them
        std::string_view text = attribute.str();
        while (true) {
            const size_t comma = text.find(',');
            paths.emplace_back(state, Value::of(text.substr(0, comma)));
            if (comma == std::string_view::npos) break;
            text.remove_prefix(comma + 1);
        }
    } else {
        paths.emplace_back(state, attribute);
    }
    std::vector<Keyed> rows;
    for (const Value& item : collect(state, input)) {
        Keyed row{{}, item};
        state.arena.charge(sizeof(Keyed) + paths.size() * sizeof(Value));
        for (const Path& path : paths) {
            const Value key = path.of(state, item);
            row.keys.push_back(sensitive ? key : folded(state, key));
        }
        rows.push_back(std::move(row));
    }
    sortKeyed(state, rows, truth(bound.get(0, Value::of(false))));
    return itemsOf(state, rows);
}

Value dictSort(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "dictsort", args, {"case_sensitive", "by", "reverse"});
    const bool sensitive = truth(bound.get(0, Value::of(false)));
    const Value by = bound.get(1, Value::of(std::string_view("key")));
    if (!by.isString() || (by.str() != "key" && by.str() != "value")) {
        state.fail("dictsort sorts by key or by value");
    }
    mustBeDefined(state, input);
    if (!input.is(Kind::Dict)) state.fail("dictsort needs a dict, not a ", typeName(input));
    std::vector<Keyed> rows;
    for (const Entry& entry : input.dict->entries) {
        const Value& key = by.str() == "key" ? entry.key : entry.value;
        rows.push_back(
            {{sensitive ? key : folded(state, key)}, state.tuple({entry.key, entry.value})});
    }
    sortKeyed(state, rows, truth(bound.get(2, Value::of(false))));
    return itemsOf(state, rows);
}

Value unique(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "unique", args, {"case_sensitive", "attribute"});
    const bool sensitive = truth(bound.get(0, Value::of(false)));
    const Path path(state, bound.get(1, Value::none()));
    return lazy(state, [&state, sensitive, path, iterator = Iterator(state, input),
                        seen = std::make_shared<DictBuilder>(state.arena)](Value& out) mutable {
        while (iterator.next(state, out)) {
            const Value key = path.of(state, out);
            state.arena.charge(sizeof(Entry));
            if (seen->add(sensitive ? key : folded(state, key))) return true;
        }
        return false;
    });
}

template <bool largest>
Value extreme(State& state, const Value& input, const Args& args) {
    const Bound bound(state, largest ? "max" : "min", args, {"case_sensitive", "attribute"});
    const bool sensitive = truth(bound.get(0, Value::of(false)));
    const Path path(state, bound.get(1, Value::none()));
    Iterator iterator(state, input);
    Value best;
    Value bestKey;
    bool any = false;
    for (Value item; iterator.next(state, item);) {
        const Value raw = path.of(state, item);
        const Value key = sensitive ? raw : folded(state, raw);
        if (!any || (largest ? less(state, bestKey, key) : less(state, key, bestKey))) {
            best = item;
            bestKey = key;
        }
        any = true;
    }
    return any ? best : state.undefined("there is no item to choose from");
}

Value sum(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "sum", args, {"attribute", "start"});
    const Path path(state, bound.get(0, Value::none()));
    Value total = bound.get(1, Value::of(int64_t{0}));
    if (total.isString()) state.fail("sum does not add strings; use join");
    Iterator iterator(state, input);
    for (Value item; iterator.next(state, item);) {
        total = binary(state, Op::Add, total, path.of(state, item));
    }
    return total;
}

Value batch(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "batch", args, {"linecount", "fill_with"}, 1);
    const int64_t size = integerOf(state, *bound.get(0), "the size of a batch");
    const Value fill = bound.get(1, Value::none());
    return lazy(state, [&state, size, fill, iterator = Iterator(state, input), pending = Value{},
                        has = false, done = false](Value& out) mutable {
        if (done) return false;
        std::vector<Value> row;
        if (has) row.push_back(pending);
        has = false;
        Value item;
        while (iterator.next(state, item)) {
            if (static_cast<int64_t>(row.size()) == size) {
                pending = item;
                has = true;
                break;
            }
            state.arena.charge(sizeof(Value));
            row.push_back(item);
        }
        done = !has;
        if (row.empty() && done) return false;
        while (done && !fill.isNone() && static_cast<int64_t>(row.size()) < size) {
            state.arena.charge(sizeof(Value));
            row.push_back(fill);
        }
        out = state.list(row);
        return true;
    });
}

Value sliceFilter(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "slice", args, {"slices", "fill_with"}, 1);
    const int64_t slices = integerOf(state, *bound.get(0), "the number of slices");
    const Value fill = bound.get(1, Value::none());
    if (slices == 0) state.fail("the number of slices is zero");
    return lazy(state, [&state, slices, fill, all = collect(state, input), number = int64_t{0},
                        from = int64_t{0}](Value& out) mutable {
        if (number >= slices) return false;
        const int64_t count = static_cast<int64_t>(all.size());
        const bool extra = number < count % slices;
        const int64_t size = count / slices + (extra ? 1 : 0);
        std::vector<Value> row(all.begin() + from, all.begin() + from + size);
        if (!fill.isNone() && !extra) row.push_back(fill);
        from += size;
        ++number;
        state.meter.spend(1);
        out = state.list(row);
        return true;
    });
}

Value groupBy(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "groupby", args, {"attribute", "default", "case_sensitive"}, 1);
    const bool sensitive = truth(bound.get(2, Value::of(false)));
    const Path path(state, *bound.get(0));
    const Value otherwise = bound.get(1, Value::none());
    std::vector<Keyed> rows;
    for (const Value& item : collect(state, input)) {
        const Value key = path.of(state, item, otherwise);
        rows.push_back({{sensitive ? key : folded(state, key)}, item});
        state.arena.charge(sizeof(Keyed) + sizeof(Value));
    }
    sortKeyed(state, rows, false);
    std::vector<Value> groups;
    for (size_t from = 0; from < rows.size();) {
        std::vector<Value> members;
        size_t end = from;
        while (end < rows.size() && equal(rows[end].keys[0], rows[from].keys[0], state.meter)) {
            members.push_back(rows[end++].item);
        }
        if (end == from) ++end;  // nan is not even equal to itself
        groups.push_back(
            state.tuple({path.of(state, rows[from].item, otherwise), state.list(members)}));
        from = end;
    }
    return state.list(groups);
}

/// Arguments that outlive the call that brought them, for generators.
struct KeptArgs {
    std::vector<Value> positional;
    std::vector<NamedValue> named;

    KeptArgs(const Args& args, size_t skipped)
        : positional(args.positional.begin() +
                         static_cast<ptrdiff_t>(std::min(skipped, args.positional.size())),
                     args.positional.end()),
          named(args.named.begin(), args.named.end()) {}
    [[nodiscard]] Args args() const { return {positional, named}; }
};

Value mapAttribute(State& state, const Value& input, const Args& args) {
    const Bound bound(state, "map", args, {"attribute", "default"}, 1);
    return lazy(state,
                [&state, path = Path(state, *bound.get(0)), otherwise = bound.get(1, Value::none()),
                 iterator = Iterator(state, input)](Value& out) mutable {
                    if (!iterator.next(state, out)) return false;
                    out = path.of(state, out, otherwise);
                    return true;
                });
}

Value map(State& state, const Value& input, const Args& args) {
    if (!truth(input)) return lazyOver(state, {});
    const bool byAttribute =
        args.positional.empty() &&
        std::any_of(args.named.begin(), args.named.end(),
                    [](const NamedValue& named) { return named.name == "attribute"; });
    if (byAttribute) return mapAttribute(state, input, args);
    if (args.positional.empty()) state.fail("map needs the name of a filter or an attribute");
    const std::string_view name = stringOf(state, args.positional[0], "the name of a filter");
    return lazy(state, [&state, name, kept = KeptArgs(args, 1),
                        iterator = Iterator(state, input)](Value& out) mutable {
        if (!iterator.next(state, out)) return false;
        const Deeper deeper(state);
        out = applyFilter(state, name, out, kept.args());
        return true;
    });
}

/// select, reject, selectattr and rejectattr.
template <bool wanted, bool byAttribute>
Value select(State& state, const Value& input, const Args& args) {
    if (!truth(input)) return lazyOver(state, {});
    if (byAttribute && args.positional.empty()) state.fail("the name of the attribute is missing");
    const Path path(state, byAttribute ? args.positional[0] : Value::none());
    const size_t skipped = byAttribute ? 1 : 0;
    const bool tests = args.positional.size() > skipped;
    const std::string_view name =
        tests ? stringOf(state, args.positional[skipped], "the name of a test")
              : std::string_view();
    return lazy(state, [&state, path, tests, name, kept = KeptArgs(args, skipped + 1),
                        iterator = Iterator(state, input)](Value& out) mutable {
        while (iterator.next(state, out)) {
            const Deeper deeper(state);
            const Value value = path.of(state, out);
            if ((tests ? applyTest(state, name, value, kept.args()) : truth(value)) == wanted)
                return true;
        }
        return false;
    });
}

}  // namespace

std::span<const NamedFilter> sequenceFilters() {
    static constexpr NamedFilter kFilters[] = {
        {"batch", batch},
        {"dictsort", dictSort},
        {"first", first},
        {"groupby", groupBy},
        {"items", items},
        {"join", join},
        {"last", last},
        {"list", list},
        {"map", map},
        {"max", extreme<true>},
        {"min", extreme<false>},
        {"reject", select<false, false>},
        {"rejectattr", select<false, true>},
        {"reverse", reverse},
        {"select", select<true, false>},
        {"selectattr", select<true, true>},
        {"slice", sliceFilter},
        {"sort", sort},
        {"sum", sum},
        {"unique", unique},
    };
    return kFilters;
}

}  // namespace alcove::engine::jinja
