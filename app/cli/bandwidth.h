// How fast this machine reads memory: what bounds decoding.
#pragma once

#include "engine/base/thread_pool.h"

namespace alcove::app {

/// The best of a few passes of all threads over memory larger than any cache, in GB/s.
[[nodiscard]] double readBandwidth(ThreadPool& pool);

}  // namespace alcove::app
