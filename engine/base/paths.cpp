#include "engine/base/paths.h"

#include <algorithm>

#ifdef _WIN32
#define WIN32_LEAN_AND_MEAN
#define NOMINMAX
#include <windows.h>
#else
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

namespace alcove {
namespace fs = std::filesystem;

Paths entriesOf(const fs::path& folder, std::error_code& error) {
    Paths entries;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error))
        entries.push_back(entry->path());
    return entries;
}

bool mayWriteIn(const fs::path& folder) {
#ifdef _WIN32
    std::error_code ignored;
    const fs::path root = fs::absolute(folder, ignored).root_path();
    DWORD flags = 0;
    return !GetVolumeInformationW(root.c_str(), nullptr, 0, nullptr, nullptr, &flags, nullptr, 0) ||
           (flags & FILE_READ_ONLY_VOLUME) == 0;
#else
    // As who the process acts, not as who started it.
    return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
#endif
}

bool isOwn(const fs::path& path) {
#ifdef _WIN32
    (void)path;  // a user's folders are closed to others
    return true;
#else
    struct stat told{};
    return ::lstat(path.c_str(), &told) != 0 || told.st_uid == ::geteuid();
#endif
}

namespace {

/// Of a folder, or of one that it lies in. In one with the sticky bit a file's owner alone replaces
/// it.
Result<void> checkPrivate(const fs::path& folder, fs::perms forbidden) {
    std::error_code error;
    const fs::perms allowed = fs::status(folder, error).permissions();
    if (error) return fail(folder.string(), ": cannot be looked at: ", error.message());
    if ((allowed & fs::perms::sticky_bit) != fs::perms::none) return {};
    if ((allowed & forbidden) != fs::perms::none)
        return fail(folder.string(), ": others can write there; choose a private folder");
#ifndef _WIN32
    struct stat told{};
    if (::stat(folder.c_str(), &told) == 0 && told.st_uid != 0 && told.st_uid != ::geteuid())
        return fail(folder.string(), ": belongs to another user; choose a folder of your own");
#endif
    return {};
}

}  // namespace

Result<void> preparePrivateFolder(const fs::path& folder) {
    std::error_code error;
    const bool made = fs::create_directories(folder, error);
    if (!error && made) fs::permissions(folder, fs::perms::owner_all, error);
    if (error) return fail(folder.string(), ": cannot be made: ", error.message());
    const fs::path real = fs::canonical(folder, error);
    if (error) return fail(folder.string(), ": cannot be looked at: ", error.message());
    ALCOVE_CHECK(checkPrivate(real, fs::perms::others_write | fs::perms::group_write));
    for (fs::path above = real; above != above.parent_path();) {
        above = above.parent_path();
        ALCOVE_CHECK(checkPrivate(above, fs::perms::others_write));
    }
    return {};
}

Result<void> refuseInputs(const fs::path& out, std::span<const fs::path> inputs) {
    std::error_code ignored;
    const auto wholePath = [&](const fs::path& path) {
        return fs::weakly_canonical(fs::absolute(path, ignored), ignored);
    };
    const fs::path whole = wholePath(out);
    const bool inUse = std::any_of(inputs.begin(), inputs.end(), [&](const fs::path& input) {
        return fs::equivalent(out, input, ignored) || (!whole.empty() && whole == wholePath(input));
    });
    if (inUse) return fail(out.string(), ": is one of the files in use; write to another file");
    return {};
}

#ifdef _WIN32
uint64_t fileIdentity(const fs::path& path) {
    const HANDLE file =
        CreateFileW(path.c_str(), 0, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                    nullptr, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr);
    if (file == INVALID_HANDLE_VALUE) return 0;
    BY_HANDLE_FILE_INFORMATION told{};
    const bool known = GetFileInformationByHandle(file, &told) != 0;
    CloseHandle(file);
    const uint64_t number = uint64_t{told.nFileIndexHigh} << 32 | told.nFileIndexLow;
    return known ? number + told.dwVolumeSerialNumber * 0x9e3779b97f4a7c15u : 0;
}
#else
uint64_t fileIdentity(const fs::path& path) {
    struct stat told{};
    if (stat(path.c_str(), &told) != 0) return 0;
    return static_cast<uint64_t>(told.st_ino) +
           static_cast<uint64_t>(told.st_dev) * 0x9e3779b97f4a7c15u;
}
#endif

}  // namespace alcove
