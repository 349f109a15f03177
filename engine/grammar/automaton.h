// A compiled grammar: a small automaton for each rule, whose arrows are bytes or calls of rules.
//
// Invariants that the recogniser builds on:
// - from every state the end of its rule can be reached: what is recognised can be completed;
// - an empty pass through a rule is an arrow past its call, so a rule that was just entered need
//   never be left before a byte was read;
// - no rule calls itself before a byte was read (left recursion is refused), so the rules have an
//   order in which each comes before those it begins with;
// - a counted repetition is a call with a counter: its size does not depend on its limits.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/grammar/expression.h"

namespace alcove::engine::grammar {

struct Transition {
    uint8_t first = 0, last = 0;  // bytes, both included
    uint32_t to = 0;
};

/// What a call enters: rule `rule`, `minimum` to `maximum` times. A plain call is once.
struct Callee {
    uint32_t rule = 0;
    uint32_t minimum = 1, maximum = 1;
    friend auto operator<=>(const Callee&, const Callee&) = default;
};

struct Call {
    uint32_t callee = 0;  // into callees
    uint32_t to = 0;      // the state after it
};

struct Automaton {
    struct State {
        uint32_t transitions = 0, calls = 0;  // where its own begin; they end where the next's do
        bool accepting = false;               // its rule may end here
    };
    std::vector<State> states;  // and one more for the ends
    std::vector<Transition> allTransitions;
    std::vector<Call> allCalls;
    std::vector<Callee> callees;
    std::vector<uint32_t> starts;  // state of each rule
    std::vector<uint32_t> ranks;   // of each rule: lower than those of the rules that begin with it
    std::vector<uint32_t> ruleOfRank;
    bool mayBeEmpty = false;

    std::array<uint8_t, 256> byteClasses{};  // bytes that no transition tells apart are of a class
    uint32_t classCount = 0;

    [[nodiscard]] std::span<const Transition> transitions(uint32_t state) const {
        return std::span(allTransitions)
            .subspan(states[state].transitions,
                     states[state + 1].transitions - states[state].transitions);
    }
    [[nodiscard]] std::span<const Call> calls(uint32_t state) const {
        return std::span(allCalls).subspan(states[state].calls,
                                           states[state + 1].calls - states[state].calls);
    }
    [[nodiscard]] uint32_t stateCount() const { return static_cast<uint32_t>(states.size() - 1); }
    /// Nothing can follow but the end of the rule.
    [[nodiscard]] bool onlyEnds(uint32_t state) const {
        return states[state].accepting && transitions(state).empty() && calls(state).empty();
    }
};

/// Rule 0 is the root. Refuses left recursion, rules that no text can satisfy, and what is too
/// large.
[[nodiscard]] Result<Automaton> compile(const Rules& rules);

}  // namespace alcove::engine::grammar
