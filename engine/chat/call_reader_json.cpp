// A call as one JSON object: {"name": "f", "arguments": {…}}, its keys in any order. Small models
// also write "parameters", "function" for the name, arguments as a string of JSON, and raw line
// breaks in strings; all that is understood.
#include <utility>

#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

bool isNameKey(std::string_view key) {
    return key == "name" || key == "tool_name" || key == "function";
}

bool isArgumentsKey(std::string_view key) { return key == "arguments" || key == "parameters"; }

bool isOtherKey(std::string_view key) {
    return key == "id" || key == "tool_call_id" || key == "type";
}

class JsonReader : public CallReader {
public:
    JsonReader(const Json& tools, bool mustBeKnown) : m_tools(&tools), m_mustBeKnown(mustBeKnown) {}

    std::unique_ptr<CallReader> clone() const override {
        return std::make_unique<JsonReader>(*this);
    }

    State take(char byte) override {
        if (m_part == Part::Value) return takeValue(byte);
        if (m_part == Part::Key && m_scanner.started()) return takeKey(byte);
        if (isJsonBlank(byte)) return State::Reading;
        switch (m_part) {
            case Part::Open:
                m_part = Part::Key;
                return byte == '{' ? State::Reading : State::Failed;
            case Part::Key:
                return byte == '"' ? takeKey(byte) : State::Failed;
            case Part::Colon:
                m_part = Part::Value;
                return byte == ':' ? State::Reading : State::Failed;
            case Part::Next:
                return takeNext(byte);
            case Part::Value:
                break;
        }
        return State::Failed;
    }

private:
    enum class Part : uint8_t { Open, Key, Colon, Value, Next };

    State takeKey(char byte) {
        m_key += byte;
        if (m_scanner.take(byte) == JsonScanner::Step::More) {
            return m_key.size() > 64 && m_mustBeKnown ? State::Failed : State::Reading;
        }
        m_key = m_key.substr(1, m_key.size() - 2);
        const bool known = isNameKey(m_key) || isArgumentsKey(m_key) || isOtherKey(m_key);
        if (m_mustBeKnown && !known) return State::Failed;
        m_scanner = {};
        m_value.clear();
        m_part = Part::Colon;
        return State::Reading;
    }

    State takeValue(char byte) {
        const bool raw = m_scanner.inString() && static_cast<unsigned char>(byte) < 0x20;
        const JsonScanner::Step step = m_scanner.take(byte);
        if (step == JsonScanner::Step::Bad) return State::Failed;
        if (!m_scanner.started()) return State::Reading;
        if (step != JsonScanner::Step::Past) {
            const size_t before = m_value.size();
            if (raw) {
                appendJsonEscaped(m_value, byte);
            } else {
                m_value += byte;
            }
            if (streams()) pass(std::string_view(m_value).substr(before));
        }
        if (step == JsonScanner::Step::More) return State::Reading;
        m_part = Part::Next;
        if (!endValue()) return State::Failed;
        return step == JsonScanner::Step::Past ? take(byte) : State::Reading;
    }

    /// Whether what is read is an object of arguments, and the name is known.
    bool streams() {
        if (!isArgumentsKey(m_key) || m_value.front() != '{' || m_name.empty()) return false;
        m_begun = m_hasArguments = true;
        return true;
    }

    bool endValue() {
        if (isNameKey(m_key)) return endName();
        if (!isArgumentsKey(m_key)) return Json::accept(m_value);
        if (m_begun) return true;
        if (m_hasArguments) return false;
        m_hasArguments = true;
        if (m_value.front() == '"') {
            const Json text = Json::parse(m_value, nullptr, false);
            if (!text.is_string()) return false;
            m_value = trimmed(text.get_ref<const std::string&>());
            if (m_value.empty()) m_value = "{}";
        } else if (m_value == "null") {
            m_value = "{}";
        }
        if (m_value.front() != '{') return false;
        m_waiting = m_value;
        passWaiting();
        return true;
    }

    bool endName() {
        const Json name = Json::parse(m_value, nullptr, false);
        if (!name.is_string() || !m_name.empty()) return false;
        const std::string_view text = trimmed(name.get_ref<const std::string&>());
        if (!isToolName(text) || (m_mustBeKnown && !findTool(*m_tools, text))) return false;
        m_name = text;
        passWaiting();
        return true;
    }

    /// Arguments that stood before the name, or had to be taken out of a string.
    void passWaiting() {
        if (m_name.empty() || m_waiting.empty()) return;
        m_begun = true;
        pass(std::exchange(m_waiting, {}));
    }

    State takeNext(char byte) {
        if (byte == ',') {
            m_key.clear();
            m_scanner = {};
            m_part = Part::Key;
            return State::Reading;
        }
        if (byte != '}' || m_name.empty()) return State::Failed;
        if (!m_hasArguments) {
            if (m_mustBeKnown) return State::Failed;
            m_begun = true;
            pass("{}");
        }
        return finish();
    }

    const Json* m_tools;
    bool m_mustBeKnown;
    Part m_part = Part::Open;
    JsonScanner m_scanner;
    std::string m_key, m_value, m_waiting;
    bool m_hasArguments = false;
};

}  // namespace

std::unique_ptr<CallReader> makeJsonReader(const Json& tools, bool mustBeKnown) {
    return std::make_unique<JsonReader>(tools, mustBeKnown);
}

}  // namespace alcove::engine
