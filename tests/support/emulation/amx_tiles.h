// The tile registers of AMX, one set for each thread. Using a tile before a configuration is loaded
// stops the program, as the processor would.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "engine/base/half.h"

namespace alcove::emulation {

struct TileState {
    struct Config {
        uint8_t palette;
        uint8_t startRow;
        uint8_t reserved[14];
        uint16_t rowBytes[16];
        uint8_t rows[16];
    } config = {};
    uint8_t tile[8][16][64] = {};

    void require(int t) const {
        if (config.palette != 1 || config.rows[t] > 16 || config.rowBytes[t] > 64) std::abort();
    }
};

inline thread_local TileState tiles;

inline void tileLoad(int t, const void* base, int64_t stride) {
    tiles.require(t);
    std::memset(tiles.tile[t], 0, sizeof tiles.tile[t]);
    for (int row = 0; row < tiles.config.rows[t]; ++row)
        std::memcpy(tiles.tile[t][row], static_cast<const uint8_t*>(base) + row * stride,
                    tiles.config.rowBytes[t]);
}

inline void tileStore(int t, void* base, int64_t stride) {
    tiles.require(t);
    for (int row = 0; row < tiles.config.rows[t]; ++row)
        std::memcpy(static_cast<uint8_t*>(base) + row * stride, tiles.tile[t][row],
                    tiles.config.rowBytes[t]);
}

/// sum[i][j] += Σ_p a[i][2 p]·b[p][2 j] + a[i][2 p + 1]·b[p][2 j + 1], in bf16 pairs.
inline void tileDotBfloat(int sum, int a, int b) {
    for (const int t : {sum, a, b}) tiles.require(t);
    const auto pair = [](const uint8_t* at, int half) {
        uint16_t bits;
        std::memcpy(&bits, at + 2 * half, 2);
        return bfloatToFloat(bits);
    };
    for (int i = 0; i < tiles.config.rows[sum]; ++i)
        for (int j = 0; j < tiles.config.rowBytes[sum] / 4; ++j) {
            float total;
            std::memcpy(&total, &tiles.tile[sum][i][4 * j], 4);
            for (int p = 0; p < tiles.config.rowBytes[a] / 4; ++p)
                for (int half = 0; half < 2; ++half)
                    total +=
                        pair(&tiles.tile[a][i][4 * p], half) * pair(&tiles.tile[b][p][4 * j], half);
            std::memcpy(&tiles.tile[sum][i][4 * j], &total, 4);
        }
}

}  // namespace alcove::emulation

inline void _tile_loadconfig(const void* config) {
    std::memcpy(&alcove::emulation::tiles.config, config, 64);
}
inline void _tile_release() { alcove::emulation::tiles = {}; }
inline void _tile_zero(int t) {
    alcove::emulation::tiles.require(t);
    std::memset(alcove::emulation::tiles.tile[t], 0, sizeof alcove::emulation::tiles.tile[t]);
}
inline void _tile_loadd(int t, const void* base, int64_t stride) {
    alcove::emulation::tileLoad(t, base, stride);
}
inline void _tile_stored(int t, void* base, int64_t stride) {
    alcove::emulation::tileStore(t, base, stride);
}
inline void _tile_dpbf16ps(int sum, int a, int b) { alcove::emulation::tileDotBfloat(sum, a, b); }
