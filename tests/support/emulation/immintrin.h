// A stand-in for the compiler's <immintrin.h>: the AVX-512 and AMX intrinsics that our kernels use,
// in plain C++, so that their sources run, unchanged, on processors that lack the instructions.
//
// Only the emulated kernel tests have this folder on their include path, before the system's. An
// intrinsic that is missing here is a compile error there. Each function does what the instruction
// manual says the instruction does, lane by lane; nothing is optimised. Names are the compiler's,
// which is why they look as no others in this repository.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine/base/half.h"

template <typename T, int n>
struct EmulatedVector {
    T v[n];
};

struct alignas(16) __m128 : EmulatedVector<float, 4> {};
struct alignas(16) __m128i : EmulatedVector<uint8_t, 16> {};
struct alignas(32) __m256 : EmulatedVector<float, 8> {};
struct alignas(32) __m256i : EmulatedVector<uint8_t, 32> {};
struct alignas(64) __m512 : EmulatedVector<float, 16> {};
struct alignas(64) __m512i : EmulatedVector<uint8_t, 64> {};
struct alignas(64) __m512bh : EmulatedVector<uint16_t, 32> {};
struct alignas(32) __m256bh : EmulatedVector<uint16_t, 16> {};
using __mmask8 = uint8_t;
using __mmask16 = uint16_t;
using __mmask32 = uint32_t;
using __mmask64 = uint64_t;

namespace alcove::emulation {

/// The bytes of an integer vector as numbers of type T.
template <typename T, typename Vector>
auto lanes(const Vector& a) {
    EmulatedVector<T, sizeof(Vector) / sizeof(T)> out;
    std::memcpy(&out, &a, sizeof out);
    return out;
}

template <typename Vector, typename T, int n>
Vector pack(const EmulatedVector<T, n>& from) {
    static_assert(sizeof(Vector) == sizeof from);
    Vector out;
    std::memcpy(static_cast<void*>(&out), &from, sizeof out);
    return out;
}

/// f for every lane of type T.
template <typename T, typename Vector, typename F>
Vector map(const Vector& a, F f) {
    auto x = lanes<T>(a);
    for (T& lane : x.v) lane = static_cast<T>(f(lane));
    return pack<Vector>(x);
}

template <typename T, typename Vector, typename F>
Vector map(const Vector& a, const Vector& b, F f) {
    auto x = lanes<T>(a);
    const auto y = lanes<T>(b);
    for (size_t i = 0; i < sizeof(Vector) / sizeof(T); ++i)
        x.v[i] = static_cast<T>(f(x.v[i], y.v[i]));
    return pack<Vector>(x);
}

template <typename Vector, typename F>
Vector mapFloats(const Vector& a, const Vector& b, F f) {
    Vector out;
    for (size_t i = 0; i < sizeof(Vector) / 4; ++i) out.v[i] = f(a.v[i], b.v[i]);
    return out;
}

template <typename Vector, typename F>
Vector mapFloats(const Vector& a, F f) {
    Vector out;
    for (size_t i = 0; i < sizeof(Vector) / 4; ++i) out.v[i] = f(a.v[i]);
    return out;
}

template <typename Vector, typename T>
Vector fill(T value) {
    EmulatedVector<T, sizeof(Vector) / sizeof(T)> out;
    for (T& lane : out.v) lane = value;
    return pack<Vector>(out);
}

template <typename Vector>
Vector load(const void* from) {
    Vector out;
    std::memcpy(static_cast<void*>(&out), from, sizeof out);
    return out;
}

/// Widens the lanes of type From in `a`, as many as lanes of type To fit in Vector.
template <typename Vector, typename From, typename To, typename Source>
Vector widen(const Source& a) {
    const auto x = lanes<From>(a);
    EmulatedVector<To, sizeof(Vector) / sizeof(To)> out;
    for (size_t i = 0; i < sizeof(Vector) / sizeof(To); ++i) out.v[i] = static_cast<To>(x.v[i]);
    return pack<Vector>(out);
}

/// As the conversion instructions do: to nearest even; out of range, the indefinite integer.
inline int32_t roundToInt(float x) {
    if (!(std::abs(x) < 2147483648.0f)) return INT32_MIN;
    return static_cast<int32_t>(std::nearbyint(x));
}

/// In each 128-bit lane, the low (half 0) or high (half 1) lanes of a and b in turn.
template <typename T, int half, typename Vector>
Vector interleave(const Vector& a, const Vector& b) {
    const auto x = lanes<T>(a);
    const auto y = lanes<T>(b);
    auto out = x;
    constexpr size_t perLane = 16 / sizeof(T);
    for (size_t i = 0; i < sizeof(Vector) / sizeof(T); ++i) {
        const size_t from = i / perLane * perLane + half * perLane / 2 + i % perLane / 2;
        out.v[i] = i % 2 ? y.v[from] : x.v[from];
    }
    return pack<Vector>(out);
}

template <typename T, typename Vector>
Vector permute(const Vector& places, const Vector& a) {
    const auto x = lanes<T>(a);
    const auto p = lanes<T>(places);
    auto out = x;
    constexpr size_t n = sizeof(Vector) / sizeof(T);
    for (size_t i = 0; i < n; ++i) out.v[i] = x.v[static_cast<size_t>(p.v[i]) % n];
    return pack<Vector>(out);
}

/// Σ of two words of a times two words of b, wrapping.
template <typename Vector>
Vector multiplyPairs(const Vector& a, const Vector& b) {
    const auto x = lanes<int16_t>(a);
    const auto y = lanes<int16_t>(b);
    EmulatedVector<uint32_t, sizeof(Vector) / 4> out;
    const auto product = [&](size_t i) { return static_cast<uint32_t>(x.v[i] * y.v[i]); };
    for (size_t i = 0; i < sizeof(Vector) / 4; ++i) out.v[i] = product(2 * i) + product(2 * i + 1);
    return pack<Vector>(out);
}

}  // namespace alcove::emulation

// ---- all widths: load, store, set
inline __m128i _mm_loadu_si128(const __m128i* p) { return alcove::emulation::load<__m128i>(p); }
inline __m128i _mm_load_si128(const __m128i* p) { return *p; }
inline __m256i _mm256_loadu_si256(const __m256i* p) { return alcove::emulation::load<__m256i>(p); }
inline __m256i _mm256_load_si256(const __m256i* p) { return *p; }
inline __m512i _mm512_loadu_si512(const void* p) { return alcove::emulation::load<__m512i>(p); }
inline __m512i _mm512_load_si512(const void* p) { return *static_cast<const __m512i*>(p); }
inline __m512 _mm512_loadu_ps(const void* p) { return alcove::emulation::load<__m512>(p); }
inline __m512 _mm512_load_ps(const void* p) { return *static_cast<const __m512*>(p); }
inline __m256 _mm256_loadu_ps(const float* p) { return alcove::emulation::load<__m256>(p); }
inline void _mm_storeu_si128(__m128i* p, __m128i a) { std::memcpy(static_cast<void*>(p), &a, 16); }
inline void _mm256_storeu_si256(__m256i* p, __m256i a) {
    std::memcpy(static_cast<void*>(p), &a, 32);
}
inline void _mm512_storeu_si512(void* p, __m512i a) { std::memcpy(p, &a, 64); }
inline void _mm512_store_si512(void* p, __m512i a) { *static_cast<__m512i*>(p) = a; }
inline void _mm512_storeu_ps(void* p, __m512 a) { std::memcpy(p, &a, 64); }
inline void _mm512_store_ps(void* p, __m512 a) { *static_cast<__m512*>(p) = a; }
inline __m128i _mm_setzero_si128() { return alcove::emulation::fill<__m128i, uint8_t>(0); }
inline __m512i _mm512_setzero_si512() { return alcove::emulation::fill<__m512i, uint8_t>(0); }
inline __m512 _mm512_setzero_ps() { return alcove::emulation::fill<__m512, float>(0); }
inline __m256 _mm256_setzero_ps() { return alcove::emulation::fill<__m256, float>(0); }
#define _MM_HINT_T0 3
inline void _mm_prefetch(const void*, int) {}

inline __m128i _mm_set1_epi8(char x) { return alcove::emulation::fill<__m128i>(x); }
inline __m256i _mm256_set1_epi16(short x) { return alcove::emulation::fill<__m256i>(x); }
inline __m256i _mm256_set1_epi32(int x) { return alcove::emulation::fill<__m256i>(x); }
inline __m512i _mm512_set1_epi8(char x) { return alcove::emulation::fill<__m512i>(x); }
inline __m512i _mm512_set1_epi16(short x) { return alcove::emulation::fill<__m512i>(x); }
inline __m512i _mm512_set1_epi32(int x) { return alcove::emulation::fill<__m512i>(x); }
inline __m256 _mm256_set1_ps(float x) { return alcove::emulation::fill<__m256>(x); }
inline __m512 _mm512_set1_ps(float x) { return alcove::emulation::fill<__m512>(x); }
inline __m128i _mm_set_epi64x(long long high, long long low) {
    return alcove::emulation::pack<__m128i>(EmulatedVector<long long, 2>{{low, high}});
}
inline __m128i _mm_cvtsi64_si128(long long x) { return _mm_set_epi64x(0, x); }
template <typename... T>
__m128i _mm_setr_epi32(T... x) {
    return alcove::emulation::pack<__m128i>(EmulatedVector<int32_t, 4>{{x...}});
}
template <typename... T>
__m256i _mm256_setr_epi32(T... x) {
    return alcove::emulation::pack<__m256i>(EmulatedVector<int32_t, 8>{{x...}});
}
template <typename... T>
__m512i _mm512_setr_epi32(T... x) {
    return alcove::emulation::pack<__m512i>(EmulatedVector<int32_t, 16>{{x...}});
}
template <typename... T>
__m512i _mm512_setr_epi64(T... x) {
    return alcove::emulation::pack<__m512i>(EmulatedVector<long long, 8>{{x...}});
}
inline __m256i _mm256_i32gather_epi32(const int* base, __m256i places, int scale) {
    auto x = alcove::emulation::lanes<int32_t>(places);
    for (int32_t& lane : x.v)
        std::memcpy(&lane, reinterpret_cast<const char*>(base) + int64_t{lane} * scale, 4);
    return alcove::emulation::pack<__m256i>(x);
}

// ---- reinterpretation and parts
inline __m512i _mm512_castps_si512(__m512 a) { return alcove::emulation::load<__m512i>(&a); }
inline __m512 _mm512_castsi512_ps(__m512i a) { return alcove::emulation::load<__m512>(&a); }
inline __m512i _mm512_castsi256_si512(__m256i a) {
    __m512i out = alcove::emulation::fill<__m512i, uint8_t>(0xcd);  // the upper half is undefined
    std::memcpy(&out, &a, 32);
    return out;
}
inline __m256i _mm256_castsi128_si256(__m128i a) {
    __m256i out = alcove::emulation::fill<__m256i, uint8_t>(0xcd);
    std::memcpy(&out, &a, 16);
    return out;
}
inline __m256i _mm512_castsi512_si256(__m512i a) { return alcove::emulation::load<__m256i>(&a); }
inline __m256 _mm512_castps512_ps256(__m512 a) { return alcove::emulation::load<__m256>(&a); }
inline __m512 _mm512_zextps256_ps512(__m256 a) {
    __m512 out = _mm512_setzero_ps();
    std::memcpy(static_cast<void*>(&out), &a, 32);
    return out;
}
inline __m128i _mm512_castsi512_si128(__m512i a) { return alcove::emulation::load<__m128i>(&a); }
inline __m128i _mm512_extracti32x4_epi32(__m512i a, int part) {
    return alcove::emulation::load<__m128i>(a.v + 16 * part);
}
inline __m256i _mm512_extracti64x4_epi64(__m512i a, int part) {
    return alcove::emulation::load<__m256i>(a.v + 32 * part);
}
inline __m256i _mm256_set_m128i(__m128i high, __m128i low) {
    __m256i out;
    std::memcpy(&out, &low, 16);
    std::memcpy(reinterpret_cast<char*>(&out) + 16, &high, 16);
    return out;
}
inline __m256i _mm256_inserti128_si256(__m256i a, __m128i b, int part) {
    std::memcpy(a.v + 16 * part, &b, 16);
    return a;
}
inline __m512i _mm512_inserti64x4(__m512i a, __m256i b, int part) {
    std::memcpy(a.v + 32 * part, &b, 32);
    return a;
}
inline __m512i _mm512_broadcast_i32x4(__m128i a) {
    __m512i out;
    for (int i = 0; i < 4; ++i) std::memcpy(out.v + 16 * i, &a, 16);
    return out;
}
inline __m512i _mm512_broadcast_i64x4(__m256i a) {
    __m512i out;
    for (int i = 0; i < 2; ++i) std::memcpy(out.v + 32 * i, &a, 32);
    return out;
}

// ---- masked loads, stores and moves; a lane whose bit is clear touches no memory
inline __m512 _mm512_maskz_loadu_ps(__mmask16 mask, const void* p) {
    __m512 out = _mm512_setzero_ps();
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(&out.v[i], static_cast<const char*>(p) + 4 * i, 4);
    return out;
}
inline __m512 _mm512_mask_loadu_ps(__m512 otherwise, __mmask16 mask, const void* p) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(&otherwise.v[i], static_cast<const char*>(p) + 4 * i, 4);
    return otherwise;
}
inline void _mm512_mask_storeu_ps(void* p, __mmask16 mask, __m512 a) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(static_cast<char*>(p) + 4 * i, &a.v[i], 4);
}
inline __m256i _mm256_maskz_loadu_epi16(__mmask16 mask, const void* p) {
    __m256i out = alcove::emulation::fill<__m256i, uint8_t>(0);
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(out.v + 2 * i, static_cast<const char*>(p) + 2 * i, 2);
    return out;
}
inline __m128i _mm_maskz_loadu_epi8(__mmask16 mask, const void* p) {
    __m128i out = _mm_setzero_si128();
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(out.v + i, static_cast<const char*>(p) + i, 1);
    return out;
}
inline void _mm256_mask_storeu_epi16(void* p, __mmask16 mask, __m256i a) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(static_cast<char*>(p) + 2 * i, a.v + 2 * i, 2);
}
inline void _mm_mask_storeu_epi8(void* p, __mmask16 mask, __m128i a) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(static_cast<char*>(p) + i, a.v + i, 1);
}
inline __m512 _mm512_mask_blend_ps(__mmask16 mask, __m512 a, __m512 b) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) a.v[i] = b.v[i];
    return a;
}
inline __m512i _mm512_mask_blend_epi32(__mmask16 mask, __m512i a, __m512i b) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(a.v + 4 * i, b.v + 4 * i, 4);
    return a;
}

// ---- integers
#define ALCOVE_EMULATE_BINARY(name, Vector, T, expression)                           \
    inline Vector name(Vector a, Vector b) {                                         \
        return alcove::emulation::map<T>(a, b, [](T x, T y) { return expression; }); \
    }
ALCOVE_EMULATE_BINARY(_mm_sub_epi8, __m128i, uint8_t, x - y)
ALCOVE_EMULATE_BINARY(_mm_and_si128, __m128i, uint8_t, x& y)
ALCOVE_EMULATE_BINARY(_mm512_and_si512, __m512i, uint8_t, x& y)
ALCOVE_EMULATE_BINARY(_mm512_or_si512, __m512i, uint8_t, x | y)
ALCOVE_EMULATE_BINARY(_mm512_xor_si512, __m512i, uint8_t, x ^ y)
ALCOVE_EMULATE_BINARY(_mm512_andnot_si512, __m512i, uint8_t, ~x& y)
ALCOVE_EMULATE_BINARY(_mm512_add_epi32, __m512i, uint32_t, x + y)
ALCOVE_EMULATE_BINARY(_mm512_sub_epi32, __m512i, uint32_t, x - y)
ALCOVE_EMULATE_BINARY(_mm512_max_epi32, __m512i, int32_t, std::max(x, y))
ALCOVE_EMULATE_BINARY(_mm512_min_epi32, __m512i, int32_t, std::min(x, y))
ALCOVE_EMULATE_BINARY(_mm512_mullo_epi32, __m512i, uint32_t, x* y)
ALCOVE_EMULATE_BINARY(_mm256_mullo_epi16, __m256i, uint16_t, static_cast<uint32_t>(x) * y)
ALCOVE_EMULATE_BINARY(_mm256_mullo_epi32, __m256i, uint32_t, x* y)
ALCOVE_EMULATE_BINARY(_mm512_srlv_epi16, __m512i, uint16_t, y > 15 ? 0 : x >> y)
ALCOVE_EMULATE_BINARY(_mm512_srlv_epi32, __m512i, uint32_t, y > 31 ? 0 : x >> y)
ALCOVE_EMULATE_BINARY(_mm512_sllv_epi32, __m512i, uint32_t, y > 31 ? 0 : x << y)
#undef ALCOVE_EMULATE_BINARY

inline __m128i _mm_srli_epi16(__m128i a, int n) {
    return alcove::emulation::map<uint16_t>(a, [n](uint16_t x) { return n > 15 ? 0 : x >> n; });
}
inline __m512i _mm512_srli_epi16(__m512i a, unsigned n) {
    return alcove::emulation::map<uint16_t>(a, [n](uint16_t x) { return n > 15 ? 0 : x >> n; });
}
inline __m512i _mm512_slli_epi16(__m512i a, unsigned n) {
    return alcove::emulation::map<uint16_t>(a, [n](uint16_t x) { return n > 15 ? 0 : x << n; });
}
inline __m512i _mm512_srli_epi32(__m512i a, unsigned n) {
    return alcove::emulation::map<uint32_t>(a, [n](uint32_t x) { return n > 31 ? 0 : x >> n; });
}
inline __m512i _mm512_srai_epi32(__m512i a, unsigned n) {
    return alcove::emulation::map<int32_t>(a, [n](int32_t x) { return x >> (n > 31 ? 31 : n); });
}
inline __m512i _mm512_slli_epi32(__m512i a, unsigned n) {
    return alcove::emulation::map<uint32_t>(a, [n](uint32_t x) { return n > 31 ? 0 : x << n; });
}
inline __m512i _mm512_mask_add_epi8(__m512i otherwise, __mmask64 mask, __m512i a, __m512i b) {
    for (int i = 0; i < 64; ++i)
        if (mask >> i & 1) otherwise.v[i] = static_cast<uint8_t>(a.v[i] + b.v[i]);
    return otherwise;
}
inline __mmask64 _mm512_test_epi8_mask(__m512i a, __m512i b) {
    __mmask64 out = 0;
    for (int i = 0; i < 64; ++i) out |= uint64_t{(a.v[i] & b.v[i]) != 0} << i;
    return out;
}
inline __mmask16 _mm512_cmplt_epi32_mask(__m512i a, __m512i b) {
    const auto x = alcove::emulation::lanes<int32_t>(a);
    const auto y = alcove::emulation::lanes<int32_t>(b);
    unsigned out = 0;
    for (int i = 0; i < 16; ++i) out |= unsigned{x.v[i] < y.v[i]} << i;
    return static_cast<__mmask16>(out);
}
inline int _mm512_reduce_add_epi32(__m512i a) {
    uint32_t sum = 0;
    for (const uint32_t x : alcove::emulation::lanes<uint32_t>(a).v) sum += x;
    return static_cast<int>(sum);
}
inline int _mm512_reduce_max_epi32(__m512i a) {
    const auto x = alcove::emulation::lanes<int32_t>(a);
    return *std::max_element(x.v, x.v + 16);
}
inline __m128i _mm_unpacklo_epi8(__m128i a, __m128i b) {
    return alcove::emulation::interleave<uint8_t, 0>(a, b);
}
inline __m512i _mm512_unpacklo_epi16(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint16_t, 0>(a, b);
}
inline __m512i _mm512_unpackhi_epi16(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint16_t, 1>(a, b);
}
inline __m512i _mm512_unpacklo_epi32(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint32_t, 0>(a, b);
}
inline __m512i _mm512_unpackhi_epi32(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint32_t, 1>(a, b);
}
inline __m512i _mm512_unpacklo_epi64(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint64_t, 0>(a, b);
}
inline __m512i _mm512_unpackhi_epi64(__m512i a, __m512i b) {
    return alcove::emulation::interleave<uint64_t, 1>(a, b);
}
inline __m512i _mm512_shuffle_i32x4(__m512i a, __m512i b, int places) {
    __m512i out;
    for (int i = 0; i < 4; ++i)
        std::memcpy(out.v + 16 * i, (i < 2 ? a : b).v + 16 * (places >> 2 * i & 3), 16);
    return out;
}
inline __m512i _mm512_shuffle_epi8(__m512i a, __m512i places) {
    __m512i out;
    for (int i = 0; i < 64; ++i) {
        const uint8_t place = places.v[i];
        out.v[i] = place & 0x80 ? uint8_t{0} : a.v[i / 16 * 16 + (place & 15)];
    }
    return out;
}
inline __m512i _mm512_permutexvar_epi32(__m512i places, __m512i a) {
    return alcove::emulation::permute<uint32_t>(places, a);
}
inline __m512i _mm512_permutexvar_epi64(__m512i places, __m512i a) {
    return alcove::emulation::permute<uint64_t>(places, a);
}
inline __m512 _mm512_permutexvar_ps(__m512i places, __m512 a) {
    return _mm512_castsi512_ps(_mm512_permutexvar_epi32(places, _mm512_castps_si512(a)));
}
inline __m512i _mm512_permutexvar_epi16(__m512i places, __m512i a) {
    return alcove::emulation::permute<uint16_t>(places, a);
}
/// Σ of two unsigned bytes of a times two signed bytes of b, saturated to 16 bits.
inline __m512i _mm512_maddubs_epi16(__m512i a, __m512i b) {
    EmulatedVector<int16_t, 32> out;
    const auto product = [&](int i) { return a.v[i] * static_cast<int8_t>(b.v[i]); };
    for (int i = 0; i < 32; ++i)
        out.v[i] = static_cast<int16_t>(
            std::clamp(product(2 * i) + product(2 * i + 1), INT16_MIN, INT16_MAX));
    return alcove::emulation::pack<__m512i>(out);
}
/// sum[i] += Σ of two words of a times two words of b, wrapping.
inline __m512i _mm512_dpwssd_epi32(__m512i sum, __m512i a, __m512i b) {
    return _mm512_add_epi32(sum, alcove::emulation::multiplyPairs(a, b));
}
inline __m256i _mm256_madd_epi16(__m256i a, __m256i b) {
    return alcove::emulation::multiplyPairs(a, b);
}
/// sum[i] += Σ of four unsigned bytes of a times four signed bytes of b, wrapping.
inline __m512i _mm512_dpbusd_epi32(__m512i sum, __m512i a, __m512i b) {
    auto out = alcove::emulation::lanes<uint32_t>(sum);
    for (int i = 0; i < 64; ++i)
        out.v[i / 4] += static_cast<uint32_t>(a.v[i] * static_cast<int8_t>(b.v[i]));
    return alcove::emulation::pack<__m512i>(out);
}

// ---- conversions
inline __m512i _mm512_cvtepu8_epi32(__m128i a) {
    return alcove::emulation::widen<__m512i, uint8_t, uint32_t>(a);
}
inline __m512i _mm512_cvtepi8_epi32(__m128i a) {
    return alcove::emulation::widen<__m512i, int8_t, int32_t>(a);
}
inline __m256i _mm256_cvtepu8_epi16(__m128i a) {
    return alcove::emulation::widen<__m256i, uint8_t, uint16_t>(a);
}
inline __m256i _mm256_cvtepi8_epi16(__m128i a) {
    return alcove::emulation::widen<__m256i, int8_t, int16_t>(a);
}
inline __m512i _mm512_cvtepu16_epi32(__m256i a) {
    return alcove::emulation::widen<__m512i, uint16_t, uint32_t>(a);
}
inline __m256i _mm512_cvtepi32_epi16(__m512i a) {
    EmulatedVector<uint16_t, 16> out;
    for (int i = 0; i < 16; ++i)
        out.v[i] = static_cast<uint16_t>(alcove::emulation::lanes<uint32_t>(a).v[i]);
    return alcove::emulation::pack<__m256i>(out);
}
inline __m128i _mm512_cvtsepi32_epi8(__m512i a) {
    EmulatedVector<int8_t, 16> out;
    for (int i = 0; i < 16; ++i)
        out.v[i] =
            static_cast<int8_t>(std::clamp(alcove::emulation::lanes<int32_t>(a).v[i], -128, 127));
    return alcove::emulation::pack<__m128i>(out);
}
inline __m256 _mm256_cvtepi32_ps(__m256i a) {
    const auto x = alcove::emulation::lanes<int32_t>(a);
    __m256 out;
    for (int i = 0; i < 8; ++i) out.v[i] = static_cast<float>(x.v[i]);
    return out;
}
inline __m512 _mm512_cvtepi32_ps(__m512i a) {
    const auto x = alcove::emulation::lanes<int32_t>(a);
    __m512 out;
    for (int i = 0; i < 16; ++i) out.v[i] = static_cast<float>(x.v[i]);
    return out;
}
inline __m512i _mm512_cvtps_epi32(__m512 a) {
    EmulatedVector<int32_t, 16> out;
    for (int i = 0; i < 16; ++i) out.v[i] = alcove::emulation::roundToInt(a.v[i]);
    return alcove::emulation::pack<__m512i>(out);
}
inline __m512 _mm512_cvtph_ps(__m256i a) {
    const auto x = alcove::emulation::lanes<uint16_t>(a);
    __m512 out;
    for (int i = 0; i < 16; ++i) out.v[i] = alcove::halfToFloat(x.v[i]);
    return out;
}
inline __m256i _mm512_cvtps_ph(__m512 a, int) {
    EmulatedVector<uint16_t, 16> out;
    for (int i = 0; i < 16; ++i) out.v[i] = alcove::floatToHalf(a.v[i]);
    return alcove::emulation::pack<__m256i>(out);
}

// ---- floats
#define ALCOVE_EMULATE_FLOATS(name, expression)                                                 \
    inline __m512 _mm512_##name##_ps(__m512 a, __m512 b) {                                      \
        return alcove::emulation::mapFloats(a, b, [](float x, float y) { return expression; }); \
    }
ALCOVE_EMULATE_FLOATS(add, x + y)
ALCOVE_EMULATE_FLOATS(sub, x - y)
ALCOVE_EMULATE_FLOATS(mul, x* y)
ALCOVE_EMULATE_FLOATS(div, x / y)
ALCOVE_EMULATE_FLOATS(max, x > y ? x : y)
ALCOVE_EMULATE_FLOATS(min, x < y ? x : y)
#undef ALCOVE_EMULATE_FLOATS

inline __m512 _mm512_abs_ps(__m512 a) {
    return alcove::emulation::mapFloats(a, [](float x) { return std::abs(x); });
}
inline __m512 _mm512_sqrt_ps(__m512 a) {
    return alcove::emulation::mapFloats(a, [](float x) { return std::sqrt(x); });
}
inline __m256 _mm256_fmadd_ps(__m256 a, __m256 b, __m256 c) {
    for (int i = 0; i < 8; ++i) c.v[i] = std::fma(a.v[i], b.v[i], c.v[i]);
    return c;
}
inline __m512 _mm512_fmadd_ps(__m512 a, __m512 b, __m512 c) {
    for (int i = 0; i < 16; ++i) c.v[i] = std::fma(a.v[i], b.v[i], c.v[i]);
    return c;
}
inline __m512 _mm512_fnmadd_ps(__m512 a, __m512 b, __m512 c) {
    for (int i = 0; i < 16; ++i) c.v[i] = std::fma(-a.v[i], b.v[i], c.v[i]);
    return c;
}
inline __m512 _mm512_fmsub_ps(__m512 a, __m512 b, __m512 c) {
    for (int i = 0; i < 16; ++i) c.v[i] = std::fma(a.v[i], b.v[i], -c.v[i]);
    return c;
}
/// Halves added until one lane is left, as the compiler's sequence does.
inline float _mm512_reduce_add_ps(__m512 a) {
    for (int n = 8; n > 0; n /= 2)
        for (int i = 0; i < n; ++i) a.v[i] += a.v[i + n];
    return a.v[0];
}
inline float _mm512_reduce_max_ps(__m512 a) { return *std::max_element(a.v, a.v + 16); }
inline float _mm512_reduce_min_ps(__m512 a) { return *std::min_element(a.v, a.v + 16); }
inline float _mm512_cvtss_f32(__m512 a) { return a.v[0]; }

// ---- floats as bits, comparisons, rounding
inline constexpr int _MM_FROUND_TO_NEAREST_INT = 0;
inline constexpr int _MM_FROUND_NO_EXC = 8;
inline constexpr int _CMP_LT_OQ = 17;

inline __m512 _mm512_and_ps(__m512 a, __m512 b) {
    return _mm512_castsi512_ps(_mm512_and_si512(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
inline __m512 _mm512_or_ps(__m512 a, __m512 b) {
    return _mm512_castsi512_ps(_mm512_or_si512(_mm512_castps_si512(a), _mm512_castps_si512(b)));
}
/// Only the one predicate above.
inline __mmask16 _mm512_cmp_ps_mask(__m512 a, __m512 b, int /* _CMP_LT_OQ */) {
    unsigned out = 0;
    for (int i = 0; i < 16; ++i) out |= unsigned{a.v[i] < b.v[i]} << i;
    return static_cast<__mmask16>(out);
}
inline __m512 _mm512_roundscale_ps(__m512 a, int /* to nearest even */) {
    return alcove::emulation::mapFloats(a, [](float x) { return std::nearbyint(x); });
}
inline float _cvtsh_ss(unsigned short half) { return alcove::halfToFloat(half); }
inline unsigned short _cvtss_sh(float value, int) { return alcove::floatToHalf(value); }

// ---- more masked moves
inline __m512i _mm512_maskz_loadu_epi16(__mmask32 mask, const void* p) {
    __m512i out = _mm512_setzero_si512();
    for (int i = 0; i < 32; ++i)
        if (mask >> i & 1) std::memcpy(out.v + 2 * i, static_cast<const char*>(p) + 2 * i, 2);
    return out;
}
inline void _mm512_mask_storeu_epi32(void* p, __mmask16 mask, __m512i a) {
    for (int i = 0; i < 16; ++i)
        if (mask >> i & 1) std::memcpy(static_cast<char*>(p) + 4 * i, a.v + 4 * i, 4);
}

// ---- bf16 and tiles
/// The second operand becomes the low half. (The instruction takes subnormals for zeros; this does
/// not.)
inline __m512bh _mm512_cvtne2ps_pbh(__m512 high, __m512 low) {
    __m512bh out;
    for (int i = 0; i < 16; ++i) {
        out.v[i] = alcove::floatToBfloat(low.v[i]);
        out.v[i + 16] = alcove::floatToBfloat(high.v[i]);
    }
    return out;
}

#include "amx_tiles.h"
