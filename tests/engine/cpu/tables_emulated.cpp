// The AVX-512 and AMX tables of tests/support/emulation: the kernels' own sources, compiled for
// imitated instructions.
#include "engine/cpu/tables.h"
#include "tests/engine/cpu/tables_under_test.h"

namespace alcove::engine {

extern const Kernels kAvx512Emulated;
extern const Kernels kAmxEmulated;

}  // namespace alcove::engine

namespace alcove::test {

std::vector<const engine::Kernels*> tablesUnderTest() {
    return {&engine::kReferenceKernels, &engine::kAvx512Emulated, &engine::kAmxEmulated};
}

}  // namespace alcove::test
