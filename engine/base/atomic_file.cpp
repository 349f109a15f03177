#include "engine/base/atomic_file.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <utility>

#include "engine/base/paths.h"
#include "engine/base/raw_file.h"

namespace alcove {
namespace fs = std::filesystem;
namespace {

constexpr size_t kBufferSize = 64 * 1024;
constexpr size_t kLargestWrite = size_t{1} << 30;  // a system call may take less than 2 GiB
constexpr int kAttempts = 100;
constexpr int kMostLinks = 40;
constexpr std::string_view kPart = ".alcove-part-";  // so that no file of others is taken for ours
/// Of a name of 255 units, the longest there is; the rest is for kPart and its number.
constexpr size_t kLongestStem = 200;

/// "12-3": a process and a count, as create() makes them.
bool isPartNumber(std::string_view text) {
    const size_t dash = text.find('-');
    const auto number = [](std::string_view digits) {
        return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return dash != std::string_view::npos && number(text.substr(0, dash)) &&
           number(text.substr(dash + 1));
}

/// Whether the unit goes on with a character that an earlier one began.
bool continuesCharacter(fs::path::value_type unit) {
    if constexpr (sizeof unit == 1) return (static_cast<unsigned>(unit) & 0xC0) == 0x80;
    return (static_cast<unsigned>(unit) & 0xFC00) == 0xDC00;
}

/// What the names of a file's unfinished parts begin with: its own, cut where it leaves no room for
/// the rest. Files may share it then; abandoned parts of another one are removed all the same.
fs::path partStart(const fs::path& path) {
    fs::path::string_type stem = path.filename().native();
    size_t length = std::min(stem.size(), kLongestStem);
    while (length < stem.size() && length > 0 && continuesCharacter(stem[length])) --length;
    stem.resize(length);
    return fs::path(stem) += kPart;
}

/// Removes what writers of this file left that were killed.
void removeLeftovers(const fs::path& path) {
    const fs::path start = partStart(path);
    const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::error_code ignored;
    for (const fs::path& entry : entriesOf(folder, ignored)) {
        const fs::path name = entry.filename();
        if (!name.native().starts_with(start.native())) continue;
        const fs::path rest = name.native().substr(start.native().size());
        if (isPartNumber(rest.string())) raw::removeAbandoned(entry);
    }
}

/// /dev/stdout leads through such a link to a file that is open, here or elsewhere.
bool isDescriptorLink(const fs::path& link) {
    std::error_code ignored;
    const fs::path folder = fs::canonical(link.parent_path(), ignored);
    return folder == "/dev/fd" ||
           (folder.filename() == "fd" && folder.native().starts_with(fs::path("/proc/").native()));
}

/// The file that is to be replaced: what a link names, even when it does not exist yet; the link
/// stays.
Result<fs::path> followed(const fs::path& path) {
    // Who has the old file open would go on writing where nobody finds it.
    const auto refuseOpen = [&] {
        return fail(path.string(), ": cannot be written: it is a file that is open already, as ",
                    "standard output or the like; give a file of its own");
    };
    std::error_code ignored;
    fs::path target = path;
    for (int links = 0; fs::is_symlink(target, ignored); ++links) {
        if (links == kMostLinks)
            return fail(path.string(), ": cannot be written: its links lead in a circle");
        if (isDescriptorLink(target)) return refuseOpen();
        target = target.parent_path() / fs::read_symlink(target, ignored);
    }
    if (raw::isStandardStream(target)) return refuseOpen();
    return target;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const fs::path& path, Readers readers) {
    static std::atomic<unsigned> counter{0};  // so that threads do not take one name
    std::error_code unknown;
    const fs::file_status status = fs::status(path, unknown);
    if (fs::is_directory(status)) return fail(path.string(), ": cannot be written: it is a folder");
    // Renaming over a device or a pipe would take it away: /dev/null, /dev/stdout.
    if (fs::exists(status) && !fs::is_regular_file(status))
        return fail(path.string(), ": cannot be written: it is not an ordinary file");
    AtomicFile file;
    ALCOVE_TRY(file.m_path, followed(path));
    file.m_replaces = fs::exists(status);
    if (status.type() == fs::file_type::none)
        return file.failure("cannot be created", static_cast<raw::SystemError>(unknown.value()));
    const bool ownerAlone = readers == Readers::OwnerAlone || file.m_replaces;

    removeLeftovers(file.m_path);
    const fs::path start = file.m_path.parent_path() / partStart(file.m_path);
    raw::SystemError error = 0;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        fs::path part = start;
        part += concat(raw::processId(), "-", counter.fetch_add(1));
        bool exists = false;
        file.m_unfinished = addUnfinishedFile(part);
        error = raw::openNew(part, ownerAlone, file.m_handle, exists);
        if (error == 0) {
            file.m_part = std::move(part);
            if (file.m_replaces) raw::copyRights(file.m_path, file.m_handle);
            if (raw::claim(file.m_handle)) return file;
            exists = true;
        }
        file.discard();
        if (!exists) break;
    }
    file.m_path = path;  // as the user knows it
    return file.failure("cannot be created", error);
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
    if (const raw::SystemError error = raw::sync(m_handle))
        return failure("cannot be brought to the disk", error);
    if (const raw::SystemError error = raw::putInPlace(m_handle, m_part, m_path))
        return failure("cannot be put in place", error);
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
    if (m_handle == raw::kClosed)
        return fail(m_path.string(), ": is closed, nothing can be written");
    while (!bytes.empty()) {
        size_t written = 0;
        const auto piece = bytes.first(std::min(bytes.size(), kLargestWrite));
        if (const raw::SystemError error = raw::writeSome(m_handle, piece, written))
            return failure(concat("cannot be written (", m_written, " bytes so far)"), error);
        m_written += written;
        bytes = bytes.subspan(written);
    }
    return {};
}

void AtomicFile::discard() {
    if (m_handle != raw::kClosed) raw::close(std::exchange(m_handle, raw::kClosed));
    std::error_code ignored;
    if (!m_part.empty()) fs::remove(m_part, ignored);
    m_part.clear();
    forgetUnfinishedFile(std::exchange(m_unfinished, UnfinishedFile::None));
}

Error AtomicFile::failure(std::string_view what, raw::SystemError error) const {
    return fail(m_path.string(), ": ", what, ": ",
                std::system_category().message(static_cast<int>(error)),
                m_replaces ? "; the older file of this name is unchanged" : "",
                m_part.empty() ? "" : "; what was written of it is removed",
                raw::meansFull(error) ? ". Make room on the disk, or write to another place"
                                      : ". Write to another place");
}

void AtomicFile::swap(AtomicFile& other) noexcept {
    m_path.swap(other.m_path);
    m_part.swap(other.m_part);
    std::swap(m_handle, other.m_handle);
    std::swap(m_replaces, other.m_replaces);
    m_buffer.swap(other.m_buffer);
    std::swap(m_written, other.m_written);
    std::swap(m_unfinished, other.m_unfinished);
}

}  // namespace alcove
