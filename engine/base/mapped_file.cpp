#include "engine/base/mapped_file.h"

#include <cerrno>
#include <cstring>

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

#endif

}  // namespace alcove
