// Shuts the door behind the process: afterwards it can compute, read what it has open, write to
// its output and end; it can open nothing, reach no network and start nothing.
#pragma once

#include <cstdint>

#include "engine/base/result.h"

namespace alcove::rag {

struct SandboxLimits {
    uint64_t memory = uint64_t{768} << 20;  // bytes of its own, shared libraries apart
    uint64_t seconds = 600;                 // of processor time
    uint64_t output = uint64_t{256} << 20;  // bytes
};

/// Before anything foreign is touched. Closes what was inherited by mistake (all but the standard
/// streams), and dies when the parent dies.
[[nodiscard]] Result<void> limitProcess(const SandboxLimits& limits);

/// For good. Load libraries, fonts and language data before.
[[nodiscard]] Result<void> lockProcess();

}  // namespace alcove::rag
