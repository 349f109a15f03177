#include "engine/grammar/grammar.h"

#include <utility>

#include "engine/grammar/automaton.h"
#include "engine/grammar/gbnf.h"
#include "engine/grammar/schema.h"

namespace alcove::engine {
namespace {

Result<std::shared_ptr<const grammar::Automaton>> compiled(const Result<grammar::Rules>& rules) {
    if (!rules) return rules.error();
    ALCOVE_TRY(grammar::Automaton automaton, grammar::compile(*rules));
    return std::make_shared<const grammar::Automaton>(std::move(automaton));
}

}  // namespace

Result<std::shared_ptr<const Grammar>> Grammar::fromGbnf(std::string_view text) {
    auto automaton = compiled(grammar::parseGbnf(text));
    if (!automaton) return fail("grammar: ", automaton.message());
    return std::shared_ptr<const Grammar>(new Grammar(std::move(*automaton)));
}

Result<std::shared_ptr<const Grammar>> Grammar::fromJsonSchema(
    const nlohmann::ordered_json& schema) {
    Result<grammar::Rules> rules = grammar::parseSchema(schema);
    auto automaton = compiled(rules);
    if (!automaton) return fail("JSON schema: ", automaton.message());
    return std::shared_ptr<const Grammar>(new Grammar(std::move(*automaton), std::move(*rules)));
}

Result<std::shared_ptr<const Grammar>> Grammar::fromCalls(
    const CallConstraint& calls, std::span<const TokenTrie::Control> controls,
    const grammar::CallsBegun& begun) {
    auto automaton = compiled(grammar::callRules(calls, controls, begun));
    if (!automaton) return fail("tools: ", automaton.message());
    return std::shared_ptr<const Grammar>(new Grammar(std::move(*automaton)));
}

}  // namespace alcove::engine
