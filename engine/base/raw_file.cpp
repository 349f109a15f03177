#include "engine/base/raw_file.h"

#include <utility>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace alcove::raw {

#ifdef _WIN32

SystemError openNew(const std::filesystem::path& path, bool, Handle& handle, bool& exists) {
    // FILE_SHARE_DELETE: removeUnfinishedFiles() may remove it while it is open.
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_DELETE, nullptr, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        const DWORD error = GetLastError();
        exists = error == ERROR_FILE_EXISTS;
        return error;
    }
    handle = reinterpret_cast<Handle>(file);
    return 0;
}

void copyRights(const std::filesystem::path&, Handle) {}

SystemError writeSome(Handle handle, std::span<const std::byte> bytes, size_t& written) {
    DWORD count = 0;
    if (!WriteFile(reinterpret_cast<HANDLE>(handle), bytes.data(), static_cast<DWORD>(bytes.size()),
                   &count, nullptr))
        return GetLastError();
    written = count;
    return 0;
}

SystemError sync(Handle handle) {
    return FlushFileBuffers(reinterpret_cast<HANDLE>(handle)) ? 0 : GetLastError();
}

void close(Handle handle) { CloseHandle(reinterpret_cast<HANDLE>(handle)); }

SystemError putInPlace(Handle& handle, const std::filesystem::path& from,
                       const std::filesystem::path& to) {
    if (!CloseHandle(reinterpret_cast<HANDLE>(std::exchange(handle, kClosed))))
        return GetLastError();
    return MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)
               ? 0
               : GetLastError();
}

bool claim(Handle) { return true; }  // an open file is claimed

/// Who writes allows no other writer, so this opens only what nobody has open.
void removeAbandoned(const std::filesystem::path& path) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE | DELETE, 0, nullptr, OPEN_EXISTING,
                              FILE_FLAG_DELETE_ON_CLOSE, nullptr);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}

bool isStandardStream(const std::filesystem::path&) { return false; }  // an open file stays there

bool meansFull(SystemError error) {
    return error == ERROR_DISK_FULL || error == ERROR_HANDLE_DISK_FULL ||
           error == ERROR_DISK_QUOTA_EXCEEDED;
}

unsigned long processId() { return GetCurrentProcessId(); }

#else

namespace {

SystemError lastError() { return static_cast<SystemError>(errno); }
int descriptor(Handle handle) { return static_cast<int>(handle); }

}  // namespace

SystemError openNew(const std::filesystem::path& path, bool ownerAlone, Handle& handle,
                    bool& exists) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                          ownerAlone ? S_IRUSR | S_IWUSR : 0666);
    if (fd < 0) {
        exists = errno == EEXIST;
        return lastError();
    }
    handle = fd;
    return 0;
}

void copyRights(const std::filesystem::path& model, Handle handle) {
    struct stat info{};
    if (::stat(model.c_str(), &info) != 0) return;
    mode_t rights = info.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
    // Only the superuser may give a file away. Where not even its group can be had, what the group
    // was allowed would go to another one.
    if (::fchown(descriptor(handle), info.st_uid, info.st_gid) != 0 &&
        ::fchown(descriptor(handle), static_cast<uid_t>(-1), info.st_gid) != 0)
        rights &= ~static_cast<mode_t>(S_IRWXG);
    // Some file systems have no rights; what then remains is what openNew() gave.
    (void)::fchmod(descriptor(handle), rights);
}

SystemError writeSome(Handle handle, std::span<const std::byte> bytes, size_t& written) {
    const ssize_t count = ::write(descriptor(handle), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return lastError();
    written = count < 0 ? 0 : static_cast<size_t>(count);
    return 0;
}

SystemError sync(Handle handle) { return ::fsync(descriptor(handle)) == 0 ? 0 : lastError(); }

void close(Handle handle) { ::close(descriptor(handle)); }  // what could fail has failed in sync()

/// The name first and then closing: as long as the file is open it is claimed. The folder is synced
/// as well: only then the new name survives a power cut.
SystemError putInPlace(Handle& handle, const std::filesystem::path& from,
                       const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return lastError();
    close(std::exchange(handle, kClosed));
    const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {  // some file systems can not sync a folder: the rename itself has happened
        ::fsync(fd);
        ::close(fd);
    }
    return 0;
}

/// By a lock. Where the file system has none, nothing is ever taken for abandoned.
bool claim(Handle handle) {
    if (::flock(descriptor(handle), LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
    struct stat info{};
    return ::fstat(descriptor(handle), &info) != 0 || info.st_nlink > 0;
}

void removeAbandoned(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    struct stat info{};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0)
        ::unlink(path.c_str());
    ::close(fd);
}

bool isStandardStream(const std::filesystem::path& path) {
    struct stat file{}, stream{};
    if (::stat(path.c_str(), &file) != 0) return false;
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev &&
            stream.st_ino == file.st_ino)
            return true;
    return false;
}

bool meansFull(SystemError error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

unsigned long processId() { return static_cast<unsigned long>(::getpid()); }

#endif

}  // namespace alcove::raw
