#include "engine/chat/argument_type.h"

#include <utility>

#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 8;  // schemas within schemas, references that lead in circles

uint8_t typeNamed(std::string_view name) {
    if (name == "string") return JsonTypes::String;
    if (name == "integer") return JsonTypes::Integer;
    if (name == "number") return JsonTypes::Integer | JsonTypes::Number;
    if (name == "boolean") return JsonTypes::Boolean;
    if (name == "null") return JsonTypes::Null;
    if (name == "object") return JsonTypes::Object;
    if (name == "array") return JsonTypes::Array;
    return JsonTypes::All;
}

uint8_t typeOf(const Json& value) {
    switch (value.type()) {
        case Json::value_t::string:
            return JsonTypes::String;
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return JsonTypes::Integer;
        case Json::value_t::number_float:
            return JsonTypes::Number;
        case Json::value_t::boolean:
            return JsonTypes::Boolean;
        case Json::value_t::null:
            return JsonTypes::Null;
        case Json::value_t::object:
            return JsonTypes::Object;
        case Json::value_t::array:
            return JsonTypes::Array;
        default:
            return 0;
    }
}

uint8_t typesOfSchema(const Json& root, const Json& schema, int depth);

/// What "type" says: a name, or several.
uint8_t typesOfNames(const Json& type) {
    if (type.is_string()) return typeNamed(type.get_ref<const std::string&>());
    if (!type.is_array()) return JsonTypes::All;
    uint8_t types = 0;
    for (const Json& name : type) {
        if (name.is_string()) types |= typeNamed(name.get_ref<const std::string&>());
    }
    return types;
}

uint8_t typesOfAny(const Json& root, const Json& schemas, int depth) {
    if (!schemas.is_array() || schemas.empty()) return JsonTypes::All;
    uint8_t types = 0;
    for (const Json& schema : schemas) types |= typesOfSchema(root, schema, depth + 1);
    return types;
}

uint8_t typesOfReference(const Json& root, const Json& reference, int depth) {
    if (!reference.is_string()) return JsonTypes::All;
    const std::string& path = reference.get_ref<const std::string&>();
    if (!path.starts_with("#/")) return JsonTypes::All;
    try {
        const Json::json_pointer pointer(path.substr(1));
        return root.contains(pointer) ? typesOfSchema(root, root.at(pointer), depth + 1)
                                      : uint8_t{JsonTypes::All};
    } catch (const Json::exception&) {  // no pointer, or one into no container
        return JsonTypes::All;
    }
}

uint8_t typesOfSchema(const Json& root, const Json& schema, int depth) {
    if (!schema.is_object() || depth > kDeepest) return JsonTypes::All;
    uint8_t types = JsonTypes::All;
    const auto narrow = [&](std::string_view key, auto&& typesOfIt) {
        const auto found = schema.find(std::string(key));
        if (found != schema.end()) types &= typesOfIt(*found);
    };
    narrow("type", typesOfNames);
    narrow("const", typeOf);
    narrow("enum", [](const Json& values) {
        uint8_t any = 0;
        if (values.is_array()) {
            for (const Json& value : values) any |= typeOf(value);
        }
        return any;
    });
    narrow("anyOf", [&](const Json& of) { return typesOfAny(root, of, depth); });
    narrow("oneOf", [&](const Json& of) { return typesOfAny(root, of, depth); });
    narrow("allOf", [&](const Json& of) {
        uint8_t every = JsonTypes::All;
        if (of.is_array()) {
            for (const Json& part : of) every &= typesOfSchema(root, part, depth + 1);
        }
        return every;
    });
    narrow("$ref", [&](const Json& to) { return typesOfReference(root, to, depth); });
    const auto nullable = schema.find("nullable");
    if (nullable != schema.end() && *nullable == true) types |= JsonTypes::Null;
    return types;
}

/// JSON of what Python's str() writes for it: single quotes, True, False, None. Numbers keep the
/// digits they were written with.
std::string fromPython(std::string_view text) {
    constexpr std::pair<std::string_view, std::string_view> kWords[] = {
        {"True", "true"}, {"False", "false"}, {"None", "null"}};
    std::string out;
    char quote = 0;  // around the string that is read
    for (size_t i = 0; i < text.size(); ++i) {
        const char byte = text[i];
        if (quote != 0 && byte == '\\' && i + 1 < text.size()) {
            const char next = text[++i];
            if (next != '\'') out += byte;
            out += next;
        } else if (quote != 0) {
            if (byte == quote) quote = 0;
            out += byte == '"' && quote != 0 ? "\\\"" : std::string(1, quote == 0 ? '"' : byte);
        } else if (byte == '"' || byte == '\'') {
            quote = byte;
            out += '"';
        } else {
            std::string_view word = text.substr(i, 1);
            std::string_view written = word;
            for (const auto& [python, json] : kWords) {
                if (!text.substr(i).starts_with(python)) continue;
                word = python;
                written = json;
            }
            out += written;
            i += word.size() - 1;
        }
    }
    return out;
}

}  // namespace

uint8_t typesOfArgument(const Json& parameters, std::string_view argument) {
    if (!parameters.is_object()) return JsonTypes::All;
    const auto properties = parameters.find("properties");
    if (properties != parameters.end() && properties->is_object()) {
        const auto schema = properties->find(std::string(argument));
        if (schema != properties->end()) return typesOfSchema(parameters, *schema, 0);
    }
    const auto others = parameters.find("additionalProperties");
    return others == parameters.end() ? uint8_t{JsonTypes::All}
                                      : typesOfSchema(parameters, *others, 0);
}

std::string argumentJson(std::string_view text, uint8_t types) {
    if (types == JsonTypes::String) return jsonQuoted(text);
    std::string literal(trimmed(text));
    Json value = Json::parse(literal, nullptr, false);
    if (value.is_discarded()) {
        literal = fromPython(literal);
        value = Json::parse(literal, nullptr, false);
    }
    if (value.is_discarded()) return jsonQuoted(text);
    uint8_t type = typeOf(value);
    // 3.0 will do for an integer, and is written as it came.
    if (type == JsonTypes::Number && (types & JsonTypes::Integer) != 0) type = JsonTypes::Integer;
    // A text in quotes that may be a string is most likely meant with them.
    if (type == JsonTypes::String || (type & types) == 0) return jsonQuoted(text);
    return literal;
}

}  // namespace alcove::engine
