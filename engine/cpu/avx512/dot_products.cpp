#include "engine/cpu/avx512/dot_products.h"

#include <immintrin.h>

#include "engine/cpu/avx512/chunks.h"
#include "engine/cpu/avx512/transpose.h"

namespace alcove::engine::avx512 {
namespace {

constexpr int64_t kStrip = Kernels::kStrip;

struct alignas(64) ActivationChunk {
    int8_t q[256];
    float scale[16];  // of 32 values, each twice
    float sum[16];    // scale · Σ q of 16 values
};

constexpr int64_t kPanelChunks = 4;
constexpr int64_t kPanelRowsFrom = 8;  // activation rows from which a panel pays

struct alignas(64) Panel {
    static constexpr int64_t kGroups = kPanelChunks * 16;
    uint8_t q[kPanelChunks * kChunk / 4][32][4];  // [k / 4][weight row][k % 4]
    float scale[kGroups][32];                     // [k / 16][weight row]
    float shift[kGroups][32];
};

constexpr int64_t chunksOf(int64_t k) { return (k + kChunk - 1) / kChunk; }

/// 16 floats from `from`, zeros where fewer than 16 are left.
__m512 load16(const float* from, int64_t left) {
    if (left >= 16) return _mm512_loadu_ps(from);
    if (left <= 0) return _mm512_setzero_ps();
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << left) - 1u), from);
}

/// 32 values of one row; `group` counts groups of 32 within the chunk.
void roundGroup(__m512 a, __m512 b, int group, ActivationChunk& out) {
    const __m512 largest = _mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b));
    const float top = _mm512_reduce_max_ps(largest);
    // Below kTiny the quotient 127 / top would overflow; such a group counts as zeros.
    constexpr float kTiny = 1e-30f;
    const float scale = top < kTiny ? 0.0f : top / 127.0f;
    const float inverse = top < kTiny ? 0.0f : 127.0f / top;
    const __m512i wholeA = _mm512_cvtps_epi32(_mm512_mul_ps(a, _mm512_set1_ps(inverse)));
    const __m512i wholeB = _mm512_cvtps_epi32(_mm512_mul_ps(b, _mm512_set1_ps(inverse)));
    auto* q = reinterpret_cast<__m128i*>(out.q + 32 * group);
    _mm_storeu_si128(q, _mm512_cvtsepi32_epi8(wholeA));
    _mm_storeu_si128(q + 1, _mm512_cvtsepi32_epi8(wholeB));
    out.scale[2 * group] = scale;
    out.scale[2 * group + 1] = scale;
    out.sum[2 * group] = scale * static_cast<float>(_mm512_reduce_add_epi32(wholeA));
    out.sum[2 * group + 1] = scale * static_cast<float>(_mm512_reduce_add_epi32(wholeB));
}

/// Lanes 4 i … 4 i + 3 become element 4 · group + i.
template <int group>
__m512 spread(__m512 of16) {
    constexpr int b = 4 * group;
    const __m512i lanes = _mm512_setr_epi32(b, b, b, b, b + 1, b + 1, b + 1, b + 1, b + 2, b + 2,
                                            b + 2, b + 2, b + 3, b + 3, b + 3, b + 3);
    return _mm512_permutexvar_ps(lanes, of16);
}

template <int group>
__m512 addGroup(const Chunk& weights, const ActivationChunk& activations, __m512 scale,
                __m512 sum) {
    const __m512i dot = _mm512_dpbusd_epi32(_mm512_setzero_si512(), weights.q[group],
                                            load512(activations.q + 64 * group));
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), spread<group>(scale), sum);
}

/// The sums of one output: two, so that consecutive additions do not wait for each other.
struct Sums {
    __m512 even = _mm512_setzero_ps();
    __m512 odd = _mm512_setzero_ps();

    [[gnu::always_inline]] void add(const Chunk& weights, __m512 shift,
                                    const ActivationChunk& activations) {
        const __m512 scale = _mm512_mul_ps(weights.scale, _mm512_load_ps(activations.scale));
        even = addGroup<0>(weights, activations, scale, even);
        odd = addGroup<1>(weights, activations, scale, odd);
        even = addGroup<2>(weights, activations, scale, even);
        odd = addGroup<3>(weights, activations, scale, odd);
        odd = _mm512_fmadd_ps(shift, _mm512_load_ps(activations.sum), odd);
    }
    [[nodiscard]] float total() const { return _mm512_reduce_add_ps(_mm512_add_ps(even, odd)); }
};

/// `rowCount` rows of weights times `columnCount` rows of activations.
template <typename Block, int rowCount, int columnCount>
void dotRows(const MatrixView& weights, int64_t n, const ActivationChunk* activations, float* out,
             int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    const int64_t rowBytes =
        weights.columns / (kChunk / Loader<Block>::kBlocks) * static_cast<int64_t>(sizeof(Block));
    Sums sums[rowCount][columnCount];
    for (int64_t c = 0; c < chunks; ++c) {
#pragma GCC unroll 4  // or the sums would live in memory
        for (int row = 0; row < rowCount; ++row) {
            const ChunkReader<Block> reader(weights.data + (n + row) * rowBytes, weights.columns);
            Chunk chunk;
            reader.load(c, chunk);
            const __m512 shift = shiftOf<Block>(chunk);
#pragma GCC unroll 4
            for (int column = 0; column < columnCount; ++column)
                sums[row][column].add(chunk, shift, activations[column * chunks + c]);
        }
    }
    for (int row = 0; row < rowCount; ++row)
        for (int column = 0; column < columnCount; ++column)
            out[column * outStride + n + row] = sums[row][column].total();
}

template <typename Block>
void multiplyFew(const MatrixView& weights, const ActivationChunk* activations, int64_t m,
                 int64_t nBegin, int64_t nEnd, float* out, int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    constexpr int64_t rowsAtOnce = 4;
    for (int64_t n = nBegin; n < nEnd; n += rowsAtOnce) {
        const int64_t end = n + rowsAtOnce < nEnd ? n + rowsAtOnce : nEnd;
        int64_t column = 0;
        for (; column + 4 <= m; column += 4)
            for (int64_t row = n; row < end; ++row)
                dotRows<Block, 1, 4>(weights, row, activations + column * chunks,
                                     out + column * outStride, outStride);
        for (; column < m; ++column) {
            const ActivationChunk* one = activations + column * chunks;
            float* to = out + column * outStride;
            if (end - n == rowsAtOnce) {
                dotRows<Block, rowsAtOnce, 1>(weights, n, one, to, outStride);
                continue;
            }
            for (int64_t row = n; row < end; ++row)
                dotRows<Block, 1, 1>(weights, row, one, to, outStride);
        }
    }
}

/// Chunk `c` of 16 rows into one half of the panel; rows past the matrix become zeros.
template <typename Block>
void packHalf(const MatrixView& weights, int64_t n, int64_t nEnd, int64_t c, int64_t at, int half,
              Panel& panel) {
    const int64_t rowBytes =
        weights.columns / (kChunk / Loader<Block>::kBlocks) * static_cast<int64_t>(sizeof(Block));
    __m512i q[4][16];
    __m512i scale[16];
    __m512i shift[16];
    for (int row = 0; row < 16; ++row) {
        Chunk chunk;
        for (__m512i& part : chunk.q) part = _mm512_setzero_si512();
        chunk.scale = _mm512_setzero_ps();
        chunk.offset = _mm512_setzero_ps();
        if (n + row < nEnd)
            ChunkReader<Block>(weights.data + (n + row) * rowBytes, weights.columns).load(c, chunk);
        for (int g = 0; g < 4; ++g) q[g][row] = chunk.q[g];
        scale[row] = _mm512_castps_si512(chunk.scale);
        shift[row] = _mm512_castps_si512(shiftOf<Block>(chunk));
    }
    for (int g = 0; g < 4; ++g) {
        transpose16(q[g]);
        for (int i = 0; i < 16; ++i)
            _mm512_store_si512(panel.q[at * (kChunk / 4) + 16 * g + i][16 * half], q[g][i]);
    }
    transpose16(scale);
    transpose16(shift);
    for (int i = 0; i < 16; ++i) {
        _mm512_store_si512(&panel.scale[at * 16 + i][16 * half], scale[i]);
        _mm512_store_si512(&panel.shift[at * 16 + i][16 * half], shift[i]);
    }
}

/// The panel's share of the outputs of `rows` activation rows, added to `sums` [rows][32] (which
/// hold nothing yet when `first`).
template <int rows, bool fine>
void passPanel(const Panel& panel, int64_t chunks, const ActivationChunk* activations,
               int64_t rowStride, bool first, float (*sums)[kStrip]) {
    constexpr int step = fine ? 1 : 2;  // groups of 16 with one scale
    __m512 total[rows][2];
    for (int r = 0; r < rows; ++r) {
        total[r][0] = first ? _mm512_setzero_ps() : _mm512_load_ps(sums[r]);
        total[r][1] = first ? _mm512_setzero_ps() : _mm512_load_ps(sums[r] + 16);
    }
    for (int64_t g = 0; g < chunks * 16; g += step) {
        const ActivationChunk* at = activations + g / 16;
        const int64_t within = g % 16;
        __m512i dots[rows][2];
        for (int r = 0; r < rows; ++r) dots[r][0] = dots[r][1] = _mm512_setzero_si512();
        for (int64_t i = 0; i < 4 * step; ++i) {
            const __m512i w0 = _mm512_load_si512(panel.q[4 * g + i][0]);
            const __m512i w1 = _mm512_load_si512(panel.q[4 * g + i][16]);
            for (int r = 0; r < rows; ++r) {
                const __m512i a =
                    _mm512_set1_epi32(loadAs<int32_t>(at[r * rowStride].q + 16 * within + 4 * i));
                dots[r][0] = _mm512_dpbusd_epi32(dots[r][0], w0, a);
                dots[r][1] = _mm512_dpbusd_epi32(dots[r][1], w1, a);
            }
        }
        const __m512 scale0 = _mm512_load_ps(panel.scale[g]);
        const __m512 scale1 = _mm512_load_ps(panel.scale[g] + 16);
        const __m512 shift0 = _mm512_load_ps(panel.shift[g]);
        const __m512 shift1 = _mm512_load_ps(panel.shift[g] + 16);
        for (int r = 0; r < rows; ++r) {
            const ActivationChunk& a = at[r * rowStride];
            const float ofStep = step == 1 ? a.sum[within] : a.sum[within] + a.sum[within + 1];
            const __m512 sum = _mm512_set1_ps(ofStep);
            const __m512 scale = _mm512_set1_ps(a.scale[within]);
            total[r][0] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[r][0]),
                                          _mm512_mul_ps(scale, scale0), total[r][0]);
            total[r][1] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[r][1]),
                                          _mm512_mul_ps(scale, scale1), total[r][1]);
            total[r][0] = _mm512_fmadd_ps(shift0, sum, total[r][0]);
            total[r][1] = _mm512_fmadd_ps(shift1, sum, total[r][1]);
        }
    }
    for (int r = 0; r < rows; ++r) {
        _mm512_store_ps(sums[r], total[r][0]);
        _mm512_store_ps(sums[r] + 16, total[r][1]);
    }
}

/// All activation rows over one panel.
template <bool fine>
void passAll(const Panel& panel, int64_t chunks, const ActivationChunk* activations,
             int64_t rowStride, int64_t m, bool first, float (*sums)[kStrip]) {
    constexpr int most = 6;  // 24 sums and partial dots of the 32 registers
    int64_t row = 0;
    const auto pass = [&]<int rows>() {
        passPanel<rows, fine>(panel, chunks, activations + row * rowStride, rowStride, first,
                              sums + row);
        row += rows;
    };
    while (m - row >= most) pass.template operator()<most>();
    if (m - row >= 4) pass.template operator()<4>();
    if (m - row >= 2) pass.template operator()<2>();
    if (m - row >= 1) pass.template operator()<1>();
}

template <typename Block>
void multiplyMany(const MatrixView& weights, const ActivationChunk* activations, int64_t m,
                  int64_t nBegin, int64_t nEnd, float* out, int64_t outStride, Panel& panel,
                  float (*sums)[kStrip]) {
    const int64_t chunks = chunksOf(weights.columns);
    for (int64_t n = nBegin; n < nEnd; n += kStrip) {
        for (int64_t c = 0; c < chunks; c += kPanelChunks) {
            const int64_t now = chunks - c < kPanelChunks ? chunks - c : kPanelChunks;
            for (int64_t i = 0; i < now; ++i)
                for (int half = 0; half < 2; ++half)
                    packHalf<Block>(weights, n + 16 * half, nEnd, c + i, i, half, panel);
            passAll<Loader<Block>::kFine>(panel, now, activations + c, chunks, m, c == 0, sums);
        }
        const int64_t count = nEnd - n < kStrip ? nEnd - n : kStrip;
        for (int64_t row = 0; row < m; ++row)
            __builtin_memcpy(out + row * outStride + n, sums[row],
                             static_cast<size_t>(count) * sizeof(float));
    }
}

template <typename Block>
void multiplyBlocks(const MatrixView& weights, const ActivationChunk* activations, int64_t m,
                    int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                    std::byte* scratch) {
    if (m < kPanelRowsFrom)
        multiplyFew<Block>(weights, activations, m, nBegin, nEnd, out, outStride);
    else
        multiplyMany<Block>(weights, activations, m, nBegin, nEnd, out, outStride,
                            *reinterpret_cast<Panel*>(scratch),
                            reinterpret_cast<float(*)[kStrip]>(scratch + sizeof(Panel)));
}

}  // namespace

size_t preparedByteRows(int64_t m, int64_t k) {
    return static_cast<size_t>(m * chunksOf(k)) * sizeof(ActivationChunk);
}

size_t byteScratch(int64_t m) {
    return m < kPanelRowsFrom ? 0 : sizeof(Panel) + static_cast<size_t>(m * kStrip) * sizeof(float);
}

void prepareBytes(const float* in, int64_t inStride, int64_t k, int64_t mBegin, int64_t mEnd,
                  std::byte* prepared) {
    const int64_t chunks = chunksOf(k);
    auto* out = reinterpret_cast<ActivationChunk*>(prepared);
    for (int64_t row = mBegin; row < mEnd; ++row) {
        const float* from = in + row * inStride;
        for (int64_t c = 0; c < chunks; ++c) {
            ActivationChunk& chunk = out[row * chunks + c];
            for (int group = 0; group < 8; ++group) {
                const int64_t at = c * kChunk + group * 32;
                roundGroup(load16(from + at, k - at), load16(from + at + 16, k - at - 16), group,
                           chunk);
            }
        }
    }
}

void multiplyBytes(const MatrixView& weights, const std::byte* prepared, int64_t m, int64_t nBegin,
                   int64_t nEnd, float* out, int64_t outStride, std::byte* scratch) {
    const auto* activations = reinterpret_cast<const ActivationChunk*>(prepared);
    withBlock(weights.type, [&]<typename Block>(const Block*) {
        multiplyBlocks<Block>(weights, activations, m, nBegin, nEnd, out, outStride, scratch);
    });
}

}  // namespace alcove::engine::avx512
