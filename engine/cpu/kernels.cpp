#include "engine/cpu/kernels.h"

#include "engine/base/cpu_features.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {
namespace {

struct Candidate {
    std::string_view name;
    const Kernels* table;       // null: not built in
    bool (*runnable)();         // on this processor, under this system
    std::string_view demanded;  // what it needs, for messages
};

/// From the plainest to the best.
constexpr Candidate kCandidates[] = {
    {"reference", &kReferenceKernels, [] { return true; }, "nothing"},
    {"avx2",
#if defined(ALCOVE_WITH_AVX2)
     &kAvx2Kernels,
#else
     nullptr,
#endif
     [] { return cpuFeatures().avx2; }, "AVX2, FMA and F16C"},
    {"avx512",
#if defined(ALCOVE_WITH_AVX512)
     &kAvx512Kernels,
#else
     nullptr,
#endif
     [] { return cpuFeatures().avx512Vnni; }, "AVX-512 (F, BW, DQ, VL, VNNI)"},
    {"amx",
#if defined(ALCOVE_WITH_AMX)
     &kAmxKernels,
#else
     nullptr,
#endif
     [] {
         const CpuFeatures& cpu = cpuFeatures();
         return cpu.avx512Vnni && cpu.avx512Bf16 && cpu.amxBf16 && requestAmx();
     },
     "AMX and AVX-512 with bf16, and the system's leave to use AMX"},
    {"neon",
#if defined(ALCOVE_WITH_NEON)
     &kNeonKernels,
#else
     nullptr,
#endif
     [] { return true; }, "an arm64 processor"},
};

std::string knownNames() {
    std::string names;
    for (const Candidate& candidate : kCandidates) {
        if (!names.empty()) names += ", ";
        names += candidate.name;
    }
    return names;
}

}  // namespace

size_t cacheRowBytes(CacheType cache, int64_t dim) {
    const auto count = static_cast<size_t>(dim);
    switch (cache) {
        case CacheType::F32:
            return count * 4;
        case CacheType::F16:
            return count * 2;
        case CacheType::Q8_0:
            return (count + 31) / 32 * 34;
    }
    return 0;
}

Result<const Kernels*> selectKernels(std::string_view forced) {
    if (forced.empty()) return runnableKernels().back();
    for (const Candidate& candidate : kCandidates) {
        if (candidate.name != forced) continue;
        if (candidate.table == nullptr)
            return fail("the kernels \"", forced, "\" are not part of this build");
        if (!candidate.runnable())
            return fail("the kernels \"", forced, "\" do not run here: they need ",
                        candidate.demanded);
        return candidate.table;
    }
    return fail("there are no kernels named \"", forced, "\"; known are ", knownNames());
}

std::vector<const Kernels*> runnableKernels() {
    std::vector<const Kernels*> tables;
    for (const Candidate& candidate : kCandidates)
        if (candidate.table != nullptr && candidate.runnable()) tables.push_back(candidate.table);
    return tables;
}

}  // namespace alcove::engine
