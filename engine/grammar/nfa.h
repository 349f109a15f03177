// The automata of a grammar's rules while it is compiled: with empty arrows, several ways at once,
// and states that lead nowhere.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/grammar/automaton.h"

namespace alcove::engine::grammar {

struct NfaState {
    std::vector<Transition> transitions;
    std::vector<Call> calls;
    std::vector<uint32_t> empties;
};

struct Nfa {
    static constexpr uint32_t kStart = 0, kAccept = 1;
    std::string name;  // of the rule, for messages
    std::vector<NfaState> states = std::vector<NfaState>(2);
};

struct NfaGrammar {
    std::vector<Nfa> rules;  // the first is the root
    std::vector<Callee> callees;
};

/// Automata of all rules that the root reaches. States from which a rule cannot end are gone, and
/// what may be empty can be passed by an empty arrow.
[[nodiscard]] Result<NfaGrammar> buildNfas(const Rules& rules);

}  // namespace alcove::engine::grammar
