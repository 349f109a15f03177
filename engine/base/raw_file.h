// The system's calls that AtomicFile is made of, and all in it that differs by platform. An error
// is errno or GetLastError(); 0 is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace alcove::raw {

using SystemError = unsigned long;
using Handle = intptr_t;  // a descriptor, or a HANDLE
constexpr Handle kClosed = -1;

/// Creates a file that does not exist yet, for writing. Only its owner may read it, where
/// `ownerAlone` says so; else whom the system's defaults allow.
[[nodiscard]] SystemError openNew(const std::filesystem::path& path, bool ownerAlone,
                                  Handle& handle, bool& exists);
/// Lets those read and write the open file who may do so with `model`, and nobody else. Windows
/// takes the rights of the folder, and so did the older file.
void copyRights(const std::filesystem::path& model, Handle handle);
[[nodiscard]] SystemError writeSome(Handle handle, std::span<const std::byte> bytes,
                                    size_t& written);
[[nodiscard]] SystemError sync(Handle handle);
void close(Handle handle);
/// Closes the file and gives it its name; afterwards the handle is kClosed.
[[nodiscard]] SystemError putInPlace(Handle& handle, const std::filesystem::path& from,
                                     const std::filesystem::path& to);

/// Claims a new file for as long as it is open, so that removeAbandoned() leaves it. False: that
/// was faster and removes it.
[[nodiscard]] bool claim(Handle handle);
/// Removes a file whose writer is gone.
void removeAbandoned(const std::filesystem::path& path);

/// Whether the file is standard input, output or error of this process.
[[nodiscard]] bool isStandardStream(const std::filesystem::path& path);
/// The disk, the share of it or the largest size of a file is used up.
[[nodiscard]] bool meansFull(SystemError error);
[[nodiscard]] unsigned long processId();

}  // namespace alcove::raw
