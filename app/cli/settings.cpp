#include "app/cli/settings.h"

#include <ostream>

#include "app/routing/routes.h"
#include "engine/base/unicode.h"

namespace alcove::app {
namespace {

Result<void> check(const nlohmann::ordered_json& settings) {
    if (const auto endpoints = readEndpoints(settings); !endpoints) return endpoints.error();
    if (const auto routing = readRouting(settings); !routing) return routing.error();
    return {};
}

void tell(const LoadedSettings& loaded, Streams& streams) {
    if (!loaded.note.empty())
        streams.error << "alcove-cli: " << printable(loaded.note, kUncut) << '\n';
}

}  // namespace

Result<nlohmann::ordered_json> loadSettings(Streams& streams) {
    ALCOVE_TRY(const SettingsFile file, SettingsFile::ofUser());
    ALCOVE_TRY(LoadedSettings loaded, file.load(check));
    tell(loaded, streams);
    return std::move(loaded.values);
}

Result<void> changeSettings(const SettingsFile::Change& change, Streams& streams) {
    ALCOVE_TRY(const SettingsFile file, SettingsFile::ofUser());
    ALCOVE_TRY(const LoadedSettings loaded, file.update(change, check));
    tell(loaded, streams);
    return {};
}

}  // namespace alcove::app
