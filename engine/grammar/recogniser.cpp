#include "engine/grammar/recogniser.h"

#include <algorithm>
#include <utility>

namespace alcove::engine::grammar {

// A step has two halves. First the bytes' arrows are followed and every rule that is done is left,
// which may end others; no rule is entered, so no frame is made. Then the rules that are called
// from all these places are entered, each once, callers before callees. That a rule just entered
// may be empty needs no leaving: the arrow past its call was followed already.

Recogniser::Recogniser(std::shared_ptr<const Automaton> automaton)
    : m_automaton(std::move(automaton)) {
    reset();
}

void Recogniser::reset() {
    m_states = {};
    m_frames = {};
    m_next.clear();
    m_words.assign(1, 0);
    static_cast<void>(keep());  // kDead: no places, and the text is not whole
    std::fill(m_next.begin(), m_next.end(), kDead);
    m_arrived.clear();
    m_steps = 0;
    m_tooMuch = false;
    m_mayEnd = m_automaton->mayBeEmpty;
    std::vector<Return> root{{kWholeText, 0, 1, 0}};
    const Place place{m_automaton->starts[0], frameOf(root)};
    m_places.assign(1, place);
    callFrom(place);
    enterRules();
    m_start = close();
}

Recogniser::State Recogniser::next(State state, std::string_view text) {
    for (const char byte : text) state = next(state, static_cast<uint8_t>(byte));
    return state;
}

size_t Recogniser::bytes() const {
    return m_states.bytes() + m_frames.bytes() + m_next.size() * sizeof(State);
}

Recogniser::State Recogniser::compute(State state, uint8_t byte) {
    m_arrived.clear();
    m_places.clear();
    m_steps = 0;
    m_mayEnd = m_tooMuch = false;
    for (size_t i = 0; i < placeCount(state); ++i) {
        const Place from = place(state, i);
        for (const Transition& transition : m_automaton->transitions(from.state))
            if (transition.first <= byte && byte <= transition.last)
                arrive({transition.to, from.frame});
    }
    // Leaving a rule arrives elsewhere: the list grows while it is read.
    for (size_t i = 0; i < m_arrived.size() && !m_tooMuch; ++i) {
        const Place at = m_arrived[i];
        if (m_automaton->states[at.state].accepting) leave(at.frame);
        callFrom(at);
    }
    m_places = m_arrived;
    enterRules();
    const State made = close();
    m_work += m_steps + 1;
    m_next[size_t{state} * m_automaton->classCount + m_automaton->byteClasses[byte]] = made;
    return made;
}

bool Recogniser::spend(size_t steps) {
    m_steps += steps;
    m_tooMuch |= m_steps > kMostSteps;
    return !m_tooMuch;
}

void Recogniser::arrive(const Place& place) {
    // Few places arrive at a time; beyond some, the list is a heap of trouble anyway.
    if (!spend(1 + m_arrived.size() / 16)) return;
    if (std::find(m_arrived.begin(), m_arrived.end(), place) != m_arrived.end()) return;
    m_arrived.push_back(place);
    m_tooMuch |= m_arrived.size() > kMostPlaces;
}

void Recogniser::leave(uint32_t frame) {
    for (size_t i = 0; i < returnCount(frame) && spend(1); ++i) {
        const Return to = returnOf(frame, i);
        if (to.state == kWholeText) {
            m_mayEnd = true;
            continue;
        }
        const Callee& callee = m_automaton->callees[to.callee];
        if (to.turn >= callee.minimum) arrive({to.state, to.frame});
        const bool counts = callee.maximum != kUnlimited;
        if (counts && to.turn >= callee.maximum) continue;
        // Where there is no maximum, turns beyond the minimum are all alike.
        Return again = to;
        if (counts || again.turn < callee.minimum) ++again.turn;
        enter(to.callee, again);
    }
}

void Recogniser::callFrom(const Place& place) {
    for (const Call& call : m_automaton->calls(place.state))
        enter(call.callee, {call.to, call.callee, 1, place.frame});
}

void Recogniser::enter(uint32_t number, const Return& to) {
    if (!spend(1)) return;
    const Callee& callee = m_automaton->callees[number];
    std::vector<Return>& returns = m_entered[m_automaton->ranks[callee.rule]];
    const bool last = callee.maximum != kUnlimited && to.turn >= callee.maximum;
    if (!last || !m_automaton->onlyEnds(to.state)) {
        returns.push_back(to);
        return;
    }
    // Nothing is left to do afterwards: straight to where the caller returns to.
    for (size_t i = 0; i < returnCount(to.frame) && spend(1); ++i)
        returns.push_back(returnOf(to.frame, i));
}

void Recogniser::enterRules() {
    // Entering a rule adds only rules of a lower rank, since none begins with itself.
    while (!m_entered.empty() && !m_tooMuch) {
        const auto highest = std::prev(m_entered.end());
        std::vector<Return> returns = std::move(highest->second);
        const uint32_t rule = m_automaton->ruleOfRank[highest->first];
        m_entered.erase(highest);
        const Place place{m_automaton->starts[rule], frameOf(returns)};
        m_places.push_back(place);
        callFrom(place);
    }
    m_entered.clear();
}

uint32_t Recogniser::frameOf(std::vector<Return>& returns) {
    std::sort(returns.begin(), returns.end());
    returns.erase(std::unique(returns.begin(), returns.end()), returns.end());
    m_tooMuch |= returns.size() > kMostPlaces;
    m_words.clear();
    for (const Return& to : returns)
        m_words.insert(m_words.end(), {to.state, to.callee, to.turn, to.frame});
    return m_frames.intern(m_words);
}

/// The state of m_places and m_mayEnd.
Recogniser::State Recogniser::close() {
    std::erase_if(m_places, [this](const Place& place) {
        return m_automaton->transitions(place.state).empty();
    });
    std::sort(m_places.begin(), m_places.end());
    m_places.erase(std::unique(m_places.begin(), m_places.end()), m_places.end());
    if (m_tooMuch || m_places.size() > kMostPlaces || bytes() > kMostBytes) {
        m_overloaded = true;
        return kDead;
    }
    if (m_places.empty() && !m_mayEnd) return kDead;
    m_words.assign(1, m_mayEnd ? 1 : 0);
    for (const Place& place : m_places) m_words.insert(m_words.end(), {place.state, place.frame});
    return keep();
}

/// The number of the state in m_words.
Recogniser::State Recogniser::keep() {
    const State state = m_states.intern(m_words);
    if (m_states.size() * size_t{m_automaton->classCount} > m_next.size())
        m_next.resize(m_states.size() * size_t{m_automaton->classCount}, kUnknown);
    return state;
}

Recogniser::State Recogniser::keepOnly(State state) {
    const auto words = m_states[state];
    std::vector<uint32_t> kept(words.begin(), words.end());
    const WordPool frames = std::move(m_frames);
    // A frame's parents have lower numbers: marked downwards, copied upwards.
    std::vector<bool> needed(frames.size());
    for (size_t i = 2; i < kept.size(); i += 2) needed[kept[i]] = true;
    for (uint32_t frame = frames.size(); frame-- > 0;)
        if (needed[frame])
            for (size_t i = 0; i < frames[frame].size(); i += 4)
                if (frames[frame][i] != kWholeText) needed[frames[frame][i + 3]] = true;
    reset();
    std::vector<uint32_t> numbers(frames.size());
    for (uint32_t frame = 0; frame < frames.size(); ++frame) {
        if (!needed[frame]) continue;
        std::vector<Return> returns;
        for (size_t i = 0; i < frames[frame].size(); i += 4) {
            const auto w = frames[frame].subspan(i, 4);
            returns.push_back({w[0], w[1], w[2], w[0] == kWholeText ? 0 : numbers[w[3]]});
        }
        numbers[frame] = frameOf(returns);
    }
    m_overloaded = false;
    m_mayEnd = kept.front() != 0;
    m_tooMuch = false;
    m_places.clear();
    for (size_t i = 1; i < kept.size(); i += 2) m_places.push_back({kept[i], numbers[kept[i + 1]]});
    return state == kDead ? kDead : close();
}

}  // namespace alcove::engine::grammar
