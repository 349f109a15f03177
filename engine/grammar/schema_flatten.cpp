#include "engine/grammar/schema_flatten.h"

#include <algorithm>
#include <optional>

#include "engine/base/unicode.h"
#include "engine/grammar/decimal.h"

namespace alcove::engine::grammar {
namespace {

constexpr int kMostDepth = 64;
constexpr size_t kMostWays = 256;
constexpr uint64_t kMostWork = 20'000, kMostWorkInAll = 500'000;

/// "%41~1b" of a reference: "A/b".
std::string unescaped(std::string_view text) {
    std::string bytes;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto hex = [](char c) {
            if (c >= '0' && c <= '9') return c - '0';
            if (c >= 'a' && c <= 'f') return c - 'a' + 10;
            return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        };
        if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 &&
            hex(text[i + 2]) >= 0) {
            bytes += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            bytes += text[i];
        }
    }
    std::string out;
    for (size_t i = 0; i < bytes.size(); ++i) {
        const bool tilde = bytes[i] == '~' && i + 1 < bytes.size();
        if (tilde && (bytes[i + 1] == '0' || bytes[i + 1] == '1'))
            out += bytes[++i] == '0' ? '~' : '/';
        else
            out += bytes[i];
    }
    return out;
}

bool has(const Schema& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

/// The greatest lower bound of a flat schema, or the least upper one.
std::optional<std::pair<Decimal, bool>> boundOf(const Schema& flat, const char* plain,
                                                const char* exclusive, int direction) {
    std::optional<std::pair<Decimal, bool>> bound;
    if (flat.contains(plain)) bound = {decimalOf(flat[plain]), false};
    if (flat.contains(exclusive)) {
        const Decimal other = decimalOf(flat[exclusive]);
        if (!bound || compare(other, bound->first) * direction >= 0) bound = {other, true};
    }
    return bound;
}

/// Every number of `a` is below every number of `b`.
bool isBelow(const Schema& a, const Schema& b) {
    const auto greatest = boundOf(a, "maximum", "exclusiveMaximum", -1);
    const auto lowest = boundOf(b, "minimum", "exclusiveMinimum", 1);
    if (!greatest || !lowest) return false;
    const int order = compare(greatest->first, lowest->first);
    return order < 0 || (order == 0 && (greatest->second || lowest->second));
}

/// No count that `a` allows is one that `b` allows.
bool countsApart(const Schema& a, const Schema& b, const char* least, const char* most) {
    return countAt(a, most, UINT64_MAX) < countAt(b, least, 0) ||
           countAt(b, most, UINT64_MAX) < countAt(a, least, 0);
}

}  // namespace

Result<const Schema*> Flattener::resolve(const Schema& reference, const std::string& path) const {
    if (!reference.is_string()) return fail(path, ": '$ref' must be a string");
    std::string_view rest = reference.get_ref<const std::string&>();
    const auto unknown = [&](const char* why) {
        return fail(path, ": '$ref' to '", printable(reference.get<std::string>()), "': ", why);
    };
    // The document may be called by its own name.
    if (m_root.is_object() && m_root.contains("$id") && m_root["$id"].is_string()) {
        const auto& id = m_root["$id"].get_ref<const std::string&>();
        if (!id.empty() && rest.starts_with(id)) rest.remove_prefix(id.size());
        if (rest.empty()) return &m_root;
    }
    if (!rest.starts_with('#')) return unknown("other documents are not read");
    rest.remove_prefix(1);
    if (!rest.empty() && rest[0] != '/')
        return unknown("only places like #/$defs/name are supported, not anchors");
    const Schema* at = &m_root;
    while (!rest.empty()) {
        rest.remove_prefix(1);
        const size_t end = std::min(rest.find('/'), rest.size());
        const std::string name = unescaped(rest.substr(0, end));
        rest.remove_prefix(end);
        const bool isIndex = !name.empty() && name.size() < 9 &&
                             name.find_first_not_of("0123456789") == std::string::npos;
        if (at->is_object() && at->contains(name))
            at = &(*at)[name];
        else if (at->is_array() && isIndex && std::stoul(name) < at->size())
            at = &(*at)[std::stoul(name)];
        else
            return unknown("there is nothing of this name");
    }
    return at;
}

Result<std::vector<Schema>> Flattener::combined(const std::vector<Schema>& a,
                                                const std::vector<Schema>& b,
                                                const std::string& path) const {
    if (a.size() * b.size() > kMostWays)
        return fail(path, ": more than ", kMostWays, " combinations of its alternatives");
    std::vector<Schema> out;
    for (const Schema& x : a)
        for (const Schema& y : b) {
            Result<Schema> both = merged(x, y);
            if (!both) return fail(path, ": ", both.message());
            if (*both != Schema(false)) out.push_back(std::move(*both));
        }
    return out;
}

Result<std::vector<Schema>> Flattener::flatten(const Schema& schema, const std::string& path,
                                               int depth) const {
    if (depth == 0) m_work = 0;
    if (depth > kMostDepth) return fail(path, ": it refers to itself without an end");
    if (++m_work > kMostWork || ++m_workInAll > kMostWorkInAll)
        return fail(path, ": it refers to too many other schemas");
    if (schema.is_boolean())
        return schema.get<bool>() ? std::vector<Schema>{Schema::object()} : std::vector<Schema>{};
    if (!schema.is_object()) return fail(path, ": a schema must be an object, true or false");
    ALCOVE_TRY(Schema own, flatKeywords(schema, path));
    std::vector<Schema> all{std::move(own)};
    if (schema.contains("$ref")) {
        ALCOVE_TRY(const Schema* target, resolve(schema["$ref"], path));
        ALCOVE_TRY(const auto other,
                   flatten(*target, schema["$ref"].get<std::string>(), depth + 1));
        ALCOVE_TRY(all, combined(all, other, path));
    }
    for (const char* keyword : {"allOf", "anyOf", "oneOf"})
        if (schema.contains(keyword)) ALCOVE_CHECK(addBranches(schema, keyword, path, depth, all));
    return all;
}

Result<void> Flattener::addBranches(const Schema& schema, const char* keyword,
                                    const std::string& path, int depth,
                                    std::vector<Schema>& all) const {
    const Schema& list = schema[keyword];
    if (!list.is_array() || list.empty())
        return fail(path, ": '", keyword, "' must be an array of schemas");
    const std::vector<Schema> base = all;
    Branches branches;
    for (size_t i = 0; i < list.size(); ++i) {
        ALCOVE_TRY(std::vector<Schema> branch,
                   flatten(list[i], concat(path, "/", keyword, "/", i), depth + 1));
        if (std::string_view(keyword) == "allOf") {
            ALCOVE_TRY(all, combined(all, branch, path));
            continue;
        }
        ALCOVE_TRY(branch, combined(base, branch, path));
        branches.push_back(std::move(branch));
    }
    if (std::string_view(keyword) == "allOf") return {};
    if (std::string_view(keyword) == "oneOf") ALCOVE_CHECK(checkApart(branches, path, depth));
    all.clear();
    for (std::vector<Schema>& branch : branches)
        for (Schema& one : branch) all.push_back(std::move(one));
    if (all.size() > kMostWays) return fail(path, ": more than ", kMostWays, " alternatives");
    return {};
}

/// That no value obeys two branches.
Result<void> Flattener::checkApart(const Branches& branches, const std::string& path,
                                   int depth) const {
    for (size_t i = 0; i < branches.size(); ++i)
        for (size_t j = 0; j < branches.size(); ++j)
            for (const Schema& a : branches[i])
                for (const Schema& b : branches[j]) {
                    if (i == j) continue;
                    ALCOVE_TRY(const bool apart, excludes(a, b, depth));
                    if (!apart)
                        return fail(path, ": 'oneOf': a value could obey both its alternatives ",
                                    std::min(i, j), " and ", std::max(i, j),
                                    "; use 'anyOf', or a property with a 'const' in each");
                }
    return {};
}

/// Whether surely no value that is written for `a` obeys `b`.
Result<bool> Flattener::excludes(const Schema& a, const Schema& b, int depth) const {
    // What cannot be proven with little work is not proven.
    if (depth > kMostDepth || ++m_work > kMostWork / 2) return false;
    if (a.contains("enum")) {
        for (const Schema& value : a["enum"]) {
            const bool fits = obeys(value, a).value_or(true);
            if (fits && obeys(value, b).value_or(true)) return false;
        }
        return true;
    }
    const std::vector<std::string> allowed = allowedTypes(b);
    for (const std::string& type : writtenTypes(a)) {
        const auto takes = [&](const char* name) {
            return std::find(allowed.begin(), allowed.end(), name) != allowed.end();
        };
        const bool isNumber = type == "integer" || type == "number";
        if (isNumber ? !takes("integer") && !takes("number") : !takes(type.c_str())) continue;
        if (b.contains("enum")) {
            const bool none = std::all_of(b["enum"].begin(), b["enum"].end(), [&](const Schema& v) {
                return obeys(v, a) == std::optional(false);
            });
            if (none) continue;
            return false;
        }
        bool apart = false;
        if (isNumber) apart = isBelow(a, b) || isBelow(b, a);
        if (type == "string") apart = countsApart(a, b, "minLength", "maxLength");
        if (type == "array") apart = countsApart(a, b, "minItems", "maxItems");
        if (type == "object") {
            ALCOVE_TRY(apart, excludesByMember(a, b, depth));
        }
        if (!apart) return false;
    }
    return true;
}

/// Objects: a member that every `a` has is not as `b` wants it, or `b` needs one that no `a` has.
Result<bool> Flattener::excludesByMember(const Schema& a, const Schema& b, int depth) const {
    const auto declared = [](const Schema& flat, const std::string& name) {
        return flat.contains("properties") && flat["properties"].contains(name);
    };
    if (a.contains("required"))
        for (const Schema& one : a["required"]) {
            const auto name = one.get<std::string>();
            Schema theirs = declared(b, name)                    ? b["properties"][name]
                            : b.contains("additionalProperties") ? b["additionalProperties"]
                                                                 : Schema(true);
            if (theirs == Schema(false)) return true;
            if (!declared(a, name)) continue;
            ALCOVE_TRY(const auto x, flatten(a["properties"][name], name, depth + 1));
            ALCOVE_TRY(const auto y, flatten(theirs, name, depth + 1));
            bool apart = true;
            for (const Schema& p : x)
                for (const Schema& q : y) {
                    ALCOVE_TRY(const bool pair, excludes(p, q, depth + 1));
                    apart = apart && pair;
                }
            if (apart) return true;
        }
    if (!b.contains("required")) return false;
    const bool open = a.contains("additionalProperties")
                          ? a["additionalProperties"] != Schema(false)
                          : !a.contains("properties");
    return std::any_of(b["required"].begin(), b["required"].end(), [&](const Schema& one) {
        const auto name = one.get<std::string>();
        const bool needed = a.contains("required") && has(a["required"], name);
        return !open && !needed && !declared(a, name);
    });
}

}  // namespace alcove::engine::grammar
