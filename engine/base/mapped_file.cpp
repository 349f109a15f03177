#include "engine/base/mapped_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <vector>

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

Result<void> MappedFile::moveIntoMemory() { return {}; }  // large pages need a privilege

#else

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
        void* view = ::mmap(nullptr, mapped.m_size, PROT_READ, MAP_SHARED, fd, 0);
        if (view == MAP_FAILED) {
            const int error = errno;
            ::close(fd);
            return fail(path.string(), ": cannot be mapped: ", std::strerror(error));
        }
        mapped.m_data = static_cast<const std::byte*>(view);
    }
    ::close(fd);
    return mapped;
}

MappedFile::~MappedFile() {
    if (m_data) ::munmap(const_cast<std::byte*>(m_data), m_size);
}

#ifdef __linux__

namespace {

constexpr size_t kLargePage = size_t{2} << 20;
constexpr size_t kSmallFile = 8 * kLargePage;
constexpr size_t kPiece = 4 * kLargePage;  // that one thread reads at a time
constexpr int kMostReaders = 4;            // more do not read memory faster

/// Memory that begins at a large page, so that all of it can lie in such; null: there is none.
std::byte* takeLargePages(size_t bytes) {
    const size_t whole = bytes + kLargePage;
    void* taken =
        ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (taken == MAP_FAILED) return nullptr;
    auto* first = static_cast<std::byte*>(taken);
    const size_t past = reinterpret_cast<uintptr_t>(first) % kLargePage;
    const size_t before = past == 0 ? 0 : kLargePage - past;
    if (before > 0) ::munmap(first, before);
    constexpr size_t kPage = 4096;
    const size_t used = (bytes + kPage - 1) / kPage * kPage;
    if (before + used < whole) ::munmap(first + before + used, whole - before - used);
    if (::madvise(first + before, used, MADV_HUGEPAGE) != 0) {
        ::munmap(first + before, used);
        return nullptr;
    }
    return first + before;
}

/// Fills [to, to + size) with the file, piece by piece. 0, an errno, or −1 at an early end.
int readPieces(int fd, std::byte* to, size_t size, std::atomic<size_t>& next) {
    for (;;) {
        size_t at = next.fetch_add(kPiece);
        const size_t end = std::min(size, at + kPiece);
        while (at < end) {
            const ssize_t got = ::pread(fd, to + at, end - at, static_cast<off_t>(at));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return got < 0 ? errno : -1;
            at += static_cast<size_t>(got);
        }
        if (end == size) return 0;
    }
}

int readAll(int fd, std::byte* to, size_t size) {
    const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
    std::atomic<size_t> next{0};
    std::atomic<int> failed{0};
    const auto work = [&] {
        if (const int error = readPieces(fd, to, size, next)) failed = error;
    };
    std::vector<std::jthread> others;
    try {
        for (unsigned i = 1; i < std::min<unsigned>(cores, kMostReaders); ++i)
            others.emplace_back(work);
    } catch (const std::system_error&) {  // those there are will do
    }
    work();
    others.clear();
    return failed;
}

}  // namespace

Result<void> MappedFile::moveIntoMemory() {
    if (m_size < kSmallFile || availableMemory() / 2 < m_size) return {};
    const int fd = ::open(m_path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return fail(m_path.string(), ": cannot be opened: ", std::strerror(errno));
    std::byte* memory = takeLargePages(m_size);
    if (!memory) {
        ::close(fd);
        return {};
    }
    const int error = readAll(fd, memory, m_size);
    ::close(fd);
    if (error != 0) {
        ::munmap(memory, m_size);
        if (error < 0) return fail(m_path.string(), ": became shorter while it was read");
        return fail(m_path.string(), ": cannot be read: ", std::strerror(error));
    }
    ::mprotect(memory, m_size, PROT_READ);
    ::munmap(const_cast<std::byte*>(m_data), m_size);
    m_data = memory;
    return {};
}

#else

Result<void> MappedFile::moveIntoMemory() { return {}; }

#endif
#endif

}  // namespace alcove
