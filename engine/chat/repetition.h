// Notices a text that repeats itself: the same run of characters again and again, as a model writes
// that is caught in its thought. Blanks count as one.
//
// For each period up to the longest, it is counted how many of the last characters equal the one a
// period before; that takes one pass over the counters for each character, which the compiler
// turns into vector instructions: half a microsecond with SSE2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace alcove::engine {

class RepetitionWatch {
public:
    RepetitionWatch();

    /// True from when the text has been repeating itself: at least four times the same, and 400
    /// characters that were all there before.
    bool push(std::string_view text);
    [[nodiscard]] bool repeats() const { return m_repeats; }

    static constexpr size_t kLongestPeriod = 4096;
    static constexpr size_t kRepeats = 4;
    static constexpr size_t kShortest = 400;  // so many bytes must have come again

private:
    bool take(uint8_t byte);

    // The newest byte first; room to write before it, so that it need seldom be moved.
    std::vector<uint8_t> m_recent;
    size_t m_begin;
    std::vector<uint16_t> m_same;    // by period - 1: how many bytes have come again
    std::vector<uint16_t> m_enough;  // by period - 1: how many are too many
    bool m_repeats = false, m_blank = false;
};

}  // namespace alcove::engine
