// What is asked of several paths at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>
#include <vector>

#include "engine/base/result.h"

namespace alcove {

using Paths = std::vector<std::filesystem::path>;

/// What lies in a folder. Nothing throws, and a folder that could be read only in part gives an
/// error as well.
[[nodiscard]] Paths entriesOf(const std::filesystem::path& folder, std::error_code& error);

/// False: the medium is read-only, or this user has no permission. True says that it may be tried.
[[nodiscard]] bool mayWriteIn(const std::filesystem::path& folder);

/// Makes a folder where it is not. Fails where another user could put something of theirs in the
/// place of what lies there.
[[nodiscard]] Result<void> preparePrivateFolder(const std::filesystem::path& folder);
/// Whether this user owns the file; true where it is not there.
[[nodiscard]] bool isOwn(const std::filesystem::path& path);

/// Refuses an output that is one of the files that are in use: they would be replaced under the
/// hands of who reads them. A file that does not exist yet is known by its path.
[[nodiscard]] Result<void> refuseInputs(const std::filesystem::path& out,
                                        std::span<const std::filesystem::path> inputs);

/// Tells a file from another that has come into its place; 0 where there is none. It may come again
/// once nobody has the first one open.
[[nodiscard]] uint64_t fileIdentity(const std::filesystem::path& path);

}  // namespace alcove
