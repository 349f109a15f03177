// Idea: the tokens that may come next are found by one walk over the trie of the vocabulary in step
// with the recogniser, which leaves out everything below a byte that does not fit. Where few tokens
// fit the walk is short. Where many do, the place is nearly always one that a run of characters
// leads back to (the inside of a string): tokens made of such characters alone are taken from
// TokenTrie::run, as many characters long as the place allows, and only the others are walked.
//
// What a state allows is remembered by the state's number. In a string without a greatest length
// that is one state; with one, each character makes another, and each costs a walk over the rest.
#include "engine/grammar/constraint.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "engine/base/unicode.h"
#include "engine/grammar/automaton.h"

namespace alcove::engine {
using grammar::Automaton;
using grammar::ByteInterval;
using grammar::Callee;
using grammar::Recogniser;

namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();
constexpr size_t kMostMaskBytes = size_t{32} << 20;
constexpr size_t kMostRecogniserBytes = size_t{64} << 20;
constexpr uint64_t kMostWork = 20'000'000;  // for one mask: below a second
constexpr size_t kFewTokens = 256;          // so many are kept as a list

// Well-formed UTF-8 of characters that are not ASCII (Unicode, table 3-7).
const std::vector<std::vector<ByteInterval>> kOtherCharacters = {
    {{0xC2, 0xDF}, {0x80, 0xBF}},
    {{0xE0, 0xE0}, {0xA0, 0xBF}, {0x80, 0xBF}},
    {{0xE1, 0xEC}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xED, 0xED}, {0x80, 0x9F}, {0x80, 0xBF}},
    {{0xEE, 0xEF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF0, 0xF0}, {0x90, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF1, 0xF3}, {0x80, 0xBF}, {0x80, 0xBF}, {0x80, 0xBF}},
    {{0xF4, 0xF4}, {0x80, 0x8F}, {0x80, 0xBF}, {0x80, 0xBF}},
};

/// Whether every way to choose the bytes leads from a state to one that `isGoal`, inside its rule.
template <typename Goal>
bool allLead(const Automaton& automaton, uint32_t state, std::span<const ByteInterval> bytes,
             const Goal& isGoal) {
    if (bytes.empty()) return isGoal(state);
    uint32_t covered = bytes.front().first;  // transitions ascend where the rule is deterministic
    for (const grammar::Transition& transition : automaton.transitions(state)) {
        if (transition.first > covered || transition.last < covered) continue;
        if (!allLead(automaton, transition.to, bytes.subspan(1), isGoal)) return false;
        covered = uint32_t{transition.last} + 1;
        if (covered > bytes.front().last) return true;
    }
    return false;
}

/// The characters that lead from a state to such a goal.
template <typename Goal>
TokenTrie::Characters charactersTo(const Automaton& automaton, uint32_t state, const Goal& isGoal) {
    TokenTrie::Characters found;
    for (const grammar::Transition& transition : automaton.transitions(state))
        for (uint32_t byte = transition.first; byte <= transition.last && byte < 128; ++byte)
            if (isGoal(transition.to)) found.ascii.set(byte);
    found.others = std::all_of(kOtherCharacters.begin(), kOtherCharacters.end(),
                               [&](const std::vector<ByteInterval>& bytes) {
                                   return allLead(automaton, state, bytes, isGoal);
                               });
    return found;
}

bool isWide(const TokenTrie::Characters& characters) {
    constexpr size_t kWide = 16;
    return characters.ascii.count() >= kWide;
}

/// The tokens of a run with at most `most` characters.
void setRun(const TokenTrie::Run& run, uint32_t most, std::vector<uint64_t>& bits) {
    bits = run.bits;
    for (size_t i = 0; i < run.tokens.size() && run.lengths[i] > most; ++i)
        bits[static_cast<size_t>(run.tokens[i]) / 64] &= ~(uint64_t{1} << (run.tokens[i] % 64));
}

bool isSet(const std::vector<uint64_t>& bits, Token token) {
    return (bits[static_cast<size_t>(token) / 64] >> (token % 64) & 1) != 0;
}
void set(std::vector<uint64_t>& bits, Token token) {
    bits[static_cast<size_t>(token) / 64] |= uint64_t{1} << (token % 64);
}

}  // namespace

Constraint::Constraint(std::shared_ptr<const Grammar> grammar,
                       std::shared_ptr<const TokenTrie> vocabulary)
    : m_grammar(std::move(grammar)),
      m_vocabulary(std::move(vocabulary)),
      m_recogniser(m_grammar->automaton()),
      m_path(m_vocabulary->longest() + 1) {
    restart();
}

void Constraint::restart(bool begins) {
    if (m_recogniser.overloaded()) forgetAllBut(m_recogniser.start());
    m_state = m_recogniser.start();
    m_ended = false;
    m_first = begins && m_vocabulary->dropsFirstBlank();
    m_firstMask = {};
}

bool Constraint::mayEnd() const { return m_ended || m_recogniser.mayEnd(m_state); }

bool Constraint::finished() const {
    return m_ended || (m_recogniser.mayEnd(m_state) && !m_recogniser.mayGoOn(m_state));
}

/// Characters that lead from a state of the automaton back to it.
const TokenTrie::Characters& Constraint::charactersBack(uint32_t state) {
    const auto [at, isNew] = m_back.try_emplace(state);
    if (isNew)
        at->second = charactersTo(m_recogniser.automaton(), state,
                                  [state](uint32_t other) { return other == state; });
    return at->second;
}

/// Characters that are a whole text of a rule, each alone.
const TokenTrie::Characters& Constraint::charactersThrough(uint32_t rule) {
    const auto [at, isNew] = m_through.try_emplace(rule);
    const Automaton& automaton = m_recogniser.automaton();
    if (isNew)
        at->second = charactersTo(automaton, automaton.starts[rule], [&](uint32_t state) {
            return automaton.states[state].accepting;
        });
    return at->second;
}

/// The widest run of characters that a state allows.
Constraint::Loop Constraint::bestLoop(State state) {
    const Automaton& automaton = m_recogniser.automaton();
    Loop best;
    const auto offer = [&best](const TokenTrie::Characters& characters, uint32_t most) {
        if (isWide(characters) && characters.ascii.count() > best.characters.ascii.count())
            best = {characters, most};
    };
    constexpr size_t kLookedAt = 64;  // of the places and their returns
    const size_t places = std::min(m_recogniser.placeCount(state), kLookedAt);
    for (size_t i = 0; i < places; ++i) {
        const Recogniser::Place place = m_recogniser.place(state, i);
        offer(charactersBack(place.state), grammar::kUnlimited);
        const size_t returns = std::min(m_recogniser.returnCount(place.frame), kLookedAt);
        for (size_t r = 0; r < returns; ++r) {
            const Recogniser::Return to = m_recogniser.returnOf(place.frame, r);
            if (to.state == Recogniser::kWholeText) continue;
            const Callee& callee = automaton.callees[to.callee];
            if (callee.maximum <= 1 || automaton.starts[callee.rule] != place.state) continue;
            offer(charactersThrough(callee.rule), callee.maximum == grammar::kUnlimited
                                                      ? grammar::kUnlimited
                                                      : callee.maximum - to.turn + 1);
        }
    }
    return best;
}

void Constraint::allow(const TokenTrie::Node& node) {
    set(m_bits, node.token);
    if (!node.shared) return;
    for (Token token = node.token; token != kNoToken; token = m_vocabulary->sameBytes(token))
        set(m_bits, token);
}

/// Allows the tokens below some nodes that fit; m_path holds the state before them.
void Constraint::walk(const std::vector<TokenTrie::Node>& nodes, size_t begin, size_t end) {
    for (size_t i = begin; i < end;) {
        const TokenTrie::Node& node = nodes[i];
        const State state = m_recogniser.next(m_path[node.depth], node.byte);
        if (state == Recogniser::kDead) {
            if (m_recogniser.overloaded() || m_recogniser.work() > m_mostWork) return;
            i = node.after;
            continue;
        }
        m_path[size_t{node.depth} + 1] = state;
        if (node.token != kNoToken) allow(node);
        ++i;
    }
}

/// The first token of an answer, whose first blank is dropped.
void Constraint::findFirst() {
    const std::vector<TokenTrie::Node>& nodes = m_vocabulary->nodes();
    size_t blank = 0;
    while (blank < nodes.size() && nodes[blank].byte != ' ') blank = nodes[blank].after;
    m_path[0] = m_state;
    walk(nodes, 0, blank);
    if (blank == nodes.size()) return;
    walk(nodes, nodes[blank].after, nodes.size());
    m_path[1] = m_state;
    walk(nodes, blank + 1, nodes[blank].after);
}

Constraint::Mask Constraint::compute() {
    m_bits.assign((static_cast<size_t>(m_vocabulary->size()) + 63) / 64, 0);
    m_mostWork = m_recogniser.work() + kMostWork;
    m_path[0] = m_state;
    const Loop loop = m_first ? Loop{} : bestLoop(m_state);
    if (m_first) {
        findFirst();
    } else if (loop.most > 0) {
        const auto run = m_vocabulary->run(loop.characters);
        setRun(*run, loop.most, m_bits);
        walk(run->rest, 0, run->rest.size());
    } else {
        walk(m_vocabulary->nodes(), 0, m_vocabulary->nodes().size());
    }
    if (m_recogniser.mayEnd(m_state))
        for (const Token token : m_vocabulary->ends()) set(m_bits, token);
    size_t count = 0;
    for (const uint64_t word : m_bits) count += static_cast<size_t>(std::popcount(word));
    Mask mask;
    if (count > kFewTokens) {
        mask.bits = m_bits;
        return mask;
    }
    for (size_t i = 0; i < m_bits.size(); ++i)
        for (uint64_t word = m_bits[i]; word != 0; word &= word - 1)
            mask.tokens.push_back(
                static_cast<Token>(i * 64 + static_cast<size_t>(std::countr_zero(word))));
    return mask;
}

Result<const Constraint::Mask*> Constraint::current() {
    if (m_ended) return fail("the answer has ended: no token may follow");
    const auto known = m_masks.find(m_state);
    if (known != m_masks.end() && !m_first) return &known->second;
    Mask made = compute();
    if (m_recogniser.overloaded() || m_recogniser.work() > m_mostWork)
        return fail(
            "the grammar can be read in too many ways at once here: make it less ambiguous");
    if (made.bits.empty() && made.tokens.empty())
        return fail("the model's vocabulary has no token with which the grammar could go on");
    if (m_first) {
        m_firstMask = std::move(made);
        return &m_firstMask;
    }
    m_maskBytes += made.bits.size() * sizeof(uint64_t) + made.tokens.size() * sizeof(Token) + 64;
    if (m_maskBytes > kMostMaskBytes) {
        m_masks.clear();
        m_maskBytes = 0;
    }
    return &(m_masks[m_state] = std::move(made));
}

Result<void> Constraint::mask(std::span<float> logits) {
    ALCOVE_TRY(const Mask* allowed, current());
    if (allowed->bits.empty()) {
        m_kept.clear();
        for (const Token token : allowed->tokens)
            m_kept.push_back(static_cast<size_t>(token) < logits.size()
                                 ? logits[static_cast<size_t>(token)]
                                 : kForbidden);
        std::fill(logits.begin(), logits.end(), kForbidden);
        for (size_t i = 0; i < m_kept.size(); ++i)
            if (static_cast<size_t>(allowed->tokens[i]) < logits.size())
                logits[static_cast<size_t>(allowed->tokens[i])] = m_kept[i];
        return {};
    }
    const Bits& bits = allowed->bits;
    for (size_t word = 0; word * 64 < logits.size(); ++word) {
        const auto part =
            logits.subspan(word * 64, std::min<size_t>(64, logits.size() - word * 64));
        uint64_t forbidden = word < bits.size() ? ~bits[word] : ~uint64_t{0};
        if (part.size() < 64) forbidden &= (uint64_t{1} << part.size()) - 1;
        for (; forbidden != 0; forbidden &= forbidden - 1)
            part[static_cast<size_t>(std::countr_zero(forbidden))] = kForbidden;
    }
    return {};
}

Result<std::optional<Token>> Constraint::forced() {
    ALCOVE_TRY(const Mask* allowed, current());
    if (!allowed->bits.empty() || allowed->tokens.size() != 1) return std::optional<Token>();
    return std::optional<Token>(allowed->tokens.front());
}

Result<bool> Constraint::allows(Token token) {
    ALCOVE_TRY(const Mask* allowed, current());
    if (token < 0 || token >= m_vocabulary->size()) return false;
    if (!allowed->bits.empty()) return isSet(allowed->bits, token);
    return std::binary_search(allowed->tokens.begin(), allowed->tokens.end(), token);
}

Constraint::State Constraint::after(Token token) {
    std::string_view bytes = m_vocabulary->bytes(token);
    if (m_first && bytes.starts_with(' ')) bytes.remove_prefix(1);
    return bytes.empty() ? Recogniser::kDead : m_recogniser.next(m_state, bytes);
}

Result<void> Constraint::accept(Token token) {
    if (m_ended) return fail("the answer has ended: no token may follow");
    if (m_vocabulary->isEnd(token)) {
        if (!m_recogniser.mayEnd(m_state))
            return fail("the answer may not end here: it is no whole text of the grammar yet");
        m_ended = true;
        return {};
    }
    const State state = after(token);
    if (state == Recogniser::kDead)
        return fail("token ", token, " ('", printable(m_vocabulary->bytes(token)),
                    "') is not what the grammar allows here");
    m_state = state;
    m_first = false;
    if (m_recogniser.bytes() > kMostRecogniserBytes) forgetAllBut(m_state);
    return {};
}

bool Constraint::acceptText(std::string_view text) {
    if (m_ended) return text.empty();
    const State state = m_recogniser.next(m_state, text);
    if (state == Recogniser::kDead) return false;
    m_state = state;
    m_first = m_first && text.empty();
    return true;
}

void Constraint::forgetAllBut(State state) {
    m_state = m_recogniser.keepOnly(state);
    m_masks.clear();
    m_maskBytes = 0;
}

}  // namespace alcove::engine
