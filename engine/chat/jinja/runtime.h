// What a render works with: its limits, its memory, its output, and the operations of Python that
// expressions, filters, tests and methods are made of. All of them throw Failure.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/chat/jinja/ast.h"
#include "engine/chat/jinja/failure.h"
#include "engine/chat/jinja/value.h"

namespace alcove::engine::jinja {

/// What a render may use up; a template comes with a download and may be hostile.
struct Limits {
    int64_t steps = 100'000'000;        // a few seconds
    size_t memory = size_t{512} << 20;  // bytes of values
    size_t output = size_t{256} << 20;  // bytes written, macros' results included
    int depth = 600;                    // nested evaluations; each takes below 1 KiB of stack
    int64_t range = 100'000;            // items of range(), as jinja2's sandbox allows
};

struct NamedValue {
    std::string_view name;
    Value value;
};

struct Args {
    std::span<const Value> positional;
    std::span<const NamedValue> named;
};

/// The slots of a running function, and where its free variables live.
struct Env {
    std::span<Value> values;
    Env* outer = nullptr;
};

using NativeFn = Value (*)(State&, const Value& self, const Args&);

struct Callable {
    std::string_view name;
    NativeFn native = nullptr;
    Value self;                   // of a method
    const Stmt* macro = nullptr;  // else a macro or the body of a call block
    Env* env = nullptr;           // of the macro's definition
};

/// Goes through anything that Python can iterate over.
class Iterator {
public:
    Iterator() = default;
    Iterator(State& state, const Value& source);
    bool next(State& state, Value& out);

private:
    Value m_source;
    size_t m_at = 0;  // next item; bytes in a string
};

struct LoopState {
    Value source;
    Iterator iterator;
    int64_t index = -1;   // from 0
    int64_t length = -1;  // -1: not asked for yet
    int depth = 0;        // of a recursive loop, from 0
    Value before, current, after;
    bool hasAfter = false, ended = false;
    std::vector<Value> buffered;  // read ahead to know the length
    size_t bufferedAt = 0;
    std::vector<Value> lastChanged;
    bool changedOnce = false;
    const Stmt* stmt = nullptr;
    Env* env = nullptr;  // around a recursive loop

    bool advance(State& state);
    bool peek(State& state);

private:
    bool fetch(State& state, Value& out);
};

struct State {
    State(const Program& theProgram, const Limits& theLimits)
        : program(theProgram),
          limits(theLimits),
          meter(theLimits.steps),
          arena(theLimits.memory, meter) {}

    const Program& program;
    Limits limits;
    Meter meter;
    Arena arena;
    std::unordered_map<std::string_view, Value> context;
    std::chrono::system_clock::time_point now;
    std::string* out = nullptr;
    size_t written = 0;
    int depth = 0;
    int line = 0;
    // What the arena can not hold because it has to be destroyed.
    std::vector<std::unique_ptr<Generator>> generators;
    std::vector<std::unique_ptr<Namespace>> namespaces;
    std::vector<std::unique_ptr<LoopState>> loops;
    std::vector<std::unique_ptr<Counter>> counters;

    template <typename... Parts>
    [[noreturn]] void fail(const Parts&... parts) const {
        throw Failure{concat(parts...), line};
    }

    void write(std::string_view text) {
        written += text.size();
        if (written > limits.output)
            fail("the template writes more than ", limits.output >> 20, " MiB");
        out->append(text);
    }

    // Makers of values.
    [[nodiscard]] Value text(std::string_view copied, bool markup = false) {
        meter.spendBytes(copied.size());
        return Value::of(arena.copy(copied), markup);
    }
    [[nodiscard]] Value list(std::span<const Value> copied);
    [[nodiscard]] Value tuple(std::span<const Value> copied);
    [[nodiscard]] Value tuple(std::initializer_list<Value> copied) {
        return tuple(std::span<const Value>(copied.begin(), copied.size()));
    }
    [[nodiscard]] Value undefined(std::string_view hint);
    [[nodiscard]] Value missing(const Value& owner, const Value& name);
    [[nodiscard]] Value callable(std::string_view name, NativeFn native, const Value& self = {});
    [[nodiscard]] Value generator(std::unique_ptr<Generator> made);
    [[nodiscard]] Value range(int64_t start, int64_t step, int64_t count);
};

/// One level deeper for as long as it lives.
class Deeper {
public:
    explicit Deeper(State& state) : m_state(state) {
        state.meter.spend(1);
        if (++state.depth > state.limits.depth) {
            --state.depth;
            state.fail(
                "the template runs too deep: a macro that calls itself without end, "
                "or values nested without end?");
        }
    }
    ~Deeper() { --m_state.depth; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

private:
    State& m_state;
};

/// Matches arguments with parameters as a Python call does. get(i) is null where none was given.
class Bound {
public:
    Bound(State& state, std::string_view function, const Args& args,
          std::initializer_list<std::string_view> parameters, size_t required = 0);
    [[nodiscard]] const Value* get(size_t index) const { return m_values[index]; }
    [[nodiscard]] Value get(size_t index, const Value& otherwise) const {
        return m_values[index] ? *m_values[index] : otherwise;
    }

private:
    std::vector<const Value*> m_values;
};

/// An item and what it is sorted by.
struct Keyed {
    std::vector<Value> keys;
    Value item;
};

/// Stable; keys are compared as Python compares lists.
void sortKeyed(State& state, std::vector<Keyed>& rows, bool reversed);

// interpreter.cpp
void runProgram(State& state);
[[nodiscard]] Value evaluate(State& state, const Expr& expr, Env& env);
[[nodiscard]] Value call(State& state, const Value& callee, const Args& args);
[[nodiscard]] Value applyFilter(State& state, std::string_view name, const Value& input,
                                const Args& args);
[[nodiscard]] bool applyTest(State& state, std::string_view name, const Value& input,
                             const Args& args);

// operations.cpp
[[nodiscard]] bool truth(const Value& value);
[[noreturn]] void failUndefined(const State& state, const Value& value);
/// Fails if the value is undefined.
void mustBeDefined(const State& state, const Value& value);
[[nodiscard]] Value binary(State& state, Op op, const Value& a, const Value& b);
[[nodiscard]] Value negative(State& state, const Value& value);
[[nodiscard]] bool compare(State& state, Op op, const Value& a, const Value& b);
[[nodiscard]] bool less(State& state, const Value& a, const Value& b);
[[nodiscard]] bool contains(State& state, const Value& container, const Value& item);
[[nodiscard]] bool isIterable(const Value& value);
[[nodiscard]] int64_t lengthOf(State& state, const Value& value);
[[nodiscard]] bool hasLength(const Value& value);
[[nodiscard]] Value getItem(State& state, const Value& owner, const Value& key);
[[nodiscard]] Value getAttribute(State& state, const Value& owner, std::string_view name);
[[nodiscard]] Value slice(State& state, const Value& what, const Value& start, const Value& stop,
                          const Value& step);
[[nodiscard]] std::vector<Value> collect(State& state, const Value& iterable);
/// A whole number where one is needed (bool counts), else a failure that names `what`.
[[nodiscard]] int64_t integerOf(State& state, const Value& value, std::string_view what);
[[nodiscard]] std::string_view stringOf(State& state, const Value& value, std::string_view what);

// printing.cpp
/// str(value). For a string the bytes themselves.
[[nodiscard]] std::string_view toText(State& state, const Value& value);
void appendText(State& state, std::string& out, const Value& value);
void appendRepr(State& state, std::string& out, const Value& value);
[[nodiscard]] std::string escapeHtml(std::string_view text);

// json.cpp
[[nodiscard]] Value fromJson(State& state, const nlohmann::ordered_json& json);
[[nodiscard]] Value toJson(State& state, const Value& input, const Args& args);

// format.cpp
/// "text %s" % values.
[[nodiscard]] Value formatPercent(State& state, const Value& format, const Value& values);
/// "text {}".format(args).
[[nodiscard]] Value formatBraces(State& state, const Value& format, const Args& args);

// methods.cpp
/// A bound method of a built-in type; undefined and false if the type has none of that name.
[[nodiscard]] bool findMethod(State& state, const Value& owner, std::string_view name, Value& out);

// strftime.cpp
[[nodiscard]] std::string formatTime(std::string_view format,
                                     std::chrono::system_clock::time_point time);

}  // namespace alcove::engine::jinja
