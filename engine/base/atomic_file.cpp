#include "engine/base/atomic_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

namespace alcove {
namespace {

constexpr size_t kBufferSize = 64 * 1024;
constexpr size_t kLargestWrite = size_t{1} << 30;  // a system call may take less than 2 GiB
constexpr int kAttempts = 100;
constexpr int kMostLinks = 40;

// The four calls that differ by platform. Errors are errno or GetLastError().

#ifdef _WIN32

using SystemError = DWORD;

SystemError openNew(const std::filesystem::path& path, intptr_t& handle, bool& exists) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
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

SystemError replace(const std::filesystem::path& from, const std::filesystem::path& to) {
    return MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)
               ? 0
               : GetLastError();
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

/// The folder is synced as well: only then the new name survives a power cut.
SystemError replace(const std::filesystem::path& from, const std::filesystem::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) return errno;
    const std::filesystem::path folder = to.has_parent_path() ? to.parent_path() : ".";
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {  // some file systems can not sync a folder: the rename itself has happened
        ::fsync(fd);
        ::close(fd);
    }
    return 0;
}

unsigned long processId() { return static_cast<unsigned long>(::getpid()); }

#endif

Error failure(const std::filesystem::path& path, std::string_view what, SystemError error) {
    return fail(path.string(), ": ", what, ": ",
                std::system_category().message(static_cast<int>(error)));
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

    SystemError error = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        std::filesystem::path part = file.m_path;
        part += concat(".part-", processId(), "-", counter.fetch_add(1));
        bool exists = false;
        error = openNew(part, file.m_handle, exists);
        if (error == 0) {
            file.m_part = std::move(part);
            return file;
        }
        if (!exists) break;
    }
    return failure(path, "cannot be created", error);
}

AtomicFile::~AtomicFile() { discard(); }

Result<void> AtomicFile::write(std::span<const std::byte> bytes) {
    m_position += bytes.size();
    if (m_buffer.size() + bytes.size() > kBufferSize) ALCOVE_CHECK(flush());
    if (bytes.size() > kBufferSize) return writeThrough(bytes);
    m_buffer.insert(m_buffer.end(), bytes.begin(), bytes.end());
    return {};
}

Result<void> AtomicFile::commit() {
    ALCOVE_CHECK(flush());
    if (const SystemError error = sync(m_handle))
        return failure(m_path, "cannot be brought to the disk", error);
    const SystemError closing = alcove::close(m_handle);
    m_handle = kClosed;
    if (closing) return failure(m_path, "cannot be closed", closing);
    if (const SystemError error = replace(m_part, m_path))
        return failure(m_path, "cannot be put in place", error);
    m_part.clear();
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
            return failure(m_path, concat("cannot be written (", m_position, " bytes so far)"),
                           error);
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
}

void AtomicFile::swap(AtomicFile& other) noexcept {
    m_path.swap(other.m_path);
    m_part.swap(other.m_part);
    std::swap(m_handle, other.m_handle);
    m_buffer.swap(other.m_buffer);
    std::swap(m_position, other.m_position);
}

}  // namespace alcove
