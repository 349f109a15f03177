#include <immintrin.h>

#include "rag/vector/distances.h"

namespace alcove::rag {
namespace {

int32_t dotCodes(const int8_t* a, const int8_t* b, size_t count) {
    const auto load = [](const int8_t* p) {
        return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    };
    __m512i even = _mm512_setzero_si512(), odd = even;
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        even = _mm512_add_epi32(even, _mm512_madd_epi16(load(a + i), load(b + i)));
        odd = _mm512_add_epi32(odd, _mm512_madd_epi16(load(a + i + 32), load(b + i + 32)));
    }
    int32_t sum = _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd));
    for (; i < count; ++i) sum += static_cast<int32_t>(a[i]) * b[i];
    return sum;
}

float dot(const float* a, const float* b, size_t count) {
    __m512 even = _mm512_setzero_ps(), odd = even;
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
        even = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), even);
        odd = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), odd);
    }
    float sum = _mm512_reduce_add_ps(_mm512_add_ps(even, odd));
    for (; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace

extern const Distances kAvx512Distances;
const Distances kAvx512Distances = {"avx512", dotCodes, dot};

}  // namespace alcove::rag
