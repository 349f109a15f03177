// The bytes of a file, read-only: mapped, or read into memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <thread>

#include "engine/base/result.h"

namespace alcove {

class MappedFile {
public:
    /// Pages are loaded by the system when they are first read.
    static Result<MappedFile> open(const std::filesystem::path& path);
    /// Begins to replace the mapping, piece by piece and at the same addresses, by a copy in large
    /// pages of memory, which processors read faster (by a sixth where a model is decoded on two
    /// cores) and which a change of the file does not touch. The bytes may be read meanwhile. What
    /// cannot be copied stays mapped: where the system has no such pages, the file is small, or the
    /// memory that is free would not hold it twice.
    void moveIntoMemory();

    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept { swap(other); }
    MappedFile& operator=(MappedFile&& other) noexcept {
        swap(other);
        return *this;
    }
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] std::span<const std::byte> bytes() const { return {m_data, m_size}; }

private:
    void swap(MappedFile& other) noexcept {
        std::swap(m_path, other.m_path);
        std::swap(m_data, other.m_data);
        std::swap(m_size, other.m_size);
        std::swap(m_mover, other.m_mover);
    }

    std::filesystem::path m_path;
    const std::byte* m_data = nullptr;
    size_t m_size = 0;
    std::jthread m_mover;  // knows the addresses, not this object
};

}  // namespace alcove
