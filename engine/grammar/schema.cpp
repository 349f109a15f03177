// Each subschema becomes a rule, known by its text, so that equal ones share it and recursive ones
// end. Objects and arrays are graphs: which member comes next depends only on which came last.
#include "engine/grammar/schema.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/unicode.h"
#include "engine/grammar/schema_flatten.h"
#include "engine/grammar/schema_keywords.h"
#include "engine/grammar/schema_number.h"
#include "engine/grammar/schema_string.h"

namespace alcove::engine::grammar {
namespace {

constexpr size_t kMostRules = 20'000;
constexpr size_t kMostBytes = size_t{1} << 20;
constexpr int kMostReferences = 64;      // that lead only to the next
constexpr uint64_t kMostNodes = 20'000;  // of one object

std::string textOf(const Schema& value) {
    return value.dump(-1, ' ', false, Schema::error_handler_t::replace);
}

/// At most one blank or line end, so that no answer is lost in white space.
Expr space() {
    static const Expr made = optional(oneOf(CodeSet({{U'\n', U'\n'}, {U' ', U' '}})));
    return made;
}

/// Exactly this value.
Expr literal(const Schema& value, const StringForm& form) {
    if (value.is_string()) return exactString(value.get<std::string>(), form);
    if (!value.is_structured()) return text(textOf(value));
    std::vector<Expr> parts{text(value.is_array() ? "[" : "{"), space()};
    bool first = true;
    for (const auto& [key, member] : value.items()) {
        if (!first) parts.insert(parts.end(), {text(","), space()});
        first = false;
        if (value.is_object()) parts.insert(parts.end(), {exactKey(key, form), text(":"), space()});
        parts.push_back(literal(member, form));
    }
    if (!value.empty()) parts.push_back(space());
    parts.push_back(text(value.is_array() ? "]" : "}"));
    return sequence(std::move(parts));
}

class SchemaReader {
public:
    SchemaReader(const Schema& root, StringForm form)
        : m_root(root), m_form(std::move(form)), m_flattener(root) {}

    Result<Rules> read() {
        if (textOf(m_root).size() > kMostBytes)
            return fail("the schema has more than ", kMostBytes, " bytes");
        m_rules.push_back({"#", nothing()});
        m_waiting.push_back({m_root, "#"});
        m_numbers[textOf(m_root)] = 0;
        for (size_t next = 0; next < m_waiting.size(); ++next) {
            if (m_waiting.size() > kMostRules)
                return fail("the schema makes more than ", kMostRules, " rules");
            const Waiting waiting = m_waiting[next];
            ALCOVE_TRY(m_rules[next].expr, expressionOf(waiting.schema, waiting.path));
        }
        return std::move(m_rules);
    }

private:
    struct Waiting {
        Schema schema;
        std::string path;
    };

    /// A call of the schema's rule, which is made later where it is new.
    Result<Expr> value(const Schema& given, std::string path) {
        const Schema* schema = &given;
        for (int hops = 0; isPlainReference(*schema); ++hops) {
            if (hops == kMostReferences) return fail(path, ": it refers only to itself");
            const Schema& reference = (*schema)["$ref"];
            ALCOVE_TRY(schema, m_flattener.resolve(reference, path));
            path = reference.get<std::string>();
        }
        const auto [at, isNew] = m_numbers.emplace(textOf(*schema), m_rules.size());
        if (isNew) {
            m_rules.push_back({printable(path, 120), nothing()});
            m_waiting.push_back({*schema, std::move(path)});
        }
        return ruleCall(at->second);
    }

    Result<Expr> expressionOf(const Schema& schema, const std::string& path) {
        if (isPlainReference(schema)) return value(schema, path);
        if (isPlainChoice(schema)) return choiceOf(schema["anyOf"], path);
        ALCOVE_TRY(const auto flat, m_flattener.flatten(schema, path));
        std::vector<Expr> ways;
        for (const Schema& one : flat) {
            ALCOVE_TRY(Expr way, flatExpression(one, path));
            ways.push_back(std::move(way));
        }
        return choice(std::move(ways));
    }

    /// An anyOf beside which nothing is asked for.
    static bool isPlainChoice(const Schema& schema) {
        if (!schema.is_object() || !schema.contains("anyOf") || !schema["anyOf"].is_array())
            return false;
        Schema rest = schema;
        rest.erase("anyOf");
        if (rest.contains("$ref") || rest.contains("allOf") || rest.contains("oneOf")) return false;
        const Result<Schema> flat = flatKeywords(rest, "");
        return flat && flat->empty();
    }

    Result<Expr> choiceOf(const Schema& branches, const std::string& path) {
        std::vector<Expr> ways;
        for (size_t i = 0; i < branches.size(); ++i) {
            ALCOVE_TRY(Expr way, value(branches[i], concat(path, "/anyOf/", i)));
            ways.push_back(std::move(way));
        }
        return choice(std::move(ways));
    }

    Result<Expr> flatExpression(const Schema& flat, const std::string& path) {
        if (flat.contains("enum")) return valuesOf(flat, path);
        const std::vector<std::string> types = writtenTypes(flat);
        std::vector<Expr> ways;
        for (const std::string& type : types) {
            const bool covered =
                type == "integer" && std::find(types.begin(), types.end(), "number") != types.end();
            if (covered) continue;
            Result<Expr> way = typeExpression(type, flat, path);
            if (!way) return way.error();
            ways.push_back(std::move(*way));
        }
        return choice(std::move(ways));
    }

    Result<Expr> typeExpression(const std::string& type, const Schema& flat,
                                const std::string& path) {
        if (type == "object") return objectOf(flat, path);
        if (type == "array") return arrayOf(flat, path);
        if (type == "null") return text("null");
        if (type == "boolean") return choice({text("true"), text("false")});
        Result<Expr> made = type == "string" ? stringWithin(stringLimits(flat), m_form)
                                             : numberOf(flat, type == "integer");
        if (!made) return fail(path, ": ", made.message());
        return made;
    }

    Result<Expr> valuesOf(const Schema& flat, const std::string& path) const {
        std::vector<Expr> ways;
        for (const Schema& value : flat["enum"]) {
            const std::optional<bool> fits = obeys(value, flat);
            if (!fits)
                return fail(path, ": what stands beside 'enum' or 'const' is not supported there");
            if (*fits) ways.push_back(literal(value, m_form));
        }
        return choice(std::move(ways));
    }

    static Result<Expr> numberOf(const Schema& flat, bool integer) {
        NumberLimits limits;
        limits.integer = integer;
        const auto tighten = [&flat](std::optional<Bound>& bound, const char* key, int direction,
                                     bool exclusive) {
            if (!flat.contains(key)) return;
            const Decimal value = decimalOf(flat[key]);
            const int order = bound ? compare(value, bound->value) * direction : 1;
            if (order > 0 || (order == 0 && exclusive)) bound = Bound{value, exclusive};
        };
        tighten(limits.lowest, "minimum", 1, false);
        tighten(limits.lowest, "exclusiveMinimum", 1, true);
        tighten(limits.greatest, "maximum", -1, false);
        tighten(limits.greatest, "exclusiveMaximum", -1, true);
        if (integer && flat.contains("format")) narrow(limits, flat["format"].get<std::string>());
        if (flat.contains("multipleOf")) limits.multipleOf = decimalOf(flat["multipleOf"]);
        return numberBetween(limits);
    }

    /// Formats of OpenAPI that say how many bits an integer has.
    static void narrow(NumberLimits& limits, const std::string& format) {
        const auto between = [&limits](const Decimal& low, const Decimal& high) {
            if (!limits.lowest || compare(limits.lowest->value, low) < 0)
                limits.lowest = Bound{low, false};
            if (!limits.greatest || compare(limits.greatest->value, high) > 0)
                limits.greatest = Bound{high, false};
        };
        if (format == "int32") between(decimalOf(INT32_MIN), decimalOf(INT32_MAX));
        if (format == "int64") between(decimalOf(INT64_MIN), decimalOf(INT64_MAX));
    }

    // ---- Objects

    struct Member {
        std::string name;
        Expr expr;  // key, colon and value
        bool required = false;
    };

    Result<Member> memberOf(const std::string& name, const Schema& schema, bool required,
                            const std::string& path) {
        Member member{name, nothing(), required};
        if (schema == Schema(false)) return member;
        ALCOVE_TRY(Expr inside, value(schema, path));
        member.expr = sequence({exactKey(name, m_form), text(":"), space(), std::move(inside)});
        return member;
    }

    Result<std::vector<Member>> membersOf(const Schema& flat, const std::string& path) {
        std::vector<Member> members;
        std::set<std::string> required;
        if (flat.contains("required"))
            for (const Schema& name : flat["required"]) required.insert(name.get<std::string>());
        const std::string folder = path + "/properties/";
        if (flat.contains("properties"))
            for (const auto& [name, schema] : flat["properties"].items()) {
                const bool isRequired = required.erase(name) > 0;
                ALCOVE_TRY(Member member, memberOf(name, schema, isRequired, folder + name));
                members.push_back(std::move(member));
            }
        if (!flat.contains("required")) return members;
        const Schema others =
            flat.contains("additionalProperties") ? flat["additionalProperties"] : Schema(true);
        for (const Schema& one : flat["required"]) {
            const auto name = one.get<std::string>();
            if (required.erase(name) == 0) continue;
            ALCOVE_TRY(Member member, memberOf(name, others, true, folder + name));
            members.push_back(std::move(member));
        }
        return members;
    }

    /// A member that is not declared, with any other name; Nothing where there are none.
    Result<Expr> otherMember(const Schema& flat, const std::vector<Member>& members,
                             const std::string& path) {
        const bool asked = flat.contains("additionalProperties");
        if (!asked && (flat.contains("properties") || flat.contains("unevaluatedProperties")))
            return nothing();
        const Schema schema = asked ? flat["additionalProperties"] : Schema(true);
        if (schema == Schema(false)) return nothing();
        ALCOVE_TRY(Expr inside, value(schema, path + "/additionalProperties"));
        std::set<std::string> names;
        for (const Member& member : members) names.insert(member.name);
        return sequence({stringBut(names, m_form), text(":"), space(), std::move(inside)});
    }

    /// Nodes are (members passed, members written): what is written is counted as far as it
    /// matters, and at least whether it is any, for the comma.
    Result<Expr> objectOf(const Schema& flat, const std::string& path) {
        ALCOVE_TRY(const std::vector<Member> members, membersOf(flat, path));
        ALCOVE_TRY(const Expr other, otherMember(flat, members, path));
        const uint64_t least = countAt(flat, "minProperties", 0);
        const uint64_t most = countAt(flat, "maxProperties", kUnlimited);
        if (least > most) return nothing();
        // Names that are not declared may be the same: together they surely are one.
        if (!isNothing(other) && least > members.size() + 1)
            return fail(path, ": 'minProperties' of more than the declared properties and one is ",
                        "not supported");
        return buildObject(members, other, least, most, path);
    }

    /// Nodes are (members passed, members written): what is written is counted as far as it
    /// matters, and at least whether it is any, for the comma.
    static Result<Expr> buildObject(const std::vector<Member>& members, const Expr& other,
                                    uint64_t least, uint64_t most, const std::string& path) {
        const bool counts = most < (isNothing(other) ? members.size() : kUnlimited);
        const uint64_t cap = counts ? most : std::max<uint64_t>(least, 1);
        const auto width = static_cast<size_t>(std::min<uint64_t>(cap, members.size())) + 1;
        if (width > 2 && width * members.size() > kMostNodes)
            return fail(path, ": too many properties for 'minProperties' or 'maxProperties'");
        GraphBuilder graph;
        std::vector<std::vector<uint32_t>> nodes(members.size() + 1, std::vector<uint32_t>(width));
        for (auto& row : nodes)
            for (uint32_t& node : row) node = graph.node();
        const Expr comma = sequence({text(","), space()});
        const auto written = [&](size_t count, const Expr& member) {
            return count == 0 ? member : sequence({comma, member});
        };
        graph.arrow(GraphBuilder::kStart, nodes[0][0], sequence({text("{"), space()}));
        for (size_t i = 0; i < members.size(); ++i)
            for (size_t count = 0; count < width; ++count) {
                if (!members[i].required)
                    graph.arrow(nodes[i][count], nodes[i + 1][count], empty());
                if (counts && count == most) continue;
                graph.arrow(nodes[i][count], nodes[i + 1][std::min(count + 1, width - 1)],
                            written(count, members[i].expr));
            }
        for (size_t count = 0; count < width; ++count) {
            const Expr close = count == 0 ? text("}") : sequence({space(), text("}")});
            const uint32_t last = nodes.back()[count];
            if (count >= least) graph.arrow(last, GraphBuilder::kEnd, close);
            // Of the others each counts for the most, but only one for the least.
            if (isNothing(other) || (counts && count == most) || count + 1 < least) continue;
            const uint32_t more = counts ? static_cast<uint32_t>(most - count - 1) : kUnlimited;
            graph.arrow(last, GraphBuilder::kEnd,
                        sequence({written(count, other), repeat(sequence({comma, other}), 0, more),
                                  space(), text("}")}));
        }
        return std::move(graph).build();
    }

    // ---- Arrays

    Result<Expr> arrayOf(const Schema& flat, const std::string& path) {
        const uint64_t least = countAt(flat, "minItems", 0);
        const uint64_t most = countAt(flat, "maxItems", kUnlimited);
        if (least > most || least >= kUnlimited) return nothing();
        std::vector<Expr> first;
        if (flat.contains("prefixItems"))
            for (const Schema& schema : flat["prefixItems"]) {
                if (first.size() >= most) break;
                ALCOVE_TRY(Expr item, value(schema, concat(path, "/prefixItems/", first.size())));
                first.push_back(std::move(item));
            }
        // Beyond the items that are described there need not be any, unless so many are asked for.
        Expr rest = nothing();
        if (flat.contains("items") || first.empty() || least > first.size()) {
            ALCOVE_TRY(rest, value(flat.contains("items") ? flat["items"] : Schema(true),
                                   path + "/items"));
        }
        return buildArray(first, rest, least, most);
    }

    static Expr buildArray(const std::vector<Expr>& first, const Expr& rest, uint64_t least,
                           uint64_t most) {
        GraphBuilder graph;
        const Expr comma = sequence({text(","), space()});
        const Expr close = sequence({space(), text("]")});
        uint32_t at = graph.node();
        graph.arrow(GraphBuilder::kStart, at, sequence({text("["), space()}));
        if (least == 0) graph.arrow(at, GraphBuilder::kEnd, text("]"));
        for (size_t i = 0; i < first.size(); ++i) {
            const uint32_t next = graph.node();
            graph.arrow(at, next, i == 0 ? first[i] : sequence({comma, first[i]}));
            at = next;
            if (i + 1 >= least) graph.arrow(at, GraphBuilder::kEnd, close);
        }
        uint64_t count = first.size();
        if (isNothing(rest) || count >= most) return std::move(graph).build();
        if (count == 0) {
            const uint32_t next = graph.node();
            graph.arrow(at, next, rest);
            at = next;
            count = 1;
        }
        const auto left = [count](uint64_t limit) {
            return static_cast<uint32_t>(limit > count ? limit - count : 0);
        };
        graph.arrow(at, GraphBuilder::kEnd,
                    sequence({repeat(sequence({comma, rest}), left(least),
                                     most >= kUnlimited ? kUnlimited : left(most)),
                              close}));
        return std::move(graph).build();
    }

    const Schema& m_root;
    const StringForm m_form;
    Flattener m_flattener;
    Rules m_rules;
    std::vector<Waiting> m_waiting;  // beside m_rules
    std::unordered_map<std::string, uint32_t> m_numbers;
};

}  // namespace

StringLimits stringLimits(const Schema& flat) {
    StringLimits limits;
    limits.shortest = countAt(flat, "minLength", 0);
    limits.longest = countAt(flat, "maxLength", kUnlimited);
    if (flat.contains("pattern")) limits.pattern = flat["pattern"].get<std::string>();
    if (flat.contains("format")) limits.format = flat["format"].get<std::string>();
    return limits;
}

Result<Rules> parseSchema(const nlohmann::ordered_json& schema, const StringForm& form) {
    return SchemaReader(schema, form).read();
}

}  // namespace alcove::engine::grammar
