#include "engine/import/json.h"

#include <cmath>

#include "engine/base/mapped_file.h"

namespace alcove::engine {

namespace {

/// Where brackets outside strings nest deeper than the limit. Malformed text is left to the parser.
std::optional<size_t> tooDeep(std::string_view text) {
    int depth = 0;
    bool inString = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '[' || c == '{') {
            if (++depth > kJsonDepth) return i;
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return std::nullopt;
}

/// Byte offset of the first error, by parsing again with a handler that only listens.
struct ErrorFinder : nlohmann::json_sax<Json> {
    std::string reason;
    size_t offset = 0;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string& token,
                     const nlohmann::detail::exception&) override {
        offset = position;
        reason = token.substr(0, 40);
        return false;
    }
};

Result<std::string_view> mappedText(const MappedFile& mapped, const std::string& name,
                                    uint64_t limit) {
    const auto bytes = mapped.bytes();
    if (bytes.size() > limit)
        return fail(name, ": ", bytes.size(), " bytes are more than the ", limit, " allowed");
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

template <typename AnyJson>
Result<AnyJson> parse(std::string_view text, const std::string& name) {
    if (const auto place = tooDeep(text))
        return fail(name, ": at byte ", *place, " lists and objects are nested deeper than ",
                    kJsonDepth, " levels, the most that is read");
    AnyJson value = AnyJson::parse(text.begin(), text.end(), nullptr, false);
    if (!value.is_discarded()) return value;
    ErrorFinder finder;
    (void)Json::sax_parse(text.begin(), text.end(), &finder);
    return fail(name, ": not valid JSON at byte ", finder.offset, ", near \"", finder.reason, '"');
}

}  // namespace

Result<Json> parseJson(std::string_view text, const std::string& name) {
    return parse<Json>(text, name);
}

Result<nlohmann::ordered_json> parseOrderedJson(std::string_view text, const std::string& name) {
    return parse<nlohmann::ordered_json>(text, name);
}

Result<Json> readJson(const std::filesystem::path& file) {
    ALCOVE_TRY(const MappedFile mapped, MappedFile::open(file));
    ALCOVE_TRY(const std::string_view text, mappedText(mapped, file.string(), kJsonFileBytes));
    return parseJson(text, file.string());
}

Result<Json> readJsonObject(const std::filesystem::path& file) {
    ALCOVE_TRY(Json json, readJson(file));
    if (!json.is_object()) return fail(file.string(), ": not an object");
    return json;
}

Result<std::string> readText(const std::filesystem::path& file, uint64_t limit) {
    ALCOVE_TRY(const MappedFile mapped, MappedFile::open(file));
    ALCOVE_TRY(const std::string_view text, mappedText(mapped, file.string(), limit));
    if (!isUtf8(text)) return fail(file.string(), ": not valid UTF-8");
    return std::string(text);
}

bool isUtf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || length > text.size() - i) return false;
        uint32_t code = length == 1 ? lead : lead & (0xffu >> (length + 1));
        for (size_t j = 1; j < length; ++j) {
            const auto byte = static_cast<unsigned char>(text[i + j]);
            if ((byte & 0xc0) != 0x80) return false;
            code = code << 6 | (byte & 0x3fu);
        }
        const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
        if (overlong || (code >= 0xd800 && code < 0xe000) || code > 0x10ffff) return false;
        i += length;
    }
    return true;
}

const Json* find(const Json* object, std::string_view key) {
    if (!object || !object->is_object()) return nullptr;
    const auto it = object->find(key);
    return it == object->end() || it->is_null() ? nullptr : &*it;
}

std::optional<int64_t> asInteger(const Json* value) {
    if (!value || !value->is_number_integer()) return std::nullopt;
    if (const auto* number = value->get_ptr<const Json::number_unsigned_t*>())
        return *number <= INT64_MAX ? std::optional(static_cast<int64_t>(*number)) : std::nullopt;
    return *value->get_ptr<const Json::number_integer_t*>();
}

std::optional<double> asNumber(const Json* value) {
    if (!value || !value->is_number()) return std::nullopt;
    double number = 0;
    if (const auto* real = value->get_ptr<const Json::number_float_t*>())
        number = *real;
    else if (const auto* natural = value->get_ptr<const Json::number_unsigned_t*>())
        number = static_cast<double>(*natural);
    else
        number = static_cast<double>(*value->get_ptr<const Json::number_integer_t*>());
    return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

std::optional<bool> asBoolean(const Json* value) {
    if (!value || !value->is_boolean()) return std::nullopt;
    return *value->get_ptr<const Json::boolean_t*>();
}

const std::string* asString(const Json* value) {
    return value ? value->get_ptr<const Json::string_t*>() : nullptr;
}

std::string_view stringAt(const Json* object, std::string_view key) {
    const std::string* text = asString(find(object, key));
    return text ? std::string_view(*text) : std::string_view();
}

bool isTrue(const Json* object, std::string_view key) {
    return asBoolean(find(object, key)).value_or(false);
}

}  // namespace alcove::engine
