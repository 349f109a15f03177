#include "tests/engine/tokenizer/random_strings.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/base/unicode.h"

namespace alcove::test {

/// splitmix64
class RandomStrings::Random {
public:
    explicit Random(uint64_t seed) : m_state(seed) {}
    uint64_t below(uint64_t limit) {
        uint64_t z = m_state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return (z ^ z >> 31) % limit;
    }

private:
    uint64_t m_state;
};

bool RandomStrings::load(const std::string& path) {
    std::ifstream file(path);
    const auto recipes = nlohmann::json::parse(file, nullptr, false);
    if (recipes.is_discarded()) return false;
    for (const auto& row : recipes["kinds"]) {
        Kind kind;
        kind.weight = row["weight"];
        kind.least = row.value("min", 1U);
        kind.most = row.value("max", 1U);
        for (const auto& range : row.value("ranges", nlohmann::json::array())) {
            kind.ranges.emplace_back(range[0], range[1]);
        }
        for (const auto& text : row.value("texts", nlohmann::json::array())) {
            kind.texts.push_back(text);
        }
        for (const std::string hex : row.value("bytes", nlohmann::json::array())) {
            std::string bytes;
            for (size_t i = 0; i < hex.size(); i += 2) {
                bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
            }
            kind.texts.push_back(bytes);
        }
        m_total += kind.weight;
        m_kinds.push_back(std::move(kind));
    }
    return true;
}

std::string RandomStrings::part(Random& random) const {
    uint64_t place = random.below(m_total);
    const Kind* kind = m_kinds.data();
    for (; place >= kind->weight; ++kind) place -= kind->weight;
    if (!kind->texts.empty()) return kind->texts[random.below(kind->texts.size())];
    std::string out;
    const uint64_t count = kind->least + random.below(kind->most - kind->least + 1);
    for (uint64_t i = 0; i < count; ++i) {
        const auto [first, last] = kind->ranges[random.below(kind->ranges.size())];
        const auto code = static_cast<char32_t>(first + random.below(last - first + 1));
        appendUtf8(out, code >= 0xD800 && code < 0xE000 ? kReplacementCharacter : code);
    }
    return out;
}

std::string RandomStrings::make(uint64_t seed, const std::vector<std::string>& pieces) const {
    Random random(seed);
    std::string out;
    const uint64_t parts = 1 + random.below(12);
    for (uint64_t i = 0; i < parts; ++i) {
        if (random.below(4) == 0) out += ' ';
        if (pieces.empty() || random.below(3) != 0) {
            out += part(random);
            continue;
        }
        const uint64_t near = std::min<uint64_t>(300, pieces.size());
        const uint64_t where = random.below(3);
        const uint64_t place = where == 0   ? random.below(pieces.size())
                               : where == 1 ? random.below(near)
                                            : pieces.size() - 1 - random.below(near);
        out += pieces[place];
    }
    return out;
}

uint16_t hashOf(const std::vector<engine::Token>& tokens) {
    uint32_t crc = ~0U;
    for (const engine::Token token : tokens) {
        for (int shift = 0; shift < 32; shift += 8) {
            crc ^= static_cast<uint32_t>(token) >> shift & 0xFF;
            for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
        }
    }
    return static_cast<uint16_t>(~crc);
}

}  // namespace alcove::test
