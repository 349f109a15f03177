// Any text as an answer in any form: nothing of it is lost, calls that ended are JSON objects, and
// how it is cut into pieces changes nothing. The first byte chooses the form, the second what was
// before and where the text is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/answer_parser.h"
#include "tests/fuzz/answer_forms.h"

using namespace alcove::engine;

namespace {

using Kind = AnswerEvent::Kind;
using Json = nlohmann::ordered_json;

const std::vector<AnswerFormat>& forms() {
    static const std::vector<AnswerFormat> made = [] {
        std::vector<AnswerFormat> all;
        for (const char* signs : alcove::test::kAnswerForms) all.push_back(answerFormatOf(signs));
        return all;
    }();
    return made;
}

const Json& tools() {
    static const Json made = Json::parse(R"([{"type": "function", "function": {"name": "add",
        "parameters": {"type": "object", "properties": {"a": {"type": "string"},
            "b": {"type": ["integer", "null"]}, "c": {"$ref": "#/properties/b"}}}}}])");
    return made;
}

class Listener {
public:
    void hear(const std::vector<AnswerEvent>& events) {
        for (const AnswerEvent& event : events) hear(event);
    }

    std::string source;  // what has come out, in order
    std::string story;   // everything, joined

private:
    void hear(const AnswerEvent& event) {
        const bool joins = event.kind == Kind::Text || event.kind == Kind::Thought ||
                           event.kind == Kind::Markup || event.kind == Kind::CallArguments;
        if (!joins || event.kind != m_last) {
            story += alcove::concat('\n', int(event.kind), event.call, event.name, event.id, ':');
        }
        m_last = event.kind;
        story += event.text;
        switch (event.kind) {
            case Kind::CallBegun:
                if (event.call != m_calls++ || event.name.empty() || event.id.empty()) abort();
                m_arguments.clear();
                break;
            case Kind::CallArguments:
                m_arguments += event.text;
                break;
            case Kind::CallEnded:
                if (!Json::parse(m_arguments).is_object()) abort();
                source += event.text;
                break;
            case Kind::CallWithdrawn:
                break;
            default:
                source += event.text;
        }
    }

    Kind m_last = Kind::CallEnded;
    size_t m_calls = 0;
    std::string m_arguments;
};

Listener listen(uint8_t form, uint8_t mode, std::string_view text, size_t piece) {
    AnswerOptions options;
    if ((mode & 1) == 0) options.tools = tools();
    options.inThought = (mode & 2) != 0;
    options.idSeed = mode;
    AnswerParser parser(forms()[form % forms().size()], options);
    Listener listener;
    for (size_t at = 0; at < text.size(); at += piece) {
        listener.hear(parser.push(text.substr(at, piece)));
    }
    listener.hear(parser.finish());
    return listener;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 2) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
    const Listener whole = listen(data[0], data[1], text, size);
    if (whole.source != text) abort();
    for (const size_t piece : {size_t{1}, size_t{2} + (data[1] >> 2)}) {
        if (listen(data[0], data[1], text, piece).story != whole.story) abort();
    }
    return 0;
}
