// inotify: one watch for each folder.
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <unordered_map>

#include "engine/base/folder_watcher.h"

namespace alcove {
namespace {

class InotifyWatcher final : public FolderWatcher {
public:
    explicit InotifyWatcher(int fd) : m_fd(fd) {}
    ~InotifyWatcher() override { ::close(m_fd); }
    InotifyWatcher(const InotifyWatcher&) = delete;
    InotifyWatcher& operator=(const InotifyWatcher&) = delete;

    Result<void> add(const std::filesystem::path& folder) override {
        // What is written is told when it is closed, not with every write.
        constexpr uint32_t kEvents = IN_CREATE | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO |
                                     IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB |
                                     IN_ONLYDIR | IN_EXCL_UNLINK;
        const int watch = ::inotify_add_watch(m_fd, folder.c_str(), kEvents);
        if (watch >= 0) {
            m_folders[watch] = folder;  // also when a folder that is watched has another name now
            return {};
        }
        if (errno != ENOSPC && errno != ENOMEM) return {};
        return fail("no more than ", m_folders.size(), " folders can be watched here (",
                    std::system_category().message(errno), ")");
    }

    Result<Changes> wait(Clock::time_point deadline, const std::stop_token& stop) override {
        using std::chrono::milliseconds;
        constexpr milliseconds kLookAtStop{100};
        Changes changes;
        while (changes.empty() && !stop.stop_requested()) {
            const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
            if (left.count() <= 0) break;
            pollfd wait{m_fd, POLLIN, 0};
            const auto span = static_cast<int>(std::min(left, kLookAtStop).count());
            if (::poll(&wait, 1, span) < 0 && errno != EINTR)
                return fail("folders cannot be watched: ", std::system_category().message(errno));
            if ((wait.revents & POLLIN) != 0) ALCOVE_CHECK(take(changes));
        }
        return changes;
    }

private:
    /// All that is there now.
    Result<void> take(Changes& changes) {
        alignas(inotify_event) std::array<char, 64 * 1024> buffer;
        for (;;) {
            const ssize_t got = ::read(m_fd, buffer.data(), buffer.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno != EAGAIN)
                return fail("folders cannot be watched: ", std::system_category().message(errno));
            if (got <= 0) return {};
            for (size_t at = 0; at + sizeof(inotify_event) <= static_cast<size_t>(got);) {
                inotify_event event;
                std::memcpy(&event, buffer.data() + at, sizeof event);
                at += sizeof event + event.len;
                note(event, changes);
            }
        }
    }

    void note(const inotify_event& event, Changes& changes) {
        if ((event.mask & IN_Q_OVERFLOW) != 0) changes.lost = true;
        const auto found = m_folders.find(event.wd);
        if (found == m_folders.end()) return;
        if (std::find(changes.folders.begin(), changes.folders.end(), found->second) ==
            changes.folders.end())
            changes.folders.push_back(found->second);
        if ((event.mask & IN_IGNORED) != 0) m_folders.erase(found);
    }

    int m_fd;
    std::unordered_map<int, std::filesystem::path> m_folders;  // by watch
};

}  // namespace

Result<std::unique_ptr<FolderWatcher>> FolderWatcher::create() {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return fail("folders cannot be watched: ", std::system_category().message(errno));
    return std::unique_ptr<FolderWatcher>(std::make_unique<InotifyWatcher>(fd));
}

}  // namespace alcove
