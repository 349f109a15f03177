// Random text from the recipes in tests/data/tokenizer/strings.json, byte for byte what
// make_goldens.py makes of the same seed.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/tokenizer/tokenizer.h"

namespace alcove::test {

class RandomStrings {
public:
    /// False if the recipes can not be read.
    [[nodiscard]] bool load(const std::string& path);

    /// With a vocabulary, a third of the parts are the given pieces.
    [[nodiscard]] std::string make(uint64_t seed,
                                   const std::vector<std::string>& pieces = {}) const;

private:
    struct Kind {
        uint64_t weight = 0, least = 1, most = 1;
        std::vector<std::pair<uint32_t, uint32_t>> ranges;
        std::vector<std::string> texts;
    };
    class Random;
    [[nodiscard]] std::string part(Random& random) const;

    std::vector<Kind> m_kinds;
    uint64_t m_total = 0;
};

/// CRC-32 of the ids as little-endian 32-bit integers, its lower half.
[[nodiscard]] uint16_t hashOf(const std::vector<engine::Token>& tokens);

}  // namespace alcove::test
