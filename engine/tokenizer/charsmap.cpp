#include "engine/tokenizer/charsmap.h"

#include <cstring>

namespace alcove::engine {
namespace {

uint32_t littleEndian(std::string_view bytes) {
    uint32_t value = 0;
    for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return value;
}

uint32_t baseOf(uint32_t unit) { return (unit >> 10) << ((unit & 1U << 9) >> 6); }

}  // namespace

Result<Charsmap> Charsmap::parse(std::string_view blob) {
    if (blob.size() < 4) return fail("has ", blob.size(), " bytes, too few for its header");
    const uint32_t arrayBytes = littleEndian(blob);
    blob.remove_prefix(4);
    if (arrayBytes >= blob.size()) {
        return fail("says its trie has ", arrayBytes, " bytes, of ", blob.size());
    }
    Charsmap map;
    map.m_units.resize(arrayBytes / 4);
    for (size_t i = 0; i < map.m_units.size(); ++i) {
        map.m_units[i] = littleEndian(blob.substr(i * 4, 4));
    }
    map.m_replacements = blob.substr(arrayBytes);
    if (map.m_replacements.back() != '\0') return fail("ends inside a replacement");
    return map;
}

Charsmap::Match Charsmap::longest(std::string_view text) const {
    Match match;
    if (m_units.empty()) return match;
    uint32_t node = baseOf(unit(0));
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<uint8_t>(text[i]);
        if (byte == 0) break;
        node ^= byte;
        const uint32_t here = unit(node);
        if ((here & (1U << 31 | 0xFF)) != byte) break;
        node ^= baseOf(here);
        if ((here >> 8 & 1) == 0) continue;
        const uint32_t offset = unit(node) & ~(1U << 31);
        if (node >= m_units.size() || offset >= m_replacements.size()) continue;
        match = {i + 1, m_replacements.c_str() + offset};
    }
    return match;
}

}  // namespace alcove::engine
