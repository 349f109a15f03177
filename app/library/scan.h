// Walks through folders and lists the files in them.
//
// Links are followed, and everything is listed under its real path: so each folder is entered once,
// however often it is linked to, and loops end. Left out are what is hidden (".git"), the marks
// that office programs leave beside open files ("~$plan.docx"), and what is no regular file.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/library/source_file.h"
#include "engine/base/result.h"

namespace alcove::app {

struct ScannedFile {
    std::string path;  // as nameOf()
    FileStamp stamp;
};

struct Scan {
    std::vector<ScannedFile> files;  // each once, in no order
    /// Folders that could not be looked into, and roots that are out of reach: what was in them is
    /// not known.
    std::vector<std::string> unreadable;
};

struct ScanOptions {
    std::vector<std::string> excluded;  // real paths, with all that lies in them
    /// Called with each folder before it is looked into.
    std::function<void(const std::filesystem::path&)> entering;
    std::stop_token stop;
};

/// Of files and folders. One that is gone is passed over, as long as the folder it lay in is there.
[[nodiscard]] Result<Scan> scan(std::span<const std::string> roots, const ScanOptions& options);

/// A path, or the real one where it exists. Without a separator at its end.
[[nodiscard]] std::filesystem::path realPath(const std::filesystem::path& path);
/// Whether a path is `folder` or lies in it.
[[nodiscard]] bool isWithin(std::string_view path, std::string_view folder);

}  // namespace alcove::app
