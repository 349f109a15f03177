#include "engine/cpu/avx512/dot_products.h"

#include "engine/cpu/avx512/few_rows.h"
#include "engine/cpu/avx512/panel.h"

namespace alcove::engine::avx512 {
namespace {

constexpr int64_t kFewRows = 7;     // beyond them a panel pays
constexpr int64_t kRowsAtOnce = 4;  // of activations, without one
static_assert(kIndependentByteRows == kRowsAtOnce && kIndependentByteRows <= kFewRows);

bool takesFineRows(Precision precision, int64_t m) {
    return m <= kFewRows || precision != Precision::Fast;
}

template <typename Block>
void multiplyFewRows(const MatrixView& weights, const FineChunk* rows, int64_t m, int64_t nBegin,
                     int64_t nEnd, float* out, int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    // A strip at a time, so that its weights are still near when the next rows need them.
    for (int64_t n = nBegin; n < nEnd; n += kStrip) {
        const int64_t end = n + kStrip < nEnd ? n + kStrip : nEnd;
        int64_t row = 0;
        const auto take = [&]<int columns>() {
            multiplyFew<Block, columns>(weights, rows + row * chunks, n, end, out + row * outStride,
                                        outStride);
            row += columns;
        };
        while (m - row >= kRowsAtOnce) take.template operator()<kRowsAtOnce>();
        if (m - row == 3) take.template operator()<3>();
        if (m - row == 2) take.template operator()<2>();
        if (m - row == 1) take.template operator()<1>();
    }
}

}  // namespace

size_t preparedByteRows(Precision precision, int64_t m, int64_t k) {
    const size_t chunk = takesFineRows(precision, m) ? sizeof(FineChunk) : sizeof(ByteChunk);
    return static_cast<size_t>(m * chunksOf(k)) * chunk;
}

size_t byteScratch(int64_t m) {
    return m <= kFewRows ? 0 : sizeof(Panel) + static_cast<size_t>(m * kStrip) * sizeof(float);
}

void prepareBytes(Precision precision, const float* in, int64_t inStride, int64_t m, int64_t k,
                  int64_t mBegin, int64_t mEnd, std::byte* prepared) {
    if (takesFineRows(precision, m))
        roundRows<FineChunk>(in, inStride, k, mBegin, mEnd, prepared);
    else
        roundRows<ByteChunk>(in, inStride, k, mBegin, mEnd, prepared);
}

void multiplyBytes(const MatrixView& weights, Precision precision, const std::byte* prepared,
                   int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                   std::byte* scratch) {
    const auto* fine = reinterpret_cast<const FineChunk*>(prepared);
    const auto* bytes = reinterpret_cast<const ByteChunk*>(prepared);
    auto* panel = reinterpret_cast<Panel*>(scratch);
    auto* sums = reinterpret_cast<float(*)[kStrip]>(scratch + sizeof(Panel));
    withBlock(weights.type, [&]<typename Block>(const Block*) {
        if (m <= kFewRows)
            multiplyFewRows<Block>(weights, fine, m, nBegin, nEnd, out, outStride);
        else if (takesFineRows(precision, m))
            multiplyMany<Block>(weights, fine, m, nBegin, nEnd, out, outStride, *panel, sums);
        else
            multiplyMany<Block>(weights, bytes, m, nBegin, nEnd, out, outStride, *panel, sums);
    });
}

}  // namespace alcove::engine::avx512
