#include "engine/base/file_lock.h"

#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>
#endif

namespace alcove {
namespace {

Error failure(const std::filesystem::path& path, int error) {
    return fail(path.string(), ": cannot be locked: ", std::system_category().message(error));
}

}  // namespace

#ifdef _WIN32

Result<std::optional<FileLock>> FileLock::tryAcquire(const std::filesystem::path& path) {
    // Others may read it (for holder()) and nothing else.
    HANDLE file = CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, nullptr,
                              OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        const DWORD error = GetLastError();
        if (error == ERROR_SHARING_VIOLATION) return std::optional<FileLock>();
        return failure(path, static_cast<int>(error));
    }
    const std::string text = std::to_string(GetCurrentProcessId()) + "\n";
    DWORD written = 0;
    SetEndOfFile(file);
    WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
    return std::optional<FileLock>(FileLock(reinterpret_cast<intptr_t>(file)));
}

Result<std::optional<FileLock>> FileLock::tryShare(const std::filesystem::path& path) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        const DWORD error = GetLastError();
        if (error == ERROR_SHARING_VIOLATION) return std::optional<FileLock>();
        return failure(path, static_cast<int>(error));
    }
    return std::optional<FileLock>(FileLock(reinterpret_cast<intptr_t>(file)));
}

FileLock::~FileLock() {
    if (m_handle != kNone) CloseHandle(reinterpret_cast<HANDLE>(m_handle));
}

#else

Result<std::optional<FileLock>> FileLock::tryAcquire(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) return failure(path, errno);
    FileLock lock(fd);
    constexpr timespec kMoment{0, 5'000'000};  // 5 ms
    for (int tries = 200; ::flock(fd, LOCK_EX | LOCK_NB) != 0;) {
        if (errno == EINTR) continue;
        if (errno != EWOULDBLOCK) return failure(path, errno);
        // A child that its killed holder was about to start lets go as soon as it is another
        // program.
        const auto id = static_cast<pid_t>(holder(path));
        const bool gone = id > 0 && ::kill(id, 0) != 0 && errno == ESRCH;
        if (!gone || tries-- == 0) return std::optional<FileLock>();
        ::nanosleep(&kMoment, nullptr);
    }
    // Whose lock it is serves messages alone: a full disk does no harm.
    const std::string text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) == 0 && ::write(fd, text.data(), text.size()) < 0) errno = 0;
    return std::optional<FileLock>(std::move(lock));
}

Result<std::optional<FileLock>> FileLock::tryShare(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return failure(path, errno);
    FileLock lock(fd);
    while (::flock(fd, LOCK_SH | LOCK_NB) != 0) {
        if (errno == EINTR) continue;
        if (errno == EWOULDBLOCK) return std::optional<FileLock>();
        return failure(path, errno);
    }
    return std::optional<FileLock>(std::move(lock));
}

FileLock::~FileLock() {
    if (m_handle != kNone) ::close(static_cast<int>(m_handle));
}

#endif

uint64_t FileLock::holder(const std::filesystem::path& path) {
    std::ifstream file(path);
    uint64_t id = 0;
    return file >> id ? id : 0;
}

}  // namespace alcove
