// Reads bytes and says after each whether a text of the grammar can still become of them.
//
// Idea: a state is the set of all places the grammar may be at, each an automaton's state and the
// frame it returns to; and a frame is itself a set: of all places that called one rule at one byte.
// So however many ways there are to read a text, a rule that is entered at some byte is entered
// once (as in Earley's algorithm, and in a graph-structured stack), and the ways add up instead of
// multiplying. Calls are gathered in the order of the automaton's ranks, which is why left
// recursion is not allowed. Calls with nothing left to do afterwards pass on their caller's frame:
// right recursion needs no memory.
//
// Frames and states are kept once and known by numbers, and the state after each byte is
// remembered: the recogniser builds, as far as it is needed, the deterministic automaton of the
// grammar. Copying a state is copying its number; going on by a byte already seen there is a
// look-up.
//
// Bounds: a state has at most kMostPlaces places and a step looks at no more than kMostSteps. A
// grammar so ambiguous that this is not enough is reported, by overloaded(), not endured.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/grammar/automaton.h"
#include "engine/grammar/word_pool.h"

namespace alcove::engine::grammar {

class Recogniser {
public:
    using State = uint32_t;
    static constexpr State kDead = 0;  // nothing of the grammar begins like this

    static constexpr size_t kMostPlaces = 4096;
    static constexpr size_t kMostSteps = size_t{1} << 17;
    static constexpr size_t kMostBytes = size_t{256} << 20;  // of memory; keepOnly() frees it

    explicit Recogniser(std::shared_ptr<const Automaton> automaton);

    [[nodiscard]] State start() const { return m_start; }
    [[nodiscard]] State next(State state, uint8_t byte) {
        const State known =
            m_next[size_t{state} * m_automaton->classCount + m_automaton->byteClasses[byte]];
        return known != kUnknown ? known : compute(state, byte);
    }
    [[nodiscard]] State next(State state, std::string_view bytes);

    /// The bytes so far are a whole text of the grammar.
    [[nodiscard]] bool mayEnd(State state) const { return m_states[state].front() != 0; }
    /// More bytes may follow.
    [[nodiscard]] bool mayGoOn(State state) const { return m_states[state].size() > 1; }

    /// A step was given up, and its state called dead, since it would have taken too much.
    [[nodiscard]] bool overloaded() const { return m_overloaded; }

    /// Forgets everything but the start and `state`, whose new number is the result.
    [[nodiscard]] State keepOnly(State state);
    [[nodiscard]] size_t bytes() const;

    /// Counts what is looked at: a measure of time that is the same everywhere.
    [[nodiscard]] uint64_t work() const { return m_work; }

    static constexpr uint32_t kWholeText = UINT32_MAX;  // the state that the root returns to
    struct Place {
        uint32_t state = 0;  // of the automaton
        uint32_t frame = 0;
        friend auto operator<=>(const Place&, const Place&) = default;
    };
    [[nodiscard]] size_t placeCount(State state) const { return (m_states[state].size() - 1) / 2; }
    [[nodiscard]] Place place(State state, size_t i) const {
        const auto words = m_states[state];
        return {words[1 + 2 * i], words[2 + 2 * i]};
    }

    /// Where a rule goes on when it is done. `turn` counts the turns of a repetition, this one
    /// included, up to its maximum, or its minimum where there is no maximum.
    struct Return {
        uint32_t state = 0, callee = 0, turn = 0, frame = 0;
        friend auto operator<=>(const Return&, const Return&) = default;
    };
    [[nodiscard]] size_t returnCount(uint32_t frame) const { return m_frames[frame].size() / 4; }
    [[nodiscard]] Return returnOf(uint32_t frame, size_t i) const {
        const auto words = m_frames[frame].subspan(4 * i, 4);
        return {words[0], words[1], words[2], words[3]};
    }
    [[nodiscard]] const Automaton& automaton() const { return *m_automaton; }

private:
    static constexpr State kUnknown = UINT32_MAX;

    [[nodiscard]] State compute(State state, uint8_t byte);
    [[nodiscard]] State close();
    void reset();
    void arrive(const Place& place);
    void leave(uint32_t frame);
    void callFrom(const Place& place);
    void enter(uint32_t callee, const Return& to);
    void enterRules();
    [[nodiscard]] bool spend(size_t steps);
    [[nodiscard]] State keep();
    [[nodiscard]] uint32_t frameOf(std::vector<Return>& returns);

    std::shared_ptr<const Automaton> m_automaton;  // of a grammar that several answers may use
    WordPool m_states;          // may end, then (automaton's state, frame) ascending
    WordPool m_frames;          // Returns ascending
    std::vector<State> m_next;  // by state and class of bytes
    State m_start = kDead;
    bool m_overloaded = false;
    uint64_t m_work = 0;

    // Of the step that is being computed; kept to spare allocations.
    std::vector<Place> m_arrived;                       // in the order of arrival
    std::vector<Place> m_places;                        // of the new state
    std::map<uint32_t, std::vector<Return>> m_entered;  // by rank of the rule
    std::vector<uint32_t> m_words;
    size_t m_steps = 0;
    bool m_mayEnd = false;
    bool m_tooMuch = false;
};

}  // namespace alcove::engine::grammar
