#include "tests/engine/cpu/tables_under_test.h"

namespace alcove::test {

std::vector<const engine::Kernels*> tablesUnderTest() { return engine::runnableKernels(); }

}  // namespace alcove::test
