// The register tile of every dense product here: a few rows of A times a panel of B.
//
// A lies row after row; B is a panel [k][columns] whose columns fill whole registers, so that one
// step of k costs kTileVectors loads of B, one broadcast of A for each row, and a fused
// multiply-add for each accumulator. Each output is one chain of fused multiply-adds over k,
// whatever tile it stands in.
#pragma once

#include "engine/cpu/generic/simd.h"

namespace alcove::engine {
namespace {

struct Panel {
    const float* data = nullptr;
    int64_t stride = 0;  // floats from one k to the next
    int64_t depth = 0;   // k
};

/// out[rows][vectors · lanes] (+)= a[rows][k] · panel[k][vectors · lanes]
template <typename S, int kRows, int kVectors>
inline void tile(const float* a, int64_t aStride, const Panel& panel, float* out, int64_t outStride,
                 bool accumulate) {
    typename S::F sums[kRows][kVectors];
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kVectors; ++v)
            sums[r][v] = accumulate ? S::load(out + r * outStride + v * S::kLanes) : S::set(0.0f);
    const float* b = panel.data;
    for (int64_t k = 0; k < panel.depth; ++k, b += panel.stride) {
        typename S::F column[kVectors];
        for (int v = 0; v < kVectors; ++v) column[v] = S::load(b + v * S::kLanes);
        for (int r = 0; r < kRows; ++r) {
            const auto factor = S::set(a[r * aStride + k]);
            for (int v = 0; v < kVectors; ++v) sums[r][v] = S::fma(factor, column[v], sums[r][v]);
        }
    }
    for (int r = 0; r < kRows; ++r)
        for (int v = 0; v < kVectors; ++v)
            S::store(out + r * outStride + v * S::kLanes, sums[r][v]);
}

/// The rows that are left when whole tiles are done: fewer than kRows + 1.
template <typename S, int kRows, int kVectors>
inline void tileOf(int64_t rows, const float* a, int64_t aStride, const Panel& panel, float* out,
                   int64_t outStride, bool accumulate) {
    if (rows == kRows)
        tile<S, kRows, kVectors>(a, aStride, panel, out, outStride, accumulate);
    else if constexpr (kRows > 1)
        tileOf<S, kRows - 1, kVectors>(rows, a, aStride, panel, out, outStride, accumulate);
}

/// out[rows][columns] (+)= a[rows][depth] · panel; columns is a multiple of the lanes.
template <typename S>
inline void multiplyPanel(const float* a, int64_t aStride, int64_t rows, const Panel& panel,
                          int64_t columns, float* out, int64_t outStride, bool accumulate) {
    constexpr int kRows = static_cast<int>(S::kTileRows);
    constexpr int kVectors = static_cast<int>(S::kTileVectors);
    for (int64_t row = 0; row < rows; row += kRows) {
        const int64_t count = least<int64_t>(kRows, rows - row);
        const float* aRows = a + row * aStride;
        float* outRows = out + row * outStride;
        int64_t c = 0;
        for (; c + kVectors * S::kLanes <= columns; c += kVectors * S::kLanes) {
            const Panel part{panel.data + c, panel.stride, panel.depth};
            tileOf<S, kRows, kVectors>(count, aRows, aStride, part, outRows + c, outStride,
                                       accumulate);
        }
        for (; c < columns; c += S::kLanes) {
            const Panel part{panel.data + c, panel.stride, panel.depth};
            tileOf<S, kRows, 1>(count, aRows, aStride, part, outRows + c, outStride, accumulate);
        }
    }
}

/// rows[count][depth] (stride between rows) to panel[depth][width], columns beyond count zero.
/// The rows are readable up to the next multiple of the lanes; width is one.
template <typename S>
inline void transposeRows(const float* rows, int64_t stride, int64_t count, int64_t depth,
                          float* panel, int64_t width) {
    typename S::F square[S::kLanes];
    for (int64_t c = 0; c < width; c += S::kLanes)
        for (int64_t k = 0; k < depth; k += S::kLanes) {
            for (int64_t i = 0; i < S::kLanes; ++i)
                square[i] = c + i < count ? S::load(rows + (c + i) * stride + k) : S::set(0.0f);
            S::transpose(square);
            const int64_t filled = least<int64_t>(S::kLanes, depth - k);
            for (int64_t i = 0; i < filled; ++i) S::store(panel + (k + i) * width + c, square[i]);
        }
}

}  // namespace
}  // namespace alcove::engine
