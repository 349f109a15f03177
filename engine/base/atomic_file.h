// Writes a file that appears under its name only when it is whole.
//
// The bytes go to a new file beside it ("NAME.alcove-part-…"); commit() brings them to the disk and
// renames, which replaces an older file in one step. Without commit(), and after any failure, the
// destructor removes what was written: neither half a file nor litter remains, and an older file
// stays as it was. Who may read that one may read the new one. A program that called
// prepareForSuddenEnd() removes it also when a signal ends it; what a killed process left is
// removed by the next that writes a file of the same name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/raw_file.h"
#include "engine/base/result.h"
#include "engine/base/sudden_end.h"

namespace alcove {

/// Of a file that does not exist yet: whom the system's defaults allow, or its owner alone.
enum class Readers { AsUsual, OwnerAlone };

class AtomicFile {
public:
    /// The folder must exist. A symbolic link is followed: what it points to is replaced. Devices,
    /// pipes and what is open as a standard stream (/dev/stdout) are refused.
    static Result<AtomicFile> create(const std::filesystem::path& path,
                                     Readers readers = Readers::AsUsual);

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
    AtomicFile() = default;
    Result<void> flush();
    Result<void> writeThrough(std::span<const std::byte> bytes);
    void discard();
    /// What happened, what was kept, and what to do.
    [[nodiscard]] Error failure(std::string_view what, raw::SystemError error) const;
    void swap(AtomicFile& other) noexcept;

    std::filesystem::path m_path;
    std::filesystem::path m_part;  // what is being written; empty when there is nothing to remove
    raw::Handle m_handle = raw::kClosed;
    bool m_replaces = false;          // there was a file of this name
    std::vector<std::byte> m_buffer;  // small writes gathered
    uint64_t m_written = 0;           // given to the system
    UnfinishedFile m_unfinished = UnfinishedFile::None;
};

}  // namespace alcove
