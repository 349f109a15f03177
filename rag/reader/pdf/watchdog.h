// Ends the process when one step of it takes too long: for libraries that never come back from
// some files and cannot be asked to stop.
#pragma once

#include "engine/base/result.h"

namespace alcove::rag::pdf {

/// While it lives, the process may use this much processor time; then it writes the refusal to its
/// output, which must stand at the beginning of a line, and exits. One at a time, in one thread.
/// On Windows it does nothing: there the parent's deadline is all.
class Watchdog {
public:
    Watchdog(int seconds, const Error& refusal);
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;
    ~Watchdog();
};

}  // namespace alcove::rag::pdf
