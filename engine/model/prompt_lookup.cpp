#include "engine/model/prompt_lookup.h"

namespace alcove::engine {
namespace {

constexpr int kMostPlaces = 64;  // compared for one token
constexpr int64_t kNone = -1;

/// Distinct for distinct tokens below 2^21, which every vocabulary is; a clash would only cost a
/// comparison.
uint64_t keyOf(std::span<const Token> three) {
    uint64_t key = 0;
    for (const Token token : three) key = (key << 21) ^ static_cast<uint64_t>(token);
    return key;
}

}  // namespace

void PromptLookup::append(Token token) {
    m_tokens.push_back(token);
    const auto count = static_cast<int64_t>(m_tokens.size());
    int64_t earlier = kNone;
    if (count >= kShortest) {
        const uint64_t key = keyOf(std::span(m_tokens).last(kShortest));
        const auto [entry, fresh] = m_latest.try_emplace(key, count - 1);
        if (!fresh) {
            earlier = entry->second;
            entry->second = count - 1;
        }
    }
    m_earlier.push_back(earlier);
    findRun();
}

void PromptLookup::findRun() {
    m_matched = 0;
    int64_t place = m_earlier.back();
    for (int i = 0; i < kMostPlaces && place != kNone && m_matched < kLongest; ++i) {
        const int64_t length = runLength(place);
        if (length >= kShortest && length > m_matched) {
            m_matched = length;
            m_end = place;
        }
        place = m_earlier[static_cast<size_t>(place)];
    }
}

int64_t PromptLookup::runLength(int64_t earlier) const {
    const Token* last = &m_tokens.back();
    const Token* before = &m_tokens[static_cast<size_t>(earlier)];
    int64_t length = 0;
    while (length < kLongest && length <= earlier && last[-length] == before[-length]) ++length;
    return length;
}

std::vector<Token> PromptLookup::continuation(int64_t count) const {
    std::vector<Token> out;
    if (m_matched == 0) return out;
    for (int64_t i = 0; i < count; ++i) {
        const auto from = static_cast<size_t>(m_end + 1 + i);
        out.push_back(from < m_tokens.size() ? m_tokens[from] : out[from - m_tokens.size()]);
    }
    return out;
}

}  // namespace alcove::engine
