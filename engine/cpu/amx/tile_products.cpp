#include "engine/cpu/amx/tile_products.h"

#include <immintrin.h>

#include "engine/cpu/avx512/chunks.h"
#include "engine/cpu/avx512/transpose.h"
#include "engine/cpu/generic/dequantize.h"

namespace alcove::engine::amx {
namespace {

using avx512::Chunk;
using avx512::kChunk;

constexpr int64_t kTileColumns = 32;  // bf16 in a tile row
constexpr int64_t kStrip = Kernels::kStrip;
constexpr int64_t kStrips = 2;  // unpacked at once

struct alignas(64) Tile {
    std::byte rows[16][64];
};

/// Unpacked weights: [strip][k / 32][weight row / 16].
struct Panel {
    Tile tiles[kStrips][kChunk / kTileColumns][2];
};

/// Sums of 32 weight rows and 32 activation rows: [weight row / 16][activation row / 16].
struct Block {
    Tile sums[2][2];
};

constexpr int64_t tilesOf(int64_t k) { return (k + kTileColumns - 1) / kTileColumns; }
constexpr int64_t pairsOf(int64_t m) { return (m + 31) / 32; }

// Every tile is a full one. A constant, since gcc 12 does not see that LDTILECFG reads memory.
struct alignas(64) TileConfig {
    uint8_t palette = 1;
    uint8_t startRow = 0;
    uint8_t reserved[14] = {};
    uint16_t rowBytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
constexpr TileConfig kTileConfig;

/// The compiler may not move stores past this: it does not know what tile loads read.
inline void finishStores() { __asm__ volatile("" ::: "memory"); }

void storeBfloats(void* to, __m512 first, __m512 second) {
    const __m512bh both = _mm512_cvtne2ps_pbh(second, first);
    __builtin_memcpy(to, &both, 64);
}

__m512 loadFloats(const float* from, int64_t left) {
    if (left >= 16) return _mm512_loadu_ps(from);
    if (left <= 0) return _mm512_setzero_ps();
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << left) - 1u), from);
}

/// Columns of one row of halves; `left` of them exist.
__m512i loadHalves(const std::byte* from, int64_t left) {
    if (left >= 32) return avx512::load512(from);
    if (left <= 0) return _mm512_setzero_si512();
    return _mm512_maskz_loadu_epi16((1u << left) - 1u, from);
}

template <typename Quants, int part = 0>
void storeChunk(const Chunk& chunk, int64_t row, Tile (*tiles)[2]) {
    storeBfloats(tiles[part / 2][row / 16].rows[row % 16], avx512::valuesOf<Quants, part>(chunk),
                 avx512::valuesOf<Quants, part + 1>(chunk));
    if constexpr (part + 2 < 16) storeChunk<Quants, part + 2>(chunk, row, tiles);
}

/// Columns 256 c … 256 c + 255 of one row of weights into row `row` of a strip's tiles.
void unpackHalves(const MatrixView& weights, const std::byte* from, int64_t c, int64_t row,
                  Tile (*tiles)[2]) {
    for (int64_t t = 0; t < kChunk / kTileColumns; ++t) {
        const int64_t at = c * kChunk + t * kTileColumns;
        const __m512i halves = loadHalves(from + 2 * at, weights.columns - at);
        std::byte* to = tiles[t][row / 16].rows[row % 16];
        if (weights.type == TensorType::BF16) {
            _mm512_store_si512(to, halves);
            continue;
        }
        storeBfloats(to, _mm512_cvtph_ps(_mm512_castsi512_si256(halves)),
                     _mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1)));
    }
}

void unpackStrip(const MatrixView& weights, int64_t n, int64_t nEnd, int64_t c, Tile (*tiles)[2]) {
    const int64_t rowBytes = weightRowBytes(weights.type, weights.columns);
    const int64_t count = nEnd - n < kStrip ? nEnd - n : kStrip;
    for (int64_t row = 0; row < count; ++row) {
        const std::byte* from = weights.data + (n + row) * rowBytes;
        const bool blocks = withBlock(weights.type, [&]<typename Quants>(const Quants*) {
            Chunk chunk;
            avx512::ChunkReader<Quants>(from, weights.columns).load(c, chunk);
            storeChunk<Quants>(chunk, row, tiles);
        });
        if (!blocks) unpackHalves(weights, from, c, row, tiles);
    }
    for (int64_t row = count; row < kStrip; ++row)
        for (int64_t t = 0; t < kChunk / kTileColumns; ++t)
            _mm512_store_si512(tiles[t][row / 16].rows[row % 16], _mm512_setzero_si512());
}

/// Adds the product of a strip's `tileCount` columns of tiles and one (or a pair of) rows of
/// activation tiles to the sums. `next`: tiles from one row of activation tiles to the next.
template <bool pair>
void addBlock(const Tile (*weights)[2], const Tile* activations, int64_t next, int64_t tileCount,
              bool first, Block& block) {
    constexpr int64_t stride = 64;
    if (first) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, &block.sums[0][0], stride);
        _tile_loadd(2, &block.sums[1][0], stride);
        if constexpr (pair) {
            _tile_loadd(1, &block.sums[0][1], stride);
            _tile_loadd(3, &block.sums[1][1], stride);
        }
    }
    for (int64_t t = 0; t < tileCount; ++t) {
        _tile_loadd(4, &weights[t][0], stride);
        _tile_loadd(5, &weights[t][1], stride);
        _tile_loadd(6, activations + t, stride);
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(2, 5, 6);
        if constexpr (pair) {
            _tile_loadd(7, activations + next + t, stride);
            _tile_dpbf16ps(1, 4, 7);
            _tile_dpbf16ps(3, 5, 7);
        }
    }
    _tile_stored(0, &block.sums[0][0], stride);
    _tile_stored(2, &block.sums[1][0], stride);
    if constexpr (pair) {
        _tile_stored(1, &block.sums[0][1], stride);
        _tile_stored(3, &block.sums[1][1], stride);
    }
}

/// One tile of sums, turned over, to `rows` rows of `count` outputs.
void writeTile(const Tile& tile, int64_t rows, int64_t count, float* out, int64_t outStride) {
    __m512i sums[16];
    for (int i = 0; i < 16; ++i) sums[i] = _mm512_load_si512(tile.rows[i]);
    avx512::transpose16(sums);
    const auto mask = static_cast<__mmask16>(count >= 16 ? 0xffffu : (1u << count) - 1u);
    for (int64_t row = 0; row < rows; ++row)
        _mm512_mask_storeu_ps(out + row * outStride, mask, _mm512_castsi512_ps(sums[row]));
}

void writeBlock(const Block& block, int64_t rows, int64_t count, float* out, int64_t outStride) {
    for (int64_t i = 0; i < 2; ++i)
        for (int64_t j = 0; j < 2; ++j) {
            const int64_t rowsHere = rows - 16 * j < 16 ? rows - 16 * j : 16;
            if (rowsHere <= 0 || count <= 16 * i) continue;
            writeTile(block.sums[i][j], rowsHere, count - 16 * i, out + 16 * j * outStride + 16 * i,
                      outStride);
        }
}

/// The outputs of up to kStrips strips from row n on, for all activation rows.
void multiplyStrips(const MatrixView& weights, const Tile* activations, int64_t m, int64_t n,
                    int64_t nEnd, float* out, int64_t outStride, Panel& panel, Block* blocks) {
    const int64_t tiles = tilesOf(weights.columns);
    const int64_t strips = nEnd - n > kStrip ? kStrips : 1;
    const int64_t pairs = pairsOf(m);
    constexpr int64_t perChunk = kChunk / kTileColumns;
    for (int64_t t = 0; t < tiles; t += perChunk) {
        const int64_t now = tiles - t < perChunk ? tiles - t : perChunk;
        for (int64_t s = 0; s < strips; ++s)
            unpackStrip(weights, n + s * kStrip, nEnd, t / perChunk, panel.tiles[s]);
        finishStores();
        for (int64_t p = 0; p < pairs; ++p) {
            const Tile* from = activations + 2 * p * tiles + t;
            const bool isPair = m - 32 * p > 16;
            for (int64_t s = 0; s < strips; ++s) {
                Block& block = blocks[p * kStrips + s];
                if (isPair)
                    addBlock<true>(panel.tiles[s], from, tiles, now, t == 0, block);
                else
                    addBlock<false>(panel.tiles[s], from, tiles, now, t == 0, block);
            }
        }
    }
    finishStores();
    for (int64_t p = 0; p < pairs; ++p)
        for (int64_t s = 0; s < strips; ++s) {
            const int64_t column = n + s * kStrip;
            writeBlock(blocks[p * kStrips + s], m - 32 * p, nEnd - column,
                       out + 32 * p * outStride + column, outStride);
        }
}

}  // namespace

size_t tilePreparedBytes(int64_t m, int64_t k) {
    return static_cast<size_t>((m + 15) / 16 * tilesOf(k)) * sizeof(Tile);
}

void prepareTiles(const float* in, int64_t inStride, int64_t m, int64_t k, int64_t mBegin,
                  int64_t mEnd, std::byte* prepared) {
    const int64_t tiles = tilesOf(k);
    auto* out = reinterpret_cast<Tile*>(prepared);
    for (int64_t first = mBegin / 16 * 16; first < mEnd; first += 16) {
        // Other threads may own other rows of this tile: only our lanes are written. Whoever has
        // the last row writes the padding too.
        const int64_t from = mBegin > first ? mBegin - first : 0;
        const int64_t to = mEnd - first < 16 ? mEnd - first : 16;
        const int64_t lanes = mEnd == m ? 16 : to;
        const auto mask = static_cast<__mmask16>((1u << lanes) - (1u << from));
        for (int64_t t = 0; t < tiles; ++t) {
            __m512i rows[16];
            for (int64_t i = 0; i < 16; ++i) {
                rows[i] = _mm512_setzero_si512();
                if (i < from || i >= to) continue;
                const float* row = in + (first + i) * inStride + t * kTileColumns;
                const int64_t left = k - t * kTileColumns;
                storeBfloats(&rows[i], loadFloats(row, left), loadFloats(row + 16, left - 16));
            }
            avx512::transpose16(rows);
            Tile& tile = out[first / 16 * tiles + t];
            for (int i = 0; i < 16; ++i) _mm512_mask_storeu_epi32(tile.rows[i], mask, rows[i]);
        }
    }
}

size_t tileScratchBytes(int64_t m) {
    return sizeof(Panel) + static_cast<size_t>(pairsOf(m) * kStrips) * sizeof(Block);
}

void multiplyTiles(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch) {
    const auto* activations = reinterpret_cast<const Tile*>(prepared);
    auto& panel = *reinterpret_cast<Panel*>(scratch);
    auto* blocks = reinterpret_cast<Block*>(scratch + sizeof(Panel));
    _tile_loadconfig(&kTileConfig);
    for (int64_t n = nBegin; n < nEnd; n += kStrip * kStrips)
        multiplyStrips(weights, activations, m, n, nEnd, out, outStride, panel, blocks);
    _tile_release();
}

}  // namespace alcove::engine::amx
