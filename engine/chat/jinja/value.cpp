#include "engine/chat/jinja/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "engine/chat/jinja/failure.h"

namespace alcove::engine::jinja {
namespace {

constexpr size_t kBlockBytes = 64 * 1024;
constexpr size_t kScannedEntries = 8;  // up to here a dict is searched one by one
constexpr int kDeepest = 200;          // of nested containers

}  // namespace

Value Value::none() {
    Value v;
    v.kind = Kind::None;
    return v;
}

Value Value::of(bool value) {
    Value v;
    v.kind = Kind::Bool;
    v.boolean = value;
    return v;
}

Value Value::of(int64_t value) {
    Value v;
    v.kind = Kind::Int;
    v.integer = value;
    return v;
}

Value Value::of(double value) {
    Value v;
    v.kind = Kind::Float;
    v.real = value;
    return v;
}

Value Value::of(std::string_view borrowed, bool isMarkup) {
    Value v;
    v.kind = Kind::String;
    v.markup = isMarkup;
    v.text = borrowed.data();
    v.length = borrowed.size();
    return v;
}

Value Value::list(std::span<const Value> borrowed) {
    Value v;
    v.kind = Kind::List;
    v.items = borrowed.data();
    v.length = borrowed.size();
    return v;
}

Value Value::tuple(std::span<const Value> borrowed) {
    Value v = list(borrowed);
    v.kind = Kind::Tuple;
    return v;
}

Value Value::of(const Dict* dict) {
    Value v;
    v.kind = Kind::Dict;
    v.dict = dict;
    return v;
}

Value Value::viewOf(const Dict* dict, ViewOf which) {
    Value v = of(dict);
    v.kind = Kind::View;
    v.view = which;
    return v;
}

Value* Namespace::find(std::string_view name) {
    for (auto& [key, value] : attributes) {
        if (key == name) return &value;
    }
    return nullptr;
}

void Meter::exhausted() { giveUp("the template takes too many steps; it may never end"); }

void Arena::overflow() const {
    giveUp("the template needs more than ", m_limit / (1024 * 1024), " MiB of memory");
}

void Arena::charge(size_t bytes) {
    if (bytes > m_limit - m_used) overflow();
    m_used += bytes;
}

void* Arena::allocate(size_t bytes, size_t alignment) {
    size_t skip = (alignment - reinterpret_cast<uintptr_t>(m_next) % alignment) % alignment;
    if (bytes + skip > m_left) {
        if (bytes > kBlockBytes / 4) {  // a block of its own; the current one stays in use
            charge(bytes);
            m_blocks.push_back(std::make_unique<std::byte[]>(bytes));
            return m_blocks.back().get();
        }
        charge(kBlockBytes);
        m_blocks.push_back(std::unique_ptr<std::byte[]>(new std::byte[kBlockBytes]));
        m_next = m_blocks.back().get();
        m_left = kBlockBytes;
        skip = 0;
    }
    void* result = m_next + skip;
    m_next += bytes + skip;
    m_left -= bytes + skip;
    return result;
}

std::string_view Arena::copy(std::string_view text) {
    if (text.empty()) return {};
    char* bytes = static_cast<char*>(allocate(text.size(), 1));
    std::memcpy(bytes, text.data(), text.size());
    return {bytes, text.size()};
}

std::string_view Arena::join(std::span<const std::string_view> parts) {
    size_t total = 0;
    for (std::string_view part : parts) {
        if (part.size() > m_limit - total) overflow();
        total += part.size();
    }
    if (total == 0) return {};
    char* bytes = static_cast<char*>(allocate(total, 1));
    char* at = bytes;
    for (std::string_view part : parts) at = std::copy(part.begin(), part.end(), at);
    return {bytes, total};
}

std::string_view typeName(const Value& value) {
    switch (value.kind) {
        case Kind::Undefined:
            return "Undefined";
        case Kind::None:
            return "NoneType";
        case Kind::Bool:
            return "bool";
        case Kind::Int:
            return "int";
        case Kind::Float:
            return "float";
        case Kind::String:
            return value.markup ? "Markup" : "str";
        case Kind::List:
            return "list";
        case Kind::Tuple:
            return "tuple";
        case Kind::Dict:
            return "dict";
        case Kind::View:
            return value.view == ViewOf::Keys     ? "dict_keys"
                   : value.view == ViewOf::Values ? "dict_values"
                                                  : "dict_items";
        case Kind::Range:
            return "range";
        case Kind::Namespace:
            return "Namespace";
        case Kind::Callable:
            return "function";
        case Kind::Loop:
            return "LoopContext";
        case Kind::Generator:
            return value.generator->typeName();
        case Kind::Counter:
            return value.counter->joiner ? "Joiner" : "Cycler";
    }
    return "object";
}

bool isHashable(const Value& value, Meter& meter, int depth) {
    meter.spend(1);
    if (value.is(Kind::Tuple)) {
        if (depth > kDeepest) giveUp("a tuple nested more than ", kDeepest, " deep as a key");
        return std::all_of(value.elements().begin(), value.elements().end(),
                           [&](const Value& item) { return isHashable(item, meter, depth + 1); });
    }
    return !value.is(Kind::List) && !value.is(Kind::Dict) &&
           !(value.is(Kind::View) && value.view != ViewOf::Values);
}

size_t hashOf(const Value& value, Meter& meter, int depth) {
    switch (value.kind) {
        case Kind::Bool:
        case Kind::Int:
            return std::hash<int64_t>{}(value.asInteger());
        case Kind::Float: {
            const double real = value.real;
            if (std::abs(real) < 9e18 && real == std::floor(real)) {
                return std::hash<int64_t>{}(static_cast<int64_t>(real));
            }
            return std::hash<double>{}(real);
        }
        case Kind::String:
            return std::hash<std::string_view>{}(value.str());
        case Kind::Tuple: {
            size_t hash = value.length;
            if (depth > kDeepest) return hash;
            for (const Value& item : value.elements()) {
                meter.spend(1);
                hash = hash * 31 + hashOf(item, meter, depth + 1);
            }
            return hash;
        }
        case Kind::Undefined:
        case Kind::None:
            return static_cast<size_t>(value.kind);
        default:
            return std::hash<const void*>{}(value.dict);
    }
}

namespace {

bool equalSequences(const Value& a, const Value& b, Meter& meter, int depth) {
    if (a.length != b.length) return false;
    if (a.items == b.items) return true;
    for (size_t i = 0; i < a.length; ++i) {
        if (!equal(a.items[i], b.items[i], meter, depth + 1)) return false;
    }
    return true;
}

bool equalDicts(const Dict& a, const Dict& b, Meter& meter, int depth) {
    if (&a == &b) return true;
    if (a.entries.size() != b.entries.size()) return false;
    for (const Entry& entry : a.entries) {
        const Value* other = find(b, entry.key, meter);
        if (!other || !equal(entry.value, *other, meter, depth + 1)) return false;
    }
    return true;
}

bool equalNumbers(const Value& a, const Value& b) {
    if (a.isIntegral() && b.isIntegral()) return a.asInteger() == b.asInteger();
    if (a.is(Kind::Float) && b.is(Kind::Float)) return a.real == b.real;
    const double real = a.is(Kind::Float) ? a.real : b.real;
    const int64_t integer = a.is(Kind::Float) ? b.asInteger() : a.asInteger();
    // Exact, as Python compares them: no rounding of the integer to a double.
    return std::abs(real) < 9.2e18 && real == std::floor(real) &&
           static_cast<int64_t>(real) == integer;
}

}  // namespace

bool equal(const Value& a, const Value& b, Meter& meter, int depth) {
    meter.spend(1);
    if (depth > kDeepest) giveUp("values nested more than ", kDeepest, " deep can not be compared");
    if (a.isNumber() && b.isNumber()) return equalNumbers(a, b);
    if (a.kind != b.kind) return false;
    switch (a.kind) {
        case Kind::Undefined:
        case Kind::None:
            return true;
        case Kind::String:
            meter.spendBytes(a.length);
            return a.str() == b.str();
        case Kind::List:
        case Kind::Tuple:
            return equalSequences(a, b, meter, depth);
        case Kind::Dict:
            return equalDicts(*a.dict, *b.dict, meter, depth);
        case Kind::View:
            return a.view == b.view && a.dict == b.dict;
        case Kind::Range:
            return a.range->count == b.range->count &&
                   (a.range->count == 0 || a.range->start == b.range->start) &&
                   (a.range->count <= 1 || a.range->step == b.range->step);
        default:
            return a.dict == b.dict;  // identity
    }
}

namespace {

/// The slot that holds the key, or the free one where it belongs. `slots` is a power of two.
size_t slotOf(std::span<const Entry> entries, std::span<const uint32_t> slots, const Value& key,
              Meter& meter) {
    const size_t mask = slots.size() - 1;
    for (size_t at = hashOf(key, meter) * 0x9E3779B97F4A7C15u >> 32 & mask;; at = (at + 1) & mask) {
        if (slots[at] == 0 || equal(entries[slots[at] - 1].key, key, meter)) return at;
    }
}

}  // namespace

const Value* find(const Dict& dict, const Value& key, Meter& meter) {
    if (dict.table.empty()) {
        for (const Entry& entry : dict.entries) {
            if (equal(entry.key, key, meter)) return &entry.value;
        }
        return nullptr;
    }
    const uint32_t found = dict.table[slotOf(dict.entries, dict.table, key, meter)];
    return found == 0 ? nullptr : &dict.entries[found - 1].value;
}

void DictBuilder::set(const Value& key, const Value& value) {
    Meter& meter = m_arena->meter();
    if (!isHashable(key, meter)) giveUp("a ", typeName(key), " can not be the key of a dict");
    if (m_slots.empty()) {
        for (Entry& entry : m_entries) {
            if (equal(entry.key, key, meter)) {
                entry.value = value;
                return;
            }
        }
        m_entries.push_back({key, value});
        if (m_entries.size() > kScannedEntries) grow();
        return;
    }
    const size_t slot = slotOf(m_entries, m_slots, key, meter);
    if (m_slots[slot] != 0) {
        m_entries[m_slots[slot] - 1].value = value;
        return;
    }
    m_entries.push_back({key, value});
    m_slots[slot] = static_cast<uint32_t>(m_entries.size());
    if (m_entries.size() * 2 > m_slots.size()) grow();
}

bool DictBuilder::add(const Value& key) {
    const size_t before = m_entries.size();
    set(key, Value::none());
    return m_entries.size() > before;
}

void DictBuilder::grow() {
    m_slots.assign(std::max<size_t>(32, m_slots.size() * 4), 0);
    for (size_t i = 0; i < m_entries.size(); ++i) {
        m_slots[slotOf(m_entries, m_slots, m_entries[i].key, m_arena->meter())] =
            static_cast<uint32_t>(i + 1);
    }
}

const Dict* DictBuilder::finish() {
    const std::span<Entry> entries = m_arena->array<Entry>(m_entries.size());
    std::copy(m_entries.begin(), m_entries.end(), entries.begin());
    const std::span<uint32_t> slots = m_arena->array<uint32_t>(m_slots.size());
    std::copy(m_slots.begin(), m_slots.end(), slots.begin());
    return m_arena->make(Dict{entries, slots});
}

}  // namespace alcove::engine::jinja
