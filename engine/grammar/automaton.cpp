// Idea: the automaton of each rule is made deterministic by subsets of its states, with calls of
// rules as letters beside the bytes. Choices whose parts begin alike (keys of an object, words of
// an enumeration) so become one way instead of many. Where that would need far more states, the
// rule keeps its several ways at once, only without empty arrows: the recogniser can follow them.
#include "engine/grammar/automaton.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/grammar/nfa.h"

namespace alcove::engine::grammar {
namespace {

constexpr size_t kMostStates = size_t{1} << 20;
constexpr size_t kMostArrows = size_t{1} << 23;

using Subset = std::vector<uint32_t>;  // ascending states of an Nfa

/// One rule's states as they go into the Automaton; numbers are the rule's own.
struct RuleStates {
    struct State {
        std::vector<Transition> transitions;
        std::vector<Call> calls;
        bool accepting = false;
    };
    std::vector<State> states;  // the first is the start
    size_t arrows = 0;
};

class Determiniser {
public:
    explicit Determiniser(const Nfa& nfa) : m_nfa(nfa), m_stamps(nfa.states.size()) {}

    /// Nothing when more than `mostStates` or `mostWork` would be needed.
    bool run(size_t mostStates, size_t mostWork, RuleStates& out) {
        static_cast<void>(numberOf({Nfa::kStart}));
        size_t work = 0;
        for (size_t next = 0; next < m_subsets.size(); ++next) {
            work += m_subsets[next].size();
            if (m_subsets.size() > mostStates || work > mostWork) return false;
            RuleStates::State state = stateOf(Subset(m_subsets[next]));
            work += state.transitions.size() + state.calls.size();
            out.arrows += state.transitions.size() + state.calls.size();
            out.states.push_back(std::move(state));
        }
        return true;
    }

    /// The same states without empty arrows. False when it becomes too large.
    bool removeEmpties(RuleStates& out) {
        for (uint32_t number = 0; number < m_nfa.states.size(); ++number) {
            RuleStates::State made;
            for (const uint32_t member : closure({number})) {
                const NfaState& state = m_nfa.states[member];
                made.transitions.insert(made.transitions.end(), state.transitions.begin(),
                                        state.transitions.end());
                made.calls.insert(made.calls.end(), state.calls.begin(), state.calls.end());
                made.accepting |= member == Nfa::kAccept;
            }
            out.arrows += made.transitions.size() + made.calls.size();
            if (out.arrows > kMostArrows) return false;
            out.states.push_back(std::move(made));
        }
        return true;
    }

private:
    Subset closure(Subset members) {
        ++m_stamp;
        for (const uint32_t member : members) m_stamps[member] = m_stamp;
        for (size_t next = 0; next < members.size(); ++next)
            for (const uint32_t to : m_nfa.states[members[next]].empties)
                if (m_stamps[to] != m_stamp) {
                    m_stamps[to] = m_stamp;
                    members.push_back(to);
                }
        std::sort(members.begin(), members.end());
        return members;
    }

    uint32_t numberOf(Subset members) {
        std::sort(members.begin(), members.end());
        members.erase(std::unique(members.begin(), members.end()), members.end());
        Subset closed = closure(std::move(members));
        const auto [at, isNew] = m_numbers.emplace(closed, m_subsets.size());
        if (isNew) m_subsets.push_back(std::move(closed));
        return at->second;
    }

    RuleStates::State stateOf(const Subset& members) {
        RuleStates::State made;
        std::vector<Transition> transitions;
        std::map<uint32_t, Subset> calls;  // by callee
        std::vector<uint32_t> edges;       // where sets of transitions begin
        for (const uint32_t member : members) {
            made.accepting |= member == Nfa::kAccept;
            const NfaState& state = m_nfa.states[member];
            for (const Call& call : state.calls) calls[call.callee].push_back(call.to);
            for (const Transition& transition : state.transitions) {
                transitions.push_back(transition);
                edges.push_back(transition.first);
                edges.push_back(uint32_t{transition.last} + 1);
            }
        }
        std::sort(edges.begin(), edges.end());
        edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
        for (size_t i = 0; i + 1 < edges.size(); ++i) {
            Subset targets;
            for (const Transition& transition : transitions)
                if (transition.first <= edges[i] && edges[i] <= transition.last)
                    targets.push_back(transition.to);
            if (targets.empty()) continue;
            const auto first = static_cast<uint8_t>(edges[i]);
            const auto last = static_cast<uint8_t>(edges[i + 1] - 1);
            const uint32_t to = numberOf(std::move(targets));
            if (!made.transitions.empty() && made.transitions.back().to == to &&
                made.transitions.back().last + 1 == first)
                made.transitions.back().last = last;
            else
                made.transitions.push_back({first, last, to});
        }
        for (auto& [callee, targets] : calls)
            made.calls.push_back({callee, numberOf(std::move(targets))});
        return made;
    }

    const Nfa& m_nfa;
    std::vector<uint32_t> m_stamps;  // of the closure that last met a state
    uint32_t m_stamp = 0;
    std::map<Subset, uint32_t> m_numbers;
    std::vector<Subset> m_subsets;
};

/// The rules in an order in which each comes after those it begins with; or an error that says
/// which rule begins with itself.
class BeginningOrder {
public:
    BeginningOrder(const Automaton& automaton, const std::vector<Nfa>& rules)
        : m_automaton(automaton), m_rules(rules), m_marks(rules.size(), Mark::New) {}

    Result<std::vector<uint32_t>> run() {
        for (uint32_t rule = 0; rule < m_rules.size(); ++rule)
            if (m_marks[rule] == Mark::New) ALCOVE_CHECK(follow(rule));
        return std::move(m_finished);
    }

private:
    enum class Mark : uint8_t { New, Open, Done };
    struct Frame {
        uint32_t rule;
        size_t nextCall;
    };

    Result<void> follow(uint32_t root) {
        std::vector<Frame> path{{root, 0}};
        m_marks[root] = Mark::Open;
        while (!path.empty()) {
            Frame& top = path.back();
            const auto calls = m_automaton.calls(m_automaton.starts[top.rule]);
            if (top.nextCall == calls.size()) {
                m_marks[top.rule] = Mark::Done;
                m_finished.push_back(top.rule);
                path.pop_back();
                continue;
            }
            const uint32_t callee = m_automaton.callees[calls[top.nextCall++].callee].rule;
            if (m_marks[callee] == Mark::Open) return leftRecursion(path, callee);
            if (m_marks[callee] == Mark::New) {
                m_marks[callee] = Mark::Open;
                path.push_back({callee, 0});
            }
        }
        return {};
    }

    [[nodiscard]] Error leftRecursion(const std::vector<Frame>& path, uint32_t rule) const {
        std::string way, last;
        bool inside = false;
        for (const Frame& frame : path) {
            inside |= frame.rule == rule;
            const std::string& name = m_rules[frame.rule].name;
            if (inside && name != last) way += concat("'", name, "' → ");
            last = name;
        }
        const std::string& name = m_rules[rule].name;
        return fail("'", name, "' begins with itself (", way, "'", name,
                    "'): left recursion is not read; write it as a repetition");
    }

    const Automaton& m_automaton;
    const std::vector<Nfa>& m_rules;
    std::vector<Mark> m_marks;
    std::vector<uint32_t> m_finished;
};

void findByteClasses(Automaton& automaton) {
    std::array<bool, 257> begins{};
    for (const Transition& transition : automaton.allTransitions) {
        begins[transition.first] = true;
        begins[size_t{transition.last} + 1] = true;
    }
    uint32_t current = 0;
    for (size_t byte = 0; byte < 256; ++byte) {
        if (byte > 0 && begins[byte]) ++current;
        automaton.byteClasses[byte] = static_cast<uint8_t>(current);
    }
    automaton.classCount = current + 1;
}

void append(RuleStates&& rule, Automaton& automaton) {
    const auto base = static_cast<uint32_t>(automaton.states.size());
    automaton.starts.push_back(base);
    for (RuleStates::State& state : rule.states) {
        automaton.states.push_back({static_cast<uint32_t>(automaton.allTransitions.size()),
                                    static_cast<uint32_t>(automaton.allCalls.size()),
                                    state.accepting});
        for (Transition& transition : state.transitions) transition.to += base;
        for (Call& call : state.calls) call.to += base;
        automaton.allTransitions.insert(automaton.allTransitions.end(), state.transitions.begin(),
                                        state.transitions.end());
        automaton.allCalls.insert(automaton.allCalls.end(), state.calls.begin(), state.calls.end());
    }
}

}  // namespace

Result<Automaton> compile(const Rules& rules) {
    ALCOVE_TRY(NfaGrammar grammar, buildNfas(rules));
    Automaton automaton;
    automaton.callees = std::move(grammar.callees);
    for (const Nfa& nfa : grammar.rules) {
        const size_t size = nfa.states.size();
        RuleStates states;
        if (!Determiniser(nfa).run(4 * size + 1000, 100 * size + 200'000, states)) {
            states = {};
            if (!Determiniser(nfa).removeEmpties(states))
                return fail("the rule '", nfa.name, "' is too large");
        }
        append(std::move(states), automaton);
        if (automaton.states.size() > kMostStates ||
            automaton.allTransitions.size() + automaton.allCalls.size() > kMostArrows)
            return fail("the grammar is too large: more than ", kMostStates, " states or ",
                        kMostArrows, " arrows between them");
    }
    automaton.states.push_back({static_cast<uint32_t>(automaton.allTransitions.size()),
                                static_cast<uint32_t>(automaton.allCalls.size()), false});
    automaton.mayBeEmpty = automaton.states[automaton.starts[0]].accepting;
    findByteClasses(automaton);
    ALCOVE_TRY(automaton.ruleOfRank, BeginningOrder(automaton, grammar.rules).run());
    automaton.ranks.resize(automaton.ruleOfRank.size());
    for (uint32_t rank = 0; rank < automaton.ranks.size(); ++rank)
        automaton.ranks[automaton.ruleOfRank[rank]] = rank;
    return automaton;
}

}  // namespace alcove::engine::grammar
