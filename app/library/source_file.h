// Files as a library knows them: names as text, size and time as a quick answer to whether one has
// changed, a hash as the sure one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace alcove::app {

/// The name of a file as the library files it: UTF-8 on Windows; elsewhere the bytes the system
/// gives, which need not be UTF-8. pathFrom() gives back the same path.
[[nodiscard]] std::string nameOf(const std::filesystem::path& path);
[[nodiscard]] std::filesystem::path pathFrom(std::string_view name);
/// The same text with U+FFFD for what is not UTF-8, and \x1b for what could control a terminal: to
/// be shown and searched.
[[nodiscard]] std::string shownName(std::string_view name);

struct FileStamp {
    uint64_t bytes = 0;
    int64_t time = 0;  // of the last change, nanoseconds since 1970; 0: not known

    [[nodiscard]] int64_t seconds() const {
        constexpr int64_t kSecond = 1'000'000'000;
        return time / kSecond - (time % kSecond < 0 ? 1 : 0);
    }
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Nothing where there is no regular file.
[[nodiscard]] std::optional<FileStamp> stampOf(const std::filesystem::path& path);
/// Now, as stamps count.
[[nodiscard]] int64_t stampNow();

/// The content as 16 hexadecimal digits: tells whether a file has changed, no more.
[[nodiscard]] Result<std::string> hashOf(const std::filesystem::path& path,
                                         const std::stop_token& stop = {});

}  // namespace alcove::app
