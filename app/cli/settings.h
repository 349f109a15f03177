// The user's settings, as the commands read and change them.
#pragma once

#include "app/cli/options.h"
#include "app/endpoint/endpoint.h"
#include "app/settings/settings_file.h"
#include "engine/base/result.h"

namespace alcove::app {

/// What became of a broken file is told on standard error.
[[nodiscard]] Result<nlohmann::ordered_json> loadSettings(Streams& streams);
/// Changes the settings and keeps them.
[[nodiscard]] Result<void> changeSettings(const SettingsFile::Change& change, Streams& streams);

}  // namespace alcove::app
