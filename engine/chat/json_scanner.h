// Finds where a JSON value ends, byte by byte. It knows strings and brackets alone; whether the
// value is right in all else is for a parser to say when it is whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace alcove::engine {

class JsonScanner {
public:
    enum class Step : uint8_t {
        More,
        Last,  // this byte ends the value
        Past,  // the value ended before this byte
        Bad,
    };

    [[nodiscard]] Step take(char byte);
    [[nodiscard]] bool started() const { return m_started; }
    [[nodiscard]] bool inString() const { return m_inString; }

private:
    Step begin(char byte);
    Step takeInString(char byte);
    Step open(char closer);

    std::string m_closers;  // of the brackets that are open
    bool m_started = false, m_inString = false, m_escaped = false, m_literal = false;
};

[[nodiscard]] constexpr bool isJsonBlank(char byte) {
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/// Writes a byte of a text as it stands inside a string of JSON.
void appendJsonEscaped(std::string& out, char byte);
[[nodiscard]] std::string jsonQuoted(std::string_view text);

}  // namespace alcove::engine
