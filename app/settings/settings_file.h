// What the user has chosen, as one JSON object in a file of the user's own. Each part of the
// application reads and writes its members and leaves those it does not know.
//
// The file may hold keys: its owner alone may read it. It is replaced whole, under a lock, so that
// two programs that change it at once lose nothing. A file that cannot be read as settings is put
// aside under another name and never overwritten; then everything is as it is by default, which is
// the careful way.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/base/result.h"

namespace alcove::app {

struct LoadedSettings {
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    std::string note;  // what became of a broken file; empty: nothing did
};

class SettingsFile {
public:
    explicit SettingsFile(std::filesystem::path path) : m_path(std::move(path)) {}
    /// "alcove/settings.json" in the user's folder for settings.
    static Result<SettingsFile> ofUser();

    /// Says what is wrong with values, in the words of parse errors; nothing: they will do.
    using Check = std::function<Result<void>(const nlohmann::ordered_json&)>;

    /// Where there is no file, there are no values. Fails only where a file cannot be looked at, or
    /// is of a later version: such a file stays as it is.
    [[nodiscard]] Result<LoadedSettings> load(const Check& check = {}) const;

    /// Changes the values and keeps them. Where `change` fails nothing is written.
    using Change = std::function<Result<void>(nlohmann::ordered_json&)>;
    [[nodiscard]] Result<LoadedSettings> update(const Change& change,
                                                const Check& check = {}) const;

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }

private:
    [[nodiscard]] Result<LoadedSettings> loadLocked(const Check& check) const;
    [[nodiscard]] Result<LoadedSettings> read(const Check& check, std::string& broken) const;

    std::filesystem::path m_path;
};

}  // namespace alcove::app
