// A file that one process at a time holds. The system lets go of it when the process ends, however
// it ends; the file itself stays, and holds the id of its last owner for messages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

#include "engine/base/result.h"

namespace alcove {

class FileLock {
public:
    /// Nothing: someone else holds it (holder() may know who). The file is made where there is
    /// none.
    static Result<std::optional<FileLock>> tryAcquire(const std::filesystem::path& path);
    /// Shared with others who only read; of a file that is there and need not be writable. Nothing:
    /// someone holds it alone.
    static Result<std::optional<FileLock>> tryShare(const std::filesystem::path& path);
    /// The process that wrote its id into a lock's file; 0 where that cannot be read.
    [[nodiscard]] static uint64_t holder(const std::filesystem::path& path);

    FileLock(FileLock&& other) noexcept : m_handle(std::exchange(other.m_handle, kNone)) {}
    FileLock& operator=(FileLock&& other) noexcept {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    ~FileLock();

private:
    static constexpr intptr_t kNone = -1;
    explicit FileLock(intptr_t handle) : m_handle(handle) {}

    intptr_t m_handle;  // a descriptor, or a HANDLE
};

}  // namespace alcove
