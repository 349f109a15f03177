// What memory this machine has.
#pragma once

#include <cstdint>

namespace alcove {

/// Bytes that programs can still ask for without others being swapped out; 0: not known.
[[nodiscard]] uint64_t availableMemory();

}  // namespace alcove
