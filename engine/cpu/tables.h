// The tables that may be built in; kernels.cpp chooses among them. Each one is a constant of its
// own folder. ALCOVE_WITH_… is defined by engine/cpu/CMakeLists.txt for those that are compiled.
//
// Rule for every file compiled for an instruction set above the baseline: it must not emit a weak
// symbol. An inline function or a template of a shared header (std::max, std::vector, halfToFloat,
// rowBytes) that such a file instantiates may be the copy the linker keeps for the whole program,
// and the program then dies at start on an older processor. So those files use C headers,
// intrinsics, the types of kernels.h and templates in anonymous namespaces, nothing else. A test
// (kernels_symbols) looks at their object files.
#pragma once

#include "engine/cpu/kernels.h"

namespace alcove::engine {

extern const Kernels kReferenceKernels;
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
extern const Kernels kAmxKernels;
extern const Kernels kNeonKernels;

}  // namespace alcove::engine
