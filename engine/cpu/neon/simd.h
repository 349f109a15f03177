// NEON (64-bit Arm): four floats a register. See generic/simd.h for the meanings.
#pragma once

#include <arm_neon.h>

#include "engine/cpu/generic/simd.h"

namespace alcove::engine {
namespace {

struct Neon {
    using F = float32x4_t;
    static constexpr int64_t kLanes = 4;
    static constexpr int64_t kTileRows = 6;  // 24 of 32 registers accumulate
    static constexpr int64_t kTileVectors = 4;

    static F load(const float* p) { return vld1q_f32(p); }
    static void store(float* p, F a) { vst1q_f32(p, a); }
    static F set(float a) { return vdupq_n_f32(a); }
    static F add(F a, F b) { return vaddq_f32(a, b); }
    static F sub(F a, F b) { return vsubq_f32(a, b); }
    static F mul(F a, F b) { return vmulq_f32(a, b); }
    static F div(F a, F b) { return vdivq_f32(a, b); }
    static F fma(F a, F b, F c) { return vfmaq_f32(c, a, b); }
    static F fnma(F a, F b, F c) { return vfmsq_f32(c, a, b); }
    // Not vmaxq and vminq: those give NaN where either lane is NaN, and b is wanted.
    static F max(F a, F b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
    static F min(F a, F b) { return vbslq_f32(vcltq_f32(a, b), a, b); }
    static F abs(F a) { return vabsq_f32(a); }
    static F withSign(F a, F b) { return vbslq_f32(vdupq_n_u32(0x80000000u), b, a); }
    static F round(F a) { return vrndnq_f32(a); }
    static F pow2(F a) {
        const int32x4_t biased = vaddq_s32(vcvtnq_s32_f32(a), vdupq_n_s32(127));
        return vreinterpretq_f32_s32(vshlq_n_s32(biased, 23));
    }
    static F ifLess(F a, F b, F c, F d) { return vbslq_f32(vcltq_f32(a, b), c, d); }
    static float sum(F a) { return vaddvq_f32(a); }
    static float highest(F a) { return vmaxvq_f32(a); }

    static F loadHalf(const void* p) {
        return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(static_cast<const uint16_t*>(p))));
    }
    static void storeHalf(void* p, F a) {
        vst1_u16(static_cast<uint16_t*>(p), vreinterpret_u16_f16(vcvt_f16_f32(a)));
    }
    static F loadBfloat(const void* p) {
        return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(static_cast<const uint16_t*>(p)), 16));
    }
    static F loadInt8(const void* p) {
        int32_t four;
        memcpy(&four, p, sizeof four);
        const int16x8_t words = vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(four)));
        return vcvtq_f32_s32(vmovl_s16(vget_low_s16(words)));
    }
    static void storeInt8(void* p, F a) {
        const int16x4_t words = vqmovn_s32(vcvtnq_s32_f32(a));
        const int32_t four =
            vget_lane_s32(vreinterpret_s32_s8(vqmovn_s16(vcombine_s16(words, words))), 0);
        memcpy(p, &four, sizeof four);
    }
    static float halfToFloat(uint16_t half) {
        return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(half))), 0);
    }
    static uint16_t floatToHalf(float value) {
        return vget_lane_u16(vreinterpret_u16_f16(vcvt_f16_f32(vdupq_n_f32(value))), 0);
    }

    static void transpose(F* r) {
        const float32x4x2_t even = vtrnq_f32(r[0], r[1]);
        const float32x4x2_t odd = vtrnq_f32(r[2], r[3]);
        r[0] = vcombine_f32(vget_low_f32(even.val[0]), vget_low_f32(odd.val[0]));
        r[1] = vcombine_f32(vget_low_f32(even.val[1]), vget_low_f32(odd.val[1]));
        r[2] = vcombine_f32(vget_high_f32(even.val[0]), vget_high_f32(odd.val[0]));
        r[3] = vcombine_f32(vget_high_f32(even.val[1]), vget_high_f32(odd.val[1]));
    }
};

}  // namespace
}  // namespace alcove::engine
