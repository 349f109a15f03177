#include "engine/cpu/avx512/dot_products.h"

#include <type_traits>

#include "engine/cpu/avx512/few_rows.h"
#include "engine/cpu/avx512/panel.h"

namespace alcove::engine::avx512 {
namespace {

constexpr int64_t kFewRows = 7;     // beyond them a panel pays
constexpr int64_t kRowsAtOnce = 4;  // of activations, without one
static_assert(kIndependentByteRows == kRowsAtOnce && kIndependentByteRows <= kFewRows);

template <typename Block, typename Form>
void multiplyFewRows(const MatrixView& weights, const typename Form::Activations* rows, int64_t m,
                     int64_t nBegin, int64_t nEnd, float* out, int64_t outStride) {
    const int64_t chunks = chunksOf(weights.columns);
    // A strip at a time, so that its weights are still near when the next rows need them.
    for (int64_t n = nBegin; n < nEnd; n += kStrip) {
        const int64_t end = n + kStrip < nEnd ? n + kStrip : nEnd;
        int64_t row = 0;
        const auto take = [&]<int columns>() {
            multiplyFew<Block, Form, columns>(weights, rows + row * chunks, n, end,
                                              out + row * outStride, outStride);
            row += columns;
        };
        while (m - row >= kRowsAtOnce) take.template operator()<kRowsAtOnce>();
        if (m - row == 3) take.template operator()<3>();
        if (m - row == 2) take.template operator()<2>();
        if (m - row == 1) take.template operator()<1>();
    }
}

/// How products of a type with few and with many rows of activations are computed.
template <typename B, Precision precision>
struct Ways {
    using Block = B;
    using Few = FewForm<Block, precision>;
    using FewRow = typename Few::Activations;
    using ManyRow = std::conditional_t<precision == Precision::Fine, FineChunk, ByteChunk>;
};

template <typename Use>
void withWays(TensorType type, Precision precision, const Use& use) {
    withBlock(type, [&]<typename Block>(const Block*) {
        precision == Precision::Fine ? use(Ways<Block, Precision::Fine>{})
                                     : use(Ways<Block, Precision::Fast>{});
    });
}

}  // namespace

size_t preparedByteRows(TensorType type, Precision precision, int64_t m, int64_t k) {
    size_t chunk = 0;
    withWays(type, precision, [&]<typename W>(W) {
        chunk = m <= kFewRows ? sizeof(typename W::FewRow) : sizeof(typename W::ManyRow);
    });
    return static_cast<size_t>(m * chunksOf(k)) * chunk;
}

size_t byteScratch(int64_t m) {
    return m <= kFewRows ? 0 : sizeof(Panel) + static_cast<size_t>(m * kStrip) * sizeof(float);
}

void prepareBytes(TensorType type, Precision precision, const float* in, int64_t inStride,
                  int64_t m, int64_t k, int64_t mBegin, int64_t mEnd, std::byte* prepared) {
    withWays(type, precision, [&]<typename W>(W) {
        if (m <= kFewRows)
            roundRows<typename W::FewRow>(in, inStride, k, mBegin, mEnd, prepared);
        else
            roundRows<typename W::ManyRow>(in, inStride, k, mBegin, mEnd, prepared);
    });
}

void multiplyBytes(const MatrixView& weights, Precision precision, const std::byte* prepared,
                   int64_t m, int64_t nBegin, int64_t nEnd, float* out, int64_t outStride,
                   std::byte* scratch) {
    auto* panel = reinterpret_cast<Panel*>(scratch);
    auto* sums = reinterpret_cast<float(*)[kStrip]>(scratch + sizeof(Panel));
    withWays(weights.type, precision, [&]<typename W>(W) {
        using Block = typename W::Block;
        if (m <= kFewRows) {
            const auto* rows = reinterpret_cast<const typename W::FewRow*>(prepared);
            multiplyFewRows<Block, typename W::Few>(weights, rows, m, nBegin, nEnd, out, outStride);
        } else {
            const auto* rows = reinterpret_cast<const typename W::ManyRow*>(prepared);
            multiplyMany<Block>(weights, rows, m, nBegin, nEnd, out, outStride, *panel, sums);
        }
    });
}

}  // namespace alcove::engine::avx512
