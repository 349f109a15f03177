// Reads one call of a tool in one notation, byte by byte, and gives its arguments as JSON while
// they come. Markers around the call are the parser's; a reader begins behind them.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "engine/chat/answer_format.h"

namespace alcove::engine {

class CallReader {
public:
    enum class State : uint8_t {
        Reading,
        Done,    // the last byte belongs to the call
        Failed,  // this is no call, or a malformed one
    };

    virtual ~CallReader() = default;
    [[nodiscard]] virtual State take(char byte) = 0;
    [[nodiscard]] virtual std::unique_ptr<CallReader> clone() const = 0;

    /// True from when the name is known and the arguments begin.
    [[nodiscard]] bool begun() const { return m_begun; }
    [[nodiscard]] const std::string& name() const { return m_name; }
    [[nodiscard]] const std::string& id() const { return m_id; }  // empty if the call has none
    /// What came of the arguments since it was last asked.
    [[nodiscard]] std::string takeArguments() { return std::exchange(m_fresh, {}); }

protected:
    void pass(std::string_view json) {
        m_fresh += json;
        m_arguments += json;
    }
    /// One byte of a marker, behind blanks. Done: it is whole, and `m_text` empty again.
    [[nodiscard]] State takeMarker(char byte, std::string_view marker);
    /// Done if all that was passed on is one JSON object.
    [[nodiscard]] State finish() const;

    bool m_begun = false;
    std::string m_name, m_id;
    std::string m_text;  // of the part at hand, and not understood yet

private:
    std::string m_fresh, m_arguments;
};

/// `tools` in OpenAI's form: their schemas decide what a value without quotes is. A call that
/// `mustBeKnown` fails unless it names one of them and has arguments.
[[nodiscard]] std::unique_ptr<CallReader> makeCallReader(const CallSyntax& syntax,
                                                         const nlohmann::ordered_json& tools,
                                                         bool mustBeKnown);
[[nodiscard]] std::unique_ptr<CallReader> makeJsonReader(const nlohmann::ordered_json& tools,
                                                         bool mustBeKnown);
[[nodiscard]] std::unique_ptr<CallReader> makeNamedReader(const CallSyntax& syntax);
[[nodiscard]] std::unique_ptr<CallReader> makeTaggedReader(const CallSyntax& syntax,
                                                           const nlohmann::ordered_json& tools);
[[nodiscard]] std::unique_ptr<CallReader> makeBracesReader(const CallSyntax& syntax);

/// The description of a tool, with "name" and "parameters"; null if there is none of that name.
[[nodiscard]] const nlohmann::ordered_json* findTool(const nlohmann::ordered_json& tools,
                                                     std::string_view name);
/// The object that holds a tool's name, in OpenAI's form or bare.
[[nodiscard]] const nlohmann::ordered_json& functionOf(const nlohmann::ordered_json& tool);

/// The string under a key; empty where `object` is none, or has none.
[[nodiscard]] std::string_view textAt(const nlohmann::ordered_json& object, const char* key);

/// A name as tools have: no blanks, quotes or brackets, and not too long.
[[nodiscard]] bool isToolName(std::string_view name);
[[nodiscard]] std::string_view trimmed(std::string_view text);
/// The longest end of `text` that `marker` begins with; all of it where text ends with marker.
[[nodiscard]] size_t overlap(std::string_view text, std::string_view marker);

}  // namespace alcove::engine
