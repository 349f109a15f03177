#include <immintrin.h>

#include "rag/vector/distances.h"

namespace alcove::rag {
namespace {

int32_t dotCodes(const int8_t* a, const int8_t* b, size_t count) {
    const auto load = [](const int8_t* p) {
        return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    };
    __m256i even = _mm256_setzero_si256(), odd = even;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        even = _mm256_add_epi32(even, _mm256_madd_epi16(load(a + i), load(b + i)));
        odd = _mm256_add_epi32(odd, _mm256_madd_epi16(load(a + i + 16), load(b + i + 16)));
    }
    const __m256i both = _mm256_add_epi32(even, odd);
    __m128i sums = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
    sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
    int32_t sum = _mm_cvtsi128_si32(sums);
    for (; i < count; ++i) sum += static_cast<int32_t>(a[i]) * b[i];
    return sum;
}

float dot(const float* a, const float* b, size_t count) {
    __m256 even = _mm256_setzero_ps(), odd = even;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        even = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), even);
        odd = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), odd);
    }
    const __m256 both = _mm256_add_ps(even, odd);
    __m128 sums = _mm_add_ps(_mm256_castps256_ps128(both), _mm256_extractf128_ps(both, 1));
    sums = _mm_add_ps(sums, _mm_movehl_ps(sums, sums));
    sums = _mm_add_ss(sums, _mm_movehdup_ps(sums));
    float sum = _mm_cvtss_f32(sums);
    for (; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace

extern const Distances kAvx2Distances;
const Distances kAvx2Distances = {"avx2", dotCodes, dot};

}  // namespace alcove::rag
