#include "engine/chat/answer_format.h"

#include <algorithm>
#include <optional>

#include "engine/chat/template_probe.h"

namespace alcove::engine {
namespace {

struct Known {
    std::vector<std::string_view> signs;  // all of them stand in the template's source
    CallSyntax syntax;
};

CallSyntax jsonCalls(std::string open, std::string close) {
    CallSyntax made;
    made.callOpen = std::move(open);
    made.callClose = std::move(close);
    made.pad = made.between = "\n";
    return made;
}

CallSyntax jsonList(std::string open, std::string close, bool control) {
    CallSyntax made;
    made.sectionOpen = std::move(open);
    made.sectionClose = std::move(close);
    made.list = true;
    made.control = control;
    made.between = ", ";
    return made;
}

CallSyntax namedJson(std::string callOpen, std::string nameClose, std::string callClose) {
    CallSyntax made;
    made.notation = CallNotation::NamedJson;
    made.callOpen = std::move(callOpen);
    made.nameClose = std::move(nameClose);
    made.callClose = std::move(callClose);
    return made;
}

/// `<function=f> <parameter=k> value </parameter> </function>`
CallSyntax equalsTags(std::string open, std::string close) {
    CallSyntax made = jsonCalls(std::move(open), std::move(close));
    made.notation = CallNotation::Tagged;
    made.nameOpen = "<function=";
    made.nameClose = made.keyClose = ">";
    made.keyOpen = "<parameter=";
    made.valueClose = "</parameter>";
    made.bodyClose = "</function>";
    return made;
}

/// `<invoke name="f"> <parameter name="k">value</parameter> </invoke>`
CallSyntax attributeTags() {
    CallSyntax made;
    made.notation = CallNotation::Tagged;
    made.nameOpen = "<invoke name=\"";
    made.keyOpen = "<parameter name=\"";
    made.nameClose = made.keyClose = "\">";
    made.valueClose = "</parameter>";
    made.bodyClose = "</invoke>";
    made.between = "\n";
    return made;
}

/// `f <arg_key>k</arg_key> <arg_value>value</arg_value>`; the call's end is that of its arguments.
CallSyntax keyValueTags() {
    CallSyntax made = jsonCalls("<tool_call>", "");
    made.notation = CallNotation::Tagged;
    made.pad = "";
    made.keyOpen = "<arg_key>";
    made.keyClose = "</arg_key>";
    made.valueOpen = "<arg_value>";
    made.valueClose = "</arg_value>";
    made.bodyClose = "</tool_call>";
    return made;
}

CallSyntax braces(std::string open, std::string close, std::string quote) {
    CallSyntax made;
    made.notation = CallNotation::Braces;
    made.callOpen = std::move(open);
    made.callClose = std::move(close);
    made.nameOpen = "call:";
    made.nameClose = "{";
    made.quote = std::move(quote);
    made.control = true;
    return made;
}

CallSyntax mistral(bool withId) {
    CallSyntax made = namedJson("[TOOL_CALLS]", "[ARGS]", "");
    if (withId) made.idMark = "[CALL_ID]";
    made.control = true;
    return made;
}

CallSyntax inSection(CallSyntax syntax, std::string open, std::string close) {
    syntax.sectionOpen = std::move(open);
    syntax.sectionClose = std::move(close);
    return syntax;
}

CallSyntax deepSeek(bool fenced) {
    CallSyntax made = namedJson("<｜tool▁call▁begin｜>", fenced ? "```json" : "<｜tool▁sep｜>",
                                fenced ? "```<｜tool▁call▁end｜>" : "<｜tool▁call▁end｜>");
    if (fenced) {
        made.nameOpen = "function<｜tool▁sep｜>";
        made.pad = made.between = "\n";
    }
    made.control = true;
    return inSection(made, "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>");
}

CallSyntax kimi() {
    CallSyntax made =
        namedJson("<|tool_call_begin|>", "<|tool_call_argument_begin|>", "<|tool_call_end|>");
    made.control = true;
    return inSection(made, "<|tool_calls_section_begin|>", "<|tool_calls_section_end|>");
}

CallSyntax cohere() {
    CallSyntax made = jsonList("<|START_ACTION|>", "<|END_ACTION|>", true);
    made.nameKey = "tool_name";
    made.argumentsKey = "parameters";
    return made;
}

CallSyntax llama() {
    CallSyntax made;
    made.sectionOpen = "<|python_tag|>";
    made.argumentsKey = "parameters";
    made.between = "; ";
    made.bare = true;
    return made;
}

/// The first that fits counts, so the special ones stand before the general.
const std::vector<Known>& knownForms() {
    static const std::vector<Known> forms = {
        {{"<|tool_call>", "<|\"|>"}, braces("<|tool_call>", "<tool_call|>", "<|\"|>")},
        {{"<start_function_call>"},
         braces("<start_function_call>", "<end_function_call>", "<escape>")},
        {{"[TOOL_CALLS]", "[ARGS]", "[CALL_ID]"}, mistral(true)},
        {{"[TOOL_CALLS]", "[ARGS]"}, mistral(false)},
        {{"[TOOL_CALLS]"}, jsonList("[TOOL_CALLS]", "", true)},
        {{"<TOOLCALL>"}, jsonList("<TOOLCALL>", "</TOOLCALL>", false)},
        {{"<｜tool▁calls▁begin｜>", "```json"}, deepSeek(true)},
        {{"<｜tool▁calls▁begin｜>"}, deepSeek(false)},
        {{"<|tool_calls_section_begin|>"}, kimi()},
        {{"<|START_ACTION|>"}, cohere()},
        {{"<minimax:tool_call>"},
         inSection(attributeTags(), "<minimax:tool_call>", "</minimax:tool_call>")},
        {{"<seed:tool_call>"}, equalsTags("<seed:tool_call>", "</seed:tool_call>")},
        {{"<tool_calls>["}, jsonList("<tool_calls>", "</tool_calls>", false)},
        {{"<tool_call>", "<function="}, equalsTags("<tool_call>", "</tool_call>")},
        {{"<tool_call>", "<arg_key>"}, keyValueTags()},
        {{"<tool_call>"}, jsonCalls("<tool_call>", "</tool_call>")},
        {{"<|tool_call|>"}, jsonList("<|tool_call|>", "", true)},
        {{"<|tool|>", "<|/tool|>"}, jsonList("<|tool_call|>", "<|/tool_call|>", true)},
        {{"<function="}, namedJson("<function=", ">", "</function>")},
        {{"<tool_calls>"}, jsonList("<tool_calls>", "</tool_calls>", false)},
        {{"\"name\": ", "\"parameters\": "}, llama()},
    };
    return forms;
}

bool has(std::string_view source, std::string_view sign) {
    return source.find(sign) != std::string_view::npos;
}

void setCalls(AnswerFormat& format, std::string_view source) {
    for (const Known& known : knownForms()) {
        if (std::ranges::all_of(known.signs, [&](auto sign) { return has(source, sign); })) {
            format.calls = known.syntax;
            format.callsDeclared = true;
            return;
        }
    }
    format.calls = jsonCalls("<tool_call>", "</tool_call>");
    format.calls.bare = true;
}

ThoughtSyntax thoughtOf(std::string_view source) {
    const auto made = [](std::string open, std::string close, std::string closing) {
        return ThoughtSyntax{
            std::move(open), std::move(close), std::move(closing), true, false, {}};
    };
    if (has(source, "<|channel>") && has(source, "<channel|>")) {
        ThoughtSyntax channel = made("<|channel>thought\n", "<channel|>", "\n<channel|>");
        channel.anywhere = true;
        return channel;
    }
    if (has(source, "[THINK]")) return made("[THINK]", "[/THINK]", "[/THINK]");
    if (has(source, "<|START_THINKING|>")) {
        return made("<|START_THINKING|>", "<|END_THINKING|>", "<|END_THINKING|>");
    }
    if (has(source, "<seed:think>")) return made("<seed:think>", "</seed:think>", "</seed:think>");
    if (has(source, "Here are my reasoning steps:")) {
        return made("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]",
                    "\n[BEGIN FINAL RESPONSE]\n");
    }
    if (has(source, "Here is my thought process:")) {
        return made(
            "Here is my thought process:", "Here is my response:", "\n\nHere is my response:\n\n");
    }
    ThoughtSyntax plain;
    plain.declared = has(source, "<think>") || has(source, "</think>");
    if (plain.declared && has(source, "<response></response>")) {
        plain.dropped = {"<response>", "</response>"};
    }
    return plain;
}

std::string_view withoutBlanksAtEnd(std::string_view text) {
    const size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

AnswerFormat answerFormatOf(const std::string& templateSource) {
    AnswerFormat format;
    setCalls(format, templateSource);
    format.thought = thoughtOf(templateSource);
    if (has(templateSource, "[TOOL_CALLS]")) format.idLength = 9;
    if (format.calls.quote == "<|\"|>") format.endPieces = {"<|tool_response>"};
    if (const auto parsed = ChatTemplate::parse(templateSource)) {
        format.traits = probeTemplate(*parsed, format.idLength);
    }
    return format;
}

std::vector<std::string> AnswerFormat::shownPieces() const {
    std::vector<std::string> pieces;
    const auto add = [&](const std::string& piece) {
        const std::string shown(withoutBlanksAtEnd(piece));
        if (!shown.empty() && std::ranges::find(pieces, shown) == pieces.end()) {
            pieces.push_back(shown);
        }
    };
    for (const std::string* piece :
         {&calls.sectionOpen, &calls.sectionClose, &calls.callOpen, &calls.callClose,
          &calls.nameClose, &calls.idMark, &calls.keyOpen, &calls.keyClose, &calls.valueOpen,
          &calls.valueClose, &calls.bodyClose, &calls.quote, &thought.close}) {
        add(*piece);
    }
    // A token of a channel is its marker alone; what follows is text.
    add(thought.anywhere ? thought.open.substr(0, thought.open.find('>') + 1) : thought.open);
    if (calls.nameOpen.ends_with("<｜tool▁sep｜>")) add("<｜tool▁sep｜>");
    if (calls.callClose.starts_with("```<")) add(calls.callClose.substr(3));
    for (const std::string& piece : thought.dropped) add(piece);
    return pieces;
}

bool opensThought(const AnswerFormat& format, std::string_view prompt) {
    return withoutBlanksAtEnd(prompt).ends_with(withoutBlanksAtEnd(format.thought.open));
}

}  // namespace alcove::engine
