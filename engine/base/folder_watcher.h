// Says which folders something changed in. Not every system can, and those that can may run out of
// watches or lose events: whoever uses it must be able to look for himself.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <vector>

#include "engine/base/result.h"

namespace alcove {

class FolderWatcher {
public:
    using Clock = std::chrono::steady_clock;

    /// An error where the system has nothing of the kind, or gives no more of it.
    static Result<std::unique_ptr<FolderWatcher>> create();
    virtual ~FolderWatcher() = default;

    /// The folder itself, not what lies in its folders. Again: nothing happens. An error tells that
    /// no more can be watched; a folder that cannot be read is passed over.
    [[nodiscard]] virtual Result<void> add(const std::filesystem::path& folder) = 0;

    struct Changes {
        std::vector<std::filesystem::path> folders;  // in which something changed, each once
        bool lost = false;                           // there were more, which nobody knows
        [[nodiscard]] bool empty() const { return folders.empty() && !lost; }
    };
    /// Waits for a change; empty at the deadline and when it was stopped.
    [[nodiscard]] virtual Result<Changes> wait(Clock::time_point deadline,
                                               const std::stop_token& stop) = 0;
};

}  // namespace alcove
