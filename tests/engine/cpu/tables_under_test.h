// Which tables the kernel tests compare with the reference: those that run on this processor, or,
// in a build that imitates an instruction set the processor lacks, the imitated ones.
#pragma once

#include <vector>

#include "engine/cpu/kernels.h"

namespace alcove::test {

[[nodiscard]] std::vector<const engine::Kernels*> tablesUnderTest();

}  // namespace alcove::test
