#include "engine/grammar/schema_keywords.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <string_view>

#include "engine/base/unicode.h"
#include "engine/grammar/decimal.h"

namespace alcove::engine::grammar {
namespace {

const std::set<std::string, std::less<>> kUnsupported = {"not",
                                                         "if",
                                                         "then",
                                                         "else",
                                                         "dependencies",
                                                         "dependentRequired",
                                                         "dependentSchemas",
                                                         "patternProperties",
                                                         "propertyNames",
                                                         "contains",
                                                         "minContains",
                                                         "maxContains",
                                                         "unevaluatedItems",
                                                         "$dynamicRef",
                                                         "$recursiveRef",
                                                         "extends",
                                                         "disallow",
                                                         "divisibleBy"};
/// Of these, an empty object or `true` asks for nothing.
const std::set<std::string, std::less<>> kEmptyIsNothing = {"dependencies",     "dependentRequired",
                                                            "dependentSchemas", "patternProperties",
                                                            "propertyNames",    "unevaluatedItems"};
const std::vector<std::string> kTypes = {"object",  "array",   "string", "number",
                                         "integer", "boolean", "null"};
constexpr std::array kCounts = {"minLength", "maxLength",     "minItems",
                                "maxItems",  "minProperties", "maxProperties"};
constexpr std::array kNumbers = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                                 "multipleOf"};

bool contains(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

/// 0 or more; a program that makes a schema may say so with a signed number.
bool isWhole(const Schema& value) {
    if (value.is_number_integer()) return value >= 0;
    if (!value.is_number_float()) return false;
    const auto number = value.get<double>();
    return number >= 0.0 && number < 1e15 &&
           number == static_cast<double>(static_cast<uint64_t>(number));
}

bool isSchema(const Schema& value) { return value.is_object() || value.is_boolean(); }

class KeywordReader {
public:
    KeywordReader(const Schema& schema, const std::string& path) : m_schema(schema), m_path(path) {}

    Result<Schema> read() {
        for (const auto& [key, value] : m_schema.items()) {
            const bool asksNothing =
                kEmptyIsNothing.contains(key) &&
                (value == Schema(true) || (value.is_object() && value.empty()));
            if (kUnsupported.contains(key) && !asksNothing)
                return error("'", key, "' is not supported");
        }
        ALCOVE_CHECK(readTypes());
        ALCOVE_CHECK(readValues());
        ALCOVE_CHECK(readNumbers());
        ALCOVE_CHECK(readStrings());
        ALCOVE_CHECK(readObject());
        ALCOVE_CHECK(readArray());
        return std::move(m_out);
    }

private:
    template <typename... Parts>
    [[nodiscard]] Error error(const Parts&... parts) const {
        return fail(m_path, ": ", parts...);
    }
    [[nodiscard]] const Schema* at(const char* key) const {
        const auto found = m_schema.find(key);
        return found == m_schema.end() ? nullptr : &*found;
    }

    Result<void> readTypes() {
        const Schema* type = at("type");
        if (!type) return {};
        Schema list = type->is_array() ? *type : Schema::array({*type});
        for (const Schema& name : list)
            if (!name.is_string() || !contains(kTypes, name.get<std::string>()))
                return error("'type' must be one of object, array, string, number, integer, ",
                             "boolean and null, or a list of them");
        const Schema* nullable = at("nullable");
        if (nullable && *nullable == Schema(true) &&
            std::find(list.begin(), list.end(), "null") == list.end())
            list.push_back("null");
        m_out["type"] = std::move(list);
        return {};
    }

    Result<void> readValues() {
        if (const Schema* values = at("enum")) {
            if (!values->is_array()) return error("'enum' must be an array");
            m_out["enum"] = *values;
        }
        const Schema* value = at("const");
        if (!value) return {};
        Schema only = Schema::array({*value});
        if (m_out.contains("enum") &&
            std::find(m_out["enum"].begin(), m_out["enum"].end(), *value) == m_out["enum"].end())
            only = Schema::array();
        m_out["enum"] = std::move(only);
        return {};
    }

    Result<void> readNumbers() {
        for (const char* key : kNumbers) {
            const Schema* value = at(key);
            if (!value) continue;
            const bool exclusive = std::string_view(key).starts_with("exclusive");
            if (exclusive && value->is_boolean()) continue;  // of draft 4: see below
            if (!value->is_number()) return error("'", key, "' must be a number");
            m_out[key] = *value;
        }
        if (m_out.contains("multipleOf") && !(m_out["multipleOf"] > 0))
            return error("'multipleOf' must be greater than 0");
        for (const auto& [plain, exclusive] :
             {std::pair("minimum", "exclusiveMinimum"), std::pair("maximum", "exclusiveMaximum")}) {
            const Schema* flag = at(exclusive);
            if (!flag || *flag != Schema(true) || !m_out.contains(plain)) continue;
            m_out[exclusive] = m_out[plain];
            m_out.erase(plain);
        }
        for (const char* key : kCounts) {
            const Schema* value = at(key);
            if (!value) continue;
            if (!isWhole(*value)) return error("'", key, "' must be a whole number, 0 or more");
            m_out[key] = value->get<uint64_t>();
        }
        return {};
    }

    Result<void> readStrings() {
        for (const char* key : {"pattern", "format"}) {
            const Schema* value = at(key);
            if (!value) continue;
            if (!value->is_string()) return error("'", key, "' must be a string");
            m_out[key] = *value;
        }
        return {};
    }

    Result<void> readObject() {
        if (const Schema* properties = at("properties")) {
            if (!properties->is_object()) return error("'properties' must be an object");
            for (const auto& [name, value] : properties->items())
                if (!isSchema(value))
                    return fail(m_path, "/properties/", printable(name),
                                ": a schema must be an object, true or false");
            m_out["properties"] = *properties;
        }
        if (const Schema* required = at("required"); required && !required->is_boolean()) {
            if (!required->is_array()) return error("'required' must be an array of names");
            for (const Schema& name : *required)
                if (!name.is_string()) return error("'required' must be an array of names");
            if (!required->empty()) m_out["required"] = *required;
        }
        if (const Schema* others = at("additionalProperties")) {
            if (!isSchema(*others)) return error("'additionalProperties' must be a schema");
            m_out["additionalProperties"] = *others;
        }
        if (const Schema* others = at("unevaluatedProperties"); others && *others != Schema(true)) {
            if (*others != Schema(false))
                return error("'unevaluatedProperties' is supported only as true or false");
            m_out["unevaluatedProperties"] = false;
        }
        return {};
    }

    Result<void> readArray() {
        const Schema* first = at("prefixItems");
        const Schema* items = at("items");
        const Schema* rest = items;
        if (items && items->is_array()) {  // before draft 2020-12
            first = items;
            rest = at("additionalItems");
        }
        if (first) {
            if (!first->is_array() || !std::all_of(first->begin(), first->end(), isSchema))
                return error("'prefixItems' must be an array of schemas");
            m_out["prefixItems"] = *first;
        }
        if (rest) {
            if (!isSchema(*rest)) return error("'items' must be a schema");
            m_out["items"] = *rest;
        }
        const Schema* unique = at("uniqueItems");
        if (unique && *unique == Schema(true) && countAt(m_out, "maxItems", 2) > 1)
            return error("'uniqueItems' is not supported where there may be several items");
        return {};
    }

    const Schema& m_schema;
    const std::string& m_path;
    Schema m_out = Schema::object();
};

/// `wanted` is allowed where `types` are; every integer is a number.
bool allowsType(const std::vector<std::string>& types, const std::string& wanted) {
    return contains(types, wanted) || (wanted == "integer" && contains(types, "number"));
}

Schema both(const Schema& a, const Schema& b) {
    if (a == b || b == Schema(true)) return a;
    if (a == Schema(true)) return b;
    if (a == Schema(false) || b == Schema(false)) return false;
    return {{"allOf", Schema::array({a, b})}};
}

/// What a schema says of a member, which may be declared or not.
Schema memberAt(const Schema& flat, const std::string& name) {
    if (flat.contains("properties") && flat["properties"].contains(name))
        return flat["properties"][name];
    return flat.contains("additionalProperties") ? flat["additionalProperties"] : Schema(true);
}

Schema itemAt(const Schema& flat, size_t index) {
    if (flat.contains("prefixItems") && index < flat["prefixItems"].size())
        return flat["prefixItems"][index];
    return flat.contains("items") ? flat["items"] : Schema(true);
}

void mergeObjects(const Schema& a, const Schema& b, Schema& out) {
    if (a.contains("properties") || b.contains("properties")) {
        Schema properties = Schema::object();
        for (const Schema* side : {&a, &b}) {
            if (!side->contains("properties")) continue;
            for (const auto& [name, value] : (*side)["properties"].items())
                if (!properties.contains(name))
                    properties[name] = both(memberAt(a, name), memberAt(b, name));
        }
        out["properties"] = std::move(properties);
    }
    if (a.contains("additionalProperties") && b.contains("additionalProperties"))
        out["additionalProperties"] = both(a["additionalProperties"], b["additionalProperties"]);
    if (a.contains("required") && b.contains("required"))
        for (const Schema& name : b["required"])
            if (std::find(a["required"].begin(), a["required"].end(), name) == a["required"].end())
                out["required"].push_back(name);
}

void mergeArrays(const Schema& a, const Schema& b, Schema& out) {
    const auto length = [](const Schema& flat) {
        return flat.contains("prefixItems") ? flat["prefixItems"].size() : size_t{0};
    };
    const size_t count = std::max(length(a), length(b));
    if (count > 0) out["prefixItems"] = Schema::array();
    for (size_t i = 0; i < count; ++i)
        out["prefixItems"].push_back(both(itemAt(a, i), itemAt(b, i)));
    if (a.contains("items") && b.contains("items")) out["items"] = both(a["items"], b["items"]);
}

Result<void> mergeMultiples(const Schema& a, const Schema& b, Schema& out) {
    const Schema& x = a["multipleOf"];
    const Schema& y = b["multipleOf"];
    if (x == y) return {};
    if (!isWhole(x) || !isWhole(y) || x > UINT32_MAX || y > UINT32_MAX)
        return fail("two different 'multipleOf' together are supported only for whole numbers");
    out["multipleOf"] = std::lcm(x.get<uint64_t>(), y.get<uint64_t>());
    return {};
}

bool isLowest(std::string_view key) { return key.starts_with("min") || key == "exclusiveMinimum"; }

}  // namespace

bool isPlainReference(const Schema& schema) {
    if (!schema.is_object() || !schema.contains("$ref")) return false;
    static const std::set<std::string, std::less<>> kAnnotations = {
        "$ref",     "title",     "description", "default", "examples",    "example", "deprecated",
        "readOnly", "writeOnly", "$comment",    "$defs",   "definitions", "$schema", "$id"};
    const auto items = schema.items();
    return std::all_of(items.begin(), items.end(),
                       [](const auto& item) { return kAnnotations.contains(item.key()); });
}

uint64_t countAt(const Schema& flat, const char* key, uint64_t absent) {
    return flat.contains(key) ? flat[key].get<uint64_t>() : absent;
}

Result<Schema> flatKeywords(const Schema& schema, const std::string& path) {
    return KeywordReader(schema, path).read();
}

std::vector<std::string> allowedTypes(const Schema& flat) {
    return flat.contains("type") ? flat["type"].get<std::vector<std::string>>() : kTypes;
}

std::vector<std::string> writtenTypes(const Schema& flat) {
    if (flat.contains("type")) return allowedTypes(flat);
    const auto any = [&flat](std::initializer_list<const char*> keys) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](const char* key) { return flat.contains(key); });
    };
    std::vector<std::string> types;
    if (any({"properties", "required", "additionalProperties", "unevaluatedProperties",
             "minProperties", "maxProperties"}))
        types.emplace_back("object");
    if (any({"items", "prefixItems", "minItems", "maxItems"})) types.emplace_back("array");
    if (any({"pattern", "format", "minLength", "maxLength"})) types.emplace_back("string");
    if (any({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}))
        types.emplace_back("number");
    return types.empty() ? kTypes : types;
}

Result<Schema> merged(const Schema& a, const Schema& b) {
    Schema out = a;
    for (const auto& [key, value] : b.items()) {
        if (!a.contains(key)) {
            out[key] = value;
            continue;
        }
        if (key == "type") {
            const std::vector<std::string> x = allowedTypes(a), y = allowedTypes(b);
            Schema types = Schema::array();
            for (const std::string& type : kTypes)
                if (allowsType(x, type) && allowsType(y, type)) types.push_back(type);
            if (types.empty()) return Schema(false);
            out[key] = std::move(types);
        } else if (key == "enum") {
            Schema values = Schema::array();
            for (const Schema& one : value)
                if (std::find(a[key].begin(), a[key].end(), one) != a[key].end())
                    values.push_back(one);
            out[key] = std::move(values);
        } else if (key == "multipleOf") {
            ALCOVE_CHECK(mergeMultiples(a, b, out));
        } else if (key == "pattern" || key == "format") {
            if (a[key] != value)
                return fail("two different '", key, "' together are not supported");
        } else if (value.is_number()) {
            const int order = compare(decimalOf(value), decimalOf(a[key]));
            if (isLowest(key) ? order > 0 : order < 0) out[key] = value;
        }
    }
    mergeObjects(a, b, out);
    mergeArrays(a, b, out);
    return out;
}

namespace {

std::string typeOf(const Schema& value) {
    if (value.is_number_float()) return decimalOf(value).fraction.empty() ? "integer" : "number";
    if (value.is_number()) return "integer";
    if (value.is_string()) return "string";
    if (value.is_boolean()) return "boolean";
    if (value.is_null()) return "null";
    return value.is_array() ? "array" : "object";
}

std::optional<bool> numberObeys(const Schema& value, const Schema& flat) {
    const Decimal number = decimalOf(value);
    const auto order = [&](const char* key) { return compare(number, decimalOf(flat[key])); };
    if (flat.contains("minimum") && order("minimum") < 0) return false;
    if (flat.contains("maximum") && order("maximum") > 0) return false;
    if (flat.contains("exclusiveMinimum") && order("exclusiveMinimum") <= 0) return false;
    if (flat.contains("exclusiveMaximum") && order("exclusiveMaximum") >= 0) return false;
    if (!flat.contains("multipleOf")) return true;
    if (!value.is_number_integer() || !isWhole(flat["multipleOf"])) return std::nullopt;
    const auto divisor = flat["multipleOf"].get<uint64_t>();
    const auto whole = value.is_number_unsigned()
                           ? value.get<uint64_t>()
                           : uint64_t{0} - static_cast<uint64_t>(value.get<int64_t>());
    return whole % divisor == 0;
}

std::optional<bool> stringObeys(const Schema& value, const Schema& flat) {
    const auto& text = value.get_ref<const std::string&>();
    const auto length = static_cast<uint64_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
    if (length < countAt(flat, "minLength", 0)) return false;
    if (length > countAt(flat, "maxLength", UINT64_MAX)) return false;
    if (flat.contains("pattern") || flat.contains("format")) return std::nullopt;
    return true;
}

}  // namespace

std::optional<bool> obeys(const Schema& value, const Schema& flat) {
    const std::string type = typeOf(value);
    if (!allowsType(allowedTypes(flat), type)) return false;
    if (flat.contains("enum") &&
        std::find(flat["enum"].begin(), flat["enum"].end(), value) == flat["enum"].end())
        return false;
    if (type == "integer" || type == "number") return numberObeys(value, flat);
    if (type == "string") return stringObeys(value, flat);
    const auto asks = [&flat](std::initializer_list<const char*> keys) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](const char* key) { return flat.contains(key); });
    };
    if (type == "object" && asks({"properties", "required", "additionalProperties",
                                  "unevaluatedProperties", "minProperties", "maxProperties"}))
        return std::nullopt;
    if (type == "array" && asks({"items", "prefixItems", "minItems", "maxItems"}))
        return std::nullopt;
    return true;
}

}  // namespace alcove::engine::grammar
