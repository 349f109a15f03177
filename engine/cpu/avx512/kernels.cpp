#include "engine/cpu/avx512/products.h"
#include "engine/cpu/avx512/simd.h"
#include "engine/cpu/generic/table.h"
#include "engine/cpu/tables.h"

namespace alcove::engine {

constinit const Kernels kAvx512Kernels = makeTable<Avx512, avx512::Product>("avx512");

}  // namespace alcove::engine
