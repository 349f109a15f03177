#include "app/api/answer_parts.h"

#include <algorithm>
#include <random>

namespace alcove::app {
using engine::AnswerEvent;
using Kind = engine::AnswerEvent::Kind;

namespace {

uint64_t randomSeed() {
    std::random_device random;
    return uint64_t{random()} << 32 | random();
}

}  // namespace

AnswerParts::AnswerParts(const engine::AnswerFormat& format, const Json& tools, bool inThought)
    : m_parser(format, {tools, inThought, randomSeed()}) {}

std::vector<AnswerEvent> AnswerParts::push(std::string_view text) {
    return take(m_parser.push(text));
}

std::vector<AnswerEvent> AnswerParts::finish() { return take(m_parser.finish()); }

std::vector<AnswerEvent> AnswerParts::take(std::vector<AnswerEvent> events) {
    std::vector<AnswerEvent> told;
    const auto tell = [&](AnswerEvent& event) {
        const bool goesOn = !told.empty() && told.back().kind == event.kind &&
                            told.back().call == event.call && event.kind != Kind::CallBegun;
        if (goesOn)
            told.back().text += event.text;
        else
            told.push_back(std::move(event));
    };
    for (AnswerEvent& event : events) {
        switch (event.kind) {
            case Kind::Markup:
            case Kind::CallEnded:
                break;
            case Kind::Thought:
                m_thought += event.text;
                tell(event);
                break;
            case Kind::Text:
                m_text += event.text;
                tell(event);
                break;
            case Kind::CallBegun:
                m_calls.push_back({event.call, event.id, event.name, {}});
                tell(event);
                break;
            case Kind::CallArguments:
                if (!m_calls.empty()) m_calls.back().arguments += event.text;
                tell(event);
                break;
            case Kind::CallWithdrawn:
                std::erase_if(m_calls, [&](const Call& call) { return call.number == event.call; });
                tell(event);
                break;
        }
    }
    return told;
}

}  // namespace alcove::app
