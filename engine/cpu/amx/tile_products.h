// Fast products of many activation rows on AMX: bf16 tiles with float sums.
//
// A tile is 16 rows of 64 bytes. TDPBF16PS takes a tile of 16 rows × 32 bf16, a tile of 16 pairs ×
// 16 columns, and adds their product to a tile of 16 × 16 floats. The weights are the first
// operand: their rows unpack into tiles as they lie. The activations are the second, turned over
// once by prepareTiles(): tile (m / 16, k / 32) is 1 KiB, pair p of row i at dword 16 p + i. Sums
// therefore stand as [weight row][activation row] and are turned over on their way out.
//
// Loops: two strips of 32 weight rows × 256 columns are unpacked to bf16 (32 KiB, fits the
// first-level cache) and all activation rows pass over them, 32 at a time, in blocks of 2 × 2 tiles
// of sums: each tile loaded is used twice. Between panels the sums wait in scratch memory. No two
// tile rows are 4 KiB apart (they would share one cache set): tiles are contiguous.
//
// Weights and activations are rounded to bf16 (8 bits); products are exact and sums are floats. A
// sum's order depends on the number of columns alone.
//
// Run emulated only so far (tests/support/emulation), never on real hardware.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine::amx {

inline constexpr int64_t kTileRows = 16;  // and the fewest activation rows worth the tiles

size_t tilePreparedBytes(int64_t m, int64_t k);
void prepareTiles(const float* in, int64_t inStride, int64_t m, int64_t k, int64_t mBegin,
                  int64_t mEnd, std::byte* prepared);
size_t tileScratchBytes(int64_t m);
/// As Kernels::multiply, for every type but F32.
void multiplyTiles(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch);

}  // namespace alcove::engine::amx
