#include "engine/base/cpu_features.h"

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#define ALCOVE_X86 1
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif
#if defined(__linux__)
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif
#if defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace alcove {
namespace {

#if defined(ALCOVE_X86)

struct CpuidRegisters {
    uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

CpuidRegisters cpuid(uint32_t leaf, uint32_t subleaf) {
    CpuidRegisters r;
#if defined(_MSC_VER)
    int values[4];
    __cpuid(values, 0);
    if (static_cast<uint32_t>(values[0]) < leaf) return r;
    __cpuidex(values, static_cast<int>(leaf), static_cast<int>(subleaf));
    r = {static_cast<uint32_t>(values[0]), static_cast<uint32_t>(values[1]),
         static_cast<uint32_t>(values[2]), static_cast<uint32_t>(values[3])};
#else
    if (!__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx)) return {};
#endif
    return r;
}

/// Which register files the system saves on a context switch (extended control register 0).
uint64_t savedState() {
#if defined(_MSC_VER)
    return _xgetbv(0);
#else
    uint32_t low = 0;
    uint32_t high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<uint64_t>(high) << 32) | low;
#endif
}

constexpr bool bit(uint32_t word, int index) { return ((word >> index) & 1u) != 0; }

CpuFeatures detect() {
    CpuFeatures f;
    const CpuidRegisters one = cpuid(1, 0);
    constexpr int kOsxsave = 27;
    if (!bit(one.ecx, kOsxsave)) return f;
    const uint64_t saved = savedState();
    constexpr uint64_t kYmm = 0x6;        // SSE and AVX halves
    constexpr uint64_t kZmm = 0xe0;       // mask registers and both parts of ZMM
    constexpr uint64_t kTiles = 0x60000;  // AMX configuration and data
    const CpuidRegisters seven = cpuid(7, 0);
    const CpuidRegisters sevenOne = cpuid(7, 1);

    const bool fma = bit(one.ecx, 12);
    const bool f16c = bit(one.ecx, 29);
    f.avx2 = (saved & kYmm) == kYmm && bit(one.ecx, 28) && fma && f16c && bit(seven.ebx, 5);
    const bool foundation = bit(seven.ebx, 16) && bit(seven.ebx, 17) &&  // F, DQ
                            bit(seven.ebx, 30) && bit(seven.ebx, 31);    // BW, VL
    f.avx512 = f.avx2 && (saved & kZmm) == kZmm && foundation;
    f.avx512Vnni = f.avx512 && bit(seven.ecx, 11);
    f.avx512Vbmi = f.avx512 && bit(seven.ecx, 1);
    f.avx512Bf16 = f.avx512 && bit(sevenOne.eax, 5);
    const bool tiles = f.avx512 && (saved & kTiles) == kTiles && bit(seven.edx, 24);
    f.amxInt8 = tiles && bit(seven.edx, 25);
    f.amxBf16 = tiles && bit(seven.edx, 22);
    return f;
}

#elif defined(__aarch64__) && defined(__linux__)

CpuFeatures detect() {
    CpuFeatures f;
    constexpr unsigned long kDot = 1ul << 20;   // HWCAP_ASIMDDP
    constexpr unsigned long kI8mm = 1ul << 13;  // HWCAP2_I8MM
    constexpr unsigned long kBf16 = 1ul << 14;  // HWCAP2_BF16
    f.neonDot = (getauxval(AT_HWCAP) & kDot) != 0;
    f.neonI8mm = (getauxval(AT_HWCAP2) & kI8mm) != 0;
    f.neonBf16 = (getauxval(AT_HWCAP2) & kBf16) != 0;
    return f;
}

#elif defined(__aarch64__) && defined(__APPLE__)

bool systemFlag(const char* name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
}

CpuFeatures detect() {
    CpuFeatures f;
    f.neonDot = systemFlag("hw.optional.arm.FEAT_DotProd");
    f.neonI8mm = systemFlag("hw.optional.arm.FEAT_I8MM");
    f.neonBf16 = systemFlag("hw.optional.arm.FEAT_BF16");
    return f;
}

#else

CpuFeatures detect() { return {}; }

#endif

}  // namespace

const CpuFeatures& cpuFeatures() {
    static const CpuFeatures features = detect();
    return features;
}

bool requestAmx() {
#if defined(ALCOVE_X86) && defined(__linux__)
    constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    constexpr long kTileData = 18;
    if (!cpuFeatures().amxInt8 && !cpuFeatures().amxBf16) return false;
    return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
    return false;
#endif
}

}  // namespace alcove
