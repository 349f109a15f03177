// macOS: rlimits and a sandbox profile. Has never been run.
#include <sandbox.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "rag/reader/sandbox.h"

namespace alcove::rag {

Result<void> limitProcess(const SandboxLimits& limits) {
    const rlimit nothing{0, 0};
    const rlimit time{limits.seconds, limits.seconds + 1};
    for (int file = 3; file < 1024; ++file) close(file);
    // The kernel does not hold a process to RLIMIT_AS; the parent's deadline bounds the rest.
    if (setrlimit(RLIMIT_CORE, &nothing) != 0 || setrlimit(RLIMIT_FSIZE, &nothing) != 0 ||
        setrlimit(RLIMIT_CPU, &time) != 0)
        return fail("the process could not be limited");
    return {};
}

Result<void> lockProcess() {
    char* words = nullptr;
    // Deprecated since long, and still what the system's own programs use.
    if (sandbox_init("(version 1)(deny default)(allow sysctl-read)", 0, &words) != 0) {
        Error error = fail("the sandbox could not be closed: ", words != nullptr ? words : "");
        sandbox_free_error(words);
        return error;
    }
    return {};
}

}  // namespace alcove::rag
