// A grammar: which texts a model may write. Made from GBNF or from a JSON schema, compiled once,
// and shared by all answers that must obey it.
//
// From a schema comes JSON as models write it: properties in the order in which they are declared,
// optional ones left out or not, at most one blank or line end where JSON allows white space, and
// numbers of at most 18 digits where nothing else bounds them. Whatever obeys the grammar obeys the
// schema; a keyword that could not be kept is an error which names its place. Where a schema says
// nothing, the grammar may say less: properties that are not declared are written only where
// `additionalProperties` asks for them (or no property is declared).
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>

#include "engine/base/result.h"
#include "engine/grammar/call_grammar.h"

namespace alcove::engine {

namespace grammar {
struct Automaton;
}

class Grammar {
public:
    /// See gbnf.h for the notation.
    [[nodiscard]] static Result<std::shared_ptr<const Grammar>> fromGbnf(std::string_view text);
    /// `true` stands for any JSON, {"type": "object"} for any object.
    [[nodiscard]] static Result<std::shared_ptr<const Grammar>> fromJsonSchema(
        const nlohmann::ordered_json& schema);

    /// Calls of tools, in the form of a model whose markers are `controls`.
    [[nodiscard]] static Result<std::shared_ptr<const Grammar>> fromCalls(
        const CallConstraint& calls, std::span<const TokenTrie::Control> controls,
        const grammar::CallsBegun& begun = {});

    [[nodiscard]] const std::shared_ptr<const grammar::Automaton>& automaton() const {
        return m_automaton;
    }

    /// What a schema became before it was compiled, to be a part of another grammar; empty where
    /// the grammar comes from elsewhere.
    [[nodiscard]] const grammar::Rules& rules() const { return m_rules; }

private:
    explicit Grammar(std::shared_ptr<const grammar::Automaton> automaton, grammar::Rules rules = {})
        : m_automaton(std::move(automaton)), m_rules(std::move(rules)) {}

    std::shared_ptr<const grammar::Automaton> m_automaton;  // shared with the recognisers
    grammar::Rules m_rules;
};

}  // namespace alcove::engine
