#include "engine/base/atomic_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
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
#endif

namespace alcove {
namespace {

constexpr size_t kBufferSize = 64 * 1024;
constexpr size_t kLargestWrite = size_t{1} << 30;  // a system call may take less than 2 GiB
constexpr int kAttempts = 100;
constexpr int kMostLinks = 40;
constexpr std::string_view kPart = ".alcove-part-";  // so that no file of others is taken for ours

// The calls that differ by platform. Errors are errno or GetLastError().

#ifdef _WIN32

using SystemError = DWORD;

SystemError openNew(const std::filesystem::path& path, intptr_t& handle, bool& exists) {
    // FILE_SHARE_DELETE: removeUnfinishedFiles() may remove it while it is open.
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE, FILE_SHARE_DELETE, nullptr, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) {
        const DWORD error = GetLastError();
        exists = error == ERROR_FILE_EXISTS;
        return error;
    }
    handle = reinterpret_cast<intptr_t>(file);
    return 0;
}

SystemError writeSome(intptr_t handle, std::span<const std::byte> bytes, size_t& written) {
    DWORD count = 0;
    if (!WriteFile(reinterpret_cast<HANDLE>(handle), bytes.data(), static_cast<DWORD>(bytes.size()),
                   &count, nullptr))
        return GetLastError();
    written = count;
    return 0;
}

SystemError sync(intptr_t handle) {
    return FlushFileBuffers(reinterpret_cast<HANDLE>(handle)) ? 0 : GetLastError();
}

SystemError close(intptr_t handle) {
    return CloseHandle(reinterpret_cast<HANDLE>(handle)) ? 0 : GetLastError();
}

/// Closes the file and gives it its name. A handle that is closed is -1.
SystemError putInPlace(intptr_t& handle, const std::filesystem::path& from,
                       const std::filesystem::path& to) {
    const SystemError closing = close(std::exchange(handle, -1));
    if (closing) return closing;
    return MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)
               ? 0
               : GetLastError();
}

bool claim(intptr_t) { return true; }  // an open file is claimed

/// Removes a file that nobody has open: who writes allows no other writer.
void removeAbandoned(const std::filesystem::path& path) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE | DELETE, 0, nullptr, OPEN_EXISTING,
                              FILE_FLAG_DELETE_ON_CLOSE, nullptr);
    if (file != INVALID_HANDLE_VALUE) CloseHandle(file);
}

unsigned long processId() { return GetCurrentProcessId(); }

#else

using SystemError = int;

SystemError openNew(const std::filesystem::path& path, intptr_t& handle, bool& exists) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        exists = errno == EEXIST;
        return errno;
    }
    handle = fd;
    return 0;
}

SystemError writeSome(intptr_t handle, std::span<const std::byte> bytes, size_t& written) {
    const ssize_t count = ::write(static_cast<int>(handle), bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return errno;
    written = count < 0 ? 0 : static_cast<size_t>(count);
    return 0;
}

SystemError sync(intptr_t handle) { return ::fsync(static_cast<int>(handle)) == 0 ? 0 : errno; }

SystemError close(intptr_t handle) { return ::close(static_cast<int>(handle)) == 0 ? 0 : errno; }

/// Gives the file its name and closes it, in this order: as long as it is open it is claimed. The
/// folder is synced as well: only then the new name survives a power cut.
SystemError putInPlace(intptr_t& handle, const std::filesystem::path& from,
                       const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return errno;
    close(std::exchange(handle, -1));  // what could fail has failed in sync()
    const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {  // some file systems can not sync a folder: the rename itself has happened
        ::fsync(fd);
        ::close(fd);
    }
    return 0;
}

/// Locks a new file for as long as it is open, so that removeAbandoned() leaves it. False: that was
/// faster and removes it. Where the file system has no locks, nothing is ever taken for abandoned.
bool claim(intptr_t handle) {
    const int fd = static_cast<int>(handle);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
    struct stat info{};
    return ::fstat(fd, &info) != 0 || info.st_nlink > 0;
}

/// Removes a file whose writer is gone: its lock is free.
void removeAbandoned(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return;
    struct stat info{};
    if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && ::flock(fd, LOCK_EX | LOCK_NB) == 0)
        ::unlink(path.c_str());
    ::close(fd);
}

unsigned long processId() { return static_cast<unsigned long>(::getpid()); }

#endif

Error failure(const std::filesystem::path& path, std::string_view what, SystemError error) {
    return fail(path.string(), ": ", what, ": ",
                std::system_category().message(static_cast<int>(error)));
}

/// "12-3": a process and a count, as create() makes them.
bool isPartNumber(std::string_view text) {
    const size_t dash = text.find('-');
    const auto number = [](std::string_view digits) {
        return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return dash != std::string_view::npos && number(text.substr(0, dash)) &&
           number(text.substr(dash + 1));
}

/// Removes what writers of this file left that were killed.
void removeLeftovers(const std::filesystem::path& path) {
    std::filesystem::path start = path.filename();
    start += kPart;
    std::vector<std::filesystem::path> leftovers;
    std::error_code failed;
    std::filesystem::directory_iterator entry(
        path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), failed);
    for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
        const std::filesystem::path name = entry->path().filename();
        if (!name.native().starts_with(start.native())) continue;
        const std::filesystem::path rest = name.native().substr(start.native().size());
        if (isPartNumber(rest.string())) leftovers.push_back(entry->path());
    }
    for (const std::filesystem::path& leftover : leftovers) removeAbandoned(leftover);
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path) {
    static std::atomic<unsigned> counter{0};  // so that threads do not take one name
    AtomicFile file;
    file.m_path = path;
    std::error_code ignored;
    const std::filesystem::file_status status = std::filesystem::status(path, ignored);
    if (std::filesystem::is_directory(status))
        return fail(path.string(), ": cannot be written: it is a folder");
    // Renaming over a device or a pipe would take it away: /dev/null, /dev/stdout.
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        return fail(path.string(), ": cannot be written: it is not an ordinary file");
    // What a link names is written, even when it does not exist yet; the link stays.
    for (int links = 0; std::filesystem::is_symlink(file.m_path, ignored); ++links) {
        if (links == kMostLinks)
            return fail(path.string(), ": cannot be written: its links lead in a circle");
        file.m_path =
            file.m_path.parent_path() / std::filesystem::read_symlink(file.m_path, ignored);
    }

    removeLeftovers(file.m_path);
    SystemError error = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        std::filesystem::path part = file.m_path;
        part += concat(kPart, processId(), "-", counter.fetch_add(1));
        bool exists = false;
        file.m_unfinished = addUnfinishedFile(part);
        error = openNew(part, file.m_handle, exists);
        if (error == 0) {
            file.m_part = std::move(part);
            if (claim(file.m_handle)) return file;
            exists = true;
        }
        file.discard();
        if (!exists) break;
    }
    return failure(path, "cannot be created", error);
}

AtomicFile::~AtomicFile() { discard(); }

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
    if (m_buffer.size() + bytes.size() > kBufferSize) ALCOVE_CHECK(flush());
    if (bytes.size() > kBufferSize) return writeThrough(bytes);
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> AtomicFile::commit() {
    ALCOVE_CHECK(flush());
    if (const SystemError error = sync(m_handle))
        return failure(m_path, "cannot be brought to the disk", error);
    if (const SystemError error = putInPlace(m_handle, m_part, m_path))
        return failure(m_path, "cannot be put in place", error);
    m_part.clear();
    forgetUnfinishedFile(std::exchange(m_unfinished, UnfinishedFile::None));
    return {};
}

Result<void> AtomicFile::flush() {
    ALCOVE_CHECK(writeThrough(m_buffer));
    m_buffer.clear();
    return {};
}

Result<void> AtomicFile::writeThrough(std::span<const std::byte> bytes) {
    if (m_handle == kClosed) return fail(m_path.string(), ": is closed, nothing can be written");
    while (!bytes.empty()) {
        size_t written = 0;
        const auto piece = bytes.first(std::min(bytes.size(), kLargestWrite));
        if (const SystemError error = writeSome(m_handle, piece, written))
            return failure(m_path, concat("cannot be written (", m_written, " bytes so far)"),
                           error);
        m_written += written;
        bytes = bytes.subspan(written);
    }
    return {};
}

void AtomicFile::discard() {
    if (m_handle != kClosed) alcove::close(m_handle);
    m_handle = kClosed;
    std::error_code ignored;
    if (!m_part.empty()) std::filesystem::remove(m_part, ignored);
    m_part.clear();
    forgetUnfinishedFile(std::exchange(m_unfinished, UnfinishedFile::None));
}

void AtomicFile::swap(AtomicFile& other) noexcept {
    m_path.swap(other.m_path);
    m_part.swap(other.m_part);
    std::swap(m_handle, other.m_handle);
    m_buffer.swap(other.m_buffer);
    std::swap(m_written, other.m_written);
    std::swap(m_unfinished, other.m_unfinished);
}

}  // namespace alcove
