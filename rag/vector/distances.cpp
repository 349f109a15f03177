#include "rag/vector/distances.h"

#include "engine/base/cpu_features.h"

namespace alcove::rag {

extern const Distances kAvx2Distances;
extern const Distances kAvx512Distances;

namespace {

int32_t dotCodes(const int8_t* a, const int8_t* b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; ++i) sum += static_cast<int32_t>(a[i]) * b[i];
    return sum;
}

/// Eight sums side by side: a compiler may not do that to floats by itself.
float dot(const float* a, const float* b, size_t count) {
    float sums[8] = {};
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        for (size_t lane = 0; lane < 8; ++lane) sums[lane] += a[i + lane] * b[i + lane];
    float sum =
        ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
    for (; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace

const Distances kPlainDistances = {"reference", dotCodes, dot};

Result<const Distances*> selectDistances(std::string_view forced) {
    const bool best = forced.empty();
    // What a set brings beside these two is of no use for products of this size.
    if (best || forced == "avx512" || forced == "amx") {
#if defined(ALCOVE_WITH_AVX512)
        if (cpuFeatures().avx512) return &kAvx512Distances;
#endif
        if (!best) return fail("the distances \"", forced, "\" do not run here");
    }
    if (best || forced == "avx2") {
#if defined(ALCOVE_WITH_AVX2)
        if (cpuFeatures().avx2) return &kAvx2Distances;
#endif
        if (!best) return fail("the distances \"avx2\" do not run here");
    }
    // Every arm64 compiler turns the plain loops into NEON, which is always there.
    if (best || forced == "reference" || forced == "neon") return &kPlainDistances;
    return fail("there are no distances named \"", forced, "\"");
}

}  // namespace alcove::rag
