// alcove-cli engine: the process that the commands share, looked at and ended.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/host/host_client.h"

namespace alcove::app {
namespace {

struct EngineArguments {
    std::string action;
    bool json = false;
};

Result<void> engine(const EngineArguments& o, Streams& streams) {
    const std::optional<RemotePlace> place = runningHost();
    if (o.action == "stop") {
        if (!place) return fail("no engine runs");
        ALCOVE_TRY([[maybe_unused]] const RemoteAnswer answer,
                   callHost(*place, "POST", "/alcove/stop"));
        return {};
    }
    if (o.action == "forget") {
        if (place) {
            ALCOVE_TRY([[maybe_unused]] const RemoteAnswer answer,
                       callHost(*place, "POST", "/alcove/forget"));
        }
        std::error_code error;
        std::filesystem::remove_all(keptPromptsFolder(), error);
        if (error) return fail(keptPromptsFolder().string(), ": ", error.message());
        return {};
    }
    nlohmann::ordered_json told = {{"running", place.has_value()},
                                   {"socket", hostSocket().string()}};
    if (place) {
        ALCOVE_TRY(const RemoteAnswer answer, callHost(*place, "GET", "/health"));
        const auto health = nlohmann::ordered_json::parse(answer.body, nullptr, false);
        if (health.is_object()) told.update(health);
    }
    if (o.json) {
        streams.out << told.dump() << '\n';
        return {};
    }
    if (!place) {
        streams.out << "no engine runs; commands start it when they need it\n";
        return {};
    }
    streams.out << "runs at " << hostSocket().string() << ": " << told.value("working", 0)
                << " answers in work, " << told.value("waiting", 0) << " waiting\n";
    for (const auto& model : told.value("models", nlohmann::ordered_json::array()))
        streams.out << "  model " << model.get<std::string>() << '\n';
    return {};
}

}  // namespace

ExitCode runEngineCommand(Words words, Streams& streams) {
    EngineArguments o;
    Options options("engine status|stop|forget [--json]",
                    "status   whether the engine runs that commands share, and what it does\n"
                    "stop     ends it; what is being read into libraries is kept so far\n"
                    "forget   removes what it keeps on disk of conversations that it has read");
    options.positional("ACTION", "one of these", o.action);
    options.flag("--json", "one JSON object (status)", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    if (o.action != "status" && o.action != "stop" && o.action != "forget")
        return options.usageError("'" + o.action + "' is not one of status, stop, forget", streams);
    if (o.json && o.action != "status") return options.usageError("--json is for status", streams);
    return finish(engine(o, streams), streams);
}

}  // namespace alcove::app
