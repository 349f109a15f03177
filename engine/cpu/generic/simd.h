// What an instruction set provides to the algorithms of this folder: a struct of static functions
// over one register of floats, given as the template argument S.
//
// The headers of this folder are included by one source file for each instruction set, compiled
// with that set's flags. Everything in them lives in an anonymous namespace, so that each object
// file keeps its own copies to itself (see tables.h for why that matters), and they use nothing
// of the C++ library.
//
// Reductions: an S::sum adds the lanes in a fixed order, and the algorithms accumulate every
// output in an order that depends on the length of the sum alone. So results do not depend on how
// the work was split over threads or in which position of a tile an output stood.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/// ALCOVE_INLINE: for the insides of loops, which have to be one with them; compilers give up on
/// their own after a few copies. ALCOVE_APART: for loops that need every register, whose
/// accumulators are spilled when they share a function with others. ALCOVE_INLINED: ALCOVE_INLINE
/// for a lambda, behind its parameters.
#if defined(_MSC_VER) && !defined(__clang__)
#define ALCOVE_INLINE __forceinline
#define ALCOVE_APART __declspec(noinline)
#define ALCOVE_INLINED
#else
#define ALCOVE_INLINE inline __attribute__((always_inline))
#define ALCOVE_APART __attribute__((noinline))
#define ALCOVE_INLINED __attribute__((always_inline))
#endif

namespace alcove::engine {
namespace {

/// S::F is a register of S::kLanes floats. Pointers need no alignment.
template <typename S>
concept Simd = requires(typename S::F f, float* out, const float* in, void* bytes, uint16_t half) {
    S::kLanes;        // a power of two up to 16
    S::kTileRows;     // the shape of a register tile of the matrix product: rows, and
    S::kTileVectors;  // registers in each row; kLanes · kTileVectors divides Kernels::kStrip
    f = S::load(in);
    S::store(out, f);
    f = S::set(1.0f);  // in all lanes
    f = S::add(f, f);
    f = S::sub(f, f);
    f = S::mul(f, f);
    f = S::div(f, f);
    f = S::fma(f, f, f);          // a·b + c, rounded once
    f = S::fnma(f, f, f);         // c − a·b, rounded once
    f = S::max(f, f);             // b where a lane of either is NaN
    f = S::min(f, f);             // likewise
    f = S::abs(f);                //
    f = S::withSign(f, f);        // the magnitude of a ≥ 0, the sign of b
    f = S::round(f);              // to nearest, ties to even
    f = S::pow2(f);               // 2^a for whole a in −126…127
    f = S::ifLess(f, f, f, f);    // a < b ? c : d
    *out = S::sum(f);             // of all lanes
    *out = S::highest(f);         // of all lanes
    f = S::loadHalf(bytes);       // kLanes IEEE halves
    S::storeHalf(bytes, f);       // rounded to nearest even
    f = S::loadBfloat(bytes);     // kLanes bfloat16
    f = S::loadInt8(bytes);       // kLanes signed bytes
    S::storeInt8(bytes, f);       // kLanes floats in −128…127, rounded to nearest even
    *out = S::halfToFloat(half);  // one
    half = S::floatToHalf(*out);  // one
    S::transpose(&f);             // kLanes registers as a square matrix, in place
};

template <typename T>
inline T least(T a, T b) {
    return b < a ? b : a;
}

template <typename T>
inline T most(T a, T b) {
    return a < b ? b : a;
}

inline int64_t roundUp(int64_t value, int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/// The first `count` < kLanes floats, the rest `fill`.
template <typename S>
inline typename S::F loadPart(const float* from, int64_t count, float fill = 0.0f) {
    alignas(64) float lanes[S::kLanes];
    S::store(lanes, S::set(fill));
    memcpy(lanes, from, static_cast<size_t>(count) * sizeof(float));
    return S::load(lanes);
}

template <typename S>
inline void storePart(float* to, typename S::F value, int64_t count) {
    alignas(64) float lanes[S::kLanes];
    S::store(lanes, value);
    memcpy(to, lanes, static_cast<size_t>(count) * sizeof(float));
}

/// Calls body(i, load, store) over [0, n): the same arithmetic for whole registers and the tail.
template <typename S, typename Body>
inline void map(float* out, int64_t n, Body body) {
    int64_t i = 0;
    for (; i + S::kLanes <= n; i += S::kLanes)
        S::store(out + i, body([i](const float* p) { return S::load(p + i); }));
    const int64_t rest = n - i;
    if (rest > 0)
        storePart<S>(out + i, body([i, rest](const float* p) { return loadPart<S>(p + i, rest); }),
                     rest);
}

}  // namespace
}  // namespace alcove::engine
