// alcove-engine: the process that owns models. Started by the others when they need it.
#include <cstdlib>
#include <iostream>
#include <stop_token>

#include "app/cli/options.h"
#include "app/host/engine_host.h"
#include "app/host/host_client.h"
#include "engine/base/sudden_end.h"
#include "engine/base/terminal.h"

namespace alcove::app {
namespace {

ExitCode runEngine(std::span<const std::string> words, Streams& streams) {
    EngineHostOptions host;
    std::string socket = hostSocket().string();
    int64_t memory = 0, idle = 600, queue = 64, sequences = 16, context = 0, kept = 1024;
    std::string cache = "f16";
    Options options("[OPTION]…",
                    "Owns the models and answers on a private socket, until nobody needs it.",
                    "alcove-engine");
    options.name("--socket", "FILE", "the socket (" + socket + ")", socket);
    options.integer("-t, --threads", "N", "threads; 0: one for each core", host.threads, 0, 1024);
    options.integer("--memory", "MIB", "for models; 0: what is free", memory, 0, int64_t{1} << 30);
    options.integer("--idle", "SECONDS", "without need, until it ends (600)", idle, 1, 1 << 30);
    options.integer("--ctx", "N", "tokens of a context; 0: the model's own, at most 8192", context,
                    0, int64_t{1} << 24);
    options.choice("--cache", "how keys and values are kept (f16)", {"f16", "q8_0", "f32"}, cache);
    options.integer("--parallel", "N", "answers at a time, of one model (16)", sequences, 1, 256);
    options.integer("--queue", "N", "requests that wait (64)", queue, 1, 1 << 20);
    options.integer("--kept", "MIB", "of prompts that were read, on disk; 0: none (1024)", kept, 0,
                    int64_t{1} << 30);
    if (const auto code = options.parse(words, streams)) return *code;
    host.socket = std::filesystem::absolute(socket);
    host.models = modelsFolder();
    if (const char* cpu = std::getenv("ALCOVE_CPU")) host.cpu = cpu;
    host.memory = static_cast<uint64_t>(memory) << 20;
    host.idle = std::chrono::seconds(idle);
    host.scheduling.sequences = static_cast<size_t>(sequences);
    host.scheduling.queue = static_cast<size_t>(queue);
    host.scheduling.session.contextLength = context;
    host.scheduling.keepIn = keptPromptsFolder();
    host.scheduling.keepBytes = static_cast<uint64_t>(kept) << 20;
    host.scheduling.session.cache = cache == "f16"    ? engine::CacheType::F16
                                    : cache == "q8_0" ? engine::CacheType::Q8_0
                                                      : engine::CacheType::F32;
    std::stop_source stop;
    const InterruptWatcher interrupts([&] { stop.request_stop(); });
    const auto started = EngineHost::start(std::move(host));
    if (!started) {
        streams.error << "alcove-engine: " << started.message() << '\n';
        return kFailure;
    }
    (*started)->run(stop.get_token());
    return kSuccess;
}

}  // namespace
}  // namespace alcove::app

int main(int argc, char** argv) {
    alcove::holdStandardStreams();
    alcove::prepareForSuddenEnd("alcove-engine");
    alcove::app::Streams streams{std::cin, std::cout, std::cerr};
    const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
    return alcove::app::runEngine(words, streams);
}
