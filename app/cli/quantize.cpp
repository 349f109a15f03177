// alcove-cli quantize: the same model with smaller weights.
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/cli/command.h"
#include "app/cli/setup.h"
#include "app/models/folder.h"
#include "engine/base/terminal.h"
#include "engine/base/unicode.h"
#include "engine/quant/requantize.h"

namespace alcove::app {
using namespace engine;

namespace {

struct QuantizeCommand {
    std::string in, out, type;
    int64_t threads = 0;
    bool json = false;
};

void print(const QuantizeReport& report, const QuantizeCommand& o, Streams& streams) {
    if (report.fromQuantized > 0)
        streams.error << "note: " << report.fromQuantized
                      << " tensors were quantised already; what they had lost stays lost\n";
    for (const auto& [tensor, type] : report.fallbacks)
        streams.error << "note: " << printable(tensor) << ": its rows fit " << traitsOf(type)->name
                      << " alone\n";
    if (!o.json) {
        streams.out << o.out << ": " << report.converted << " of " << report.tensors
                    << " tensors converted, " << report.bytesBefore / 1000000 << " MB to "
                    << report.bytesAfter / 1000000 << " MB\n";
        return;
    }
    streams.out << nlohmann::ordered_json{{"path", o.out},
                                          {"tensors", report.tensors},
                                          {"converted", report.converted},
                                          {"fromQuantized", report.fromQuantized},
                                          {"fallbacks", report.fallbacks.size()},
                                          {"bytesBefore", report.bytesBefore},
                                          {"bytesAfter", report.bytesAfter}}
                       .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
                << '\n';
}

Result<void> quantizeModel(const QuantizeCommand& o, const TypeChoice& choice, Streams& streams) {
    ALCOVE_TRY(const std::filesystem::path in, findModel(o.in, modelsFolder()));
    ALCOVE_TRY(const auto runtime, makeRuntime(o.threads));
    QuantizeProgress progress;
    if (errorIsTerminal())
        progress = [&](size_t done, size_t total, std::string_view) {
            streams.error << '\r' << done + 1 << " of " << total << " tensors"
                          << (done + 1 == total ? "\n" : "") << std::flush;
            return true;
        };
    ALCOVE_TRY(const QuantizeReport report,
               quantizeFile(in, o.out, choice, runtime->pool(), progress));
    print(report, o, streams);
    return {};
}

}  // namespace

ExitCode runQuantize(Words words, Streams& streams) {
    QuantizeCommand o;
    Options options(
        "quantize IN OUT TYPE [--json]",
        "Writes a model file anew with other types of weights. Types:\n" + typeChoiceNames() + ".");
    options.positional("IN", "a GGUF file, or the name of a model in the folder", o.in);
    options.positional("OUT", "the file to write", o.out);
    options.positional("TYPE", "what the weights become", o.type);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", o.threads, 0, 1024);
    options.flag("--json", "one object, for scripts", o.json);
    if (const auto code = options.parse(words, streams)) return *code;
    const auto choice = typeChoice(o.type);
    if (!choice)
        return options.usageError(
            "there is no type '" + o.type + "'; there are " + typeChoiceNames(), streams);
    return finish(quantizeModel(o, *choice, streams), streams);
}

}  // namespace alcove::app
