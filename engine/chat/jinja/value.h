// The values a template computes with, after Python's: what jinja2 would hold, without its garbage.
//
// A Value is 24 plain bytes. Whatever it points to (text, items, dicts, closures) lives until the
// render ends: in the render's Arena, in the parsed template, or in the caller's JSON. Nothing is
// reference-counted and nothing is freed early, so trimming, slicing and splitting text share the
// bytes, cycles cost nothing, and the Arena's limit is a limit on the memory of a render.
//
// Lists, tuples and dicts never change once made, because the sandboxed environment that the
// templates are written for forbids their mutating methods. Only a Namespace changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace alcove::engine::jinja {

enum class Kind : uint8_t {
    Undefined,
    None,
    Bool,
    Int,
    Float,
    String,
    List,
    Tuple,
    Dict,
    View,  // keys(), values() or items() of a dict
    Range,
    Namespace,
    Callable,
    Loop,
    Generator,  // an iterator that is used up once
    Counter,    // cycler() and joiner()
};

struct Dict;
struct Range;
struct Namespace;
struct Callable;
struct LoopState;
struct Generator;
struct Counter;
struct UndefinedInfo;

enum class ViewOf : uint8_t { Keys, Values, Items };

struct Value {
    Kind kind = Kind::Undefined;
    bool markup = false;         // a String that |safe or |escape made
    ViewOf view = ViewOf::Keys;  // of a View
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char* text;
        const Value* items;
        const Dict* dict;
        const Range* range;
        Namespace* space;
        const Callable* callable;
        LoopState* loop;
        Generator* generator;
        Counter* counter;
        const UndefinedInfo* undefined = nullptr;  // may be null: undefined without a story
    };
    size_t length = 0;  // bytes of a String, items of a List or Tuple

    static Value none();
    static Value of(bool value);
    static Value of(int64_t value);
    static Value of(double value);
    static Value of(std::string_view borrowed, bool isMarkup = false);
    static Value list(std::span<const Value> borrowed);
    static Value tuple(std::span<const Value> borrowed);
    static Value of(const Dict* dict);
    static Value viewOf(const Dict* dict, ViewOf which);

    [[nodiscard]] bool is(Kind k) const { return kind == k; }
    [[nodiscard]] bool isUndefined() const { return kind == Kind::Undefined; }
    [[nodiscard]] bool isNone() const { return kind == Kind::None; }
    [[nodiscard]] bool isString() const { return kind == Kind::String; }
    /// int, or bool, which Python counts as one.
    [[nodiscard]] bool isIntegral() const { return kind == Kind::Int || kind == Kind::Bool; }
    [[nodiscard]] bool isNumber() const { return isIntegral() || kind == Kind::Float; }
    [[nodiscard]] bool isSequence() const { return kind == Kind::List || kind == Kind::Tuple; }
    [[nodiscard]] std::string_view str() const { return {text, length}; }
    [[nodiscard]] std::span<const Value> elements() const { return {items, length}; }
    [[nodiscard]] int64_t asInteger() const { return kind == Kind::Bool ? boolean : integer; }
    [[nodiscard]] double asReal() const {
        return kind == Kind::Float ? real : static_cast<double>(asInteger());
    }
};

/// Why a value is undefined, for the message when something is done with it.
struct UndefinedInfo {
    std::string_view hint;  // the whole message, if not empty
    Value owner;            // what was asked for `name`; meaningful when hasOwner
    Value name;
    bool hasOwner = false;
};

struct Entry {
    Value key;
    Value value;
};

/// Insertion-ordered; larger ones carry a hash table (open addressing, 0 = free, else index+1).
struct Dict {
    std::span<const Entry> entries;
    std::span<const uint32_t> table;
};

struct Range {
    int64_t start = 0;
    int64_t step = 1;
    int64_t count = 0;

    [[nodiscard]] int64_t at(int64_t index) const { return start + index * step; }
};

struct Namespace {
    std::vector<std::pair<std::string_view, Value>> attributes;

    [[nodiscard]] Value* find(std::string_view name);
};

/// Anything that hands out values one at a time and can not be started over.
struct Generator {
    virtual ~Generator() = default;
    virtual bool next(Value& out) = 0;
    [[nodiscard]] virtual std::string_view typeName() const { return "generator"; }
};

/// cycler("a", "b") or, with a separator only, joiner(", ").
struct Counter {
    std::vector<Value> values;
    size_t position = 0;
    bool joiner = false;
};

/// What a render may still do. Every evaluated node spends one, long texts and comparisons more.
class Meter {
public:
    explicit Meter(int64_t steps) : m_left(steps) {}
    void spend(int64_t steps) {
        m_left -= steps;
        if (m_left < 0) exhausted();
    }
    /// For work on `bytes` of text, at the speed of a scan.
    void spendBytes(size_t bytes) { spend(static_cast<int64_t>(bytes / 64)); }

private:
    [[noreturn]] static void exhausted();
    int64_t m_left;
};

/// Bump allocator; `limit` bytes in all, then it throws Failure (see failure.h).
class Arena {
public:
    Arena(size_t limit, Meter& meter) : m_limit(limit), m_meter(&meter) {}
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    [[nodiscard]] void* allocate(size_t bytes, size_t alignment);
    [[nodiscard]] Meter& meter() const { return *m_meter; }
    /// Counts bytes that are kept elsewhere for as long as this arena lives.
    void charge(size_t bytes);

    template <typename T>
    [[nodiscard]] std::span<T> array(size_t count) {
        if (count == 0) return {};
        if (count > m_limit / sizeof(T)) overflow();
        T* first = static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
        std::uninitialized_default_construct_n(first, count);
        return {first, count};
    }
    template <typename T>
    [[nodiscard]] T* make(T value) {  // T is trivially destructible: nothing runs at the end
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T(std::move(value));
    }
    [[nodiscard]] std::string_view copy(std::string_view text);
    [[nodiscard]] std::string_view join(std::span<const std::string_view> parts);

private:
    [[noreturn]] void overflow() const;

    size_t m_limit;
    Meter* m_meter;
    size_t m_used = 0;
    std::byte* m_next = nullptr;
    size_t m_left = 0;
    std::vector<std::unique_ptr<std::byte[]>> m_blocks;
};

/// Python's name of the value's type, for messages.
[[nodiscard]] std::string_view typeName(const Value& value);
/// Whether Python could use it as a key of a dict.
[[nodiscard]] bool isHashable(const Value& value, Meter& meter, int depth = 0);
/// Equal hashables hash alike (1 == 1.0 == True).
[[nodiscard]] size_t hashOf(const Value& value, Meter& meter, int depth = 0);
[[nodiscard]] bool equal(const Value& a, const Value& b, Meter& meter, int depth = 0);

/// Builds a Dict; a key that comes again keeps its first place and takes the new value.
class DictBuilder {
public:
    explicit DictBuilder(Arena& arena) : m_arena(&arena) {}
    void set(const Value& key, const Value& value);
    /// Whether the key is new.
    bool add(const Value& key);
    [[nodiscard]] const Dict* finish();

private:
    void grow();

    Arena* m_arena;
    std::vector<Entry> m_entries;
    std::vector<uint32_t> m_slots;
};

[[nodiscard]] const Value* find(const Dict& dict, const Value& key, Meter& meter);

}  // namespace alcove::engine::jinja
