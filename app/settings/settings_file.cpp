#include "app/settings/settings_file.h"

#include <chrono>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>

#include "engine/base/atomic_file.h"
#include "engine/base/file_lock.h"
#include "engine/base/terminal.h"
#include "engine/import/json.h"

namespace alcove::app {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

constexpr int kVersion = 1;
constexpr const char* kVersionMember = "version";
constexpr size_t kMostBytes = size_t{4} << 20;
constexpr int kMostAside = 1000;
constexpr auto kOwnerAlone = fs::perms::owner_read | fs::perms::owner_write;

Result<FileLock> lock(const fs::path& settings) {
    const fs::path path = settings.string() + ".lock";
    using namespace std::chrono_literals;
    const auto until = std::chrono::steady_clock::now() + 10s;
    for (;;) {
        ALCOVE_TRY(std::optional<FileLock> held, FileLock::tryAcquire(path));
        if (held) return std::move(*held);
        if (std::chrono::steady_clock::now() > until)
            return fail(path.string(), ": another program (process ", FileLock::holder(path),
                        ") holds the settings; nothing was changed; try again");
        std::this_thread::sleep_for(10ms);
    }
}

/// Nobody else reads what stands in it, also where it was made by hand.
void closeToOthers(const fs::path& path) {
    std::error_code ignored;  // some file systems have no rights
    if (fs::is_regular_file(path, ignored)) fs::permissions(path, kOwnerAlone, ignored);
}

Result<std::string> putAside(const fs::path& path, const std::string& reason) {
    for (int i = 1; i <= kMostAside; ++i) {
        fs::path aside = path;
        aside += concat(".broken-", i);
        std::error_code error;
        if (fs::exists(fs::symlink_status(aside, error))) continue;
        fs::rename(path, aside, error);
        if (error)
            return fail(reason, ". It cannot be put aside either (", error.message(),
                        "); nothing was changed. Mend it, or move it away");
        closeToOthers(aside);
        return concat(reason, ". The file was kept as ", aside.string(),
                      ", and all settings are as they are by default; to have them back, mend it ",
                      "and give it its old name");
    }
    return fail(reason, ". It was left as it is: there are ", kMostAside,
                " broken ones beside it already; remove some");
}

Result<void> write(const fs::path& path, const Json& values) {
    closeToOthers(path);  // a new file gets the rights of the one it replaces
    ALCOVE_TRY(AtomicFile file, AtomicFile::create(path, Readers::OwnerAlone));
    ALCOVE_CHECK(file.write(values.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
    return file.commit();
}

}  // namespace

Result<SettingsFile> SettingsFile::ofUser() {
    const fs::path folder = userConfigFolder();
    if (folder.empty())
        return fail("no folder for settings is known: neither XDG_CONFIG_HOME nor HOME names one ",
                    "(set one of them)");
    return SettingsFile(folder / "alcove" / "settings.json");
}

Result<LoadedSettings> SettingsFile::load(const Check& check) const {
    std::string broken;
    ALCOVE_TRY(LoadedSettings loaded, read(check, broken));
    if (broken.empty()) return loaded;
    // Another program may just have mended it, or put it aside.
    ALCOVE_TRY(const FileLock held, lock(m_path));
    return loadLocked(check);
}

Result<LoadedSettings> SettingsFile::loadLocked(const Check& check) const {
    std::string broken;
    ALCOVE_TRY(LoadedSettings loaded, read(check, broken));
    if (broken.empty()) return loaded;
    ALCOVE_TRY(loaded.note, putAside(m_path, broken));
    return loaded;
}

/// `broken` says why it cannot be read as settings.
Result<LoadedSettings> SettingsFile::read(const Check& check, std::string& broken) const {
    std::error_code error;
    const fs::file_status status = fs::status(m_path, error);
    if (status.type() == fs::file_type::not_found) return LoadedSettings{};
    if (status.type() != fs::file_type::regular)
        return fail(m_path.string(), ": the settings cannot be read: ",
                    error ? error.message() : std::string("it is not an ordinary file"));
    std::ifstream file(m_path, std::ios::binary);
    if (!file) return fail(m_path.string(), ": the settings cannot be opened; nothing was changed");
    std::string text(kMostBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) return fail(m_path.string(), ": the settings cannot be read");
    text.resize(static_cast<size_t>(file.gcount()));
    Result<Json> values = engine::parseOrderedJson(text, m_path.string());
    if (text.size() > kMostBytes)
        broken = concat(m_path.string(), ": is longer than ", kMostBytes >> 20, " MiB");
    else if (!engine::isUtf8(text))
        broken = concat(m_path.string(), ": is not text in UTF-8");
    else if (!values)
        broken = values.message();
    else if (!values->is_object())
        broken = concat(m_path.string(), ": is not a JSON object");
    if (!broken.empty()) return LoadedSettings{};
    const auto version = values->find(kVersionMember);
    if (version != values->end() && version->is_number_integer() &&
        version->get<int64_t>() > kVersion)
        return fail(m_path.string(), ": the settings were written by a later version of Alcove (",
                    version->get<int64_t>(), ", and this one knows ", kVersion,
                    "); nothing was changed; use that version, or move the file away");
    if (check)
        if (const Result<void> fits = check(*values); !fits) {
            broken = concat(m_path.string(), ": ", fits.message());
            return LoadedSettings{};
        }
    return LoadedSettings{std::move(*values), {}};
}

Result<LoadedSettings> SettingsFile::update(const Change& change, const Check& check) const {
    std::error_code error;
    const fs::path folder = m_path.parent_path();
    if (fs::create_directories(folder, error) && !error)
        fs::permissions(folder, fs::perms::owner_all, error);
    if (error)
        return fail(folder.string(),
                    ": the folder of the settings cannot be made: ", error.message());
    ALCOVE_TRY(const FileLock held, lock(m_path));
    ALCOVE_TRY(LoadedSettings loaded, loadLocked(check));
    ALCOVE_CHECK(change(loaded.values));
    loaded.values[kVersionMember] = kVersion;
    if (check) ALCOVE_CHECK(check(loaded.values));
    ALCOVE_CHECK(write(m_path, loaded.values));
    return loaded;
}

}  // namespace alcove::app
