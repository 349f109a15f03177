#include "engine/grammar/nfa.h"

#include <algorithm>
#include <utility>

namespace alcove::engine::grammar {
namespace {

using Kind = Expression::Kind;

constexpr size_t kMostStates = size_t{1} << 20;  // of all rules together: about 100 MB
constexpr uint64_t kMostInlined = 40;            // states

bool callsRules(const Expression& expr) {
    if (expr.kind == Kind::Rule) return true;
    return std::any_of(expr.parts.begin(), expr.parts.end(),
                       [](const Expr& part) { return callsRules(*part); }) ||
           std::any_of(expr.arrows.begin(), expr.arrows.end(),
                       [](const Arrow& arrow) { return callsRules(*arrow.expr); });
}

class NfaBuilder {
public:
    explicit NfaBuilder(const Rules& rules) : m_rules(rules), m_numbers(rules.size(), kUnknown) {}

    Result<NfaGrammar> build() {
        static_cast<void>(numberOf(0));
        for (size_t next = 0; next < m_waiting.size(); ++next) {
            const Expr expr = m_waiting[next];
            m_current = next;
            add(*expr, Nfa::kStart, Nfa::kAccept);
            if (m_states > kMostStates)
                return fail("the grammar is too large: more than ", kMostStates, " states");
        }
        return std::move(m_out);
    }

private:
    static constexpr uint32_t kUnknown = UINT32_MAX;

    uint32_t addRule(std::string name, Expr expr) {
        Nfa nfa;
        nfa.name = std::move(name);
        m_out.rules.push_back(std::move(nfa));
        m_waiting.push_back(std::move(expr));
        return static_cast<uint32_t>(m_out.rules.size() - 1);
    }

    uint32_t numberOf(uint32_t rule) {
        if (m_numbers[rule] == kUnknown)
            m_numbers[rule] = addRule(m_rules[rule].name, m_rules[rule].expr);
        return m_numbers[rule];
    }

    /// The rule that a counted repetition enters again and again.
    uint32_t bodyOf(const Expr& part) {
        if (part->kind == Kind::Rule) return numberOf(part->rule);
        const auto [at, isNew] = m_bodies.emplace(part.get(), 0);
        if (isNew) at->second = addRule(m_out.rules[m_current].name, part);
        return at->second;
    }

    uint32_t calleeOf(const Callee& callee) {
        const auto [at, isNew] = m_callees.emplace(callee, m_out.callees.size());
        if (isNew) m_out.callees.push_back(callee);
        return at->second;
    }

    NfaState& state(uint32_t number) { return m_out.rules[m_current].states[number]; }
    uint32_t addState() {
        std::vector<NfaState>& states = m_out.rules[m_current].states;
        if (++m_states <= kMostStates) states.emplace_back();  // beyond it nothing is kept
        return static_cast<uint32_t>(states.size() - 1);
    }
    void addByte(uint32_t from, ByteInterval bytes, uint32_t to) {
        state(from).transitions.push_back({bytes.first, bytes.last, to});
    }
    void addEmpty(uint32_t from, uint32_t to) { state(from).empties.push_back(to); }
    void addCall(uint32_t from, const Callee& callee, uint32_t to) {
        const uint32_t number = calleeOf(callee);
        state(from).calls.push_back({number, to});
    }

    void add(const Expression& expr, uint32_t from, uint32_t to) {
        if (m_states > kMostStates) return;
        switch (expr.kind) {
            case Kind::Nothing:
                return;
            case Kind::Text:
                return addText(expr.text, from, to);
            case Kind::Set:
                return addSet(expr.set, from, to);
            case Kind::Sequence:
                return addSequence(expr.parts, from, to);
            case Kind::Choice:
                for (const Expr& part : expr.parts) add(*part, from, to);
                return;
            case Kind::Repeat:
                return addRepeat(expr, from, to);
            case Kind::Rule:
                return addRuleCall(expr.rule, from, to);
            case Kind::Graph:
                return addGraph(expr, from, to);
        }
    }

    void addText(const std::string& bytes, uint32_t from, uint32_t to) {
        if (bytes.empty()) return addEmpty(from, to);
        for (size_t i = 0; i < bytes.size(); ++i) {
            const uint32_t next = i + 1 == bytes.size() ? to : addState();
            const auto byte = static_cast<uint8_t>(bytes[i]);
            addByte(from, {byte, byte}, next);
            from = next;
        }
    }

    void addSet(const CodeSet& set, uint32_t from, uint32_t to) {
        std::map<ByteSequence, uint32_t> before;  // the state before the last bytes of a character
        for (const ByteSequence& sequence : utf8Sequences(set)) {
            uint32_t next = to;
            for (size_t i = sequence.size(); i-- > 1;) {
                const ByteSequence rest(sequence.begin() + static_cast<ptrdiff_t>(i),
                                        sequence.end());
                const auto [at, isNew] = before.emplace(rest, 0);
                if (isNew) {
                    at->second = addState();
                    addByte(at->second, sequence[i], next);
                }
                next = at->second;
            }
            addByte(from, sequence[0], next);
        }
    }

    void addSequence(const std::vector<Expr>& parts, uint32_t from, uint32_t to) {
        if (parts.empty()) return addEmpty(from, to);
        for (size_t i = 0; i < parts.size(); ++i) {
            const uint32_t next = i + 1 == parts.size() ? to : addState();
            add(*parts[i], from, next);
            from = next;
        }
    }

    void addRepeat(const Expression& expr, uint32_t from, uint32_t to) {
        const Expr& part = expr.parts.front();
        if (!expr.unrolls()) return addCall(from, {bodyOf(part), expr.minimum, expr.maximum}, to);
        for (uint32_t i = 0; i < expr.minimum; ++i) {
            const uint32_t next = addState();
            add(*part, from, next);
            from = next;
        }
        if (expr.maximum == kUnlimited) {
            const uint32_t loop = addState();
            addEmpty(from, loop);
            add(*part, loop, loop);
            return addEmpty(loop, to);
        }
        addEmpty(from, to);
        for (uint32_t i = expr.minimum; i < expr.maximum; ++i) {
            const uint32_t next = addState();
            add(*part, from, next);
            addEmpty(next, to);
            from = next;
        }
    }

    void addRuleCall(uint32_t rule, uint32_t from, uint32_t to) {
        const Expression& expr = *m_rules[rule].expr;
        if (expr.size <= kMostInlined && !callsRules(expr)) return add(expr, from, to);
        addCall(from, {numberOf(rule), 1, 1}, to);
    }

    void addGraph(const Expression& expr, uint32_t from, uint32_t to) {
        std::vector<uint32_t> nodes(expr.nodes);
        for (uint32_t& node : nodes) node = addState();
        addEmpty(from, nodes[GraphBuilder::kStart]);
        addEmpty(nodes[GraphBuilder::kEnd], to);
        for (const Arrow& arrow : expr.arrows) add(*arrow.expr, nodes[arrow.from], nodes[arrow.to]);
    }

    const Rules& m_rules;
    std::vector<uint32_t> m_numbers;  // of the rules in m_out
    std::vector<Expr> m_waiting;      // expressions of the rules in m_out
    std::map<const Expression*, uint32_t> m_bodies;
    std::map<Callee, uint32_t> m_callees;
    NfaGrammar m_out;
    size_t m_current = 0;  // rule that is being built
    size_t m_states = 0;
};

/// Rules whose end is reached from their start: by any text, or by the empty one alone.
class Reach {
public:
    Reach(const NfaGrammar& grammar, bool readsBytes)
        : m_grammar(grammar), m_readsBytes(readsBytes), m_waiters(grammar.rules.size()) {
        m_ends.resize(grammar.rules.size());
        for (const Nfa& rule : grammar.rules) m_seen.emplace_back(rule.states.size());
        for (uint32_t rule = 0; rule < grammar.rules.size(); ++rule) visit(rule, Nfa::kStart);
        while (!m_queue.empty()) {
            const auto [rule, state] = m_queue.back();
            m_queue.pop_back();
            step(rule, state);
        }
    }
    [[nodiscard]] std::vector<bool> ends() && { return std::move(m_ends); }

private:
    void visit(uint32_t rule, uint32_t state) {
        if (m_seen[rule][state]) return;
        m_seen[rule][state] = true;
        m_queue.emplace_back(rule, state);
    }

    void step(uint32_t rule, uint32_t number) {
        if (number == Nfa::kAccept && !m_ends[rule]) {
            m_ends[rule] = true;
            for (const auto& [waiting, to] : m_waiters[rule]) visit(waiting, to);
        }
        const NfaState& state = m_grammar.rules[rule].states[number];
        for (const uint32_t to : state.empties) visit(rule, to);
        if (m_readsBytes)
            for (const Transition& transition : state.transitions) visit(rule, transition.to);
        for (const Call& call : state.calls) {
            const Callee& callee = m_grammar.callees[call.callee];
            if (callee.minimum == 0 || m_ends[callee.rule])
                visit(rule, call.to);
            else
                m_waiters[callee.rule].emplace_back(rule, call.to);
        }
    }

    using Place = std::pair<uint32_t, uint32_t>;  // rule, state
    const NfaGrammar& m_grammar;
    bool m_readsBytes;
    std::vector<std::vector<Place>> m_waiters;  // by rule: where to go on when it can end
    std::vector<bool> m_ends;
    std::vector<std::vector<bool>> m_seen;
    std::vector<Place> m_queue;
};

/// Calls that may be empty get an empty arrow past them; calls that can never end go.
void settleCalls(NfaGrammar& grammar) {
    const std::vector<bool> productive = Reach(grammar, true).ends();
    const std::vector<bool> nullable = Reach(grammar, false).ends();
    std::vector<bool> passable(grammar.callees.size());
    for (size_t i = 0; i < grammar.callees.size(); ++i) {
        Callee& callee = grammar.callees[i];
        // Empty turns need not be counted: as many as are wanting are there anyway.
        if (nullable[callee.rule]) callee.minimum = 0;
        passable[i] = callee.minimum == 0;
    }
    for (Nfa& rule : grammar.rules)
        for (NfaState& state : rule.states) {
            for (const Call& call : state.calls)
                if (passable[call.callee]) state.empties.push_back(call.to);
            std::erase_if(state.calls, [&](const Call& call) {
                return !productive[grammar.callees[call.callee].rule];
            });
        }
}

/// Takes away every arrow to a state from which the end of the rule cannot be reached.
void removeDeadEnds(Nfa& rule) {
    std::vector<std::vector<uint32_t>> before(rule.states.size());
    for (uint32_t from = 0; from < rule.states.size(); ++from) {
        const NfaState& state = rule.states[from];
        for (const Transition& transition : state.transitions)
            before[transition.to].push_back(from);
        for (const Call& call : state.calls) before[call.to].push_back(from);
        for (const uint32_t to : state.empties) before[to].push_back(from);
    }
    std::vector<bool> ends(rule.states.size());
    std::vector<uint32_t> queue{Nfa::kAccept};
    ends[Nfa::kAccept] = true;
    while (!queue.empty()) {
        const uint32_t to = queue.back();
        queue.pop_back();
        for (const uint32_t from : before[to])
            if (!ends[from]) {
                ends[from] = true;
                queue.push_back(from);
            }
    }
    for (NfaState& state : rule.states) {
        std::erase_if(state.transitions, [&](const Transition& t) { return !ends[t.to]; });
        std::erase_if(state.calls, [&](const Call& call) { return !ends[call.to]; });
        std::erase_if(state.empties, [&](uint32_t to) { return !ends[to]; });
    }
}

}  // namespace

Result<NfaGrammar> buildNfas(const Rules& rules) {
    ALCOVE_TRY(NfaGrammar grammar, NfaBuilder(rules).build());
    settleCalls(grammar);
    for (Nfa& rule : grammar.rules) removeDeadEnds(rule);
    const NfaState& root = grammar.rules.front().states[Nfa::kStart];
    if (root.transitions.empty() && root.calls.empty() && root.empties.empty())
        return fail("no text can satisfy it: every way through '", grammar.rules.front().name,
                    "' needs something that never ends or cannot be");
    return grammar;
}

}  // namespace alcove::engine::grammar
