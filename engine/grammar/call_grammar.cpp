#include "engine/grammar/call_grammar.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/chat/argument_type.h"
#include "engine/chat/call_reader.h"
#include "engine/chat/json_scanner.h"
#include "engine/grammar/rewrite.h"
#include "engine/grammar/schema.h"
#include "engine/grammar/schema_flatten.h"

namespace alcove::engine::grammar {
namespace {

constexpr uint32_t kMostCalls = 64;

const Schema kAnyObject = {{"type", "object"}};
const Schema kAllButTexts = {
    {"type", Schema::array({"object", "array", "number", "boolean", "null"})}};

class CallRules {
public:
    CallRules(const CallConstraint& calls, std::span<const TokenTrie::Control> controls)
        : m_calls(calls), m_controls(controls) {
        m_rules.push_back({"answer", nothing()});
        m_rules.push_back({"call", nothing()});
    }

    Result<Rules> build(const CallsBegun& begun) {
        std::vector<Expr> values, whole;
        for (const CallShape& call : m_calls.calls) {
            ALCOVE_TRY(Expr value, argumentsOf(call));
            whole.push_back(sequence({marks(beforeOf(call)), value, marks(afterOf(call))}));
            values.push_back(std::move(value));
        }
        m_rules[1].expr = choice(whole);
        if (!begun.tool.empty())
            m_rules[0].expr = behindName(begun, values);
        else if (!begun.marker.empty())
            m_rules[0].expr = behindMarker(begun.marker, values);
        else
            m_rules[0].expr =
                sequence({marks(m_calls.open), ruleCall(1), more(), marks(m_calls.close)});
        if (begun.otherwise)
            m_rules[0].expr =
                choice({m_rules[0].expr, ruleCall(append(m_rules, *begun.otherwise))});
        return std::move(m_rules);
    }

private:
    // ---- Around the arguments

    /// The bytes of a marker: control tokens are not written by their letters.
    [[nodiscard]] Expr marks(std::string_view shown) const {
        std::string bytes;
        while (!shown.empty()) {
            const TokenTrie::Control* found = nullptr;
            for (const TokenTrie::Control& control : m_controls)
                if (shown.starts_with(control.piece) &&
                    (!found || control.piece.size() > found->piece.size()))
                    found = &control;
            bytes += found ? found->bytes : std::string(shown.substr(0, 1));
            shown.remove_prefix(found ? found->piece.size() : 1);
        }
        return text(std::move(bytes));
    }

    /// The brackets around the arguments of this notation belong to the value.
    [[nodiscard]] std::string_view beforeOf(const CallShape& call) const {
        std::string_view before = call.before;
        if (m_calls.notation == CallNotation::Braces) before.remove_suffix(1);
        return before;
    }
    [[nodiscard]] std::string_view afterOf(const CallShape& call) const {
        std::string_view after = call.after;
        if (m_calls.notation == CallNotation::Braces) after.remove_prefix(1);
        return after;
    }

    [[nodiscard]] Expr more() const {
        if (!m_calls.several) return empty();
        return repeat(sequence({marks(m_calls.between), ruleCall(1)}), 0, kMostCalls - 1);
    }

    [[nodiscard]] Expr behindMarker(std::string_view marker,
                                    const std::vector<Expr>& values) const {
        std::vector<Expr> ways;
        for (size_t i = 0; i < values.size(); ++i) {
            const CallShape& call = m_calls.calls[i];
            const std::string written = concat(m_calls.open, beforeOf(call));
            const std::string_view rest = written;
            const size_t begun = rest.starts_with(marker) ? marker.size() : 0;
            ways.push_back(sequence({marks(rest.substr(begun)), values[i], marks(afterOf(call))}));
        }
        return sequence({choice(std::move(ways)), more(), marks(m_calls.close)});
    }

    /// `{"name": "f"` is written, and what is around it is not that of calls with markers.
    [[nodiscard]] Expr behindName(const CallsBegun& begun, const std::vector<Expr>& values) const {
        const auto call = std::ranges::find(m_calls.calls, begun.tool, &CallShape::tool);
        if (call == m_calls.calls.end()) return nothing();
        const std::string name = jsonQuoted(begun.tool);
        const size_t behind = call->before.find(name) + name.size();
        const Expr own =
            sequence({text(call->before.substr(behind)),
                      values[static_cast<size_t>(call - m_calls.calls.begin())], text("}")});
        const bool alone = !call->before.starts_with('{');
        if (begun.inList)
            return sequence({own,
                             m_calls.several && !alone
                                 ? repeat(sequence({text(", "), ruleCall(1)}), 0, kMostCalls - 1)
                                 : empty(),
                             text("]")});
        return alone ? own : sequence({own, more()});
    }

    // ---- Arguments

    /// The rules of a schema, or, where it may be put like that, of what is asked for in its place.
    Result<Expr> valueOf(const Schema& schema, const StringForm& form, const Schema& otherwise,
                         const CallShape& call, std::optional<char> never = {}) {
        Result<Rules> rules = parseSchema(schema, form);
        if (!rules) {
            if (call.strict) return fail("the tool ", call.tool, ": ", rules.message());
            rules = parseSchema(otherwise, form);
        }
        if (!rules) return rules.error();
        return ruleCall(append(m_rules, never ? without(*rules, *never) : *rules));
    }

    Result<Expr> argumentsOf(const CallShape& call) {
        if (m_calls.notation == CallNotation::Tagged) return taggedArguments(call);
        Schema schema = call.schema;
        schema["type"] = "object";  // a reader takes nothing else for arguments
        if (m_calls.notation != CallNotation::Braces) return valueOf(schema, {}, kAnyObject, call);
        StringForm form;
        form.never = m_calls.quote;
        form.bareKeys = true;
        form.open = form.close = marks(m_calls.quote)->text;
        return valueOf(schema, form, kAnyObject, call);
    }

    Result<Expr> taggedArguments(const CallShape& call) {
        if (call.strict)
            for (const auto& [keyword, value] : call.schema.items()) {
                constexpr std::string_view kKnown[] = {
                    "type",    "properties", "required",    "additionalProperties",
                    "$defs",   "title",      "description", "definitions",
                    "$schema", "$id"};
                if (std::ranges::find(kKnown, keyword) == std::end(kKnown))
                    return fail("the tool ", call.tool, ": '", keyword,
                                "' beside its properties cannot be kept in this model's form");
            }
        std::vector<Expr> parts;
        for (const ArgumentShape& argument : call.arguments) {
            ALCOVE_TRY(Expr value, taggedValue(call, argument));
            Expr whole = sequence({marks(argument.before), value, marks(argument.after)});
            parts.push_back(argument.required ? whole : optional(whole));
        }
        return sequence(std::move(parts));
    }

    /// Texts as they are, all else as JSON.
    Result<Expr> taggedValue(const CallShape& call, const ArgumentShape& argument) {
        const uint8_t types = typesOfArgument(call.schema, argument.name);
        const std::string never(trimmed(argument.after));
        std::vector<Expr> ways;
        if ((types & JsonTypes::String) != 0) {
            Result<Expr> way = taggedText(argument.schema, types, never);
            if (!way && call.strict)
                return fail("the tool ", call.tool, ", '", argument.name, "': ", way.message());
            ways.push_back(way ? std::move(*way) : textWithout(never));
        }
        if (types != JsonTypes::String) {
            Schema schema = argument.schema;
            if (!schema.is_object()) schema = Schema::object();
            Schema both = {{"allOf", Schema::array({schema, kAllButTexts})}};
            for (const char* definitions : {"$defs", "definitions"})
                if (schema.contains(definitions)) both[definitions] = schema[definitions];
            ALCOVE_TRY(Expr way, valueOf(both, {}, kAllButTexts, call, never.front()));
            ways.push_back(std::move(way));
        }
        return choice(std::move(ways));
    }

    /// What a reader takes for a text: where something else is allowed beside texts, a text must
    /// not look like it.
    static Result<Expr> taggedText(const Schema& schema, uint8_t types, const std::string& never) {
        StringForm form;
        form.open = form.close = "";
        form.never = never;
        if (!schema.is_object()) return textWithout(never);
        ALCOVE_TRY(const auto flat, Flattener(schema).flatten(schema, "#"));
        const bool clear = (types & ~(JsonTypes::String | JsonTypes::Null)) == 0;
        std::vector<Expr> ways;
        for (const Schema& one : flat) {
            if (one.contains("enum")) {
                for (const Schema& value : one["enum"]) {
                    if (!value.is_string() || !obeys(value, one).value_or(false)) continue;
                    const auto words = value.get<std::string>();
                    if (argumentJson(words, types) == jsonQuoted(words))
                        ways.push_back(exactString(words, form));
                }
                continue;
            }
            const std::vector<std::string> allowed = allowedTypes(one);
            if (std::ranges::find(allowed, "string") == allowed.end()) continue;
            const StringLimits limits = stringLimits(one);
            if (clear) {
                ALCOVE_TRY(Expr way, stringWithin(limits, form));
                ways.push_back(std::move(way));
            } else if (!limits.pattern && !limits.format) {
                ways.push_back(wordsWithin(limits, form));
            }
        }
        return choice(std::move(ways));
    }

    /// Texts that begin as no number, list, object or word of JSON or Python does.
    static Expr wordsWithin(const StringLimits& limits, const StringForm& form) {
        static const CodeSet kFirst = CodeSet({{U'A', U'Z'}, {U'a', U'z'}, {0xC0, 0x10FFFF}})
                                          .without(CodeSet({{U'F', U'F'},
                                                            {U'N', U'N'},
                                                            {U'T', U'T'},
                                                            {U'f', U'f'},
                                                            {U'n', U'n'},
                                                            {U't', U't'}}));
        StringLimits rest = limits;
        rest.shortest = limits.shortest > 0 ? limits.shortest - 1 : 0;
        if (limits.longest == 0) return nothing();
        if (limits.longest < kUnlimited) rest.longest = limits.longest - 1;
        const Result<Expr> more = stringWithin(rest, form);
        return more ? sequence({oneOf(kFirst), *more}) : nothing();
    }

    const CallConstraint& m_calls;
    const std::span<const TokenTrie::Control> m_controls;
    Rules m_rules;
};

}  // namespace

Result<Rules> callRules(const CallConstraint& calls, std::span<const TokenTrie::Control> controls,
                        const CallsBegun& begun) {
    return CallRules(calls, controls).build(begun);
}

}  // namespace alcove::engine::grammar
