#include "engine/cpu/avx2/simd.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {

constinit const Kernels kAvx2Kernels = makeTable<Avx2>("avx2");

}  // namespace alcove::engine
