// A call whose arguments stand between tags: <function=f><parameter=k>value</parameter></function>.
// Values are plain text; the tool's schema says what they are. What can only be a string is passed
// on while it comes, anything else when it is whole.
#include "engine/chat/argument_type.h"
#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestKey = 256;

class TaggedReader : public CallReader {
public:
    TaggedReader(const CallSyntax& syntax, const Json& tools) : m_syntax(&syntax), m_tools(&tools) {
        if (syntax.nameOpen.empty()) m_part = Part::Name;
    }

    std::unique_ptr<CallReader> clone() const override {
        return std::make_unique<TaggedReader>(*this);
    }

    State take(char byte) override {
        switch (m_part) {
            case Part::Open:
                return takeOpen(byte);
            case Part::Name:
                return takeName(byte);
            case Part::Between:
                return takeBetween(byte);
            case Part::Key:
                return takeKey(byte);
            case Part::ValueOpen:
                return takeValueOpen(byte);
            case Part::Value:
                return takeValue(byte);
        }
        return State::Failed;
    }

private:
    enum class Part : uint8_t { Open, Name, Between, Key, ValueOpen, Value };

    State enter(Part part) {
        m_part = part;
        m_text.clear();
        return State::Reading;
    }

    State takeOpen(char byte) {
        const State state = takeMarker(byte, m_syntax->nameOpen);
        return state == State::Done ? enter(Part::Name) : state;
    }

    State takeName(char byte) {
        const std::string& close = m_syntax->nameClose;
        if (close.empty()) {  // a blank or the next tag ends it
            if (m_text.empty() && isJsonBlank(byte)) return State::Reading;
            if (isJsonBlank(byte) || byte == '<') {
                const State state = endName(m_text);
                return state == State::Reading && byte == '<' ? takeBetween(byte) : state;
            }
            m_text += byte;
            return isToolName(m_text) ? State::Reading : State::Failed;
        }
        m_text += byte;
        const std::string_view text = m_text;
        const size_t waiting = overlap(text, close);
        const std::string_view name = text.substr(0, text.size() - waiting);
        if (waiting == close.size()) return endName(std::string(trimmed(name)));
        return name.empty() || isToolName(name) ? State::Reading : State::Failed;
    }

    State endName(std::string name) {
        if (!isToolName(name)) return State::Failed;
        m_name = std::move(name);
        if (const Json* tool = findTool(*m_tools, m_name)) {
            const auto parameters = tool->find("parameters");
            if (parameters != tool->end()) m_parameters = &*parameters;
        }
        return enter(Part::Between);
    }

    State takeBetween(char byte) {
        if (m_text.empty() && isJsonBlank(byte)) return State::Reading;
        m_text += byte;
        if (m_text == m_syntax->keyOpen) {
            begin();
            return enter(Part::Key);
        }
        if (m_text == m_syntax->bodyClose || m_text == m_syntax->callClose) {
            begin();
            pass(m_count == 0 ? "{}" : "}");
            return finish();
        }
        for (const std::string* tag :
             {&m_syntax->keyOpen, &m_syntax->bodyClose, &m_syntax->callClose}) {
            if (tag->starts_with(m_text)) return State::Reading;
        }
        return State::Failed;
    }

    void begin() { m_begun = true; }

    State takeKey(char byte) {
        m_text += byte;
        if (m_text.size() > kLongestKey) return State::Failed;
        const std::string& close = m_syntax->keyClose;
        if (!m_text.ends_with(close)) return State::Reading;
        const std::string_view key =
            trimmed(std::string_view(m_text).substr(0, m_text.size() - close.size()));
        m_types = m_parameters ? typesOfArgument(*m_parameters, key) : uint8_t{JsonTypes::All};
        pass(concat(m_count++ == 0 ? "{" : ", ", jsonQuoted(key), ": "));
        m_atStart = true;
        m_passed = 0;
        return enter(m_syntax->valueOpen.empty() ? Part::Value : Part::ValueOpen);
    }

    State takeValueOpen(char byte) {
        const State state = takeMarker(byte, m_syntax->valueOpen);
        return state == State::Done ? enter(Part::Value) : state;
    }

    /// A line break right after the opening tag and right before the closing one is the form's, if
    /// the form is written in lines.
    State takeValue(char byte) {
        const bool lines = m_syntax->pad == "\n";
        if (m_atStart) {
            m_atStart = false;
            if (m_types == JsonTypes::String) pass("\"");
            if (lines && byte == '\n') return State::Reading;
        }
        m_text += byte;
        const std::string_view text = m_text;
        size_t waiting = overlap(text, m_syntax->valueClose);
        const bool closed = waiting == m_syntax->valueClose.size();
        if (lines && text.substr(0, text.size() - waiting).ends_with('\n')) ++waiting;
        const std::string_view value = text.substr(0, text.size() - waiting);
        if (m_types == JsonTypes::String) {
            passEscaped(value);
            if (closed) pass("\"");
        } else if (closed) {
            pass(argumentJson(value, m_types));
        }
        return closed ? enter(Part::Between) : State::Reading;
    }

    void passEscaped(std::string_view value) {
        if (value.size() <= m_passed) return;
        std::string json;
        for (const char byte : value.substr(m_passed)) appendJsonEscaped(json, byte);
        m_passed = value.size();
        pass(json);
    }

    const CallSyntax* m_syntax;
    const Json* m_tools;
    const Json* m_parameters = nullptr;
    Part m_part = Part::Open;
    uint8_t m_types = JsonTypes::All;
    size_t m_count = 0;   // arguments so far
    size_t m_passed = 0;  // bytes of a string's value
    bool m_atStart = false;
};

}  // namespace

std::unique_ptr<CallReader> makeTaggedReader(const CallSyntax& syntax, const Json& tools) {
    return std::make_unique<TaggedReader>(syntax, tools);
}

}  // namespace alcove::engine
