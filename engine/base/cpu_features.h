// What the processor and the operating system offer together.
#pragma once

namespace alcove {

/// A flag is set only where the system also saves the registers it needs.
struct CpuFeatures {
    // x86-64
    bool avx2 = false;        // AVX2, FMA and F16C
    bool avx512 = false;      // F, BW, DQ, VL (and avx2)
    bool avx512Vnni = false;  // int8 dot products (and avx512)
    bool avx512Vbmi = false;
    bool avx512Bf16 = false;
    bool amxInt8 = false;  // tiles; the system must still grant them: requestAmx()
    bool amxBf16 = false;
    // arm64: NEON itself is always there
    bool neonDot = false;   // int8 dot products
    bool neonI8mm = false;  // int8 matrix products
    bool neonBf16 = false;
};

/// Asks the processor once; later calls return the same.
[[nodiscard]] const CpuFeatures& cpuFeatures();

/// Asks the system to let this process use AMX tiles (Linux hands them out on request). Call it
/// before the threads that use them start. False: not granted.
[[nodiscard]] bool requestAmx();

}  // namespace alcove
