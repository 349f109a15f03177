#include "engine/base/mapped_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/base/memory.h"

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace alcove {

#ifdef _WIN32

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    HANDLE file = CreateFileW(path.c_str(), GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE)
        return fail(path.string(), ": cannot be opened (error ", GetLastError(), ")");
    LARGE_INTEGER size{};
    if (!GetFileSizeEx(file, &size)) {
        CloseHandle(file);
        return fail(path.string(), ": its size cannot be read");
    }
    MappedFile mapped;
    mapped.m_path = path;
    mapped.m_size = static_cast<size_t>(size.QuadPart);
    if (mapped.m_size > 0) {
        HANDLE mapping = CreateFileMappingW(file, nullptr, PAGE_READONLY, 0, 0, nullptr);
        void* view = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0) : nullptr;
        if (mapping) CloseHandle(mapping);  // the view keeps it alive
        if (!view) {
            CloseHandle(file);
            return fail(path.string(), ": cannot be mapped (error ", GetLastError(), ")");
        }
        mapped.m_data = static_cast<const std::byte*>(view);
    }
    CloseHandle(file);
    return mapped;
}

MappedFile::~MappedFile() {
    if (m_data) UnmapViewOfFile(m_data);
}

void MappedFile::moveIntoMemory() {}  // large pages need a privilege

#else

namespace {

constexpr size_t kLargePage = size_t{2} << 20;
constexpr size_t kSmallFile = 8 * kLargePage;

size_t wholePages(size_t bytes) {
    static const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    return (bytes + page - 1) / page * page;
}

/// Gives back what of `taken` lies before its first large page, and what lies behind `size` bytes
/// from there.
std::byte* trimmed(void* taken, size_t whole, size_t size) {
    auto* first = static_cast<std::byte*>(taken);
    const size_t past = reinterpret_cast<uintptr_t>(first) % kLargePage;
    const size_t before = past == 0 ? 0 : kLargePage - past;
    if (before > 0) ::munmap(first, before);
    const size_t end = before + wholePages(size);
    if (end < wholePages(whole)) ::munmap(first + end, wholePages(whole) - end);
    return first + before;
}

/// Large files begin at a large page, so that such pages can take their place.
const std::byte* map(int fd, size_t size) {
    const bool isLarge = size >= kSmallFile;
    const size_t whole = isLarge ? size + kLargePage : size;
    void* view = ::mmap(nullptr, whole, isLarge ? PROT_NONE : PROT_READ,
                        isLarge ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED,
                        isLarge ? -1 : fd, 0);
    if (view == MAP_FAILED) return nullptr;
    if (!isLarge) return static_cast<std::byte*>(view);
    std::byte* place = trimmed(view, whole, size);
    if (::mmap(place, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) != MAP_FAILED) return place;
    const int error = errno;
    ::munmap(place, size);
    errno = error;
    return nullptr;
}

}  // namespace

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // a FIFO must not wait
    if (fd < 0) return fail(path.string(), ": cannot be opened: ", std::strerror(errno));
    struct stat info{};
    if (::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd);
        return fail(path.string(), ": not a regular file");
    }
    MappedFile mapped;
    mapped.m_path = path;
    mapped.m_size = static_cast<size_t>(info.st_size);
    if (mapped.m_size > 0) {
        mapped.m_data = map(fd, mapped.m_size);
        if (!mapped.m_data) {
            const int error = errno;
            ::close(fd);
            return fail(path.string(), ": cannot be mapped: ", std::strerror(error));
        }
    }
    ::close(fd);
    return mapped;
}

MappedFile::~MappedFile() {
    m_mover = {};  // stopped and waited for
    if (m_data) ::munmap(const_cast<std::byte*>(m_data), m_size);
}

#ifdef __linux__

namespace {

constexpr size_t kPiece = 4 * kLargePage;  // that is there twice, for a moment

/// A piece of memory, filled from the file; null where that cannot be had.
void* readPiece(int fd, size_t at, size_t size) {
    // Rounded up to large pages so that it begins at one.
    void* taken = ::mmap(nullptr, size + kLargePage, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (taken == MAP_FAILED) return nullptr;
    std::byte* piece = trimmed(taken, size + kLargePage, size);
    bool whole = ::madvise(piece, size, MADV_HUGEPAGE) == 0;
    for (size_t done = 0; whole && done < size;) {
        const ssize_t got = ::pread(fd, piece + done, size - done, static_cast<off_t>(at + done));
        if (got < 0 && errno == EINTR) continue;
        whole = got > 0;
        if (whole) done += static_cast<size_t>(got);
    }
    if (whole && ::mprotect(piece, size, PROT_READ) == 0) return piece;
    ::munmap(piece, size);
    return nullptr;
}

/// Threads that read meanwhile fault and wait while a piece changes its place. Not with a lower
/// priority: who computes is held up by it for as long as it lasts.
void replacePieces(const std::stop_token& stop, int fd, std::byte* data, size_t size) {
    for (size_t at = 0; at < size && !stop.stop_requested(); at += kPiece) {
        const size_t count = std::min(kPiece, size - at);
        void* piece = readPiece(fd, at, count);
        if (!piece) break;
        const size_t pages = wholePages(count);
        if (::mremap(piece, pages, pages, MREMAP_MAYMOVE | MREMAP_FIXED, data + at) != MAP_FAILED)
            continue;
        // Whether the mapping was still there then is not told.
        ::mmap(data + at, pages, PROT_READ, MAP_SHARED | MAP_FIXED, fd, static_cast<off_t>(at));
        ::munmap(piece, pages);
        break;
    }
    ::close(fd);
}

}  // namespace

void MappedFile::moveIntoMemory() {
    if (m_size < kSmallFile || availableMemory() / 2 < m_size || m_mover.joinable()) return;
    const int fd = ::open(m_path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    try {
        m_mover =
            std::jthread([fd, data = const_cast<std::byte*>(m_data), size = m_size](
                             const std::stop_token& stop) { replacePieces(stop, fd, data, size); });
    } catch (const std::system_error&) {  // it stays mapped
        ::close(fd);
    }
}

#else

void MappedFile::moveIntoMemory() {}

#endif
#endif

}  // namespace alcove
