// Answers as a parser tells them: cut into pieces, and joined again.
#pragma once

#include <QTest>
#include <random>
#include <string>
#include <vector>

#include "engine/base/unicode.h"
#include "engine/chat/answer_parser.h"
#include "tests/engine/chat/given.h"

namespace alcove::test {

struct Call {
    std::string name, id, arguments, source;
    bool ended = false;
};

struct Answer {
    std::string text, thought, source;
    std::vector<Call> calls;  // withdrawn ones have no name
    std::string story;        // everything in order, to compare
};

class Listener {
public:
    void hear(const std::vector<engine::AnswerEvent>& events) {
        for (const engine::AnswerEvent& event : events) hear(event);
    }
    const Answer& answer() {
        flush();
        return m_answer;
    }

private:
    using Kind = engine::AnswerEvent::Kind;

    void hear(const engine::AnswerEvent& event) {
        const bool joins = event.kind == Kind::Text || event.kind == Kind::Thought ||
                           event.kind == Kind::Markup || event.kind == Kind::CallArguments;
        if (!joins || event.kind != m_kind) flush();
        m_kind = event.kind;
        m_text += event.text;
        if (!joins) {
            m_answer.story += concat(int(event.kind), ':', event.call, ':', event.name, ':',
                                     event.id, ':', event.text, '\n');
            m_text.clear();
        }
        keep(event);
    }

    void keep(const engine::AnswerEvent& event) {
        switch (event.kind) {
            case Kind::Text:
                m_answer.text += event.text;
                break;
            case Kind::Thought:
                m_answer.thought += event.text;
                break;
            case Kind::Markup:
                break;
            case Kind::CallBegun:
                QCOMPARE(event.call, m_answer.calls.size());
                m_answer.calls.push_back({event.name, event.id, {}, {}, false});
                return;
            case Kind::CallArguments:
                m_answer.calls.at(event.call).arguments += event.text;
                return;
            case Kind::CallEnded:
                m_answer.calls.at(event.call).source = event.text;
                m_answer.calls.at(event.call).ended = true;
                break;
            case Kind::CallWithdrawn:
                m_answer.calls.at(event.call) = {};
                return;
        }
        m_answer.source += event.text;
    }

    void flush() {
        if (m_text.empty()) return;
        m_answer.story += concat(int(m_kind), ": ", m_text, '\n');
        m_text.clear();
    }

    Answer m_answer;
    Kind m_kind = Kind::CallEnded;
    std::string m_text;
};

/// The characters of a text, as pieces.
inline std::vector<std::string> characters(const std::string& text) {
    std::vector<std::string> pieces;
    for (size_t at = 0; at < text.size();) {
        const size_t size = alcove::strictUtf8Prefix(std::string_view(text).substr(at)).bytes;
        pieces.push_back(text.substr(at, size));
        at += size;
    }
    return pieces;
}

inline Answer heard(const engine::AnswerFormat& format, const engine::AnswerOptions& options,
                    const std::vector<std::string>& pieces) {
    engine::AnswerParser parser(format, options);
    Listener listener;
    for (const std::string& piece : pieces) listener.hear(parser.push(piece));
    listener.hear(parser.finish());
    return listener.answer();
}

/// Hears the text in one piece, by characters and cut at random, and demands the same of all, and
/// that nothing is lost.
inline Answer heardAnyhow(const engine::AnswerFormat& format, const engine::AnswerOptions& options,
                          const std::string& text) {
    const Answer whole = heard(format, options, {text});
    const auto compare = [&](const Answer& other) {
        QCOMPARE(QString::fromStdString(other.story), QString::fromStdString(whole.story));
    };
    if (whole.source != text) {
        QTest::qFail(qPrintable(QString::fromStdString(
                         concat("went in:\n", text, "\ncame out:\n", whole.source))),
                     __FILE__, __LINE__);
    }
    const std::vector<std::string> letters = characters(text);
    compare(heard(format, options, letters));
    std::mt19937 random(7);
    for (int round = 0; round < 5; ++round) {
        std::vector<std::string> pieces = {""};
        for (const std::string& letter : letters) {
            if (random() % 5 == 0) pieces.emplace_back();
            pieces.back() += letter;
        }
        compare(heard(format, options, pieces));
    }
    return whole;
}

/// get_weather(city: string, days: integer, …) and add(a: number, b: number).
inline Json weatherTools() {
    return Json::parse(R"([
        {"type": "function", "function": {"name": "get_weather", "description": "The weather of a city",
          "parameters": {"type": "object", "properties": {
            "city": {"type": "string", "description": "which"},
            "days": {"type": "integer", "description": "how many"},
            "exact": {"type": "boolean", "description": "or not"},
            "rain": {"type": "number", "description": "mm"},
            "units": {"type": "object", "description": "of what"},
            "hours": {"type": "array", "items": {"type": "integer"}, "description": "which"}},
          "required": ["city"]}}},
        {"type": "function", "function": {"name": "add", "description": "A sum",
          "parameters": {"type": "object", "properties": {
            "a": {"type": "number", "description": "one"},
            "b": {"type": "number", "description": "another"}},
          "required": ["a", "b"]}}}])");
}

inline engine::AnswerOptions withTools() {
    engine::AnswerOptions options;
    options.tools = weatherTools();
    options.idSeed = 1;
    return options;
}

}  // namespace alcove::test
