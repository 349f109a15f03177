// SentencePiece's compiled normalisation rules: which characters a prefix of the text becomes.
//
// The blob is a length, a double array of that many bytes and zero-terminated replacements. The
// double array is a trie over UTF-8 in which a node's children lie at `base ^ byte`: a unit holds
// the base in bits 10-30 (shifted by eight if bit 9 is set), whether a key ends here in bit 8 and
// the byte that leads to it in bits 0-7; at `base` itself lies the unit with the key's value, the
// replacement's offset, in bits 0-30. It comes from the file: every index is checked.
//
// Source: sentencepiece's normalizer.cc, darts-clone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace alcove::engine {

class Charsmap {
public:
    Charsmap() = default;  // replaces nothing
    /// The message of a failure begins with what is wrong; the caller names file and key.
    static Result<Charsmap> parse(std::string_view blob);

    struct Match {
        size_t length = 0;  // of the prefix; 0: none is replaced
        std::string_view replacement;
    };
    /// The longest prefix of the text that has a rule.
    [[nodiscard]] Match longest(std::string_view text) const;

private:
    [[nodiscard]] uint32_t unit(uint32_t index) const {
        // Beyond the end: no byte leads there.
        return index < m_units.size() ? m_units[index] : kNoUnit;
    }
    static constexpr uint32_t kNoUnit = 1U << 31;

    std::vector<uint32_t> m_units;
    std::string m_replacements;  // ends with a zero
};

}  // namespace alcove::engine
