// Result<T>: a value or a plain-words error, for everything that can fail (house rule 5).
// Exceptions stay at the edge of libraries that throw and are converted there.
#pragma once

#include <cassert>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace alcove {

/// What went wrong, ready to be shown: which file, where in it, which value.
struct Error {
    std::string message;
};

/// Joins its arguments as an ostream would; gcc 12 has no std::format.
template <typename... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
    std::ostringstream out;
    (out << ... << parts);
    return std::move(out).str();
}

/// `return fail("tensor ", name, ": …");` from any function that returns a Result.
template <typename... Parts>
[[nodiscard]] Error fail(const Parts&... parts) {
    return Error{concat(parts...)};
}

template <typename T>
class [[nodiscard]] Result {
public:
    using Value = T;

    Result(T value) : m_state(std::in_place_index<0>, std::move(value)) {}      // NOLINT
    Result(Error error) : m_state(std::in_place_index<1>, std::move(error)) {}  // NOLINT

    [[nodiscard]] bool ok() const { return m_state.index() == 0; }
    explicit operator bool() const { return ok(); }

    [[nodiscard]] T& value() & { return get(); }
    [[nodiscard]] const T& value() const& { return const_cast<Result*>(this)->get(); }
    [[nodiscard]] T&& value() && { return std::move(get()); }
    T& operator*() { return get(); }
    const T& operator*() const { return value(); }
    T* operator->() { return &get(); }
    const T* operator->() const { return &value(); }

    [[nodiscard]] const Error& error() const {
        assert(!ok());
        return *std::get_if<1>(&m_state);
    }
    [[nodiscard]] const std::string& message() const { return error().message; }

private:
    T& get() {
        assert(ok());
        return *std::get_if<0>(&m_state);
    }

    std::variant<T, Error> m_state;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : m_error(std::move(error)), m_failed(true) {}  // NOLINT

    [[nodiscard]] bool ok() const { return !m_failed; }
    explicit operator bool() const { return ok(); }
    [[nodiscard]] const Error& error() const {
        assert(m_failed);
        return m_error;
    }
    [[nodiscard]] const std::string& message() const { return error().message; }

private:
    Error m_error;
    bool m_failed = false;
};

}  // namespace alcove

#define ALCOVE_CONCAT_INNER(a, b) a##b
#define ALCOVE_CONCAT(a, b) ALCOVE_CONCAT_INNER(a, b)

/// Returns the error of a Result from the enclosing function, if it has one.
#define ALCOVE_CHECK(expression)                                                       \
    do {                                                                               \
        if (auto alcoveCheck = (expression); !alcoveCheck) return alcoveCheck.error(); \
    } while (false)

/// `ALCOVE_TRY(auto file, GgufFile::open(path));`: the value, or return the error.
#define ALCOVE_TRY(declaration, expression) \
    ALCOVE_TRY_INNER(ALCOVE_CONCAT(alcoveResult, __LINE__), declaration, expression)
#define ALCOVE_TRY_INNER(result, declaration, expression) \
    auto result = (expression);                           \
    if (!result) return result.error();                   \
    declaration = std::move(*result)
