#include "engine/chat/call_shape.h"

#include "engine/chat/argument_type.h"
#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

/// The text of a value, with blanks as Python's json has them, which models have seen most.
std::string spaced(const Json& value) {
    std::string out;
    bool inString = false, escaped = false;
    for (const char byte : value.dump(-1, ' ', false, Json::error_handler_t::replace)) {
        out += byte;
        if (!inString && (byte == ',' || byte == ':')) out += ' ';
        if (byte == '"' && !escaped) inString = !inString;
        escaped = inString && byte == '\\' && !escaped;
    }
    return out;
}

std::string taggedText(const Json& value) {
    return value.is_string() ? value.get<std::string>() : spaced(value);
}

std::string bracesText(const Json& value, const std::string& quote) {
    if (value.is_string()) return concat(quote, value.get_ref<const std::string&>(), quote);
    if (!value.is_structured()) return value.dump();
    std::string out = value.is_object() ? "{" : "[";
    for (const auto& [key, item] : value.items()) {
        if (out.size() > 1) out += ',';
        if (value.is_object()) out += key + ':';
        out += bracesText(item, quote);
    }
    return out + (value.is_object() ? '}' : ']');
}

ArgumentShape argumentShape(const CallSyntax& syntax, std::string_view name) {
    ArgumentShape shape;
    shape.name = name;
    const bool glued = syntax.valueOpen.empty();  // <parameter=k> in lines, or <k>v</k>
    const std::string lineEnd = syntax.notation == CallNotation::Tagged ? syntax.pad : "";
    shape.before =
        concat(syntax.keyOpen, name, syntax.keyClose, glued ? lineEnd : "\n", syntax.valueOpen);
    shape.after = concat(lineEnd, syntax.valueClose, "\n");
    return shape;
}

std::string argumentsText(const CallSyntax& syntax, const Json& arguments) {
    if (syntax.notation == CallNotation::Tagged) {
        std::string out;
        for (const auto& [key, value] : arguments.items()) {
            const ArgumentShape shape = argumentShape(syntax, key);
            out += concat(shape.before, taggedText(value), shape.after);
        }
        return out;
    }
    if (syntax.notation != CallNotation::Braces) return spaced(arguments);
    const std::string braces = bracesText(arguments, syntax.quote);
    return braces.substr(1, braces.size() - 2);  // the outer ones belong to the form
}

Json parametersOf(const Json& function) {
    const auto found = function.find("parameters");
    if (found != function.end() && found->is_object()) return *found;
    return {{"type", "object"}, {"properties", Json::object()}};
}

/// The schemas of all arguments that have a name: also of those that are only required.
Json declaredOf(const Json& parameters) {
    Json declared = Json::object();
    const auto properties = parameters.find("properties");
    if (properties != parameters.end() && properties->is_object()) declared = *properties;
    const auto required = parameters.find("required");
    if (required == parameters.end() || !required->is_array()) return declared;
    const auto others = parameters.find("additionalProperties");
    for (const Json& name : *required)
        if (name.is_string() && !declared.contains(name.get<std::string>()))
            declared[name.get<std::string>()] = others == parameters.end() ? Json(true) : *others;
    return declared;
}

void addArguments(const CallSyntax& syntax, CallShape& shape) {
    const Json properties = declaredOf(shape.schema);
    const auto required = shape.schema.find("required");
    for (const auto& [name, schema] : properties.items()) {
        ArgumentShape argument = argumentShape(syntax, name);
        argument.schema = schema;
        // References lead into the parameters' own definitions.
        for (const char* definitions : {"$defs", "definitions"}) {
            const auto found = shape.schema.find(definitions);
            if (found != shape.schema.end() && schema.is_object()) {
                argument.schema[definitions] = *found;
            }
        }
        if (required != shape.schema.end()) {
            for (const Json& each : *required) {
                argument.required = argument.required || each == name;
            }
        }
        argument.isText = typesOfArgument(shape.schema, name) == JsonTypes::String;
        shape.arguments.push_back(std::move(argument));
    }
}

}  // namespace

CallShape shapeOf(const CallSyntax& syntax, std::string_view tool) {
    CallShape shape;
    shape.tool = tool;
    switch (syntax.notation) {
        case CallNotation::JsonObject:
            shape.before = concat(syntax.callOpen, syntax.pad, "{\"", syntax.nameKey,
                                  "\": ", jsonQuoted(tool), ", \"", syntax.argumentsKey, "\": ");
            shape.after = concat("}", syntax.pad, syntax.callClose);
            break;
        case CallNotation::NamedJson:
            shape.before = concat(syntax.callOpen, syntax.nameOpen, tool, syntax.pad,
                                  syntax.nameClose, syntax.pad);
            shape.after = concat(syntax.pad, syntax.callClose);
            break;
        case CallNotation::Tagged:
            shape.before =
                concat(syntax.callOpen, syntax.pad, syntax.nameOpen, tool, syntax.nameClose, "\n");
            shape.after = concat(syntax.bodyClose, syntax.pad, syntax.callClose);
            break;
        case CallNotation::Braces:
            shape.before = concat(syntax.callOpen, syntax.nameOpen, tool, syntax.nameClose);
            shape.after = concat("}", syntax.callClose);
            break;
    }
    return shape;
}

std::string openOf(const CallSyntax& syntax) {
    const bool lines = syntax.notation == CallNotation::Tagged && !syntax.sectionOpen.empty();
    // A bare call needs no marker, and models write it without.
    const std::string section = syntax.bare ? "" : syntax.sectionOpen;
    return concat(section, syntax.list ? "[" : "", lines ? "\n" : "");
}

std::string closeOf(const CallSyntax& syntax) {
    const bool lines = syntax.notation == CallNotation::Tagged && !syntax.sectionClose.empty();
    return concat(syntax.list ? "]" : "", lines ? "\n" : "", syntax.sectionClose);
}

std::string writeCalls(const CallSyntax& syntax, const Json& calls) {
    std::string out;
    for (const Json& call : calls) {
        const Json& function = functionOf(call);
        if (!function.is_object()) continue;
        const CallShape shape = shapeOf(syntax, textAt(function, "name"));
        const auto found = function.find("arguments");
        const Json arguments =
            found != function.end() && found->is_object() ? *found : Json::object();
        out += concat(out.empty() ? "" : syntax.between, shape.before,
                      argumentsText(syntax, arguments), shape.after);
    }
    return concat(openOf(syntax), out, closeOf(syntax));
}

Result<CallConstraint> constrainCalls(const AnswerFormat& format, const Json& tools,
                                      ToolChoice choice, std::string_view named) {
    CallConstraint made;
    const CallSyntax& syntax = format.calls;
    made.notation = syntax.notation;
    made.optional = choice == ToolChoice::Auto;
    made.several = choice != ToolChoice::Named && (format.traits.parallel || !format.traits.calls);
    made.open = openOf(syntax);
    made.between = syntax.between;
    made.close = closeOf(syntax);
    made.quote = syntax.quote;
    for (const Json& tool : tools) {
        const Json& function = functionOf(tool);
        const std::string_view text = textAt(function, "name");
        if (text.empty()) {
            return fail("a tool has no name: ", spaced(tool).substr(0, 200));
        }
        if (!isToolName(text)) return fail("\"", text, "\" can be no tool's name");
        if (choice == ToolChoice::Named && text != named) continue;
        CallShape shape = shapeOf(syntax, text);
        shape.schema = parametersOf(function);
        shape.strict = function.contains("strict") && function["strict"] == true;
        if (syntax.notation == CallNotation::Tagged) addArguments(syntax, shape);
        made.calls.push_back(std::move(shape));
    }
    if (made.calls.empty() && choice == ToolChoice::Named) {
        return fail("the tool \"", named, "\" is to be called, but is not among the tools");
    }
    if (made.calls.empty() && choice == ToolChoice::Required) {
        return fail("a tool is to be called, but there are none");
    }
    // The trigger is what only a call begins with.
    made.trigger = !syntax.sectionOpen.empty() && !syntax.bare ? syntax.sectionOpen
                   : !syntax.callOpen.empty()                  ? syntax.callOpen
                   : syntax.notation == CallNotation::Tagged   ? syntax.nameOpen
                                                               : "{\"" + syntax.nameKey + "\"";
    return made;
}

std::string toolInstruction(const CallSyntax& syntax, const Json& tools) {
    std::string out =
        "You can call tools. Each of them is described by a line of JSON, with a schema of its "
        "arguments:\n\n";
    for (const Json& tool : tools) out += spaced(functionOf(tool)) + "\n";
    const Json arguments = {{"ARGUMENT", "VALUE"}};
    const Json example =
        Json::array({{{"function", {{"name", "NAME"}, {"arguments", arguments}}}}});
    out += concat(
        "\nWhere a tool is needed, write nothing but the call, in this form, and wait for its "
        "result:\n\n",
        writeCalls(syntax, example),
        "\n\nWrite a call for each if several are needed. Use no tool that is not listed. Where "
        "none is needed, answer in plain words.");
    return out;
}

}  // namespace alcove::engine
