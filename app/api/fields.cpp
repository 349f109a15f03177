#include "app/api/fields.h"

#include <cmath>

#include "engine/base/result.h"

namespace alcove::app {

int ApiError::status() const {
    switch (kind) {
        case Kind::Invalid:
            return 400;
        case Kind::Unauthorised:
            return 401;
        case Kind::Forbidden:
            return 403;
        case Kind::NotFound:
            return 404;
        case Kind::TooLarge:
            return 413;
        case Kind::Busy:
            return 429;
        case Kind::Failed:
            return 500;
    }
    return 500;
}

const Json* Fields::member(std::string_view name) const {
    const auto found = m_object.find(name);
    return found == m_object.end() || found->is_null() ? nullptr : &*found;
}

void Fields::refuse(std::string_view name, std::string_view reason) {
    if (m_error) return;
    m_error = ApiError{ApiError::Kind::Invalid, concat("'", name, "' ", reason), std::string(name),
                       "invalid_value"};
}

std::string Fields::text(std::string_view name, std::string fallback) {
    const Json* value = member(name);
    if (!value) return fallback;
    if (value->is_string()) return value->get<std::string>();
    refuse(name, "must be a text");
    return fallback;
}

std::string Fields::requiredText(std::string_view name) {
    if (!has(name)) refuse(name, "is missing");
    return text(name);
}

bool Fields::flag(std::string_view name, bool fallback) {
    const Json* value = member(name);
    if (!value) return fallback;
    if (value->is_boolean()) return value->get<bool>();
    refuse(name, "must be true or false");
    return fallback;
}

int64_t Fields::integer(std::string_view name, int64_t fallback, int64_t lowest, int64_t greatest) {
    const Json* value = member(name);
    if (!value) return fallback;
    // 16.0 is a whole number, too: some clients know no other.
    const bool whole = value->is_number() && std::abs(value->get<double>()) < 0x1p53 &&
                       std::trunc(value->get<double>()) == value->get<double>();
    if (whole) {
        const auto number = static_cast<int64_t>(value->get<double>());
        if (number >= lowest && number <= greatest) return number;
    }
    refuse(name, concat("must be a whole number from ", lowest, " to ", greatest));
    return fallback;
}

double Fields::number(std::string_view name, double fallback, double lowest, double greatest) {
    const Json* value = member(name);
    if (!value) return fallback;
    if (value->is_number()) {
        const auto number = value->get<double>();
        if (number >= lowest && number <= greatest) return number;
    }
    refuse(name, concat("must be a number from ", lowest, " to ", greatest));
    return fallback;
}

std::vector<std::string> Fields::texts(std::string_view name, size_t most) {
    std::vector<std::string> all;
    const Json* value = member(name);
    if (!value) return all;
    if (value->is_string()) return {value->get<std::string>()};
    if (!value->is_array()) refuse(name, "must be a text or an array of texts");
    if (value->size() > most) refuse(name, concat("may have at most ", most, " texts"));
    if (value->is_array())
        for (const Json& one : *value) {
            if (!one.is_string()) {
                refuse(name, "must hold nothing but texts");
                break;
            }
            all.push_back(one.get<std::string>());
        }
    return all;
}

const Json& Fields::objects(std::string_view name) {
    static const Json kNone = Json::array();
    const Json* value = member(name);
    if (!value) {
        refuse(name, "is missing");
        return kNone;
    }
    if (!value->is_array()) {
        refuse(name, "must be an array");
        return kNone;
    }
    for (const Json& one : *value)
        if (!one.is_object()) {
            refuse(name, "must hold nothing but objects");
            return kNone;
        }
    return *value;
}

std::string dump(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<ApiError> parseBody(std::string_view body, Json& out) {
    using Kind = ApiError::Kind;
    // nlohmann recurses into what is nested: a limit keeps the stack.
    constexpr int kDeepest = 256;
    int deepest = 0;
    const auto watch = [&](int depth, Json::parse_event_t, Json&) {
        deepest = std::max(deepest, depth);
        return depth <= kDeepest;
    };
    try {
        out = Json::parse(body, watch);
    } catch (const Json::parse_error& error) {
        return ApiError{
            Kind::Invalid, concat("the body is not JSON: an error at byte ", error.byte), {}, {}};
    } catch (const Json::exception&) {
        return ApiError{Kind::Invalid, "the body is not JSON", {}, {}};
    }
    if (deepest > kDeepest)
        return ApiError{Kind::Invalid, concat("the body is nested deeper than ", kDeepest), {}, {}};
    if (!out.is_object()) return ApiError{Kind::Invalid, "the body must be a JSON object", {}, {}};
    return std::nullopt;
}

}  // namespace alcove::app
