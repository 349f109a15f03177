#include "app/library/source_file.h"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <vector>

#include "engine/base/checksum.h"
#include "engine/base/unicode.h"

namespace alcove::app {

namespace fs = std::filesystem;

std::string nameOf(const fs::path& path) {
    const std::u8string name = path.u8string();  // the bytes as they are, but on Windows
    return {name.begin(), name.end()};
}

fs::path pathFrom(std::string_view name) { return {std::u8string(name.begin(), name.end())}; }

std::string shownName(std::string_view name) {
    std::string shown;
    for (size_t at = 0; at < name.size();) {
        const Utf8Prefix prefix = strictUtf8Prefix(name.substr(at));
        if (prefix.state == Utf8Prefix::State::Whole)
            shown += printable(name.substr(at, prefix.bytes));
        else
            appendUtf8(shown, kReplacementCharacter);
        at += prefix.state == Utf8Prefix::State::Whole ? prefix.bytes : 1;
    }
    return shown;
}

namespace {

/// fs::file_time_type has an epoch of its own; C++20's conversion is not there in gcc 12 for all.
int64_t sinceUnixEpoch(fs::file_time_type time) {
    using std::chrono::duration_cast;
    using std::chrono::nanoseconds;
#if defined(_MSC_VER)
    const auto system = std::chrono::clock_cast<std::chrono::system_clock>(time);
    return duration_cast<nanoseconds>(system.time_since_epoch()).count();
#else
    const auto system = fs::file_time_type::clock::to_sys(time);
    return duration_cast<nanoseconds>(system.time_since_epoch()).count();
#endif
}

}  // namespace

std::optional<FileStamp> stampOf(const fs::path& path) {
    std::error_code error;
    if (!fs::is_regular_file(path, error) || error) return std::nullopt;
    FileStamp stamp;
    stamp.bytes = fs::file_size(path, error);
    if (error) return std::nullopt;
    const auto time = fs::last_write_time(path, error);
    if (error) return std::nullopt;
    stamp.time = sinceUnixEpoch(time);
    return stamp;
}

int64_t stampNow() { return sinceUnixEpoch(fs::file_time_type::clock::now()); }

Result<std::string> hashOf(const fs::path& path, const std::stop_token& stop) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return fail(shownName(nameOf(path)), ": cannot be opened");
    std::vector<char> piece(size_t{1} << 20);  // a multiple of eight: checksum() says why
    uint64_t hash = kChecksumStart;
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) ||
           file.gcount() > 0) {
        if (stop.stop_requested()) return fail("hashing was stopped");
        const auto bytes = std::span(piece).first(static_cast<size_t>(file.gcount()));
        hash = checksum(std::as_bytes(bytes), hash);
    }
    if (file.bad()) return fail(shownName(nameOf(path)), ": cannot be read");
    char digits[20];
    std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
    return std::string(digits);
}

}  // namespace alcove::app
