#include "engine/chat/repetition.h"

#include <algorithm>

#include "engine/chat/json_scanner.h"

namespace alcove::engine {
namespace {

constexpr size_t kRoom = 8 * RepetitionWatch::kLongestPeriod;
// Counters stop here, above any threshold.
constexpr uint16_t kMost = 0xFFFE;
static_assert((RepetitionWatch::kRepeats - 1) * RepetitionWatch::kLongestPeriod < kMost);

}  // namespace

RepetitionWatch::RepetitionWatch()
    // A zero stands where nothing has come yet; no text has one that could equal it.
    : m_recent(kRoom + kLongestPeriod), m_begin(kRoom), m_same(kLongestPeriod) {
    m_enough.reserve(kLongestPeriod);
    for (size_t period = 1; period <= kLongestPeriod; ++period) {
        m_enough.push_back(static_cast<uint16_t>(std::max((kRepeats - 1) * period, kShortest)));
    }
}

bool RepetitionWatch::push(std::string_view text) {
    for (const char byte : text) {
        const bool blank = isJsonBlank(byte);
        if (blank && m_blank) continue;
        m_blank = blank;
        m_repeats = take(blank ? uint8_t{' '} : static_cast<uint8_t>(byte)) || m_repeats;
    }
    return m_repeats;
}

bool RepetitionWatch::take(uint8_t byte) {
    const uint8_t* recent = m_recent.data() + m_begin;
    uint16_t any = 0;
    for (size_t i = 0; i < kLongestPeriod; ++i) {
        const auto grown = static_cast<uint16_t>(std::min(m_same[i], kMost) + 1);
        const auto same = static_cast<uint16_t>(recent[i] == byte && byte != 0 ? grown : 0);
        m_same[i] = same;
        any = static_cast<uint16_t>(any | (same >= m_enough[i] ? 1 : 0));
    }
    if (m_begin == 0) {
        std::copy_n(m_recent.begin(), kLongestPeriod, m_recent.begin() + kRoom);
        m_begin = kRoom;
    }
    m_recent[--m_begin] = byte;
    return any != 0;
}

}  // namespace alcove::engine
