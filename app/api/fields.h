// Reads the members of a JSON object that came from outside, and remembers the first that is not
// as it should be: a request is read to its end, then error() is asked once.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace alcove::app {

using Json = nlohmann::ordered_json;

/// What is wrong with a request, before it takes the form of the API it came by.
struct ApiError {
    enum class Kind : uint8_t {
        Invalid,
        Unauthorised,
        Forbidden,
        NotFound,
        TooLarge,
        Busy,
        Failed
    };
    Kind kind = Kind::Invalid;
    std::string message;
    std::string field;  // of the request; empty: none in particular
    std::string code;   // a word that programs look for; empty: none

    [[nodiscard]] int status() const;
};

class Fields {
public:
    /// `object` outlives this.
    explicit Fields(const Json& object) : m_object(object) {}

    /// Null where it is missing or null.
    [[nodiscard]] const Json* member(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return member(name) != nullptr; }

    [[nodiscard]] std::string text(std::string_view name, std::string fallback = {});
    [[nodiscard]] std::string requiredText(std::string_view name);
    [[nodiscard]] bool flag(std::string_view name, bool fallback = false);
    [[nodiscard]] int64_t integer(std::string_view name, int64_t fallback, int64_t lowest,
                                  int64_t greatest);
    [[nodiscard]] double number(std::string_view name, double fallback, double lowest,
                                double greatest);
    /// A text, or an array of texts.
    [[nodiscard]] std::vector<std::string> texts(std::string_view name, size_t most);
    /// An array of objects; an error where it is missing.
    [[nodiscard]] const Json& objects(std::string_view name);

    void refuse(std::string_view name, std::string_view reason);
    [[nodiscard]] const std::optional<ApiError>& error() const { return m_error; }

private:
    const Json& m_object;
    std::optional<ApiError> m_error;
};

/// JSON in one line, as it is sent and printed; bytes that are no text are replaced.
[[nodiscard]] std::string dump(const Json& value);

/// The JSON object of a body.
[[nodiscard]] std::optional<ApiError> parseBody(std::string_view body, Json& out);

}  // namespace alcove::app
