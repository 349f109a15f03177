#include "engine/chat/call_reader.h"

#include <algorithm>
#include <utility>

#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kLongestName = 256;

/// A name, a marker, and the arguments as a JSON object.
class NamedReader : public CallReader {
public:
    explicit NamedReader(const CallSyntax& syntax) : m_syntax(&syntax) {
        if (syntax.nameOpen.empty()) m_part = Part::Name;
    }

    std::unique_ptr<CallReader> clone() const override {
        return std::make_unique<NamedReader>(*this);
    }

    State take(char byte) override {
        switch (m_part) {
            case Part::Open:
                return takeOpen(byte);
            case Part::Name:
                return takeName(byte);
            case Part::Id:
                return takeId(byte);
            case Part::Arguments:
                return takeArgument(byte);
        }
        return State::Failed;
    }

private:
    enum class Part : uint8_t { Open, Name, Id, Arguments };

    State takeOpen(char byte) {
        const State state = takeMarker(byte, m_syntax->nameOpen);
        if (state != State::Done) return state;
        m_part = Part::Name;
        return State::Reading;
    }

    State takeName(char byte) {
        m_text += byte;
        const std::string_view text = m_text;
        size_t waiting = overlap(text, m_syntax->nameClose);
        const bool closed = waiting == m_syntax->nameClose.size();
        bool marked = false;
        if (!m_syntax->idMark.empty() && !closed) {
            const size_t mark = overlap(text, m_syntax->idMark);
            marked = mark == m_syntax->idMark.size();
            waiting = std::max(waiting, mark);
        }
        const std::string_view name = trimmed(text.substr(0, text.size() - waiting));
        if (!isToolName(name) && !(name.empty() && !closed && !marked)) return State::Failed;
        if (!closed && !marked) return State::Reading;
        m_name = plainName(name);
        m_text.clear();
        m_part = marked ? Part::Id : Part::Arguments;
        return State::Reading;
    }

    State takeId(char byte) {
        m_text += byte;
        if (m_text.size() > kLongestName) return State::Failed;
        if (!m_text.ends_with(m_syntax->nameClose)) return State::Reading;
        m_id =
            trimmed(std::string_view(m_text).substr(0, m_text.size() - m_syntax->nameClose.size()));
        m_part = Part::Arguments;
        return isToolName(m_id) ? State::Reading : State::Failed;
    }

    State takeArgument(char byte) {
        const bool raw = m_scanner.inString() && static_cast<unsigned char>(byte) < 0x20;
        const JsonScanner::Step step = m_scanner.take(byte);
        if (!m_scanner.started()) return State::Reading;
        if (!m_begun && byte != '{') return State::Failed;
        m_begun = true;
        std::string written;
        if (raw) {
            appendJsonEscaped(written, byte);
        } else {
            written = byte;
        }
        pass(written);
        if (step == JsonScanner::Step::Last) return finish();
        return step == JsonScanner::Step::More ? State::Reading : State::Failed;
    }

    /// Kimi's names have a kind before them and a number behind: functions.f:0.
    static std::string plainName(std::string_view name) {
        constexpr std::string_view kKind = "functions.";
        if (!name.starts_with(kKind)) return std::string(name);
        name.remove_prefix(kKind.size());
        return std::string(name.substr(0, name.rfind(':')));
    }

    const CallSyntax* m_syntax;
    Part m_part = Part::Open;
    JsonScanner m_scanner;
};

}  // namespace

CallReader::State CallReader::takeMarker(char byte, std::string_view marker) {
    if (m_text.empty() && isJsonBlank(byte)) return State::Reading;
    m_text += byte;
    if (!marker.starts_with(m_text)) return State::Failed;
    if (m_text.size() < marker.size()) return State::Reading;
    m_text.clear();
    return State::Done;
}

CallReader::State CallReader::finish() const {
    // Syntax alone is checked; nothing is built of it.
    return Json::accept(m_arguments) ? State::Done : State::Failed;
}

std::unique_ptr<CallReader> makeNamedReader(const CallSyntax& syntax) {
    return std::make_unique<NamedReader>(syntax);
}

std::unique_ptr<CallReader> makeCallReader(const CallSyntax& syntax, const Json& tools,
                                           bool mustBeKnown) {
    switch (syntax.notation) {
        case CallNotation::NamedJson:
            return makeNamedReader(syntax);
        case CallNotation::Tagged:
            return makeTaggedReader(syntax, tools);
        case CallNotation::Braces:
            return makeBracesReader(syntax);
        case CallNotation::JsonObject:
            break;
    }
    return makeJsonReader(tools, mustBeKnown);
}

const Json& functionOf(const Json& tool) {
    if (!tool.is_object()) return tool;
    const auto function = tool.find("function");
    return function != tool.end() && function->is_object() ? *function : tool;
}

const Json* findTool(const Json& tools, std::string_view name) {
    if (!tools.is_array()) return nullptr;
    for (const Json& tool : tools) {
        const Json& function = functionOf(tool);
        if (!name.empty() && textAt(function, "name") == name) return &function;
    }
    return nullptr;
}

std::string_view textAt(const Json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) return {};
    return found->get_ref<const std::string&>();
}

bool isToolName(std::string_view name) {
    constexpr std::string_view kNever = "\"'`<>{}[](),;=";
    return !name.empty() && name.size() <= kLongestName &&
           std::ranges::none_of(name, [&](char byte) {
               return static_cast<unsigned char>(byte) <= 0x20 ||
                      kNever.find(byte) != std::string_view::npos;
           });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && isJsonBlank(text.front())) text.remove_prefix(1);
    while (!text.empty() && isJsonBlank(text.back())) text.remove_suffix(1);
    return text;
}

size_t overlap(std::string_view text, std::string_view marker) {
    for (size_t size = std::min(text.size(), marker.size()); size > 0; --size) {
        if (text.ends_with(marker.substr(0, size))) return size;
    }
    return 0;
}

}  // namespace alcove::engine
