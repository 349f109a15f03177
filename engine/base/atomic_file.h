// Writes a file that appears under its name only when it is whole.
//
// The bytes go to a new file beside it ("NAME.alcove-part-…"); commit() brings them to the disk and
// renames, which replaces an older file in one step. Without commit(), and after any failure, the
// destructor removes what was written: neither half a file nor litter remains, and an older file
// stays as it was. A program that called prepareForSuddenEnd() removes it also when a signal ends
// it; what a killed process left is removed by the next that writes a file of the same name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/sudden_end.h"

namespace alcove {

class AtomicFile {
public:
    /// The folder must exist. A symbolic link is followed: what it points to is replaced.
    static Result<AtomicFile> create(const std::filesystem::path& path);

    AtomicFile(AtomicFile&& other) noexcept { swap(other); }
    AtomicFile& operator=(AtomicFile&& other) noexcept {
        swap(other);
        return *this;
    }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile();

    [[nodiscard]] Result<void> write(std::span<const std::byte> bytes);
    [[nodiscard]] Result<void> write(std::string_view text) {
        return write(std::as_bytes(std::span(text)));
    }
    /// Bytes taken by write() so far.
    [[nodiscard]] uint64_t position() const { return m_written + m_buffer.size(); }

    /// Makes the file durable and visible; nothing can be written after it.
    [[nodiscard]] Result<void> commit();

private:
    static constexpr intptr_t kClosed = -1;

    AtomicFile() = default;
    Result<void> flush();
    Result<void> writeThrough(std::span<const std::byte> bytes);
    void discard();
    void swap(AtomicFile& other) noexcept;

    std::filesystem::path m_path;
    std::filesystem::path m_part;  // what is being written; empty when there is nothing to remove
    intptr_t m_handle = kClosed;   // a descriptor, or a HANDLE
    std::vector<std::byte> m_buffer;  // small writes gathered
    uint64_t m_written = 0;           // given to the system
    UnfinishedFile m_unfinished = UnfinishedFile::None;
};

}  // namespace alcove
