// Takes the text of an answer as it streams and tells thought, answer and calls of tools apart.
//
//   AnswerParser parser(format, {.tools = tools, .inThought = opensThought(format, prompt)});
//   for each piece: for (const AnswerEvent& event : parser.push(piece)) …
//   for (const AnswerEvent& event : parser.finish()) …
//
// Text is passed on with the piece it came in; only what may be the beginning of a marker waits.
// How the text is cut into pieces changes nothing but how events are cut: joined, they are the
// same. Nothing is lost: the texts of Thought, Text, Markup and CallEnded, in order, are the text
// that went in, byte for byte.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/answer_format.h"
#include "engine/chat/call_reader.h"

namespace alcove::engine {

struct AnswerEvent {
    enum class Kind : uint8_t {
        Thought,
        Text,           // of the answer
        CallBegun,      // has name and id
        CallArguments,  // text: a fragment of a JSON object
        CallEnded,      // text: the call as the model wrote it, with its markers
        CallWithdrawn,  // what had begun is malformed or unfinished; its text follows as Text
        Markup,         // text: markers, and blanks around them; nobody needs to be shown it
    };
    Kind kind;
    std::string text;
    size_t call = 0;  // which call, counted from 0; a number is not given twice
    std::string name, id;
};

struct AnswerOptions {
    nlohmann::ordered_json tools;  // in OpenAI's form; without any, calls are only text
    bool inThought = false;        // the prompt has opened a thought
    uint64_t idSeed = 0;           // ids are made of it: a number that no other answer has
};

class AnswerParser {
public:
    AnswerParser(AnswerFormat format, AnswerOptions options);
    /// A copy goes on from here by itself: to see what a text would do.
    AnswerParser(const AnswerParser& other);
    AnswerParser& operator=(const AnswerParser& other);
    AnswerParser(AnswerParser&&) = default;
    AnswerParser& operator=(AnswerParser&&) = default;
    ~AnswerParser() = default;

    [[nodiscard]] std::vector<AnswerEvent> push(std::string_view text);
    /// At the answer's end: what was held back. Only once, and the last call.
    [[nodiscard]] std::vector<AnswerEvent> finish();

    /// So that a budget of thinking can be counted; true from the beginning if so promised.
    [[nodiscard]] bool inThought() const { return m_state == State::Thought; }

    /// Where the text is: in a section of calls, which a marker has opened or a bracket alone; and
    /// in a call whose tool is known, with or without the beginning of its arguments.
    [[nodiscard]] bool inCalls() const { return m_state == State::Section; }
    [[nodiscard]] bool isBare() const { return m_bare; }
    [[nodiscard]] bool inList() const { return m_inList; }
    [[nodiscard]] std::string_view tool() const {
        return m_reader ? std::string_view(m_reader->name()) : std::string_view();
    }
    [[nodiscard]] bool hasArguments() const { return m_reader && m_reader->begun(); }

private:
    enum class State : uint8_t { Text, Thought, Section };
    enum class Expect : uint8_t { Call, Body, Next };

    void take(char byte);
    void takeText(char byte);
    void takeThought(char byte);
    void takeSection(char byte);
    void takeBetweenCalls(char byte);
    void takeInCall(char byte);

    [[nodiscard]] std::string_view markerAt(std::string_view held, bool& mayBe) const;
    void actOn(std::string_view marker);
    void releaseHeld();
    void textByte(char byte);
    void thoughtByte(char byte);
    void openSection(std::string_view marker);
    bool actOnSeek();
    void beginCall();
    void endCall();
    void failCall(std::string_view again);
    void leaveSection();

    void tell(AnswerEvent::Kind kind, std::string_view text);
    void passArguments();
    [[nodiscard]] std::string makeId();

    /// Shared by copies, which is what makes them cheap; readers refer to it.
    struct Given {
        AnswerFormat format;
        AnswerOptions options;
    };
    std::shared_ptr<const Given> m_given;
    std::vector<AnswerEvent> m_events;
    State m_state = State::Text;

    // Text and Thought
    std::string m_held;         // may be the beginning of a marker
    std::string m_blanks;       // blanks whose place is not clear yet
    bool m_fresh = true;        // no text of the answer stands before
    bool m_dropBlanks = false;  // … and blanks before it are markup
    bool m_thoughtBegun = false;

    // Section
    Expect m_expect = Expect::Call;
    std::string m_raw;   // since the last thing that was told
    std::string m_seek;  // its end, which may be a marker's beginning
    bool m_inList = false, m_bare = false;
    std::unique_ptr<CallReader> m_reader;
    bool m_begun = false;  // its beginning was told
    size_t m_calls = 0, m_callsInSection = 0;
    uint64_t m_idState;
};

}  // namespace alcove::engine
