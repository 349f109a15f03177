// A call as call:f{key:value,…}: keys bare, strings between markers of their own (<|"|>), lists and
// objects as in JSON. It becomes JSON as it comes. Strings and keys in plain quotes are understood,
// and a bare word that is no literal is a string.
#include "engine/chat/argument_type.h"
#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

constexpr size_t kDeepest = 256;
constexpr size_t kLongestWord = 4096;  // a bare key or literal

class BracesReader : public CallReader {
public:
    explicit BracesReader(const CallSyntax& syntax) : m_syntax(&syntax) {}

    std::unique_ptr<CallReader> clone() const override {
        return std::make_unique<BracesReader>(*this);
    }

    State take(char byte) override {
        switch (m_part) {
            case Part::Open:
                return takeOpen(byte);
            case Part::Name:
                return takeName(byte);
            case Part::Key:
                return takeKey(byte);
            case Part::Colon:
                if (isJsonBlank(byte)) return State::Reading;
                return byte == ':' ? enter(Part::Value) : State::Failed;
            case Part::Value:
                return takeValue(byte);
            case Part::Marked:
                return takeMarked(byte);
            case Part::Quoted:
                return takeQuoted(byte);
            case Part::After:
                return takeAfter(byte);
        }
        return State::Failed;
    }

private:
    enum class Part : uint8_t { Open, Name, Key, Colon, Value, Marked, Quoted, After };

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
        if (byte != '{') {
            m_text += byte;
            return isToolName(m_text) ? State::Reading : State::Failed;
        }
        if (m_text.empty()) return State::Failed;
        m_name = m_text;
        m_begun = true;
        return openBracket('{');
    }

    State openBracket(char bracket) {
        if (m_closers.size() >= kDeepest) return State::Failed;
        m_closers += bracket == '{' ? '}' : ']';
        pass(std::string_view(&bracket, 1));
        m_first = true;
        return enter(bracket == '{' ? Part::Key : Part::Value);
    }

    State closeBracket(char bracket) {
        if (m_closers.back() != bracket) return State::Failed;
        m_closers.pop_back();
        pass(std::string_view(&bracket, 1));
        if (m_closers.empty()) return finish();
        return enter(Part::After);
    }

    bool inObject() const { return m_closers.back() == '}'; }

    /// A key, bare or quoted, up to its colon; or the end of an object that has none.
    State takeKey(char byte) {
        if (m_text.empty()) {
            if (isJsonBlank(byte)) return State::Reading;
            if (byte == '}') return m_first ? closeBracket(byte) : State::Failed;
            if (byte == '"') {
                pass("\"");
                m_isKey = true;
                return enter(Part::Quoted);
            }
        }
        if (byte == ':') {
            const std::string_view key = trimmed(m_text);
            if (key.empty()) return State::Failed;
            pass(jsonQuoted(key) + ":");
            return enter(Part::Value);
        }
        return takeWord(byte, true);
    }

    /// One byte of a bare word, or of the marker that opens a string.
    State takeWord(char byte, bool isKey) {
        m_text += byte;
        if (m_text == m_syntax->quote) {
            pass("\"");
            m_isKey = isKey;
            return enter(Part::Marked);
        }
        const bool fits = m_text.size() <= kLongestWord &&
                          (m_syntax->quote.starts_with(m_text) ||
                           std::string_view("{}[]<>\"").find(byte) == std::string_view::npos);
        return fits ? State::Reading : State::Failed;
    }

    State takeValue(char byte) {
        if (m_text.empty()) {
            if (isJsonBlank(byte)) return State::Reading;
            if (byte == '{' || byte == '[') return openBracket(byte);
            if (byte == ']' && m_first) return closeBracket(byte);
            if (byte == '"') {
                pass("\"");
                m_isKey = false;
                return enter(Part::Quoted);
            }
        }
        if (byte != ',' && byte != '}' && byte != ']') return takeWord(byte, false);
        if (trimmed(m_text).empty()) return State::Failed;
        pass(argumentJson(trimmed(m_text), JsonTypes::All));
        enter(Part::After);
        return takeAfter(byte);
    }

    /// Inside markers everything is text, but the marker.
    State takeMarked(char byte) {
        m_text += byte;
        const size_t waiting = overlap(m_text, m_syntax->quote);
        std::string json;
        for (const char each : std::string_view(m_text).substr(0, m_text.size() - waiting)) {
            appendJsonEscaped(json, each);
        }
        pass(json);
        m_text.erase(0, m_text.size() - waiting);
        return waiting == m_syntax->quote.size() ? endString() : State::Reading;
    }

    /// In plain quotes it is JSON already.
    State takeQuoted(char byte) {
        if (!m_escaped && byte == '"') return endString();
        m_escaped = !m_escaped && byte == '\\';
        if (static_cast<unsigned char>(byte) < 0x20) {
            std::string json;
            appendJsonEscaped(json, byte);
            pass(json);
        } else {
            pass(std::string_view(&byte, 1));
        }
        return State::Reading;
    }

    State endString() {
        pass(m_isKey ? "\":" : "\"");
        return enter(m_isKey ? Part::Colon : Part::After);
    }

    State takeAfter(char byte) {
        if (isJsonBlank(byte)) return State::Reading;
        if (byte == '}' || byte == ']') return closeBracket(byte);
        if (byte != ',') return State::Failed;
        pass(",");
        m_first = false;
        return enter(inObject() ? Part::Key : Part::Value);
    }

    const CallSyntax* m_syntax;
    Part m_part = Part::Open;
    std::string m_closers;
    bool m_first = true;  // nothing stands in the innermost bracket yet
    bool m_isKey = false, m_escaped = false;
};

}  // namespace

std::unique_ptr<CallReader> makeBracesReader(const CallSyntax& syntax) {
    return std::make_unique<BracesReader>(syntax);
}

}  // namespace alcove::engine
