// A flat table from piece to id: the bytes of all pieces in one buffer, open addressing with linear
// probing over (hash, id) pairs. Nothing is allocated per piece, and a look-up touches one cache
// line of slots and one piece.
//
// A file could be made so that its pieces collide; add() refuses to probe further than kMaxProbe,
// so that loading and look-ups stay bounded.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace alcove::engine {

[[nodiscard]] inline uint64_t hashBytes(std::string_view bytes) {
    constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;
    uint64_t hash = bytes.size() * kMultiplier;
    const char* at = bytes.data();
    size_t left = bytes.size();
    const auto take = [&](size_t count) {
        uint64_t word = 0;
        std::memcpy(&word, at, count);
        hash = (hash ^ word) * kMultiplier;
        hash ^= hash >> 29;
    };
    for (; left >= 8; left -= 8, at += 8) take(8);
    if (left >= 4) {
        take(4);
        at += 4;
        left -= 4;
    }
    for (; left > 0; --left, ++at) {
        hash = (hash ^ static_cast<uint8_t>(*at)) * kMultiplier;
        hash ^= hash >> 29;
    }
    return hash ^ hash >> 32;
}

class PieceTable {
public:
    enum class Added : uint8_t { Yes, Duplicate, Collides };
    static constexpr size_t kMaxProbe = 1024;

    void reserve(size_t pieces, size_t bytes) {
        m_bytes.reserve(bytes);
        m_ends.reserve(pieces);
        rehash(std::bit_ceil(pieces * 2 + 16));
    }

    /// Gives the piece the next id.
    Added add(std::string_view piece) {
        if ((m_ends.size() + 1) * 2 > m_slots.size()) rehash(std::bit_ceil(m_ends.size() * 4 + 16));
        const auto hash = static_cast<uint32_t>(hashBytes(piece));
        size_t slot = hash & m_mask;
        for (size_t probe = 0; m_slots[slot].id >= 0; ++probe) {
            if (m_slots[slot].hash == hash && (*this)[m_slots[slot].id] == piece) {
                return Added::Duplicate;
            }
            if (probe == kMaxProbe) return Added::Collides;
            slot = (slot + 1) & m_mask;
        }
        m_slots[slot] = {hash, size()};
        m_bytes.append(piece);
        m_ends.push_back(m_bytes.size());
        return Added::Yes;
    }

    [[nodiscard]] int32_t find(std::string_view piece) const {
        if (m_slots.empty()) return -1;
        const auto hash = static_cast<uint32_t>(hashBytes(piece));
        for (size_t slot = hash & m_mask; m_slots[slot].id >= 0; slot = (slot + 1) & m_mask) {
            if (m_slots[slot].hash == hash && (*this)[m_slots[slot].id] == piece) {
                return m_slots[slot].id;
            }
        }
        return -1;
    }

    [[nodiscard]] int32_t size() const { return static_cast<int32_t>(m_ends.size()); }
    [[nodiscard]] std::string_view operator[](int32_t id) const {
        const size_t begin = id == 0 ? 0 : m_ends[static_cast<size_t>(id) - 1];
        return std::string_view(m_bytes).substr(begin, m_ends[static_cast<size_t>(id)] - begin);
    }

private:
    struct Slot {
        uint32_t hash = 0;
        int32_t id = -1;
    };

    void rehash(size_t slots) {
        if (slots <= m_slots.size()) return;
        m_slots.assign(slots, Slot{});
        m_mask = slots - 1;
        for (int32_t id = 0; id < size(); ++id) {
            const auto hash = static_cast<uint32_t>(hashBytes((*this)[id]));
            size_t slot = hash & m_mask;
            while (m_slots[slot].id >= 0) slot = (slot + 1) & m_mask;
            m_slots[slot] = {hash, id};
        }
    }

    std::string m_bytes;
    std::vector<size_t> m_ends;  // of each piece in m_bytes
    std::vector<Slot> m_slots;   // a power of two, at most half full
    size_t m_mask = 0;
};

}  // namespace alcove::engine
