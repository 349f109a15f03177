// How a model writes its thoughts and its calls of tools, read from its own chat template: which
// markers, which notation, and what the template wants of a conversation that has calls in it.
//
// Nothing here knows a model by its name. The markers are looked for in the template's source;
// what the template does with a conversation is found by rendering small ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/chat/chat_template.h"

namespace alcove::engine {

enum class CallNotation : uint8_t {
    JsonObject,  // {"name": "f", "arguments": {…}}, alone or in an array
    NamedJson,   // f, a marker, {…}
    Tagged,      // f, then each argument between tags, its value as plain text
    Braces,      // call:f{key:value,…}, strings between markers of their own
};

/// Blanks between all these pieces are read and need not be there. An empty piece is not used.
struct CallSyntax {
    CallNotation notation = CallNotation::JsonObject;
    std::string sectionOpen, sectionClose;  // around all calls
    std::string callOpen, callClose;        // around each
    std::string pad;                        // written inside callOpen and callClose
    std::string between;                    // written between calls
    bool list = false;                      // JsonObject: the calls are the elements of an array
    bool bare = false;     // an answer that begins with { may be a call, if it names a tool
    bool control = false;  // the markers are control tokens: nothing else is written so
    std::string nameKey = "name", argumentsKey = "arguments";  // JsonObject, as written
    std::string nameOpen, nameClose;                           // the other notations
    std::string idMark;                                        // NamedJson: f idMark ID nameClose
    std::string keyOpen, keyClose, valueOpen, valueClose;      // Tagged, for each argument
    std::string bodyClose;                                     // Tagged
    std::string quote;                                         // Braces: around a string
};

struct ThoughtSyntax {
    std::string open = "<think>", close = "</think>";
    /// To be given to the model as tokens where its thought is cut, and to the parser as text.
    std::string closing = "\n</think>\n\n";
    bool declared = false;  // the template speaks of thoughts
    bool anywhere = false;  // may begin inside an answer; else only where no text stands before it
    std::vector<std::string> dropped;  // markers around the answer itself
};

/// What the template makes of a conversation with tools.
struct TemplateTraits {
    bool tools = false;            // it tells the model of the tools it is given
    bool calls = false;            // it writes an assistant's tool_calls
    bool results = false;          // it writes messages of the role "tool"
    bool parallel = false;         // … and several calls of one message
    bool system = false;           // it takes a system message
    bool argumentsAsText = false;  // arguments must be a string of JSON, not an object
    bool nullContent = false;      // "content" of a message with calls must be null
    bool toolsInMessage = false;   // the tools are a text beside the system message's content
};

struct AnswerFormat {
    CallSyntax calls;
    bool callsDeclared = false;  // found in the template; else our own form, to be explained
    ThoughtSyntax thought;
    TemplateTraits traits;
    size_t idLength = 0;  // ids of calls must be so many letters and digits; 0: any

    /// Pieces that a tokenizer may hold as control tokens and that must nevertheless appear in the
    /// text given to the parser.
    [[nodiscard]] std::vector<std::string> shownPieces() const;
    /// Pieces after which the model waits for results, where they are not ends of a turn already.
    std::vector<std::string> endPieces;
};

/// A source that is no template gives the form of a model without any.
[[nodiscard]] AnswerFormat answerFormatOf(const std::string& templateSource);

/// Whether a rendered prompt ends inside a thought, so that the answer begins in it.
[[nodiscard]] bool opensThought(const AnswerFormat& format, std::string_view prompt);

}  // namespace alcove::engine
