// What a tool's schema says of an argument that a model wrote without quotes: is 3 a number or the
// text "3"?
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace alcove::engine {

/// Types of JSON as bits; an integer is a number, too.
struct JsonTypes {
    enum : uint8_t {
        String = 1,
        Integer = 2,
        Number = 4,
        Boolean = 8,
        Null = 16,
        Object = 32,
        Array = 64,
        All = 127,
    };
};

/// The types that the schema of `argument` permits; All where it says nothing.
[[nodiscard]] uint8_t typesOfArgument(const nlohmann::ordered_json& parameters,
                                      std::string_view argument);

/// The JSON of a value that was written as `text`: its own where it is a literal that the types
/// permit (as JSON or as Python has it), else a string.
[[nodiscard]] std::string argumentJson(std::string_view text, uint8_t types);

}  // namespace alcove::engine
